"""One spoken answer, from its bytes to its transcript: what the parts of this package come to.

Rules of this file:
- What is heard depends on the answer's audio alone, not on how it arrived: in which pieces, how
  fast, or how often after a connection was lost.
- Whatever takes long is elsewhere: the detector in its thread, the recognizer in its processes.
- Audio is kept until its segment's final pass is begun, and no longer.
- Who is heard at once, `places.py` says; an answer that has begun goes on in any case.
"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import numpy as np
from anyio import to_thread

from protocol.draft import Voice
from protocol.effects import Noticed, Output, Speech, Stopped, Transcribed, Work
from protocol.errors import ProtocolError
from protocol.view import Language, Span
from realtime.ports import Clock, Speaker
from realtime.speech.arrivals import Arrivals
from realtime.speech.clip import Recognizer, Samples
from realtime.speech.completeness import Completeness, completeness
from realtime.speech.delivery import delivery
from realtime.speech.endpointing import Endpointer
from realtime.speech.evidence import Evidence
from realtime.speech.passes import Pass, Passes, Piece
from realtime.speech.places import Places
from realtime.speech.resample import Resampler, bytes_of, ms_of
from realtime.speech.segments import (
    WINDOW_MS,
    Closed,
    Paused,
    Resumed,
    Segmenter,
    SpeechBegan,
    SpeechEnded,
    SpeechEvent,
)
from realtime.speech.tape import Tape
from realtime.speech.transcript import Transcription
from realtime.speech.vad import WINDOW_SAMPLES, DetectorThread, beginning, whole_windows

# So much audio is resampled on the loop at once (about 1 ms of work), and heard in one step.
STEP_MS = 1_984
# A new partial transcript is asked for after so much more audio.
PARTIAL_EVERY_MS = 480


@dataclass(frozen=True, slots=True)
class Organs:
    """What all ears of a server share. `most_ms`: of an answer. A transcript less sure than
    `review_below` is to be confirmed. `most`: answers at once.
    """

    recognizer: Recognizer
    detector: DetectorThread
    clock: Clock
    most: int = 1_000
    most_ms: int = 600_000
    review_below: float = 0.6


class Ears:
    """Hears spoken answers."""

    def __init__(self, organs: Organs) -> None:
        self._organs = organs
        self._places = Places(organs.most, organs.clock)

    def full_for(self, speaker: Speaker) -> bool:
        """Whether no further answer of theirs can be heard just now."""
        return self._places.full_for(speaker)

    def expect(self, speaker: Speaker) -> None:
        """Keep a place for an answer of theirs, which is about to begin."""
        self._places.take(speaker)

    def listen(self, speaker: Speaker, language: Language, voice: Voice) -> "Ear":
        """Hear an answer of theirs, which begins."""
        return Ear(self._organs, speaker, language, voice, self._places)


class Ear:
    """Hears one answer."""

    def __init__(
        self, organs: Organs, speaker: Speaker, language: Language, voice: Voice, places: Places
    ) -> None:
        self._organs = organs
        self._places = places
        self._place = places.take(speaker)
        self._language: Language = language
        self._voice = voice
        self._arrivals = Arrivals(bytes_of(organs.most_ms, voice.sample_rate))
        self._stopped = False
        self._news = asyncio.Event()
        self._transcription: Transcription | None = None
        self._resampler = Resampler(voice.sample_rate)
        self._rest: Samples = np.empty(0, np.int16)
        self._state = beginning()
        self._tape = Tape()
        self._segmenter = Segmenter()
        self._evidence = Evidence()
        self._passes = Passes(
            organs.recognizer, organs.clock, language, speaker.owner, self._news.set
        )
        self._endpointer = None if voice.silence_ms is None else Endpointer(voice.silence_ms)
        # The text up to the present pause, where it is known: whether it is whole.
        self._completeness: Completeness | None = None
        self._segment: int | None = None
        self._partial_ms = 0
        self._flushed = False
        self._failed = False

    # --- what arrives ---------------------------------------------------------------------------

    @property
    def received(self) -> int:
        """How many bytes of its audio are there, without a gap."""
        return self._arrivals.received

    @property
    def unheard(self) -> int:
        """How many bytes have arrived that the voice detector hasn't come to yet."""
        return self._arrivals.waiting

    @property
    def partial(self) -> str:
        """What was heard so far."""
        return "" if self._transcription is None else self._transcription.text

    @property
    def nbytes(self) -> int:
        """What is kept of its audio."""
        return self._tape.nbytes

    def take(self, offset: int, chunk: bytes) -> None:
        """More of its audio, from that byte on.

        Raises:
            ProtocolError: `audio_gap`, once until it is closed; `audio_format`: half a sample.
        """
        before = self.received
        self._arrivals.put(offset, chunk)
        # What was there already says only that somebody sends.
        if self.received > before:
            self._places.use(self._place, whole=self._arrivals.whole)
        self._news.set()

    def end(self, length: int) -> None:
        """It was stopped, and has so many bytes in all; said again where only fewer came."""
        self._arrivals.stop(length)
        self._stopped = True
        if self._arrivals.whole:
            self._places.use(self._place, whole=True)
        self._news.set()

    def gap(self) -> ProtocolError | None:
        """`audio_gap`, if bytes are missing and that wasn't told."""
        return self._arrivals.gap()

    # --- what is heard --------------------------------------------------------------------------

    async def outputs(self, work: Work) -> AsyncGenerator[Output, None]:
        """What is heard, as it comes; in the end one `Transcribed`."""
        heard = self._transcription = Transcription(work, self._language)
        asked = False
        try:
            while not (self._flushed and not self._passes.pending):
                await self._news.wait()
                self._news.clear()
                for output in await self._step(work, heard):
                    yield output
                stop = None if asked or self._stopped else self._end_of(work)
                if stop is not None:
                    asked = True
                    yield stop
            if self._failed:
                yield Noticed(work, "speech_failed", "Some of it couldn't be heard.")
            yield await self._transcribed(work, heard)
        finally:
            self._places.leave(self._place)
            self._passes.cancel()

    async def _step(self, work: Work, heard: Transcription) -> list[Output]:
        """Hear some more, and what has come of the passes."""
        outputs: list[Output] = []
        for event in await self._events():
            self._follow(event, heard)
            if isinstance(event, SpeechBegan | SpeechEnded):
                outputs.append(Speech(work, isinstance(event, SpeechBegan), event.at_ms))
        if self._flushed:
            self._leave_segment(heard)
        elif self._segment is None and self._segmenter.segment_start_ms is not None:
            self._segment = heard.begin()
        self._look_partly()
        results = self._passes.results()
        for done in results:
            self._learn(done, heard)
        change = heard.heard()
        if change is not None:
            outputs.append(change)
        if results:
            self._judge(heard)
        self._tape.drop_before(self._segmenter.needed_from_ms)
        return [] if self._stopped else outputs

    async def _events(self) -> list[SpeechEvent]:
        """What the detector makes of what has arrived: of some seconds of it, or of the end."""
        rate = self._voice.sample_rate
        pcm = self._arrivals.taken(bytes_of(STEP_MS, rate))
        samples = self._resampler.feed(pcm) if pcm else self._rest[:0]
        more = self._arrivals.waiting > 0
        ends = self._stopped and self._arrivals.whole and not more and not self._flushed
        if ends:
            samples = np.concatenate((samples, self._resampler.flush()))
        self._tape.append(samples)
        self._rest = np.concatenate((self._rest, samples))
        count = len(self._rest) // WINDOW_SAMPLES * WINDOW_SAMPLES
        now, self._rest = self._rest[:count], self._rest[count:]
        if ends:
            now, self._rest = np.concatenate((now, whole_windows(self._rest))), self._rest[:0]
        if more:
            self._news.set()
        events: list[SpeechEvent] = []
        if len(now):
            windows, self._state = await self._organs.detector.windows(self._state, now)
            self._evidence.feed(windows)
            events = self._segmenter.feed(windows)
        if ends:
            self._flushed = True
            events += self._segmenter.flush(self._duration_ms)
        return events

    @property
    def _duration_ms(self) -> int:
        return ms_of(self._arrivals.received, self._voice.sample_rate)

    # --- segments -------------------------------------------------------------------------------

    def _follow(self, event: SpeechEvent, heard: Transcription) -> None:
        if self._endpointer is not None:
            self._endpointer.take(event, self._completeness)
        if self._segment is None and not isinstance(event, SpeechEnded):
            self._segment = heard.begin()
        match event:
            case SpeechBegan():
                self._completeness = None
            case Resumed():
                self._passes.resume()
            case Paused(start_ms, end_ms):
                self._passes.pause(self._piece(start_ms, end_ms))
            case Closed(start_ms, end_ms):
                self._passes.close(self._piece(start_ms, end_ms))
                self._segment = None

    def _piece(self, start_ms: int, end_ms: int) -> Piece:
        assert self._segment is not None
        speech = tuple(
            Span(max(start_ms, each.start_ms), min(end_ms, each.end_ms))
            for each in self._segmenter.stretches
            if each.end_ms > start_ms and each.start_ms < end_ms
        )
        samples = self._tape.clip(start_ms, end_ms)
        evidence_ms = self._evidence.within_ms(speech)
        return Piece(self._segment, start_ms, end_ms, samples, speech, evidence_ms)

    def _leave_segment(self, heard: Transcription) -> None:
        """Of a segment that lies beyond the answer's end nothing is heard."""
        if self._segment is not None:
            heard.finish(self._segment, ())
            self._segment = None

    def _look_partly(self) -> None:
        """Have the open segment looked at, if there is enough more of it."""
        start_ms, now_ms = self._segmenter.segment_start_ms, self._segmenter.heard_ms
        if self._stopped or start_ms is None or not self._passes.idle:
            return
        if now_ms - max(start_ms, self._partial_ms) >= PARTIAL_EVERY_MS:
            self._partial_ms = now_ms
            self._passes.partial(self._piece(start_ms, now_ms))

    def _learn(self, done: Pass, heard: Transcription) -> None:
        piece, words = done.piece, done.words
        if done.final and words is None:
            self._failed = True
            heard.give_up(piece.segment)
        elif done.final:
            heard.finish(piece.segment, words or ())
        elif words is not None:
            heard.partial(piece.segment, words, piece.end_ms)

    def _judge(self, heard: Transcription) -> None:
        """See how the text up to the present pause ends, where that decides anything."""
        known = not (self._segmenter.speaking or self._passes.guessing)
        if known and self._endpointer is not None:
            self._completeness = completeness(heard.tail(), self._language)

    # --- the end --------------------------------------------------------------------------------

    def _end_of(self, work: Work) -> Stopped | None:
        """That this server ends the answer, if it does."""
        rate = self._voice.sample_rate
        if self._arrivals.whole:
            return Stopped(work, self._arrivals.received, "limit")
        end_ms = None if self._endpointer is None else self._endpointer.end_ms(self._completeness)
        if end_ms is None or self._segmenter.decided_ms < end_ms:
            return None
        return Stopped(work, min(bytes_of(end_ms, rate), self._arrivals.received), "silence")

    async def _transcribed(self, work: Work, heard: Transcription) -> Transcribed:
        duration_ms = self._duration_ms
        if self._segmenter.heard_ms > duration_ms + WINDOW_MS:
            heard.cut(duration_ms)
        words = heard.words(duration_ms)
        transcript = heard.transcript(duration_ms, self._organs.review_below)
        speech = [Span(each.start_ms, each.end_ms) for each in self._segmenter.stretches]
        # Of a long answer that takes some tens of milliseconds.
        told = await to_thread.run_sync(delivery, words, speech, duration_ms, self._language)
        return Transcribed(work, transcript, told, words)
