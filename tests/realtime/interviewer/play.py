"""Plays interviews through the state machine, without a server: for tests of interviewers.

`Play` is a candidate and an actor in one: it starts the interview, lets the interviewer do what is
wanted, and answers what is asked.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from protocol.agenda import wanted
from protocol.commands import (
    AnswerSubmit,
    Command,
    HintRequest,
    InterviewFinish,
    InterviewStart,
    QuestionSkip,
)
from protocol.draft import State
from protocol.effects import Output, Work
from protocol.interview import Rules, decide
from protocol.progress import receive
from protocol.view import Config, Interview, Report, Turn, View
from realtime.ports import Alarm, Interviewer


class StillClock:
    """A clock on which sleeping takes as long as it says, and nobody waits."""

    def __init__(self) -> None:
        self.ms = 1_700_000_000_000
        self.slept: list[float] = []

    def now(self) -> int:
        return self.ms

    def call_later(self, delay_s: float, callback: object) -> Alarm:
        raise NotImplementedError("an interviewer sets no alarms")

    async def sleep(self, delay_s: float) -> None:
        self.slept.append(delay_s)
        self.ms += round(delay_s * 1_000)


def new_interview(config: Config, *, name: str = "iv-1") -> State:
    """An interview that hasn't begun."""
    interview = Interview(name, "created", False, 0, None, None, None, None, config)
    return State(View(interview, epoch=1))


@dataclass
class Play:
    """An interview being played. `outputs`: all that the interviewer has yielded."""

    interviewer: Interviewer
    state: State
    outputs: list[Output] = field(default_factory=list)
    _commands: int = 0

    @property
    def interview(self) -> Interview:
        return self.state.view.interview

    @property
    def current(self) -> Turn:
        turn = self.interview.current
        assert turn is not None
        return turn

    @property
    def report(self) -> Report:
        assert self.interview.report is not None
        return self.interview.report

    async def start(self, *, works: bool = True) -> None:
        await self.command(InterviewStart(self._id()), works=works)

    async def answer(self, text: str, *, works: bool = True) -> None:
        await self.command(AnswerSubmit(self._id(), self.current.turn, text), works=works)

    async def skip(self) -> None:
        await self.command(QuestionSkip(self._id(), self.current.turn))

    async def hint(self) -> str:
        """Ask for a hint, and return it."""
        await self.command(HintRequest(self._id(), self.current.turn))
        return self.current.hints[-1].text

    async def finish(self) -> None:
        await self.command(InterviewFinish(self._id()))

    async def command(self, command: Command, *, works: bool = True) -> None:
        """Give a command, and let all `works` be done that follow from it."""
        self.state = decide(self.state, command, 0, Rules()).state
        while works and (due := wanted(self.state)):
            async for output in self.perform(due[0]):
                self.state = receive(self.state, output, 0).state

    async def perform(self, work: Work) -> AsyncIterator[Output]:
        """Have one work done in the state of now, in a conversation that knows nothing else."""
        conversation = self.interviewer.converse("u-1", self.interview.id)
        outputs = conversation.perform(work, self.state)
        try:
            async for output in outputs:
                self.outputs.append(output)
                yield output
        finally:
            await outputs.aclose()
            await conversation.aclose()

    def _id(self) -> str:
        self._commands += 1
        return f"c{self._commands}"
