"""An answer that is being spoken: its audio, kept until the answer is accepted (`protocol.md` 6).

Audio is sent once the server says that the answer is open, from where the server has it. No more
than a window of it travels ahead of what the server has received, so that a connection that is slow
or has just come back is not flooded. Pure: no socket, no clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from protocol.commands import AudioStart, AudioStop

# Sample rates up to 48 kHz come to less than 100 KB a second, and `audio.received` comes at least
# once in that time.
WINDOW_BYTES = 262_144
LEAST_MS = 20
MOST_MS = 100
HEADER_BYTES = 8
_BYTES_A_SAMPLE = 2
# A client that is gone may have sent a little more than it kept; so much of it at most is made up
# for by silence.
LONGEST_HOLE_MS = 60_000


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What is known of an answer that was being spoken to a client that is gone.

    `started`: the log had it begun. `stop`: what ends it, where the application had asked for that.
    """

    start: AudioStart
    audio: bytes
    started: bool = False
    stop: AudioStop | None = None


class SpokenAnswer:
    """The audio of one `audio.start`.

    `started`: the log has it begun. `live`: over this connection the server takes its frames.
    """

    def __init__(self, start: AudioStart) -> None:
        self.start = start
        self.started = False
        self.live = False
        self._stop: AudioStop | None = None
        self._ended_at: int | None = None
        self._audio = bytearray()
        self._sent = 0
        self._received = 0

    @property
    def turn(self) -> int:
        return self.start.turn

    @property
    def recorded(self) -> int:
        """Bytes of audio so far, here or at the server."""
        return max(len(self._audio), self._received)

    @property
    def length(self) -> int | None:
        """Of the whole answer in bytes, null while it goes on. What the server says counts; before
        that, what was asked for.
        """
        if self._ended_at is None and self._stop is not None:
            return self._stop.bytes
        return self._ended_at

    @property
    def unanswered(self) -> tuple[AudioStart | AudioStop, ...]:
        """Its commands that may not have taken effect."""
        start = () if self.started else (self.start,)
        return start if self._stop is None or self._ended_at is not None else (*start, self._stop)

    # --- what happens -----------------------------------------------------------------------------

    def record(self, pcm: bytes, max_answer_ms: int) -> None:
        """Add audio. What is past the longest answer, or its end, is not kept: nobody takes it.

        Raises:
            ValueError: half a sample.
        """
        _check(pcm)
        if self.length is None:
            self._fill(self._received)
            room = self._bytes_of(max_answer_ms) - len(self._audio)
            self._audio += pcm[: max(0, room)]

    def recall(self, pcm: bytes) -> None:
        """What a client that is gone had recorded of it.

        Raises:
            ValueError: half a sample.
        """
        _check(pcm)
        self._audio += pcm

    def stopped(self, stop: AudioStop) -> None:
        """The application ends it."""
        self._stop = stop
        self._fill(stop.bytes)

    def go_on(self, refused: AudioStop) -> None:
        """It was not ended: that `audio.stop` was refused."""
        if self._stop == refused:
            self._stop = None

    def end(self, length: int) -> None:
        """The answer has `length` bytes, and what there is beyond is not wanted."""
        self._ended_at = length
        self._fill(length)

    def opened(self, received: int, length: int | None = None) -> None:
        """The server has the first `received` bytes of `length`, and takes frames over this
        connection.
        """
        self.started = True
        self.live = True
        self._sent = self._received = received
        if length is not None:
            self.end(length)

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

    def _fill(self, until: int) -> None:
        """Silence in the place of what the server has, or had, and this client doesn't, so that
        every byte keeps its place.
        """
        hole = until - len(self._audio)
        if 0 < hole <= self._bytes_of(LONGEST_HOLE_MS):
            self._audio += bytes(hole)

    def _bytes_of(self, ms: int) -> int:
        return self.start.sample_rate * ms // 1_000 * _BYTES_A_SAMPLE


def _check(pcm: bytes) -> None:
    if len(pcm) % _BYTES_A_SAMPLE:
        raise ValueError("a sample has two bytes; this is an odd number")
