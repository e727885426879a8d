"""The passages of a text that fit a rule of any language."""

import codecs
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import get_args

from protocol.view import Language
from realtime.interviewer.files import DATA
from realtime.interviewer.instructions.alike import Alike, made_alike
from realtime.interviewer.instructions.encoded import encoded
from realtime.interviewer.instructions.fragments import Fragments
from realtime.interviewer.instructions.rules import Kind, Rules, may_fit
from realtime.interviewer.instructions.sentences import windows

_SIGNS = " \t\n" + string.punctuation
_ROT13_SAID = re.compile(r"\brot[ -]?13\b")


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that speaks to the judge: code points `start` to `end` of the text."""

    start: int
    end: int
    kind: Kind


class Detector:
    """The rules of every language."""

    def __init__(self, folder: Traversable = DATA / "instructions") -> None:
        """
        Raises:
            DataFileError: a file is missing or wrong, or a pattern in it is.
        """
        self._fragments = Fragments()
        self._rules = [
            Rules(folder / f"{language}.toml", self._fragments) for language in get_args(Language)
        ]

    def find(self, text: str) -> tuple[Found, ...]:
        """The passages, whole sentences or lines, in order and disjoint."""
        found = list(self._read(made_alike(text)))
        for start, end, hidden in encoded(text):
            found += (Found(start, end, each.kind) for each in self._read(made_alike(hidden)))
        return tuple(_disjoint(found))

    def _read(self, alike: Alike) -> Iterator[Found]:
        yield from self._look(alike, alike.text)
        if "13" in alike.text and _ROT13_SAID.search(alike.text):
            yield from self._look(alike, codecs.decode(alike.text, "rot13"))

    def _look(self, alike: Alike, text: str) -> Iterator[Found]:
        lacking = self._fragments.lacking(text)
        hopeful = [(rules, may_fit(rules.trials, lacking)) for rules in self._rules]
        if not any(trials for _, trials in hopeful):
            return
        for pieces in windows(text):
            begin, end = pieces[0][0], pieces[-1][1]
            window = text[begin:end]
            lacking = self._fragments.lacking(window)
            matches = [
                match
                for rules, trials in hopeful
                for match in rules.matches(window, may_fit(trials, lacking))
            ]
            if not matches or any(each.excuse.search(window) for each in self._rules):
                continue
            for start, stop, kind in matches:
                # Where an order begins, a rule may have taken the sign before it along.
                said = begin + stop - len(window[start:stop].lstrip(_SIGNS))
                first = next((piece for piece in pieces if piece[1] > said), pieces[-1])
                last = next(piece for piece in pieces if piece[1] >= begin + stop)
                yield Found(alike.origin(first[0]), alike.origin(last[1]), kind)


def _disjoint(found: list[Found]) -> Iterator[Found]:
    """In order; what overlaps is one passage, of the kind that begins it."""
    last: Found | None = None
    for each in sorted(found, key=lambda each: (each.start, -each.end)):
        if last is not None and each.start < last.end:
            last = Found(last.start, max(last.end, each.end), last.kind)
            continue
        if last is not None:
            yield last
        last = each
    if last is not None:
        yield last
