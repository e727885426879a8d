"""The desk: whom one is talking to, what was asked, and how to choose one's words."""

from dataclasses import replace

import pytest

from protocol.view import Config
from realtime.interviewer.offline.lexicon import Level
from realtime.interviewer.offline.library import Library
from realtime.interviewer.offline.wording import was_heard
from tests.realtime.interviewer.offline.desks import QUESTION, desk, follow_up, main

LINES = ("One for {name}.", "Another word for {name}.", "A third thing, {name}.")


@pytest.mark.parametrize(
    ("role", "level", "expected"),
    [
        ("backend", None, None),
        ("backend", "Senior", "senior"),
        ("Junior backend engineer", None, "junior"),
        ("backend", "5년차", "mid"),
        ("new_graduate", None, "junior"),
        ("Junior backend engineer", "lead", "senior"),
    ],
)
def test_the_level_is_named_or_usual(
    role: str, level: str | None, expected: Level | None, library: Library
) -> None:
    assert desk(library, config=Config(role=role, level=level)).level == expected


@pytest.mark.parametrize(
    ("role", "spoken"),
    [("backend", "backend engineer"), ("Java guru", "Java guru"), ("general", "general")],
)
def test_a_role_is_spoken_of_by_its_title(role: str, spoken: str, library: Library) -> None:
    assert desk(library, config=Config(role=role)).role == spoken


def test_a_role_without_a_bank_has_the_general_one(library: Library) -> None:
    table = desk(library, config=Config(role="lion tamer"))
    assert table.bank is table.general


def test_a_follow_up_belongs_to_its_main_question(library: Library) -> None:
    first, second = main("I did."), follow_up("Then.", "The result")
    table = desk(library, first, second)
    assert table.main_of(second) == first
    assert table.question_of(second).text == QUESTION


def test_a_listed_question_has_the_form_of_its_words(library: Library) -> None:
    turn = main("Yes.", question="How would you repair a leak?")
    listed = desk(library, turn).question_of(turn)
    assert (listed.form, listed.hints, listed.key_points) == ("case", (), ())
    # It may be in another language than the interview.
    turn = main("Yes.", question="어떻게 고치시겠어요?")
    assert desk(library, turn).question_of(turn).form == "case"


def test_a_line_that_was_heard_is_not_said_again(library: Library) -> None:
    table = desk(library)
    heard: list[str] = []
    for _ in LINES:
        heard.append(table.say(LINES, "x", {"name": "you"}, heard=heard))
    assert sorted(heard) == sorted(line.format(name="you") for line in LINES)
    # When all were heard, one is said all the same, unless it can be left out.
    assert table.say(LINES, "x", {"name": "you"}, heard=heard) in heard
    assert table.say_once(("One for all.",), "x", heard=["One for all."]) is None


def test_what_is_filled_in_is_not_read_as_a_template(library: Library) -> None:
    said = desk(library).say(("You said “{quote}”.",), "x", {"quote": "{0} {name} %s"})
    assert said == "You said “{0} {name} %s”."


def test_a_line_is_recognised_whatever_was_filled_in() -> None:
    assert was_heard("You said “{quote}”. And then?", ["Well. You said “x y”. And then?"])
    assert not was_heard("You said “{quote}”. And then?", ["You said “x y”.", "What happened?"])
    assert not was_heard("{quote}?", ["anything?"])


def test_an_answer_is_read_once(library: Library) -> None:
    turn = main("I wrote an index for it.")
    table = desk(library, turn)
    assert table.analysis(turn) is table.analysis(replace(turn))
