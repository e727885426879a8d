"""A reply as it may be shown."""

import re

import pytest

from realtime.interviewer.leading.fair_copy import FairCopy, Form
from realtime.interviewer.leading.guard import Guard, Secret, Unfit
from realtime.interviewer.leading.sections import Opened

FORM = Form(
    {"feedback": (), "score": (re.compile(r"\w+"), re.compile(r"\d"))},
    needed=frozenset({"feedback"}),
    most_chars={"score": 20},
)
BARE = Form(FORM.sections, needed=frozenset({"score"}), bare=True)


def copied(
    text: str,
    form: Form = FORM,
    *,
    cut: bool = False,
    size: int = 4,
    places: frozenset[str] = frozenset(),
) -> list[Opened | str]:
    guard = Guard(Secret("secret " * 20), re.compile("(?!)"))
    copy = FairCopy("k7q3mx", form, guard, places)
    parts: list[Opened | str] = []
    for at in range(0, len(text), size):
        parts += copy.feed(text[at : at + size])
    parts += copy.end(cut=cut)
    joined: list[Opened | str] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return joined


@pytest.mark.parametrize("size", [1, 3, 64])
def test_markup_and_space_at_the_ends_go(size: int) -> None:
    text = (
        "```\n**@@k7q3mx feedback**\n\n## Good\n**You** did it.\n\n**@@k7q3mx score intent 4**\n"
        '- "did it"\n```\n'
    )
    assert copied(text, size=size) == [
        Opened("feedback"),
        "Good\nYou did it.",
        Opened("score", ("intent", "4")),
        '- "did it"',
    ]


@pytest.mark.parametrize(
    "text",
    ["", "Sure.", "@@k7q3mx feedback\n \n", "@@k7q3mx score intent 4\nx", "@@other feedback"],
)
def test_without_what_is_needed_it_is_unfit(text: str) -> None:
    with pytest.raises(Unfit, match="feedback"):
        copied(text)


def test_some_sections_may_be_bare() -> None:
    assert copied("@@k7q3mx score intent 0\n", BARE) == [Opened("score", ("intent", "0"))]


def test_endless_chatter_is_unfit_before_its_end() -> None:
    with pytest.raises(Unfit, match="begin"):
        copied("chatter " * 1_000)


def test_a_section_has_its_bounds() -> None:
    (*_, text) = copied("@@k7q3mx feedback\nYes.\n@@k7q3mx score intent 4\n" + "word " * 20)
    assert text == "word word word word …"


def test_what_is_cut_says_so_unless_it_is_a_whole_sentence() -> None:
    assert copied("@@k7q3mx feedback\nYou did", cut=True)[-1] == "You did…"
    assert copied("@@k7q3mx feedback\nYou did.", cut=True)[-1] == "You did."
    assert copied("@@k7q3mx feedback\nYou did")[-1] == "You did"


def test_the_secret_is_unfit() -> None:
    with pytest.raises(Unfit, match="instructions"):
        copied("@@k7q3mx feedback\n" + "secret " * 15)


@pytest.mark.parametrize("size", [1, 3, 64])
def test_a_place_of_the_form_is_no_text(size: int) -> None:
    places = frozenset({"(the feedback)", "(name) | (what)"})
    for text, told in (
        ("(the feedback)\nYou did it.", ["You did it."]),
        ("(the feed is good)", ["(the feed is good)"]),
        ("(the", ["(the"]),
        ("You did (the feedback) it.", ["You did (the feedback) it."]),
    ):
        assert copied(f"@@k7q3mx feedback\n{text}", size=size, places=places)[1:] == told
    with pytest.raises(Unfit):
        copied("@@k7q3mx feedback\n(the feedback)\n", size=size, places=places)


@pytest.mark.parametrize("size", [1, 3, 64])
def test_tags_of_the_prompt_go(size: int) -> None:
    for text, told in (
        ("Ask about <topic>Caching</topic>.", "Ask about Caching."),
        ("Good. </answer>", "Good. "),
        ('<turn number="9">Yes', "Yes"),
        ("if a < b and List<int> x; <div>, <answer", None),
        ("3 <", None),
    ):
        assert copied(f"@@k7q3mx feedback\n{text}", size=size)[-1] == (told or text)
