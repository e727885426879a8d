"""Pieces of speech, and what is recognised in them."""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from protocol.view import Language

# What Whisper and Silero's voice detector take.
SAMPLE_RATE = 16_000
SAMPLES_A_MS = SAMPLE_RATE // 1_000

# Mono at `SAMPLE_RATE`, signed 16 bit.
Samples = npt.NDArray[np.int16]

# How much it matters: a final transcript is waited for, a partial one is worth less by the second.
Urgency = Literal["final", "partial"]


@dataclass(frozen=True, slots=True)
class Clip:
    """Speech to be recognised: at most 30 s. `owner`: whose it is, so that turns are shared out."""

    samples: Samples
    language: Language
    urgency: Urgency
    owner: str = ""


@dataclass(frozen=True, slots=True)
class ClipWord:
    """A word and its place in the clip. `text` begins with white space where a word boundary does,
    so that the words joined are the text; punctuation belongs to the word before it.
    """

    text: str
    start_ms: int
    end_ms: int
    probability: float


@dataclass(frozen=True, slots=True)
class ClipSegment:
    """Words that a model said in one go, and how sure it was of them.

    `no_speech`: how likely nobody spoke (0 to 1). `mean_log_probability`: of its tokens (at most
    0). `compression_ratio`: of its text by zlib; high where it repeats itself.
    """

    words: tuple[ClipWord, ...]
    no_speech: float
    mean_log_probability: float
    compression_ratio: float

    @property
    def text(self) -> str:
        return "".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Recognized:
    """What was recognised in a clip, in the order of time; nothing of it has been sifted yet."""

    segments: tuple[ClipSegment, ...]

    @property
    def words(self) -> tuple[ClipWord, ...]:
        return tuple(word for segment in self.segments for word in segment.words)

    @property
    def text(self) -> str:
        return "".join(segment.text for segment in self.segments)


class Behind(Exception):
    """A partial transcript was passed over: there is too much to do."""


class RecognizerFailed(Exception):
    """A clip couldn't be recognised, however often it was tried."""


class Overloaded(RecognizerFailed):
    """A final one isn't taken, as too many wait already; in a while it may be."""


class Recognizer(Protocol):
    """Whoever makes words of speech. One for all interviews."""

    async def recognize(self, clip: Clip) -> Recognized:
        """What is said in `clip`. If that is cancelled, it is given up.

        Raises:
            Behind: a partial one was passed over.
            Overloaded: a final one finds no room now.
            RecognizerFailed: it can't be done.
        """
        ...
