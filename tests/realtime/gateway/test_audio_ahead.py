"""Audio that comes faster than it is listened to is held back on its way; nothing of it is lost."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import pytest

from protocol.commands import AudioCancel
from realtime.clock import SystemClock
from realtime.gateway.link import LOOK_EVERY_S, LOOKS, MOST_UNHEARD_BYTES
from realtime.speech.ear import Ear, Ears, Organs
from realtime.speech.vad import DetectorThread, VoiceDetector
from tests.realtime.fakes import FakeClock, Replies
from tests.realtime.fakes import until as soon
from tests.realtime.gateway.house import eventually
from tests.realtime.gateway.speaking import PIECE, Speaker
from tests.realtime.gateway.test_websocket import close_code, receive, send, until
from tests.realtime.hearing import PlainListener, frame
from tests.realtime.speech.listening import MINA, Prompt, answer, hear, pcm_of, voice

if TYPE_CHECKING:
    from protocol.draft import Voice
    from protocol.view import Language
    from realtime import ports
    from tests.realtime.gateway.conftest import Build, Speaking

pytestmark = pytest.mark.anyio

LARGEST_CHUNK = 65_528
LONGEST_BYTES = 600 * 32_000


class Looked(FakeClock):
    """A clock that counts how often it was looked whether less is unheard."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0

    async def sleep(self, delay_s: float) -> None:
        self.looks += delay_s == LOOK_EVERY_S
        await super().sleep(delay_s)

    async def look(self, times: int = 1) -> None:
        """Have it looked so many times more."""
        for wanted in range(self.looks + 1, self.looks + times + 1):
            self.advance(LOOK_EVERY_S)
            await soon(partial(self.has_looked, wanted))

    def has_looked(self, times: int) -> bool:
        return self.looks >= times


async def behind(speaking: Speaking, clock: Looked) -> Speaker:
    """A speaker who has sent two pieces, the second of which is held back."""
    speaker = await speaking(clock)
    speaker.listener.newest.unheard = MOST_UNHEARD_BYTES + 1
    await speaker.say(0, 2 * PIECE)
    await eventually(lambda: clock.looks == 1)
    await clock.look(3)
    assert speaker.listener.newest.received == PIECE
    return speaker


async def test_nothing_is_read_until_enough_was_listened_to(speaking: Speaking) -> None:
    clock = Looked()
    speaker = await behind(speaking, clock)
    speaker.listener.newest.unheard = MOST_UNHEARD_BYTES
    clock.advance(LOOK_EVERY_S)
    await speaker.say(2 * PIECE)
    await speaker.stop()
    assert (await speaker.answered())["source"] == "voice"


async def test_where_nobody_listens_the_next_is_read_after_a_while(speaking: Speaking) -> None:
    clock = Looked()
    speaker = await behind(speaking, clock)
    await clock.look(LOOKS - clock.looks)
    clock.advance(LOOK_EVERY_S)
    await speaker.received(2 * PIECE)
    # It was waited for long enough: what follows is read as it comes.
    await speaker.say(2 * PIECE, 4 * PIECE)
    await clock.look(2)
    clock.advance(LOOK_EVERY_S)
    await speaker.received(4 * PIECE)
    assert clock.looks == LOOKS + 3


async def test_a_cancelled_answer_holds_nothing_back(speaking: Speaking) -> None:
    clock = Looked()
    speaker = await behind(speaking, clock)
    actor = speaker.house.directory.awake("local", "iv")
    assert actor is not None
    await Replies().next(actor.submit, AudioCancel("x1", 1))
    clock.advance(LOOK_EVERY_S)
    await send(speaker.connection, {"type": "ping"})
    await until(speaker.connection, "pong")


async def test_a_connection_that_is_taken_over_waits_for_nothing(speaking: Speaking) -> None:
    clock = Looked()
    speaker = await behind(speaking, clock)
    second = await speaker.house.connect()
    await send(second, {"type": "session.open", "id": "o2"})
    assert await close_code(speaker.connection) == 4409
    clock.advance(LOOK_EVERY_S)
    assert (await receive(second))["type"] == "session.opened"
    await speaker.house.connected(1)


class Measured(Ears):
    """Ears that note the most that was ever unheard."""

    most = 0

    def listen(self, speaker: ports.Speaker, language: Language, voice: Voice) -> Ear:
        ear = super().listen(speaker, language, voice)
        take = ear.take

        def taken(offset: int, chunk: bytes) -> None:
            take(offset, chunk)
            self.most = max(self.most, ear.unheard)

        ear.take = taken  # type: ignore[method-assign]
        return ear


async def test_the_longest_answer_comes_as_fast_as_it_can(build: Build) -> None:
    detector = DetectorThread(VoiceDetector())
    ears = Measured(Organs(Prompt(), detector, SystemClock()))
    samples, _ = answer("en", range(6), 1_200)
    pcm = pcm_of(samples)
    pcm = (pcm * (LONGEST_BYTES // len(pcm) + 1))[:LONGEST_BYTES]
    expected = await hear(ears.listen(MINA, "en", voice()), pcm, LARGEST_CHUNK)
    ears.most = 0

    house = await build(listener=ears)
    speaker = Speaker(house, PlainListener())
    await speaker.connect()
    await send(speaker.connection, {"type": "interview.start", "id": "c1"})
    await until(speaker.connection, "question.completed")
    await speaker.start()
    telling = asyncio.create_task(tell(speaker, pcm))
    messages = await until(speaker.connection, "transcript.completed")
    await telling
    assert LARGEST_CHUNK < ears.most <= MOST_UNHEARD_BYTES + LARGEST_CHUNK
    (stopped,) = [each for each in messages if each["type"] == "audio.stopped"]
    assert stopped["bytes"] == LONGEST_BYTES
    assert (messages[-1]["text"], messages[-1]["duration_ms"]) == (expected.text, 600_000)
    detector.close()


async def tell(speaker: Speaker, pcm: bytes) -> None:
    for at in range(0, len(pcm), LARGEST_CHUNK):
        await speaker.connection.send(frame(at, pcm[at : at + LARGEST_CHUNK]))
    stop = {"type": "audio.stop", "id": "stop", "turn": 1, "bytes": len(pcm)}
    await send(speaker.connection, stop)
