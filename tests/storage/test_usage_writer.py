"""The writer of the books: what is stored, once, and what is done while the database is away."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from storage.usage_writer import MOST_ROWS, MOST_WAITING, RequestWriter
from tests.storage.booked import books, kept, request, store
from tests.storage.made import IMPATIENT, make
from tests.storage.migrated import new_user
from tests.storage.others import another_transaction, somebody_waits
from tests.storage.proxy import Proxy

if TYPE_CHECKING:
    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncConnection

    from storage.database import Database
    from storage.interviews import StoredInterviews

pytestmark = pytest.mark.anyio


async def until_kept(overseer: Database, user: str, count: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(30):
        while len(rows := await kept(overseer, user)) < count:  # noqa: ASYNC110 - another's table
            await asyncio.sleep(0.01)
    return rows


async def test_a_request_is_stored_as_it_was_recorded(
    overseer: Database, migrated_url: URL, interviews: StoredInterviews, user: str
) -> None:
    interview = await make(interviews, user)
    entries = [
        request(user, interview),
        request(
            user,
            interview,
            turn=None,
            what="report",
            lane=3,
            outcome="cancelled",
            estimated=True,
            cost_micro_usd=None,
            first_token_ms=None,
        ),
    ]
    await store(migrated_url, *entries)
    rows = await kept(overseer, user)
    assert len({row.pop("id") for row in rows}) == 2
    assert rows == [asdict(entry) for entry in entries]


async def test_more_than_a_batch(
    overseer: Database, migrated_url: URL, interviews: StoredInterviews, user: str
) -> None:
    interview = await make(interviews, user)
    count = 2 * MOST_ROWS + 1
    await store(migrated_url, *(request(user, interview, at=n) for n in range(count)))
    assert [row["at"] for row in await kept(overseer, user)] == list(range(count))


async def test_it_stores_without_being_closed_and_after_a_pause(
    overseer: Database, migrated_url: URL, interviews: StoredInterviews, user: str
) -> None:
    interview = await make(interviews, user)
    async with books(migrated_url) as writer:
        for count in (1, 2):
            writer.record(request(user, interview))
            await until_kept(overseer, user, count)


# --- whose it is ---------------------------------------------------------------------------------


async def test_an_interview_that_was_deleted_meanwhile(
    overseer: Database, migrated_url: URL, interviews: StoredInterviews, user: str
) -> None:
    gone, there = await make(interviews, user), await make(interviews, user)
    assert await interviews.delete(user, gone)
    await store(migrated_url, request(user, gone), request(user, there))
    assert [row["interview_id"] for row in await kept(overseer, user)] == [None, there]


async def test_an_interview_that_is_being_deleted(
    overseer: Database, migrated_url: URL, interviews: StoredInterviews, user: str
) -> None:
    """The deletion has begun, and is committed while the row waits for it."""
    interview = await make(interviews, user)
    async with books(migrated_url) as writer:
        async with another_transaction(
            overseer, f"DELETE FROM interviews WHERE id = '{interview}'"
        ):
            writer.record(request(user, interview))
            await somebody_waits(overseer)
        assert [row["interview_id"] for row in await until_kept(overseer, user, 1)] == [None]


async def test_a_commit_is_not_waited_for(
    overseer: Database, migrated_url: URL, interviews: StoredInterviews, user: str
) -> None:
    """One locks the interview's row, but takes its key from nobody."""
    interview = await make(interviews, user)
    update = f"UPDATE interviews SET seq = 5 WHERE id = '{interview}'"
    async with books(migrated_url) as writer, another_transaction(overseer, update):
        writer.record(request(user, interview))
        await until_kept(overseer, user, 1)


async def test_another_users_interview_is_none(
    overseer: Database, migrated_url: URL, interviews: StoredInterviews, user: str
) -> None:
    await make(interviews, user)
    theirs = await make(interviews, new_user())
    await store(migrated_url, request(user, theirs))
    assert [row["interview_id"] for row in await kept(overseer, user)] == [None]


# --- what can't be stored ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "refused",
    [
        {"model": "\0"},
        {"model": "\ud800"},
        {"outcome": "splendid"},
        {"input_tokens": -1},
        {"output_tokens": 2**31},
        {"user_id": "nobody we know"},
    ],
)
async def test_a_row_that_is_refused_is_lost_alone(
    refused: dict[str, Any],
    overseer: Database,
    migrated_url: URL,
    interviews: StoredInterviews,
    user: str,
) -> None:
    interview = await make(interviews, user)
    good = [request(user, interview, at=n) for n in range(5)]
    bad = request(**{"user_id": user, "interview_id": interview, **refused})
    with capture_logs() as logs:
        await store(migrated_url, *good[:2], bad, *good[2:])
    assert [row["at"] for row in await kept(overseer, user)] == [0, 1, 2, 3, 4]
    assert [log["event"] for log in logs] == ["request_not_storable"]


# --- outages -------------------------------------------------------------------------------------


async def test_what_was_recorded_while_the_database_was_silent_is_stored_once(
    overseer: Database, migrated_url: URL, interviews: StoredInterviews, user: str
) -> None:
    interview = await make(interviews, user)
    async with Proxy(migrated_url).running() as proxy, books(proxy.url, IMPATIENT) as writer:
        writer.record(request(user, interview, at=0))
        await until_kept(overseer, user, 1)
        with capture_logs() as logs:
            proxy.freeze()
            for n in range(1, 4):
                writer.record(request(user, interview, at=n))
            await failed(logs)
            proxy.thaw()
            rows = await until_kept(overseer, user, 4)
            writer.record(request(user, interview, at=4))
            rows = await until_kept(overseer, user, 5)
    assert [row["at"] for row in rows] == [0, 1, 2, 3, 4]
    assert [log["event"] for log in logs] == ["requests_not_stored", "requests_stored_again"]


async def test_what_was_stored_without_an_answer_is_there_once(
    overseer: Database, migrated_url: URL, interviews: StoredInterviews, user: str
) -> None:
    """The batch gets through, its confirmation doesn't; so it is sent again."""
    interview = await make(interviews, user)
    async with Proxy(migrated_url).running() as proxy, books(proxy.url, IMPATIENT) as writer:
        writer.record(request(user, interview, at=0))
        await until_kept(overseer, user, 1)
        with capture_logs() as logs:
            proxy.freeze_after(b'"at":1}')
            writer.record(request(user, interview, at=1))
            await until_kept(overseer, user, 2)
            await failed(logs)
            proxy.thaw()
            writer.record(request(user, interview, at=2))
            rows = await until_kept(overseer, user, 3)
    assert [row["at"] for row in rows] == [0, 1, 2]


async def failed(logs: list[Any]) -> None:
    async with asyncio.timeout(30):
        while "requests_not_stored" not in (log["event"] for log in logs):  # noqa: ASYNC110 - a log
            await asyncio.sleep(0.01)


async def test_the_newest_are_kept_and_the_lost_counted(
    overseer: Database, migrated_url: URL, interviews: StoredInterviews, user: str
) -> None:
    interview = await make(interviews, user)
    with capture_logs() as logs:
        async with (
            books(migrated_url) as writer,
            another_transaction(overseer, "LOCK TABLE model_requests"),
        ):
            writer.record(request(user, interview, at=0))
            await somebody_waits(overseer)
            for n in range(1, MOST_WAITING + 8):
                writer.record(request(user, interview, at=n))
    # The first was in the database's hands already.
    expected = [0, *range(8, MOST_WAITING + 8)]
    assert [row["at"] for row in await kept(overseer, user)] == expected
    assert logs == [
        {"event": "requests_being_lost", "log_level": "error"},
        {"event": "requests_stored_again", "lost": 7, "log_level": "info"},
    ]


async def test_an_outage_keeps_no_more_than_the_bound(
    overseer: Database, migrated_url: URL, interviews: StoredInterviews, user: str
) -> None:
    """Also when a batch comes back that had been taken out of the full buffer."""
    interview = await make(interviews, user)
    async with Proxy(migrated_url).running() as proxy, books(proxy.url, IMPATIENT) as writer:
        writer.record(request(user, interview, at=0))
        await until_kept(overseer, user, 1)
        with capture_logs() as logs:
            proxy.freeze()
            for n in range(1, MOST_WAITING + 4):
                writer.record(request(user, interview, at=n))
            await failed(logs)
            proxy.thaw()
            rows = await until_kept(overseer, user, 1 + MOST_WAITING)
    assert [row["at"] for row in rows] == [0, *range(4, MOST_WAITING + 4)]
    # A slow machine may recover, fail and recover again: what was lost is told once.
    again = [log for log in logs if log["event"] == "requests_stored_again"]
    assert again[0] == {"event": "requests_stored_again", "lost": 3, "log_level": "info"}
    assert not any(log["lost"] for log in again[1:])
    assert logs[-1]["event"] == "requests_stored_again"


# --- the end -------------------------------------------------------------------------------------


async def test_the_end_is_waited_for_in_bounded_time_and_the_loss_told(user: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, capture_logs() as logs:
        url = f"postgresql://u:p@127.0.0.1:{silent.getsockname()[1]}/d"
        writer = RequestWriter(url, IMPATIENT, delay_s=lambda tries: 3_600.0)
        for _ in range(3):
            writer.record(request(user, "any"))
        async with asyncio.timeout(30):
            await writer.aclose()
        writer.record(request(user, "any"))
    assert {"event": "requests_lost", "count": 3, "log_level": "error"} in logs


async def test_a_batch_that_gets_no_answer_at_the_end_is_given_up(
    overseer: Database, migrated_url: URL, interviews: StoredInterviews, user: str
) -> None:
    interview = await make(interviews, user)
    with capture_logs() as logs:
        async with another_transaction(overseer, "LOCK TABLE model_requests"):
            writer = RequestWriter(migrated_url, IMPATIENT, delay_s=lambda tries: 3_600.0)
            writer.record(request(user, interview))
            await somebody_waits(overseer)
            async with asyncio.timeout(30):
                await writer.aclose()
    assert {"event": "requests_lost", "count": 1, "log_level": "error"} in logs


async def test_the_end_does_not_wait_out_a_pause(
    overseer: Database, migrated_url: URL, interviews: StoredInterviews, user: str
) -> None:
    interview = await make(interviews, user)
    async with Proxy(migrated_url).running() as proxy:
        proxy.freeze()
        writer = RequestWriter(proxy.url, IMPATIENT, delay_s=lambda tries: 3_600.0)
        with capture_logs() as logs:
            writer.record(request(user, interview))
            await failed(logs)
        proxy.thaw()
        async with asyncio.timeout(30):
            await writer.aclose()
    assert len(await kept(overseer, user)) == 1


async def test_the_end_of_one_that_wrote_nothing(migrated_url: URL) -> None:
    await RequestWriter(migrated_url).aclose()


async def test_two_writers_have_different_ids(
    overseer: Database, migrated_url: URL, interviews: StoredInterviews, user: str
) -> None:
    interview = await make(interviews, user)
    await store(migrated_url, request(user, interview))
    await store(migrated_url, request(user, interview))
    assert len(await kept(overseer, user)) == 2


async def test_the_books_hold_no_text(overseer: Database) -> None:
    """A column for words would have to be thought about: what may be in it?"""
    query = text(
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_name = 'model_requests' AND data_type IN ('text', 'jsonb')"
    )

    async def columns(connection: AsyncConnection) -> set[str]:
        return set((await connection.execute(query)).scalars())

    assert await overseer.read("", columns) == {
        *("user_id", "interview_id", "what", "provider", "model", "outcome"),
    }
