"""What an interview asks of the world, and what comes back."""

from dataclasses import fields
from typing import Any, get_args

import pytest

from protocol.effects import Output, Work, WorkKind
from protocol.view import Generated


def test_all_that_is_generated_is_a_work_and_so_is_the_transcript() -> None:
    assert {*get_args(Generated), "transcript"} == set(get_args(WorkKind))


@pytest.mark.parametrize("kind", get_args(Output), ids=lambda kind: kind.__name__)
def test_an_output_says_first_which_work_it_is_of(kind: Any) -> None:
    assert fields(kind)[0].name == "work"
    assert fields(kind)[0].type is Work


def test_works_are_told_apart_by_turn_and_lane() -> None:
    works = {Work("feedback", 1), Work("feedback", 1, 0), Work("feedback", 1, 1)}
    assert works == {Work("feedback", 1, 0), Work("feedback", 1, 1)}
    assert Work("feedback", 2) not in works
