"""An interviewer (and a recogniser) of moods: what a work brings, one output at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from protocol.agenda import may_ask_main
from protocol.draft import State
from protocol.effects import (
    Began,
    Delayed,
    Delta,
    Ended,
    Failed,
    Heard,
    NothingToAsk,
    Output,
    QuestionBegan,
    Reported,
    Scored,
    Speech,
    Stopped,
    Transcribed,
    Work,
)
from protocol.view import Delivery, Report, Score, Transcript, Word

DELIVERY = Delivery(4_000, 3_000, 120.0, "words_per_minute", (), (), (), ())
SCORES = (Score("clarity", 3, 5, ("as I said",)),)
REPORT = Report("", 3.0, 5, (), ("clear",), ("numbers",), (), (), None, ())
WORDS = ("I ", "나는 ", "did ", "했다. ", "🙂", "because ", "")


@dataclass
class Mood:
    """How often works are late, fail over, and fail for good."""

    delay: float = 0.0
    failover: float = 0.0
    failure: float = 0.0


class Interviewer:
    def __init__(self, chance: Random, mood: Mood) -> None:
        self.mood = mood
        self._chance = chance

    def perform(self, work: Work, state: State) -> Iterator[Output]:
        """What `work` brings. Nothing follows `Ended`, `Scored`, `Reported`, `NothingToAsk`,
        `Transcribed` and a `Failed` for good.
        """
        if work.what == "transcript":
            yield from self._listen(work)
            return
        if self._happens(self.mood.delay):
            reason = self._chance.choice(("rate_limited", "failover"))
            yield Delayed(work, "rate_limited" if reason == "rate_limited" else "failover", 500)
        while self._happens(self.mood.failover):
            yield from self._part(work)
            yield Failed(work, "busy", "Busy.", retrying=True)
        if self._happens(self.mood.failure):
            yield from self._part(work)
            yield Failed(work, "model_down", "No answer.", retryable=self._happens(0.5))
            return
        if work.what == "question" and not may_ask_main(state) and self._happens(0.5):
            yield NothingToAsk(work)
            return
        yield from self._whole(work)

    def _part(self, work: Work) -> Iterator[Output]:
        """Of a stream that breaks off, if it began at all."""
        if work.what != "scores" and self._happens(0.6):
            yield self._beginning(work)
            yield from self._text(work)

    def _whole(self, work: Work) -> Iterator[Output]:
        if work.what == "scores":
            if self._happens(0.9):
                yield Scored(work, SCORES)
            else:
                yield Scored(work, None, "too short")
            return
        yield self._beginning(work)
        yield from self._text(work)
        yield Reported(work, REPORT) if work.what == "report" else Ended(work)

    def _beginning(self, work: Work) -> Output:
        if work.what == "question":
            kind = self._chance.choice(("main", "follow_up"))
            return QuestionBegan(work, "main" if kind == "main" else "follow_up", "work")
        return Began(work, f"model-{work.lane}")

    def _text(self, work: Work) -> Iterator[Output]:
        for _ in range(self._chance.randrange(6)):
            yield Delta(work, self._chance.choice(WORDS[:-1]))

    def _listen(self, work: Work) -> Iterator[Output]:
        """What a recogniser says. The server heeds a `Transcribed` only when the answer is over;
        so it is said again and again.
        """
        for at_ms in range(0, self._chance.randrange(4) * 100, 100):
            yield Speech(work, self._happens(0.5), at_ms)
            yield Heard(work, self._chance.randrange(4), self._chance.choice(WORDS), 0)
        if self._happens(self.mood.failure):
            yield Failed(work, "speech_failed", "Not heard.")
            return
        if self._happens(0.4):
            yield Stopped(work, 640, "silence" if self._happens(0.5) else "limit")
        text = self._chance.choice(("I did.", "했다.", "", " "))
        transcript = Transcript(text, "en", 0.9, 4_000, needs_review=self._happens(0.3))
        words = tuple(Word(each, 0, 500, 0.9) for each in text.split())
        while not self._happens(self.mood.failure / 2):
            yield Transcribed(work, transcript, DELIVERY, words)
        yield Failed(work, "speech_failed", "Not heard.")

    def _happens(self, share: float) -> bool:
        return self._chance.random() < share
