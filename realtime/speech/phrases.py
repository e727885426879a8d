"""Words and phrases that are looked for in what was said (`data/delivery.toml`)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase, translate
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from protocol.view import Language, Mark, Word
from realtime.speech.spelling import MARKS, bare, tail

_FILE = files(__package__) / "data" / "delivery.toml"
_WILD = "*["

# A silence that sets a word apart. De Jong and Bosker 2013 ("Choosing a threshold for silent pauses
# to measure second language fluency", DiSS) find that shorter ones than 250 to 300 ms tell little
# of fluency.
APART_MS = 300

Apart = Literal["anywhere", "after", "both"]


class _Phrase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: str
    apart: Apart = "anywhere"
    not_after: tuple[str, ...] = ()
    not_before: tuple[str, ...] = ()


class _Lists(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    fillers: tuple[str | _Phrase, ...]
    hedges: tuple[str | _Phrase, ...]
    doubled: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase from word `begin` to before word `end`."""

    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Said:
    """Words, and how they are compared."""

    words: Sequence[Word]
    bare: Sequence[str]

    @classmethod
    def of(cls, words: Sequence[Word]) -> "Said":
        return cls(words, [bare(word.text) for word in words])

    def mark(self, found: Found) -> Mark:
        """Where a phrase was said."""
        words = self.words[found.begin : found.end]
        return Mark(" ".join(word.text.strip(MARKS) for word in words), words[0].start_ms)

    def parted(self, at: int) -> bool:
        """Whether a mark or a silence, or the beginning or the end, stands in front of word
        `at`.
        """
        if at in (0, len(self.words)):
            return True
        before, after = self.words[at - 1], self.words[at]
        return bool(tail(before.text)) or after.start_ms - before.end_ms >= APART_MS


class Phrases:
    """A list of them, to be looked for."""

    def __init__(self, phrases: Sequence[str | _Phrase]) -> None:
        self._exact: dict[str, list[tuple[list[str], _Phrase]]] = {}
        self._wild: list[tuple[list[str], _Phrase]] = []
        for each in phrases:
            phrase = _Phrase(each) if isinstance(each, str) else each
            words = phrase.text.split()
            wild = any(sign in words[0] for sign in _WILD)
            found = self._wild if wild else self._exact.setdefault(words[0], [])
            found.append((words, phrase))
        # Most words begin none of them: one look tells.
        begins = "|".join(translate(words[0]) for words, _ in self._wild)
        self._begins_wild = re.compile(begins if self._wild else r"(?!)")

    def find(self, said: Said) -> list[Found]:
        """Those in `said`, the longest at each place, none within another. One that has to stand
        apart does so beside one that needn't.
        """
        anywhere = {found.begin: found for found in self._search(said, frozenset())}
        ends = frozenset(found.end for found in anywhere.values())
        return list(self._search(said, frozenset(anywhere) | ends))

    def _search(self, said: Said, edges: frozenset[int]) -> Iterator[Found]:
        """With `edges`: places that set apart what stands at them."""
        at = 0
        while at < len(said.bare):
            length = self._longest(said, at, edges)
            if length:
                yield Found(at, at + length)
            at += length or 1

    def _longest(self, said: Said, at: int, edges: frozenset[int]) -> int:
        """How many words the longest phrase at `at` has; 0 if there is none."""
        spoken = said.bare[at]
        candidates = self._exact.get(spoken, [])
        if self._begins_wild.match(spoken):
            candidates = [*candidates, *self._wild]
        longest = 0
        for words, phrase in candidates:
            found = Found(at, at + len(words))
            if _matches(said, at, words) and _counts(said, found, phrase, edges):
                longest = max(longest, len(words))
        return longest


def _matches(said: Said, at: int, words: Sequence[str]) -> bool:
    """Whether a phrase's words are said from `at` on, without a mark between them."""
    end = at + len(words)
    return (
        end <= len(said.words)
        and all(fnmatchcase(said.bare[at + place], word) for place, word in enumerate(words))
        and not any(tail(word.text) for word in said.words[at : end - 1])
    )


def _counts(said: Said, found: Found, phrase: _Phrase, edges: frozenset[int]) -> bool:
    if found.begin > 0 and said.bare[found.begin - 1] in phrase.not_after:
        return False
    if found.end < len(said.bare) and said.bare[found.end] in phrase.not_before:
        return False
    sides = {"anywhere": (), "after": (found.end,), "both": (found.begin, found.end)}
    return all(side in edges or said.parted(side) for side in sides[phrase.apart])


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What is looked for in one language. `doubled`: words that are said twice on purpose."""

    fillers: Phrases
    hedges: Phrases
    doubled: frozenset[str]


@cache
def lexicon(language: Language) -> Lexicon:
    """That of a language."""
    lists = msgspec.toml.decode(_FILE.read_bytes(), type=dict[Language, _Lists])[language]
    return Lexicon(Phrases(lists.fillers), Phrases(lists.hedges), frozenset(lists.doubled))
