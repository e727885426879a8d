"""Glyphs at places, and the text in reading order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.documents.layout import LINE_HYPHEN, Glyph, text_of_page

SIZE = 10.0


def line(x: float, y: float, text: str) -> list[Glyph]:
    """A line of glyphs that are half as wide as they are high, and the break behind it."""
    half = SIZE / 2
    glyphs = [
        Glyph(each, x + half * index, y, x + half * (index + 1), y + SIZE)
        for index, each in enumerate(text)
    ]
    return [*glyphs, Glyph("\n", 0, 0, 0, 0)]


def page(*lines: tuple[float, float, str]) -> str:
    return text_of_page(glyph for each in lines for glyph in line(*each))


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ([], ""),
        ([(0, 100, "a  b")], "a b"),
        ([(0, 100, "a" + " " * 9 + "b")], "a\tb"),
        ([(0, 100, "a"), (0, 88, "b")], "a\nb"),
        ([(0, 100, "a"), (0, 70, "b")], "a\n\nb"),
        ([(0, 50, "a"), (100, 100, "b")], "a\n\nb"),
        ([(90, 100, "2019"), (0, 120, "Mina"), (0, 100, "Garam")], "Mina\n\nGaram\t2019"),
        ([(0, 100, f"a{LINE_HYPHEN}"), (0, 88, "b")], "a-b"),
        ([(0, 100, f"2019{LINE_HYPHEN}")], "2019-"),
    ],
)
def test_lines(lines: list[tuple[float, float, str]], text: str) -> None:
    assert page(*lines) == text


places = st.tuples(st.integers(0, 500), st.integers(0, 800), st.text("ab -", min_size=1))


@given(st.lists(places, max_size=30))
def test_nothing_is_lost_and_nothing_added(lines: list[tuple[float, float, str]]) -> None:
    written = "".join(sorted("".join(text for _, _, text in lines).replace(" ", "")))
    assert "".join(sorted("".join(page(*lines).split()))) == written


def test_a_page_of_too_many_pieces_stays_as_it_was_painted() -> None:
    lines = [(index % 7 * 80.0, index % 11 * 70.0, f"x{index}") for index in range(1_500)]
    assert page(*lines).split() == [text for _, _, text in lines]
