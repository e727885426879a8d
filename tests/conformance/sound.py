"""Sound for the cases of `protocol.md` 6: mono PCM, signed 16 bit, little endian."""

import io
import math
import struct
import wave
from collections.abc import Iterator
from pathlib import Path

RATE = 16_000


def tone(duration_ms: int, rate: int = RATE) -> bytes:
    """A low, steady tone: something to hear, and nothing to understand."""
    count = duration_ms * rate // 1_000
    return struct.pack(
        f"<{count}h", *(int(9_000 * math.sin(math.tau * 170 * n / rate)) for n in range(count))
    )


def silence(duration_ms: int, rate: int = RATE) -> bytes:
    return bytes(2 * (duration_ms * rate // 1_000))


def frame(offset: int, chunk: bytes) -> bytes:
    """A chunk of an answer's audio with its place, as a binary frame carries it."""
    return offset.to_bytes(8, "big") + chunk


def frames(
    audio: bytes, *, begin: int = 0, chunk_ms: int = 100, rate: int = RATE
) -> Iterator[bytes]:
    """An answer's audio from byte `begin` on, in frames."""
    size = 2 * (chunk_ms * rate // 1_000)
    for offset in range(begin, len(audio), size):
        yield frame(offset, audio[offset : offset + size])


def recording(audio: bytes, rate: int = RATE) -> bytes:
    """Audio as a WAV file."""
    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(audio)
    return held.getvalue()


def speech(path: Path) -> tuple[bytes, int]:
    """The audio of a WAV file, and its sample rate in Hz.

    Raises:
        ValueError: it isn't mono with 16 bits a sample.
    """
    with wave.open(str(path), "rb") as file:
        if (file.getnchannels(), file.getsampwidth()) != (1, 2):
            raise ValueError(f"{path} isn't mono with 16 bits a sample")
        return file.readframes(file.getnframes()), file.getframerate()
