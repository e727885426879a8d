"""The words that a recogniser wrote, as the words of a transcript: each with white space around it,
its marks at its ends, nothing in it that isn't text. Which of them were spoken is for `sifting`.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from protocol.view import Word
from realtime.speech.clip import ClipWord
from realtime.speech.phantoms import Phantoms
from realtime.speech.spelling import bare

# What an aside ("[music]", "(applause)", "♪ la la ♪") begins and ends with, and its most words.
_BRACKETS = {"[": "]", "(": ")", "（": "）", "【": "】", "*": "*", "♪": "♪"}
_ROUND = "(（"
_LONGEST_ASIDE = 6

# What doesn't begin a word; of a dash, unless it is a minus.
_NO_BEGINNING = re.compile(r"^(?:[.,!?…;:、。，！？；：~～)\]}]|[-–—](?!\d))+")
_MORE_THAN_ONE = re.compile(r"([.,!?…;:。，！？])[.,…;:。，]+$")
_DOTS = re.compile(r"\.{2,}$")


def clean(said: Iterable[ClipWord], at_ms: int, phantoms: Phantoms) -> list[Word]:
    """The words of one segment of a clip that begins at `at_ms`; no aside of subtitles is left."""
    pieces = _without_asides(_pieces(said, at_ms), phantoms)
    texts = ((piece, _NO_BEGINNING.sub("", piece.text)) for piece in pieces)
    return [replace(piece, text=_tidy(text)) for piece, text in texts if bare(text)]


def _pieces(said: Iterable[ClipWord], at_ms: int) -> list[Word]:
    """`said`, cut at white space and joined where there is none."""
    pieces: list[Word] = []
    for word in said:
        text = _text(word.text)
        parts = text.split()
        continues = bool(parts) and not text[0].isspace() and bool(pieces)
        for part, timed in zip(parts, _shared(word, at_ms, len(parts)), strict=True):
            if continues and bare(part):
                pieces[-1] = _joined(pieces[-1], replace(timed, text=part))
            elif continues:
                pieces[-1] = replace(pieces[-1], text=pieces[-1].text + part)
            else:
                pieces.append(replace(timed, text=part))
            continues = False
    return pieces


def _text(text: str) -> str:
    """Composed, and without what is no text: controls, lone surrogates, half characters."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(
        " " if sign.isspace() else sign
        for sign in composed
        if sign.isspace() or (sign != "\ufffd" and not unicodedata.category(sign).startswith("C"))
    )


def _shared(word: ClipWord, at_ms: int, parts: int) -> Iterator[Word]:
    """The place of each of a word's parts: all equally long."""
    start_ms, length_ms = max(word.start_ms, 0), max(word.end_ms - max(word.start_ms, 0), 0)
    probability = min(max(word.probability, 0.0), 1.0)
    for part in range(parts):
        yield Word(
            "",
            at_ms + start_ms + length_ms * part // parts,
            at_ms + start_ms + length_ms * (part + 1) // parts,
            probability,
        )


def _joined(first: Word, second: Word) -> Word:
    lengths = len(first.text), len(second.text)
    probability = (first.probability * lengths[0] + second.probability * lengths[1]) / sum(lengths)
    end_ms = max(first.end_ms, second.end_ms)
    return Word(first.text + second.text, first.start_ms, end_ms, probability)


def _without_asides(pieces: Sequence[Word], phantoms: Phantoms) -> Iterator[Word]:
    at = 0
    while at < len(pieces):
        skipped = _aside(pieces, at, phantoms)
        if not skipped:
            yield pieces[at]
        at += skipped or 1


def _aside(pieces: Sequence[Word], at: int, phantoms: Phantoms) -> int:
    """How many pieces the aside is long that begins at `at`; 0 if none does. What stands in round
    brackets may have been spoken, and is an aside only if it is known as one.
    """
    opening = pieces[at].text[0]
    closing = _BRACKETS.get(opening)
    if closing is None:
        return 0
    for end in range(at, min(at + _LONGEST_ASIDE, len(pieces))):
        text = pieces[end].text
        if closing in (text[1:] if end == at else text):
            inside = " ".join(piece.text for piece in pieces[at : end + 1])
            return end + 1 - at if opening not in _ROUND or phantoms.is_sound(inside) else 0
    return 0


def _tidy(text: str) -> str:
    """One mark at the end, or `?!`; dots become one sign. Nothing but marks is taken."""
    return _MORE_THAN_ONE.sub(r"\1", _DOTS.sub("…", text))
