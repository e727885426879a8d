"""Many servers at one interview, a database that goes away, rows that hold nonsense."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from storage.database import Database
from storage.interviews import StoredInterviews
from storage.records import Commit, CorruptRecord, Fenced, NotStored, Receipt
from storage.writer import Writer
from tests.storage.made import (
    CONFIG,
    CREATED_AT,
    IMPATIENT,
    RECEIPT,
    changed,
    finished_like,
    make,
    unavailable,
    wake,
)
from tests.storage.migrated import new_id
from tests.storage.others import another_transaction, somebody_waits
from tests.storage.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncConnection

pytestmark = pytest.mark.anyio

# --- a commit and a wake at once -----------------------------------------------------------------


async def test_a_wake_sees_the_commit_that_it_waited_for(
    overseer: Database, interviews: StoredInterviews, user: str
) -> None:
    name = await make(interviews, user)
    await wake(interviews, user, name)
    commit = (
        f"UPDATE interviews SET phase = 'answering' WHERE id = '{name}' AND epoch = 1",
        "INSERT INTO turns (interview_id, turn, number, kind, topic, question, hints, skipped) "
        f"VALUES ('{name}', 1, 1, 'main', '', 'Why?', '[]', false)",
        f"INSERT INTO receipts VALUES ('{name}', 'c1', 'digest')",
    )
    async with another_transaction(overseer, *commit):
        waking = asyncio.create_task(wake(interviews, user, name))
        await somebody_waits(overseer)
    woken = await waking
    assert woken.epoch == 2
    assert [turn.question for turn in woken.state.view.interview.turns] == ["Why?"]
    assert woken.receipts == {"c1": b"digest"}


async def test_a_commit_in_the_middle_of_a_wake_is_refused(
    overseer: Database, interviews: StoredInterviews, user: str
) -> None:
    name = await make(interviews, user)
    stale = await wake(interviews, user, name)
    async with another_transaction(
        overseer, f"UPDATE interviews SET term = 2, epoch = 2, seq = 0 WHERE id = '{name}'"
    ):
        with pytest.raises(NotStored):
            await interviews.commit(changed(stale, 1, RECEIPT))
    with pytest.raises(Fenced):
        await interviews.commit(changed(stale, 1, RECEIPT))
    assert (await wake(interviews, user, name)).receipts == {}


async def test_a_commit_goes_on_without_its_caller(
    overseer: Database, interviews: StoredInterviews, user: str
) -> None:
    name = await make(interviews, user)
    woken = await wake(interviews, user, name)
    async with another_transaction(overseer, "LOCK TABLE receipts"):
        committing = asyncio.create_task(interviews.commit(changed(woken, 5, RECEIPT)))
        await somebody_waits(overseer)
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
    overseer: Database, interviews: StoredInterviews, user: str, statement: str, complaint: str
) -> None:
    name = await make(interviews, user)
    woken = await wake(interviews, user, name)
    await interviews.commit(Commit(woken.state, finished_like(woken.state), 1, 30, None))

    async def damage(connection: AsyncConnection) -> None:
        await connection.execute(text(statement.format(name)))

    await overseer.write("", damage)
    with pytest.raises(CorruptRecord, match=f"{name}: .*{complaint}"):
        await interviews.load(user, name)


async def test_without_a_database_every_method_says_so(migrated_url: URL, user: str) -> None:
    limits = replace(IMPATIENT, connections=5)

    async def refused(method: Callable[[], Awaitable[object]]) -> None:
        with unavailable():
            await method()

    async with Proxy(migrated_url).running() as proxy:
        database, writer = Database(proxy.url, limits), Writer(proxy.url, limits)
        interviews = StoredInterviews(database, writer, owner="tests", new_id=new_id)
        name = await make(interviews, user)
        woken = await wake(interviews, user, name)
        proxy.freeze()
        await asyncio.gather(
            refused(lambda: interviews.create(user, CONFIG, now=CREATED_AT, key="k")),
            refused(lambda: interviews.wake(user, name)),
            refused(lambda: interviews.commit(changed(woken, 1, RECEIPT))),
            refused(lambda: interviews.load(user, name)),
            refused(lambda: interviews.page(user, limit=5, cursor=None)),
            refused(lambda: interviews.delete(user, name)),
        )
        proxy.thaw()
        again = await wake(interviews, user, name)
        await interviews.commit(changed(again, 2, Receipt("c2", b"")))
        # The commit's outcome was unknown; since the wake it is what it then was.
        assert (await wake(interviews, user, name)).receipts == again.receipts | {"c2": b""}
        await writer.aclose()
        await database.aclose()
