"""The books: what is added up, for whom, and what becomes of it when an interview is deleted."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from storage.records import Spent
from storage.usage import StoredLedger, WorkUsage, usage_of
from tests.storage.booked import DAY_MS, NOW, kept, request, store
from tests.storage.made import make
from tests.storage.migrated import new_user
from tests.storage.others import another_transaction

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncConnection

    from storage.database import Database
    from storage.interviews import StoredInterviews

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ledger(migrated_url: URL) -> AsyncIterator[StoredLedger]:
    async with aclosing(StoredLedger(migrated_url, lambda: NOW)) as ledger:
        yield ledger


# --- what was spent ------------------------------------------------------------------------------


async def test_nothing_was_spent_yet(ledger: StoredLedger, user: str) -> None:
    assert await ledger.spent(user, "none") == Spent(0, 0)


async def test_an_interview_counts_whole_and_a_user_for_a_day(
    ledger: StoredLedger, migrated_url: URL, interviews: StoredInterviews, user: str
) -> None:
    first, second = await make(interviews, user), await make(interviews, user)
    await store(
        migrated_url,
        request(user, first, cost_micro_usd=1, at=NOW),
        request(user, first, cost_micro_usd=20, at=NOW - DAY_MS + 1),
        request(user, first, cost_micro_usd=300, at=NOW - DAY_MS),
        request(user, second, cost_micro_usd=4_000),
        request(user, second, cost_micro_usd=None),
    )
    assert await ledger.spent(user, first) == Spent(321, 4_021)
    assert await ledger.spent(user, second) == Spent(4_000, 4_021)


async def test_sums_larger_than_a_column_of_them(
    ledger: StoredLedger, migrated_url: URL, interviews: StoredInterviews, user: str
) -> None:
    interview = await make(interviews, user)
    entries = [request(user, interview, cost_micro_usd=2**62) for _ in range(3)]
    await store(migrated_url, *entries)
    assert await ledger.spent(user, interview) == Spent(3 * 2**62, 3 * 2**62)


async def test_users_are_kept_apart(
    ledger: StoredLedger, migrated_url: URL, interviews: StoredInterviews, user: str
) -> None:
    other = new_user()
    mine, theirs = await make(interviews, user), await make(interviews, other)
    await store(
        migrated_url,
        request(user, mine, cost_micro_usd=1),
        request(other, theirs, cost_micro_usd=20),
    )
    assert await ledger.spent(user, mine) == Spent(1, 1)
    assert await ledger.spent(user, theirs) == Spent(0, 1)
    assert await ledger.spent(other, theirs) == Spent(20, 20)


async def test_row_security_shows_a_user_their_own_alone(
    database: Database, migrated_url: URL, interviews: StoredInterviews, user: str
) -> None:
    other = new_user()
    await store(
        migrated_url,
        request(user, await make(interviews, user)),
        request(other, await make(interviews, other)),
    )

    async def careless(connection: AsyncConnection) -> list[str]:
        rows = await connection.execute(text("SELECT user_id FROM model_requests"))
        return list(rows.scalars())

    assert await database.read(user, careless) == [user]


async def test_deleting_an_interview_gives_no_money_back(
    ledger: StoredLedger,
    overseer: Database,
    migrated_url: URL,
    interviews: StoredInterviews,
    user: str,
) -> None:
    interview = await make(interviews, user)
    await store(migrated_url, request(user, interview, cost_micro_usd=7))
    assert await interviews.delete(user, interview)
    assert await ledger.spent(user, interview) == Spent(0, 7)
    assert [row["interview_id"] for row in await kept(overseer, user)] == [None]
    assert await usage_of(migrated_url, interview) is None


async def test_requests_go_with_their_user(
    overseer: Database, migrated_url: URL, interviews: StoredInterviews, user: str
) -> None:
    await store(migrated_url, request(user, await make(interviews, user)))

    async def remove(connection: AsyncConnection) -> None:
        await connection.execute(text("DELETE FROM users WHERE id = :user"), {"user": user})

    await overseer.write("", remove)
    assert await kept(overseer, user) == []


async def test_what_was_recorded_is_in_the_books_when_they_are_closed(
    ledger: StoredLedger, migrated_url: URL, interviews: StoredInterviews, user: str
) -> None:
    interview = await make(interviews, user)
    books = StoredLedger(migrated_url, lambda: NOW)
    books.record(request(user, interview, cost_micro_usd=5))
    await books.aclose()
    assert await ledger.spent(user, interview) == Spent(5, 5)


# --- what an interview took ----------------------------------------------------------------------


async def test_usage_is_added_up_by_work_and_model(
    migrated_url: URL, interviews: StoredInterviews, user: str
) -> None:
    interview = await make(interviews, user)
    await store(
        migrated_url,
        request(user, interview, at=NOW),
        request(
            user,
            interview,
            at=NOW + 1,
            outcome="cut",
            estimated=True,
            cost_micro_usd=None,
            first_token_ms=900,
        ),
        request(user, interview, at=NOW + 2, first_token_ms=100),
        request(
            user,
            interview,
            at=NOW + 3,
            turn=None,
            what="report",
            model="another",
            outcome="rate_limited",
            cost_micro_usd=None,
            first_token_ms=None,
        ),
        request(user, await make(interviews, user)),
    )
    assert await usage_of(migrated_url, interview) == [
        WorkUsage(
            turn=1,
            what="question",
            lane=0,
            provider="openai",
            model="a-model",
            requests=3,
            outcomes={"stop": 2, "cut": 1},
            input_tokens=3_000,
            cached_tokens=1_800,
            output_tokens=150,
            estimated=1,
            cost_micro_usd=600,
            first_token_ms=400,
        ),
        WorkUsage(
            turn=None,
            what="report",
            lane=0,
            provider="openai",
            model="another",
            requests=1,
            outcomes={"rate_limited": 1},
            input_tokens=1_000,
            cached_tokens=600,
            output_tokens=50,
            estimated=0,
            cost_micro_usd=None,
            first_token_ms=None,
        ),
    ]


async def test_an_interview_that_asked_no_model(
    migrated_url: URL, interviews: StoredInterviews, user: str
) -> None:
    assert await usage_of(migrated_url, await make(interviews, user)) == []


@pytest.mark.parametrize("unknown", ["none", "", "a\0b", "'; DROP TABLE users; --"])
async def test_no_such_interview(migrated_url: URL, unknown: str) -> None:
    assert await usage_of(migrated_url, unknown) is None


async def test_asking_for_spending_waits_for_no_writer(
    ledger: StoredLedger, overseer: Database, user: str
) -> None:
    async with another_transaction(overseer, "LOCK TABLE model_requests IN EXCLUSIVE MODE"):
        assert await ledger.spent(user, "none") == Spent(0, 0)
