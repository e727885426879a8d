"""Any microphone's rate to 16 kHz, as the bytes come in.

What comes out depends on the bytes alone, never on how they were cut into pieces: an answer that
arrived in other frames, or again after a drop, gives the same samples. soxr keeps that in floating
point; its 16-bit mode adds dither and doesn't. Places in an answer are counted in milliseconds from
its first byte.
"""

import numpy as np
import numpy.typing as npt
import soxr

from realtime.speech.clip import SAMPLE_RATE, Samples

BYTES_A_SAMPLE = 2

# What `audio.start` takes (protocol.md 4).
MIN_RATE = 8_000
MAX_RATE = 48_000

_FULL_SCALE = 32_768.0


def ms_of(offset_bytes: int, rate: int) -> int:
    """How far into an answer at `rate` (Hz) a byte lies: whole milliseconds, rounded down."""
    return offset_bytes * 1_000 // (rate * BYTES_A_SAMPLE)


def bytes_of(at_ms: int, rate: int) -> int:
    """The bytes of an answer at `rate` (Hz) before `at_ms`: whole samples, rounded up, so that
    `ms_of(bytes_of(t, rate), rate) == t`.
    """
    return -(-at_ms * rate // 1_000) * BYTES_A_SAMPLE


class Resampler:
    """One answer's PCM (mono, signed 16 bit, little endian) at `rate` to samples at 16 kHz.

    Raises:
        ValueError: `rate` is outside 8,000 to 48,000 Hz.
    """

    def __init__(self, rate: int) -> None:
        if not MIN_RATE <= rate <= MAX_RATE:
            raise ValueError(f"a rate of {rate} Hz is outside {MIN_RATE} to {MAX_RATE}")
        self._stream = (
            None
            if rate == SAMPLE_RATE
            else soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32", quality="HQ")
        )
        self._half_sample = b""
        self._flushed = False

    def feed(self, pcm: bytes) -> Samples:
        """The samples that the next bytes complete; the filter holds back 25 ms at 44.1 kHz,
        80 at 8 kHz.

        Raises:
            ValueError: after `flush`.
        """
        if self._flushed:
            raise ValueError("the answer's audio was flushed already")
        pcm = self._half_sample + pcm
        whole = len(pcm) - len(pcm) % BYTES_A_SAMPLE
        self._half_sample = pcm[whole:]
        return self._resampled(np.frombuffer(pcm[:whole], dtype="<i2"))

    def flush(self) -> Samples:
        """The rest, at the answer's end. Half a sample that was never completed is dropped."""
        if self._flushed:
            return np.zeros(0, np.int16)
        self._flushed = True
        return self._resampled(np.zeros(0, np.int16), last=True)

    def _resampled(self, source: npt.NDArray[np.int16], last: bool = False) -> Samples:
        if self._stream is None:
            return source.astype(np.int16)
        if not (len(source) or last):
            return np.zeros(0, np.int16)
        levels = source.astype(np.float32) / np.float32(_FULL_SCALE)
        resampled: npt.NDArray[np.float32] = self._stream.resample_chunk(levels, last=last)
        scaled = np.rint(resampled * np.float32(_FULL_SCALE))
        samples: Samples = np.clip(scaled, -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)
        return samples
