"""Making, waking, committing, finding and deleting interviews, by one at a time and by many."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

import asyncpg
import pytest
from sqlalchemy import text

from protocol.commands import HintRequest, InterviewPause, InterviewResume, QuestionSkip
from protocol.effects import Delta, Ended, QuestionBegan, Scored
from protocol.errors import ProtocolError
from storage.records import Commit, Fenced, Receipt, Unstorable
from tests.protocol.play import (
    SCORES,
    TWO_QUESTIONS,
    Play,
    feedback,
    hint,
    question,
    rival,
    scores,
)
from tests.storage.made import (
    CONFIG,
    CREATED_AT,
    RECEIPT,
    changed,
    finished_like,
    load,
    make,
    named,
    wake,
)
from tests.storage.migrated import new_user
from tests.storage.states import kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncConnection

    from storage.database import Database
    from storage.interviews import StoredInterviews

pytestmark = pytest.mark.anyio

# --- create --------------------------------------------------------------------------------------


async def test_a_new_interview(interviews: StoredInterviews, user: str) -> None:
    made = await interviews.create(user, CONFIG, now=CREATED_AT, key=None)
    found = await load(interviews, user, made.id)
    assert made == found.state.view.interview
    assert (made.phase, made.created_at, made.config) == ("created", CREATED_AT, CONFIG)
    assert (found.epoch, found.seq) == (1, 0)


async def test_without_a_key_each_request_makes_another(
    interviews: StoredInterviews, user: str
) -> None:
    assert await make(interviews, user) != await make(interviews, user)


async def test_a_key_makes_one_interview(interviews: StoredInterviews, user: str) -> None:
    first = await interviews.create(user, CONFIG, now=CREATED_AT, key="k")
    await interviews.commit(changed(await wake(interviews, user, first.id)))
    again = await interviews.create(user, CONFIG, now=CREATED_AT + 1, key="k")
    assert again == replace(first, remaining_ms=1)
    other = await interviews.create(user, CONFIG, now=CREATED_AT, key="k2")
    assert other.id != first.id


async def test_a_key_with_another_config_is_refused(
    interviews: StoredInterviews, user: str
) -> None:
    await interviews.create(user, CONFIG, now=CREATED_AT, key="k")
    with pytest.raises(ProtocolError) as refusal:
        await interviews.create(user, replace(CONFIG, role="other"), now=CREATED_AT, key="k")
    assert refusal.value.code == "id_reused"


async def test_a_key_is_a_users_own(interviews: StoredInterviews, user: str) -> None:
    mine = await interviews.create(user, CONFIG, now=CREATED_AT, key="k")
    theirs = await interviews.create(new_user(), CONFIG, now=CREATED_AT, key="k")
    assert mine.id != theirs.id


async def test_a_deleted_interviews_key_is_free_again(
    interviews: StoredInterviews, user: str
) -> None:
    first = await interviews.create(user, CONFIG, now=CREATED_AT, key="k")
    assert await interviews.delete(user, first.id)
    second = await interviews.create(user, CONFIG, now=CREATED_AT, key="k")
    assert second.id != first.id


async def test_many_at_once_with_one_key_make_one(interviews: StoredInterviews, user: str) -> None:
    made = await asyncio.gather(
        *(interviews.create(user, CONFIG, now=CREATED_AT + n, key="k") for n in range(10))
    )
    assert len({interview.id for interview in made}) == 1
    items, _ = await interviews.page(user, limit=10, cursor=None)
    assert [item.state.view.interview for item in items] == made[:1]


# --- wake ----------------------------------------------------------------------------------------


async def test_each_wake_is_a_new_epoch_and_term(interviews: StoredInterviews, user: str) -> None:
    name = await make(interviews, user)
    first = await wake(interviews, user, name)
    assert (first.user_id, first.epoch, first.seq) == (user, 1, 0)
    await interviews.commit(replace(changed(first), seq=9))
    assert (await load(interviews, user, name)).seq == 9
    second = await wake(interviews, user, name)
    assert (second.epoch, second.seq, second.term) == (2, 0, 2)
    assert (second.state.view.epoch, second.state.view.seq) == (2, 0)
    assert (await load(interviews, user, name)).epoch == 2


async def test_wakes_at_once_get_an_epoch_each(interviews: StoredInterviews, user: str) -> None:
    name = await make(interviews, user)
    woken = await asyncio.gather(*(wake(interviews, user, name) for _ in range(8)))
    assert sorted(each.epoch for each in woken) == list(range(1, 9))
    assert all(each.term == each.epoch for each in woken)


async def test_a_wake_brings_all_receipts(interviews: StoredInterviews, user: str) -> None:
    name = await make(interviews, user)
    woken = await wake(interviews, user, name)
    assert woken.receipts == {}
    await interviews.commit(changed(woken, 1, RECEIPT))
    await interviews.commit(changed(woken, 2, Receipt("c2", b"\0\xff")))
    assert (await wake(interviews, user, name)).receipts == {"c1": b"digest", "c2": b"\0\xff"}


async def test_a_finished_interview_keeps_its_place(
    interviews: StoredInterviews, user: str
) -> None:
    name = await make(interviews, user)
    woken = await wake(interviews, user, name)
    finished = finished_like(woken.state)
    await interviews.commit(Commit(woken.state, finished, 1, 40, RECEIPT))
    for term in (2, 3):
        again = await wake(interviews, user, name)
        assert (again.epoch, again.seq, again.term) == (1, 40, term)
        assert again.state == kept(finished, epoch=1, seq=40)
        assert again.receipts == {"c1": b"digest"}


async def test_a_wake_says_whose_it_is(
    overseer: Database, interviews: StoredInterviews, user: str
) -> None:
    name = await make(interviews, user)

    async def owner(connection: AsyncConnection) -> object:
        query = text("SELECT owner FROM interviews WHERE id = :name")
        return (await connection.execute(query, {"name": name})).scalar_one()

    assert await overseer.read("", owner) is None
    await wake(interviews, user, name)
    assert await overseer.read("", owner) == "tests"


# --- commit --------------------------------------------------------------------------------------


async def test_a_stale_term_is_refused(interviews: StoredInterviews, user: str) -> None:
    name = await make(interviews, user)
    stale = await wake(interviews, user, name)
    newest = await wake(interviews, user, name)
    with pytest.raises(Fenced, match=name):
        await interviews.commit(changed(stale, 1, RECEIPT))
    await interviews.commit(changed(newest, 2))
    found = await wake(interviews, user, name)
    assert found.state.view.interview.remaining_ms == 2
    assert found.receipts == {}


async def test_a_deleted_interview_takes_no_commit(interviews: StoredInterviews, user: str) -> None:
    name = await make(interviews, user)
    woken = await wake(interviews, user, name)
    assert await interviews.delete(user, name)
    with pytest.raises(Fenced):
        await interviews.commit(changed(woken))


async def test_a_refused_effect_leaves_no_receipt(interviews: StoredInterviews, user: str) -> None:
    """PostgreSQL keeps no U+0000, and refuses the turn after it took the interview's row."""
    name = await make(interviews, user)
    woken = await wake(interviews, user, name)
    play = Play()
    play.start()
    play.ask("\0")
    with pytest.raises(Unstorable):
        await interviews.commit(Commit(woken.state, named(play.state, name), 1, 1, RECEIPT))
    found = await wake(interviews, user, name)
    assert found.receipts == {}
    assert found.state == replace(woken.state, view=replace(woken.state.view, epoch=2))


async def test_a_refused_receipt_leaves_no_effect(interviews: StoredInterviews, user: str) -> None:
    name = await make(interviews, user)
    woken = await wake(interviews, user, name)
    await interviews.commit(changed(woken, 1, RECEIPT))
    with pytest.raises(asyncpg.PostgresError):
        await interviews.commit(changed(woken, 2, RECEIPT))
    assert (await load(interviews, user, name)).state.view.interview.remaining_ms == 1


async def test_every_step_of_an_interview_is_kept(interviews: StoredInterviews, user: str) -> None:
    play = Play(replace(TWO_QUESTIONS, models=("a", "b"), rival="beginner", time_limit_s=600))
    config = play.interview.config
    name = (await interviews.create(user, config, now=play.now, key=None)).id
    await wake(interviews, user, name)
    steps: list[Callable[[], object]] = [
        play.start,
        lambda: play.ask("Why ", "so?"),
        lambda: play.do(HintRequest("h", 1)),
        lambda: play.say(hint(1), "Think."),
        lambda: play.do(InterviewPause("p")),
        lambda: play.do(InterviewResume("r")),
        play.answer,
        lambda: play.say(feedback(1, 0), "Good.", model="a"),
        lambda: play.say(rival(1), "I would."),
        lambda: play.bring(QuestionBegan(question(2), "main", "work")),
        lambda: play.say(feedback(1, 1), "Bad.", model="b"),
        lambda: play.bring(Scored(scores(1, 1), None, "unclear")),
        lambda: play.bring(Scored(scores(1, 0), SCORES)),
        lambda: play.bring(Delta(question(2), "And then?"), Ended(question(2))),
        lambda: play.do(QuestionSkip("s", 2)),
        play.report,
    ]
    before = named(play.state, name)
    for seq, step in enumerate(steps, 1):
        step()
        after = named(play.state, name)
        await interviews.commit(Commit(before, after, 1, seq, None))
        before = after
        assert (await load(interviews, user, name)).state == kept(after, epoch=1, seq=seq)
    assert play.phase == "finished"


# --- pages ---------------------------------------------------------------------------------------


async def pages(interviews: StoredInterviews, user: str, limit: int) -> list[list[str]]:
    found: list[list[str]] = []
    cursor = None
    while True:
        items, cursor = await interviews.page(user, limit=limit, cursor=cursor)
        found.append([item.state.view.interview.id for item in items])
        if cursor is None:
            return found
        assert cursor == quote(cursor, safe="")


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6])
async def test_pages_hold_each_once_newest_first(
    interviews: StoredInterviews, user: str, limit: int
) -> None:
    """Also where several were created in the same millisecond."""
    made = [await make(interviews, user, now) for now in (5, 7, 5, 9, 5)]
    await make(interviews, new_user(), 8)
    found = await pages(interviews, user, limit)
    assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)
    listed = [name for page in found for name in page]
    assert listed[:2] == [made[3], made[1]]
    assert sorted(listed) == sorted(made)
    assert found == await pages(interviews, user, limit)


async def test_what_is_newer_than_the_first_page_shifts_nothing(
    interviews: StoredInterviews, user: str
) -> None:
    made = [await make(interviews, user, now) for now in (1, 2, 3, 4)]
    _, cursor = await interviews.page(user, limit=2, cursor=None)
    await make(interviews, user, 5)
    items, cursor = await interviews.page(user, limit=2, cursor=cursor)
    assert [item.state.view.interview.id for item in items] == [made[1], made[0]]
    assert cursor is None


async def test_a_page_holds_whole_interviews(interviews: StoredInterviews, user: str) -> None:
    for now in (1, 2):
        name = await make(interviews, user, now)
        woken = await wake(interviews, user, name)
        await interviews.commit(Commit(woken.state, finished_like(woken.state), 1, 30, RECEIPT))
    await make(interviews, user, 3)
    items, _ = await interviews.page(user, limit=10, cursor=None)
    assert len(items) == 3
    for item in items:
        assert item == await load(interviews, user, item.state.view.interview.id)


async def test_without_interviews_there_is_one_empty_page(
    interviews: StoredInterviews, user: str
) -> None:
    assert await interviews.page(user, limit=5, cursor=None) == ([], None)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "WzFd",
        "???",
        "é",
        "WzEsIlx1MDAwMCJd",
        "Wy0xLCJhIl0",
        "WzFlMzAsImEiXQ",
        "W251bGwsMV0",
    ],
)
async def test_a_cursor_that_is_not_ours_is_malformed(
    interviews: StoredInterviews, user: str, cursor: str
) -> None:
    with pytest.raises(ProtocolError) as refusal:
        await interviews.page(user, limit=5, cursor=cursor)
    assert refusal.value.code == "malformed"
    assert refusal.value.details == {"field": "cursor"}


# --- users, and what is not there ----------------------------------------------------------------


async def test_another_users_interview_is_not_there(
    interviews: StoredInterviews, user: str
) -> None:
    name = await make(interviews, user)
    other = new_user()
    await make(interviews, other)
    assert await interviews.wake(other, name) is None
    assert await interviews.load(other, name) is None
    assert await interviews.words(other, name, 1) is None
    assert not await interviews.delete(other, name)
    items, _ = await interviews.page(other, limit=5, cursor=None)
    assert name not in [item.state.view.interview.id for item in items]
    found = await load(interviews, user, name)
    assert found.epoch == 1


@pytest.mark.parametrize("name", ["nowhere", "", "\0", "iv_\0", "\ud800", "\u202e"])
async def test_what_is_not_there(interviews: StoredInterviews, user: str, name: str) -> None:
    assert await interviews.wake(user, name) is None
    assert await interviews.load(user, name) is None
    assert await interviews.words(user, name, 1) is None
    assert not await interviews.delete(user, name)


async def test_deleting_takes_all_that_hangs_on_it(
    overseer: Database, interviews: StoredInterviews, user: str
) -> None:
    kept_name, name = await make(interviews, user), await make(interviews, user)
    for each in (kept_name, name):
        woken = await wake(interviews, user, each)
        await interviews.commit(Commit(woken.state, finished_like(woken.state), 1, 30, RECEIPT))
    assert await interviews.delete(user, name)
    assert not await interviews.delete(user, name)
    assert await interviews.load(user, name) is None

    async def left(connection: AsyncConnection) -> list[set[str]]:
        return [
            set((await connection.execute(text(f"SELECT interview_id FROM {table}"))).scalars())
            for table in ("turns", "feedback", "transcript_words", "receipts")
        ]

    for names in await overseer.read("", left):
        assert kept_name in names
        assert name not in names
