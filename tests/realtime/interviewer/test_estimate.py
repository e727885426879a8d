"""Tokens, estimated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.interviewer.estimate import prompt_tokens, tokens
from realtime.interviewer.model import Message, Prompt


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("a", 1),
        ("four", 1),
        ("fiver", 2),
        ("안녕하세요", 5),
        ("API를 씁니다.", 6),
        ("🙂", 1),
    ],
)
def test_latin_is_a_token_in_four_characters_and_hangul_one_each(text: str, count: int) -> None:
    assert tokens(text) == count


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_it_lies_between_a_quarter_of_the_characters_and_all_of_them(text: str) -> None:
    assert -(-len(text) // 4) <= tokens(text) <= len(text)


@given(st.text(), st.text())
def test_it_never_shrinks_with_more_text(text: str, more: str) -> None:
    assert tokens(text) <= tokens(text + more) <= tokens(text) + tokens(more)


def test_a_prompt_takes_its_messages_and_what_is_around_them() -> None:
    short = Prompt((Message("user", "x" * 400),), 10)
    longer = Prompt((*short.messages, Message("user", "x" * 400)), 10)
    assert prompt_tokens(short) > 100
    assert prompt_tokens(longer) == 2 * prompt_tokens(short)
