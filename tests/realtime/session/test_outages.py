"""The actor while storage is away: nothing stops that needn't, nothing is lost or twice."""

import asyncio

import pytest

from protocol.close_codes import Close
from protocol.codec import decode_server
from protocol.commands import (
    AnswerSubmit,
    GenerationCancel,
    HintRequest,
    InterviewFinish,
    InterviewPause,
    InterviewStart,
)
from protocol.effects import Work
from protocol.errors import ProtocolError
from protocol.events import HintDelta, Logged
from protocol.view import Config
from realtime.ports import NotStored, Unstorable
from realtime.session.later import GIVE_UP_AFTER_MS
from tests.realtime.fakes import Watcher, until
from tests.realtime.session.house import Build, House

pytestmark = pytest.mark.anyio


async def answering(build: Build) -> House:
    """A house where question 1 is put, and the interviewer waits for `go`."""
    house = build(stepwise=True)
    await house.wake()
    await house.send(InterviewStart("c1"))
    house.interviewer.go(4)
    await house.until_phase("answering")
    return house


def away(house: House, error: type[Exception] = NotStored) -> None:
    house.store.fails, house.store.error = True, error


def back(house: House) -> None:
    house.store.fails = False


async def others() -> None:
    """Let everything happen that can."""
    for _ in range(50):
        await asyncio.sleep(0)


async def feedback_not_stored(build: Build) -> House:
    """A house where storage went away just before the feedback's end was to be stored."""
    house = await answering(build)
    await house.send(AnswerSubmit("a1", 1, "words"))
    house.interviewer.go(3)
    await until(lambda: house.said[-1] == "feedback.delta")
    away(house)
    house.interviewer.go(1)
    await others()
    return house


async def hint_being_cancelled(build: Build) -> tuple[House, asyncio.Event]:
    """A house where a hint's end is being stored, until the event is set, and the hint's next words
    have come meanwhile.
    """
    house = await answering(build)
    await house.send(HintRequest("h1", 1))
    house.interviewer.go(2)
    await until(lambda: hint_deltas(house) == "One ")
    house.store.held = held = asyncio.Event()
    house.actor.submit(GenerationCancel("g1", 1, "hint"), house.replies)
    await others()
    house.interviewer.go(1)
    await others()
    return house, held


def hint_deltas(house: House) -> str:
    events = [decode_server(frame) for frame in house.actor.log.read(0, 1_000)]
    return "".join(
        logged.event.text
        for logged in events
        if isinstance(logged, Logged) and isinstance(logged.event, HintDelta)
    )


# --- commands ------------------------------------------------------------------------------------


async def test_a_command_that_is_not_stored_is_refused_and_may_be_sent_again(build: Build) -> None:
    house = await answering(build)
    head = house.actor.log.head
    away(house)
    with pytest.raises(ProtocolError) as refused:
        await house.send(AnswerSubmit("a1", 1, "words"))
    assert (refused.value.code, refused.value.re) == ("storage_unavailable", "a1")
    assert (house.phase, house.actor.log.head, house.actor.retired) == ("answering", head, False)
    back(house)
    ack = await house.replies.next(house.actor.submit, AnswerSubmit("a1", 1, "words"))
    assert not ack.repeated
    assert house.store.states["iv"].view.interview.turns[0].answer == "words"


async def test_those_behind_it_are_refused_too_each_once(build: Build) -> None:
    house = await answering(build)
    away(house)
    for number in range(3):
        house.actor.submit(InterviewPause(f"p{number}"), house.replies)
    await others()
    refusals = house.replies.outcomes[1:]
    assert [(type(each), getattr(each, "re", "")) for each in refusals] == [
        (ProtocolError, f"p{number}") for number in range(3)
    ]
    assert not house.actor.snapshot().interview.paused


async def test_a_command_that_can_never_be_stored_is_refused_alone(build: Build) -> None:
    house = await answering(build)
    away(house, Unstorable)
    with pytest.raises(ProtocolError) as refused:
        await house.send(InterviewPause("p1"))
    assert (refused.value.code, house.actor.retired) == ("internal", False)


# --- streams -------------------------------------------------------------------------------------


async def test_a_stream_goes_on_while_a_command_is_being_stored(build: Build) -> None:
    house = await answering(build)
    await house.send(HintRequest("h1", 1))
    house.interviewer.go(1)
    await until(lambda: house.said[-1] == "hint.started")
    house.store.held = asyncio.Event()
    house.actor.submit(InterviewPause("p1"), house.replies)
    await others()
    house.interviewer.go(2)
    await until(lambda: hint_deltas(house) == "One two.")
    assert not house.actor.snapshot().interview.paused
    streaming = house.actor.snapshot().streaming
    assert [stream.text for stream in streaming] == ["One two."]
    house.store.held.set()
    await until(lambda: house.said[-1] == "interview.paused")
    house.interviewer.go(1)
    await until(lambda: house.said[-1] == "hint.completed")
    assert house.actor.snapshot().interview.turns[0].hints[0].text == "One two."


async def test_what_follows_the_step_that_closes_its_stream_is_void(build: Build) -> None:
    house, held = await hint_being_cancelled(build)
    held.set()
    await until(lambda: house.said[-1] == "hint.completed")
    await others()
    assert hint_deltas(house) == house.actor.snapshot().interview.turns[0].hints[0].text == "One "


async def test_it_is_said_after_all_if_that_step_is_not_stored(build: Build) -> None:
    house, held = await hint_being_cancelled(build)
    assert hint_deltas(house) == "One "
    away(house)
    held.set()
    await others()
    back(house)
    house.clock.advance(1)
    await until(lambda: hint_deltas(house) == "One two.")
    house.interviewer.go(1)
    await until(lambda: house.said[-1] == "hint.completed")
    assert house.actor.snapshot().interview.turns[0].hints[0].text == "One two."


# --- what works bring ----------------------------------------------------------------------------


async def test_the_end_of_a_stream_is_stored_when_storage_is_back(build: Build) -> None:
    house = await feedback_not_stored(build)
    for _ in range(20):
        house.clock.advance(2)
        await others()
    assert "feedback.completed" not in house.said
    back(house)
    house.clock.advance(2)
    await until(lambda: "feedback.completed" in house.said)
    assert house.interviewer.asked.count(Work("feedback", 1)) == 1
    house.interviewer.go(20)
    await house.until_phase("answering")
    assert not house.actor.retired


async def test_commands_are_taken_while_a_works_end_waits(build: Build) -> None:
    house = await feedback_not_stored(build)
    back(house)
    await house.send(InterviewFinish("f1"))
    house.clock.advance(10)
    await others()
    assert house.said.count("feedback.completed") == 1
    assert house.actor.snapshot().interview.turns[0].feedback[0].cancelled


async def test_tries_come_ever_more_rarely(build: Build) -> None:
    house = await feedback_not_stored(build)
    tried = house.store.tries
    for _ in range(100):
        house.clock.advance(0.1)
        await others()
    # After 0.1, 0.3, 0.7, 1.5, 3.1 seconds, and then every two.
    assert house.store.tries - tried == 8


async def test_an_outage_without_end_ends_the_actor(build: Build) -> None:
    house = await feedback_not_stored(build)
    watcher = Watcher()
    house.actor.attach(watcher, candidate=True)
    for _ in range(GIVE_UP_AFTER_MS // 2_000 + 2):
        await others()
        house.clock.advance(2)
    await others()
    assert (house.actor.retired, watcher.dropped) == (True, Close.REBUILT)
    assert house.clock.alarms == 0


async def test_a_text_that_can_never_be_stored_fails_its_work(build: Build) -> None:
    house = build(stepwise=True)
    await house.wake()
    await house.send(InterviewStart("c1"))
    house.interviewer.go(3)
    await until(lambda: house.said[-1] == "question.delta")
    away(house, Unstorable)
    house.interviewer.go(1)
    await until(lambda: house.said[-1] == "generation.failed")
    assert not house.actor.retired
    failed = house.actor.snapshot().interview.failed
    assert failed is not None
    assert (failed.what, failed.code, failed.retryable) == ("question", "internal", True)


async def test_what_waits_ends_with_the_actor(build: Build) -> None:
    house = await feedback_not_stored(build)
    assert not house.actor.idle
    await house.actor.retire(Close.DRAINING)
    assert house.clock.alarms == 0


# --- time ----------------------------------------------------------------------------------------


async def test_the_time_limit_is_tried_again(build: Build) -> None:
    house = build(Config(role="x", time_limit_s=60))
    await house.wake()
    await house.send(InterviewStart("c1"))
    await house.until_phase("answering")
    away(house)
    house.clock.advance(61)
    await others()
    assert house.phase == "answering"
    back(house)
    house.clock.advance(2)
    await house.until_phase("finished")
    assert house.said.count("interview.finished") == 1
