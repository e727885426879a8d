"""The data that documents are read by: headings, patterns (`data/profile.toml`), and skills by name
(`data/skills.toml`). Read once.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal

from msgspec import Meta

from protocol.documents import DocumentKind
from realtime.interviewer.files import DATA, DataFileError, read

Section = Literal[
    "experience",
    "projects",
    "education",
    "skills",
    "duties",
    "requirements",
    "preferred",
    "other",
]
Pattern = Literal["role", "company", "school", "degree", "aside", "grade", "wanted"]

# More words than any name of a skill has.
MOST_WORDS = 4

# What may hang on a Korean word.
_PARTICLE = re.compile(
    r"(?:으로|에서|에게|까지|부터|이나|이며|이고|을|를|이|가|은|는|과|와|의|에|로|도|및|등|기반)$"
)
_WORD = re.compile(r"[A-Za-z가-힣.][A-Za-z0-9가-힣+#.'-]*")
_EDGES = ".,'-"


@dataclass(frozen=True, slots=True)
class _PersonalFile:
    labels: Annotated[tuple[str, ...], Meta(min_length=1)]


@dataclass(frozen=True, slots=True)
class _ProfileFile:
    headings: dict[DocumentKind, dict[Section, tuple[str, ...]]]
    patterns: dict[Pattern, tuple[str, ...]]
    personal: _PersonalFile


@dataclass(frozen=True, slots=True)
class _SkillsFile:
    names: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Words:
    """`headings`: the section that a heading's letters (`letters`) begin, by kind of document.
    `patterns`: compiled, case ignored. `labels`: what announces something about the person.
    """

    headings: Mapping[DocumentKind, Mapping[str, Section]]
    patterns: Mapping[Pattern, re.Pattern[str]]
    labels: str


@dataclass(frozen=True, slots=True)
class Found:
    """A skill in a text, `text[start:end]`; `name` is the same for all that mean the same."""

    start: int
    end: int
    name: str


class Skills:
    """Known skills, and where they stand in a text."""

    def __init__(self, names: Iterable[tuple[str, ...]]) -> None:
        self._names: dict[str, str] = {}
        self._exact: dict[str, str] = {}
        for group in names:
            canonical = group[0].removeprefix("=").casefold()
            for name in group:
                if name.startswith("="):
                    self._exact[name[1:]] = canonical
                else:
                    self._names[_key(name.split())] = canonical

    def find(self, text: str) -> list[Found]:
        """The skills named in a text, from its beginning to its end; the longer name wins."""
        words = [match for match in _WORD.finditer(text)]
        found: list[Found] = []
        at = 0
        while at < len(words):
            count = next((n for n in range(MOST_WORDS, 0, -1) if self._at(text, words, at, n)), 0)
            if count and (hit := self._at(text, words, at, count)):
                found.append(hit)
            at += count or 1
        return found

    def name(self, skill: str) -> str:
        """The name that all have which mean the same skill."""
        stripped = skill.strip()
        known = self._names.get(_key(stripped.split())) or self._exact.get(stripped)
        return known or stripped.casefold()

    def _at(self, text: str, words: list[re.Match[str]], at: int, count: int) -> Found | None:
        """The skill of `count` words that begins with word `at`."""
        if at + count > len(words):
            return None
        start = words[at].start()
        last = words[at + count - 1]
        for end in _ends(last):
            said = text[start:end]
            if len(said) > 60:
                continue
            name = self._names.get(_key(said.split()))
            if name is None and count == 1 and said in self._exact and _is_meant(text, start, end):
                name = self._exact[said]
            if name is not None:
                return Found(start, end, name)
        return None


def _ends(word: re.Match[str]) -> list[int]:
    """Where a name may end that ends in this word: at its end, or before what hangs on it."""
    text, start = word.group(), word.start()
    bare = text.rstrip(_EDGES)
    ends = [start + len(text), start + len(bare)]
    if (particle := _PARTICLE.search(bare)) and particle.start():
        ends.append(start + particle.start())
    return list(dict.fromkeys(ends))


def _is_meant(text: str, start: int, end: int) -> bool:
    """Whether a common word is meant as a name: a single letter only in a list, another one
    anywhere but at the beginning of a sentence.
    """
    before = text[max(0, start - 3) : start].rstrip(" ")
    after = text[end : end + 2].lstrip(" ")
    listed = before[-1:] in {",", "/", "(", "·", "|", ":"} or after[:1] in {",", "/", "·", "|"}
    if end - start == 1:
        return listed
    return listed or (before[-1:] not in {"", ".", "!", "?", "\n"} and text[start - 1] != "\n")


def _key(words: list[str]) -> str:
    return " ".join(words).casefold()


def letters(heading: str) -> str:
    """What a heading is known by: its letters, in lower case."""
    return "".join(filter(str.isalpha, heading.casefold()))


@cache
def load_words() -> Words:
    """The layout of documents.

    Raises:
        DataFileError: the file is wrong, or a pattern in it is.
    """
    path = DATA / "profile.toml"
    file = read(path, _ProfileFile)
    headings = {
        kind: {letters(name): section for section, names in listed.items() for name in names}
        for kind, listed in file.headings.items()
    }
    patterns: dict[Pattern, re.Pattern[str]] = {}
    for name, lines in file.patterns.items():
        try:
            patterns[name] = re.compile("|".join(f"(?:{line})" for line in lines), re.IGNORECASE)
        except re.error as error:
            raise DataFileError(path, f"{error} - at `$.patterns.{name}`") from error
    return Words(headings, patterns, "|".join(file.personal.labels))


@cache
def load_skills() -> Skills:
    """The known skills.

    Raises:
        DataFileError: the file is wrong.
    """
    return Skills(read(DATA / "skills.toml", _SkillsFile).names)
