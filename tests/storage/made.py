"""What tests of storage have in common: interviews, steps to commit, and an expectation."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio
import pytest

from protocol.commands import QuestionSkip
from protocol.effects import Transcribed
from protocol.view import Config, Word
from storage.connections import Limits
from storage.records import Commit, Receipt, StorageUnavailable
from tests.protocol.play import DELIVERY, Play, heard, transcript

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol.draft import State
    from storage.interviews import StoredInterviews
    from storage.records import Woken

CONFIG = Config(role="backend", questions=2, follow_ups=0)
CREATED_AT = 1_790_000_000_123
RECEIPT = Receipt("c1", b"digest")
# So short that it can be waited out, and so long that a slow machine does in it what is to be done
# before a silence and after it.
IMPATIENT = Limits(connections=1, free_connection_s=3.0, new_connection_s=3.0, transaction_s=3.0)
WORDS = (Word("I", 100, 250, 0.9), Word("did.", 300, 620, 0.85))


async def make(interviews: StoredInterviews, user: str, now: int = CREATED_AT) -> str:
    return (await interviews.create(user, CONFIG, now=now, key=None)).id


async def wake(interviews: StoredInterviews, user: str, interview_id: str) -> Woken:
    woken = await interviews.wake(user, interview_id)
    assert woken is not None
    return woken


async def load(interviews: StoredInterviews, user: str, interview_id: str) -> Woken:
    found = await interviews.load(user, interview_id)
    assert found is not None
    return found


def named(state: State, interview_id: str) -> State:
    interview = replace(state.view.interview, id=interview_id)
    return replace(state, view=replace(state.view, interview=interview))


def changed(woken: Woken, remaining_ms: int = 1, receipt: Receipt | None = None) -> Commit:
    """A small step from there."""
    before = woken.state
    interview = replace(before.view.interview, remaining_ms=remaining_ms)
    after = replace(before, view=replace(before.view, interview=interview))
    return Commit(before, after, woken.term, 1, receipt)


def finished_like(state: State) -> State:
    """What that interview, which has not begun, would be in the end."""
    play = Play(state.view.interview.config)
    play.start()
    play.ask()
    play.listen()
    play.stop()
    transcribe(play)
    play.review()
    play.ask()
    play.do(QuestionSkip("c", play.turn))
    play.report()
    assert play.phase == "finished"
    interview = replace(
        play.interview,
        id=state.view.interview.id,
        created_at=state.view.interview.created_at,
    )
    return replace(play.state, view=replace(play.state.view, interview=interview))


def transcribe(play: Play, words: tuple[Word, ...] = WORDS, *, needs_review: bool = False) -> None:
    """What was said is known, word by word."""
    text = " ".join(word.text for word in words)
    result = heard(text, needs_review=needs_review)
    play.bring(Transcribed(transcript(play.turn), result, DELIVERY, words))


@contextmanager
def unavailable(match: str | None = None) -> Iterator[pytest.ExceptionInfo[StorageUnavailable]]:
    """What is in here says `StorageUnavailable`, and in good time."""
    with anyio.fail_after(30), pytest.raises(StorageUnavailable, match=match) as failure:
        yield failure
