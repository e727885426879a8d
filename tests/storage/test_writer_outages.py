"""The hot write when PostgreSQL goes away: what is known of a commit, and that it recovers."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest
from anyio.lowlevel import checkpoint
from sqlalchemy import text

from storage.database import Database
from storage.embedded import EmbeddedPostgres
from storage.interviews import StoredInterviews
from storage.migrations import upgrade
from storage.records import NotStored, StorageUnavailable
from storage.writer import Writer
from tests.storage.made import IMPATIENT, RECEIPT, changed, unavailable
from tests.storage.migrated import new_id
from tests.storage.others import another_transaction, somebody_waits
from tests.storage.proxy import Proxy
from tests.storage.writing import HOLD, opened, several, stored

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncConnection


pytestmark = pytest.mark.anyio


async def test_nobody_listens(interviews: StoredInterviews, user: str) -> None:
    (woken,) = await several(interviews, user, 1)
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        url = f"postgresql://u:p@127.0.0.1:{unheard.getsockname()[1]}/d"
        async with opened(url) as writer:
            with unavailable("no connection") as failure:
                await writer.commit(changed(woken))
            assert failure.type is NotStored


async def test_a_listener_that_never_answers(interviews: StoredInterviews, user: str) -> None:
    (woken,) = await several(interviews, user, 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://u:p@127.0.0.1:{silent.getsockname()[1]}/d"
        async with opened(url, IMPATIENT) as writer:
            with unavailable("no connection") as failure:
                await writer.commit(changed(woken))
            assert failure.type is NotStored


async def test_a_database_that_goes_silent_while_a_statement_is_prepared(
    migrated_url: URL, interviews: StoredInterviews, user: str
) -> None:
    (woken,) = await several(interviews, user, 1)
    async with Proxy(migrated_url).running() as proxy, opened(proxy.url, IMPATIENT) as writer:
        proxy.freeze_after(b"enable_mergejoin")
        with unavailable("no connection") as failure:
            await writer.commit(changed(woken))
        assert failure.type is NotStored
        proxy.thaw()
        await writer.commit(changed(woken))


async def test_what_is_known_when_the_database_goes_silent(
    migrated_url: URL, interviews: StoredInterviews, user: str
) -> None:
    """Of what it was given, nothing; of what it wasn't given yet, that it isn't stored."""
    woken = await several(interviews, user, 4)
    async with Proxy(migrated_url).running() as proxy, opened(proxy.url, IMPATIENT) as writer:
        await writer.commit(changed(woken[0]))
        proxy.freeze()
        given = asyncio.create_task(writer.commit(changed(woken[1], 1, RECEIPT)))
        await checkpoint()
        waiting = [asyncio.create_task(writer.commit(changed(each, 1))) for each in woken[2:]]
        with unavailable("no answer") as failure:
            await given
        assert failure.type is StorageUnavailable
        for each in waiting:
            with unavailable() as failure:
                await each
            assert failure.type is NotStored
        with unavailable("no connection"):
            await writer.commit(changed(woken[3]))
        proxy.thaw()
        await writer.commit(changed(woken[3]))
        assert await stored(interviews, woken[1]) in ({}, {"c1": b"digest"})


async def test_a_connection_that_ended_meanwhile_is_not_used(
    migrated_url: URL, interviews: StoredInterviews, user: str
) -> None:
    (woken,) = await several(interviews, user, 1)
    async with Proxy(migrated_url).running() as proxy, opened(proxy.url) as writer:
        await writer.commit(changed(woken))
        proxy.cut()
        database = Database(proxy.url)
        await database.ping()  # By the time that this has come through, the end was seen.
        await database.aclose()
        await writer.commit(changed(woken))


async def test_a_connection_that_ends_in_the_middle(
    overseer: Database, interviews: StoredInterviews, writer: Writer, user: str
) -> None:
    (woken,) = await several(interviews, user, 1)
    async with another_transaction(overseer, HOLD):
        committing = asyncio.create_task(writer.commit(changed(woken, 1, RECEIPT)))
        await somebody_waits(overseer)
        await at_whoever_waits(overseer, "pg_terminate_backend")
        with unavailable("no answer") as failure:
            await committing
        assert failure.type is StorageUnavailable
    assert await stored(interviews, woken) == {}


async def test_a_statement_that_is_cancelled_is_known_not_to_be_stored(
    overseer: Database, interviews: StoredInterviews, writer: Writer, user: str
) -> None:
    (woken,) = await several(interviews, user, 1)
    async with another_transaction(overseer, HOLD):
        committing = asyncio.create_task(writer.commit(changed(woken, 1, RECEIPT)))
        await somebody_waits(overseer)
        await at_whoever_waits(overseer, "pg_cancel_backend")
        with unavailable("canceling statement") as failure:
            await committing
        assert failure.type is NotStored
    await writer.commit(changed(woken, 1, RECEIPT))


async def at_whoever_waits(overseer: Database, function: str) -> None:
    query = text(
        f"SELECT {function}(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(query)

    await overseer.write("", work)


async def test_a_server_that_stops_and_starts(tmp_path: Path) -> None:
    async with EmbeddedPostgres(tmp_path).running() as running:
        await upgrade(running.url)
        database, writer = Database(running.url), Writer(running.url)
        interviews = StoredInterviews(database, writer, owner="tests", new_id=new_id)
        (woken,) = await several(interviews, "u", 1)
        await writer.commit(changed(woken, 1, RECEIPT))
    try:
        with unavailable("no connection") as failure:
            await writer.commit(changed(woken, 2))
        assert failure.type is NotStored
        async with EmbeddedPostgres(tmp_path).running():
            await writer.commit(changed(woken, 3))
            assert await stored(interviews, woken) == {"c1": b"digest"}
    finally:
        await writer.aclose()
        await database.aclose()
