"""An answer that is being spoken: its audio, kept until the answer is accepted (`protocol.md` 6).

Audio is sent once the server says that the answer is open, from where the server has it. No more
than a window of it travels ahead of what the server has received, so that a connection that is slow
or has just come back is not flooded. Pure: no socket, no clock.
"""

from collections.abc import Iterator

from protocol.commands import AudioStart

# Sample rates up to 48 kHz come to less than 100 KB a second, and `audio.received` comes at least
# once in that time.
WINDOW_BYTES = 262_144
LEAST_MS = 20
MOST_MS = 100
HEADER_BYTES = 8
_BYTES_A_SAMPLE = 2


class SpokenAnswer:
    """The audio of one `audio.start`.

    `started`: the log has it begun. `live`: over this connection the server takes its frames.
    `length`: of the whole answer in bytes, null while it goes on.
    """

    def __init__(self, start: AudioStart) -> None:
        self.start = start
        self.started = False
        self.live = False
        self.length: int | None = None
        self._audio = bytearray()
        self._sent = 0
        self._received = 0

    @property
    def turn(self) -> int:
        return self.start.turn

    @property
    def recorded(self) -> int:
        """Bytes of audio so far."""
        return len(self._audio)

    # --- what happens -----------------------------------------------------------------------------

    def record(self, pcm: bytes, max_answer_ms: int) -> None:
        """Add audio. What is past the longest answer, or its end, is not kept: nobody takes it.

        Raises:
            ValueError: half a sample.
        """
        if len(pcm) % _BYTES_A_SAMPLE:
            raise ValueError("a sample has two bytes; this is an odd number")
        if self.length is None:
            room = self._bytes_of(max_answer_ms) - len(self._audio)
            self._audio += pcm[: max(0, room)]

    def stop(self, length: int) -> None:
        """The answer has `length` bytes, and what there is beyond is not wanted."""
        self.length = length

    def opened(self, received: int) -> None:
        """The server has the first `received` bytes, and takes frames over this connection."""
        self.started = True
        self.live = True
        self._sent = self._received = received

    def missing(self, received: int) -> None:
        """The server has a gap behind the first `received` bytes (`audio_gap`)."""
        self._received = received
        self._sent = min(self._sent, received)

    def acknowledged(self, received: int) -> None:
        """The server has the first `received` bytes."""
        self._received = max(self._received, received)
        self._sent = max(self._sent, received)

    # --- frames -----------------------------------------------------------------------------------

    def frames(self, max_frame_bytes: int) -> Iterator[bytes]:
        """What to send now: an 8-byte offset, big endian, and the chunk from there."""
        most = min(self._bytes_of(MOST_MS), max_frame_bytes - HEADER_BYTES)
        most -= most % _BYTES_A_SAMPLE
        while self.live and self._sent < self._received + WINDOW_BYTES:
            chunk = self._next(most)
            if not chunk:
                return
            yield self._sent.to_bytes(HEADER_BYTES, "big") + chunk
            self._sent += len(chunk)

    def _next(self, most: int) -> bytes:
        """The chunk that comes next; empty if too little is there to be worth a frame."""
        end = len(self._audio) if self.length is None else min(self.length, len(self._audio))
        chunk = bytes(self._audio[self._sent : min(end, self._sent + most)])
        goes_on = self.length is None and len(chunk) < min(most, self._bytes_of(LEAST_MS))
        return b"" if goes_on else chunk

    def _bytes_of(self, ms: int) -> int:
        return self.start.sample_rate * ms // 1_000 * _BYTES_A_SAMPLE
