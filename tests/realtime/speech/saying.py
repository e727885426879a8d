"""Words as a recogniser would have them, for tests: one after another, equally long."""

from collections.abc import Iterable

from protocol.view import Span, Word
from realtime.speech.clip import ClipSegment, ClipWord, Recognized

WORD_MS = 400


def spoken(text: str, start_ms: int = 0, word_ms: int = WORD_MS, sure: float = 0.9) -> list[Word]:
    """The words of `text`, from `start_ms` on."""
    return [
        Word(part, start_ms + at * word_ms, start_ms + (at + 1) * word_ms, sure)
        for at, part in enumerate(text.split())
    ]


def segment(text: str, start_ms: int = 0, word_ms: int = WORD_MS, sure: float = 0.9) -> ClipSegment:
    """A segment of a clip that says `text`, and that its model is sure of."""
    words = (
        ClipWord(f" {word.text}", word.start_ms, word.end_ms, word.probability)
        for word in spoken(text, start_ms, word_ms, sure)
    )
    return ClipSegment(tuple(words), 0.02, -0.2, 1.1)


def heard(*segments: ClipSegment) -> Recognized:
    return Recognized(segments)


def over(*spans: tuple[int, int]) -> tuple[Span, ...]:
    return tuple(Span(*span) for span in spans)


def text_of(words: Iterable[Word]) -> str:
    return " ".join(word.text for word in words)
