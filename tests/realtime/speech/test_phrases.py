"""Phrases are found where they count, the longest at each place."""

from typing import get_args

import pytest

from protocol.view import Language
from realtime.speech.phrases import Found, Phrases, Said, lexicon
from tests.realtime.speech.saying import spoken


def found(text: str, *phrases: str) -> list[Found]:
    return Phrases(phrases).find(Said.of(spoken(text)))


@pytest.mark.parametrize("phrases", [("a b", "a", "b"), ("b", "a", "a b")])
def test_the_longest_counts_and_none_within_it(phrases: tuple[str, ...]) -> None:
    assert found("a b a", *phrases) == [Found(0, 2), Found(2, 3)]


def test_marks_and_case_are_no_difference_but_a_mark_within_is_one() -> None:
    assert found('"A B", he said.', "a b") == [Found(0, 2)]
    assert found("a, b", "a b") == []


def test_stars_stand_for_any_letters() -> None:
    assert found("그럴지도 모르겠습니다", "*지도 모르*") == [Found(0, 2)]
    assert found("것 같아요 것 같이", "것 같[아어]*") == [Found(0, 2)]


def test_nothing_is_looked_for_beyond_the_end() -> None:
    assert found("a", "a b") == []
    assert found("", "a") == []


@pytest.mark.parametrize("language", get_args(Language))
def test_each_language_has_a_lexicon(language: Language) -> None:
    assert lexicon(language).doubled
    assert lexicon(language) is lexicon(language)
