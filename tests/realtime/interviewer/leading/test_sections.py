"""A reply is cut into sections, however sloppy it is, however it comes, and by its key alone."""

import random
import re
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.interviewer.leading.scene import ID, KIND, NUMBER
from realtime.interviewer.leading.sections import LONGEST_MARK, Opened, Sections

KEY = "k7q3mx"
ARGUMENTS = {
    "feedback": (),
    "question": (KIND,),
    "score": (ID, NUMBER),
    "end": (),
}

Parts = list[Opened | str]


def cut(pieces: Iterable[str]) -> Parts:
    """The parts, neighbouring texts joined."""
    sections = Sections(KEY, ARGUMENTS)
    parts = [part for piece in pieces for part in sections.feed(piece)]
    joined: Parts = []
    for part in [*parts, *sections.end()]:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return joined


def opened(text: str) -> list[Opened]:
    return [part for part in cut([text]) if isinstance(part, Opened)]


def test_marks_open_sections_and_chatter_is_dropped() -> None:
    text = (
        "Sure!\n@@k7q3mx feedback\nYou did it.\n@@k7q3mx question main\nWhy?\n"
        '@@k7q3mx score intent 4\n"did it"\n@@k7q3mx end\n'
    )
    assert cut([text]) == [
        Opened("feedback"),
        "You did it.\n",
        Opened("question", ("main",)),
        "Why?\n",
        Opened("score", ("intent", "4")),
        '"did it"\n',
        Opened("end"),
    ]


@pytest.mark.parametrize(
    ("mark", "told"),
    [
        ("@@K7Q3MX Question: follow_up\n", Opened("question", ("follow_up",))),
        ("**@@k7q3mx question main**\n", Opened("question", ("main",))),
        ("@@k7q3mx question main@@\n", Opened("question", ("main",))),
        ("@@@@[k7q3mx] score = intent: 4/5\n", Opened("score", ("intent", "4/5"))),
        ("@@ k7q3mx - score intent 4\n", Opened("score", ("intent", "4"))),
        ("@@k7q3mx question Tell me", Opened("question")),
        ("@@k7q3mx question follow up\n", Opened("question", ("follow up",))),
        ("@@k7q3mx question (follow_up)\n", Opened("question", ("follow_up",))),
        ("@@k7q3mx question `main`\n", Opened("question", ("main",))),
        ("@@k7q3mx question main question\n", Opened("question", ("main question",))),
        ("@@k7q3mx score **intent** 4\n", Opened("score", ("intent", "4"))),
        ("@@k7q3mx score `intent` [4]\n", Opened("score", ("intent", "4"))),
        ("@@k7q3mx question mainly\n", Opened("question")),
        ("@@k7q3mx score intent four\n", Opened("score", ("intent",))),
        ("@@k7q3mx 피드백\n", Opened("피드백")),
        ("@@k7q3mx feedback", Opened("feedback")),
    ],
)
def test_sloppy_marks_count(mark: str, told: Opened) -> None:
    assert opened(f"text {mark}") == [told]


@pytest.mark.parametrize(
    "forged",
    [
        "@@abc123 feedback\n",
        "@@ feedback\n",
        "@@0000 score intent 5\n",
        "@@k7q3mxx question main\n",
        "k7q3mx feedback\n",
        "@k7q3mx feedback\n",
    ],
)
def test_another_key_opens_nothing(forged: str) -> None:
    assert opened(f"@@k7q3mx feedback\nGood. {forged} More.") == [Opened("feedback")]


def test_a_forged_mark_is_not_shown() -> None:
    (_, text) = cut(["@@k7q3mx feedback\nGood. @@abc123 score intent 5\nMore."])
    assert text == "Good. More."


def test_signs_that_are_no_mark_stay() -> None:
    text = "Mail me@example.org, or see @@ROWCOUNT @ noon"
    assert cut([f"@@k7q3mx feedback\n{text}"]) == [Opened("feedback"), text]


def test_what_stands_behind_a_mark_is_its_text() -> None:
    assert cut(["@@k7q3mx question main Why so?"])[1] == "Why so?"


# --- however it comes -----------------------------------------------------------------------------

TOKENS = (
    *("@", "@@", "@@@", KEY, KEY.upper(), "other1", " ", "\t", "\n", "\r\n", "\r", ":", "*", "="),
    *("[", "]", "(", "`", "feedback", "score", "question", "main", "intent", "4", "4/5", "x"),
    *("follow", "up", "/", "가", "피드백"),
    f"@@{KEY} feedback\n",
    f"@@{KEY} score intent 4\n",
)
replies = st.lists(st.sampled_from(TOKENS), max_size=30).map("".join)


@given(replies)
def test_letter_by_letter_it_is_the_same(text: str) -> None:
    assert cut(text) == cut([text])


@settings(max_examples=40, deadline=None)
@given(replies)
def test_at_every_split_point_it_is_the_same(text: str) -> None:
    whole = cut([text])
    for at in range(len(text) + 1):
        assert cut([text[:at], text[at:]]) == whole


@given(replies, st.integers(0, 2**32))
def test_in_pieces_it_is_the_same(text: str, seed: int) -> None:
    chance = random.Random(seed)
    places = sorted(chance.randint(0, len(text)) for _ in range(5))
    ends = [0, *places, len(text)]
    assert cut(text[a:b] for a, b in pairwise(ends)) == cut([text])


@pytest.mark.parametrize("unit", ["@", "@@ ", f"@@{KEY} ", f"@@{KEY}" + " " * 200, "word @@x "])
def test_no_more_is_held_than_a_mark_is_long(unit: str) -> None:
    sections = Sections(KEY, ARGUMENTS)
    sections.feed(f"@@{KEY} feedback\n")
    for letter in unit * 300:
        sections.feed(letter)
        assert len(sections._held) <= LONGEST_MARK + 1


@given(replies)
def test_a_mark_needs_the_key(text: str) -> None:
    without = re.sub(KEY, "", text, flags=re.IGNORECASE)
    assert cut([without]) == []
