"""The report's parts, turn by turn: by models, on the candidate's own facts, gaps by rule."""

from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

import pytest

from protocol.effects import Delayed, Failed, Noticed
from protocol.view import Config, Language
from realtime.interviewer.offline.library import Library
from realtime.interviewer.request import NoAnswer, Request, Waiting
from realtime.ports import InterviewerError, Paper
from tests.realtime.interviewer.contract import GOOD, POOR, config_in
from tests.realtime.interviewer.leading.answering import (
    Script,
    ScriptedModels,
    Step,
    changing,
    key_of,
    prompt_of,
    refused,
    sensible,
    smoothly,
    spoken,
)
from tests.realtime.interviewer.leading.reports import (
    MAINS,
    NewPlay,
    is_parts,
    of_report,
    parts_by,
    through,
)

pytestmark = pytest.mark.anyio

LANGUAGES: tuple[Language, ...] = get_args(Language)
each_language = pytest.mark.parametrize("language", LANGUAGES)


@each_language
async def test_turns_are_told_by_the_model_and_skips_by_rule(
    language: Language, playing: NewPlay, library: Library
) -> None:
    play = playing(ScriptedModels(), replace(MAINS, language=language))
    await through(play, [GOOD[language], None, POOR[language]])
    first, second, third = play.report.turns
    assert first.better_answer == third.better_answer
    assert first.better_answer is not None
    assert second.better_answer is None
    assert second.summary == library.phrases[language].report.summary.skipped


@each_language
async def test_a_better_answer_has_no_figures_but_the_candidates(
    language: Language, playing: NewPlay
) -> None:
    told, shown = BETTER[language]
    script = changing(lambda blank, said: f"\n{told}" if blank.name == "better" else said)
    config = replace(MAINS, language=language, document_ids=("d",), job_description="24/7, 99.9 %")
    resume = Paper("resume", "Larkspur, 2019-2021", None)
    play = playing(ScriptedModels(parts_by(script)), config, resume)
    await through(play, ["I cut it by 30%, to 1,250 requests.", "It was 12 ms.", None])
    assert [each.better_answer for each in play.report.turns] == [shown, shown, None]


# What is said of the answers, the résumé and the job description stays.
BETTER: dict[Language, tuple[str, str]] = {
    "en": (
        "At Larkspur in 2019 I led 14 people and cut it by 30%, to 12 ms and 1,250 requests; "
        "by 45 % in 3.5 hours [3 figures] at 99.9 % and 24/7.",
        "At Larkspur in 2019 I led [figure] people and cut it by 30%, to 12 ms and 1,250 requests; "
        "by [figure] in [figure] hours [3 figures] at 99.9 % and 24/7.",
    ),
    "ko": (
        "2019년에 14명을 이끌고 30%를 줄여 12ms가 됐고, 45%는 [3건]입니다.",
        "2019년에 [수치]명을 이끌고 30%를 줄여 12ms가 됐고, [수치]는 [3건]입니다.",
    ),
}


async def test_a_long_interview_is_told_in_batches_each_shown_whole(playing: NewPlay) -> None:
    config = Config(role="backend", questions=20, follow_ups=0, feedback="end")
    models = ScriptedModels()
    play = playing(models, config)
    answers = [f"In year {number} I built it. " + "We looked at it. " * 90 for number in range(20)]
    await through(play, answers)
    batches = [prompt_of(each) for each in models.requests if is_parts(each)]
    assert len(batches) > 2
    shown = [number for number in range(20) for each in batches if f"In year {number} I" in each]
    assert shown == [*range(20)]
    assert not any(words in each for each in batches for words in SHORTENED)
    assert [each.turn for each in play.report.turns] == [*range(1, 21)]
    assert play.report.unscored == ()


SHORTENED = ("are shortened", "are left out")


async def test_with_feedback_at_the_end_the_parts_score_each_turn(playing: NewPlay) -> None:
    models = ScriptedModels()
    play = playing(models, replace(MAINS, feedback="end"))
    await through(play, [GOOD["en"], POOR["en"], None])
    assert {each.score for each in play.report.competencies} == {3.0}
    assert play.report.unscored == ()
    quotes = {quote.turn for each in play.report.competencies for quote in each.evidence}
    assert quotes == {1, 2}
    assert not any(each.what in ("feedback", "scores") for each in models.requests)


async def test_what_the_parts_leave_unscored_is_named(playing: NewPlay) -> None:
    script = changing(
        lambda blank, said: None if blank.name == "score" and blank.answer == POOR["en"] else said
    )
    models = ScriptedModels(parts_by(script))
    play = playing(models, replace(MAINS, feedback="end"))
    await through(play, [GOOD["en"], POOR["en"], "…"])
    assert play.report.unscored == (2, 3)
    assert play.report.score == 4.0
    assert sum(map(is_parts, models.requests)) == 2
    assert play.report.turns[1].summary == "You told it."


# --- when words fail ------------------------------------------------------------------------------


def last_left_out(request: Request) -> Iterator[Step]:
    """The last turn isn't told, nor is its number."""
    text = sensible(request)
    yield from spoken(text[: text.rindex(f"@@{key_of(request)} turn")])


@each_language
async def test_a_turn_that_was_left_out_is_told_by_rule(
    language: Language, playing: NewPlay
) -> None:
    models = ScriptedModels(parts_by(last_left_out))
    play = playing(models, config_in(language))
    await play.start()
    while play.interview.phase == "answering":
        await play.answer(GOOD[language])
    assert [each.turn for each in play.report.turns] == [each.turn for each in play.interview.turns]
    assert all(each.summary and each.better_answer for each in play.report.turns)
    parts = [each for each in models.requests if is_parts(each)]
    assert len(parts) == 2
    last = play.interview.turns[-1].turn
    assert f"turn {last}: `summary` or `better` is missing" in prompt_of(parts[1])


async def test_what_came_the_first_time_stands_if_the_second_lacks_it(playing: NewPlay) -> None:
    came: list[Request] = []

    def script(request: Request) -> Iterator[Step]:
        came.append(request)
        left_out = (POOR if len(came) == 1 else GOOD)["en"]
        yield from changing(lambda blank, said: None if blank.answer == left_out else said)(request)

    play = playing(ScriptedModels(parts_by(script)), MAINS)
    await through(play, [GOOD["en"], POOR["en"], None])
    assert [each.summary for each in play.report.turns[:2]] == ["You told it."] * 2
    assert len(came) == 2


async def test_of_what_is_said_twice_the_first_counts(playing: NewPlay) -> None:
    def twice(request: Request) -> Iterator[Step]:
        text = sensible(request)
        yield from spoken(f"{text}\n{text.replace('You told it.', 'Again.')}")

    play = playing(ScriptedModels(parts_by(twice)), MAINS)
    await through(play, [GOOD["en"], POOR["en"], None])
    assert [each.summary for each in play.report.turns[:2]] == ["You told it."] * 2


UNFIT: dict[str, Script] = {
    "prose": lambda _: spoken("No."),
    "none": refused("failing"),
    "too costly": refused("spent"),
    "blank": changing(lambda blank, said: " "),
}


@each_language
@pytest.mark.parametrize("fault", UNFIT)
async def test_the_text_stands_when_the_parts_fail(
    fault: str, language: Language, playing: NewPlay
) -> None:
    play = playing(ScriptedModels(parts_by(UNFIT[fault])), replace(MAINS, language=language))
    await through(play, [GOOD[language], POOR[language], None])
    assert all(each.summary for each in play.report.turns)
    assert all(each.better_answer for each in play.report.turns[:2])
    assert play.report.score == 3.0
    assert play.report.strengths
    assert not any(isinstance(output, Failed | Noticed) for output in of_report(play))


async def test_nobody_is_told_of_a_wait_while_the_text_is_open(playing: NewPlay) -> None:
    def script(request: Request) -> Iterator[Step]:
        yield Waiting("rate_limited", 900)
        yield from smoothly(request)

    play = playing(ScriptedModels(parts_by(script)), MAINS)
    await through(play, [GOOD["en"], POOR["en"], None])
    assert not any(isinstance(output, Delayed) for output in of_report(play))
    assert play.report.turns[0].summary == "You told it."


@pytest.mark.parametrize("last_resort", [True, False])
async def test_what_was_written_stands_when_models_cease_to_answer(
    playing: NewPlay, last_resort: bool
) -> None:
    came: list[Request] = []

    def script(request: Request) -> Iterator[Step]:
        came.append(request)
        yield from (smoothly(request) if len(came) == 1 else [NoAnswer("failing", "none")])

    models = ScriptedModels(parts_by(script))
    play = playing(models, replace(MAINS, questions=12), last_resort=last_resort)
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


async def test_parts_that_were_to_score_and_fail_are_left_to_the_last_resort(
    playing: NewPlay,
) -> None:
    config = replace(MAINS, feedback="end")
    play = playing(ScriptedModels(parts_by(refused("failing"))), config)
    await through(play, [GOOD["en"], POOR["en"], None])
    assert play.report.score is not None
    kinds = [type(output) for output in of_report(play)]
    assert kinds.index(Failed) < kinds.index(Noticed)


async def test_without_a_last_resort_the_report_may_be_tried_again(playing: NewPlay) -> None:
    models = ScriptedModels(parts_by(refused("busy")))
    play = playing(models, MAINS, last_resort=False)
    with pytest.raises(InterviewerError) as caught:
        await through(play, [GOOD["en"], POOR["en"], None])
    assert caught.value.code == "rate_limited"
