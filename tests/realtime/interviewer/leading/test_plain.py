"""Text without markup, in whatever pieces it comes."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.interviewer.leading.plain import Plain, plain

CASES = {
    "  \n Why? \n": "Why?",
    "```\nWhy?\n```": "Why?",
    "```text\nWhy did you?\n```\n": "Why did you?",
    "## A title\nand text": "A title\nand text",
    "You said **one thing** well.": "You said one thing well.",
    "**All of it**": "All of it",
    "2**8 is 256, a*b too": "2**8 is 256, a*b too",
    "an open **start": "an open start",
    "`code` stays, # too": "`code` stays, # too",
    "C# and #1": "C# and #1",
    "one\n\ntwo": "one\n\ntwo",
    "** not a pair **": "** not a pair",
    "숫자를 **먼저** 말씀해 주세요.": "숫자를 먼저 말씀해 주세요.",
    "She said:\n### One\nMore": "She said:\nOne\nMore",
    "Well.\n```python\nprint\n```\nSo.": "Well.\n\nprint\n\nSo.",
    "Well done. **": "Well done.",
    "Why? #": "Why?",
    "You know C#": "You know C#",
    "5 ** 2 and 2 * 3": "5 ** 2 and 2 * 3",
    "**one** and **two**": "one and two",
    "": "",
    "  ": "",
}


@pytest.mark.parametrize(("text", "wanted"), CASES.items())
def test_markup_goes_and_the_rest_stays(text: str, wanted: str) -> None:
    assert plain(text) == wanted


def in_pieces(text: str, cuts: list[int]) -> str:
    bounds = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    cleaner = Plain()
    said = [cleaner.feed(text[a:b]) for a, b in pairwise(bounds)]
    return "".join([*said, cleaner.end()])


@pytest.mark.parametrize("text", CASES)
def test_letter_by_letter_it_is_the_same(text: str) -> None:
    assert in_pieces(text, list(range(len(text)))) == plain(text)


signs = st.text(alphabet="*`# \nab가", max_size=30)


@given(text=signs, cuts=st.lists(st.integers(0, 30), max_size=8))
def test_the_pieces_do_not_matter(text: str, cuts: list[int]) -> None:
    assert in_pieces(text, cuts) == plain(text)


@given(text=signs)
def test_no_space_at_the_ends(text: str) -> None:
    assert plain(text) == plain(text).strip()


def test_what_cannot_be_stored_goes() -> None:
    assert plain("a\x00b") == "ab"


def test_words_pass_at_once() -> None:
    cleaner = Plain()
    assert [cleaner.feed(piece) for piece in (" Why", " did", " you", "?")] == [
        *("Why", " did", " you", "?")
    ]
