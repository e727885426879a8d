"""What a report says, whatever its form."""

from dataclasses import replace

import pytest

from protocol.view import Language
from realtime.interviewer.offline.banks import ROLES
from realtime.reports.document import describe, inline, paragraphs
from realtime.reports.words import WORDS
from tests.realtime.reports.made import ENGLISH, KOREAN, REPORT, TURNS, interview


def test_an_interview_without_a_report_has_no_document() -> None:
    with pytest.raises(ValueError, match="no report"):
        describe(interview(report=None))


def test_it_is_in_the_interviews_language() -> None:
    assert describe(ENGLISH).facts == ("2026-11-21", "Senior", "Interview in English")
    assert describe(KOREAN).score == "5점 만점에 3.25점"


def test_what_is_not_known_is_left_out() -> None:
    made = replace(ENGLISH, finished_at=None, config=replace(ENGLISH.config, level=None))
    document = describe(made)
    assert (document.facts, document.finished_on) == (("Interview in English",), None)


def test_what_could_not_be_scored_has_no_number() -> None:
    document = describe(interview(report=replace(REPORT, score=None, unscored=())))
    assert (document.score, document.missing) == ("not scored", None)
    assert not any(turn.unscored for turn in document.turns)


def test_a_question_that_was_never_asked_is_not_told() -> None:
    assert [each.title for each in describe(ENGLISH).turns] == [
        "Question 1: scaling",
        "Question 1.1: scaling",
        "Question 2: teams",
    ]


def test_a_score_without_support_is_told_as_such() -> None:
    scores = describe(ENGLISH).turns[0].scores
    assert [(each.competency, each.supported) for each in scores] == [
        ("Ownership", True),
        ("Structure", False),
    ]


def test_a_skipped_question_is_skipped_even_where_it_counts_as_unscored() -> None:
    document = describe(interview(report=replace(REPORT, unscored=(2, 3))))
    assert document.missing == "Not scored: question 1.1, question 2"
    assert [(each.answer, each.unscored) for each in document.turns[1:]] == [
        ("All.", True),
        (None, False),
    ]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_each_role_that_has_a_bank_has_a_name(language: Language) -> None:
    words = WORDS[language]
    assert words.roles.keys() == set(ROLES)
    for role, name in words.roles.items():
        assert describe(interview(language, role=role)).title == words.title.format(name)


def test_a_role_of_a_team_s_own_is_told_as_it_is_written() -> None:
    assert describe(interview(role="Beekeeper")).title == "Interview report: Beekeeper"


def test_a_title_with_braces_stays_as_it_is() -> None:
    made = interview(role="{0} {x}", turns=(replace(TURNS[0], topic="{}"),))
    document = describe(made)
    assert document.title == "Interview report: {0} {x}"
    assert document.turns[0].title == "Question 1: {}"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        (" \n\n \n", []),
        ("a\r\nb\rc", [["a", "b", "c"]]),
        ("a\n\n\n b \n\n", [["a"], ["b"]]),
        ("a\x85b\u2028c", [["a", "b", "c"]]),
        ("a\x00\x1b[2J\x7f", [["a[2J"]]),
        ("\u202eab\u2069", [["ab"]]),
        ("x\ud83dy\U0001f600", [["xy\U0001f600"]]),
    ],
)
def test_paragraphs(text: str, lines: list[list[str]]) -> None:
    assert paragraphs(text) == lines
    assert inline(text) == " ".join(line for each in lines for line in each)
