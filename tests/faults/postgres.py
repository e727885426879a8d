"""A PostgreSQL that is killed, and started again on the same data."""

import asyncio
import os
import signal
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Literal, get_args

from sqlalchemy import URL

from storage.embedded import EmbeddedPostgres
from tests.storage.embedded_host import children_of, postmaster_of

Killing = Literal["postmaster", "all", "backend"]
KILLINGS: tuple[Killing, ...] = get_args(Killing)

WHICH: dict[str, str] = {
    "postmaster": "PostgreSQL's first process; the others end by themselves",
    "all": "all of PostgreSQL's processes",
    "backend": "one that serves the server; PostgreSQL recovers by itself",
}


class Postgres:
    """The embedded one, at the same place whenever it runs."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._stack = AsyncExitStack()
        self._url: URL | None = None
        self._superuser_url: URL | None = None

    @property
    def url(self) -> str:
        """Whereto a server connects; the same after each start."""
        assert self._url is not None
        return self._url.render_as_string(hide_password=False)

    @property
    def superuser_url(self) -> URL:
        """For whoever sees the rows of all users."""
        assert self._url is not None
        assert self._superuser_url is not None
        return self._superuser_url.set(database=self._url.database)

    async def start(self) -> None:
        running = await self._stack.enter_async_context(EmbeddedPostgres(self._data_dir).running())
        if self._url not in (None, running.url):
            raise AssertionError("it has moved")
        self._url, self._superuser_url = running.url, running.superuser_url

    async def stop(self) -> None:
        """Also where it was killed: what is left of it is waited for."""
        await self._stack.aclose()

    async def outage(self, killing: Killing, lasting_s: float) -> None:
        """Kill it; unless it comes back by itself, start it again after `lasting_s`."""
        postmaster = await asyncio.to_thread(postmaster_of, self._data_dir)
        children = await asyncio.to_thread(children_of, postmaster)
        match killing:
            case "postmaster":
                _kill(postmaster)
            case "all":
                _kill(postmaster, *children)
            case "backend":
                _kill(*[child for child in children if _serves(child)][:1])
                return
        await self.stop()
        await asyncio.sleep(lasting_s)
        await self.start()


def _kill(*processes: int) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def _serves(process: int) -> bool:
    """Whether it is one that answers the server's role (`postgres: viva viva [local] idle`)."""
    with suppress(OSError):
        return b"postgres: viva viva" in Path(f"/proc/{process}/cmdline").read_bytes()
    return False
