"""What other transactions do meanwhile, and how to know that somebody waits for them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncConnection

    from storage.database import Database


@asynccontextmanager
async def another_transaction(overseer: Database, *statements: str) -> AsyncIterator[None]:
    """It has done this before the block is entered, and commits when the block is left."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def work(connection: AsyncConnection) -> None:
        for statement in statements:
            await connection.execute(text(statement))
        begun.set()
        await go_on.wait()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(overseer.write, "", work)
        await begun.wait()
        try:
            yield
        finally:
            go_on.set()


async def somebody_waits(overseer: Database) -> None:
    """Returns as soon as a transaction waits for another's lock."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )

    async def waiting(connection: AsyncConnection) -> bool:
        return bool((await connection.execute(query)).scalar_one())

    with anyio.fail_after(30):
        while not await overseer.read("", waiting):  # noqa: ASYNC110 - PostgreSQL sets no event
            await anyio.sleep(0.01)
