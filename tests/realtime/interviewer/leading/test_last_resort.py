"""What the offline interviewer does where no model answers, and what the candidate is told."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import get_args

import pytest

from protocol.effects import (
    Noticed,
    Work,
    WorkKind,
)
from protocol.view import Language
from realtime.interviewer.leading.prompting import Prompts
from realtime.interviewer.request import NoAnswer, Refusal, Request
from realtime.ports import InterviewerError
from tests.realtime.interviewer.contract import GOOD, config_in
from tests.realtime.interviewer.leading.answering import (
    ScriptedModels,
    Step,
    refused,
    smoothly,
    without,
)
from tests.realtime.interviewer.leading.conftest import Make
from tests.realtime.interviewer.leading.whole import failing_at, played
from tests.realtime.interviewer.play import Play, new_interview

pytestmark = pytest.mark.anyio

LANGUAGES: tuple[Language, ...] = get_args(Language)
WORKS: tuple[WorkKind, ...] = ("question", "feedback", "scores", "hint", "report")

each_language = pytest.mark.parametrize("language", LANGUAGES)
each_work = pytest.mark.parametrize("what", WORKS)


@each_language
@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        ("failing", "interviewer_offline"),
        ("busy", "interviewer_offline"),
        ("spent", "cost_limit"),
    ],
)
async def test_the_candidate_is_told_once_who_goes_on(
    refusal: Refusal, code: str, language: Language, make: Make, prompts: Mapping[Language, Prompts]
) -> None:
    whole = await played(make(ScriptedModels(refused(refusal))), config_in(language))
    (notice,) = (output for output in whole.outputs if isinstance(output, Noticed))
    assert whole.outputs[0] == notice == Noticed(Work("question", 1), code, notice.message)
    assert notice.message in prompts[language].words.notice.values()


async def test_each_cause_is_told_of(make: Make) -> None:
    script = failing_at("scores", refused("spent"), without("score"))
    models = ScriptedModels(
        lambda request: (
            refused("failing")(request)
            if request.turn == 1 and request.what == "question"
            else script(request)
        )
    )
    whole = await played(make(models), config_in("en"))
    codes = [output.code for output in whole.outputs if isinstance(output, Noticed)]
    assert codes == ["interviewer_offline", "cost_limit"]


async def test_models_are_asked_again_after_an_outage(make: Make) -> None:
    def script(request: Request) -> Iterator[Step]:
        if (request.what, request.turn) == ("question", 1):
            yield NoAnswer("failing", "none")
        yield from smoothly(request)

    config = replace(config_in("en"), questions=3, follow_ups=0)
    whole = await played(make(ScriptedModels(script)), config)
    turns = whole.state.view.interview.turns
    assert [("What did you do then" in (turn.question or "")) for turn in turns] == [
        False,
        True,
        True,
    ]
    assert len({turn.topic for turn in turns}) == 3


@pytest.mark.parametrize(
    ("refusal", "code"),
    [("failing", "model_unavailable"), ("busy", "rate_limited"), ("spent", "cost_limit")],
)
@each_language
@each_work
async def test_without_a_last_resort_the_work_fails(
    what: WorkKind, refusal: Refusal, code: str, language: Language, make: Make
) -> None:
    play = Play(make(ScriptedModels()), new_interview(config_in(language)))
    await play.start(works=what != "question")
    if what != "question":
        await play.answer(GOOD[language])
    turn = None if what == "report" else 1
    conversation = make(ScriptedModels(refused(refusal)), last_resort=False).converse("u", "iv-1")
    with pytest.raises(InterviewerError) as caught:
        async for _ in conversation.perform(Work(what, turn), play.state):
            pass
    assert (caught.value.code, caught.value.retryable) == (code, True)
    assert caught.value.message
    await conversation.aclose()
