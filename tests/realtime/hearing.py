"""Whoever hears spoken answers, and whoever reads recordings, for tests.

What is "heard" tells which bytes arrived: two transcripts are the same if the audio was.
"""

import asyncio
import zlib
from collections import deque
from collections.abc import AsyncGenerator, Callable

from protocol.draft import Voice
from protocol.effects import Heard, Output, Transcribed, Work
from protocol.errors import ProtocolError
from protocol.view import Delivery, Language, Transcript, Word
from realtime.ports import InterviewerError, Speaker
from realtime.speech.arrivals import Arrivals

DELIVERY = Delivery(4_000, 3_000, 120.0, "words_per_minute", (), (), (), ())
MOST_BYTES = 1_000_000
SIGNATURE = b"REC:"


def frame(offset: int, chunk: bytes) -> bytes:
    """A binary frame, as `protocol.md` 6 has it."""
    return offset.to_bytes(8, "big") + chunk


def words_of(pcm: bytes) -> str:
    """What a `PlainListener` hears of that audio."""
    return f"{len(pcm)} bytes {zlib.crc32(pcm):08x}." if pcm else ""


class PlainListening:
    """One answer. What is said on demand comes in the order in which it was demanded."""

    def __init__(self, listener: "PlainListener", language: Language, voice: Voice) -> None:
        self.voice = voice
        self.partial = ""
        self.unheard = 0
        self.error: Exception | None = None
        self.closed = False
        self._listener = listener
        self._language: Language = language
        self._arrivals = Arrivals(listener.most_bytes)
        self._ended = False
        self._demanded: deque[Callable[[Work], Output]] = deque()
        self._news = asyncio.Event()

    # --- what a test demands ------------------------------------------------------------------

    def says(self, output: Callable[[Work], Output]) -> None:
        """Have this brought, whatever arrives."""
        self._demanded.append(output)
        self._news.set()

    def breaks(self, error: Exception) -> None:
        """Nothing more is heard."""
        self.error = error
        self._news.set()

    # --- as `realtime.ports.Listening` --------------------------------------------------------

    @property
    def received(self) -> int:
        return self._arrivals.received

    def take(self, offset: int, chunk: bytes) -> None:
        self._arrivals.put(offset, chunk)
        self._news.set()

    def end(self, length: int) -> None:
        self._arrivals.stop(length)
        self._ended = True
        self._news.set()

    def gap(self) -> ProtocolError | None:
        return self._arrivals.gap()

    async def outputs(self, work: Work) -> AsyncGenerator[Output, None]:
        try:
            async for output in self._hear(work):
                yield output
            pcm = self._arrivals.taken(self.received)
            yield self._transcribed(work, words_of(pcm), len(pcm))
        finally:
            self.closed = True

    async def _hear(self, work: Work) -> AsyncGenerator[Output, None]:
        while True:
            if self.error is not None:
                raise self.error
            while self._demanded:
                output = self._demanded.popleft()(work)
                if isinstance(output, Heard):
                    self.partial = self.partial[: output.from_] + output.text
                yield output
            held = self._listener.held
            if self._ended and self._arrivals.whole and (held is None or held.is_set()):
                return
            await self._news.wait()
            self._news.clear()

    def _transcribed(self, work: Work, text: str, count: int) -> Transcribed:
        duration_ms = count * 500 // self.voice.sample_rate
        confidence = self._listener.confidence
        transcript = Transcript(text, self._language, confidence, duration_ms, confidence < 0.6)
        words = tuple(Word(each, 0, duration_ms, confidence) for each in text.split())
        return Transcribed(work, transcript, DELIVERY, words)

    def go_on(self) -> None:
        """Look again at what it waits for."""
        self._news.set()


class PlainListener:
    """Keeps those that it began. With `held` no transcript is brought before `release`; `error` is
    what listening raises, and is a defect.
    """

    def __init__(self, *, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self.confidence = 0.9
        self.error: Exception | None = None
        self.full = False
        self.expected: list[Speaker] = []
        self.held: asyncio.Event | None = None
        self.heard: list[tuple[Speaker, PlainListening]] = []

    @property
    def newest(self) -> PlainListening:
        return self.heard[-1][1]

    def full_for(self, speaker: Speaker) -> bool:
        return self.full

    def expect(self, speaker: Speaker) -> None:
        self.expected.append(speaker)

    def listen(self, speaker: Speaker, language: Language, voice: Voice) -> PlainListening:
        if self.error is not None:
            raise self.error
        listening = PlainListening(self, language, voice)
        self.heard.append((speaker, listening))
        return listening

    def release(self) -> None:
        """Bring the transcripts."""
        assert self.held is not None
        self.held.set()
        for _, listening in self.heard:
            listening.go_on()


def cannot_hear() -> InterviewerError:
    """It knows that it can't."""
    return InterviewerError("speech_failed", "This can't be heard.")


class PlainDecoder:
    """Takes what begins with `SIGNATURE`; the rest is the sound, unless there is another `sound`.
    `error` is raised instead. With `held` it takes until that is set.
    """

    def __init__(self) -> None:
        self.error: ProtocolError | None = None
        self.sound: bytes | None = None
        self.held: asyncio.Event | None = None
        self.owners: list[str] = []
        self.given_up = 0

    async def decode(self, owner: str, recording: bytes) -> bytes:
        self.owners.append(owner)
        try:
            if self.held is not None:
                await self.held.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        if self.error is not None:
            raise self.error
        if not recording.startswith(SIGNATURE):
            raise ProtocolError("unsupported_media", "This is no recording.")
        return recording.removeprefix(SIGNATURE) if self.sound is None else self.sound
