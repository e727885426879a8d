"""The works: what an interviewer with a defect can't break, and how they end."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from protocol.close_codes import Close
from protocol.commands import InterviewFinish, InterviewStart
from protocol.draft import State
from protocol.effects import Ended, Output, QuestionBegan, Work
from realtime.session.directory import Directory
from realtime.session.parts import Parts
from tests.realtime.fakes import (
    FakeClock,
    MemoryStore,
    Replies,
    ScriptedInterviewer,
    interview,
    until,
)
from tests.realtime.session.house import Build

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("broken", ["question", "topic"])
async def test_what_can_not_be_encoded_fails_its_work_alone(build: Build, broken: str) -> None:
    """In the log it would stop every reader, for good."""
    house = build()
    house.interviewer = Babbler(broken)
    await house.wake()
    await house.send(InterviewStart("c1"))
    await until(lambda: house.actor.snapshot().interview.failed is not None)
    assert house.said[-1] == "generation.failed"
    assert not house.actor.retired


class Babbler(ScriptedInterviewer):
    """Half of an emoji, in the question's text or in its topic."""

    def __init__(self, broken: str) -> None:
        super().__init__(words=("One ", "\ud83d" if broken == "question" else "two."))
        self._broken = broken

    async def perform(self, work: Work, state: State) -> AsyncGenerator[Output, None]:
        async with aclosing(super().perform(work, state)) as outputs:
            async for output in outputs:
                if self._broken == "topic" and isinstance(output, QuestionBegan):
                    output = replace(output, topic="\ud83d")
                yield output


async def test_the_interviewer_is_let_go_of_when_all_works_have_ended(build: Build) -> None:
    house = build()
    interviewer = house.interviewer = SlowToEnd(stepwise=True)
    await house.wake()
    await house.send(InterviewStart("c1"))
    interviewer.go(2)
    await until(lambda: house.said[-1] == "question.delta")
    await house.send(InterviewFinish("f1"))
    retiring = asyncio.create_task(house.actor.retire(Close.DRAINING))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not interviewer.let_go
    interviewer.may_end.set()
    await retiring
    assert interviewer.let_go


async def test_one_that_can_not_be_let_go_of_holds_up_no_end(build: Build) -> None:
    house = build()
    interviewer = house.interviewer = Clinging()
    actor = await house.wake()
    await actor.retire(Close.REBUILT)
    assert interviewer.asked_to_go
    assert actor.idle


class Clinging(ScriptedInterviewer):
    asked_to_go = False

    async def aclose(self) -> None:
        self.asked_to_go = True
        raise ValueError("no way out")


class SlowToEnd(ScriptedInterviewer):
    """Takes its time to end a question that was stopped."""

    let_go = False

    def __init__(self, *, stepwise: bool) -> None:
        super().__init__(stepwise=stepwise)
        self.may_end = asyncio.Event()

    async def aclose(self) -> None:
        self.let_go = True

    async def perform(self, work: Work, state: State) -> AsyncGenerator[Output, None]:
        try:
            async with aclosing(super().perform(work, state)) as outputs:
                async for output in outputs:
                    yield output
        finally:
            if work.what == "question":
                await self.may_end.wait()


class Endless(ScriptedInterviewer):
    """Can't be stopped."""

    async def perform(self, work: Work, state: State) -> AsyncGenerator[Output, None]:
        self.asked.append(work)
        try:
            await asyncio.Event().wait()
            yield Ended(work)
        finally:
            await self.released.wait()

    def __init__(self) -> None:
        super().__init__()
        self.released = asyncio.Event()


async def test_a_work_that_does_not_end_is_left_to_itself() -> None:
    store = MemoryStore(interview())
    interviewer = Endless()
    directory = Directory(Parts(store, FakeClock(), works_end_within_s=0.01), interviewer)
    first = await directory.open("local", "iv")
    assert first is not None
    await Replies().next(first.submit, InterviewStart("c1"))
    await until(lambda: bool(interviewer.asked))
    with capture_logs() as logs:
        async with asyncio.timeout(5):
            await directory.close("local", "iv", Close.REBUILT)
            assert await directory.open("local", "iv") is not first
            interviewer.released.set()
            await directory.drain()
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == [
        "works_do_not_end"
    ]
