r"""Tells cheaply, from the words of a text, which patterns can have no match in it.

What stands for itself in a pattern is a fragment: `\bignor(?:e|ing) all` has a match only where a
word holds `ignor`, another ends in `e` or `ing`, and a third begins with `all`. A clause is a set
of fragments of which a match holds one; a need is the clauses that it meets all, as bits of a
number. A need may ask for less than the pattern does, never for more.
"""

import re
import string
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

Clause = frozenset[str]

# Words that are remembered, and the longest of them, in characters.
_MOST_WORDS = 16_384
_LONGEST_WORD = 24

_LETTERS = f" {string.ascii_lowercase}"
_ATOM = re.compile(
    r"(?P<group>\((?:\?(?:<?[=!]|:|[^)]))?)|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])"
    r"|\\(?:x..|u.{4}|U.{8}|\d{1,3}|N\{[^}]*\}|[a-zA-Z])|\\?(?P<sign>.)",
    re.DOTALL,
)
_REPEATED = re.compile(r"(?:[*?]|(?P<once>\+)|\{(?P<least>\d*)(?:,\d*)?\})[?+]?")
# How a space in a pattern is written, since a line may be wrapped there.
_SPACE = r"[ \n]"


@dataclass(frozen=True, slots=True)
class Need:
    """Bits that a text has if a pattern may match: these, and all those of one alternative."""

    bits: int
    alternatives: tuple[int, ...]

    def met_without(self, lacking: int) -> bool:
        """`lacking`: what `Fragments.lacking` says of the text."""
        return 0 in map(lacking.__and__, self.alternatives)


class Fragments:
    """The clauses of all patterns, and which of them a text meets."""

    def __init__(self) -> None:
        self._bits: dict[Clause, int] = {}
        self._all = 0
        self._known = _Words()

    def need_of(self, pattern: str) -> Need:
        """What a valid pattern needs."""
        alternatives = _Reader(pattern).whole()
        return Need(
            self._number(_any_of(alternatives)), tuple(self._number(each) for each in alternatives)
        )

    def lacking(self, text: str) -> int:
        """The clauses that no word of a text meets, as bits."""
        return self._all & ~reduce(or_, map(self._known.__getitem__, text.split()), 0)

    def _number(self, clauses: Iterable[Clause]) -> int:
        return reduce(or_, map(self._bit, clauses), 0)

    def _bit(self, clause: Clause) -> int:
        if clause not in self._bits:
            self._bits[clause] = 1 << len(self._bits)
            self._all |= self._bits[clause]
            for fragment in clause:
                self._known.learn(fragment, self._bits[clause])
        return self._bits[clause]


@dataclass(slots=True)
class _Node:
    """What fragments go on with after some characters; `bits` of one that ends here."""

    bits: int = 0
    onward: dict[str, "_Node"] = field(default_factory=dict)


class _Words(dict[str, int]):
    """The bits of the clauses that each word meets: those of the fragments in it."""

    def __init__(self) -> None:
        super().__init__()
        self._root = _Node()
        self._longest = 0

    def learn(self, fragment: str, bits: int) -> None:
        self.clear()
        node = self._root
        for character in fragment:
            node = node.onward.setdefault(character, _Node())
        node.bits |= bits
        self._longest = max(self._longest, len(fragment))

    def __missing__(self, word: str) -> int:
        whole = f" {word} "
        held = 0
        for start in range(len(whole)):
            node = self._root
            for character in whole[start : start + self._longest]:
                if (onward := node.onward.get(character)) is None:
                    break
                node = onward
                held |= node.bits
        if len(word) <= _LONGEST_WORD:
            if len(self) >= _MOST_WORDS:
                self.clear()
            self[word] = held
        return held


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    def whole(self) -> list[list[Clause]]:
        """For each alternative of the pattern, what all its matches meet."""
        found = self._alternatives()
        return found if self._at == len(self._pattern) else [[]]

    def _alternatives(self) -> list[list[Clause]]:
        """As far as the end, or the end of a group."""
        found = [self._row()]
        while self._pattern.startswith("|", self._at):
            self._at += 1
            found.append(self._row())
        return found

    def _row(self) -> list[Clause]:
        """The clauses of what follows one another."""
        met: list[Clause] = []
        run = ""
        while (atom := _ATOM.match(self._pattern, self._at)) and atom[0] not in ("|", ")"):
            self._at = atom.end()
            inner = self._group(atom["group"]) if atom["group"] else []
            sign = _itself(atom)
            if (repeated := _REPEATED.match(self._pattern, self._at)) is not None:
                self._at = repeated.end()
                met += _fragments(run)
                run = ""
                if repeated["once"] or int(repeated["least"] or 0) > 0:
                    met += (*inner, *_fragments(sign))
            elif sign:
                run += sign
            else:
                met += (*_fragments(run), *inner)
                run = ""
        return [*met, *_fragments(run)]

    def _group(self, opening: str) -> list[Clause]:
        found = self._alternatives()
        self._at += 1
        return _any_of(found) if opening in ("(", "(?:") else []


def _itself(atom: re.Match[str]) -> str:
    """The one character that an atom stands for, white space as a space, or nothing."""
    if atom[0] == _SPACE:
        return " "
    sign = atom["sign"] or ""
    return "" if atom[0] in ("^", "$", ".") else " " if sign.isspace() else sign


def _fragments(run: str) -> Iterator[Clause]:
    """The words of a run of characters, each with the space before and behind it."""
    for word in re.finditer(r"[^ ]+", run):
        yield frozenset({run[max(0, word.start() - 1) : word.end() + 1]})


def _any_of(alternatives: Sequence[list[Clause]]) -> list[Clause]:
    """What a match of any alternative meets: of several, a fragment of each one's rarest clause."""
    if len(alternatives) == 1:
        return alternatives[0]
    if not all(alternatives):
        return []
    return [frozenset().union(*(min(each, key=_frequency) for each in alternatives))]


def _frequency(clause: Clause) -> float:
    """Roughly how often a clause is met: a digit or a Korean syllable tells more than a letter."""
    return sum(6.0 ** -sum(1 + (each not in _LETTERS) for each in one) for one in clause)
