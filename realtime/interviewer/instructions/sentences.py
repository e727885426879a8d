"""Cuts a text into sentences, and long sentences into windows of a fixed length."""

import re
from collections.abc import Iterator, Sequence

# In characters. A sentence is looked at in windows of a few pieces.
_LONGEST_PIECE = 200
LONGEST_WINDOW = 400

# Sentences, lines, and what is cut from them where they go on and on: white space stays outside.
_PIECE_BEGINS = re.compile(r"\S")
_PIECE_ENDS = re.compile(
    r"[.!?。\n \t](?:(?<=[.!?。])['\")\]]{0,2}(?=\s|\Z)|(?<=\n)|(?<=[ \t])[ \t]{0,8}(?:\n|\Z))"
)
_LONG_PIECE = re.compile(
    rf"\S(?:[^\n]{{0,{_LONGEST_PIECE}}}(?=\s)|[^\n]{{0,{_LONGEST_PIECE}}})",
)
_SENTENCE_ENDS = re.compile(r"(?<=[.!?。'\")\]])\s|\s{0,9}\n[ \t]{0,9}\n|\s{0,9}\n\s{0,9}[-*•▪·#>]")


def windows(text: str) -> Iterator[Sequence[tuple[int, int]]]:
    """The pieces of a sentence, start and end of each; a long sentence's in turns that overlap."""
    window: list[tuple[int, int]] = []
    for piece in _pieces(text):
        if window and piece[1] - window[0][0] > LONGEST_WINDOW:
            yield window
            window = window[-1:]
        window.append(piece)
        if _SENTENCE_ENDS.match(text, piece[1]):
            yield window
            window = []
    if window:
        yield window


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    end = 0
    while begins := _PIECE_BEGINS.search(text, end):
        start = begins.start()
        end = _piece_end(text, start)
        yield start, end


def _piece_end(text: str, start: int) -> int:
    # So far that what ends the longest piece, 11 characters at most, is seen whole.
    ends = _PIECE_ENDS.search(text, start + 1, start + _LONGEST_PIECE + 20)
    at = ends.start() if ends else len(text)
    if at - start - 1 <= _LONGEST_PIECE:
        return ends.end() if ends and not text[at].isspace() else at
    long = _LONG_PIECE.match(text, start)
    assert long is not None  # There is a character at `start`.
    return long.end()
