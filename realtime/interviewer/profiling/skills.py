"""Skills: those of a list, and those that are known by name wherever they stand."""

import re
from collections.abc import Iterable, Iterator

from protocol.documents import MOST_SKILLS
from realtime.interviewer.profiling.layout import Line
from realtime.interviewer.profiling.personal import BLOT
from realtime.interviewer.profiling.words import Skills, Words

# What a list names is no longer than this, in characters and words; else it is a sentence.
_LONGEST = 40
_MOST_WORDS = 4

_SENTENCE = re.compile(r"(?:[.!?。]|[가-힣]다|[가-힣]요|가능|능숙|보유|경험|있음|함|수준)\.?$")
_SPLIT = re.compile(rf"[{BLOT}\t,;·•|、，/()\[\]]+|\s{{2,}}|\s[–—-]\s|\s&\s|\s및\s")
_LABEL = re.compile(r"[^\s:：,][^:：,\n]{0,24}[:：]\s*")
_EDGES = " \t*_`~.:-–—=>'\"" + BLOT


class Gathered:
    """Skills in the order in which they were met, each once."""

    def __init__(self, skills: Skills) -> None:
        self._skills = skills
        self._said: dict[str, str] = {}

    def add(self, said: Iterable[str]) -> None:
        for each in said:
            self._said.setdefault(self._skills.name(each), each)

    @property
    def most(self) -> tuple[str, ...]:
        """As many as a profile has."""
        return tuple(self._said.values())[:MOST_SKILLS]


def listed(lines: Iterable[Line], words: Words, skills: Skills) -> Iterator[str]:
    """What the lines of a list name; of a line that is a sentence, the known skills."""
    for line in lines:
        label = _LABEL.match(line.text)
        text = line.text if label is None else line.text[label.end() :]
        yield from _of_list(text, words, skills) if _is_list(text) else named(text, skills)


def _is_list(text: str) -> bool:
    pieces = _SPLIT.split(text)
    if len(pieces) == 1:
        return len(text) <= _LONGEST and not _SENTENCE.search(text)
    return max(len(piece.split()) for piece in pieces) <= _MOST_WORDS + 1


def _of_list(text: str, words: Words, skills: Skills) -> Iterator[str]:
    """The items of a list. A known name may have in it what would part two others."""
    at = 0
    for found in [*skills.find(text), None]:
        before = text[at : len(text) if found is None else found.start]
        # A known name within an item is not the whole of it: "AWS certified".
        yield from (item for item in _items(before, words) if item)
        if found is not None:
            yield text[found.start : found.end]
            at = found.end


def _items(text: str, words: Words) -> Iterator[str]:
    for piece in _SPLIT.split(text):
        item = piece.strip(_EDGES).strip()
        if not 1 < len(item) <= _LONGEST or not any(map(str.isalpha, item)):
            continue
        if len(item.split()) <= _MOST_WORDS and not words.patterns["grade"].fullmatch(item):
            yield item


def named(text: str, skills: Skills) -> Iterator[str]:
    """The known skills that a text names."""
    return (text[found.start : found.end] for found in skills.find(text))
