"""Spoken answers in the actor: whose audio it is, and what becomes of it whatever happens."""

import asyncio

import pytest
from structlog.testing import capture_logs

from protocol.commands import (
    AnswerSubmit,
    AudioCancel,
    AudioRecord,
    AudioStart,
    AudioStop,
    HintRequest,
    InterviewFinish,
    InterviewPause,
)
from protocol.effects import Heard, Speech, Stopped
from protocol.errors import ProtocolError
from protocol.events import AudioStopped, InterviewFinished, Notice
from protocol.messages import AudioProgress
from protocol.view import Word
from realtime.ports import Speaker
from tests.realtime.fakes import until
from tests.realtime.hearing import DELIVERY, cannot_hear, frame, words_of
from tests.realtime.session.house import Build
from tests.realtime.session.voiced import AUDIO, LIMITED, WORDS, Voiced

pytestmark = pytest.mark.anyio

LOCAL = Speaker("local", "iv")

# --- an answer ------------------------------------------------------------------------------------


async def test_a_spoken_answer(voiced: Voiced) -> None:
    house = voiced.house
    await voiced.speaking()
    assert house.phase == "listening"
    voiced.say(0, 3_200)
    voiced.listener.newest.says(lambda work: Speech(work, speaking=True, at_ms=20))
    voiced.listener.newest.says(lambda work: Heard(work, 0, "640", 0))
    await until(lambda: house.said[-1] == "transcript.partial")
    assert voiced.progress() == AudioProgress("v1", 1, 3_200, None, "640")
    voiced.say(3_200)
    await house.send(AudioStop("v2", 1, len(AUDIO)))
    await until(lambda: voiced.turn.answer is not None)
    assert (voiced.turn.answer, voiced.turn.source) == (WORDS, "voice")
    assert voiced.turn.delivery == DELIVERY
    voice = house.said[house.said.index("audio.started") :]
    assert voice[:6] == [
        *("audio.started", "speech.started", "transcript.partial", "audio.stopped"),
        *("transcript.completed", "answer.accepted"),
    ]
    assert voiced.progress() is None
    words = house.store.spoken["iv", 1]
    assert words == tuple(Word(each, 0, 200, 0.9) for each in WORDS.split())


async def test_who_hears_is_told_whose_answer_it_is_and_how_it_was_begun(voiced: Voiced) -> None:
    await voiced.asked()
    await voiced.house.send(AudioStart("v1", 1, 48_000, silence_ms=1_000, review=True))
    ((speaker, listening),) = voiced.listener.heard
    assert speaker == LOCAL
    assert (listening.voice.sample_rate, listening.voice.silence_ms) == (48_000, 1_000)


async def test_what_is_heard_is_reviewed_where_that_was_asked_for(voiced: Voiced) -> None:
    await voiced.speaking(review=True)
    voiced.say()
    await voiced.house.send(AudioStop("v2", 1, len(AUDIO)))
    await voiced.house.until_phase("reviewing")
    await voiced.house.send(AnswerSubmit("a1", 1, "What I meant."))
    await until(lambda: voiced.turn.answer is not None)
    assert (voiced.turn.answer, voiced.turn.source) == ("What I meant.", "voice")
    assert voiced.turn.delivery == DELIVERY


async def test_silence_is_no_answer(voiced: Voiced) -> None:
    await voiced.speaking()
    await voiced.house.send(AudioStop("v2", 1, 0))
    await voiced.house.until_phase("reviewing")
    assert voiced.turn.transcript is not None
    assert (voiced.turn.transcript.text, voiced.turn.answer) == ("", None)


async def test_the_rest_may_come_after_the_stop(voiced: Voiced) -> None:
    house = voiced.house
    await voiced.speaking()
    voiced.say(0, 640)
    await house.send(AudioStop("v2", 1, len(AUDIO)))
    gap = house.actor.hearing.gap()
    assert gap is not None
    assert (gap.code, gap.details) == ("audio_gap", {"received": 640})
    assert house.actor.hearing.gap() is None
    assert house.phase == "transcribing"
    voiced.say(640)
    await until(lambda: voiced.turn.answer == WORDS)


async def test_where_as_many_speak_as_can_be_heard_one_types_or_tries_again(
    voiced: Voiced,
) -> None:
    house = voiced.house
    await voiced.asked()
    voiced.listener.full = True
    with pytest.raises(ProtocolError) as caught:
        await house.send(AudioStart("v1", 1, 16_000))
    assert caught.value.code == "overloaded"
    assert house.phase == "answering"
    voiced.listener.full = False
    assert voiced.listener.expected == []
    await house.send(AudioStart("v1", 1, 16_000))
    assert voiced.listener.expected == [LOCAL]
    # Who has begun goes on.
    voiced.listener.full = True
    voiced.say()
    await house.send(AudioStop("v2", 1, len(AUDIO)))
    await until(lambda: voiced.turn.answer == WORDS)


async def test_a_place_is_kept_from_when_an_answer_is_accepted(voiced: Voiced) -> None:
    house = voiced.house
    await voiced.asked()
    with pytest.raises(ProtocolError, match="not the open"):
        await house.send(AudioStart("v0", 2, 16_000))
    assert voiced.listener.expected == []
    house.store.held = asyncio.Event()
    starting = asyncio.create_task(house.send(AudioStart("v1", 1, 16_000)))
    await until(lambda: voiced.listener.expected == [LOCAL])
    assert voiced.listener.heard == []
    house.store.held.set()
    await starting
    assert len(voiced.listener.heard) == 1


async def test_cancelled_and_begun_again_nothing_of_it_is_left(voiced: Voiced) -> None:
    house = voiced.house
    await voiced.speaking()
    voiced.say(0, 3_200)
    first = voiced.listener.newest
    await house.send(AudioCancel("v2", 1))
    await until(lambda: first.closed)
    assert (house.phase, voiced.progress()) == ("answering", None)
    assert await voiced.refused(frame(3_200, AUDIO[3_200:])) == "audio_not_open"
    await house.send(AudioStart("v3", 1, 16_000))
    assert voiced.progress() == AudioProgress("v3", 1, 0, None, "")
    voiced.say()
    await house.send(AudioStop("v4", 1, len(AUDIO)))
    await until(lambda: voiced.turn.answer == WORDS)


async def test_a_hint_streams_while_one_speaks(voiced: Voiced) -> None:
    house = voiced.house
    await voiced.speaking()
    await house.send(HintRequest("h1", 1))
    await until(lambda: "hint.completed" in house.said)
    assert house.phase == "listening"


async def test_while_one_speaks_the_interview_cant_be_paused(voiced: Voiced) -> None:
    await voiced.speaking()
    with pytest.raises(ProtocolError, match=r"interview\.pause is not possible now"):
        await voiced.house.send(InterviewPause("p1"))


# --- the server ends it ---------------------------------------------------------------------------


async def test_what_comes_late_after_the_server_ended_it_is_passed_over(voiced: Voiced) -> None:
    house = voiced.house
    await voiced.speaking()
    voiced.say(0, 3_200)
    voiced.listener.newest.says(lambda work: Stopped(work, 3_000, "silence"))
    await until(lambda: voiced.turn.answer is not None)
    assert voiced.turn.answer == words_of(AUDIO[:3_000])
    assert AudioStopped(1, 3_000, "silence") in house.events
    assert not house.actor.listen(frame(3_200, AUDIO[3_200:]))
    head = house.actor.log.head
    assert await house.send(AudioStop("v2", 1, len(AUDIO))) >= head
    assert house.said.count("audio.stopped") == 1


async def test_a_stop_and_an_end_at_once_are_one(voiced: Voiced) -> None:
    house = voiced.house
    await voiced.speaking()
    voiced.say()
    house.store.held = asyncio.Event()
    voiced.listener.newest.says(lambda work: Stopped(work, 640, "silence"))
    await until(lambda: not house.actor.idle and house.store.tries == len(house.store.commits) + 1)
    house.actor.submit(AudioStop("v2", 1, len(AUDIO)), house.replies)
    house.store.held.set()
    await until(lambda: voiced.turn.answer is not None)
    assert voiced.turn.answer == words_of(AUDIO[:640])
    assert house.said.count("audio.stopped") == 1


# --- time and finish ------------------------------------------------------------------------------


async def test_the_time_limit_stops_it_and_takes_what_was_said(build: Build) -> None:
    voiced = Voiced(build(LIMITED))
    house = voiced.house
    await voiced.speaking()
    voiced.say(0, 3_200)
    house.clock.advance(600)
    await until(lambda: "interview.finished" in house.said)
    assert AudioStopped(1, 3_200, "limit") in house.events
    assert InterviewFinished("time_limit") in house.events
    assert voiced.turn.answer == words_of(AUDIO[:3_200])


async def test_what_is_transcribed_when_the_time_is_up_counts(build: Build) -> None:
    voiced = Voiced(build(LIMITED))
    house = voiced.house
    await voiced.speaking()
    voiced.say(0, 3_200)
    await house.send(AudioStop("v2", 1, len(AUDIO)))
    house.clock.advance(600)
    assert house.phase == "transcribing"
    await voiced.rebuilt()
    assert house.phase == "transcribing"
    voiced.say()
    await until(lambda: "interview.finished" in house.said)
    assert voiced.turn.answer == WORDS


@pytest.mark.parametrize("stopped", [False, True])
async def test_finishing_drops_it(voiced: Voiced, stopped: bool) -> None:
    house = voiced.house
    await voiced.speaking()
    voiced.say(0, 3_200)
    if stopped:
        await house.send(AudioStop("v2", 1, len(AUDIO)))
    await house.send(InterviewFinish("f1"))
    await until(lambda: house.phase == "finished")
    assert (voiced.turn.answer, voiced.turn.skipped) == (None, True)
    assert voiced.listener.newest.closed
    assert voiced.progress() is None


# --- it can't be heard ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "code", "logged"),
    [(cannot_hear(), "speech_failed", []), (ZeroDivisionError(), "internal", ["work_failed"])],
)
@pytest.mark.parametrize("stopped", [False, True])
async def test_what_cant_be_heard_is_dropped_and_the_interview_goes_on_in_text(
    voiced: Voiced, stopped: bool, error: Exception, code: str, logged: list[str]
) -> None:
    house = voiced.house
    await voiced.speaking()
    voiced.say(0, 3_200)
    if stopped:
        await house.send(AudioStop("v2", 1, len(AUDIO)))
    with capture_logs() as logs:
        voiced.listener.newest.breaks(error)
        await house.until_phase("answering")
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == logged
    assert house.said[-2:] == ["notice", "audio.cancelled"]
    notice = house.events[-2]
    assert isinstance(notice, Notice)
    assert notice.code == code
    # The candidate, who doesn't know it yet, goes on speaking, and stops.
    assert not house.actor.listen(frame(3_200, AUDIO[3_200:]))
    await house.send(AudioStop("v3", 1, len(AUDIO)))
    await house.send(AnswerSubmit("a1", 1, "By hand."))
    await until(lambda: voiced.turn.answer == "By hand.")


async def test_after_that_one_may_speak_again(voiced: Voiced) -> None:
    house = voiced.house
    await voiced.speaking()
    voiced.listener.newest.breaks(cannot_hear())
    await house.until_phase("answering")
    await house.send(AudioStart("v2", 1, 16_000))
    voiced.say()
    await house.send(AudioStop("v3", 1, len(AUDIO)))
    await until(lambda: voiced.turn.answer == WORDS)


async def test_a_listener_that_cant_even_begin_costs_no_more_than_the_answer(
    voiced: Voiced,
) -> None:
    house = voiced.house
    await voiced.asked()
    voiced.listener.error = ZeroDivisionError()
    with capture_logs() as logs:
        await house.send(AudioStart("v1", 1, 16_000))
        await house.until_phase("answering")
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == [
        "listener_failed"
    ]
    assert not house.actor.retired
    await house.send(AnswerSubmit("a1", 1, "By hand."))


async def test_after_a_restart_without_a_listener_one_goes_on_in_text(voiced: Voiced) -> None:
    house = voiced.house
    await voiced.speaking()
    voiced.say(0, 3_200)
    house.listener = None
    await voiced.rebuilt()
    await house.until_phase("answering")
    assert house.said[-2:] == ["notice", "audio.cancelled"]
    await house.send(AnswerSubmit("a1", 1, "By hand."))
    await until(lambda: voiced.turn.answer == "By hand.")


async def test_before_the_first_question_no_answer_is_open(voiced: Voiced) -> None:
    await voiced.house.wake()
    assert await voiced.refused(frame(0, AUDIO)) == "audio_not_open"


# --- recordings -----------------------------------------------------------------------------------


async def test_a_recording_is_heard_once_its_audio_is_given(voiced: Voiced) -> None:
    house = voiced.house
    await voiced.asked()
    await house.send(AudioRecord("r1", 1, "5e1f", 16_000, len(AUDIO)))
    hearing = house.actor.hearing
    assert hearing.awaits("5e1f")
    assert not hearing.awaits("0000")
    hearing.give("0000", b"\0" * len(AUDIO))
    assert voiced.progress() == AudioProgress("r1", 1, 0, len(AUDIO), "")
    hearing.give("5e1f", AUDIO)
    await until(lambda: voiced.turn.answer == WORDS)
    assert not hearing.awaits("5e1f")


async def test_frames_are_not_taken_for_a_recording(voiced: Voiced) -> None:
    house = voiced.house
    await voiced.asked()
    await house.send(AudioRecord("r1", 1, "5e1f", 16_000, len(AUDIO)))
    assert await voiced.refused(frame(0, b"\0" * 640)) == "audio_not_open"
    assert voiced.progress() == AudioProgress("r1", 1, 0, len(AUDIO), "")
