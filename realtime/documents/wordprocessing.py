"""From WordprocessingML's elements, as they come, to text (ECMA-376-1, 17).

A paragraph is a line, a blank one if it is empty. A table's row is one line with tabs between the
cells, as when a table is copied; but where a cell has several paragraphs (tables that make a page's
columns), the cells follow each other. List items begin with a bullet. Hidden text and deleted text
aren't told: whoever opens the document doesn't see them.
"""

from realtime.documents.unreadable import MOST_CHARS, Unreadable

# Spaces and repetitions go later on.
_MOST_RAW_CHARS = 2 * MOST_CHARS
_MOST_DEPTH = 500
_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
# What is told twice (a drawing, and for older readers the same again), or isn't told at all.
_LEFT_OUT = frozenset({"Fallback", "del", "moveFrom"})
_OFF = ("0", "false", "off")
# Word's own styles that bring a bullet or a number along.
_LISTS = ("ListBullet", "ListNumber")
_BULLET = "• "


class _Paragraph:
    """What was told of a paragraph so far. A run is what is written in one style."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.listed = False
        self.in_run = False
        self.hidden = False

    def lines(self) -> list[str]:
        text = "".join(self.pieces)
        return (f"{_BULLET}{text}" if self.listed and text.strip() else text).split("\n")


class Story:
    """One part's text: its body, a header, its notes. Told element by element."""

    def __init__(self) -> None:
        self._cells: list[list[str]] = [[]]  # The paragraphs of the cells that are open.
        self._rows: list[list[list[str]]] = []  # The finished cells of the rows that are open.
        self._paragraphs: list[_Paragraph] = []  # A text box stands within a paragraph.
        self._left_out = 0
        self._depth = 0
        self._chars = 0
        self._in_text = False

    def text(self) -> str:
        return "\n".join(self._cells[0])

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise Unreadable("too_complex")
        if self._left_out or tag in _LEFT_OUT:
            self._left_out += 1
        elif tag == "p":
            self._paragraphs.append(_Paragraph())
        elif tag == "tr":
            self._rows.append([])
        elif tag == "tc":
            self._cells.append([])
        elif self._paragraphs:
            self._start_within(self._paragraphs[-1], tag, attributes)

    def end(self, tag: str) -> None:
        self._depth -= 1
        if self._left_out:
            self._left_out -= 1
        elif tag == "p" and self._paragraphs:
            self._cells[-1] += self._paragraphs.pop().lines()
        elif tag == "tc" and len(self._cells) > 1:
            self._close_cell(self._cells.pop())
        elif tag == "tr" and self._rows:
            self._cells[-1] += _row(self._rows.pop())
        elif tag == "t":
            self._in_text = False
        elif tag == "r" and self._paragraphs:
            self._paragraphs[-1].hidden = False

    def characters(self, text: str) -> None:
        if self._in_text and not self._left_out and self._paragraphs:
            self._add(self._paragraphs[-1], text)

    def _close_cell(self, cell: list[str]) -> None:
        if self._rows:
            self._rows[-1].append(cell)
        else:
            self._cells[-1] += cell

    def _start_within(self, paragraph: "_Paragraph", tag: str, attributes: dict[str, str]) -> None:
        if tag == "t":
            self._in_text = True
        elif tag in _SIGNS and paragraph.in_run:
            self._add(paragraph, _SIGNS[tag])
        elif tag == "numPr" or (tag == "pStyle" and _value(attributes).startswith(_LISTS)):
            paragraph.listed = True
        elif tag == "r":
            paragraph.in_run, paragraph.hidden = True, False
        elif tag == "vanish":
            paragraph.hidden = paragraph.in_run and _value(attributes) not in _OFF

    def _add(self, paragraph: "_Paragraph", text: str) -> None:
        self._chars += len(text)
        if self._chars > _MOST_RAW_CHARS:
            raise Unreadable("too_large")
        if not paragraph.hidden:
            paragraph.pieces.append(text)


def _value(attributes: dict[str, str]) -> str:
    """The attribute `val`, of whichever edition's namespace."""
    return next((text for name, text in attributes.items() if name.endswith(" val")), "")


def _row(cells: list[list[str]]) -> list[str]:
    """A row on one line; where a cell has several lines, cell after cell."""
    filled = [[line for line in cell if line.strip()] for cell in cells]
    if not any(filled):
        return []
    if all(len(lines) <= 1 for lines in filled):
        return ["\t".join(lines[0] if lines else "" for lines in filled)]
    return [line for cell in cells if any(cell) for line in (*cell, "")]
