"""A PostgreSQL of a test's own, which can be made to go away in every way that one does."""

import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import TypeAlias

import asyncpg
from sqlalchemy import URL

from storage.embedded import EmbeddedPostgres, RunningPostgres
from tests.database import connect
from tests.storage.embedded_host import children_of, postmaster_of


class Postgres:
    """A server and its database, in a folder of its own. It has the same address after a restart.

    Each outage lasts as long as the block of its context manager.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = AsyncExitStack()
        self._running: RunningPostgres | None = None

    @property
    def url(self) -> URL:
        """Of the database, for serving."""
        assert self._running is not None
        return self._running.url

    async def start(self) -> None:
        embedded = EmbeddedPostgres(self._folder)
        self._running = await self._stack.enter_async_context(embedded.running())

    async def stop(self) -> None:
        """In good order, cutting off whoever is connected (a "fast" shutdown)."""
        await self._stack.aclose()

    async def receipts(self, interview: str) -> list[str]:
        """The ids of the commands that have taken effect there, as often as each has."""
        connection = await self._overseer(self.url.database)
        try:
            found = await connection.fetch(
                "SELECT command_id FROM receipts WHERE interview_id = $1 ORDER BY 1", interview
            )
        finally:
            await connection.close()
        return [row["command_id"] for row in found]

    # --- outages --------------------------------------------------------------------------------

    @asynccontextmanager
    async def stopped(self) -> AsyncIterator[None]:
        """Nobody listens."""
        await self.stop()
        try:
            yield
        finally:
            await self.start()

    @asynccontextmanager
    async def restarted(self) -> AsyncIterator[None]:
        """It was away for a moment, and with it all connections."""
        await self.stop()
        await self.start()
        yield

    @asynccontextmanager
    async def stalled(self) -> AsyncIterator[None]:
        """It takes connections and statements, and answers nothing, as on a disk that hangs."""
        postmaster = postmaster_of(self._folder)
        # The parent first: after that there will be no more children.
        os.kill(postmaster, signal.SIGSTOP)
        halted = [postmaster, *children_of(postmaster)]
        try:
            _signal(halted, signal.SIGSTOP)
            yield
        finally:
            _signal(halted, signal.SIGCONT)

    @asynccontextmanager
    async def full(self) -> AsyncIterator[None]:
        """Its connections were cut, and another application has taken all that there are."""
        overseer = await self._overseer()
        async with AsyncExitStack() as taken:
            taken.push_async_callback(overseer.close)
            await overseer.execute("DROP ROLE IF EXISTS greedy")
            await overseer.execute("CREATE ROLE greedy LOGIN PASSWORD 'greedy'")

            async def cut() -> int:
                query = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                number: int = await overseer.fetchval(f"{query} WHERE usename = 'viva'")
                return number

            # Whoever is cut goes in its own time, and a place may be taken again meanwhile.
            while await self._take_all(taken) or await cut() or await self._take_all(taken):
                pass
            yield

    @asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        """It answers, but whatever has to do with interviews waits for another transaction."""
        overseer = await self._overseer(self.url.database)
        try:
            async with overseer.transaction():
                await overseer.execute("LOCK TABLE interviews")
                yield
        finally:
            await overseer.close()

    async def _take_all(self, taken: AsyncExitStack) -> int:
        """Take every connection that is left; how many there were."""
        assert self._running is not None
        url = self._running.superuser_url.set(username="greedy", password="greedy")
        number = 0
        with suppress(asyncpg.TooManyConnectionsError):
            while True:
                taken.push_async_callback((await connect(url)).close)
                number += 1
        return number

    async def _overseer(self, database: str | None = None) -> "asyncpg.Connection[asyncpg.Record]":
        """For whom some connections are kept free."""
        assert self._running is not None
        url = self._running.superuser_url
        return await connect(url if database is None else url.set(database=database))


Outage: TypeAlias = Callable[[Postgres], AbstractAsyncContextManager[None]]


def _signal(processes: list[int], number: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)
