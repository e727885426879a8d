"""What goes between the pool and a worker process: frames, over the worker's standard streams.

A frame is its length, four bytes, and a message in MessagePack. The pool sends one `Job` at a time
and the worker answers each; before the first it says by itself that it is `Loaded`, or why not. Its
options are an argument of its command, as JSON. Lengths are bounded on both sides.
"""

from typing import Literal

import msgspec

from protocol.view import Language
from realtime.speech.clip import SAMPLE_RATE, Recognized, Urgency

LENGTH_BYTES = 4
# A window of Whisper's.
MAX_CLIP_SAMPLES = 30 * SAMPLE_RATE
MAX_JOB_BYTES = 2 * MAX_CLIP_SAMPLES + 1_024
# Far more than 448 tokens can be.
MAX_REPLY_BYTES = 1_048_576


class WhisperOptions(msgspec.Struct, frozen=True):
    """Which model, and how it is run. `device` is `cpu` or `cuda`; `compute_type` one that
    CTranslate2 knows; `beam` how many readings of a final clip are followed at once (a partial one
    is read greedily).
    """

    folder: str
    device: str = "cpu"
    compute_type: str = "int8"
    threads: int = 1
    beam: int = 1


class Job(msgspec.Struct, frozen=True):
    """A clip to be recognised. `number`: of this worker's jobs; `pcm`: its samples."""

    number: int
    language: Language
    urgency: Urgency
    pcm: bytes


class Loaded(msgspec.Struct, frozen=True, tag="loaded"):
    """The worker is ready, for these languages."""

    languages: frozenset[str]


class Done(msgspec.Struct, frozen=True, tag="done"):
    """What was recognised in the job of that number."""

    number: int
    recognized: Recognized


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """The worker's last word. `doing`: what it couldn't; `reason`: as the library said it."""

    doing: Literal["load", "recognize"]
    reason: str


Reply = Loaded | Done | Failed

_encoder = msgspec.msgpack.Encoder()
_jobs = msgspec.msgpack.Decoder(Job)
_replies: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)


def frame(message: Job | Reply) -> bytes:
    """A message, with its length before it."""
    body = _encoder.encode(message)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def length(prefix: bytes, most_bytes: int) -> int:
    """How long a frame's body is.

    Raises:
        ValueError: longer than `most_bytes`.
    """
    found = int.from_bytes(prefix, "big")
    if found > most_bytes:
        raise ValueError(f"a frame of {found} bytes; at most {most_bytes}")
    return found


def job(body: bytes) -> Job:
    """A job out of a frame's body.

    Raises:
        msgspec.DecodeError: it is none.
    """
    return _jobs.decode(body)


def reply(body: bytes) -> Reply:
    """A reply out of a frame's body.

    Raises:
        msgspec.DecodeError: it is none.
    """
    return _replies.decode(body)
