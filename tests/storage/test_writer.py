"""The hot write: what goes together, who fails alone, who is waited for."""

from __future__ import annotations

import asyncio
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from anyio.lowlevel import checkpoint
from sqlalchemy import text

from storage.records import Commit, Fenced, NotStored, Receipt, Unstorable
from storage.writer import MOST_BYTES, MOST_COMMITS, Writer
from tests.storage.made import RECEIPT, changed, load, named, unavailable, wake
from tests.storage.migrated import new_id
from tests.storage.others import another_transaction, somebody_waits
from tests.storage.writing import HOLD, answered, several, stored

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from storage.database import Database
    from storage.interviews import StoredInterviews
    from storage.records import Woken

pytestmark = pytest.mark.anyio

SECRET = "Between you and me, I broke it."


async def transactions(overseer: Database, woken: list[Woken]) -> list[int]:
    """By how many commits each transaction last wrote to these interviews, in their order."""
    query = text(
        "SELECT count(*) FROM interviews WHERE id = ANY(:ids) "
        "GROUP BY xmin ORDER BY CAST(CAST(xmin AS text) AS bigint)"
    )
    ids = [each.state.view.interview.id for each in woken]

    async def look(connection: AsyncConnection) -> list[int]:
        return list((await connection.execute(query, {"ids": ids})).scalars())

    return await overseer.read("", look)


async def outcomes(writer: Writer, commits: list[Commit]) -> list[BaseException | None]:
    """Of commits that come at once."""
    return await asyncio.gather(*map(writer.commit, commits), return_exceptions=True)


# --- batches -------------------------------------------------------------------------------------


async def test_what_comes_at_once_goes_at_once(
    overseer: Database, interviews: StoredInterviews, writer: Writer, user: str
) -> None:
    woken = await several(interviews, user, 20)
    await asyncio.gather(*(writer.commit(answered(each, "Well.")) for each in woken))
    assert await transactions(overseer, woken) == [20]
    for each in woken:
        assert await stored(interviews, each) == {"c1": b"digest"}


async def test_what_comes_meanwhile_goes_together_afterwards(
    overseer: Database, interviews: StoredInterviews, writer: Writer, user: str
) -> None:
    woken = await several(interviews, user, 9)
    async with asyncio.TaskGroup() as tasks, another_transaction(overseer, HOLD):
        tasks.create_task(writer.commit(changed(woken[0], 1, RECEIPT)))
        await somebody_waits(overseer)
        for each in woken[1:]:
            tasks.create_task(writer.commit(changed(each, 1, RECEIPT)))
    assert await transactions(overseer, woken) == [1, 8]


async def test_commits_of_one_interview_go_one_after_the_other(
    interviews: StoredInterviews, writer: Writer, user: str
) -> None:
    (woken,) = await several(interviews, user, 1)
    steps = [replace(changed(woken, n, Receipt(f"c{n}", b"")), seq=n) for n in range(1, 6)]
    await asyncio.gather(*map(writer.commit, steps))
    found = await load(interviews, user, woken.state.view.interview.id)
    assert (found.seq, found.state.view.interview.remaining_ms) == (5, 5)
    assert list(await stored(interviews, woken)) == [f"c{n}" for n in range(1, 6)]


async def test_a_batch_is_bounded_in_number(
    overseer: Database, interviews: StoredInterviews, writer: Writer, user: str
) -> None:
    (first,) = await several(interviews, user, 1)
    names = [new_id() for _ in range(MOST_COMMITS + 10)]
    copies = text(
        "INSERT INTO interviews SELECT new.* "
        "FROM interviews AS one, unnest(CAST(:names AS text[])) AS name, "
        "jsonb_populate_record(one, jsonb_build_object('id', name)) AS new WHERE one.id = :one"
    )

    async def copy(connection: AsyncConnection) -> None:
        values = {"names": names, "one": first.state.view.interview.id}
        await connection.execute(copies, values)

    await overseer.write("", copy)
    woken = [replace(first, state=named(first.state, name)) for name in names]
    await asyncio.gather(*(writer.commit(changed(each)) for each in woken))
    assert await transactions(overseer, woken) == [MOST_COMMITS, 10]


async def test_a_batch_is_bounded_in_size(
    overseer: Database, interviews: StoredInterviews, writer: Writer, user: str
) -> None:
    """One commit that is over the bound goes alone."""
    woken = await several(interviews, user, 5)
    sizes = (0.3, 0.3, 0.3, 0.3, 1.2)
    commits = [
        answered(each, "x" * int(size * MOST_BYTES))
        for each, size in zip(woken, sizes, strict=True)
    ]
    await asyncio.gather(*map(writer.commit, commits))
    assert await transactions(overseer, woken) == [3, 1, 1]


# --- alone ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [0, 3, 6])
async def test_a_row_that_is_refused_fails_alone(
    interviews: StoredInterviews, writer: Writer, user: str, place: int
) -> None:
    """PostgreSQL keeps no U+0000."""
    woken = await several(interviews, user, 7)
    commits = [answered(each, "Well.") for each in woken]
    commits[place] = answered(woken[place], "Well\0")
    told = await outcomes(writer, commits)
    assert [type(each) for each in told] == [
        Unstorable if index == place else type(None) for index in range(7)
    ]
    for index, each in enumerate(woken):
        assert await stored(interviews, each) == ({} if index == place else {"c1": b"digest"})


async def test_several_refused_rows_each_fail(
    interviews: StoredInterviews, writer: Writer, user: str
) -> None:
    woken = await several(interviews, user, 6)
    commits = [answered(each, "\0" if index % 2 else ".") for index, each in enumerate(woken)]
    told = await outcomes(writer, commits)
    assert [error is None for error in told] == [True, False] * 3


async def test_what_is_no_text_fails_alone(
    interviews: StoredInterviews, writer: Writer, user: str
) -> None:
    first, second = await several(interviews, user, 2)
    told = await outcomes(writer, [answered(first, "\ud800"), answered(second, "Well.")])
    assert isinstance(told[0], Unstorable)
    assert told[1] is None


async def test_a_stale_commit_is_fenced_alone(
    interviews: StoredInterviews, writer: Writer, user: str
) -> None:
    woken = await several(interviews, user, 5)
    await wake(interviews, user, woken[2].state.view.interview.id)
    assert await interviews.delete(user, woken[3].state.view.interview.id)
    told = await outcomes(writer, [changed(each, 1, RECEIPT) for each in woken])
    assert [type(error) for error in told] == [type(None)] * 2 + [Fenced] * 2 + [type(None)]


async def test_a_locked_interview_holds_nobody_up(
    overseer: Database, interviews: StoredInterviews, writer: Writer, user: str
) -> None:
    first, second, third = await several(interviews, user, 3)
    name = second.state.view.interview.id
    lock = f"SELECT 1 FROM interviews WHERE id = '{name}' FOR NO KEY UPDATE"
    async with another_transaction(overseer, lock):
        told = await outcomes(
            writer, [changed(each, 1, RECEIPT) for each in (first, second, third)]
        )
    assert [type(error) for error in told] == [type(None), NotStored, type(None)]
    await writer.commit(changed(second, 1, RECEIPT))


async def test_an_error_quotes_no_row(
    interviews: StoredInterviews, writer: Writer, user: str
) -> None:
    (woken,) = await several(interviews, user, 1)
    with pytest.raises(Unstorable) as failure:
        await writer.commit(answered(woken, f"{SECRET}\0"))
    assert SECRET not in "".join(traceback.format_exception(failure.value))
    assert SECRET not in str(vars(failure.value))


# --- those who wait ------------------------------------------------------------------------------


async def test_a_cancelled_caller_leaves_the_commit_to_its_end(
    overseer: Database, interviews: StoredInterviews, writer: Writer, user: str
) -> None:
    first, second = await several(interviews, user, 2)
    async with another_transaction(overseer, HOLD):
        under_way = asyncio.create_task(writer.commit(changed(first, 1, RECEIPT)))
        await somebody_waits(overseer)
        waiting = asyncio.create_task(writer.commit(changed(second, 1, RECEIPT)))
        await checkpoint()
        for caller in (under_way, waiting):
            caller.cancel()
            with pytest.raises(asyncio.CancelledError):
                await caller
    await writer.aclose()
    assert await stored(interviews, first) == {"c1": b"digest"}
    assert await stored(interviews, second) == {"c1": b"digest"}


async def test_closing_waits_for_what_was_taken_and_takes_no_more(
    overseer: Database, interviews: StoredInterviews, writer: Writer, user: str
) -> None:
    woken = await several(interviews, user, 3)
    async with another_transaction(overseer, HOLD):
        taken = [asyncio.create_task(writer.commit(changed(each, 1, RECEIPT))) for each in woken]
        await somebody_waits(overseer)
        closing = asyncio.create_task(writer.aclose())
        await checkpoint()
        with unavailable("closed"):
            await writer.commit(changed(woken[0], 2))
    await closing
    await asyncio.gather(*taken)
