"""Quotations are found in an answer, or dropped."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.interviewer.leading.evidence import Evidence

ANSWER = "Last year I  wrote an Index,\nbecause a cache would have shown old prices. p95 fell."
KOREAN = "저는 추적 로그를 모아 분석했고, 인덱스를 추가했습니다."


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("I wrote an index", "I  wrote an Index"),
        ("“an index, because a cache”", "an Index,\nbecause a cache"),
        ("… shown old prices.", "shown old prices"),
        ("P95 FELL", "p95 fell"),
        ("I wrote a cache", None),
        ("wrote … prices", None),
        ("an", None),
        ("", None),
        ("...", None),
        (" , ", None),
    ],
)
def test_a_quotation_gives_the_answers_own_words(quote: str, found: str | None) -> None:
    assert Evidence(ANSWER).find(quote) == found


def test_normal_forms_do_not_matter() -> None:
    composed, decomposed = KOREAN, unicodedata.normalize("NFD", KOREAN)
    quote = "로그를 모아 분석했고"
    assert Evidence(composed).find(unicodedata.normalize("NFD", quote)) == quote
    found = Evidence(decomposed).find(quote)
    assert found is not None
    assert found in decomposed
    assert unicodedata.normalize("NFC", found) == quote


def test_letters_that_fold_to_two_keep_their_places() -> None:
    answer = "Die Straße war gesperrt, İstanbul auch."
    assert Evidence(answer).find("STRASSE WAR GESPERRT") == "Straße war gesperrt"
    assert Evidence(answer).find("auch") == "auch"


def test_an_answer_of_a_word_can_be_quoted() -> None:
    assert Evidence("Go.").find("Go.") == "Go"
    assert Evidence("네").find("네") == "네"


@given(answer=st.text(max_size=80), start=st.integers(0, 80), size=st.integers(0, 40))
def test_what_is_found_stands_in_the_answer(answer: str, start: int, size: int) -> None:
    found = Evidence(answer).find(answer[start : start + size])
    assert found is None or found in answer
