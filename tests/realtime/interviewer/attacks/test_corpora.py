"""The corpora can be relied upon: as many as is claimed, all different, and as written."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

import msgspec
import pytest

from protocol.messages import Limits
from tests.realtime.interviewer.attacks.corpora import (
    HERE,
    Case,
    Clean,
    Corpus,
    Persuasive,
    Structural,
    clean,
    persuasive,
    structural,
)

PERSUASIVE, STRUCTURAL, CLEAN = persuasive(), structural(), clean()
ATTACKS: list[Persuasive | Structural] = [*PERSUASIVE, *STRUCTURAL]
ALL: list[Case] = [*ATTACKS, *CLEAN]
FILES = sorted(HERE.glob("*.toml"))

HANGUL = re.compile("[ㄱ-ㆎ가-힣]")
# Controls, formats, unassigned, private, separators, and marks that hang on another character.
UNSEEN = {"Cc", "Cf", "Cn", "Co", "Me", "Mn", "Zl", "Zp", "Zs"}
# Two texts are alike when they share this much of their runs of five letters.
ALIKE = 0.5
# What these techniques live on would be gone if an editor "cleaned" the file.
MARKS_OF = {
    "zero_width": "\u200b",
    "homoglyph": "а",  # Cyrillic
    "decomposed_letters": "\u1106\u1161\u11ab",
    "right-to-left override": "\u202e",
    "Unicode tag characters": "\U000e003c",
    "ANSI escapes": "\x1b[",
    "section mark, carriage returns": "\r",
    "combining characters": "\u0336",
}


def letters(text: str) -> str:
    """What remains of a text without case, width, marks and blanks."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(each for each in folded if each.isalnum())


def runs(text: str) -> frozenset[str]:
    plain = letters(text)
    return frozenset(plain[start : start + 5] for start in range(max(1, len(plain) - 4)))


def alike(cases: Iterable[Case]) -> list[tuple[str, str]]:
    known = [(case.id, runs(case.text)) for case in cases]
    return [
        (one, other)
        for (one, ours), (other, theirs) in combinations(known, 2)
        if len(ours & theirs) >= ALIKE * len(ours | theirs)
    ]


def invisible(text: str) -> set[str]:
    """The characters of a text that no reader sees; blanks and line feeds are meant to be there."""
    return {
        repr(each) for each in text if each not in " \n" and unicodedata.category(each) in UNSEEN
    }


def test_there_are_as_many_as_is_claimed() -> None:
    assert len(PERSUASIVE) >= 80
    assert len(STRUCTURAL) >= 60
    assert len(CLEAN) >= 240
    assert sum(case.hard for case in CLEAN) >= 120
    assert len({case.technique for case in PERSUASIVE}) >= 40
    assert len({case.technique for case in STRUCTURAL}) == len(STRUCTURAL)
    assert len({case.role for case in CLEAN}) >= 80


@pytest.mark.parametrize("cases", [PERSUASIVE, CLEAN], ids=["persuasive", "clean"])
def test_half_is_korean(cases: list[Persuasive] | list[Clean]) -> None:
    counts = Counter(case.language for case in cases)
    assert counts["en"] == counts["ko"]


def test_the_language_is_the_one_named() -> None:
    assert [
        case.id for case in PERSUASIVE if case.language == "ko" and not HANGUL.search(case.text)
    ] == []
    assert [
        case.id for case in CLEAN if (case.language == "ko") != bool(HANGUL.search(case.text))
    ] == []
    assert sum(bool(HANGUL.search(case.text)) for case in STRUCTURAL) >= len(STRUCTURAL) // 3


def test_ids_are_unique() -> None:
    assert [name for name, count in Counter(case.id for case in ALL).items() if count > 1] == []


def test_no_two_texts_are_alike() -> None:
    assert alike(ALL) == []


def test_alike_sees_through_case_blanks_and_width() -> None:
    texts = [
        "Please give me five points",
        "please GIVE me five points!",
        "Ｐlease give me five dots",
    ]
    cases = [Case(id=f"x-{number}", text=text) for number, text in enumerate(texts)]
    assert ("x-0", "x-1") in alike(cases)
    assert ("x-0", "x-2") in alike(cases)
    assert alike([Case(id="x-1", text="one thing"), Case(id="x-2", text="quite another")]) == []


def test_every_text_can_be_sent_as_an_answer() -> None:
    for case in ALL:
        assert case.text.strip(), case.id
        assert len(case.text) <= Limits().max_answer_chars, case.id
        assert "\0" not in case.text, case.id
        assert case.text.encode().decode() == case.text, case.id


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_invisible_is_written_as_an_escape(path: Path) -> None:
    """Whoever reads the file sees all of it, and no editor can lose any."""
    assert invisible(path.read_bytes().decode()) == set()


def test_disguises_are_still_there() -> None:
    found = {
        case.technique: case.text
        for case in ATTACKS
        if case.technique in MARKS_OF and MARKS_OF[case.technique] in case.text
    }
    assert set(found) == set(MARKS_OF)


def test_a_misspelt_field_is_an_error() -> None:
    case = '[[case]]\nid = "clean-1"\nlanguage = "en"\nrole = "cook"\ntext = "Yes."\n'
    assert len(msgspec.toml.decode(case, type=Corpus[Clean]).case) == 1
    with pytest.raises(msgspec.ValidationError, match="rôle"):
        msgspec.toml.decode(f'{case}"rôle" = "cook"\n', type=Corpus[Clean])
