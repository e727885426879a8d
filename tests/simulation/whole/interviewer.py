"""The interviewer of moods (`tests.simulation.interviewer`), as a port: it takes its time, hangs,
breaks off and breaks down.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from random import Random

from protocol.draft import State
from protocol.effects import Delta, Failed, NothingToAsk, Output, Work
from realtime.ports import InterviewerError
from tests.simulation.interviewer import Interviewer as Script
from tests.simulation.interviewer import Mood
from tests.simulation.whole.watch import Watch

PACES_S = (0.0, 0.01, 0.2, 2.0)
# Words; the longest is more than a log keeps.
CHATTER = (20, 500)


class Defect(Exception):
    """Something in an interviewer that nobody foresaw."""


@dataclass(slots=True)
class Temper:
    """How often a work hangs, breaks off without a word, or breaks down; and how many words a
    stream may have more than the script says.
    """

    hang: float = 0.0
    break_off: float = 0.0
    break_down: float = 0.0
    chatter: float = 0.0


class Interviewer:
    """Everybody's: what it remembers of an interview is in a `Talk`. `begins` is called when an
    actor is being made.
    """

    models = ("simulated",)

    def __init__(self, watch: Watch, mood: Mood, temper: Temper, chance: Random) -> None:
        self.begins: Callable[[], object] = lambda: None
        self.temper = temper
        self.watch = watch
        self.chance = chance
        self._script = Script(chance, mood)

    @property
    def mood(self) -> Mood:
        return self._script.mood

    def calm_down(self) -> None:
        """From now on all goes well."""
        self._script.mood = Mood()
        self.temper = Temper()

    def script(self, work: Work, state: State) -> list[Output]:
        """What `work` is going to bring."""
        outputs = list(self._script.perform(work, state))
        if self.happens(self.temper.chatter):
            spots = [at for at, output in enumerate(outputs) if isinstance(output, Delta)]
            for at in spots[:1]:
                more = self.chance.choice(CHATTER)
                outputs[at:at] = [Delta(work, f"{word} ") for word in range(more)]
        return outputs

    def happens(self, share: float) -> bool:
        return share > 0 and self.chance.random() < share

    def converse(self, user_id: str, interview_id: str) -> "Talk":
        self.begins()
        return Talk(self)


class Talk:
    """With one actor."""

    def __init__(self, whose: Interviewer) -> None:
        self._whose = whose
        self._watch = whose.watch
        self._closed = False

    async def aclose(self) -> None:
        self._closed = True

    async def perform(self, work: Work, state: State) -> AsyncGenerator[Output, None]:
        whose = self._whose
        self._watch.work_begins(self, work, state)
        if self._closed:
            self._watch.fail(f"{work} begins with an interviewer that was let go")
        try:
            pace_s = whose.chance.choice(PACES_S)
            for output in whose.script(work, state):
                await self._pause(pace_s)
                if isinstance(output, NothingToAsk):
                    self._watch.exhausted()
                if isinstance(output, Failed) and not output.retrying and whose.happens(0.5):
                    raise InterviewerError(output.code, output.message, retryable=output.retryable)
                self._watch.work_brings(self, work)
                yield output
        finally:
            self._watch.work_ends(self, work)

    async def _pause(self, pace_s: float) -> None:
        whose = self._whose
        if whose.happens(whose.temper.break_off):
            raise InterviewerError("cut", "The model broke off.")
        if whose.happens(whose.temper.break_down):
            self._watch.expected["work_failed"] += 1
            raise Defect
        if whose.happens(whose.temper.hang):
            await asyncio.sleep(whose.chance.uniform(0, 120))
        await asyncio.sleep(pace_s)
