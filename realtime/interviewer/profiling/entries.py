"""Jobs, projects and courses of study out of a section's lines.

An entry begins where a period stands, or, in a section without any, where a line looks like a
title. How many lines stand above the period is told by the section's first entry: whoever wrote it
did so throughout. All that comes out is cut from the source and free of `BLOT`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from protocol.documents import MOST_ENTRIES, MOST_OF_DETAIL, MOST_OF_LINE, Entry
from realtime.interviewer.profiling.layout import Line
from realtime.interviewer.profiling.periods import Period, period
from realtime.interviewer.profiling.personal import BLOT
from realtime.interviewer.profiling.words import Words

Kind = Literal["experience", "projects", "education"]

# Longest line that may be a title, or hold a period beside one.
_TITLE = 90
_DATED = 160
# A line that gives a place only after a period, or says what one was.
_SHORT = 45
_MOST_ABOVE = 2

# "Acme Inc." ends no sentence.
_SENTENCE_END = re.compile(
    r"(?:(?<!Inc)(?<!Corp)(?<!Ltd)(?<!Co)(?<![A-Z])\.|[!?。;]|[가-힣]다\.?|[가-힣]요\.?|했음|하였음)$"
)
_SCHOOL_FIRST = re.compile(
    r"(\S*(?:대학교|대학원|고등학교|대학)|KAIST|POSTECH|D?GIST|UNIST|카이스트)\s+(\S.*)"
)
_UNTIDY = " \t\n,;:(|–—-"
_SPLIT = re.compile(
    rf"[{BLOT}\t]+|\s{{2,}}|\s*[|｜]\s*|\s+[–—-]+\s+|\s*[·•]\s*|\s+/\s+|\s+@\s+|\s+at\s+(?=[A-Z가-힣(])|"
    r"\s*\((?!주\)|유\)|재\)|사\)|학\))|(?<!\(주)(?<!\(유)(?<!\(재)(?<!\(사)(?<!\(학)\)\s*"
)
_WEAK_SPLIT = re.compile(r",\s+")
_TITLE_END = re.compile(r"\s[–—-]\s|[:：]\s|\s\(")
_EDGES = " \t,:;|·•*_#/~–—-=>" + BLOT
# Shorter words beside title and place say nothing of what was done.
_SAYS_SOMETHING = 8


@dataclass(frozen=True, slots=True)
class _Block:
    """An entry's lines: what heads it, with the period in line `dated` of them, and the rest."""

    head: tuple[Line, ...]
    body: tuple[Line, ...]
    when: Period | None = None
    dated: int = 0


def entries(
    lines: Sequence[Line], kind: Kind, source: str, words: Words, *, above: int = _MOST_ABOVE
) -> tuple[Entry, ...]:
    """The entries of a section, as many as a profile has.

    `above`: how many lines of an entry may stand above its period, at most.
    """
    made: list[Entry] = []
    for block in _blocks(_telling(lines, words), kind, above):
        entry = _entry(block, kind, source, words)
        if entry is not None and entry not in made:
            made.append(entry)
        if len(made) == MOST_ENTRIES:
            break
    return tuple(made)


def _telling(lines: Sequence[Line], words: Words) -> list[Line]:
    """The lines without those that give a place, a duration or a mark, and nothing else."""
    aside = words.patterns["aside"]
    return [line for line in lines if not aside.fullmatch(line.text.strip(_EDGES + "()"))]


# --- where entries begin --------------------------------------------------------------------------


def _blocks(lines: Sequence[Line], kind: Kind, above: int) -> Iterator[_Block]:
    when = {at: found for at, line in enumerate(lines) if (found := _dates(line)) is not None}
    outside = [at for at in when if not lines[at].bullet]
    dated = outside or [at for at in when if len(lines[at].text) <= _TITLE]
    if dated:
        yield from _dated(lines, when, dated, above)
    elif kind == "projects" or any(not line.bullet for line in lines):
        yield from _undated(lines)


def _dates(line: Line) -> Period | None:
    """The period that a line gives an entry; none if it only speaks of one."""
    if len(line.text) > _DATED:
        return None
    found = period(line.text)
    if found is None:
        return None
    rest = (line.text[: found.start] + line.text[found.end :]).strip(_EDGES + "()")
    return None if len(rest) > _SHORT // 2 and _SENTENCE_END.search(rest) else found


def _dated(
    lines: Sequence[Line], when: Mapping[int, Period], dated: Sequence[int], most_above: int
) -> Iterator[_Block]:
    above = _titles_above(lines, dated[0], 0, most_above)
    starts: list[int] = []
    ended = 0
    for at in dated:
        starts.append(at - _titles_above(lines, at, ended, above))
        ended = at + 1
    for start, at, end in zip(starts, dated, [*starts[1:], len(lines)], strict=True):
        below = at + 1
        if at == start:
            # The period comes first, and what it is of may stand below.
            rest = (lines[at].text[: when[at].start] + lines[at].text[when[at].end :]).strip(
                _EDGES + "()"
            )
            most = 0 if _pieces(rest)[1:] else (1 if rest else 2)
            while below < min(end, at + 1 + most) and _may_name(lines[below]):
                below += 1
        yield _Block(tuple(lines[start:below]), tuple(lines[below:end]), when[at], at - start)


def _titles_above(lines: Sequence[Line], at: int, first: int, most: int) -> int:
    """How many lines that look like titles stand right above line `at`."""
    count = 0
    while count < most and at - count - 1 >= first and _is_title(lines[at - count - 1]):
        count += 1
        if lines[at - count].after_blank:
            break
    return count


def _is_title(line: Line) -> bool:
    return (
        not line.bullet
        and len(line.text) <= _TITLE
        and not _SENTENCE_END.search(line.text)
        and not re.match(r"[^\s:：]{1,12}\s?[^\s:：]{0,12}[:：]", line.text)
    )


def _may_name(line: Line) -> bool:
    """Whether a line below a period says whose it was: short, and closer to it than a body."""
    return _is_title(line) and len(line.text) <= _SHORT and not line.after_blank


def _undated(lines: Sequence[Line]) -> Iterator[_Block]:
    if not lines:
        return
    marked = [at for at, line in enumerate(lines) if line.mark]
    plain = [
        at
        for at, line in enumerate(lines)
        if _is_title(line) and (at == 0 or line.after_blank or lines[at - 1].bullet)
    ]
    if all(_TITLE_END.search(line.text) and not line.bullet for line in lines):
        plain = [*range(len(lines))]
    starts = marked or plain or _outer(lines) or [0]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield _Block((lines[start],), tuple(lines[start + 1 : end]))


def _outer(lines: Sequence[Line]) -> list[int]:
    """The items of a list that are no items of items."""
    least = min(line.indent for line in lines)
    first = lines[0].bullet
    return [
        at
        for at, line in enumerate(lines)
        if line.bullet and line.indent <= least + 1 and line.bullet[-1:] == first[-1:]
    ]


# --- what an entry says ---------------------------------------------------------------------------


def _entry(block: _Block, kind: Kind, source: str, words: Words) -> Entry | None:
    texts = [line.text for line in block.head]
    when = ""
    if block.when is not None:
        dated = texts[block.dated]
        when = dated[block.when.start : block.when.end]
        texts[block.dated : block.dated + 1] = [
            dated[: block.when.start],
            dated[block.when.end :],
        ]
    detail = _detail(block.body, source)
    if block.when is None and len(texts) == 1 and (split := _TITLE_END.search(texts[0])):
        # "Title: what it was" in one line.
        head = block.head[0]
        rest = Line(head.start + split.end(), head.end, texts[0][split.end() :], 0)
        texts = [texts[0][: split.start()]]
        detail = _detail((rest, *block.body), source)
    pieces = [piece for text in texts for piece in _pieces(text)]
    told = [piece for piece in pieces if not words.patterns["aside"].fullmatch(piece)]
    title, place = _named(told, kind, words)
    if not title:
        return None
    if not detail and kind != "education":
        # In a table, what was done stands beside the rest.
        named = (title, place or title)
        beside = [piece for piece in told if not any(each in piece for each in named)]
        detail = max((each for each in beside if len(each) >= _SAYS_SOMETHING), key=len, default="")
    return Entry(
        clip(title, MOST_OF_LINE), clip(place, MOST_OF_LINE), clip(when, MOST_OF_LINE), detail
    )


def _pieces(text: str) -> list[str]:
    stripped = (_bare(piece.strip(_EDGES)) for piece in _SPLIT.split(text))
    return [piece for piece in stripped if piece and any(map(str.isalnum, piece))]


def _bare(piece: str) -> str:
    """Without brackets around the whole of it."""
    return piece[1:-1].strip() if piece[:1] == "[" and piece[-1:] == "]" else piece


def _named(pieces: Sequence[str], kind: Kind, words: Words) -> tuple[str, str]:
    """Title and place among the pieces of an entry's head."""
    if kind == "education" and len(pieces) == 1 and (both := _SCHOOL_FIRST.fullmatch(pieces[0])):
        return both[2], both[1]
    if kind == "projects":
        return (pieces[0], _company(pieces[1:], words)) if pieces else ("", "")
    if len(pieces) == 1 and len(weak := _weak(pieces[0], words)) > 1:
        pieces = weak
    if kind == "education":
        return _studied(pieces, words)
    if len(pieces) == 1 and (split := _company_first(pieces[0], words)):
        return split
    company = _company(pieces, words)
    role = next((piece for piece in pieces if piece != company and _is_role(piece, words)), "")
    others = [piece for piece in pieces if piece != role]
    if role and not company and (apart := _role_apart(role, words)):
        return apart
    if role:
        return role, company or (others[0] if others else "")
    rest = [piece for piece in pieces if piece != company]
    return (rest[0], company) if rest and company else _first_two(pieces)


def _weak(piece: str, words: Words) -> list[str]:
    parts = [part.strip(_EDGES) for part in _WEAK_SPLIT.split(piece)]
    return [part for part in parts if part and not words.patterns["aside"].fullmatch(part)]


def _is_role(piece: str, words: Words) -> bool:
    return words.patterns["role"].search(piece) is not None


def _company(pieces: Sequence[str], words: Words) -> str:
    """The piece that names a company by its own signs."""
    signs = words.patterns["company"]
    found = [piece for piece in pieces if signs.search(piece)]
    plain = next((each for each in found if not _is_role(each, words)), "")
    if plain or not any(_is_role(piece, words) for piece in pieces if piece not in found[:1]):
        return plain
    return found[0] if found else ""


def _company_first(piece: str, words: Words) -> tuple[str, str] | None:
    """Role and company of "한마음병원 응급실 간호사"."""
    first, _, rest = piece.partition(" ")
    known = not first.isascii() and words.patterns["company"].search(first)
    return (rest, first) if known and _is_role(rest, words) else None


def _role_apart(piece: str, words: Words) -> tuple[str, str] | None:
    """Role and company of "Sales Representative, Northern Tools Ltd"."""
    parts = _weak(piece, words)
    company = _company(parts, words)
    role = next((part for part in parts if _is_role(part, words)), "")
    return (role, company) if role and company else None


def _studied(pieces: Sequence[str], words: Words) -> tuple[str, str]:
    school = next((piece for piece in pieces if words.patterns["school"].search(piece)), "")
    rest = [piece for piece in pieces if piece != school]
    degree = next((piece for piece in rest if words.patterns["degree"].search(piece)), "")
    title = degree or next(iter(rest), "")
    if not school:
        return _first_two([title, *(piece for piece in rest if piece != title)])
    return (title, school) if title else (school, "")


def _first_two(pieces: Sequence[str]) -> tuple[str, str]:
    return (pieces[0] if pieces else "", pieces[1] if len(pieces) > 1 else "")


def _detail(body: Sequence[Line], source: str) -> str:
    """The first lines of an entry's body, up to where something was blotted out."""
    told = next((line for line in body if line.text.strip(_EDGES)), None)
    if told is None:
        return ""
    text = source[told.start : body[-1].end].lstrip(BLOT + " \t\n")
    return clip(text.partition(BLOT)[0], MOST_OF_DETAIL).rstrip(_UNTIDY)


def clip(text: str, most: int) -> str:
    """A text's beginning, whole words of it where there are any; at most `most` characters."""
    if len(text) <= most:
        return text.strip()
    head = text[:most]
    cut = max(head.rfind(" "), head.rfind("\n"))
    return (head[:cut] if cut > most // 2 else head).strip()
