"""One conversation and its interview, work by work, for tests of what it remembers."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager

from protocol.agenda import wanted
from protocol.commands import AnswerSubmit, Command, HintRequest, InterviewStart, QuestionSkip
from protocol.effects import Delta, Output, Work, WorkKind
from protocol.interview import Rules, decide
from protocol.progress import receive
from protocol.view import Config, Turn
from realtime.interviewer.leading.conversation import ModelInterviewer
from realtime.interviewer.leading.scene import Kit
from tests.realtime.interviewer.contract import GOOD
from tests.realtime.interviewer.play import new_interview

FEEDBACK, QUESTION, SCORES = Work("feedback", 1), Work("question", 2), Work("scores", 1)


class Talk:
    """An interview in one conversation. `outputs`: all that came."""

    def __init__(self, kit: Kit, config: Config) -> None:
        self._kit = kit
        self.conversation = ModelInterviewer(kit).converse("u-1", "iv-1")
        self.state = new_interview(config)
        self.outputs: list[Output] = []

    @property
    def turns(self) -> tuple[Turn, ...]:
        return self.state.view.interview.turns

    @property
    def wanted(self) -> list[Work]:
        return [*wanted(self.state)]

    def of(self, what: WorkKind) -> list[Output]:
        return [output for output in self.outputs if output.work.what == what]

    def command(self, command: Command) -> None:
        self.state = decide(self.state, command, 0, Rules()).state

    def answer(self, text: str) -> None:
        turn = self.turns[-1].turn
        self.command(AnswerSubmit(f"a{turn}", turn, text))

    def skip(self) -> None:
        turn = self.turns[-1].turn
        self.command(QuestionSkip(f"s{turn}", turn))

    def ask_for_a_hint(self) -> None:
        turn = self.turns[-1].turn
        self.command(HintRequest(f"h{turn}", turn))

    def perform(self, work: Work) -> AsyncGenerator[Output, None]:
        return self.conversation.perform(work, self.state)

    def take(self, output: Output) -> None:
        self.outputs.append(output)
        self.state = receive(self.state, output, 0).state

    async def do(self, work: Work) -> list[Output]:
        """Have a work done to its end."""
        came: list[Output] = []
        async with aclosing(self.perform(work)) as outputs:
            async for output in outputs:
                self.take(output)
                came.append(output)
        return came

    async def to_a_delta(self, work: Work) -> AsyncGenerator[Output, None]:
        """Have a work done to its first text. Whoever gets the rest closes it."""
        outputs = self.perform(work)
        async for output in outputs:
            self.take(output)
            if isinstance(output, Delta):
                break
        return outputs

    async def works(self) -> None:
        """Have all done that is wanted."""
        while due := self.wanted:
            await self.do(due[0])

    async def answered(self, text: str) -> None:
        """Have the first question asked, and answered."""
        await self.begin()
        self.answer(text)

    async def begin(self) -> None:
        """Have the first question asked."""
        self.command(InterviewStart("start"))
        await self.works()

    async def through(self, answers: Sequence[str]) -> None:
        """To the report."""
        await self.begin()
        while self.state.view.interview.phase == "answering":
            self.answer(answers[(self.turns[-1].turn - 1) % len(answers)])
            await self.works()

    def rebuild(self) -> None:
        """Another conversation goes on. Whoever made the first closes it."""
        self.conversation = ModelInterviewer(self._kit).converse("u-1", "iv-1")


@asynccontextmanager
async def answered(talk: Talk) -> AsyncIterator[Talk]:
    """The first answer is there. The conversation is closed in the end, and leaves nothing."""
    before = asyncio.all_tasks()
    try:
        await talk.answered(GOOD["en"])
        await settled()  # The plan is there.
        yield talk
    finally:
        await talk.conversation.aclose()
    assert asyncio.all_tasks() <= before


async def settled() -> None:
    """Whatever can go on has gone on."""
    for _ in range(500):
        await asyncio.sleep(0)


async def becomes(condition: Callable[[], bool]) -> None:
    """Wait for something that is sure to come."""
    for _ in range(1_000_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it didn't come")


def text_of(outputs: Sequence[Output]) -> str:
    return "".join(output.text for output in outputs if isinstance(output, Delta))
