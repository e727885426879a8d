"""The next question: from the reply to an answer, or by itself; whose words, and whether at all."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import get_args

import pytest

from protocol.effects import Delta, Ended, NothingToAsk, QuestionBegan, Work
from protocol.view import Config, Language
from realtime.interviewer.request import Broken, NoAnswer, Request
from realtime.ports import InterviewerError
from tests.realtime.interviewer.conftest import MakeKit
from tests.realtime.interviewer.contract import POOR
from tests.realtime.interviewer.leading.answering import (
    Script,
    ScriptedModels,
    Step,
    changing,
    mark,
    smoothly,
    spoken,
    until,
    without,
)
from tests.realtime.interviewer.leading.talk import FEEDBACK, QUESTION, SCORES, Talk

pytestmark = pytest.mark.anyio

LISTED = ("Why this team?", "What would you do first?")
LIST = Config(role="backend", question_list=LISTED, follow_ups=1)
LAST = Config(role="backend", questions=1, follow_ups=1)
LANGUAGES: tuple[Language, ...] = get_args(Language)
WAYS = ["from the review", "by itself"]

each_way = pytest.mark.parametrize("way", WAYS)

NewTalk = Callable[..., Talk]


@pytest.fixture
def talk_of(kit_of: MakeKit) -> NewTalk:
    return lambda models, config, *, last_resort=True: Talk(
        kit_of(models, last_resort=last_resort), config
    )


def choosing(kind: str, text: str = "And then?") -> Script:
    """A model that chooses that kind of question, with these words behind its mark."""

    return changing(lambda blank, said: f"{kind}\n{text}" if blank.name == "question" else said)


async def asked_next(talk: Talk, way: str, answer: str = POOR["en"]) -> list[object]:
    """What the question after the first answer brings."""
    await talk.answered(answer)
    await talk.do(FEEDBACK)
    if way == "by itself":
        await talk.conversation.aclose()
        talk.rebuild()
    came = await talk.do(QUESTION)
    await talk.do(SCORES)
    await talk.conversation.aclose()
    return [*came]


def others(models: ScriptedModels, way: str) -> int:
    """The requests for questions that were expected beside the first: how many too many."""
    wanted = [each for each in models.requests if (each.what, each.turn) == ("question", 2)]
    return len(wanted) - (way == "by itself")


@each_way
async def test_a_list_s_next_question_is_put_in_its_own_words(way: str, talk_of: NewTalk) -> None:
    models = ScriptedModels(choosing("main", "Words of the model's own."))
    came = await asked_next(talk_of(models, LIST), way)
    assert isinstance(came[0], QuestionBegan)
    assert came[0].kind == "main"
    assert came[1:] == [Delta(QUESTION, LISTED[1]), Ended(QUESTION)]
    assert others(models, way) == 0


@each_way
async def test_a_list_s_question_may_be_followed_up(way: str, talk_of: NewTalk) -> None:
    models = ScriptedModels(choosing("follow_up"))
    talk = talk_of(models, LIST)
    await asked_next(talk, way)
    assert (talk.turns[1].kind, talk.turns[1].question) == ("follow_up", "And then?")
    assert talk.turns[1].parent_turn == 1
    assert others(models, way) == 0


async def test_without_follow_ups_a_list_needs_no_place_in_the_reply(talk_of: NewTalk) -> None:
    models = ScriptedModels()
    talk = talk_of(models, replace(LIST, follow_ups=0))
    await asked_next(talk, WAYS[0])
    assert talk.turns[1].question == LISTED[1]
    assert [each.what for each in models.requests] == ["feedback"]


@each_way
@pytest.mark.parametrize("text", ["", "Thank you, that is all."])
async def test_none_ends_the_interview(text: str, way: str, talk_of: NewTalk) -> None:
    models = ScriptedModels(choosing("none", text))
    talk = talk_of(models, LAST)
    assert await asked_next(talk, way) == [NothingToAsk(QUESTION)]
    assert others(models, way) == 0
    assert talk.state.view.interview.phase == "reporting"


@each_way
async def test_the_last_answer_may_be_followed_up(way: str, talk_of: NewTalk) -> None:
    talk = talk_of(ScriptedModels(choosing("follow_up")), LAST)
    await asked_next(talk, way)
    assert talk.turns[1].kind == "follow_up"


@each_way
async def test_a_kind_that_is_not_possible_becomes_one_that_is(way: str, talk_of: NewTalk) -> None:
    config = Config(role="backend", questions=2, follow_ups=0)
    talk = talk_of(ScriptedModels(choosing("follow_up")), config)
    await asked_next(talk, way)
    assert (talk.turns[1].kind, talk.turns[1].question) == ("main", "And then?")


async def test_after_a_skip_it_is_asked_for_by_itself(talk_of: NewTalk) -> None:
    models = ScriptedModels()
    talk = talk_of(models, Config(role="backend", questions=2, follow_ups=1))
    await talk.begin()
    talk.skip()
    await talk.works()
    assert talk.turns[1].kind == "main"
    whats = [each.what for each in models.requests if each.what != "plan"]
    assert whats == ["question", "question"]
    await talk.conversation.aclose()


LACKING: dict[str, Script] = {
    "no mark": without("question"),
    "no text": choosing("main", ""),
    "blank": choosing("main", "\n \n"),
}


@pytest.mark.parametrize("fault", LACKING)
async def test_a_reply_that_lacks_it_is_no_harm(fault: str, talk_of: NewTalk) -> None:
    models = ScriptedModels(
        lambda request: (LACKING[fault] if request.what == "feedback" else smoothly)(request)
    )
    config = Config(role="backend", questions=2, follow_ups=0)
    talk = talk_of(models, config, last_resort=False)
    await asked_next(talk, WAYS[0])
    assert (talk.turns[1].question or "").startswith("Thank you.")
    assert others(models, "by itself") == 0


async def test_one_that_never_comes_is_the_last_resort_s(talk_of: NewTalk) -> None:
    models = ScriptedModels(without("question"))
    talk = talk_of(models, Config(role="backend", questions=2, follow_ups=0))
    await asked_next(talk, WAYS[0])
    assert talk.turns[1].question
    talk = talk_of(models, Config(role="backend", questions=2, follow_ups=0), last_resort=False)
    with pytest.raises(InterviewerError):
        await talk.begin()
    await talk.conversation.aclose()


async def test_one_that_breaks_off_for_good_leaves_no_text(talk_of: NewTalk) -> None:
    """The first reply breaks off in the question, and so does that to the question alone."""

    def script(request: Request) -> Iterator[Step]:
        if request.what == "feedback":
            yield from until("question", Broken(), NoAnswer("failing", "x"), words=5)(request)
        elif request.turn == 2:
            yield from until("question", words=5)(request)
            yield Broken()
            yield from spoken(f"{mark(request, 'question')} main\nHow so?")
        else:
            yield from smoothly(request)

    talk = talk_of(ScriptedModels(script), Config(role="backend", questions=2, follow_ups=0))
    await asked_next(talk, WAYS[0])
    assert talk.turns[1].question == "How so?"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_first_question_is_asked_for_by_itself(
    language: Language, talk_of: NewTalk
) -> None:
    models = ScriptedModels()
    talk = talk_of(models, Config(role="backend", language=language, questions=1, follow_ups=0))
    await talk.begin()
    assert [each.what for each in models.requests] == ["question"]
    assert isinstance(talk.outputs[0], QuestionBegan)
    assert talk.outputs[0].work == Work("question", 1)
    await talk.conversation.aclose()
