"""The interviewer over models: the contract, and whole interviews in which models fail."""

from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

import pytest

from protocol.effects import (
    Began,
    Delayed,
    Delta,
    Ended,
    Failed,
    Noticed,
    Work,
    WorkKind,
)
from protocol.view import FeedbackMode, Interview, Language
from realtime.interviewer.leading.fair_copy import MOST_CHARS
from realtime.interviewer.request import Broken, Request, Speaking, Told, Waiting
from tests.realtime.interviewer.contract import CONTRACT, GOOD, Check, config_in
from tests.realtime.interviewer.leading.answering import (
    MODEL,
    OTHER,
    Script,
    ScriptedModels,
    Step,
    broken_at,
    broken_in_the_middle,
    first_name,
    mark,
    prompt_of,
    refused,
    refused_in_the_middle,
    saying,
    sensible,
    smoothly,
    spoken,
    without,
)
from tests.realtime.interviewer.leading.conftest import Make
from tests.realtime.interviewer.leading.whole import assert_in_order, failing_at, played
from tests.realtime.interviewer.play import Play, new_interview

pytestmark = pytest.mark.anyio

LANGUAGES: tuple[Language, ...] = get_args(Language)
WORKS: tuple[WorkKind, ...] = ("question", "feedback", "scores", "hint", "report")

each_language = pytest.mark.parametrize("language", LANGUAGES)
each_work = pytest.mark.parametrize("what", WORKS)


@each_language
@pytest.mark.parametrize("script", [smoothly, broken_in_the_middle], ids=lambda each: each.__name__)
@pytest.mark.parametrize("check", CONTRACT, ids=lambda check: check.__name__)
async def test_keeps_the_contract(
    check: Check, script: Script, language: Language, make: Make
) -> None:
    models = ScriptedModels(script)
    await check(make(models), language)
    assert models.open == 0


# --- whole interviews -----------------------------------------------------------------------------


BAD: dict[str, Script] = {
    "broken in the middle": broken_in_the_middle,
    "no answer": refused("failing"),
    "no answer after a beginning": refused_in_the_middle,
    "busy": refused("busy"),
    "spent": refused("spent"),
    "nothing but blanks": lambda _: spoken("  \n "),
    "not a word": lambda _: [Speaking(MODEL), Told("stop")],
    "withheld": lambda _: [Speaking(MODEL), Told("filtered")],
    "no mark": lambda _: spoken("I'd rather not say."),
    "another's mark": lambda _: spoken("@@abc123 feedback\nYou did well. @@abc123 score intent 5"),
    "nothing but marks": lambda request: spoken(f"{mark(request, first_name(request))}\n" * 3),
    "endless": lambda request: [
        Speaking(MODEL),
        f"{mark(request, first_name(request))}\n",
        *["word "] * 6_000,
        Told("length"),
    ],
    "endless chatter": lambda _: [Speaking(MODEL), *["word "] * 6_000, Told("length")],
    "waiting": lambda request: [Waiting("rate_limited", 900), *spoken(sensible(request))],
}


@each_language
@each_work
@pytest.mark.parametrize("fault", BAD)
@pytest.mark.parametrize("feedback", get_args(FeedbackMode))
async def test_every_fault_at_every_work_leads_to_a_report(
    fault: str, what: WorkKind, feedback: FeedbackMode, language: Language, make: Make
) -> None:
    # Questions and scores are asked for by themselves only where the reply to an answer lacks them.
    models = ScriptedModels(failing_at(what, BAD[fault], without("question", "score")))
    whole = await played(make(models), replace(config_in(language), feedback=feedback))
    interview = whole.state.view.interview
    assert interview.phase == "finished"
    assert interview.failed is None
    assert all(turn.question and turn.question.strip() for turn in interview.turns)
    assert_in_order(whole.outputs)
    assert models.open == 0


@each_language
@pytest.mark.parametrize("part", [0.15, 0.3, 0.5, 0.9])
async def test_a_whole_interview_that_always_breaks_ends_as_one_that_never_does(
    part: float, language: Language, make: Make
) -> None:
    smooth = await played(make(ScriptedModels()), config_in(language))
    broken = await played(make(ScriptedModels(broken_at(part))), config_in(language))
    assert unnamed(broken.state.view.interview) == unnamed(smooth.state.view.interview)
    assert any(isinstance(output, Failed) for output in broken.outputs)
    assert not any(isinstance(output, Noticed) for output in broken.outputs)


def unnamed(interview: Interview) -> Interview:
    """Whoever gave the feedback: what is whole stands, also if its model breaks off after it."""
    turns = tuple(
        replace(turn, feedback=tuple(replace(each, model="") for each in turn.feedback))
        for turn in interview.turns
    )
    return replace(interview, turns=turns)


# --- what comes of an answer ----------------------------------------------------------------------


async def test_waiting_is_told_and_the_model_named(make: Make) -> None:
    script = failing_at("feedback", BAD["waiting"])
    whole = await played(make(ScriptedModels(script)), config_in("en"))
    delayed, began, *_ = whole.of("feedback")
    work = Work("feedback", 1)
    assert (delayed, began) == (Delayed(work, "rate_limited", 900), Began(work, MODEL))


async def test_a_stream_that_breaks_begins_again_with_the_next_model(make: Make) -> None:
    def script(request: Request) -> Iterator[Step]:
        yield Speaking(OTHER)
        yield f"{mark(request, 'feedback')} You did "
        yield Broken()
        yield Waiting("failover", 10)
        yield Speaking(MODEL)
        yield f"{mark(request, 'feedback')} You did well."
        yield Told("stop")

    models = ScriptedModels(failing_at("feedback", script))
    whole = await played(make(models), replace(config_in("en"), questions=1, follow_ups=0))
    kinds = [type(output) for output in whole.of("feedback")]
    assert kinds == [Began, Delta, Failed, Delayed, Began, Delta, Ended]
    assert whole.state.view.interview.turns[0].feedback[0].text == "You did well."
    assert whole.state.view.interview.turns[0].feedback[0].model == MODEL


async def test_what_breaks_before_a_word_is_no_failure(make: Make) -> None:
    def script(request: Request) -> Iterator[Step]:
        yield Speaking(OTHER)
        yield f"{mark(request, 'feedback')}\n  "
        yield Broken()
        yield from spoken(f"{mark(request, 'feedback')} You did well.")

    whole = await played(make(ScriptedModels(failing_at("feedback", script))), config_in("en"))
    assert not any(isinstance(output, Failed) for output in whole.outputs)


async def test_a_text_that_is_cut_says_so(make: Make) -> None:
    script = saying("feedback", "And then you", Told("length"))
    whole = await played(make(ScriptedModels(failing_at("feedback", script))), config_in("en"))
    assert whole.state.view.interview.turns[0].feedback[0].text == "And then you…"


async def test_what_is_endless_is_cut_and_closed(make: Make) -> None:
    models = ScriptedModels(failing_at("feedback", BAD["endless"]))
    whole = await played(make(models), config_in("en"))
    text = whole.state.view.interview.turns[0].feedback[0].text
    assert len(text) == MOST_CHARS + 1
    assert models.open == 0


@pytest.mark.parametrize("what", ["feedback", "question"])
async def test_what_is_endless_is_not_read_on(what: WorkKind, make: Make) -> None:
    taken = 0

    def script(request: Request) -> Iterator[Step]:
        nonlocal taken
        yield Speaking(MODEL)
        yield mark(request, what) + "\n"
        while taken < 50_000:
            taken += 1
            yield "word "

    play = Play(make(ScriptedModels(failing_at(what, script))), new_interview(config_in("en")))
    await play.start()
    await play.answer(GOOD["en"])
    assert taken < 10_000


async def test_a_whole_sentence_needs_no_mark_of_being_cut(make: Make) -> None:
    script = saying("feedback", "And then.", Told("length"))
    whole = await played(make(ScriptedModels(failing_at("feedback", script))), config_in("en"))
    assert whole.state.view.interview.turns[0].feedback[0].text == "And then."


async def test_what_was_void_already_fails_once(make: Make) -> None:
    models = ScriptedModels(failing_at("feedback", refused_in_the_middle))
    whole = await played(make(models), replace(config_in("en"), questions=1, follow_ups=0))
    kinds = [type(output) for output in whole.of("feedback")]
    assert kinds[:5] == [Began, Delta, Failed, Noticed, Began]
    assert kinds.count(Failed) == 1


async def test_listed_questions_need_no_model(make: Make) -> None:
    models = ScriptedModels()
    config = replace(config_in("en"), question_list=("Why?", "How?"), follow_ups=0)
    whole = await played(make(models), config)
    assert [turn.question for turn in whole.state.view.interview.turns] == ["Why?", "How?"]
    assert not any(request.what in ("question", "plan") for request in models.requests)


async def test_a_hint_is_asked_for_with_those_before(make: Make) -> None:
    models = ScriptedModels()
    play = Play(make(models), new_interview(config_in("en")))
    await play.start()
    first = await play.hint()
    await play.hint()
    assert first not in prompt_of(models.requests[-2])
    assert first in prompt_of(models.requests[-1])


async def test_requests_say_whose_they_are(make: Make) -> None:
    models = ScriptedModels()
    await played(make(models), config_in("en"))
    assert {(each.user_id, each.interview_id) for each in models.requests} == {("u-1", "iv-1")}


@pytest.mark.parametrize("what", ["rival", "transcript"])
async def test_it_refuses_what_it_is_never_asked_for(what: WorkKind, make: Make) -> None:
    conversation = make(ScriptedModels()).converse("u-1", "iv-1")
    state = new_interview(config_in("en"))
    with pytest.raises(ValueError, match=what):
        await anext(conversation.perform(Work(what, 1), state))
