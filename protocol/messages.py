"""What a server says about a connection: not in the log, no place in `seq` (`protocol.md` 3, 4, 7).

What a client sends is in `commands.py`, what stands in the log in `events.py`.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from protocol.view import Interview, Language, Persona, Stream

PROTOCOL = "viva.v1"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a server takes at most; a frame counts whole, a binary one with its header."""

    max_frame_bytes: int = 65_536
    max_answer_chars: int = 10_000
    max_answer_ms: int = 600_000
    max_audio_bytes: int = 26_214_400
    commands_per_second: int = 20


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this server can do. `voice_unavailable` is the reason where `voice` is false."""

    voice: bool
    voice_unavailable: str | None
    languages: tuple[Language, ...]
    roles: tuple[str, ...]
    personas: tuple[Persona, ...]
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AudioProgress:
    """How far a voice answer has come. `id`: of the command that opened it, by which a client knows
    its own. `bytes`: its whole length, null until stopped.
    """

    id: str
    turn: int
    received: int
    bytes: int | None
    partial: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The interview with what is streaming into it, at a position. Flat on the wire."""

    interview: Interview
    epoch: int
    seq: int
    streaming: tuple[Stream, ...]
    speaking: bool


@dataclass(frozen=True, slots=True)
class SessionOpened:
    TYPE: ClassVar = "session.opened"
    re: str | None
    epoch: int
    seq: int
    resumed: bool
    heartbeat_ms: int
    limits: Limits
    capabilities: Capabilities
    snapshot: Snapshot | None = None
    audio: AudioProgress | None = None
    protocol: str = PROTOCOL


@dataclass(frozen=True, slots=True)
class Ack:
    TYPE: ClassVar = "ack"
    re: str
    epoch: int
    seq: int
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Error:
    TYPE: ClassVar = "error"
    re: str | None
    code: str
    message: str
    retryable: bool
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pong:
    TYPE: ClassVar = "pong"
    nonce: str | int | float | None = None


@dataclass(frozen=True, slots=True)
class AudioReceived:
    TYPE: ClassVar = "audio.received"
    turn: int
    received: int


@dataclass(frozen=True, slots=True)
class ServerDraining:
    TYPE: ClassVar = "server.draining"
    reconnect_within_ms: int


ConnectionMessage = SessionOpened | Ack | Error | Pong | AudioReceived | ServerDraining
