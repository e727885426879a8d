"""What main questions are about: planned beside the first question, and never waited for."""

import asyncio
import gc
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from protocol.effects import Delta
from protocol.view import Competency, Config
from realtime.interviewer.request import Request
from tests.realtime.interviewer.conftest import MakeKit
from tests.realtime.interviewer.contract import GOOD
from tests.realtime.interviewer.leading.answering import (
    Script,
    ScriptedModels,
    Step,
    mark,
    prompt_of,
    refused,
    refused_in_the_middle,
    smoothly,
    spoken,
)
from tests.realtime.interviewer.leading.talk import Talk, becomes, settled

pytestmark = pytest.mark.anyio

CONFIG = Config(role="backend", questions=4, follow_ups=0)
PLANNED = ["Caching", "Night shifts", "The migration"]

NewTalk = Callable[..., Talk]


@pytest.fixture
def talk_of(kit_of: MakeKit) -> NewTalk:
    return lambda models, config=CONFIG: Talk(kit_of(models), config)


def planned_by(script: Script) -> Script:
    """The plan comes by `script`, all else smoothly."""
    return lambda request: (script if request.what == "plan" else smoothly)(request)


def planning(*lines: str) -> Script:
    return planned_by(
        lambda request: spoken("\n".join(f"{mark(request, 'topic')}\n{each}" for each in lines))
    )


AS_PLANNED = planning(*(f"{name} | what about {name}" for name in PLANNED))


def plans(models: ScriptedModels) -> list[Request]:
    return [request for request in models.requests if request.what == "plan"]


async def topics(talk: Talk, *, settle: bool = True) -> list[str]:
    """The topics of the main questions, to the end."""
    await talk.begin()
    while talk.state.view.interview.phase == "answering":
        if settle:
            await settled()
        talk.answer(GOOD["en"])
        await talk.works()
    await talk.conversation.aclose()
    return [turn.topic for turn in talk.turns]


async def test_it_is_not_made_before_the_first_question_has_ended(talk_of: NewTalk) -> None:
    more = asyncio.Event()

    def script(request: Request) -> list[Step]:
        pieces = [*smoothly(request)]
        return [*pieces[:8], more, *pieces[8:]] if request.what == "question" else pieces

    models = ScriptedModels(script)
    talk = talk_of(models)
    beginning = asyncio.create_task(talk.begin())
    await becomes(lambda: any(isinstance(output, Delta) for output in talk.outputs))
    await settled()
    assert plans(models) == []
    more.set()
    await beginning
    await settled()
    assert len(plans(models)) == 1
    await talk.conversation.aclose()


async def test_it_serves_from_the_second_main_question_on(talk_of: NewTalk) -> None:
    models = ScriptedModels(AS_PLANNED)
    first, *others = await topics(talk_of(models))
    assert others == PLANNED
    assert first not in PLANNED
    (request,) = plans(models)
    assert request.turn is None
    asked = [each for each in models.requests if each.what == "feedback"]
    assert "<topic>Caching</topic>" in prompt_of(asked[0])
    assert "<topic>what about Caching</topic>" in prompt_of(asked[0])


async def test_the_first_question_waits_for_nothing(talk_of: NewTalk) -> None:
    never = planned_by(lambda request: [asyncio.Event()])
    told = await topics(talk_of(ScriptedModels(never)))
    assert len({*told}) == 4


LACKING: dict[str, Script] = {
    "refused": refused("spent"),
    "breaks off": refused_in_the_middle,
    "prose": lambda _: spoken("I'd ask about caching."),
    "blank": lambda request: spoken(f"{mark(request, 'topic')}\n \n{mark(request, 'topic')}\n| x"),
    "signs": lambda request: spoken(f"{mark(request, 'topic')}\n-- | x"),
}


@pytest.mark.parametrize("fault", LACKING)
async def test_without_it_the_rules_topics_do(fault: str, talk_of: NewTalk) -> None:
    by_rule = await topics(talk_of(ScriptedModels(planned_by(lambda request: [asyncio.Event()]))))
    talk = talk_of(ScriptedModels(planned_by(LACKING[fault])))
    assert await topics(talk) == by_rule
    assert len({*by_rule}) == 4
    assert all(isinstance(turn.question, str) for turn in talk.turns)


async def test_what_it_lacks_the_rules_add_and_nothing_comes_twice(talk_of: NewTalk) -> None:
    models = ScriptedModels(planning("Caching | a", "caching | b"))
    told = await topics(talk_of(models))
    assert told[1] == "Caching"
    assert len({each.casefold() for each in told}) == 4


async def test_too_many_and_too_long_ones_are_cut(talk_of: NewTalk) -> None:
    models = ScriptedModels(planning(*(f'- "Part {number}" ' + "x " * 60 for number in range(5))))
    _, *others = await topics(talk_of(models))
    assert [each[:6] for each in others] == ["Part 0", "Part 1", "Part 2"]
    assert all(len(each) < 200 for each in others)


async def test_a_team_s_competencies_are_the_first_topic_and_a_plan_the_rest(
    talk_of: NewTalk,
) -> None:
    named = (Competency("Care", "Takes care"), Competency("Pace", "Is quick"))
    config = replace(CONFIG, competencies=named)
    assert await topics(talk_of(ScriptedModels(AS_PLANNED), config)) == ["Care", *PLANNED]
    without = await topics(talk_of(ScriptedModels(planned_by(refused("busy"))), config))
    assert without[:2] == ["Care", "Pace"]


@pytest.mark.parametrize(
    "config",
    [
        replace(CONFIG, questions=1),
        replace(CONFIG, question_list=("Why?", "How?"), follow_ups=1),
    ],
)
async def test_where_nothing_is_left_to_plan_none_is_made(config: Config, talk_of: NewTalk) -> None:
    models = ScriptedModels()
    await topics(talk_of(models, config))
    assert plans(models) == []


async def test_a_rebuilt_interview_has_what_is_left_planned(talk_of: NewTalk) -> None:
    def script(request: Request) -> Iterator[Step]:
        again = "<turn " in prompt_of(request)
        yield from (planning("What is left | x") if again else AS_PLANNED)(request)

    models = ScriptedModels(planned_by(script))
    talk = talk_of(models)
    await talk.answered(GOOD["en"])
    await talk.works()
    await talk.conversation.aclose()
    talk.rebuild()
    talk.answer(GOOD["en"])
    await talk.works()
    await settled()
    first, second = plans(models)
    assert prompt_of(first).count("topic\n(") == 3
    assert prompt_of(second).count("topic\n(") == 1
    assert "<turn " in prompt_of(second)
    talk.answer(GOOD["en"])
    await talk.works()
    assert talk.turns[-1].topic == "What is left"
    assert len({turn.topic for turn in talk.turns}) == 4
    await talk.conversation.aclose()


async def test_it_is_tried_once(talk_of: NewTalk) -> None:
    models = ScriptedModels(planned_by(refused("failing")))
    await topics(talk_of(models))
    assert len(plans(models)) == 1


async def test_closing_ends_it(talk_of: NewTalk) -> None:
    before = asyncio.all_tasks()
    models = ScriptedModels(planned_by(lambda request: [asyncio.Event()]))
    talk = talk_of(models)
    await talk.begin()
    await settled()
    assert models.open == 1
    await talk.conversation.aclose()
    assert models.open == 0
    assert asyncio.all_tasks() <= before


async def test_a_defect_in_it_ends_no_interview_and_is_told_once(talk_of: NewTalk) -> None:
    loop = asyncio.get_running_loop()
    defects: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: defects.append(context))
    models = ScriptedModels(planned_by(lambda _: [RuntimeError("a defect")]))
    with capture_logs() as logs:
        told = await topics(talk_of(models))
    gc.collect()
    await settled()
    loop.set_exception_handler(None)
    assert len({*told}) == 4
    assert defects == []
    assert [log["event"] for log in logs if log["log_level"] == "error"] == ["plan_failed"]
