"""The `viva` command as a process of its own."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from realtime.model_settings import USUAL

COMMAND = (sys.executable, "-c", "from realtime.cli import main; main()")


@dataclass(frozen=True)
class Ended:
    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Serving:
    """`viva serve`, listening on `url`."""

    process: asyncio.subprocess.Process
    url: str

    @property
    def port(self) -> str:
        return self.url.rpartition(":")[2]

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=30)

    async def logged(self, event: str) -> None:
        """Read its log until that event."""
        assert self.process.stderr is not None
        async with asyncio.timeout(20):
            while line := await self.process.stderr.readline():
                if event in line.decode():
                    return
        raise AssertionError(f"it ended without saying {event}")

    async def ended(self) -> Ended:
        """Wait for its end, and for all it still says."""
        async with asyncio.timeout(30):
            out, err = await self.process.communicate()
        assert self.process.returncode is not None
        return Ended(self.process.returncode, out.decode(), err.decode())


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Of whoever runs the tests, but for the settings."""
    usual = {name for several in USUAL.values() for name in several}
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("VIVA_") and name not in usual
    }
    return kept | dict(settings)


async def viva(*arguments: str, settings: Mapping[str, str] | None = None) -> Ended:
    """Run a command to its end."""
    process = await _start(arguments, settings or {})
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


@asynccontextmanager
async def serving(
    *arguments: str, settings: Mapping[str, str] | None = None
) -> AsyncIterator[Serving]:
    """`viva serve` on a free port, until the block ends."""
    process = await _start(("serve", "--port", "0", *arguments), settings or {})
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            line = (await process.stdout.readline()).decode()
        said = re.fullmatch(r"listening on (http://127\.0\.0\.1:\d+)\n", line)
        assert said is not None, line or (await process.communicate())[1].decode()
        yield Serving(process, said[1])
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _start(
    arguments: tuple[str, ...], settings: Mapping[str, str]
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *COMMAND,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(settings),
    )
