"""The bytes of an answer's audio as they arrive (`protocol.md` 6): kept where they are contiguous,
once each, up to the answer's end. Pure.
"""

from protocol.errors import ProtocolError

_BYTES_A_SAMPLE = 2


class Arrivals:
    """One answer's; it may have `most` bytes. What was taken is gone from here."""

    def __init__(self, most: int) -> None:
        self._end = most - most % _BYTES_A_SAMPLE
        self._new = bytearray()
        self._received = 0
        # Where the gap begins that was told last.
        self._told: int | None = None

    @property
    def received(self) -> int:
        """Contiguous bytes so far."""
        return self._received

    @property
    def whole(self) -> bool:
        """Whether all is there that the answer has, or may have."""
        return self._received >= self._end

    def put(self, offset: int, chunk: bytes) -> None:
        """A chunk from byte `offset` on.

        Raises:
            ProtocolError: `audio_format`: half a sample; `audio_gap`: bytes before it are missing.
                It is told once until it is closed. Nothing of the chunk is kept.
        """
        if offset % _BYTES_A_SAMPLE or len(chunk) % _BYTES_A_SAMPLE:
            raise ProtocolError("audio_format", "A sample has two bytes; this is half of one.")
        if offset > self._received:
            gap = self.gap() if offset < self._end else None
            if gap is not None:
                raise gap
            return
        fresh = chunk[self._received - offset : max(0, self._end - offset)]
        self._new += fresh
        self._received += len(fresh)

    def stop(self, length: int) -> None:
        """The answer has so many bytes, and no more."""
        self._end = min(self._end, length - length % _BYTES_A_SAMPLE)
        if self._received > self._end:
            surplus = self._received - self._end
            del self._new[max(0, len(self._new) - surplus) :]
            self._received = self._end

    def gap(self) -> ProtocolError | None:
        """That bytes are missing from `received` on, to be told; null: it was told already, or none
        are.
        """
        if self.whole or self._told == self._received:
            return None
        self._told = self._received
        return ProtocolError(
            "audio_gap",
            f"Audio is missing from byte {self._received} on.",
            details={"received": self._received},
        )

    @property
    def waiting(self) -> int:
        """How many bytes are there to be taken."""
        return len(self._new)

    def taken(self, most: int) -> bytes:
        """What has arrived next, at most so many bytes; it is gone from here."""
        taken = bytes(self._new[:most])
        del self._new[:most]
        return taken
