"""A better answer is made of the candidate's own sentences and of gaps."""

import re
from typing import get_args

import pytest

from protocol.view import Config, Language
from realtime.interviewer.offline.better import better_answer
from realtime.interviewer.offline.library import Library
from tests.realtime.interviewer.contract import GOOD, POOR
from tests.realtime.interviewer.offline.desks import desk, follow_up, main

GAP = re.compile(r"\[[^\]]+\]")


@pytest.mark.parametrize("language", get_args(Language))
def test_a_complete_answer_keeps_all_its_sentences(language: Language, library: Library) -> None:
    question = library.banks.get("backend", language).questions[1].text
    turn = main(GOOD[language], question=question)
    better = better_answer(desk(library, turn, config=Config("backend", language=language)), turn)
    assert better is not None
    assert not GAP.search(better)
    assert sorted(better) == sorted(GOOD[language])


def test_nothing_is_in_it_that_was_not_said(library: Library) -> None:
    answer = "so, I wrote an index. We had an outage before that. It was fine and so on."
    turn = main(answer)
    better = better_answer(desk(library, turn), turn)
    assert better is not None
    for sentence in GAP.sub("", better).split(". "):
        assert sentence.strip(" .")[1:] in answer


def test_the_result_comes_last_wherever_it_was(library: Library) -> None:
    answer = (
        "As a result p95 fell to 300 ms. I wrote an index because the query had none. "
        "At my last company the orders timed out. I was asked to repair it before the sale."
    )
    turn = main(answer)
    better = better_answer(desk(library, turn), turn)
    assert better is not None
    order = ["At my last", "I was asked", "I wrote", "As a result"]
    assert [better.index(each) for each in order] == sorted(better.index(each) for each in order)


def test_gaps_stand_where_something_is_missing(library: Library) -> None:
    turn = main("I wrote an index for the orders table, and I tested it with the old data.")
    better = better_answer(desk(library, turn), turn)
    assert better is not None
    gaps = library.phrases["en"].report.gap
    found = GAP.findall(better)
    assert found[0] == gaps["situation"]
    assert found[-1] == gaps["result"]


def test_follow_ups_fill_the_gaps_of_their_question(library: Library) -> None:
    first = main(
        "Last year our shop was slow. I had to repair it. I wrote an index because it had none, "
        "and as a result it got faster."
    )
    figures = library.phrases["en"].report.gap["numbers"]
    assert figures in (better_answer(desk(library, first), first) or "")
    second = follow_up("It fell from 4 s to 300 ms.", "In figures")
    better = better_answer(desk(library, first, second), first)
    assert better is not None
    assert "It fell from 4 s to 300 ms." in better
    assert not GAP.search(better)


def test_a_follow_up_begins_with_what_was_asked_for(library: Library) -> None:
    first = main(GOOD["en"])
    second = follow_up("We celebrated with cake. It fell from 4 s to 300 ms.", "In figures")
    assert better_answer(desk(library, first, second), second) == (
        "It fell from 4 s to 300 ms. We celebrated with cake."
    )


def test_who_had_no_answer_gets_a_frame_to_fill_in(library: Library) -> None:
    turn = main("I don't know.")
    better = better_answer(desk(library, turn), turn)
    assert better is not None
    assert GAP.sub("", better).strip() == ""
    assert len(GAP.findall(better)) == 4


def test_a_skipped_question_gets_none(library: Library) -> None:
    turn = main(None)
    assert better_answer(desk(library, turn), turn) is None


def test_empty_phrases_are_left_out(library: Library) -> None:
    turn = main(POOR["en"])
    better = better_answer(desk(library, turn), turn)
    assert better is not None
    assert "best" not in GAP.sub("", better)
