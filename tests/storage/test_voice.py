"""A spoken answer is kept from its beginning on, and its words with its transcript."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import text

from protocol.commands import AudioCancel, AudioRecord, InterviewPause, InterviewResume
from protocol.effects import Stopped
from protocol.view import Word
from storage.records import Commit, CorruptRecord
from storage.users import forget
from tests.protocol.play import TWO_QUESTIONS, Play, transcript
from tests.storage.made import WORDS, finished_like, load, make, named, transcribe, wake
from tests.storage.migrated import new_user
from tests.storage.others import another_transaction
from tests.storage.states import kept, spoken

if TYPE_CHECKING:
    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncConnection

    from storage.database import Database
    from storage.interviews import StoredInterviews

pytestmark = pytest.mark.anyio

LIMITED = replace(TWO_QUESTIONS, time_limit_s=600)
AGAIN = (Word("Twice.", 40, 500, 0.5),)


class Kept:
    """An interview that is played, and stored after each step."""

    def __init__(self, interviews: StoredInterviews, user: str, name: str, play: Play) -> None:
        self.interviews = interviews
        self.user = user
        self.name = name
        self.play = play
        self.before = named(play.state, name)
        self.seq = 0

    async def found_again(self) -> None:
        """Store what was played since, and find it as it is, asleep and woken."""
        after = named(self.play.state, self.name)
        self.seq += 1
        term = (await load(self.interviews, self.user, self.name)).term
        await self.interviews.commit(Commit(self.before, after, term, self.seq, None))
        found = await load(self.interviews, self.user, self.name)
        assert found.state == kept(after, epoch=found.epoch, seq=self.seq)
        woken = await wake(self.interviews, self.user, self.name)
        self.before = named(woken.state, self.name)
        assert woken.state == kept(after, epoch=woken.epoch, seq=woken.seq)

    async def words(self, turn: int = 1) -> tuple[Word, ...] | None:
        return await self.interviews.words(self.user, self.name, turn)


@pytest.fixture
async def asked(interviews: StoredInterviews, user: str) -> Kept:
    """An interview whose first question was asked."""
    play = Play(LIMITED)
    name = (await interviews.create(user, LIMITED, now=play.now, key=None)).id
    await wake(interviews, user, name)
    interview = Kept(interviews, user, name, play)
    play.start()
    play.ask()
    await interview.found_again()
    return interview


# --- the answer that is being spoken ------------------------------------------------------------


async def test_every_step_of_a_spoken_answer_is_kept(asked: Kept) -> None:
    play = asked.play
    play.listen(review=True)
    await asked.found_again()
    play.stop()
    await asked.found_again()
    transcribe(play)
    assert play.phase == "reviewing"
    await asked.found_again()
    play.do(InterviewPause("p"))
    await asked.found_again()
    play.do(InterviewResume("r"))
    play.answer("I did it.")
    await asked.found_again()
    play.review()
    play.ask()
    await asked.found_again()


async def test_an_answer_that_the_server_ended_stays_so(asked: Kept) -> None:
    asked.play.listen()
    asked.play.bring(Stopped(transcript(1), 3_200, "silence"))
    assert asked.play.state.ended_by_server == {1}
    await asked.found_again()
    transcribe(asked.play)
    await asked.found_again()


async def test_an_answer_that_the_time_ended_stays_so(asked: Kept) -> None:
    asked.play.listen()
    asked.play.pass_ms(600_000, received=640)
    assert asked.play.state.time_up
    await asked.found_again()
    transcribe(asked.play)
    assert asked.play.phase == "reporting"
    await asked.found_again()


async def test_a_recording_is_kept_by_its_digest(asked: Kept) -> None:
    asked.play.do(AudioRecord("a", 1, "5e1f", 16_000, bytes=6_400))
    await asked.found_again()


async def test_a_cancelled_answer_leaves_nothing(asked: Kept) -> None:
    for stops in (False, True):
        asked.play.listen()
        if stops:
            asked.play.stop()
        await asked.found_again()
        asked.play.do(AudioCancel("x", 1))
        await asked.found_again()


async def test_what_is_no_voice_is_corrupt(overseer: Database, asked: Kept) -> None:
    asked.play.listen()
    await asked.found_again()
    await alter(overseer, """UPDATE interviews SET voice = '{"turn": "x"}' WHERE id = :id""", asked)
    with pytest.raises(CorruptRecord, match=f"{asked.name}: .*turn"):
        await asked.interviews.load(asked.user, asked.name)


# --- words --------------------------------------------------------------------------------------


async def test_words_are_there_with_their_transcript(asked: Kept) -> None:
    asked.play.listen(review=True)
    asked.play.stop()
    await asked.found_again()
    assert await asked.words() is None
    transcribe(asked.play)
    await asked.found_again()
    assert await asked.words() == WORDS
    asked.play.answer("Something else.")
    await asked.found_again()
    assert await asked.words() == WORDS


async def test_words_of_a_cancelled_transcript_are_not_kept(
    overseer: Database, asked: Kept
) -> None:
    asked.play.listen(review=True)
    asked.play.stop()
    transcribe(asked.play)
    await asked.found_again()
    asked.play.do(AudioCancel("x", 1))
    await asked.found_again()
    assert await asked.words() is None

    async def left(connection: AsyncConnection) -> object:
        query = text("SELECT words FROM transcript_words WHERE interview_id = :id")
        return (await connection.execute(query, {"id": asked.name})).scalar_one()

    assert await overseer.read("", left) is None
    asked.play.listen()
    asked.play.stop()
    transcribe(asked.play, AGAIN)
    await asked.found_again()
    assert await asked.words() == AGAIN


async def test_silence_has_no_words(asked: Kept) -> None:
    asked.play.listen()
    asked.play.stop()
    transcribe(asked.play, ())
    assert asked.play.phase == "reviewing"
    await asked.found_again()
    assert await asked.words() == ()


async def test_each_turn_has_words_of_its_own(asked: Kept) -> None:
    for words in (WORDS, AGAIN):
        asked.play.listen()
        asked.play.stop()
        transcribe(asked.play, words)
        await asked.found_again()
        asked.play.review()
        if words == WORDS:
            asked.play.ask()
        await asked.found_again()
    assert (await asked.words(1), await asked.words(2)) == (WORDS, AGAIN)


@pytest.mark.parametrize("turn", [0, 2, 2**31 - 1, 2**31, 10**30])
async def test_a_turn_that_there_is_not_has_none(asked: Kept, turn: int) -> None:
    assert await asked.words(turn) is None


async def test_an_answer_in_text_has_none(asked: Kept) -> None:
    asked.play.answer()
    await asked.found_again()
    assert await asked.words() is None


async def test_what_are_no_words_is_corrupt(overseer: Database, asked: Kept) -> None:
    asked.play.listen()
    asked.play.stop()
    transcribe(asked.play)
    await asked.found_again()
    wrong = "UPDATE transcript_words SET words = '[1]' WHERE interview_id = :id"
    await alter(overseer, wrong, asked)
    with pytest.raises(CorruptRecord, match=asked.name):
        await asked.words()


async def test_words_go_with_their_user(
    migrated_url: URL, interviews: StoredInterviews, user: str
) -> None:
    names = {}
    for owner in (user, new_user()):
        woken = await wake(interviews, owner, await make(interviews, owner))
        await interviews.commit(Commit(woken.state, finished_like(woken.state), 1, 9, None))
        names[owner] = woken.state.view.interview.id
        assert await interviews.words(owner, names[owner], 1) == WORDS
    assert await forget(migrated_url, user) is not None
    found = {owner: await interviews.words(owner, name, 1) for owner, name in names.items()}
    assert found.pop(user) is None
    assert list(found.values()) == [WORDS]


async def test_whoever_loads_an_interview_reads_no_words(overseer: Database, asked: Kept) -> None:
    asked.play.listen()
    asked.play.stop()
    transcribe(asked.play)
    await asked.found_again()
    # Whoever read them would wait in vain.
    async with another_transaction(overseer, "LOCK TABLE transcript_words"):
        await load(asked.interviews, asked.user, asked.name)
        await wake(asked.interviews, asked.user, asked.name)
        items, _ = await asked.interviews.page(asked.user, limit=1, cursor=None)
        assert len(items) == 1


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(words=spoken)
async def test_any_words_are_found_again(
    interviews: StoredInterviews, words: tuple[Word, ...]
) -> None:
    user = new_user()
    woken = await wake(interviews, user, await make(interviews, user))
    after = replace(finished_like(woken.state), words=words)
    await interviews.commit(Commit(woken.state, after, 1, 9, None))
    assert await interviews.words(user, after.view.interview.id, 1) == words


async def alter(overseer: Database, statement: str, interview: Kept) -> None:
    """Store what no commit would."""

    async def execute(connection: AsyncConnection) -> None:
        await connection.execute(text(statement), {"id": interview.name})

    await overseer.write("", execute)
