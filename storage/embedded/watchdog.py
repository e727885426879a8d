"""The watchdog: the process between the program and its embedded PostgreSQL.

A script of its own, started by path with `python -I -S`, so it imports the standard library alone.
Its standard input is the lifeline. The first line is an order (`Order`, as JSON); then nothing more
comes, and when the other end closes, because it was told to stop or because the program died, by
`kill -9` too, it stops PostgreSQL. Its standard output says `started PID` once, and closes when all
of PostgreSQL is gone.

PostgreSQL's output goes through here into a log of bounded size. Signals don't end the watchdog:
what ends it is the lifeline, or PostgreSQL's end.
"""

from __future__ import annotations

import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TypedDict

LOG_BYTES = 4 * 1024 * 1024
"""At this size the log becomes `….1`, in the place of the former one, and a new one begins."""

FAST_STOP_S = 30.0
"""So long may a fast shutdown take (it writes a checkpoint); then PostgreSQL is stopped without
one, and recovers from its journal at the next start."""


class Order(TypedDict):
    """What to run. `uid` and `gid` are null to run PostgreSQL as the program's own user."""

    command: list[str]
    environment: dict[str, str]
    uid: int | None
    gid: int | None
    inherited: list[int]
    """Descriptors for PostgreSQL. One is of a locked file: all its processes hold it, so that the
    lock falls exactly when the last of them has ended."""
    log: str
    scratch: str | None
    """A folder to remove at the end."""


class BoundedLog:
    """A file that is appended to and never grows past `LOG_BYTES`, and its predecessor.

    What can't be written (a full disk, say) is lost: it must not take PostgreSQL's keeper away.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("ab", buffering=0)

    def write(self, data: bytes) -> None:
        with suppress(OSError):
            if self._file.tell() + len(data) > LOG_BYTES:
                self._path.replace(f"{self._path}.1")
                full, self._file = self._file, self._path.open("ab", buffering=0)
                full.close()
            self._file.write(data)

    def close(self) -> None:
        self._file.close()


def launch(order: Order) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        order["command"],
        cwd="/",
        env=order["environment"],
        user=order["uid"],
        group=order["gid"],
        extra_groups=None if order["uid"] is None else [],
        umask=0o077,
        pass_fds=order["inherited"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def attend(
    postgres: subprocess.Popen[bytes],
    lifeline: int,
    log: BoundedLog,
    fast_stop_s: float = FAST_STOP_S,
) -> int:
    """Copies the output until there can be no more, stops PostgreSQL when the lifeline closes.

    Returns PostgreSQL's exit status. The output ends when the postmaster and all its children have.
    """
    assert postgres.stdout is not None
    output = postgres.stdout.fileno()
    give_up_at: float | None = None
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        selector.register(lifeline, selectors.EVENT_READ)
        while True:
            patience = None if give_up_at is None else max(0.0, give_up_at - time.monotonic())
            ready = {key.fd for key, _ in selector.select(patience)}
            if not ready and give_up_at is not None:
                postgres.send_signal(signal.SIGQUIT)
                give_up_at = None
            if lifeline in ready and not os.read(lifeline, 4096):
                selector.unregister(lifeline)
                postgres.send_signal(signal.SIGINT)
                give_up_at = time.monotonic() + fast_stop_s
            if output in ready:
                data = os.read(output, 65536)
                if not data:
                    return postgres.wait()
                log.write(data)


def main() -> int:
    # Not ignored but caught: an ignored signal would stay ignored in PostgreSQL.
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, lambda *_: None)
    with os.fdopen(0, "rb", buffering=0, closefd=False) as stdin:
        order: Order = json.loads(stdin.readline())
    log = BoundedLog(Path(order["log"]))
    try:
        postgres = launch(order)
        for descriptor in order["inherited"]:
            os.close(descriptor)
        with suppress(BrokenPipeError):  # the program has died; `attend` will see it
            os.write(1, f"started {postgres.pid}\n".encode())
        status = attend(postgres, 0, log)
        log.write(f"PostgreSQL has ended with exit status {status}.\n".encode())
        return 0 if status == 0 else 1
    finally:
        if order["scratch"] is not None:
            shutil.rmtree(order["scratch"], ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
