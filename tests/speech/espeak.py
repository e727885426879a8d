"""espeak-ng, from the `espeakng-loader` wheel: text to samples, and when each word and sound began.

The C library keeps state that outlives an utterance, and even `espeak_Terminate` (flutter, phases).
So it is loaded anew for each (5 ms), with its noise seeded, one at a time behind a lock: the same
text in the same manner gives the same samples, in any thread and after any other.
"""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any

import espeakng_loader
import numpy as np

from realtime.speech.clip import Samples

_SYNCHRONOUS_OUTPUT = 2
_WITH_PHONEME_EVENTS = 1
_DO_NOT_EXIT = 0x8000
_TEXT_IS_UTF8 = 1
_RATE, _PITCH, _PITCH_RANGE = 1, 3, 4
_LIST_TERMINATED, _WORD, _PHONEME = 0, 1, 7

_DATA = Path(espeakng_loader.get_data_path())
_one_at_a_time = threading.Lock()


class EspeakError(Exception):
    """espeak-ng refused: no such voice, or no data."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How to speak. `voice`: a language and perhaps a variant (`en-us+f2`). `rate`: words a minute,
    80 to 450. `pitch` and `pitch_range`: 0 to 100. `seed`: of its breath, if any.
    """

    voice: str
    rate: int = 160
    pitch: int = 50
    pitch_range: int = 50
    seed: int = 1


@dataclass(frozen=True, slots=True)
class PhonemeMark:
    """A phoneme, by espeak's name for it, began."""

    at_ms: int
    phoneme: str


@dataclass(frozen=True, slots=True)
class WordMark:
    """The word at this place of the text began. espeak's words: "I have" may be one of them."""

    at_ms: int
    character: int


@dataclass(slots=True)
class Utterance:
    """What was spoken: mono samples of 16 bit at `sample_rate`."""

    sample_rate: int
    samples: Samples = field(default_factory=lambda: np.zeros(0, np.int16))
    words: list[WordMark] = field(default_factory=list)
    phonemes: list[PhonemeMark] = field(default_factory=list)


class _Identifier(ctypes.Union):
    _fields_ = (
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("string", ctypes.c_char * 8),
    )


class _Event(ctypes.Structure):
    """`espeak_EVENT` of espeak-ng 1.52's speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Identifier),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


def speak(text: str, manner: Manner) -> Utterance:
    """`text`, spoken.

    Raises:
        EspeakError: it has no such voice, or something failed.
    """
    variant = manner.voice.partition("+")[2]
    if variant and not (_DATA / "voices" / "!v" / variant).is_file():
        raise EspeakError(f"espeak-ng has no variant {variant!r}")
    with _one_at_a_time, _library() as library:
        return _spoken_by(library, text, manner)


@contextmanager
def _library() -> Iterator[ctypes.CDLL]:
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    try:
        yield library
    finally:
        library.espeak_Terminate()
        # What ctypes loads it never unloads; only what is unloaded forgets.
        ctypes.PyDLL(None).dlclose(ctypes.c_void_p(library._handle))


def _spoken_by(library: ctypes.CDLL, text: str, manner: Manner) -> Utterance:
    sample_rate = library.espeak_Initialize(
        _SYNCHRONOUS_OUTPUT, 0, str(_DATA.parent).encode(), _WITH_PHONEME_EVENTS | _DO_NOT_EXIT
    )
    if sample_rate <= 0:
        raise EspeakError(f"espeak-ng didn't start with the data in {_DATA}")
    library.espeak_ng_SetRandSeed(ctypes.c_long(manner.seed))
    if library.espeak_SetVoiceByName(manner.voice.encode()) != 0:
        raise EspeakError(f"espeak-ng has no voice {manner.voice!r}")
    for parameter, value in (
        (_RATE, manner.rate),
        (_PITCH, manner.pitch),
        (_PITCH_RANGE, manner.pitch_range),
    ):
        library.espeak_SetParameter(parameter, value, 0)
    utterance = Utterance(sample_rate)
    pieces: list[Samples] = []

    def take(samples: Any, count: int, events: Any) -> int:
        if samples and count > 0:
            pieces.append(np.ctypeslib.as_array(samples, (count,)).copy())
        _note(utterance, events)
        return 0

    callback = _Callback(take)
    library.espeak_SetSynthCallback(callback)
    data = text.encode() + b"\0"
    if library.espeak_Synth(data, ctypes.c_size_t(len(data)), 0, 0, 0, _TEXT_IS_UTF8, None, None):
        raise EspeakError("espeak-ng couldn't speak this text")
    library.espeak_Synchronize()
    if pieces:
        utterance.samples = np.concatenate(pieces)
    return utterance


def _note(utterance: Utterance, events: Any) -> None:
    for event in takewhile(lambda event: event.type != _LIST_TERMINATED, events):
        at_ms = event.audio_position
        if event.type == _WORD:
            utterance.words.append(WordMark(at_ms, event.text_position - 1))
        elif event.type == _PHONEME:
            name = event.id.string.decode("utf-8", errors="replace")
            utterance.phonemes.append(PhonemeMark(at_ms, name))
