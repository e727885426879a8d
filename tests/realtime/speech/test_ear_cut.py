"""An answer that was stopped with more bytes than ever arrive, and is cut to what did."""

import asyncio

import pytest

from realtime.clock import SystemClock
from realtime.speech.clip import Clip, Recognized
from realtime.speech.ear import Ears, Organs
from realtime.speech.vad import DetectorThread, VoiceDetector
from tests.realtime.speech.listening import MINA, follow, voice

pytestmark = pytest.mark.anyio


class Deaf:
    """Of silence nothing is to be recognised."""

    async def recognize(self, clip: Clip) -> Recognized:
        raise AssertionError("nobody spoke")

    async def aclose(self) -> None:
        """Nothing is held."""


@pytest.mark.parametrize("received", [0, 32_000])
async def test_it_is_transcribed_as_far_as_it_was_received(received: int) -> None:
    detector = DetectorThread(VoiceDetector())
    ear = Ears(Organs(Deaf(), detector, SystemClock())).listen(MINA, "en", voice())
    following = asyncio.create_task(follow(ear))
    ear.take(0, bytes(received))
    ear.end(64_000)
    ear.end(received)
    transcript = (await following).end.transcript
    assert (transcript.text, transcript.duration_ms) == ("", received // 32)
    detector.close()
