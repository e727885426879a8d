"""Cuts a model's reply into sections, as it comes.

A mark opens a section, and the next one closes it; no mark needs to close any:

    @@k7q3mx feedback
    You named the index that you added …
    @@k7q3mx question follow_up
    How did you find out that …
    @@k7q3mx score intent 4
    "the index that I added"

Rules of this file:
- Pure, and linear in the text: a mark in the making is held back, and nothing else.
- The key is drawn for each request, after the candidate has spoken. So no text of theirs opens a
  section, however often it is repeated: a mark with another key is taken out, and opens nothing.
- What is cut out depends on the text alone, never on how it was cut into pieces.
- Models are sloppy: a mark counts anywhere in a line, in any case, with emphasis, colons or more
  `@` around. What stands before the first mark is chatter, and dropped. What stands in a mark's
  line behind it belongs to its section.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# The names of the sections of all replies: with another key a mark of each is taken out of each.
NAMES = frozenset(
    (
        *("feedback", "question", "score", "unscored", "hint", "topic", "report", "strength"),
        *("improvement", "turn", "summary", "better", "skill", "experience", "project"),
        *("education", "end"),
    )
)

# A mark is never longer, in characters, nor is anything that is held back for being one.
LONGEST_MARK = 120

_SIGNS = re.compile(r"@+")
_KEY = re.compile(r"[ \t/\[(<{*`]{0,4}(\w{0,24})")
_NAME = re.compile(r"[ \t\])>}*`:：=-]{1,6}([^\W\d_]\w{0,23})")
_GAP = re.compile(r"[ \t:：=,]{1,6}")
_OPENING = re.compile(r"[(\[<{`*\"']{0,3}")
_CLOSING = re.compile(r"[)\]>}`*\"']{0,3}")
# A word beside a name is told from what stands in so many characters of its line.
_LONGEST_WORD = 32
# What a word may go on with.
_GOES_ON = re.compile(r"[\w./-]*")
_TAIL = re.compile(r"[ \t:：@]*(?:[*_`\])>}]{1,4}[ \t]*)?(\r?\n)?")
# Emphasis and the like that ends with the mark, where its text begins on its line.
_CLOSED = re.compile(r"[:：@]*[*_`\])>}]{1,4}(?=[ \t])")
_BLANK = re.compile(r"[ \t:：@]*")
# With which some number the sections of a kind.
_COUNT = re.compile(r"[ \t#]{0,2}\d{1,2}(?=[:：*_\r\n]|\Z)")
# Of what may stand between a mark's key and its name.
_BETWEEN = re.compile(r"[ \t/\[\](){}<>*`:：=-]*")


@dataclass(frozen=True, slots=True)
class Opened:
    """A section begins. `words`: what its mark said beside the name, as far as it could be read."""

    name: str
    words: tuple[str, ...] = ()


class _Undecided(Exception):
    """More text must come first."""


class Sections:
    """A reply in the making. `feed` gives what is sure of it by now, `end` the rest.

    `key` opens sections. `arguments`: which words a section's mark has, by its name. A name that
    isn't among them opens a section too: whoever reads it leaves it out.
    """

    def __init__(self, key: str, arguments: Mapping[str, Sequence[re.Pattern[str]]]) -> None:
        self._key = key.casefold()
        self._arguments = arguments
        self._held = ""
        self._within = False

    def feed(self, piece: str) -> list[Opened | str]:
        """The sections that `piece` opens, and the text in them. No text is empty."""
        if not self._held and "@" not in piece:
            return [piece] if self._within and piece else []
        return self._cut(self._held + piece, last=False)

    def end(self) -> list[Opened | str]:
        """What was still held."""
        return self._cut(self._held, last=True)

    def _cut(self, text: str, *, last: bool) -> list[Opened | str]:
        parts: list[Opened | str] = []
        self._held = ""
        at = 0
        while at < len(text):
            sign = text.find("@", at)
            if sign < 0:
                sign = len(text)
            if self._within and sign > at:
                parts.append(text[at:sign])
            if sign == len(text):
                break
            try:
                length, found = self._mark(text[sign : sign + LONGEST_MARK + 1], last=last)
            except _Undecided:
                self._held = text[sign:]
                break
            at = sign + length
            self._within = self._within or isinstance(found, Opened)
            if self._within and found is not None:
                parts.append(found)
        return parts

    def _mark(self, text: str, *, last: bool) -> tuple[int, Opened | str | None]:
        """What `text` begins with, a mark or signs that are none, and how long that is. Null: a
        mark that opens nothing.

        Raises:
            _Undecided: the text may go on so that it would be another one.
        """
        reading = _Reading(text, last or len(text) > LONGEST_MARK)
        signs = reading.take(_SIGNS)
        if len(signs) < 2:
            return 1, signs
        key = reading.take(_KEY, 1)
        closes = "/" in text[: reading.at]
        if last and reading.at == len(text) and self._key.startswith(key.casefold()):
            return len(text), None  # The reply broke off in a mark.
        keyless = key.casefold() in NAMES
        name = (key if keyless else reading.take(_NAME, 1) if key else "").casefold()
        words: list[str] = []
        for wanted in self._arguments.get(name, ()):
            word = reading.word(wanted)
            if word is None:
                break
            words.append(word)
        ours = key.casefold() == self._key
        if not ours and name not in NAMES:
            return len(signs), signs
        if not self._arguments.get(name):
            reading.take(_COUNT)
        reading.take_tail()
        opens = ours and name and not closes
        return reading.at, Opened(name, tuple(words)) if opens else None


class _Reading:
    """A mark, read up to `at`. Unless nothing follows, what reaches the end is undecided."""

    def __init__(self, text: str, last: bool) -> None:
        self._text = text
        self._last = last
        self.at = 0

    def take(self, pattern: re.Pattern[str], group: int = 0) -> str:
        """What matches here, or nothing."""
        found = pattern.match(self._text, self.at)
        if found is None:
            between = _BETWEEN.match(self._text, self.at)
            assert between is not None
            self._check(between.end())
            return ""
        self._check(found.end())
        self.at = found.end()
        return found.group(group)

    def word(self, wanted: re.Pattern[str]) -> str | None:
        """The next word, if it is one of those wanted, whatever it stands between."""
        gap = _GAP.match(self._text, self.at)
        if gap is None:
            self._check(self.at)
            return None
        self._check(gap.end())
        begin = self._over(_OPENING, gap.end())
        end = self._text.find("\n", begin, begin + _LONGEST_WORD)
        if end < 0:
            end = begin + _LONGEST_WORD
            self._check(end)
        found = wanted.match(self._text, begin, end)
        if found is None or self._over(_GOES_ON, found.end(), end) > found.end():
            return None
        self.at = self._over(_CLOSING, found.end())
        self._check(self.at)
        return found.group()

    def _over(self, pattern: re.Pattern[str], at: int, end: int = LONGEST_MARK + 1) -> int:
        """Where what matches there ends."""
        found = pattern.match(self._text, at, end)
        assert found is not None
        return found.end()

    def take_tail(self) -> None:
        """What closes the mark: emphasis and a line's end, or the blank before its text."""
        tail = _TAIL.match(self._text, self.at)
        assert tail is not None
        whole = tail.group(1) is not None
        self._check(tail.end() - whole)
        if not whole and self._text.startswith("\r", tail.end()):
            self._check(tail.end() + 1)
        if whole or tail.end() == len(self._text):
            self.at = tail.end()
            return
        closed = _CLOSED.match(self._text, self.at)
        blank = _BLANK.match(self._text, self.at if closed is None else closed.end())
        assert blank is not None
        self.at = blank.end()

    def _check(self, end: int) -> None:
        if end >= len(self._text) and not self._last:
            raise _Undecided
