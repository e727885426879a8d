"""The files of an embedded PostgreSQL: folders, locks, passwords, and the database cluster itself.

All is in `DATA_DIR/postgres`, which belongs to the program's user:

    owner.lock      held by the program that uses the folder
    running.lock    held by every process of PostgreSQL, through an inherited descriptor
    passwords.json  of the roles that log in; only the program's user can read it
    server.log      PostgreSQL's output, and server.log.1 before it
    cluster/        PostgreSQL's data directory } of the account that PostgreSQL runs as,
    socket/         its Unix socket             } closed to all others

Rules: nothing here guesses by a process id whether a server lives, because a lock of the kernel's
tells; where root is the program's user, it writes no file in a folder that the account could put a
link into; `cluster` appears by a rename, so it is never half made.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from storage.embedded.binaries import Account, Binaries, EmbeddedPostgresError, name_of, run_as

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SUPERUSER = "postgres"
"""Makes roles and databases, bypasses row-level security, and so never serves."""

ROLE = "viva"
"""Owns the database and what is in it; no superuser, subject to row-level security."""

_INITDB_TIMEOUT_S = 300.0
_DESCRIPTORS = Path("/proc/self/fd")
_PROCESSES = Path("/proc")


class FileLock:
    """An advisory lock (`flock`) on a file, which falls with the last process that holds it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.descriptor: int | None = None

    def try_acquire(self) -> bool:
        """Returns False if another process, or another object in this one, holds it."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                return False
            raise
        self.descriptor = descriptor
        return True

    @property
    def inheritance(self) -> tuple[int, ...]:
        """What a process has to inherit to hold the lock too."""
        return () if self.descriptor is None else (self.descriptor,)

    def release(self) -> None:
        """Gives up this process's hold; processes that inherited the descriptor keep theirs."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None


class Cluster:
    """The folder `postgres` in a data directory."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.absolute()
        self.home = self.data_dir / "postgres"
        self.path = self.home / "cluster"
        self.socket = self.home / "socket"
        self.log = self.home / "server.log"
        self.owner_lock = FileLock(self.home / "owner.lock")
        self.running_lock = FileLock(self.home / "running.lock")

    def claim(self) -> None:
        """Makes the folders, and takes the owner's lock, which another live program may hold."""
        if not self.data_dir.exists():
            self.data_dir.mkdir(parents=True)
            self.data_dir.chmod(0o700)
        self.home.mkdir(exist_ok=True)
        owner = self.home.stat().st_uid
        if owner != os.geteuid():
            raise EmbeddedPostgresError(
                f"The database in {self.home} belongs to {name_of(owner)}, and this program runs "
                f"as {name_of(os.geteuid())}. Run it as the former, or choose another --data-dir."
            )
        # A servant account has to pass from `cluster` to `socket`; it can't list or write.
        self.home.chmod(0o711 if os.geteuid() == 0 else 0o700)
        if not self.owner_lock.try_acquire():
            raise EmbeddedPostgresError(
                f"Another server is running with the data directory {self.data_dir}. "
                "Stop it first, or choose another --data-dir."
            )

    def in_use(self) -> bool:
        """Whether another program holds the owner's lock. Makes nothing."""
        if not self.owner_lock.path.exists():
            return False
        free = self.owner_lock.try_acquire()
        self.owner_lock.release()
        return not free

    def major(self) -> int | None:
        """The major version of PostgreSQL that made the cluster; None if there is none yet."""
        if not self.path.exists():
            return None
        try:
            return int((self.path / "PG_VERSION").read_text())
        except (FileNotFoundError, ValueError) as error:
            raise EmbeddedPostgresError(
                f"{self.path} isn't a PostgreSQL database. Move it away to begin with an empty one."
            ) from error

    def passwords(self, make_password: Callable[[], str]) -> dict[str, str]:
        """The password of each role, made at the first start."""
        file = self.home / "passwords.json"
        try:
            kept = dict[str, str](json.loads(file.read_text()))
        except FileNotFoundError as error:
            if self.path.exists():
                raise EmbeddedPostgresError(
                    f"{file}, without which the database {self.path} can't be opened, is missing. "
                    "Put it back, or move the database away to begin with an empty one."
                ) from error
            kept = {}
        except (ValueError, TypeError) as error:
            raise EmbeddedPostgresError(f"{file} is damaged: {error}.") from error
        missing = [role for role in (SUPERUSER, ROLE) if role not in kept]
        if missing:
            kept |= {role: make_password() for role in missing}
            _write_private(file, json.dumps(kept, indent=2))
        return kept

    def initialise(self, binaries: Binaries, account: Account, password: str) -> None:
        """Makes the cluster if there is none. `running_lock` is held meanwhile by `initdb` too."""
        if self.path.exists():
            return
        fresh = self.home / "cluster.new"
        password_file = self.home / "initdb-password"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        account.give(fresh)
        _write_private(password_file, password)
        account.give(password_file)
        try:
            with way_into(fresh, account) as (name, descriptors):
                made = run_as(
                    account,
                    _initdb(binaries, name),
                    timeout_s=_INITDB_TIMEOUT_S,
                    inherited=(*descriptors, *self.running_lock.inheritance),
                )
        finally:
            password_file.unlink()
        if made.returncode != 0:
            raise EmbeddedPostgresError(
                f"A new database couldn't be made in {self.home}: {made.stdout.strip()[-1000:]}"
            )
        fresh.rename(self.path)
        _sync_folder(self.home)

    def clear_leftovers(self, account: Account) -> None:
        """Removes what a killed server left: its pid file, and the socket with its lock file.

        PostgreSQL asks whether the process in such a file is alive, and a zombie or another process
        that has the number by now would pass for it. `running_lock` is held, so none of ours is; a
        server that somebody started by hand is recognised by the folder it works in. Where that
        can't be seen (no `/proc`), the pid file is left to PostgreSQL's own judgement.
        """
        file = self.path / "postmaster.pid"
        pid = self.postmaster_pid()
        works_here = pid is not None and self._works_here(pid)
        if works_here:
            raise EmbeddedPostgresError(
                f"A PostgreSQL that this program didn't start (process {pid}) is running on "
                f"{self.path}. Stop it first, or choose another --data-dir."
            )
        if works_here is False:
            file.unlink(missing_ok=True)
        shutil.rmtree(self.socket, ignore_errors=True)
        self.socket.mkdir(mode=0o700)
        account.give(self.socket)

    def orphan(self) -> int | None:
        """The pid of a server that outlived both its program and its watchdog, if it can be told.

        For whom holds `owner_lock` and finds `running_lock` taken.
        """
        pid = self.postmaster_pid()
        return pid if pid is not None and self._works_here(pid) else None

    def postmaster_pid(self) -> int | None:
        """What `postmaster.pid` says; the process needn't be alive, nor PostgreSQL."""
        try:
            return abs(int(self._pid_file()[0]))  # of a single-user PostgreSQL it has a minus
        except ValueError:
            return None

    def is_ready(self, postmaster: int) -> bool:
        """Whether this server takes connections: the eighth line says so, for `pg_ctl` too."""
        lines = self._pid_file()
        return self.postmaster_pid() == postmaster and lines[7:8] == ["ready"]

    def log_tail(self, lines: int = 5) -> str:
        """The end of the log, for an error message."""
        try:
            end = self.log.read_bytes()[-4000:].decode(errors="replace").strip()
        except FileNotFoundError:
            return "(it wrote no log)"
        return "\n".join(end.splitlines()[-lines:])

    def _pid_file(self) -> list[str]:
        try:
            text = (self.path / "postmaster.pid").read_text()
        except FileNotFoundError:
            text = ""
        return [line.strip() for line in text.split("\n")]

    def _works_here(self, pid: int) -> bool | None:
        """Whether a process's working folder is the cluster, as a postmaster's is; None: unknown.

        A zombie has no working folder. In a container, root may see it of its own processes only.
        """
        if not _PROCESSES.exists():
            return None
        process = _PROCESSES / str(pid)
        try:
            return (process / "cwd").samefile(self.path)
        except (FileNotFoundError, ProcessLookupError):
            return False
        except PermissionError:
            return None if process.stat().st_uid == self.path.stat().st_uid else False


@contextmanager
def way_into(folder: Path, account: Account) -> Iterator[tuple[str, tuple[int, ...]]]:
    """What one of PostgreSQL's programs is to call a folder, and the descriptors it inherits.

    A servant account owns its folders, but perhaps may not pass through those above (`/root`). On
    Linux it needn't: root opens the folder, and the account uses it by its descriptor. Elsewhere
    the folder has to be one that the account can reach.
    """
    if account.uid is None or not _DESCRIPTORS.exists():
        yield str(folder), ()
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield str(_DESCRIPTORS / str(descriptor)), (descriptor,)
    finally:
        os.close(descriptor)


def _initdb(binaries: Binaries, folder: str) -> list[str]:
    command = [
        str(binaries.folder / "initdb"),
        f"--pgdata={folder}",
        f"--username={SUPERUSER}",
        f"--pwfile={folder}/../initdb-password",
        "--auth-local=scram-sha-256",
        "--auth-host=reject",
        "--encoding=UTF8",
        "--no-locale",
        "--data-checksums",
        "--no-instructions",
    ]
    if binaries.major >= 17:
        # Knows the case of all letters, and sorts the same on every system; no ICU needed.
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return command


def _write_private(path: Path, text: str) -> None:
    """Readable by its owner alone, complete or not there, and on the disk on return."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
