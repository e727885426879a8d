"""Feedback says what was good in the answer's own words, what was missing, and what to try."""

import re
from dataclasses import replace
from typing import get_args

import pytest

from protocol.view import Config, Feedback, Language, Persona, Turn
from realtime.interviewer.offline.feedback import feedback
from realtime.interviewer.offline.library import Library
from tests.realtime.interviewer.contract import GOOD, POOR
from tests.realtime.interviewer.offline.desks import desk, follow_up, main

QUOTED = re.compile("“([^”]+)”")
OWN_MISSING = (
    "Our shop was slow last year and customers complained. We looked at the logs, we added an "
    "index and our team moved the reports. In the end it fell from 4 s to 300 ms."
)


def test_a_good_answer_is_praised_for_its_figures(library: Library) -> None:
    turn = main(GOOD["en"])
    said = feedback(desk(library, turn), turn)
    assert "“As a result p95 fell from 4 s to 300 ms”" in said
    missing = [line for lines in library.phrases["en"].feedback.missing.values() for line in lines]
    assert not any(line in said for line in missing)


def test_what_is_missing_is_named_with_advice(library: Library) -> None:
    turn = main(OWN_MISSING)
    said = feedback(desk(library, turn), turn)
    phrases = library.phrases["en"].feedback
    assert any(line in said for line in phrases.missing["own"])
    assert any(line in said for line in phrases.advice["own"])


@pytest.mark.parametrize("persona", get_args(Persona))
@pytest.mark.parametrize("answer", ["…", "I don't know.", "asdf qwer zxcv tyui"])
def test_what_is_no_answer_is_not_judged(answer: str, persona: Persona, library: Library) -> None:
    turn = main(answer)
    said = feedback(desk(library, turn, config=Config("backend", persona=persona)), turn)
    assert not QUOTED.search(said)
    assert "{" not in said


def test_an_answer_in_the_other_language_is_read_and_told_so(library: Library) -> None:
    turn = main(GOOD["ko"])
    said = feedback(desk(library, turn), turn)
    assert said.startswith(library.phrases["en"].feedback.foreign[0])
    assert all(quote in GOOD["ko"] for quote in QUOTED.findall(said))


def test_a_follow_up_that_was_answered_is_told_so(library: Library) -> None:
    first = main("Last year our shop was slow. I wrote an index, and as a result it got faster.")
    second = follow_up("It fell from 4 s to 300 ms.", "In figures")
    said = feedback(desk(library, first, second), second)
    assert said.partition("“")[0] in {
        line.partition("“")[0] for line in library.phrases["en"].feedback.answered
    }
    assert "It fell from 4 s to 300 ms" in said


def test_a_follow_up_that_was_not_answered_is_told_so(library: Library) -> None:
    first = main("Last year our shop was slow. I wrote an index, and as a result it got faster.")
    second = follow_up("The team was happy with it, and so was I at the time.", "In figures")
    said = feedback(desk(library, first, second), second)
    phrases = library.phrases["en"].feedback
    assert any(said.startswith(line) for line in phrases.unanswered)
    assert any(line in said for line in phrases.missing["numbers"])


def test_length_and_repetition_are_remarked_on(library: Library) -> None:
    phrases = library.phrases["en"].feedback
    varied = " ".join(GOOD["en"].replace(".", f" (part {n}).") for n in range(9))
    turn = main(varied)
    assert "minutes" in feedback(desk(library, turn), turn)
    turn = main(GOOD["en"] * 9)
    assert phrases.repeats[0] in feedback(desk(library, turn), turn)


def test_vague_words_are_quoted_back(library: Library) -> None:
    turn = main(
        "At my last company I kind of wrote an index because it was slow, I guess, and the page "
        "was probably faster afterwards, from 4 s to maybe 1 s, as a result of the index."
    )
    said = feedback(desk(library, turn), turn)
    assert "words" in said.lower()
    assert "“probably”" in said or "“kind of”" in said


@pytest.mark.parametrize("language", get_args(Language))
def test_the_same_words_are_not_said_after_every_answer(
    language: Language, library: Library
) -> None:
    config = Config("backend", language=language)
    question = library.banks.get("backend", language).questions[1].text
    turns: list[Turn] = []
    said: list[str] = []
    for number in range(1, 4):
        turn = main(POOR[language], turn=number, question=question)
        said.append(feedback(desk(library, *turns, turn, config=config), turn))
        given = Feedback(0, "offline", said[-1], None, cancelled=False)
        turns.append(replace(turn, feedback=(given,)))
    assert len(set(said)) == 3
