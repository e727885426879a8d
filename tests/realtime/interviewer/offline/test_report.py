"""The report."""

from dataclasses import replace
from typing import get_args

import pytest

from protocol.view import Competency, Config, Feedback, Language, Score, Turn
from realtime.interviewer.offline.desk import Desk
from realtime.interviewer.offline.feedback import feedback
from realtime.interviewer.offline.library import Library
from realtime.interviewer.offline.report import report
from realtime.interviewer.offline.scoring import score
from tests.realtime.interviewer.contract import GOOD, POOR
from tests.realtime.interviewer.offline.desks import desk, follow_up, main


def reviewed(table: Desk) -> Desk:
    """The same desk, each answer with its feedback and scores."""
    turns = tuple(
        replace(
            turn,
            feedback=(Feedback(0, "offline", "Fine.", score(table, turn).scores, cancelled=False),),
        )
        if turn.answer
        else turn
        for turn in table.interview.turns
    )
    return Desk(table.library, table.chance, replace(table.interview, turns=turns))


def test_without_answers_it_is_short_and_kind(library: Library) -> None:
    for turns in ((), (main(None),)):
        made = report(desk(library, *turns, reason="requested"))
        assert made.score is None
        assert made.text.startswith("No question")
        assert (made.strengths, made.improvements, made.unscored) == ((), (), ())
        assert all(each.score is None for each in made.competencies)
        assert len(made.turns) == len(turns)


def test_it_takes_the_scores_that_were_given(library: Library) -> None:
    table = reviewed(desk(library, main(GOOD["en"]), main(POOR["en"], turn=2)))
    made = report(table)
    scores = [given.scores for turn in table.interview.turns for given in turn.feedback]
    first, second = scores
    assert first is not None
    assert second is not None
    for result in made.competencies:
        given = [each.score for each in (*first, *second) if each.competency == result.competency]
        assert result.score == (sum(given) / len(given) if given else None)
    means = [each.score for each in made.competencies if each.score is not None]
    assert made.score == round(sum(means) / len(means), 1)
    assert [(lane.lane, lane.model, lane.score) for lane in made.lanes] == [
        (0, "offline", made.score)
    ]
    assert str(made.score) in made.text


def test_evidence_is_quoted_from_its_turn(library: Library) -> None:
    table = reviewed(desk(library, main(GOOD["en"]), main(GOOD["ko"], turn=2)))
    answers = {turn.turn: turn.answer or "" for turn in table.interview.turns}
    quotes = [quote for each in report(table).competencies for quote in each.evidence]
    assert quotes
    assert all(quote.quote in answers[quote.turn] for quote in quotes)


def test_an_answer_without_scores_is_unscored(library: Library) -> None:
    table = reviewed(desk(library, main(GOOD["en"]), main("I don't know.", turn=2)))
    made = report(table)
    assert made.unscored == (2,)
    assert "1 of the answers could not be scored" in made.text
    # With feedback after each answer, what was never scored stays so.
    made = report(desk(library, main(GOOD["en"])))
    assert made.unscored == (1,)
    assert made.score is None


def test_with_feedback_at_the_end_it_scores_and_says_all(library: Library) -> None:
    config = Config("backend", feedback="end")
    table = desk(library, main(GOOD["en"]), main(None, turn=2), config=config)
    made = report(table)
    assert made.score is not None
    assert made.unscored == ()
    assert made.turns[0].summary == feedback(table, table.interview.turns[0])


def test_strengths_and_improvements_point_to_turns(library: Library) -> None:
    table = reviewed(desk(library, main(GOOD["en"]), main(POOR["en"], turn=2)))
    made = report(table)
    assert "question 1: “As a result p95 fell from 4 s to 300 ms”" in made.strengths[0]
    assert 1 <= len(made.strengths) <= 3
    assert 1 <= len(made.improvements) <= 3
    assert all("question 2" in each for each in made.improvements)
    assert all(each in made.text for each in (*made.strengths, *made.improvements))


def test_what_a_follow_up_brought_is_missing_no_more(library: Library) -> None:
    first = main("Last year our shop was slow. I wrote an index, and as a result it got faster.")
    figures = library.phrases["en"].report.lack["numbers"]
    assert any(figures in each for each in report(reviewed(desk(library, first))).improvements)
    second = follow_up("It fell from 4 s to 300 ms.", "In figures")
    made = report(reviewed(desk(library, first, second)))
    assert not any(figures in each for each in made.improvements)


def test_a_competency_that_never_showed_has_no_score(library: Library) -> None:
    named = (
        Competency("Problem solving", "Finds the cause of a fault"),
        Competency("Gardening", "Grows roses"),
    )
    config = Config("backend", competencies=named)
    made = report(reviewed(desk(library, main(GOOD["en"]), config=config)))
    assert [each.competency for each in made.competencies] == ["Problem solving", "Gardening"]
    assert made.competencies[1].score is None
    assert made.score == made.competencies[0].score
    assert "Gardening" in made.text


def test_the_question_that_was_cut_off_is_not_held_against_anyone(library: Library) -> None:
    turns: tuple[Turn, ...] = (main(GOOD["en"]), main(None, turn=2))
    made = report(reviewed(desk(library, *turns, reason="requested")))
    assert made.text.startswith("You answered the one question")
    made = report(reviewed(desk(library, *turns, reason="completed")))
    assert made.text.startswith("You answered 1 of 2 questions")
    made = report(reviewed(desk(library, *turns, reason="time_limit")))
    assert "time ran out" in made.text


def test_what_is_not_supported_counts_in_nothing(library: Library) -> None:
    scores = (Score("Structure", 5, 5, (), supported=False),)
    given = (Feedback(0, "elsewhere", "Fine.", scores, cancelled=False),)
    made = report(desk(library, replace(main(GOOD["en"]), feedback=given)))
    assert made.unscored == (1,)
    assert made.score is None
    assert all(each.score is None for each in made.competencies)


def test_correctness_is_neither_praised_nor_blamed_by_rule(library: Library) -> None:
    names = {each.id: each.name for each in library.rubric.languages["en"]}
    for value in (0, 5):
        scores = (
            Score(names["correctness"], value, 5, ("I wrote an index",)),
            Score(names["structure"], 3, 5, ("I wrote an index",)),
            Score(names["intent"], 2, 5, ("I wrote an index",)),
        )
        given = (Feedback(0, "elsewhere", "Fine.", scores, cancelled=False),)
        text = report(desk(library, replace(main(GOOD["en"]), feedback=given))).text
        assert "Structure is your strongest side" in text
        assert "Grasp of the question has most to gain" in text
        assert names["correctness"] not in text


@pytest.mark.parametrize("language", get_args(Language))
def test_it_is_plain_text_in_paragraphs(language: Language, library: Library) -> None:
    config = Config("backend", language=language)
    question = library.banks.get("backend", language).questions[1].text
    answers = (GOOD[language], POOR[language], GOOD[language])
    turns = [main(text, turn=n, question=question) for n, text in enumerate(answers, 1)]
    text = report(reviewed(desk(library, *turns, config=config))).text
    assert len(text.split("\n\n")) >= 4
    assert not any(mark in text for mark in ("#", "**", "- ", "  ", "{", "}"))


def test_it_is_the_same_each_time(library: Library) -> None:
    table = reviewed(desk(library, main(GOOD["en"]), main(POOR["en"], turn=2)))
    assert report(table) == report(Desk(table.library, table.chance, table.interview))
