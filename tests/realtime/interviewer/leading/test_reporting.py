"""The report over models: figures by arithmetic, words by models, gaps by rule."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

import pytest

from protocol.view import Competency, Language
from realtime.interviewer.offline.report import MODEL as OFFLINE
from realtime.interviewer.request import Request
from tests.realtime.interviewer.contract import GOOD, POOR
from tests.realtime.interviewer.leading.answering import (
    MODEL,
    OTHER,
    ScriptedModels,
    Step,
    key_of,
    refused,
    sensible,
    spoken,
    task_of,
    without,
)
from tests.realtime.interviewer.leading.reports import (
    MAINS,
    NewPlay,
    text_by,
    through,
)

pytestmark = pytest.mark.anyio

LANGUAGES: tuple[Language, ...] = get_args(Language)
each_language = pytest.mark.parametrize("language", LANGUAGES)


# --- figures --------------------------------------------------------------------------------------


async def test_figures_are_computed_and_given_to_the_model(playing: NewPlay) -> None:
    models = ScriptedModels()
    play = playing(models, MAINS)
    await through(play, [GOOD["en"], POOR["en"], None])
    report = play.report
    assert {each.score for each in report.competencies} == {3.0}
    assert report.score == 3.0
    assert report.unscored == ()
    assert [(each.lane, each.model, each.score) for each in report.lanes] == [(0, MODEL, 3.0)]
    text = next(task_of(each) for each in models.requests if each.what == "report")
    assert "Overall: 3.0 of 5" in text
    assert "Answered: 2 of 3" in text
    assert "couldn't be scored" not in text.partition("Agree")[0]


async def test_what_could_not_be_scored_is_named(playing: NewPlay) -> None:
    models = ScriptedModels()
    play = playing(models, MAINS)
    await through(play, [GOOD["en"], "…", None])
    assert play.report.unscored == (2,)
    text = next(task_of(each) for each in models.requests if each.what == "report")
    assert "couldn't be scored: 1" in text


async def test_the_lanes_have_scores_of_their_own(playing: NewPlay) -> None:
    config = replace(MAINS, models=("able-1", "other-2"))

    def script(request: Request) -> Iterator[Step]:
        text = sensible(request)
        if request.lane == 1:
            yield from spoken(re.sub(r"(score \w+) 4", r"\1 1", text), OTHER)
        else:
            yield from spoken(text)

    play = playing(ScriptedModels(script), config)
    await through(play, [GOOD["en"], GOOD["en"], None])
    lanes = [(each.lane, each.model, each.score) for each in play.report.lanes]
    assert lanes == [(0, "able-1", 4.0), (1, "other-2", 1.0)]


async def test_competencies_of_a_team_count_where_they_show(playing: NewPlay) -> None:
    named = (Competency("Care", "Takes care"), Competency("Pace", "Is quick"))

    def script(request: Request) -> Iterator[Step]:
        text = sensible(request)
        if (request.what, request.turn) == ("feedback", 2):
            text = text.replace("score c2 4", "score c2 0")
        yield from spoken(text)

    play = playing(ScriptedModels(script), replace(MAINS, competencies=named))
    await through(play, [GOOD["en"], GOOD["en"], None])
    results = [(each.competency, each.score) for each in play.report.competencies]
    assert results == [("Care", 4.0), ("Pace", 4.0)]


# --- words ----------------------------------------------------------------------------------------


@each_language
async def test_the_text_streams_and_its_sections_are_parts(
    language: Language, playing: NewPlay
) -> None:
    models = ScriptedModels()
    play = playing(models, replace(MAINS, language=language))
    await through(play, [GOOD[language], POOR[language], None])
    report = play.report
    assert len(report.text.splitlines()) == 3
    assert len(report.strengths) == len(report.improvements) == 1
    assert report.strengths[0] not in report.text
    assert "@@" not in report.text
    assert [request.what for request in models.requests].count("report") == 2


async def test_of_many_strengths_the_first_three_count_in_a_line_each(playing: NewPlay) -> None:
    def script(request: Request) -> Iterator[Step]:
        strength, improvement = (f"\n@@{key_of(request)} {name}\n" for name in NAMES)
        many = "".join(f"{strength}Strength {number},\n\nand so on." for number in range(5))
        yield from spoken(f"@@{key_of(request)} report\nWell.{many}{improvement}{improvement}Do.")

    play = playing(ScriptedModels(text_by(script)), MAINS)
    await through(play, [GOOD["en"], POOR["en"], None])
    assert play.report.strengths == tuple(f"Strength {number}, and so on." for number in range(3))
    assert play.report.improvements == ("Do.",)


NAMES = ("strength", "improvement")


@each_language
async def test_strengths_that_are_left_out_are_told_by_rule(
    language: Language, playing: NewPlay
) -> None:
    play = playing(ScriptedModels(text_by(without(*NAMES))), replace(MAINS, language=language))
    await through(play, [GOOD[language], POOR[language], None])
    assert play.report.strengths
    assert play.report.improvements
    assert all(map(str.strip, play.report.strengths + play.report.improvements))


async def test_without_answers_no_model_is_asked(playing: NewPlay) -> None:
    models = ScriptedModels(refused("failing"))
    play = playing(models, replace(MAINS, question_list=("Why?",)), last_resort=False)
    await through(play, [None])
    assert play.report.score is None
    assert play.report.text
    assert [each.model for each in play.report.lanes] == [OFFLINE]
    assert models.requests == []
