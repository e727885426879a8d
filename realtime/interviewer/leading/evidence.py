"""Finds words in an answer that a model says are there.

A quotation counts if it stands in the answer, white space, case and the way that characters are put
together (Unicode's normal form C) apart. What is given back is the answer's own words, to the
letter.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

# A character with all that is written onto it. The vowels and final consonants of decomposed
# Hangul are joined to what stands before them.
_JOINED = re.compile(r"[\u1160-\u11FF\u0300-\u036F\uFE0E\uFE0F\u200D]")
_CLUSTER = re.compile(f".(?:{_JOINED.pattern})*", re.DOTALL)
_EDGES = " \t\r\n\"'“”‘’«»「」…."
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

    def __init__(self, answer: str) -> None:
        self._answer = answer

    @cached_property
    def _folded(self) -> _Folded:
        return _fold(self._answer)

    def find(self, quote: str) -> str | None:
        """The words of the answer that `quote` quotes; null if they aren't there."""
        quote = quote.strip(_EDGES)
        if self._is_there(quote):
            return quote
        wanted = _fold(quote).text
        if not any(map(str.isalnum, wanted)):
            return None
        if len(wanted.replace(" ", "")) < _FEWEST and wanted != self._folded.text.strip(_EDGES):
            return None
        at = self._folded.text.find(wanted)
        if at < 0:
            return None
        start, end = self._folded.starts[at], self._folded.ends[at + len(wanted) - 1]
        return self._answer[start:end]

    def _is_there(self, quote: str) -> bool:
        """Whether it stands in the answer as it is, as most do: whole characters, and enough."""
        if len(quote.replace(" ", "")) < _FEWEST or not any(map(str.isalnum, quote)):
            return False
        at = -1 if _JOINED.match(quote) else self._answer.find(quote)
        return at >= 0 and _JOINED.match(self._answer, at + len(quote)) is None


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
