"""A worker whose model does what the clip says: a real process, with the real worker around it.

A clip's first sample is a deed, its second a number that is part of the answer. Files in the
options' folder tell more: `broken` keeps the model from being loaded, `stuck` has that never end,
`crashed` is left by a crash.
"""

import os
import signal
import sys
import threading
from enum import IntEnum
from pathlib import Path

import msgspec
import numpy as np

from protocol.view import Language
from realtime.speech.clip import (
    Clip,
    ClipSegment,
    ClipWord,
    Recognized,
    Samples,
    Urgency,
)
from realtime.speech.wire import WhisperOptions
from realtime.speech.worker import serve


class Deed(IntEnum):
    SAY = 0
    """Answer with the number, the urgency and the process's own."""
    HOLD = 1
    """The same, once somebody writes into the pipe of that number."""
    CRASH = 2
    CRASH_ONCE = 3
    FAIL = 4
    HANG = 5
    PRINT = 6
    """Print something first, as libraries do."""


def clip(deed: Deed, number: int = 0, urgency: Urgency = "final", owner: str = "") -> Clip:
    return Clip(np.array([deed, number], np.int16), "en", urgency, owner)


def said(recognized: Recognized) -> tuple[int, str, int]:
    """The number, the urgency and the process of an answer."""
    number, urgency, pid = recognized.text.split()
    return int(number), urgency, int(pid)


class Scripted:
    languages = frozenset({"en"})

    def __init__(self, folder: Path) -> None:
        if (folder / "broken").exists():
            raise RuntimeError((folder / "broken").read_text())
        if (folder / "stuck").exists():
            threading.Event().wait()
        self._folder = folder

    def recognize(self, samples: Samples, language: Language, *, final: bool) -> Recognized:
        deed, number = Deed(samples[0]), samples[1]
        self._do(deed, number)
        words = (f" {number}", " final" if final else " partial", f" {os.getpid()}")
        segment = ClipSegment(
            tuple(ClipWord(word, 0, 0, 1.0) for word in words),
            no_speech=0.0,
            mean_log_probability=0.0,
            compression_ratio=1.0,
        )
        return Recognized((segment,))

    def _do(self, deed: Deed, number: int) -> None:
        crashed = self._folder / "crashed"
        if deed is Deed.HOLD:
            (self._folder / f"hold-{number}").read_bytes()
        elif deed is Deed.CRASH or (deed is Deed.CRASH_ONCE and not crashed.exists()):
            crashed.touch()
            os.kill(os.getpid(), signal.SIGSEGV)
        elif deed is Deed.FAIL:
            raise RuntimeError("out of memory")
        elif deed is Deed.HANG:
            threading.Event().wait()
        elif deed is Deed.PRINT:
            os.write(1, b"x" * 100_000)


if __name__ == "__main__":
    options = msgspec.json.decode(sys.argv[1], type=WhisperOptions)
    serve(lambda: Scripted(Path(options.folder)))
