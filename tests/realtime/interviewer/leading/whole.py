"""Whole interviews in one conversation, for tests: who plays them, and what they must keep to."""

from collections.abc import Sequence
from contextlib import aclosing

from protocol.agenda import wanted
from protocol.commands import AnswerSubmit, InterviewStart
from protocol.effects import (
    Began,
    Delayed,
    Delta,
    Ended,
    Failed,
    Noticed,
    Output,
    QuestionBegan,
    Reported,
    Scored,
    Work,
    WorkKind,
)
from protocol.interview import Rules, decide
from protocol.progress import receive
from protocol.view import Config
from realtime.interviewer.leading.conversation import ModelInterviewer
from realtime.ports import Conversation, Purpose
from tests.realtime.interviewer.contract import GOOD, POOR
from tests.realtime.interviewer.leading.answering import Script, smoothly
from tests.realtime.interviewer.play import new_interview


class Whole:
    """An interview through one conversation, as an actor would have it, until its report."""

    def __init__(self, conversation: Conversation, config: Config) -> None:
        self._conversation = conversation
        self.state = new_interview(config)
        self.outputs: list[Output] = []

    async def play(self, answers: Sequence[str]) -> None:
        await self._do(InterviewStart("start"))
        given = 0
        while (turn := self.state.view.interview.current) and not turn.has_outcome:
            await self._do(AnswerSubmit(f"a{given}", turn.turn, answers[given % len(answers)]))
            given += 1
        await self._conversation.aclose()

    async def _do(self, command: InterviewStart | AnswerSubmit) -> None:
        self.state = decide(self.state, command, 0, Rules()).state
        while due := wanted(self.state):
            async with aclosing(self._conversation.perform(due[0], self.state)) as outputs:
                async for output in outputs:
                    self.outputs.append(output)
                    self.state = receive(self.state, output, 0).state

    def of(self, what: WorkKind) -> list[Output]:
        return [output for output in self.outputs if output.work.what == what]


def failing_at(what: Purpose, script: Script, otherwise: Script = smoothly) -> Script:
    return lambda request: (script if request.what == what else otherwise)(request)


def assert_in_order(outputs: Sequence[Output]) -> None:
    """The order of `realtime/ports.py`, work by work: nothing but deltas within a stream, each
    stream ended once, notices outside of streams.
    """
    opened: dict[Work, bool] = {}
    for output in outputs:
        work = output.work
        match output:
            case Began() | QuestionBegan():
                assert not opened.get(work)
                opened[work] = True
            case Delta():
                assert opened[work]
                assert output.text
            case Ended() | Reported():
                assert opened.pop(work)
            case Failed():
                opened[work] = False
            case Noticed() | Delayed():
                assert not opened.get(work)
            case Scored():
                assert work.what == "scores"
    assert not any(opened.values())


async def played(interviewer: ModelInterviewer, config: Config) -> Whole:
    whole = Whole(interviewer.converse("u-1", "iv-1"), config)
    await whole.play((GOOD[config.language], POOR[config.language]))
    return whole
