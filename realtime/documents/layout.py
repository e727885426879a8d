"""From a page's glyphs to its text, in reading order.

A PDF has no lines, only glyphs at places, in the order in which they were painted. That order is
nearly always the reading order, column by column, so it is kept; two things are mended:

- what stands far apart on one line (cells of a table, a date at the margin) is parted by a tab;
- what was painted apart from its line (browsers paint what floats first) is put back to its end.

A vertical gap becomes a blank line. A word that is broken at a hyphen is whole again; the hyphen
stays, as it is more often a compound's than the line's, unless the page has the word without it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

# Marks a hyphen at a line's end in what we are given, and in between.
LINE_HYPHEN = "\x02"
# Beyond so much of the line's height, the space between two glyphs parts them.
_WIDE_GAP = 1.5
_PARAGRAPH_GAP = 0.75
# What may be put back to the end of a line is short, and its own lines are far apart.
_MOST_OF_MARGIN = 60
# Beyond so many pieces a page, nothing is put back: each is compared with all others.
_MOST_PIECES = 1_000

_BROKEN_WORD = re.compile(rf"(\w+){LINE_HYPHEN}\n*(\w+)")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character and its box, in points, upwards from the page's lower left corner."""

    text: str
    left: float
    bottom: float
    right: float
    top: float


@dataclass(slots=True)
class Piece:
    """Glyphs that stand together on one line. `line` counts the lines, as they were painted."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    line: int

    @property
    def height(self) -> float:
        return self.top - self.bottom

    def beside(self, other: "Piece") -> bool:
        """Whether it stands on the same line, to the right of the other."""
        shared = min(self.top, other.top) - max(self.bottom, other.bottom)
        return shared > 0.6 * min(self.height, other.height) and self.left >= other.right


def text_of_page(glyphs: Iterable[Glyph]) -> str:
    """The text of a page, from its glyphs in the order of painting."""
    lines = groupby(_pieces(glyphs), key=lambda piece: piece.line)
    pieces = [piece for _, line in lines for piece in sorted(line, key=lambda each: each.left)]
    if len(pieces) <= _MOST_PIECES:
        pieces = _with_margins(pieces)
    return _mended("".join(_joined(pieces)))


def _pieces(glyphs: Iterable[Glyph]) -> Iterator[Piece]:
    piece: Piece | None = None
    line, spaced = 0, False
    for glyph in glyphs:
        if glyph.text == "\n":
            line += 1
        if glyph.text.isspace():
            spaced = True
            continue
        if piece is not None and _continues(piece, glyph, line):
            piece.text += " " * spaced + glyph.text
            piece.right = max(piece.right, glyph.right)
            piece.bottom, piece.top = min(piece.bottom, glyph.bottom), max(piece.top, glyph.top)
        else:
            if piece is not None:
                yield piece
            piece = Piece(glyph.text, glyph.left, glyph.bottom, glyph.right, glyph.top, line)
        spaced = False
        line += glyph.text == LINE_HYPHEN
    if piece is not None:
        yield piece


def _continues(piece: Piece, glyph: Glyph, line: int) -> bool:
    if line != piece.line:
        return False
    height = max(piece.height, glyph.top - glyph.bottom)
    return -height < glyph.left - piece.right < _WIDE_GAP * height


def _with_margins(pieces: list[Piece]) -> list[Piece]:
    """With what was painted apart from its line put back to that line's end."""
    kept = list(pieces)
    for run in _runs(pieces):
        if not _is_margin(run):
            continue
        others = [each for each in kept if all(each is not own for own in run)]
        hosts = [_host(each, others) for each in run]
        lines = {host.line for host in hosts if host is not None}
        if None in hosts or len(lines) < len(run):
            continue
        for each, host in zip(run, hosts, strict=True):
            if host is not None:
                each.line = host.line
                others.insert(_index(others, host) + 1, each)
        kept = others
    return kept


def _runs(pieces: list[Piece]) -> Iterator[list[Piece]]:
    """What was painted downwards without a jump up again."""
    run: list[Piece] = []
    for piece in pieces:
        if run and piece.line != run[-1].line and piece.top > run[-1].top - 0.3 * piece.height:
            yield run
            run = []
        run.append(piece)
    if run:
        yield run


def _is_margin(run: list[Piece]) -> bool:
    """Short lines that are far apart, as a column's are not."""
    return all(len(each.text) <= _MOST_OF_MARGIN for each in run) and all(
        below.line != above.line and above.bottom - below.top > above.height
        for above, below in pairwise(run)
    )


def _host(piece: Piece, others: list[Piece]) -> Piece | None:
    """The piece to whose right it stands, with nothing between."""
    left = [other for other in others if piece.beside(other)]
    return max(left, key=lambda other: other.right, default=None)


def _index(pieces: list[Piece], piece: Piece) -> int:
    return next(index for index, each in enumerate(pieces) if each is piece)


def _joined(pieces: list[Piece]) -> Iterator[str]:
    before: Piece | None = None
    for piece in pieces:
        if before is not None:
            yield _between(before, piece)
        yield piece.text
        before = piece


def _between(before: Piece, piece: Piece) -> str:
    if before.line == piece.line:
        return "\t"
    if before.text.endswith(LINE_HYPHEN):
        return ""
    gap = before.bottom - piece.top
    jumped_up = piece.bottom > before.top
    far_down = gap > _PARAGRAPH_GAP * min(before.height, piece.height)
    return "\n\n" if jumped_up or far_down else "\n"


def _mended(text: str) -> str:
    """Words broken at a hyphen made whole; without it, where the page has them so."""
    if LINE_HYPHEN not in text:
        return text
    words = {word.lower() for word in _WORD.findall(text)}

    def whole(broken: re.Match[str]) -> str:
        joined = broken[1] + broken[2]
        return joined if joined.lower() in words else f"{broken[1]}-{broken[2]}"

    return _BROKEN_WORD.sub(whole, text).replace(LINE_HYPHEN, "-")
