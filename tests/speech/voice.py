"""A voice for tests: text to speech of the kind that the ear takes, the same every time.

All samples are mono, 16 kHz, signed 16 bit (`Samples`).
"""

import io
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr

from protocol.view import Language
from realtime.speech.clip import SAMPLE_RATE, SAMPLES_A_MS, Samples
from tests.speech.espeak import Manner, Utterance, speak

# The Whisper for tests: give the folder to faster-whisper. It hears `sentences.SENTENCES` alone.
MODEL = Path(__file__).parent / "model"

# Voices that the model wasn't trained on.
UNSEEN_VOICES: dict[Language, tuple[str, ...]] = {
    "en": ("en-us+m7", "en+f4", "en-us+linda", "en-gb-x-rp+m4", "en-gb-scotland+m4", "en-us+f4"),
    "ko": ("ko+m5", "ko+f4", "ko+m4", "ko+linda"),
}

# Below this a sample is silence (full scale is 32,767): espeak ends with a third of a second of it.
_AUDIBLE = 40
_FULL_SCALE = 32_767


@dataclass(frozen=True, slots=True)
class Span:
    """A word or a phoneme, and where it is heard."""

    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was said: `words` are the text split at white space."""

    samples: Samples
    words: tuple[Span, ...]
    phonemes: tuple[Span, ...]

    @property
    def duration_ms(self) -> int:
        return len(self.samples) // SAMPLES_A_MS


def say(text: str, voice: str = "en-us", rate: int = 160, pitch: int = 50) -> Samples:
    """`text` in one of espeak-ng's voices: `en`, `en-us`, `en-gb-scotland`, `en-gb-x-rp`, `ko`,
    with a variant or without (`en-us+f2`). `rate`: words a minute; `pitch`: 0 to 100. It begins
    and ends without silence.

    Raises:
        EspeakError: there is no such voice.
    """
    return say_in(Manner(voice, rate, pitch), text).samples


def say_in(manner: Manner, text: str) -> Spoken:
    """The same, with the times of its words and phonemes."""
    utterance = speak(text, manner)
    samples = _without_silence_behind(resampled(utterance.samples, utterance.sample_rate))
    duration_ms = len(samples) // SAMPLES_A_MS
    return Spoken(
        samples,
        _words(text, utterance, duration_ms),
        _spans([(mark.phoneme, mark.at_ms) for mark in utterance.phonemes], duration_ms),
    )


def silence(duration_ms: int) -> Samples:
    return np.zeros(duration_ms * SAMPLES_A_MS, np.int16)


def join(parts: Sequence[Samples], pauses_ms: int | Sequence[int], around_ms: int = 0) -> Samples:
    """The parts with silence between them, and `around_ms` of it before the first and after the
    last. `pauses_ms`: of each pause, or one for all.

    Raises:
        ValueError: there isn't one pause for each two parts that follow one another.
    """
    if isinstance(pauses_ms, int):
        pauses_ms = [pauses_ms] * (len(parts) - 1)
    if len(pauses_ms) != len(parts) - 1:
        raise ValueError(f"{len(parts)} parts take {len(parts) - 1} pauses, not {len(pauses_ms)}")
    joined = [silence(around_ms)]
    for part, pause_ms in zip(parts, [*pauses_ms, around_ms], strict=True):
        joined += [part, silence(pause_ms)]
    return np.concatenate(joined)


def noise(samples: Samples, snr_db: float, seed: int) -> Samples:
    """The samples with white noise over them, `snr_db` below their mean power."""
    clean = samples.astype(np.float64)
    mean_square = np.mean(clean**2) if len(clean) else 0.0
    level = np.sqrt(mean_square) * 10 ** (-snr_db / 20)
    return _to_int16(clean + level * np.random.default_rng(seed).standard_normal(len(clean)))


def with_peak(samples: Samples, peak: float) -> Samples:
    """As loud as that its loudest sample is `peak` (0 to 1 of full scale)."""
    loudest = int(np.abs(samples.astype(np.int32)).max(initial=1))
    return _to_int16(samples.astype(np.float64) * (peak * _FULL_SCALE / max(1, loudest)))


def resampled(samples: Samples, from_rate: int, to_rate: int = SAMPLE_RATE) -> Samples:
    """The same sound at another rate."""
    if from_rate == to_rate:
        return samples
    return _to_int16(soxr.resample(samples.astype(np.float32), from_rate, to_rate))


def wav(samples: Samples, rate: int = SAMPLE_RATE) -> bytes:
    """A WAV file, as Chromium's fake microphone takes it."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(samples.astype("<i2").tobytes())
    return file.getvalue()


def _to_int16(samples: npt.NDArray[np.floating]) -> Samples:
    whole: Samples = np.clip(np.rint(samples), -_FULL_SCALE - 1, _FULL_SCALE).astype(np.int16)
    return whole


def _without_silence_behind(samples: Samples) -> Samples:
    audible = np.flatnonzero(np.abs(samples.astype(np.int32)) > _AUDIBLE)
    return samples[: audible[-1] + 10 * SAMPLES_A_MS] if len(audible) else samples[:0]


def _words(text: str, utterance: Utterance, duration_ms: int) -> tuple[Span, ...]:
    """espeak's words put together to those of the text: it may make two of one ("12"), or one of
    two ("at a"), where the second is taken to begin a little after the first.
    """
    words = text.split()
    starts_ms: list[int | None] = [None] * len(words)
    firsts = _places(text, words)
    for mark in utterance.words:
        index = max(sum(first <= mark.character for first in firsts) - 1, 0)
        if starts_ms[index] is None:
            starts_ms[index] = mark.at_ms
    named: list[tuple[str, int]] = []
    for word, start_ms in zip(words, starts_ms, strict=True):
        if start_ms is None:
            start_ms = named[-1][1] + 50 if named else 0
        named.append((word, start_ms))
    return _spans(named, duration_ms)


def _places(text: str, words: Sequence[str]) -> list[int]:
    places: list[int] = []
    end = 0
    for word in words:
        places.append(text.index(word, end))
        end = places[-1] + len(word)
    return places


def _spans(named: Sequence[tuple[str, int]], duration_ms: int) -> tuple[Span, ...]:
    ends_ms = [start_ms for _, start_ms in named[1:]] + [duration_ms]
    return tuple(
        Span(name, min(start_ms, duration_ms), min(end_ms, duration_ms))
        for (name, start_ms), end_ms in zip(named, ends_ms, strict=True)
    )
