"""A language of tones: every word is a tone of its own pitch, and silence lies between words.

Pure. What is heard follows from the samples and from nothing else: a tone that is no word's is
heard as `UNKNOWN`, with little confidence, and silence as nothing.
"""

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from protocol.effects import Heard, Output, Speech, Stopped, Work
from protocol.view import Delivery, Language, Mark, Span, Transcript, Word

WORDS = ("we", "split", "the", "service", "in", "two", "and", "it", "held", "um", "perhaps")
FILLERS = ("um",)
HEDGES = ("perhaps",)
UNKNOWN = "mm"
LOWEST_HZ, STEP_HZ = 400, 100
WINDOW_MS = 20
WORD_MS, GAP_MS, PAUSE_MS = 240, 80, 400
GUESSED_AFTER = 4  # windows of a word
LOUD = 1_000  # of 32,767
SURE = 0.6  # A transcript with less confidence waits for its review (`protocol.md` 6).


def spoken(text: str, rate: int) -> bytes:
    """`text` in this language, as PCM; a comma is a pause.

    Raises:
        ValueError: a word isn't one of `WORDS`.
    """
    said = bytearray()
    for word in text.replace(",", " ,").split():
        if word == ",":
            said += bytes(2 * (PAUSE_MS * rate // 1_000))
            continue
        pitch = math.tau * (LOWEST_HZ + STEP_HZ * WORDS.index(word)) / rate
        tone = (int(9_000 * math.sin(pitch * n)) for n in range(WORD_MS * rate // 1_000))
        said += array("h", tone).tobytes() + bytes(2 * (GAP_MS * rate // 1_000))
    return bytes(said)


@dataclass(frozen=True, slots=True)
class Result:
    """All that was heard of an answer."""

    transcript: Transcript
    delivery: Delivery
    words: tuple[Word, ...]


@dataclass(slots=True)
class Listener:
    """Hears an answer window by window, as it comes. `silence_ms`: how much silence after speech
    ends it; null: none does.
    """

    work: Work
    rate: int
    silence_ms: int | None = None
    words: list[Word] = field(default_factory=list)
    _rest: bytes = b""
    _windows: int = 0
    _quiet_ms: int = 0
    _speaking: bool = False
    _begun_ms: int = 0
    _crossings: list[int] = field(default_factory=list)  # of each window of the open word

    def hear(self, audio: bytes) -> list[Output]:
        """What the next of an answer's audio brings; nothing follows a `Stopped`."""
        audio = self._rest + audio
        size = 2 * (WINDOW_MS * self.rate // 1_000)
        outputs: list[Output] = []
        for begin in range(0, len(audio) - size + 1, size):
            outputs += self._window(array("h", audio[begin : begin + size]))
            if outputs and isinstance(outputs[-1], Stopped):
                break
        self._rest = audio[len(audio) // size * size :]
        return outputs

    def _window(self, samples: Sequence[int]) -> list[Output]:
        now_ms = self._windows * WINDOW_MS
        self._windows += 1
        if max(samples) < LOUD:
            return self._silence(now_ms)
        outputs: list[Output] = []
        if not self._speaking:
            self._speaking = True
            outputs.append(Speech(self.work, True, now_ms))
        if not self._crossings:
            self._begun_ms = now_ms
        self._quiet_ms = 0
        self._crossings.append(sum((a < 0) is not (b < 0) for a, b in pairwise(samples)))
        if len(self._crossings) == GUESSED_AFTER:
            outputs.append(self._guess())
        return outputs

    def _silence(self, now_ms: int) -> list[Output]:
        outputs: list[Output] = []
        self._quiet_ms += WINDOW_MS
        if self._crossings:
            outputs.append(self._word())
        if self._speaking and self._quiet_ms > GAP_MS:
            self._speaking = False
            outputs.append(Speech(self.work, False, self.words[-1].end_ms))
        if self.silence_ms is not None and self.words and self._quiet_ms >= self.silence_ms:
            size = 2 * (WINDOW_MS * self.rate // 1_000)
            outputs.append(Stopped(self.work, self._windows * size, "silence"))
        return outputs

    def _guess(self) -> Heard:
        """What the open word will be, as it sounds so far."""
        sure = len(_text(self.words))
        return Heard(self.work, sure, _text([*self.words, self._heard()])[sure:], sure)

    def _word(self) -> Heard:
        """The open word, which has ended."""
        sure = len(_text(self.words))
        self.words.append(self._heard())
        self._crossings.clear()
        text = _text(self.words)
        return Heard(self.work, sure, text[sure:], len(text))

    def _heard(self) -> Word:
        long_ms = len(self._crossings) * WINDOW_MS
        # Those at a word's ends may be half silent.
        inner = self._crossings[1:-1] or self._crossings
        hz = sum(inner) * 500 / (len(inner) * WINDOW_MS)
        number = round((hz - LOWEST_HZ) / STEP_HZ)
        known = 0 <= number < len(WORDS) and abs(hz - LOWEST_HZ - number * STEP_HZ) < STEP_HZ / 3
        text, probability = (WORDS[number], 0.9) if known else (UNKNOWN, 0.2)
        return Word(text, self._begun_ms, self._begun_ms + long_ms, probability)


def understood(audio: bytes, rate: int, language: Language) -> Result:
    """All of an answer, heard at once."""
    listener = Listener(Work("transcript", None), rate)
    # A silent window ends the word that the answer ends in.
    listener.hear(audio + bytes(4 * (WINDOW_MS * rate // 1_000)))
    words = tuple(listener.words)
    duration_ms = len(audio) * 1_000 // (2 * rate)
    confidence = min((word.probability for word in words), default=0.0)
    transcript = Transcript(_text(words), language, confidence, duration_ms, confidence < SURE)
    return Result(transcript, _delivery(words, duration_ms), words)


def _text(words: list[Word] | tuple[Word, ...]) -> str:
    return " ".join(word.text for word in words)


def _delivery(words: tuple[Word, ...], duration_ms: int) -> Delivery:
    pairs = list(pairwise(words))
    return Delivery(
        duration_ms,
        sum(word.end_ms - word.start_ms for word in words),
        len(words) * 60_000 / duration_ms if duration_ms else 0.0,
        "words_per_minute",
        fillers=tuple(Mark(word.text, word.start_ms) for word in words if word.text in FILLERS),
        pauses=tuple(
            Span(a.end_ms, b.start_ms) for a, b in pairs if b.start_ms - a.end_ms >= PAUSE_MS
        ),
        hedges=tuple(Mark(word.text, word.start_ms) for word in words if word.text in HEDGES),
        repeated=tuple(Mark(b.text, b.start_ms) for a, b in pairs if a.text == b.text),
    )
