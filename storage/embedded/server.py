"""The embedded PostgreSQL as a process: launched by way of the watchdog, and stopped.

All here blocks, and is for threads. A second `Server` on the same data directory is refused, in
this process or another.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from storage.embedded.binaries import (
    Account,
    Binaries,
    EmbeddedPostgresError,
    environment,
    find_binaries,
    servant_account,
)
from storage.embedded.cluster import SUPERUSER, Cluster, way_into

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from storage.embedded.watchdog import Order

SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_directories": "../socket",
    "unix_socket_permissions": "0700",
    "max_connections": "50",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "synchronous_commit": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_checkpoints": "off",
    # The log must hold no answer's text: neither a row's values nor a statement's.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
"""Given on the command line, so that a newer program's values hold for an older cluster."""

STOP_S = 60.0
"""How long `stop` waits, longer than the watchdog does before it stops PostgreSQL the hard way."""

_SOCKET_NAME = ".s.PGSQL.5432"
_SOCKET_PATH_BYTES = 103 if sys.platform == "darwin" else 107


class Server:
    """Start and stop, for threads: `stop` takes back what was made, however far `start` came."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._one_at_a_time = threading.Lock()
        self._stopped = False
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._postmaster: int | None = None
        self._scratch: Path | None = None
        self.folder = cluster.socket
        """Of the socket, by a name that is short enough to connect to."""

    @property
    def report(self) -> IO[bytes]:
        """Comes to its end when PostgreSQL has."""
        assert self._watchdog is not None
        assert self._watchdog.stdout is not None
        return self._watchdog.stdout

    def claim(self) -> None:
        with self._at_work():
            self._cluster.claim()

    def start(
        self, setting: Path | None, cache: Path, make_password: Callable[[], str]
    ) -> dict[str, str]:
        """Launches PostgreSQL, on a new cluster if need be; returns the roles' passwords."""
        with self._at_work():
            cluster = self._cluster
            account = servant_account(cluster.path)
            binaries = find_binaries(account, setting=setting, major=cluster.major(), cache=cache)
            passwords = cluster.passwords(make_password)
            cluster.initialise(binaries, account, passwords[SUPERUSER])
            cluster.clear_leftovers(account)
            self._shorten_folder()
            self._launch(binaries, account)
            return passwords

    def is_ready(self) -> bool:
        """Whether it takes connections yet; raises `EmbeddedPostgresError` if it has ended."""
        if self._watchdog is None or self._postmaster is None or self._watchdog.poll() is not None:
            raise self.failure("PostgreSQL didn't start")
        return self._cluster.is_ready(self._postmaster)

    def failure(self, what: str) -> EmbeddedPostgresError:
        tail = self._cluster.log_tail()
        return EmbeddedPostgresError(f"{what}. The end of its log, {self._cluster.log}:\n{tail}")

    def stop(self) -> None:
        """Raises `EmbeddedPostgresError` if PostgreSQL doesn't stop within `STOP_S`."""
        with self._one_at_a_time:
            self._stopped = True
            try:
                if self._watchdog is not None:
                    self._end(self._watchdog)
                if self._scratch is not None:
                    shutil.rmtree(self._scratch, ignore_errors=True)
            finally:
                self._cluster.running_lock.release()
                self._cluster.owner_lock.release()

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        with self._one_at_a_time:
            if self._stopped:  # whoever awaited this was cancelled
                raise EmbeddedPostgresError("The embedded database was stopped while it started.")
            try:
                yield
            except (OSError, subprocess.TimeoutExpired) as error:
                raise EmbeddedPostgresError(
                    f"The embedded database in {self._cluster.home} can't be used: {error}. "
                    "Put that right, or choose another --data-dir, or a server of your own with "
                    "--database-url."
                ) from error

    def _shorten_folder(self) -> None:
        link = short_link(self._cluster.socket)
        if link is not None:
            self.folder, self._scratch = link, link.parent

    def _launch(self, binaries: Binaries, account: Account) -> None:
        lock = self._cluster.running_lock
        with way_into(self._cluster.path, account) as (name, descriptors):
            inherited = (*descriptors, *lock.inheritance)
            command = [str(binaries.folder / "postgres"), "-D", name]
            for setting, value in SETTINGS.items():
                command += ["-c", f"{setting}={value}"]
            order: Order = {
                "command": command,
                "environment": environment(),
                "uid": account.uid,
                "gid": account.gid,
                "inherited": list(inherited),
                "log": str(self._cluster.log),
                "scratch": None if self._scratch is None else str(self._scratch),
            }
            self._watchdog = _start_watchdog(self._cluster.log, inherited)
        lock.release()
        assert self._watchdog.stdin is not None
        self._watchdog.stdin.write(json.dumps(order).encode() + b"\n")
        started = self.report.readline().split()
        if not started:
            raise self.failure("PostgreSQL didn't start")
        self._postmaster = int(started[1])

    def _end(self, watchdog: subprocess.Popen[bytes]) -> None:
        assert watchdog.stdin is not None
        watchdog.stdin.close()
        try:
            watchdog.wait(STOP_S)
        except subprocess.TimeoutExpired as error:
            raise self.failure("PostgreSQL doesn't stop") from error
        self.report.close()
        killed = watchdog.returncode < 0
        if killed and self._postmaster is not None and not self._cluster.running_lock.try_acquire():
            ask_to_stop(self._postmaster)


def short_link(folder: Path) -> Path | None:
    """A path to a socket holds about a hundred bytes: a longer one gets a link to its folder, in a
    folder of its own, which is the caller's to remove. Null: it is short enough.
    """
    if len(os.fsencode(folder / _SOCKET_NAME)) <= _SOCKET_PATH_BYTES:
        return None
    link = Path(tempfile.mkdtemp(prefix="viva-")) / "socket"
    link.symlink_to(folder)
    return link


def _start_watchdog(log: Path, inherited: tuple[int, ...]) -> subprocess.Popen[bytes]:
    with _open_private(log) as errors:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("watchdog.py"))],
            bufsize=0,
            cwd="/",
            umask=0o077,
            pass_fds=inherited,
            # Ctrl-C at a terminal is for the program, which then stops PostgreSQL itself.
            start_new_session=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )


def _open_private(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")


def ask_to_stop(postmaster: int) -> None:
    """In good order, cutting off its clients."""
    with suppress(ProcessLookupError):
        os.kill(postmaster, signal.SIGINT)
