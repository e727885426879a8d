"""The servers that are measured, each in a process of its own on a core of its own; and what a
process takes of the machine.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx

from tests.load.provider import name_of
from tests.ports import free_port
from tests.realtime import viva

Kind = Literal["viva", "naive"]

STARTS_WITHIN_S = 60.0
CREATED_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Place:
    """What servers need: a provider of that API, a database, a folder, a core."""

    api: str
    provider_url: str
    database_url: str
    folder: Path
    core: int


@dataclass(frozen=True, slots=True)
class Served:
    """A server that listens."""

    kind: Kind
    pid: int
    port: int


@asynccontextmanager
async def served(kind: Kind, place: Place) -> AsyncIterator[Served]:
    """A new server of that kind, until the block ends."""
    start = _viva if kind == "viva" else _naive
    async with start(place) as running:
        yield running


def viva_settings(api: str, provider_url: str) -> dict[str, str]:
    """What makes Viva ask that provider, and nobody else."""
    ours = f"VIVA_{api.upper()}"
    version = "/v1" if api == "openai" else ""
    return {
        "VIVA_LOG_LEVEL": "error",
        "VIVA_INTERVIEWER": api,
        f"{ours}_API_KEY": "none-is-needed",
        f"{ours}_BASE_URL": f"{provider_url}{version}",
        # A failure is to be seen, and not to be made up for.
        "VIVA_LAST_RESORT": "none",
        # Nobody signs in, so all of them are one user.
        "VIVA_COST_PER_USER_USD": "0",
    }


@asynccontextmanager
async def _viva(place: Place) -> AsyncIterator[Served]:
    settings = {
        **viva_settings(place.api, place.provider_url),
        "VIVA_DATABASE_URL": place.database_url,
        "VIVA_DATA_DIR": str(place.folder),
        "VIVA_MAX_INTERVIEWS": "0",
    }
    async with viva.serving(settings=settings) as serving:
        pin(serving.process.pid, {place.core})
        yield Served("viva", serving.process.pid, int(serving.port))


@asynccontextmanager
async def _naive(place: Place) -> AsyncIterator[Served]:
    port = free_port()
    log = place.folder / "naive.log"
    with log.open("wb") as said:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.load.naive", str(port)),
            env=os.environ
            | {"OPENAI_BASE_URL": f"{place.provider_url}/v1", "OPENAI_API_KEY": "none-is-needed"},
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
    try:
        pin(process.pid, {place.core})
        await _listens(process, port, log)
        yield Served("naive", process.pid, port)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _listens(process: asyncio.subprocess.Process, port: int, log: Path) -> None:
    """Wait until it does.

    Raises:
        ConnectionError: it ended instead.
        TimeoutError: it takes too long.
    """
    async with asyncio.timeout(STARTS_WITHIN_S):
        while process.returncode is None:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
    said = await asyncio.to_thread(log.read_text)
    raise ConnectionError(f"the naive server has ended: {said[-2_000:]}")


async def sessions(server: Served, count: int) -> list[tuple[int, str]]:
    """So many sessions that can begin: each its number and its name there."""
    if server.kind == "naive":
        return [(number, name_of(number)) for number in range(count)]
    limit = asyncio.Semaphore(CREATED_AT_ONCE)
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{server.port}", trust_env=False, timeout=60
    ) as client:

        async def create(number: int) -> tuple[int, str]:
            body = {"role": name_of(number), "questions": 20, "follow_ups": 0}
            async with limit:
                made = await client.post("/v1/interviews", json=body)
            made.raise_for_status()
            return number, made.json()["id"]

        return list(await asyncio.gather(*map(create, range(count))))


# --- the machine ---------------------------------------------------------------------------------


def pin(pid: int, cores: set[int]) -> None:
    """Let a process, and all that it starts from now on, run on these cores alone."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(ProcessLookupError):  # It has ended meanwhile.
            os.sched_setaffinity(int(thread.name), cores)


def cpu_s(pid: int) -> float:
    """The CPU time that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, system = int(fields[11]), int(fields[12])
    return (user + system) / os.sysconf("SC_CLK_TCK")


def busy_s(core: int) -> float:
    """How long that core has run processes, anybody's, or was taken away from this machine."""
    line = next(
        line
        for line in Path("/proc/stat").read_text().splitlines()
        if line.startswith(f"cpu{core} ")
    )
    user, nice, system, _idle, _io, _irq, _softirq, steal, *_ = map(int, line.split()[1:])
    return (user + nice + system + steal) / os.sysconf("SC_CLK_TCK")
