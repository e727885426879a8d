"""The report over models: figures by arithmetic, words by models, gaps by rule."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

import pytest

from protocol.effects import Failed, Noticed, Output, Work
from protocol.view import Competency, Config, Language
from realtime.interviewer.leading.conversation import ModelInterviewer
from realtime.interviewer.leading.prompting import Prompts
from realtime.interviewer.offline.interviewer import OfflineInterviewer
from realtime.interviewer.offline.library import Library
from realtime.interviewer.offline.report import MODEL as OFFLINE
from realtime.interviewer.request import NoAnswer, Request
from realtime.ports import InterviewerError
from tests.realtime.interviewer.contract import GOOD, POOR, config_in
from tests.realtime.interviewer.leading.answering import (
    MODEL,
    Script,
    ScriptedModels,
    Step,
    refused,
    sensible,
    smoothly,
    spoken,
    task_of,
)
from tests.realtime.interviewer.play import Play, StillClock, new_interview

pytestmark = pytest.mark.anyio

LANGUAGES: tuple[Language, ...] = get_args(Language)
each_language = pytest.mark.parametrize("language", LANGUAGES)

Ask = Callable[..., Play]


@pytest.fixture
def playing(library: Library, prompts: Mapping[Language, Prompts]) -> Ask:
    def made(models: ScriptedModels, config: Config, *, last_resort: bool = True) -> Play:
        offline = OfflineInterviewer(StillClock(), library=library) if last_resort else None
        return Play(ModelInterviewer(models, prompts, library, offline), new_interview(config))

    return made


async def through(play: Play, answers: Sequence[str | None]) -> None:
    """Answer in turn; null skips."""
    await play.start()
    for answer in answers:
        await (play.skip() if answer is None else play.answer(answer))


def parts_by(script: Script) -> Script:
    """The report's parts come by `script`, all else smoothly."""

    def chosen(request: Request) -> Iterator[Step]:
        structure = request.prompt.structure
        parts = structure is not None and structure.name == "report_parts"
        yield from (script if parts else smoothly)(request)

    return chosen


def of_report(play: Play) -> list[Output]:
    return [output for output in play.outputs if output.work == Work("report", None)]


MAINS = Config(role="backend", questions=3, follow_ups=0)


async def test_figures_are_computed_and_given_to_the_model(playing: Ask) -> None:
    models = ScriptedModels()
    play = playing(models, MAINS)
    await through(play, [GOOD["en"], POOR["en"], None])
    report = play.report
    assert [each.score for each in report.competencies] == [3.0] * 5
    assert report.score == 3.0
    assert report.unscored == ()
    assert [(each.lane, each.model, each.score) for each in report.lanes] == [(0, MODEL, 3.0)]
    text = next(task_of(each) for each in models.requests if each.work.what == "report")
    assert "Overall: 3.0 of 5" in text
    assert "Answered: 2 of 3" in text


@each_language
async def test_turns_are_told_by_the_model_and_skips_by_rule(
    language: Language, playing: Ask, library: Library
) -> None:
    play = playing(ScriptedModels(), replace(MAINS, language=language))
    await through(play, [GOOD[language], None, POOR[language]])
    first, second, third = play.report.turns
    assert first.better_answer == third.better_answer
    assert first.better_answer is not None
    assert second.better_answer is None
    assert second.summary == library.phrases[language].report.summary.skipped
    assert play.report.strengths
    assert play.report.improvements


async def test_with_feedback_at_the_end_the_reply_scores_each_turn(playing: Ask) -> None:
    play = playing(ScriptedModels(), replace(MAINS, feedback="end"))
    await through(play, [GOOD["en"], POOR["en"], None])
    assert [each.score for each in play.report.competencies] == [3.0] * 5
    quotes = {quote.turn for each in play.report.competencies for quote in each.evidence}
    assert quotes == {1, 2}


async def test_a_long_interview_is_told_in_batches_each_shown_whole(playing: Ask) -> None:
    config = Config(role="backend", questions=20, follow_ups=0, feedback="end")
    models = ScriptedModels()
    play = playing(models, config)
    answers = [f"In year {number} I built it. " + "We looked at it. " * 90 for number in range(20)]
    await through(play, answers)
    parts = [each for each in models.requests if each.prompt.structure is not None]
    assert len(parts) > 2
    assert [each.turn for each in play.report.turns] == [*range(1, 21)]
    assert play.report.unscored == ()
    assert 1 <= len(play.report.strengths) <= 3


async def test_the_lanes_have_scores_of_their_own(playing: Ask) -> None:
    config = replace(MAINS, models=("able-1", "other-2"))

    def script(request: Request) -> Iterator[Step]:
        text = sensible(request)
        lane_1 = request.work.lane == 1
        yield from spoken(text.replace('"score": 4', '"score": 1') if lane_1 else text)

    play = playing(ScriptedModels(script), config)
    await through(play, [GOOD["en"], GOOD["en"], None])
    lanes = [(each.lane, each.model, each.score) for each in play.report.lanes]
    assert lanes == [(0, "able-1", 4.0), (1, "other-2", 1.0)]


async def test_competencies_of_a_team_count_where_they_show(playing: Ask) -> None:
    named = (Competency("Care", "Takes care"), Competency("Pace", "Is quick"))

    def script(request: Request) -> Iterator[Step]:
        text = sensible(request)
        if request.work.what == "scores" and request.work.turn == 2:
            found = json.loads(text)
            found["scores"][1].update(score=0, evidence=[])
            text = json.dumps(found)
        yield from spoken(text)

    play = playing(ScriptedModels(script), replace(MAINS, competencies=named))
    await through(play, [GOOD["en"], GOOD["en"], None])
    results = [(each.competency, each.score) for each in play.report.competencies]
    assert results == [("Care", 4.0), ("Pace", 4.0)]


# --- when words fail ------------------------------------------------------------------------------


def changed(change: Callable[[dict[str, Any]], None]) -> Script:
    """A sensible reply with a change."""

    def script(request: Request) -> Iterator[Step]:
        found = json.loads(sensible(request))
        change(found)
        yield from spoken(json.dumps(found))

    return script


def without_the_last(found: dict[str, Any]) -> None:
    found["turns"].pop()


def blank(found: dict[str, Any]) -> None:
    for each in found["turns"]:
        each.update(summary=" ", better_answer="")


@each_language
async def test_a_turn_that_was_left_out_is_told_by_rule(language: Language, playing: Ask) -> None:
    models = ScriptedModels(parts_by(changed(without_the_last)))
    play = playing(models, config_in(language))
    await play.start()
    while play.interview.phase == "answering":
        await play.answer(GOOD[language])
    assert [each.turn for each in play.report.turns] == [each.turn for each in play.interview.turns]
    assert all(each.summary and each.better_answer for each in play.report.turns)
    parts = [each for each in models.requests if each.work.what == "report"]
    assert len(parts) == 3  # the text, the parts, and the parts once more


def twice(found: dict[str, Any]) -> None:
    found["turns"] += [{**each, "summary": "Again."} for each in found["turns"]]


async def test_of_what_is_said_twice_the_first_counts(playing: Ask) -> None:
    play = playing(ScriptedModels(parts_by(changed(twice))), MAINS)
    await through(play, [GOOD["en"], POOR["en"], None])
    assert [each.summary for each in play.report.turns[:2]] == ["You told it."] * 2


async def test_what_could_not_be_scored_is_named(playing: Ask) -> None:
    play = playing(ScriptedModels(), MAINS)
    await through(play, [GOOD["en"], "…", None])
    assert play.report.unscored == (2,)


UNFIT: dict[str, Script] = {
    "prose": lambda _: spoken("No."),
    "none": refused("failing"),
    "too costly": refused("spent"),
    "blank": changed(blank),
}


@each_language
@pytest.mark.parametrize("fault", UNFIT)
async def test_the_text_stands_when_the_parts_fail(
    fault: str, language: Language, playing: Ask
) -> None:
    play = playing(ScriptedModels(parts_by(UNFIT[fault])), replace(MAINS, language=language))
    await through(play, [GOOD[language], POOR[language], None])
    assert all(each.summary for each in play.report.turns)
    assert all(each.better_answer for each in play.report.turns[:2])
    assert play.report.score == 3.0
    assert play.report.strengths
    assert not any(isinstance(output, Failed | Noticed) for output in of_report(play))


@pytest.mark.parametrize("last_resort", [True, False])
async def test_what_was_written_stands_when_models_cease_to_answer(
    playing: Ask, last_resort: bool
) -> None:
    came: list[Request] = []

    def script(request: Request) -> Iterator[Step]:
        came.append(request)
        yield from (smoothly(request) if len(came) == 1 else [NoAnswer("failing", "none")])

    play = playing(
        ScriptedModels(parts_by(script)), replace(MAINS, questions=12), last_resort=last_resort
    )
    if not last_resort:
        with pytest.raises(InterviewerError):
            await through(play, [GOOD["en"]] * 12)
        return
    await through(play, [GOOD["en"]] * 12)
    by_model = [each.summary == "You told it." for each in play.report.turns]
    assert by_model == [True] * 8 + [False] * 4
    assert all(each.summary and each.better_answer for each in play.report.turns)
    assert play.report.strengths == ("You told what you did.",)
    assert len(came) == 2


async def test_parts_that_were_to_score_and_fail_are_left_to_the_last_resort(playing: Ask) -> None:
    config = replace(MAINS, feedback="end")
    play = playing(ScriptedModels(parts_by(refused("failing"))), config)
    await through(play, [GOOD["en"], POOR["en"], None])
    assert play.report.score is not None
    kinds = [type(output) for output in of_report(play)]
    assert kinds.index(Failed) < kinds.index(Noticed)


async def test_without_a_last_resort_the_report_may_be_tried_again(playing: Ask) -> None:
    models = ScriptedModels(parts_by(lambda _: [NoAnswer("busy", "none")]))
    play = playing(models, MAINS, last_resort=False)
    with pytest.raises(InterviewerError) as caught:
        await through(play, [GOOD["en"], POOR["en"], None])
    assert caught.value.code == "rate_limited"


async def test_without_answers_no_model_is_asked(playing: Ask) -> None:
    models = ScriptedModels(refused("failing"))
    play = playing(models, replace(MAINS, question_list=("Why?",)), last_resort=False)
    await through(play, [None])
    assert play.report.score is None
    assert play.report.text
    assert [each.model for each in play.report.lanes] == [OFFLINE]
    assert models.requests == []
