"""The lines of a document, and the sections that they make."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from protocol.documents import DocumentKind
from realtime.interviewer.profiling.personal import BLOT
from realtime.interviewer.profiling.words import Section, Words, letters

# A longer line is no heading, and what stands before a colon is none either.
_LONGEST_HEADING = 50
_LONGEST_LABEL = 30

_BULLET = re.compile(
    r"(?:[•▪■◆●○◦‣►▶✓✔※□▣◇·∙\uf0a7\uf0b7]\s?|[-*+–—>o]\s+|(?:\d{1,2}|[가나다라마바사])[.)]\s+|"
    r"\(\d{1,2}\)\s?|[①-⑳]\s?)"
)
_MARK = re.compile(r"#{1,6}\s*")
_NUMBER = re.compile(r"(?:[IVX]{1,4}|[Ⅰ-Ⅻ]|\d{1,2}|[A-H])[.)]\s*")
_IN_PARENTHESES = re.compile(r"\([^)]{0,60}\)")
_INLINE = re.compile(
    r"[*_]{0,2}([^\s:：|][^:：|\n]{0,40}?)[*_]{0,2}\s{0,3}[:：|][*_]{0,2}\s*(\S.*)"
)
_WIDE = re.compile(r"(\S+(?: \S+){0,4})(?:\t+| {2,})(\S.*)")
_EMPHASIS = " \t*_`|"


@dataclass(frozen=True, slots=True)
class Line:
    """A line without the marks around it: `text` is `source[start:end]`.

    `bullet`: it is an item of a list; `mark`: it is a heading of some rank by the writer's own
    mark; `after_blank`: a blank line, or the document's beginning, is before it.
    """

    start: int
    end: int
    text: str
    indent: int
    bullet: str = ""
    mark: bool = False
    after_blank: bool = False


def lines(source: str) -> Iterator[Line]:
    """The lines that say something."""
    at = 0
    blank = True
    for raw in source.split("\n"):
        start, end = at, at + len(raw)
        at = end + 1
        text = raw.strip()
        if not text.strip(BLOT + " \t|*_-–—=~·•.,"):
            blank = blank or not text
            continue
        start += len(raw) - len(raw.lstrip())
        indent = len(raw) - len(raw.lstrip())
        mark = _MARK.match(text)
        bullet = None if mark else _BULLET.match(text)
        if cut := mark or bullet:
            start += cut.end()
        inner = source[start:end]
        start += len(inner) - len(inner.lstrip(_EMPHASIS))
        end -= len(inner) - len(inner.rstrip(_EMPHASIS))
        told = bullet.group().strip() if bullet else ""
        yield Line(start, end, source[start:end], indent, told, mark is not None, blank)
        blank = False


@dataclass(frozen=True, slots=True)
class Part:
    """A section's lines; `section` is null before the first heading."""

    section: Section | None
    lines: tuple[Line, ...]


def parts(source: str, kind: DocumentKind, words: Words) -> list[Part]:
    """The document in sections, in their order."""
    made: list[Part] = []
    section: Section | None = None
    gathered: list[Line] = []
    for line in lines(source):
        begun = heading(line.text, kind, words)
        beside = None if begun else _beside(line, section, kind, words)
        if begun is None and beside is None:
            gathered.append(line)
            continue
        made.append(Part(section, tuple(gathered)))
        section, gathered = (begun, []) if beside is None else (beside[0], [beside[1]])
    made.append(Part(section, tuple(gathered)))
    return [part for part in made if part.lines]


def heading(text: str, kind: DocumentKind, words: Words) -> Section | None:
    """The section that a line is the heading of, if it is one."""
    if len(text) > _LONGEST_HEADING:
        return None
    known = words.headings[kind]
    bare = _NUMBER.sub("", text, count=1) if _NUMBER.match(text) else text
    outside = _IN_PARENTHESES.sub("", bare)
    for said in (bare, outside, *re.split(r"[|/·]", outside, maxsplit=1)):
        if section := known.get(letters(said)):
            # "5 years" and the like beside it belong to no sentence.
            return section if sum(map(str.isalpha, said)) * 2 > len(said.replace(" ", "")) else None
    return None


def _beside(
    line: Line, now: Section | None, kind: DocumentKind, words: Words
) -> tuple[Section, Line] | None:
    """A heading with what belongs to it on the same line: "Skills: Python, Go".

    Within an experience such a line speaks of that experience.
    """
    if kind == "resume" and now in ("experience", "projects"):
        return None
    found = _INLINE.match(line.text) or _WIDE.match(line.text)
    if found is None or len(found[1]) > _LONGEST_LABEL:
        return None
    section = heading(found[1], kind, words)
    if section not in ("skills", "education", "requirements", "preferred", "duties"):
        return None
    start = line.start + found.start(2)
    return section, Line(start, line.end, found[2], line.indent)
