"""The audio of an answer that may still have to be transcribed. Pure."""

import numpy as np

from realtime.speech.clip import SAMPLES_A_MS, Samples

_BYTES_A_MS = 2 * SAMPLES_A_MS
# Less isn't worth moving the rest for.
_LEAST_DROPPED_MS = 1_000


class Tape:
    """From some place of the answer on. Places are milliseconds of the answer's audio."""

    def __init__(self) -> None:
        self._audio = bytearray()
        self._begins_ms = 0

    @property
    def nbytes(self) -> int:
        """What it takes."""
        return len(self._audio)

    def append(self, samples: Samples) -> None:
        """What follows."""
        self._audio += samples.tobytes()

    def clip(self, start_ms: int, end_ms: int) -> Samples:
        """A copy of what lies between two places, or of as much as is there."""
        first, last = (_BYTES_A_MS * (at_ms - self._begins_ms) for at_ms in (start_ms, end_ms))
        return np.frombuffer(bytes(self._audio[max(0, first) : max(0, last)]), np.int16)

    def drop_before(self, at_ms: int) -> None:
        """Let go of what nobody asks for any more."""
        if at_ms - self._begins_ms >= _LEAST_DROPPED_MS:
            del self._audio[: _BYTES_A_MS * (at_ms - self._begins_ms)]
            self._begins_ms = at_ms
