"""A program with an embedded server, for tests that kill it: `embedded_host DATA_DIR [CACHE]`.

It prints one line of JSON, with the `url` or an `error`, and ends when its standard input does.
The rest is what tests need to start, watch and kill it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread
from sqlalchemy.engine import URL, make_url

from storage.embedded import EmbeddedPostgres, EmbeddedPostgresError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Host:
    """The program, started; `error` tells why not."""

    process: subprocess.Popen[bytes]
    url: URL
    error: str | None

    def stop(self) -> None:
        """By the way it is meant to end."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait() == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def launch(
    data_dir: Path,
    *arguments: str,
    python: str = sys.executable,
    path: tuple[Path, ...] = (),
    user: int | None = None,
) -> subprocess.Popen[bytes]:
    """The program, as another user or with other places for packages first."""
    places = os.pathsep.join(str(folder) for folder in (*path, REPOSITORY))
    return subprocess.Popen(
        [python, "-m", "tests.storage.embedded_host", str(data_dir), *arguments],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": places},
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


@contextmanager
def hosting(program: subprocess.Popen[bytes]) -> Iterator[Host]:
    """Waits until it serves or has failed; ends it."""
    with program:
        try:
            assert program.stdout is not None
            answer = json.loads(program.stdout.readline() or '{"error": "it died"}')
            yield Host(program, make_url(answer.get("url", "none://")), answer.get("error"))
        finally:
            program.kill()


def process_state(pid: int) -> str | None:
    """The letter that Linux gives a process's state; None when it is gone, or only a zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state == "Z" else state


def parent_of(pid: int) -> int:
    """0 if the process is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def children_of(pid: int) -> list[int]:
    everyone = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]
    return [one for one in everyone if process_state(one) and parent_of(one) == pid]


def postmaster_of(data_dir: Path) -> int:
    return int((data_dir / "postgres/cluster/postmaster.pid").read_text().splitlines()[0])


def kill_all_of_postgres(data_dir: Path) -> None:
    """The watchdog first, so that it can't see the rest of them go."""
    postmaster = postmaster_of(data_dir)
    os.kill(parent_of(postmaster), signal.SIGKILL)
    os.kill(postmaster, signal.SIGKILL)


@contextmanager
def stranger(uid: int) -> Iterator[int]:
    """The number of a process of that user, which has nothing to do with PostgreSQL."""
    user = uid if os.geteuid() == 0 else None
    groups: list[int] | None = None if user is None else []
    with subprocess.Popen(["sleep", "600"], user=user, extra_groups=groups) as process:
        try:
            yield process.pid
            assert process.poll() is None
        finally:
            process.kill()


async def eventually(condition: Callable[[], bool]) -> None:
    """Fails the test if it doesn't come about."""
    with anyio.fail_after(30):
        while not condition():  # noqa: ASYNC110 - other processes set no event of ours
            await anyio.sleep(0.01)


async def _serve(data_dir: Path, cache: Path) -> None:
    try:
        async with EmbeddedPostgres(data_dir, cache=cache).running() as running:
            print(json.dumps({"url": running.url.render_as_string(False)}), flush=True)
            await to_thread.run_sync(sys.stdin.read)
    except EmbeddedPostgresError as error:
        print(json.dumps({"error": str(error)}), flush=True)


if __name__ == "__main__":
    anyio.run(_serve, Path(sys.argv[1]), Path((sys.argv[2:] or ["/var/cache/viva"])[0]))
