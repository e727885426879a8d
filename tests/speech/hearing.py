"""The model for tests, as the stock faster-whisper runs it: for what needs no server."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper import WhisperModel

from protocol.view import Language
from realtime.speech.clip import Samples
from tests.speech.voice import MODEL, Span


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard; `words` only if they were asked for. `no_speech`: 0 to 1, of the first
    segment, and 1 where there is none.
    """

    text: str
    language: str
    words: tuple[Span, ...]
    no_speech: float


class Hearing:
    """One model, on one thread."""

    def __init__(self, folder: Path = MODEL) -> None:
        self._model: Any = WhisperModel(
            str(folder), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True
        )

    @property
    def multilingual(self) -> bool:
        return bool(self._model.model.is_multilingual)

    def transcribe(
        self, samples: Samples, language: Language | None, *, words: bool = False, vad: bool = False
    ) -> Transcript:
        """Greedily, without the retries at higher temperatures. No `language`: it is guessed."""
        found, about = self._model.transcribe(
            samples.astype(np.float32) / 32_768,
            language=language,
            beam_size=1,
            temperature=0,
            condition_on_previous_text=False,
            word_timestamps=words,
            vad_filter=vad,
        )
        segments = list(found)
        return Transcript(
            text="".join(segment.text for segment in segments).strip(),
            language=about.language,
            words=tuple(
                Span(word.word.strip(), round(word.start * 1_000), round(word.end * 1_000))
                for segment in segments
                for word in segment.words or ()
            ),
            no_speech=segments[0].no_speech_prob if segments else 1.0,
        )
