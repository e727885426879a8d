"""An interview in which somebody speaks."""

from random import Random

import pytest

from protocol.close_codes import Close
from protocol.commands import AudioStart, InterviewStart
from protocol.errors import ProtocolError
from protocol.messages import AudioProgress
from protocol.view import Config, Turn
from tests.realtime.hearing import PlainListener, frame, words_of
from tests.realtime.session.house import House

AUDIO = Random(2).randbytes(6_400)
WORDS = words_of(AUDIO)
LIMITED = Config(role="backend", questions=2, follow_ups=0, time_limit_s=600)


class Voiced:
    """An interview in which an answer is being spoken."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.listener = PlainListener()
        house.listener = self.listener

    async def asked(self) -> None:
        await self.house.wake()
        await self.house.send(InterviewStart("c1"))
        await self.house.until_phase("answering")

    async def speaking(self, *, review: bool = False) -> None:
        await self.asked()
        await self.house.send(AudioStart("v1", 1, 16_000, review=review))

    def say(self, begin: int = 0, end: int = len(AUDIO)) -> None:
        """Audio arrives."""
        assert self.house.actor.listen(frame(begin, AUDIO[begin:end]))

    async def rebuilt(self) -> None:
        """The node died, and another one wakes the interview."""
        await self.house.actor.retire(Close.REBUILT)
        await self.house.wake()

    def progress(self) -> AudioProgress | None:
        return self.house.actor.hearing.progress()

    @property
    def turn(self) -> Turn:
        return self.house.actor.snapshot().interview.turns[0]

    async def refused(self, frame: bytes) -> str:
        with pytest.raises(ProtocolError) as caught:
            self.house.actor.listen(frame)
        return caught.value.code
