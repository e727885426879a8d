"""A spoken answer whose actor ends, whose storage fails, or whose speaker goes away."""

import asyncio

import pytest

from protocol.close_codes import Close
from protocol.commands import (
    AudioStop,
)
from protocol.events import InterviewFinished
from protocol.messages import AudioProgress
from protocol.time_limit import SPARED_MS
from realtime.ports import NotStored, Unstorable
from tests.realtime.fakes import Watcher, until
from tests.realtime.hearing import frame, words_of
from tests.realtime.session.house import Build
from tests.realtime.session.voiced import AUDIO, LIMITED, WORDS, Voiced

pytestmark = pytest.mark.anyio

# --- storage, and the actor's end -----------------------------------------------------------------


@pytest.mark.parametrize("stopped", [False, True])
async def test_a_rebuilt_actor_hears_it_from_the_first_byte(voiced: Voiced, stopped: bool) -> None:
    house = voiced.house
    await voiced.speaking()
    voiced.say(0, 3_200)
    if stopped:
        await house.send(AudioStop("v2", 1, len(AUDIO)))
    await voiced.rebuilt()
    length = len(AUDIO) if stopped else None
    assert voiced.progress() == AudioProgress("v1", 1, 0, length, "")
    assert await voiced.refused(frame(3_200, AUDIO[3_200:])) == "audio_gap"
    voiced.say()
    if not stopped:
        await house.send(AudioStop("v2", 1, len(AUDIO)))
    await until(lambda: voiced.turn.answer == WORDS)


async def test_how_far_it_has_come_is_told_while_the_first_step_is_stored(build: Build) -> None:
    """The time ran out while nobody was there, which has to be stored first."""
    voiced = Voiced(build(LIMITED))
    house = voiced.house
    await voiced.speaking()
    await house.actor.retire(Close.REBUILT)
    house.clock.advance(600)
    await house.wake()
    assert house.phase == "listening"
    assert voiced.progress() == AudioProgress("v1", 1, 0, None, "")


async def test_a_retired_actor_takes_nothing_and_lets_go_of_who_hears(voiced: Voiced) -> None:
    house = voiced.house
    await voiced.speaking()
    await house.actor.retire(Close.REBUILT)
    assert voiced.listener.newest.closed
    assert not house.actor.listen(frame(0, AUDIO))
    assert voiced.listener.newest.received == 0


async def test_a_transcript_that_cant_be_stored_yet_is_stored_later(voiced: Voiced) -> None:
    house = voiced.house
    await voiced.speaking()
    voiced.say()
    await house.send(AudioStop("v2", 1, len(AUDIO)))
    house.store.fails, house.store.error = True, NotStored
    tries = house.store.tries
    await until(lambda: house.store.tries > tries)
    assert voiced.turn.transcript is None
    house.store.fails = False
    house.clock.advance(1)
    await until(lambda: voiced.turn.answer == WORDS)
    assert len(voiced.listener.heard) == 1


async def test_a_transcript_that_can_never_be_stored_is_dropped(voiced: Voiced) -> None:
    house = voiced.house
    voiced.listener.held = asyncio.Event()
    await voiced.speaking()
    voiced.say()
    await house.send(AudioStop("v2", 1, len(AUDIO)))
    house.store.fails, house.store.error = True, Unstorable
    tries = house.store.tries
    voiced.listener.release()
    await until(lambda: house.store.tries > tries)
    house.store.fails = False
    await house.until_phase("answering")
    assert house.said[-2:] == ["notice", "audio.cancelled"]


# --- what never arrives ---------------------------------------------------------------------------


@pytest.mark.parametrize("received", [0, 3_200])
async def test_the_time_limit_ends_it_with_what_was_received(build: Build, received: int) -> None:
    """Though more was announced; until then the actor stays awake for it."""
    voiced = Voiced(build(LIMITED))
    house = voiced.house
    await voiced.speaking()
    voiced.say(0, received)
    await house.send(AudioStop("v2", 1, len(AUDIO)))
    house.clock.advance(600)
    assert voiced.progress() == AudioProgress("v1", 1, received, len(AUDIO), "")
    assert (house.phase, house.actor.remaining_ms) == ("transcribing", 0)
    assert not house.actor.idle
    house.clock.advance(SPARED_MS / 1_000)
    await until(lambda: "interview.finished" in house.said)
    assert InterviewFinished("time_limit") in house.events
    assert voiced.turn.answer == (words_of(AUDIO[:received]) if received else None)
    assert voiced.turn.skipped == (received == 0)


@pytest.mark.parametrize("stopped", [False, True])
async def test_so_it_does_after_the_actor_has_died(build: Build, stopped: bool) -> None:
    """Whoever had stopped it, the candidate or the time limit."""
    voiced = Voiced(build(LIMITED))
    house = voiced.house
    voiced.listener.held = asyncio.Event()
    await voiced.speaking()
    voiced.say(0, 3_200)
    if stopped:
        await house.send(AudioStop("v2", 1, len(AUDIO)))
    house.clock.advance(600)
    await house.until_phase("transcribing")
    await voiced.rebuilt()
    voiced.listener.release()
    voiced.say(0, 1_600)
    house.clock.advance(SPARED_MS / 1_000)
    await until(lambda: "interview.finished" in house.said)
    assert voiced.turn.answer == words_of(AUDIO[:1_600])


# --- nobody is there ------------------------------------------------------------------------------


async def test_who_went_away_while_speaking_keeps_no_actor_awake(voiced: Voiced) -> None:
    house = voiced.house
    await voiced.speaking()
    watcher = Watcher()
    house.actor.attach(watcher, candidate=True)
    voiced.say(0, 3_200)
    house.actor.detach(watcher)
    assert house.actor.idle
    await house.send(AudioStop("v2", 1, len(AUDIO)))
    assert house.actor.idle


async def test_what_is_all_there_is_transcribed_though_nobody_is(voiced: Voiced) -> None:
    house = voiced.house
    voiced.listener.held = asyncio.Event()
    await voiced.speaking()
    voiced.say()
    await house.send(AudioStop("v2", 1, len(AUDIO)))
    assert not house.actor.idle
    voiced.listener.release()
    await until(lambda: voiced.turn.answer == WORDS)


async def test_where_the_time_runs_out_what_was_said_is_waited_for(build: Build) -> None:
    voiced = Voiced(build(LIMITED))
    await voiced.speaking()
    voiced.say(0, 3_200)
    assert not voiced.house.actor.idle
