"""Many servers at one interview, a database that goes away, rows that hold nonsense."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
import pytest
from sqlalchemy import text

from storage.database import Database, Limits
from storage.interviews import StoredInterviews
from storage.records import Commit, CorruptRecord, Fenced
from tests.storage.made import (
    CONFIG,
    CREATED_AT,
    RECEIPT,
    changed,
    finished_like,
    make,
    unavailable,
    wake,
)
from tests.storage.migrated import new_id
from tests.storage.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncConnection

pytestmark = pytest.mark.anyio

# --- a commit and a wake at once -----------------------------------------------------------------


@asynccontextmanager
async def another_server(database: Database, *statements: str) -> AsyncIterator[None]:
    """Its transaction has done this at the beginning, and commits when somebody waits for it."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def work(connection: AsyncConnection) -> None:
        for statement in statements:
            await connection.execute(text(statement))
        begun.set()
        await go_on.wait()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(database.write, work)
        await begun.wait()
        yield
        await somebody_waits(database)
        go_on.set()


async def somebody_waits(database: Database) -> None:
    """Returns as soon as a transaction waits for another's lock."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )

    async def waiting(connection: AsyncConnection) -> bool:
        return bool((await connection.execute(query)).scalar_one())

    with anyio.fail_after(30):
        while not await database.read(waiting):  # noqa: ASYNC110 - PostgreSQL sets no event
            await anyio.sleep(0.01)


async def test_a_wake_sees_the_commit_that_it_waited_for(
    database: Database, interviews: StoredInterviews, user: str
) -> None:
    name = await make(interviews, user)
    await wake(interviews, user, name)
    commit = (
        f"UPDATE interviews SET phase = 'answering' WHERE id = '{name}' AND epoch = 1",
        "INSERT INTO turns (interview_id, turn, number, kind, topic, question, hints, skipped) "
        f"VALUES ('{name}', 1, 1, 'main', '', 'Why?', '[]', false)",
        f"INSERT INTO receipts VALUES ('{name}', 'c1', 'digest')",
    )
    async with another_server(database, *commit):
        waking = asyncio.create_task(wake(interviews, user, name))
    woken = await waking
    assert woken.epoch == 2
    assert [turn.question for turn in woken.state.view.interview.turns] == ["Why?"]
    assert woken.receipts == {"c1": b"digest"}


async def test_a_commit_that_waited_for_a_wake_is_refused(
    database: Database, interviews: StoredInterviews, user: str
) -> None:
    name = await make(interviews, user)
    stale = await wake(interviews, user, name)
    async with another_server(
        database, f"UPDATE interviews SET epoch = 2, seq = 0 WHERE id = '{name}'"
    ):
        committing = asyncio.create_task(interviews.commit(changed(stale, 1, RECEIPT)))
    with pytest.raises(Fenced):
        await committing
    assert (await wake(interviews, user, name)).receipts == {}


async def test_a_commit_goes_on_without_its_caller(
    database: Database, interviews: StoredInterviews, user: str
) -> None:
    name = await make(interviews, user)
    woken = await wake(interviews, user, name)
    async with another_server(database, f"SELECT 1 FROM interviews WHERE id = '{name}' FOR UPDATE"):
        committing = asyncio.create_task(interviews.commit(changed(woken, 5, RECEIPT)))
        await somebody_waits(database)
        committing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await committing
    found = await wake(interviews, user, name)
    assert found.receipts == {"c1": b"digest"}
    assert found.state.view.interview.remaining_ms == 5


# --- troubles ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ("UPDATE interviews SET config = config - 'role' WHERE id = '{0}'", "role.*config"),
        ("UPDATE turns SET hints = '[1]' WHERE interview_id = '{0}'", r"turns\[0\].hints\[0\]"),
        ("UPDATE feedback SET scores = '7' WHERE interview_id = '{0}'", r"feedback\[0\].scores"),
    ],
)
async def test_a_corrupt_row_is_told_by_interview_and_place(
    database: Database, interviews: StoredInterviews, user: str, statement: str, complaint: str
) -> None:
    name = await make(interviews, user)
    woken = await wake(interviews, user, name)
    await interviews.commit(Commit(woken.state, finished_like(woken.state), 1, 30, None))

    async def damage(connection: AsyncConnection) -> None:
        await connection.execute(text(statement.format(name)))

    await database.write(damage)
    with pytest.raises(CorruptRecord, match=f"{name}: .*{complaint}"):
        await interviews.load(user, name)


async def test_without_a_database_every_method_says_so(migrated_url: URL, user: str) -> None:
    limits = Limits(free_connection_s=0.2, new_connection_s=0.2, transaction_s=0.5)
    async with Proxy(migrated_url).running() as proxy:
        database = Database(proxy.url, limits)
        interviews = StoredInterviews(database, new_id)
        name = await make(interviews, user)
        woken = await wake(interviews, user, name)
        proxy.freeze()
        for method in (
            lambda: interviews.create(user, CONFIG, now=CREATED_AT, key="k"),
            lambda: interviews.wake(user, name),
            lambda: interviews.commit(changed(woken, 1, RECEIPT)),
            lambda: interviews.load(user, name),
            lambda: interviews.page(user, limit=5, cursor=None),
            lambda: interviews.delete(user, name),
        ):
            with unavailable():
                await method()
        proxy.thaw()
        again = await wake(interviews, user, name)
        assert again.receipts == {}
        await interviews.commit(changed(again, 2, RECEIPT))
        await database.aclose()
