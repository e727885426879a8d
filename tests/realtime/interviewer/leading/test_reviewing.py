"""What follows on an answer comes from one reply: how it is read, kept and let go."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import pytest

from protocol.effects import (
    Began,
    Delta,
    Ended,
    Failed,
    Noticed,
    QuestionBegan,
    Scored,
    Work,
)
from protocol.view import Config, Language
from realtime.interviewer.request import Broken, NoAnswer, Request
from realtime.ports import InterviewerError, Purpose
from tests.emulators.forms import MARK
from tests.realtime.interviewer.conftest import MakeKit
from tests.realtime.interviewer.contract import GOOD, POOR
from tests.realtime.interviewer.leading.answering import (
    MODEL,
    OTHER,
    Script,
    ScriptedModels,
    Step,
    after_an_answer,
    key_of,
    prompt_of,
    smoothly,
    until,
)
from tests.realtime.interviewer.leading.talk import (
    FEEDBACK,
    QUESTION,
    SCORES,
    Talk,
    answered,
    settled,
    text_of,
)

pytestmark = pytest.mark.anyio

CONFIG = Config(role="backend", questions=3, follow_ups=0)
LANGUAGES: tuple[Language, ...] = get_args(Language)

each_language = pytest.mark.parametrize("language", LANGUAGES)

NewTalk = Callable[..., Talk]


@pytest.fixture
def talk_of(kit_of: MakeKit) -> NewTalk:
    def made(models: ScriptedModels, config: Config = CONFIG, *, last_resort: bool = True) -> Talk:
        return Talk(kit_of(models, last_resort=last_resort), config)

    return made


def asked(models: ScriptedModels) -> list[Purpose]:
    """What was asked for since the first question and the plan."""
    return [request.what for request in models.requests if request.what not in ("plan", "hint")][1:]


def sections_wanted(request: Request) -> list[str]:
    key = key_of(request)
    return [name for each, name, _ in MARK.findall(prompt_of(request)) if each == key]


# --- one request an answer ------------------------------------------------------------------------


@each_language
async def test_an_answer_takes_one_request(language: Language, talk_of: NewTalk) -> None:
    models = ScriptedModels()
    config = Config(role="backend", language=language, questions=3, follow_ups=1)
    talk = talk_of(models, config)
    await talk.through((GOOD[language], POOR[language]))
    answers = len(talk.turns)
    assert answers >= 3
    assert Counter(request.what for request in models.requests) == {
        **{"question": 1, "plan": 1, "feedback": answers},
        "report": 2,
    }
    assert [request.turn for request in models.requests if request.what == "feedback"] == [
        *range(1, answers + 1)
    ]
    assert not any(isinstance(output, Failed | Noticed) for output in talk.outputs)
    await talk.conversation.aclose()


async def test_feedback_streams_while_the_reply_comes(talk_of: NewTalk) -> None:
    more = asyncio.Event()
    models = ScriptedModels(after_an_answer(until("feedback", more, words=6)))
    async with answered(talk_of(models)) as talk:
        outputs = await talk.to_a_delta(FEEDBACK)
        assert models.open == 1
        await outputs.aclose()


async def test_the_question_comes_before_the_scores_and_without_a_request(talk_of: NewTalk) -> None:
    more = asyncio.Event()
    models = ScriptedModels(after_an_answer(until("score", more, words=4)))
    async with answered(talk_of(models)) as talk:
        await talk.do(FEEDBACK)
        before = len(models.requests)
        came = await talk.do(QUESTION)
        assert [type(came[0]), type(came[-1])] == [QuestionBegan, Ended]
        assert text_of(came) == talk.turns[1].question
        assert (len(models.requests), models.open) == (before, 1)


async def test_question_and_scores_may_be_read_side_by_side(talk_of: NewTalk) -> None:
    more = asyncio.Event()
    models = ScriptedModels(after_an_answer(halting_in_the_question(more)))
    async with answered(talk_of(models)) as talk:
        await talk.do(FEEDBACK)
        scoring = asyncio.create_task(talk.do(SCORES))
        outputs = await talk.to_a_delta(QUESTION)
        await settled()
        assert not scoring.done()
        more.set()
        async for output in outputs:
            talk.take(output)
        (scored,) = await scoring
        assert isinstance(scored, Scored)
        assert scored.scores
        assert asked(models) == ["feedback"]


def halting_in_the_question(more: asyncio.Event) -> Script:
    """A sensible reply that halts behind the question's first words, until `more` is set."""

    def script(request: Request) -> list[Step]:
        head = [*until("question", words=4)(request)]
        whole = [*smoothly(request)]
        said = len("".join(each for each in head if isinstance(each, str)))
        rest = "".join(each for each in whole if isinstance(each, str))[said:]
        return [*head, more, rest, whole[-1]]

    return script


async def test_feedback_that_is_stopped_is_stopped_upstream(talk_of: NewTalk) -> None:
    models = ScriptedModels()
    async with answered(talk_of(models)) as talk:
        outputs = await talk.to_a_delta(FEEDBACK)
        assert models.open == 1
        await outputs.aclose()
        assert models.open == 0
        assert talk.conversation._reviews == {}
        talk.take(Ended(FEEDBACK))
        await talk.do(QUESTION)
        await talk.do(SCORES)
        assert asked(models) == ["feedback", "question", "scores"]
        assert talk.turns[0].feedback[0].scores


async def test_what_was_said_is_kept_until_the_question_is_due(talk_of: NewTalk) -> None:
    models = ScriptedModels()
    async with answered(talk_of(models)) as talk:
        await talk.do(FEEDBACK)
        await settled()
        assert models.open == 0
        await talk.do(QUESTION)
        await talk.do(SCORES)
        assert asked(models) == ["feedback"]
        assert (talk.turns[1].question or "").startswith("Thank you.")


async def test_a_rebuilt_conversation_asks_for_the_rest_by_itself(talk_of: NewTalk) -> None:
    models = ScriptedModels()
    async with answered(talk_of(models)) as talk:
        await talk.do(FEEDBACK)
        await talk.conversation.aclose()
        talk.rebuild()
        await talk.do(SCORES)
        await talk.do(QUESTION)
        assert asked(models) == ["feedback", "scores", "question"]
        assert talk.turns[0].feedback[0].scores
        assert talk.turns[1].question


async def test_feedback_that_is_tried_again_is_another_reply(talk_of: NewTalk) -> None:
    models = ScriptedModels()
    async with answered(talk_of(models)) as talk:
        await talk.do(FEEDBACK)
        again = [output async for output in talk.perform(FEEDBACK)]
        assert isinstance(again[-1], Ended)
        assert asked(models) == ["feedback", "feedback"]
        await talk.do(QUESTION)
        assert len(asked(models)) == 2


# --- what breaks ----------------------------------------------------------------------------------


def breaking_in(name: str, words: int) -> Script:
    """One model breaks off in that section, another says it all anew."""
    return after_an_answer(
        lambda request: [*until(name, Broken(), words=words)(request), *smoothly(request)]
    )


@pytest.mark.parametrize("words", [2, 3, 5])
@pytest.mark.parametrize("name", ["feedback", "question", "score"])
async def test_what_breaks_begins_again_and_nothing_is_doubled(
    name: str, words: int, talk_of: NewTalk
) -> None:
    models = ScriptedModels(breaking_in(name, words))
    async with answered(talk_of(models)) as talk, answered(talk_of(ScriptedModels())) as smooth:
        for each in (talk, smooth):
            for work in (FEEDBACK, QUESTION, SCORES):
                await each.do(work)
        first, second = talk.turns
        assert first.feedback[0].text == smooth.turns[0].feedback[0].text
        assert first.feedback[0].scores == smooth.turns[0].feedback[0].scores
        assert second.question == smooth.turns[1].question
        assert asked(models) == ["feedback"]
        # What is whole stands, also if its model breaks off after it.
        assert first.feedback[0].model == (MODEL if name == "feedback" else OTHER)


async def test_a_break_in_the_feedback_is_told(talk_of: NewTalk) -> None:
    models = ScriptedModels(breaking_in("feedback", 5))
    async with answered(talk_of(models)) as talk:
        kinds = [type(output) for output in await talk.do(FEEDBACK)]
        at = kinds.index(Failed)
        assert kinds[0] is kinds[at + 1] is Began
        assert {*kinds[1:at], *kinds[at + 2 : -1]} == {Delta}
        assert not any(isinstance(output, Failed) for output in await talk.do(QUESTION))


async def test_a_break_in_the_question_is_told_as_the_question_s(talk_of: NewTalk) -> None:
    more = asyncio.Event()
    script = after_an_answer(
        lambda request: [*until("question", more, Broken(), words=5)(request), *smoothly(request)]
    )
    models = ScriptedModels(script)
    async with answered(talk_of(models)) as talk:
        feedback = await talk.do(FEEDBACK)
        assert not any(isinstance(output, Failed) for output in feedback)
        outputs = await talk.to_a_delta(QUESTION)
        more.set()
        async for output in outputs:
            talk.take(output)
        kinds = [type(output) for output in talk.outputs if output.work == QUESTION]
        (failed,) = (each for each in talk.of("question") if isinstance(each, Failed))
        assert failed.retrying
        assert kinds.count(QuestionBegan) == 2
        assert kinds[kinds.index(Failed) + 1] is QuestionBegan
        assert (talk.turns[1].question or "").count("Thank you") == 1


REFUSED = (Broken(), NoAnswer("failing", "none"))


@pytest.mark.parametrize(("name", "words"), [("question", 2), ("question", 5), ("score", 2)])
async def test_after_the_feedback_the_rest_is_asked_for_by_itself(
    name: str, words: int, talk_of: NewTalk
) -> None:
    models = ScriptedModels(after_an_answer(until(name, *REFUSED, words=words)))
    async with answered(talk_of(models)) as talk:
        for work in (FEEDBACK, QUESTION, SCORES):
            await talk.do(work)
        assert asked(models) == ["feedback", "question", "scores"]
        assert talk.turns[0].feedback[0].scores
        assert (talk.turns[1].question or "").startswith("Thank you.")
        assert not any(isinstance(output, Noticed) for output in talk.outputs)


async def test_if_no_model_answers_any_more_the_last_resort_goes_on(talk_of: NewTalk) -> None:
    def script(request: Request) -> Script:
        if request.what in ("feedback", "plan"):
            return until("question", *REFUSED, words=5)
        return smoothly if request.turn == 1 and request.what == "question" else gone

    models = ScriptedModels(lambda request: script(request)(request))
    async with answered(talk_of(models)) as talk:
        for work in (FEEDBACK, QUESTION, SCORES):
            await talk.do(work)
        first, second = talk.turns
        assert first.feedback[0].text.startswith("You named what you did.")
        assert first.feedback[0].scores
        assert second.question
        assert not second.question.startswith("Thank you.")
        assert [type(each) for each in talk.outputs].count(Noticed) == 1


def gone(request: Request) -> list[Step]:
    return [NoAnswer("failing", "none")]


async def test_without_a_last_resort_feedback_stands_and_the_question_fails(
    talk_of: NewTalk,
) -> None:
    def script(request: Request) -> Script:
        first = request.turn == 1 and request.what == "question"
        return smoothly if first else until("question", *REFUSED, words=5) if request.turn else gone

    def chosen(request: Request) -> Script:
        return gone if (request.what, request.turn) == ("question", 2) else script(request)

    models = ScriptedModels(lambda request: chosen(request)(request))
    async with answered(talk_of(models, last_resort=False)) as talk:
        await talk.do(FEEDBACK)
        with pytest.raises(InterviewerError):
            await talk.do(QUESTION)
        assert talk.turns[0].feedback[0].text


# --- lanes ----------------------------------------------------------------------------------------


async def test_each_lane_has_a_reply_of_its_own_and_one_asks(talk_of: NewTalk) -> None:
    models = ScriptedModels()
    async with answered(talk_of(models, replace(CONFIG, models=(MODEL, OTHER)))) as talk:
        for lane in (0, 1):
            await talk.do(Work("feedback", 1, lane))
        first, second = (each for each in models.requests if each.what == "feedback")
        assert (first.lane, second.lane) == (0, 1)
        assert "question" in sections_wanted(first)
        assert "question" not in sections_wanted(second)
        assert "score" in sections_wanted(second)
        before = len(models.requests)
        for lane in (1, 0):
            await talk.do(Work("scores", 1, lane))
        await talk.do(QUESTION)
        assert len(models.requests) == before
        assert talk.conversation._reviews == {}
