"""Whether the words so far could be a whole answer: what a pause after them means.

Pure, and by rules over data/completeness.toml, because the answer must be there within a pause
and be the same each time. It looks at the end of the text alone: a filler (음, um), an open clause
(because, -는데), the end of a sentence (-습니다, a full stop). A model's punctuation is weighed,
not believed: Whisper ends any clip with a full stop that it can.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from protocol.view import Language

Completeness = Literal["finished", "unfinished", "filler", "unknown"]

# As much of the text as is looked at.
_LAST_CHARACTERS = 200

_SAID_AGAIN = re.compile(r"(\w)\1+")
_NO_WORD = re.compile(r"[^\w' ]+")
_MARKS_AT_THE_END = re.compile(r"[^\w]*$")

# A consonant standing alone, as it is typed -> as it closes a syllable.
_CLOSING = {"ㄴ": "\u11ab", "ㄹ": "\u11af", "ㅂ": "\u11b8"}


@dataclass(frozen=True, slots=True)
class _Rules:
    full_stop_ends: bool
    fillers: frozenset[str]
    unfinished: frozenset[str]
    open: frozenset[str]
    finished: frozenset[str]
    unfinished_endings: frozenset[str]
    finished_endings: frozenset[str]


def completeness(text: str, language: Language) -> Completeness:
    """How `text`, what was said so far, ends.

    - `finished`: like a sentence.
    - `unfinished`: in a clause, or before what must follow.
    - `filler`: with a sound or a phrase of somebody who looks for words.
    - `unknown`: neither can be told; or nothing was said.
    """
    rules = _rules(language)
    end = text[-_LAST_CHARACTERS:]
    words = _plain(end)
    if not words:
        return "unknown"
    found = _MARKS_AT_THE_END.search(end)
    marks = found.group() if found else ""
    if _longest(_said_once(words), rules.fillers):
        return "filler"
    if any(mark in marks for mark in "?？!！"):
        return "finished"
    if _is_left_open(marks):
        return "unfinished"
    return _by_last_words(words, rules, has_full_stop="." in marks or "。" in marks)


def _by_last_words(words: str, rules: _Rules, has_full_stop: bool) -> Completeness:
    by_length: list[tuple[int, Completeness]] = [
        (_longest(words, rules.unfinished), "unfinished"),
        (_longest(words, rules.open), "finished" if has_full_stop else "unfinished"),
        (_longest(words, rules.finished), "finished"),
    ]
    length, meaning = max(by_length, key=lambda each: each[0])
    if length:
        return meaning
    letters = _taken_apart(words)
    finished = _longest_ending(letters, rules.finished_endings)
    unfinished = _longest_ending(letters, rules.unfinished_endings)
    if finished or unfinished:
        return "finished" if finished > unfinished else "unfinished"
    return "finished" if has_full_stop and rules.full_stop_ends else "unknown"


def _is_left_open(marks: str) -> bool:
    """A comma, a dash or dots: whoever wrote them down heard that it goes on."""
    return "…" in marks or ".." in marks or any(mark in marks for mark in ",，、;:-–—")


def _plain(text: str) -> str:
    """Small letters without punctuation; Korean syllables are whole."""
    text = unicodedata.normalize("NFC", text).casefold().replace("’", "'")
    return " ".join(_NO_WORD.sub(" ", text).split())


def _said_once(words: str) -> str:
    return _SAID_AGAIN.sub(r"\1", words)


def _taken_apart(words: str) -> str:
    """With every Korean syllable as its letters, so that an ending may begin within one."""
    return unicodedata.normalize("NFD", words)


def _longest(words: str, phrases: Iterable[str]) -> int:
    """The length of the longest of the phrases that `words` end with; 0 if there is none."""
    whole = f" {words}"
    return max((len(each) for each in phrases if whole.endswith(f" {each}")), default=0)


def _longest_ending(letters: str, endings: Iterable[str]) -> int:
    return max((len(each) for each in endings if letters.endswith(each)), default=0)


def _ending(written: str) -> str:
    """An ending as letters: "ㅂ니다" begins with the ㅂ that closes 합, 입, 습."""
    closing = _CLOSING.get(written[0], "")
    return closing + _taken_apart(written[len(closing) :])


@cache
def _rules(language: Language) -> _Rules:
    source = files("realtime.speech").joinpath("data/completeness.toml").read_text("utf-8")
    table = tomllib.loads(source)[language]
    return _Rules(
        full_stop_ends=table["full_stop_ends"],
        fillers=frozenset(map(_said_once, table["fillers"])),
        unfinished=frozenset(table["unfinished"]),
        open=frozenset(table["open"]),
        finished=frozenset(table["finished"]),
        unfinished_endings=frozenset(map(_ending, table["unfinished_endings"])),
        finished_endings=frozenset(map(_ending, table["finished_endings"])),
    )
