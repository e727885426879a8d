"""The audio of one spoken answer, as it comes in (`protocol.md` 6). Pure."""

from dataclasses import dataclass, field

from protocol.effects import Output, Stopped, Work
from protocol.errors import ProtocolError
from tests.conformance.wrong.voice.language import Listener

HEADER_BYTES = 8


@dataclass(frozen=True, slots=True)
class Terms:
    """What an answer was begun with; `bytes`: how long it is, null until it is stopped."""

    turn: int
    sample_rate: int
    silence_ms: int | None
    bytes: int | None = None


@dataclass(slots=True)
class Answer:
    """What is contiguous of it, and who listens. `terms` outlive the server, the rest doesn't."""

    terms: Terms
    max_answer_ms: int
    audio: bytearray = field(default_factory=bytearray)
    gap_told: bool = False
    _listener: Listener | None = None

    @property
    def received(self) -> int:
        return len(self.audio)

    @property
    def whole(self) -> bool:
        """Whether all `bytes` are there."""
        return self.terms.bytes is not None and self.received >= self.terms.bytes

    @property
    def most(self) -> int:
        """How many bytes it may have."""
        if self.terms.bytes is not None:
            return self.terms.bytes
        return self.max_answer_ms * self.terms.sample_rate // 1_000 * 2

    def take(self, frame: bytes) -> list[Output]:
        """Keep what is new of a binary frame, and tell what it brings.

        Raises:
            ProtocolError: `audio_format`; `audio_gap`, once until it is closed.
        """
        chunk = frame[HEADER_BYTES:]
        if len(frame) < HEADER_BYTES or len(chunk) % 2:
            raise ProtocolError("audio_format", "An offset and whole samples are expected.")
        offset = int.from_bytes(frame[:HEADER_BYTES], "big")
        if offset > self.received:
            if self.gap_told:
                return []
            raise self.gap()
        new = chunk[self.received - offset : self.most - offset]
        self.gap_told = self.gap_told and not new
        self.audio += new
        return self._hear(new)

    def gap(self) -> ProtocolError:
        """The error that asks for what is missing; it is told by that."""
        self.gap_told = True
        return ProtocolError(
            "audio_gap", "Audio is missing here.", details={"received": self.received}
        )

    def _hear(self, new: bytes) -> list[Output]:
        terms = self.terms
        if terms.bytes is not None:
            return []
        work = Work("transcript", terms.turn)
        if self._listener is None:
            self._listener = Listener(work, terms.sample_rate, terms.silence_ms)
        outputs = self._listener.hear(new)
        if self.received >= self.most and not any(isinstance(each, Stopped) for each in outputs):
            outputs.append(Stopped(work, self.most, "limit"))
        return outputs
