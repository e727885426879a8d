"""Whisper, by way of faster-whisper: the words in a clip.

The only file that imports it, and only a worker process imports this one.

Every window is padded to 30 s before it is heard, so a clip costs the same however short it is, and
each further window as much again. faster-whisper opens one wherever a last word has ended, even if
next to nothing follows; here it does so only where something can follow, and a bounded number of
times. What the words are worth is judged by others: nothing is sifted, so no threshold is set.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from faster_whisper import WhisperModel

from protocol.view import Language
from realtime.speech.clip import SAMPLE_RATE, ClipSegment, ClipWord, Recognized, Samples
from realtime.speech.wire import MAX_CLIP_SAMPLES, WhisperOptions

# 30 s of speech in one window, and what was cut off at its end in another.
_MAX_WINDOWS = 2
# Shorter than the shortest word, and than the silence that stays at the end of a clip.
_WORTH_A_WINDOW_S = 0.3

# Nobody says more: Korean at 10 syllables a second, each of two tokens, and time marks beside. It
# ends what repeats itself; Whisper's own bound is 448, of which four are the prompt.
_TOKENS_A_SECOND = 25
_FEWEST_TOKENS = 32
_MOST_TOKENS = 440


class _Enough(Exception):
    """Another window isn't worth it."""


@dataclass(slots=True)
class _Progress:
    """How far a clip was heard."""

    length_s: float
    heard_s: float = 0.0
    windows: int = 0


class _Model(WhisperModel):  # type: ignore[misc]
    """faster-whisper's, which stops before a window that isn't worth it.

    It encodes a window when all segments of the one before were taken from it.
    """

    progress = _Progress(0)

    def encode(self, features: object) -> object:
        progress = self.progress
        left_s = progress.length_s - progress.heard_s
        if progress.windows and (progress.windows == _MAX_WINDOWS or left_s < _WORTH_A_WINDOW_S):
            raise _Enough
        progress.windows += 1
        return super().encode(features)


class Whisper:
    """A model that is loaded. One clip at a time.

    Raises, as does `recognize`, whatever CTranslate2 does (`RuntimeError`, `ValueError` …).
    """

    def __init__(self, options: WhisperOptions) -> None:
        self._beam = options.beam
        self._model = _Model(
            options.folder,
            device=options.device,
            compute_type=options.compute_type,
            cpu_threads=options.threads,
            local_files_only=True,
        )

    @property
    def languages(self) -> frozenset[str]:
        """The languages it hears."""
        return frozenset(self._model.supported_languages)

    @property
    def windows(self) -> int:
        """How many windows the last clip took."""
        return self._model.progress.windows

    def recognize(self, samples: Samples, language: Language, *, final: bool) -> Recognized:
        """What is said in `samples`: at most 30 s.

        Raises:
            ValueError: there are more.
        """
        if len(samples) > MAX_CLIP_SAMPLES:
            raise ValueError(f"{len(samples)} samples are more than 30 s")
        if not len(samples):
            return Recognized(())
        length_s = len(samples) / SAMPLE_RATE
        self._model.progress = progress = _Progress(length_s)
        found, _ = self._model.transcribe(
            samples.astype(np.float32) / 32_768,
            language=language,
            beam_size=self._beam if final else 1,
            temperature=0.0,
            compression_ratio_threshold=None,
            log_prob_threshold=None,
            no_speech_threshold=None,
            condition_on_previous_text=False,
            suppress_blank=True,
            without_timestamps=False,
            word_timestamps=True,
            vad_filter=False,
            max_new_tokens=min(_FEWEST_TOKENS + int(_TOKENS_A_SECOND * length_s), _MOST_TOKENS),
        )
        segments = list[ClipSegment]()
        try:
            for segment in found:
                progress.heard_s = segment.end
                heard_ms = segments[-1].words[-1].end_ms if segments else 0
                if segment.words:
                    segments.append(_segment(segment, heard_ms, int(1_000 * length_s)))
        except _Enough:
            pass
        return Recognized(tuple(segments))


class _FoundWord(Protocol):
    word: str
    start: float
    end: float
    probability: float


class _Found(Protocol):
    """A segment as faster-whisper gives it."""

    words: list[_FoundWord]
    no_speech_prob: float
    avg_logprob: float
    compression_ratio: float


def _segment(found: _Found, from_ms: int, to_ms: int) -> ClipSegment:
    """Its words, in order: times are guesses, and may go backwards, or past the end of the clip."""
    words = list[ClipWord]()
    for word in found.words:
        start_ms = min(max(from_ms, round(1_000 * word.start)), to_ms)
        from_ms = min(max(start_ms, round(1_000 * word.end)), to_ms)
        words.append(ClipWord(word.word, start_ms, from_ms, _share(word.probability)))
    return ClipSegment(
        tuple(words),
        no_speech=_share(found.no_speech_prob),
        mean_log_probability=min(0.0, float(found.avg_logprob)),
        compression_ratio=float(found.compression_ratio),
    )


def _share(given: float) -> float:
    return min(1.0, max(0.0, float(given)))
