"""Spending, asked for by many at once, and while the database is away."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest
from anyio.lowlevel import checkpoint
from sqlalchemy import text

from storage.records import Spent
from storage.usage_reader import _ADD_UP, MOST_ASKED, SpendingReader
from tests.storage.booked import NOW, request, store
from tests.storage.made import IMPATIENT, make, unavailable
from tests.storage.migrated import new_user
from tests.storage.others import another_transaction, somebody_waits
from tests.storage.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncConnection

    from storage.database import Database
    from storage.interviews import StoredInterviews

pytestmark = pytest.mark.anyio

# Holds up whoever reads the books.
HOLD = "LOCK TABLE model_requests"


@pytest.fixture
async def reader(migrated_url: URL) -> AsyncIterator[SpendingReader]:
    async with aclosing(SpendingReader(migrated_url)) as reader:
        yield reader


async def test_many_who_ask_at_once_get_each_their_own_answer(
    reader: SpendingReader, migrated_url: URL, interviews: StoredInterviews
) -> None:
    asked = []
    for cost in range(1, 9):
        user = new_user()
        interview = await make(interviews, user)
        await store(migrated_url, request(user, interview, cost_micro_usd=cost))
        asked.append((user, interview))
    # More than one query takes.
    questions = asked * (MOST_ASKED // 8 + 2)
    answers = await asyncio.gather(*(reader.spent(*each, 0) for each in questions))
    costs = {each: Spent(cost, cost) for cost, each in enumerate(asked, 1)}
    assert answers == [costs[each] for each in questions]


@pytest.mark.parametrize("odd", ["a\0b", "\ud800", "", "'; DELETE FROM users; --"])
async def test_an_odd_name_has_spent_nothing_and_harms_nobody(
    reader: SpendingReader,
    migrated_url: URL,
    interviews: StoredInterviews,
    user: str,
    odd: str,
) -> None:
    interview = await make(interviews, user)
    await store(migrated_url, request(user, interview, cost_micro_usd=3))
    answers = await asyncio.gather(
        reader.spent(odd, interview, 0),
        reader.spent(user, odd, 0),
        reader.spent(user, interview, 0),
    )
    assert answers[0] == Spent(0, 0)
    assert answers[1] in (Spent(0, 0), Spent(0, 3))
    assert answers[2] == Spent(3, 3)


async def test_whoever_is_cancelled_takes_no_answer_from_others(
    reader: SpendingReader, overseer: Database, user: str
) -> None:
    async with another_transaction(overseer, HOLD):
        first, second, third = (
            asyncio.create_task(reader.spent(user, "none", 0)) for _ in range(3)
        )
        await somebody_waits(overseer)
        first.cancel()
        second.cancel()
        await asyncio.wait([first, second])
    assert await third == Spent(0, 0)
    assert await reader.spent(user, "none", 0) == Spent(0, 0)


async def test_a_database_that_goes_silent_and_comes_back(migrated_url: URL, user: str) -> None:
    async with (
        Proxy(migrated_url).running() as proxy,
        aclosing(SpendingReader(proxy.url, IMPATIENT)) as reader,
    ):
        assert await reader.spent(user, "none", 0) == Spent(0, 0)
        proxy.freeze()
        given = asyncio.create_task(reader.spent(user, "none", 0))
        await checkpoint()
        waiting = asyncio.create_task(reader.spent(user, "none", 0))
        with unavailable("no answer"):
            await given
        with unavailable("no answer"):
            await waiting
        proxy.thaw()
        assert await reader.spent(user, "none", 0) == Spent(0, 0)


async def test_a_database_that_isnt_there(database_url: URL) -> None:
    async with aclosing(SpendingReader(database_url.set(database="nowhere"))) as reader:
        with unavailable("does not exist"):
            await reader.spent("u", "i", 0)


async def test_once_closed_it_answers_no_more(migrated_url: URL) -> None:
    reader = SpendingReader(migrated_url)
    await reader.aclose()
    with unavailable("was closed"):
        await reader.spent("u", "i", 0)


async def test_what_was_spent_is_looked_up_not_searched_for(
    overseer: Database, migrated_url: URL
) -> None:
    query = _ADD_UP.replace("$1", "'[]'::jsonb").replace(":", "\\:")

    async def plan(connection: AsyncConnection) -> str:
        # As the connection of the reader has it.
        await connection.execute(text("SET LOCAL enable_seqscan = off"))
        return "\n".join((await connection.execute(text(f"EXPLAIN {query}"))).scalars())

    told = await overseer.write("", plan)
    assert "ix_model_requests_spent" in told
    assert "ix_model_requests_interview_id" in told
    assert "Seq Scan" not in told


async def test_since_is_the_last_that_doesnt_count(
    reader: SpendingReader, migrated_url: URL, interviews: StoredInterviews, user: str
) -> None:
    interview = await make(interviews, user)
    await store(migrated_url, request(user, interview, cost_micro_usd=3, at=NOW))
    assert await reader.spent(user, interview, NOW) == Spent(3, 0)
    assert await reader.spent(user, interview, NOW - 1) == Spent(3, 3)
