"""Text in tokens, and a name that says how to reply."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulators.play import by_hand
from tests.emulators.script import Reply
from tests.emulators.words import count_tokens, tokens_of


@given(st.text())
def test_the_tokens_joined_are_the_text(text: str) -> None:
    assert "".join(tokens_of(text)) == text


def test_a_token_is_about_a_word() -> None:
    assert list(tokens_of("One two, 안녕하세요 😀!")) == ["One", " two,", " 안녕하", "세요", " 😀!"]
    assert count_tokens("One two three four") == 5


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply("a b"), ["a", " b"]),
        (Reply(pieces=("ab", "c")), ["ab", "c"]),
        (Reply("a b", tokens=3), ["a", " b", "a"]),
        (Reply("a b", tokens=1), ["a"]),
        (Reply(tokens=3), ["so", " the", " naïve"]),
        (Reply(), []),
    ],
)
def test_what_a_reply_says(reply: Reply, said: list[str]) -> None:
    assert list(reply.spoken()) == said


def test_the_name_changes_what_it_names_and_no_more() -> None:
    before = Reply("Hi", rate=7, input_tokens=3)
    name = "play;rate=30;first=0.2;tokens=100;stamps=1;fault=crlf+cut@5;refuses=a+b;cached=2"
    assert by_hand(name, before) == Reply(
        "Hi",
        rate=30,
        first_token_s=0.2,
        tokens=100,
        stamps=True,
        faults=("crlf", "cut@5"),
        refuses=("a", "b"),
        input_tokens=3,
        cached_tokens=2,
    )
    assert by_hand("play", before) == by_hand("gpt;rate=1", before) == before
