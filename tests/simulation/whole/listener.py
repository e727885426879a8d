"""Whoever hears spoken answers, in a mood: it hears how much was said, says so a few times, ends an
answer itself, fails, and breaks down.

Each byte of an answer tells its place, so that one that is lost, or comes twice, is found out.
"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from protocol.draft import Voice
from protocol.effects import Heard, Output, Speech, Stopped, Transcribed, Work
from protocol.errors import ProtocolError
from protocol.view import Language, Transcript, Word
from realtime.ports import InterviewerError, Speaker
from realtime.speech.arrivals import Arrivals
from tests.simulation.interviewer import DELIVERY
from tests.simulation.whole.interviewer import Defect, Interviewer
from tests.simulation.whole.watch import Watch

RATE = 16_000
# No longer answer is taken.
MOST_BYTES = 64_000


def spoken(begin: int, end: int) -> bytes:
    """The audio of every answer. No byte is 0, which is what a client fills holes with."""
    return bytes(1 + at % 251 for at in range(begin, end))


def text_of(length: int) -> str:
    """What is heard of so many bytes."""
    return f"{length} bytes." if length else ""


@dataclass(frozen=True)
class Listener:
    """Everybody's. Its moods are those of the interviewer."""

    watch: Watch
    interviewer: Interviewer

    def full_for(self, speaker: Speaker) -> bool:
        return self.interviewer.happens(self.interviewer.mood.delay / 10)

    def expect(self, speaker: Speaker) -> None:
        pass

    def listen(self, speaker: Speaker, language: Language, voice: Voice) -> "Answer":
        return Answer(self, voice)


class Answer:
    """One that is being spoken."""

    def __init__(self, whose: Listener, voice: Voice) -> None:
        self._watch = whose.watch
        self._model = whose.interviewer
        self._voice = voice
        self._arrivals = Arrivals(MOST_BYTES)
        self._ended = False
        self._news = asyncio.Event()

    # --- what arrives ---------------------------------------------------------------------------

    @property
    def received(self) -> int:
        return self._arrivals.received

    partial = ""
    unheard = 0

    def take(self, offset: int, chunk: bytes) -> None:
        self._arrivals.put(offset, chunk)
        self._news.set()

    def end(self, length: int) -> None:
        self._arrivals.stop(length)
        self._ended = True
        self._news.set()

    def gap(self) -> ProtocolError | None:
        return self._arrivals.gap()

    # --- what is heard --------------------------------------------------------------------------

    async def outputs(self, work: Work) -> AsyncGenerator[Output, None]:
        self._watch.hearing_begins(self, work)
        try:
            stopped = False
            while not (self._ended and self._arrivals.whole):
                await self._news.wait()
                self._news.clear()
                await self._pause()
                yield Speech(work, self._model.happens(0.5), self.received // 32)
                yield Heard(work, 0, text_of(self.received), 0)
                ends = self._arrivals.whole or self._model.happens(0.05)
                if ends and not (stopped or self._ended):
                    stopped = True
                    yield Stopped(work, self.received, "silence")
            await self._pause()
            yield self._transcribed(work)
        finally:
            self._watch.work_ends(self, work)

    async def _pause(self) -> None:
        model, temper = self._model, self._model.temper
        if model.happens(temper.break_off) or model.happens(model.mood.failure / 10):
            raise InterviewerError("speech_failed", "Not heard.")
        if model.happens(temper.break_down):
            self._watch.expected["work_failed"] += 1
            raise Defect
        if model.happens(temper.hang):
            await asyncio.sleep(model.chance.uniform(0, 120))
        await asyncio.sleep(model.chance.choice((0.0, 0.01, 0.2)))

    def _transcribed(self, work: Work) -> Transcribed:
        pcm = self._arrivals.taken(MOST_BYTES)
        expected = spoken(0, len(pcm))
        if any(byte not in (0, right) for byte, right in zip(pcm, expected, strict=True)):
            self._watch.fail(f"turn {self._voice.turn}: not what was said was heard")
        text = text_of(len(pcm))
        review = self._model.happens(0.2)
        transcript = Transcript(text, "en", 0.9, len(pcm) // 32, needs_review=review)
        words = tuple(Word(each, 0, 100, 0.9) for each in text.split())
        return Transcribed(work, transcript, DELIVERY, words)
