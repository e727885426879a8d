"""Finds words in an answer that a model says are there.

A quotation counts if it stands in the answer, white space, case and the way that characters are put
together (Unicode's normal form C) apart, and as far as the answer speaks to the question: what
speaks to the interviewer instead bears nothing. What is given back is the answer's own words, to
the letter.

Models read the answer tamed (`instructions.py`), which changes letters one for one: so they are
looked up in what they read.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from realtime.interviewer.instructions import Found, tame

# A character with all that is written onto it. The vowels and final consonants of decomposed
# Hangul are joined to what stands before them.
_JOINED = re.compile(r"[\u1160-\u11FF\u0300-\u036F\uFE0E\uFE0F\u200D]")
_CLUSTER = re.compile(f".(?:{_JOINED.pattern})*", re.DOTALL)
_EDGES = " \t\r\n\"'“”‘’«»「」…."
_WORD = re.compile(r"\w+")
# How many of an account's words are the text's own, at least.
_OWN = 0.8
# Fewer characters show nothing, unless they are the whole answer.
_FEWEST = 4


@dataclass(frozen=True, slots=True)
class _Folded:
    """A text made alike. The character `text[n]` comes from `starts[n]` to `ends[n]`."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]


class Evidence:
    """An answer in which quotations are looked up."""

    def __init__(self, answer: str, asides: Sequence[Found] = ()) -> None:
        self._answer = answer
        self._tamed = tame(answer)
        self._asides = asides

    @cached_property
    def _folded(self) -> _Folded:
        return _fold(self._tamed)

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(_WORD.findall(self._folded.text))

    def find(self, quote: str) -> str | None:
        """The words of the answer that `quote` quotes; null if they aren't there."""
        quote = tame(quote).strip(_EDGES)
        span = self._as_it_is(quote) or self._folded_alike(quote)
        if span is None:
            return None
        start, end = span
        if _is_within_word(self._tamed, start) or _is_within_word(self._tamed, end):
            return None
        beside = any(start < aside.end and aside.start < end for aside in self._asides)
        return None if beside else self._answer[start:end]

    def bears(self, account: str) -> bool:
        """Whether an account of it is made of its words, all but a few that link them."""
        words = _WORD.findall(account.casefold())
        return bool(words) and sum(word in self._words for word in words) >= _OWN * len(words)

    def find_name(self, name: str) -> str | None:
        """The words that name something, be they as short as C; null if they aren't there, or only
        as a part of other words.
        """
        wanted = _fold(tame(name).strip(_EDGES)).text
        if not any(map(str.isalnum, wanted)):
            return None
        folded = self._folded
        at = folded.text.find(wanted)
        while at >= 0:
            end = at + len(wanted)
            before, after = folded.text[max(0, at - 1) : at], folded.text[end : end + 1]
            # Korean particles follow a name without a blank.
            if not (before.isalnum() or (after.isascii() and after.isalnum())):
                return self._answer[folded.starts[at] : folded.ends[end - 1]]
            at = folded.text.find(wanted, at + 1)
        return None

    def _folded_alike(self, quote: str) -> tuple[int, int] | None:
        wanted = _fold(quote).text
        if not any(map(str.isalnum, wanted)):
            return None
        if len(wanted.replace(" ", "")) < _FEWEST and wanted != self._folded.text.strip(_EDGES):
            return None
        at = self._folded.text.find(wanted)
        if at < 0:
            return None
        return self._folded.starts[at], self._folded.ends[at + len(wanted) - 1]

    def _as_it_is(self, quote: str) -> tuple[int, int] | None:
        """Where it stands to the letter, as most do: whole characters, and enough."""
        if len(quote.replace(" ", "")) < _FEWEST or not any(map(str.isalnum, quote)):
            return None
        at = -1 if _JOINED.match(quote) else self._tamed.find(quote)
        if at < 0 or _JOINED.match(self._tamed, at + len(quote)) is not None:
            return None
        return at, at + len(quote)


def _is_within_word(text: str, place: int) -> bool:
    """Whether a Latin word goes on over that place; Korean particles hang on their words."""
    around = text[place - 1 : place + 1] if place else ""
    return len(around) == 2 and around.isascii() and around.isalnum()


def _fold(text: str) -> _Folded:
    characters = [*_characters(text)]
    return _Folded(
        "".join(folded for folded, _, _ in characters),
        tuple(start for _, start, _ in characters),
        tuple(end for _, _, end in characters),
    )


def _characters(text: str) -> Iterator[tuple[str, int, int]]:
    """Each folded character and where it comes from; a run of white space is one blank."""
    blank = False
    for match in _CLUSTER.finditer(text):
        start, end = match.span()
        if match.group().isspace():
            if not blank:
                yield " ", start, end
            blank = True
            continue
        blank = False
        for folded in unicodedata.normalize("NFC", match.group()).casefold():
            yield folded, start, end
