"""Starts, kills, drains and stops a `viva serve`: what `--kill` and `--drain` can be given.

`python -m tests.conformance.serve --port 8130 --data-dir D start`, and then the conformance client
with `--kill "python -m tests.conformance.serve --port 8130 --data-dir D kill"`. The server's
settings are those of the environment (`VIVA_JWT_SECRET` …). Its process id and its log stand beside
the data directory, as `D.pid` and `D.log`. Every command but `stop` returns when the server
listens. `--module` runs another server that takes `--port` and `--data-dir`.
"""

import os
import signal
import subprocess
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import httpx
import typer

STARTS_WITHIN_S = 60.0
ENDS_WITHIN_S = 60.0
LOOKS_EVERY_S = 0.05
# Of the log, told of a server that ended at once.
LAST_CHARS = 2_000


class Deed(StrEnum):
    """`kill` as `kill -9` does, `drain` as SIGTERM does; both start the server again."""

    START = "start"
    KILL = "kill"
    DRAIN = "drain"
    STOP = "stop"


def main(
    deed: Deed,
    port: Annotated[int, typer.Option(help="Where the server listens, on 127.0.0.1.")],
    data_dir: Annotated[Path, typer.Option(help="The server's data directory.")],
    module: Annotated[str, typer.Option(help="A server to run in place of `viva serve`.")] = "",
) -> None:
    """Start, kill, drain or stop a server."""
    pid_file = data_dir.with_name(f"{data_dir.name}.pid")
    if deed is not Deed.START:
        _end(int(pid_file.read_text()), signal.SIGKILL if deed is Deed.KILL else signal.SIGTERM)
    if deed is not Deed.STOP:
        pid_file.write_text(str(_start(port, data_dir, module)))


def _start(port: int, data_dir: Path, module: str) -> int:
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    viva = [str(Path(sys.executable).with_name("viva")), "serve"]
    program = [sys.executable, "-m", module] if module else viva
    with data_dir.with_name(f"{data_dir.name}.log").open("ab") as log:
        server = subprocess.Popen(
            [*program, "--port", str(port), "--data-dir", str(data_dir)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    until = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < until:
        if server.poll() is not None:
            last = Path(log.name).read_text(errors="replace")[-LAST_CHARS:]
            raise SystemExit(f"The server ended at once ({server.returncode}): {log.name}: {last}")
        if _ready(port):
            return server.pid
        time.sleep(LOOKS_EVERY_S)
    server.kill()
    raise SystemExit(f"The server doesn't listen after {STARTS_WITHIN_S:g} s: see {log.name}.")


def _ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).is_success
    except httpx.TransportError:
        return False


def _end(pid: int, with_signal: signal.Signals) -> None:
    """Send a signal, and wait until the process is gone (it need not be a child of this one)."""
    os.kill(pid, with_signal)
    until = time.monotonic() + ENDS_WITHIN_S
    while _lives(pid):
        if time.monotonic() > until:
            raise SystemExit(f"The server ({pid}) is still there after {ENDS_WITHIN_S:g} s.")
        time.sleep(LOOKS_EVERY_S)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    # A process that ended and that nobody has waited for is gone as well.
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


if __name__ == "__main__":
    typer.run(main)
