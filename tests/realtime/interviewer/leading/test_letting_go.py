"""What a conversation remembers is let go: when it was used, when it is closed, when it fails."""

import asyncio
import gc
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from protocol.draft import State
from protocol.effects import Delta, Work, WorkKind
from protocol.view import Config
from tests.realtime.interviewer.conftest import MakeKit
from tests.realtime.interviewer.contract import GOOD
from tests.realtime.interviewer.leading.answering import ScriptedModels, after_an_answer, until
from tests.realtime.interviewer.leading.talk import (
    FEEDBACK,
    QUESTION,
    SCORES,
    Talk,
    answered,
    becomes,
    settled,
)

pytestmark = pytest.mark.anyio

CONFIG = Config(role="backend", questions=3, follow_ups=0)

NewTalk = Callable[..., Talk]


@pytest.fixture
def talk_of(kit_of: MakeKit) -> NewTalk:
    return lambda models, config=CONFIG: Talk(kit_of(models), config)


@pytest.mark.parametrize("order", [(QUESTION, SCORES), (SCORES, QUESTION)])
async def test_a_review_is_let_go_when_all_of_it_was_used(
    order: tuple[Work, Work], talk_of: NewTalk
) -> None:
    async with answered(talk_of(ScriptedModels())) as talk:
        await talk.do(FEEDBACK)
        await talk.do(order[0])
        assert len(talk.conversation._reviews) == 1
        await talk.do(order[1])
        assert talk.conversation._reviews == {}


@pytest.mark.parametrize("what", ["question", "feedback", "scores", "hint", "report"])
async def test_closing_in_the_middle_leaves_nothing(what: WorkKind, talk_of: NewTalk) -> None:
    before = asyncio.all_tasks()
    more = asyncio.Event()
    names = {"scores": "score"}
    models = ScriptedModels(lambda request: until(names.get(what, what), more, words=3)(request))
    talk = talk_of(models, replace(CONFIG, questions=1))
    state = talk.state
    if what != "question":
        calm = talk_of(ScriptedModels(), replace(CONFIG, questions=1))
        await calm.answered(GOOD["en"])
        state = calm.state
        await calm.conversation.aclose()
    work = Work(what, None if what == "report" else 1)
    performing = asyncio.create_task(perform(talk, work, state))
    await becomes(lambda: models.open == 1)
    await settled()
    performing.cancel()
    await asyncio.wait([performing])
    await talk.conversation.aclose()
    assert models.open == 0
    assert asyncio.all_tasks() <= before


async def perform(talk: Talk, work: Work, state: State) -> None:
    async with aclosing(talk.conversation.perform(work, state)) as outputs:
        async for _ in outputs:
            pass


async def test_closing_drops_what_is_still_coming(talk_of: NewTalk) -> None:
    models = ScriptedModels(after_an_answer(until("score", asyncio.Event(), words=2)))
    async with answered(talk_of(models)) as talk:
        await talk.do(FEEDBACK)
        assert models.open == 1
        await talk.conversation.aclose()
        assert models.open == 0


async def test_the_report_drops_what_nobody_asks_for_any_more(talk_of: NewTalk) -> None:
    models = ScriptedModels(after_an_answer(until("score", asyncio.Event(), words=6)))
    async with answered(talk_of(models, replace(CONFIG, questions=1))) as talk:
        await talk.do(FEEDBACK)
        assert models.open == 1
        async with aclosing(talk.perform(Work("report", None))) as outputs:
            async for output in outputs:
                if isinstance(output, Delta):
                    break
        assert talk.conversation._reviews == {}
        await settled()
        assert models.open == 0


async def test_scores_that_are_asked_for_late_are_still_there(talk_of: NewTalk) -> None:
    models = ScriptedModels()
    async with answered(talk_of(models)) as talk:
        await talk.do(FEEDBACK)
        await talk.do(QUESTION)
        talk.answer(GOOD["en"])
        await talk.do(Work("feedback", 2))
        await talk.do(SCORES)
        assert talk.turns[0].feedback[0].scores
        assert not any(request.what == "scores" for request in models.requests)
        assert len(talk.conversation._reviews) == 1


@pytest.mark.parametrize("where", ["feedback", "question", "score"])
async def test_a_defect_is_whoevers_who_reads_and_nobody_else_s(
    where: str, talk_of: NewTalk
) -> None:
    loop = asyncio.get_running_loop()
    defects: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: defects.append(context))
    models = ScriptedModels(after_an_answer(until(where, RuntimeError("a defect"), words=4)))
    async with answered(talk_of(models)) as talk:
        failed = []
        for work in (FEEDBACK, QUESTION, SCORES):
            try:
                await talk.do(work)
            except RuntimeError as error:
                assert str(error) == "a defect"
                failed.append(work)
        # After feedback that failed, the rest is asked for by itself.
        assert (
            failed
            == {
                "feedback": [FEEDBACK],
                "question": [QUESTION, SCORES],
                "score": [SCORES],
            }[where]
        )
    del talk
    gc.collect()
    await settled()
    loop.set_exception_handler(None)
    assert defects == []
