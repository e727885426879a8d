"""Scores from the reply to an answer, asked for by themselves, and repaired once."""

from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

import pytest

from protocol.effects import Delayed, Output, Scored, Work
from protocol.view import Config, Language, Turn
from realtime.interviewer.leading.conversation import ModelInterviewer
from realtime.interviewer.request import NoAnswer, Request, Waiting
from tests.realtime.interviewer.conftest import MakeKit
from tests.realtime.interviewer.contract import GOOD
from tests.realtime.interviewer.leading.answering import (
    Script,
    ScriptedModels,
    Step,
    mark,
    prompt_of,
    sensible,
    smoothly,
    spoken,
    without,
)
from tests.realtime.interviewer.play import new_interview

pytestmark = pytest.mark.anyio

LANGUAGES: tuple[Language, ...] = get_args(Language)
WORK = Work("scores", 1)


def scripted(*scripts: Script) -> ScriptedModels:
    """Models that answer by one script after the other, and then no more."""
    left = list(scripts)

    def script(request: Request) -> Iterator[Step]:
        yield from left.pop(0)(request) if left else [NoAnswer("failing", "no more")]

    return ScriptedModels(script)


async def scored(
    kit_of: MakeKit,
    models: ScriptedModels,
    *,
    after_feedback: bool = False,
    answer: str | None = None,
    language: Language = "en",
) -> list[Output]:
    """What the work brings, in a conversation that has given the feedback, or knows nothing."""
    state = new_interview(Config(role="backend", language=language, questions=1, follow_ups=0))
    answer = GOOD[language] if answer is None else answer
    turn = Turn(1, 1, "main", "work", None, question="What did you do?", answer=answer)
    interview = replace(state.view.interview, turns=(turn,), phase="evaluating")
    state = replace(state, view=replace(state.view, interview=interview))
    conversation = ModelInterviewer(kit_of(models, last_resort=False)).converse("u", "iv-1")
    try:
        if after_feedback:
            async for _ in conversation.perform(Work("feedback", 1), state):
                pass
        return [output async for output in conversation.perform(WORK, state)]
    finally:
        await conversation.aclose()
        assert models.open == 0


async def test_they_come_from_the_reply_to_the_answer(kit_of: MakeKit) -> None:
    models = ScriptedModels()
    (output,) = await scored(kit_of, models, after_feedback=True)
    assert isinstance(output, Scored)
    assert len(output.scores or ()) == 6
    assert [request.what for request in models.requests] == ["feedback"]


async def test_they_can_be_asked_for_by_themselves(kit_of: MakeKit) -> None:
    models = ScriptedModels()
    (output,) = await scored(kit_of, models)
    assert isinstance(output, Scored)
    assert len(output.scores or ()) == 6
    assert [request.what for request in models.requests] == ["scores"]


def misspelt(request: Request) -> Iterator[Step]:
    yield from spoken(sensible(request).replace("score intent 4", "score intent four"))


UNREADABLE: dict[str, Script] = {
    "a word": misspelt,
    "missing": without("score"),
    "prose": lambda request: spoken(f"{mark(request, 'feedback')} Good.\nI'd give it a four."),
    "JSON": lambda request: spoken(f'{mark(request, "feedback")} Good.\n{{"scores": [5, 5]}}'),
    "the form": lambda request: spoken(
        f"{mark(request, 'feedback')} Good.\n{mark(request, 'score')} intent (0 to 5)"
    ),
}


@pytest.mark.parametrize("fault", UNREADABLE)
async def test_what_cannot_be_read_is_repaired_once(fault: str, kit_of: MakeKit) -> None:
    models = scripted(UNREADABLE[fault], smoothly)
    (output,) = await scored(kit_of, models, after_feedback=True)
    assert isinstance(output, Scored)
    assert len(output.scores or ()) == 6
    assert "could not be used" in prompt_of(models.requests[1])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("after_feedback", [True, False])
@pytest.mark.parametrize("fault", UNREADABLE)
async def test_what_cannot_be_read_twice_has_a_reason_and_no_figures(
    fault: str, after_feedback: bool, language: Language, kit_of: MakeKit
) -> None:
    models = scripted(UNREADABLE[fault], UNREADABLE[fault], smoothly)
    outputs = await scored(kit_of, models, after_feedback=after_feedback, language=language)
    words = kit_of(models).prompts[language].words
    assert outputs == [Scored(WORK, None, words.unscored.unreadable)]
    assert len(models.requests) == 2


async def test_where_nothing_was_said_none_are_asked_for(kit_of: MakeKit) -> None:
    models = scripted()
    (output,) = await scored(kit_of, models, answer=" … ?!")
    assert isinstance(output, Scored)
    assert output.scores is None
    assert output.reason == kit_of(models).prompts["en"].words.unscored.empty
    assert models.requests == []


async def test_waiting_is_told(kit_of: MakeKit) -> None:
    def script(request: Request) -> Iterator[Step]:
        yield Waiting("rate_limited", 700)
        yield from smoothly(request)

    first, second = await scored(kit_of, scripted(script))
    assert first == Delayed(WORK, "rate_limited", 700)
    assert isinstance(second, Scored)
