"""Hints: the question's own first, never the same twice."""

from dataclasses import replace
from typing import get_args

import pytest

from protocol.view import Config, Hint, Language, Turn
from realtime.interviewer.offline.hints import hint
from realtime.interviewer.offline.library import Library
from tests.realtime.interviewer.offline.desks import desk, follow_up, main


def hints(library: Library, turn: Turn, count: int, config: Config | None = None) -> list[str]:
    for _ in range(count):
        before = [main("x")] if turn.turn == 2 else []
        text = hint(desk(library, *before, turn, config=config), turn)
        turn = replace(turn, hints=(*turn.hints, Hint(text, cancelled=False)))
    return [each.text for each in turn.hints]


def open_question(text: str) -> Turn:
    return replace(main(None, question=text), skipped=False)


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("number", range(5))
def test_a_dozen_hints_all_differ(number: int, language: Language, library: Library) -> None:
    asked = library.banks.get("devops", language).questions[number]
    config = Config("devops", language=language)
    given = hints(library, open_question(asked.text), 12, config)
    assert len(set(given)) == 12
    assert any(each in given[0] for each in asked.hints)


def test_hints_go_on_to_structure_and_points(library: Library) -> None:
    asked = library.banks.get("backend", "en").questions[1]
    given = "\n".join(hints(library, open_question(asked.text), 8))
    assert all(each in given for each in asked.hints)
    assert all(point in given for point in asked.key_points)
    assert any(line in given for line in library.phrases["en"].hint.structure["experience"])


def test_a_listed_question_has_hints_too(library: Library) -> None:
    assert len(set(hints(library, open_question("Why do you like roses?"), 4))) == 4


def test_a_follow_up_has_its_own_hints(library: Library) -> None:
    turn = replace(follow_up(None, "In figures"), skipped=False)
    first = library.phrases["en"].follow_up["numbers"].hints[0]
    assert first in hints(library, turn, 1)[0]
