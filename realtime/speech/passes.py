"""A recognizer's passes over one answer's segments.

Rules of this file:
- A segment's final pass is begun when its speaker pauses, as if it ended there. If it does, the
  transcript is there by the time it is wanted; if he goes on, the pass is given up.
- At most one partial pass is under way, and none while a final one of the same segment is.
- Of the finals at most `FINALS_AT_ONCE` are with the recognizer; the others wait here, in order.
- A final that the recognizer has no room for is tried again, as its answer would fail without it.
- What a pass comes to is taken by `results`; `on_news` is called when there is something.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from protocol.view import Language, Span, Word
from realtime.ports import Clock
from realtime.speech.clip import (
    Behind,
    Clip,
    Overloaded,
    Recognized,
    Recognizer,
    RecognizerFailed,
    Samples,
    Urgency,
)
from realtime.speech.evidence import credible
from realtime.speech.sifting import sift

logger = structlog.get_logger(__name__)

FINALS_AT_ONCE = 2
# How long a final waits for room each time it is tried, which is as long as a worker may take for
# one; and how often it asks.
ROOM_WITHIN_MS = 60_000
ROOM_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a segment, where in it somebody spoke, and how much speaks for that."""

    segment: int
    start_ms: int
    end_ms: int
    samples: Samples
    speech: tuple[Span, ...]
    evidence_ms: float


@dataclass(frozen=True, slots=True)
class Pass:
    """What came of one. `words`: null if it failed. `final`: the segment's last."""

    piece: Piece
    words: tuple[Word, ...] | None
    final: bool


class Passes:
    """All of one answer's."""

    def __init__(
        self,
        recognizer: Recognizer,
        clock: Clock,
        language: Language,
        owner: str,
        on_news: Callable[[], None],
    ) -> None:
        self._recognizer = recognizer
        self._clock = clock
        self._language = language
        self._owner = owner
        self._on_news = on_news
        self._done: list[Pass] = []
        self._waiting: deque[Piece] = deque()
        self._finals: dict[int, asyncio.Task[None]] = {}
        self._partial: asyncio.Task[None] | None = None
        # What is transcribed as if it were whole, and what came of it.
        self._guess: Piece | None = None
        self._guessing: asyncio.Task[None] | None = None
        self._guessed: Pass | None = None

    @property
    def guessing(self) -> bool:
        """Whether a pass over what may be the segment's end is under way."""
        return self._guessing is not None

    @property
    def pending(self) -> bool:
        """Whether a final pass is under way, waits, or has come to something new."""
        return bool(self._finals or self._waiting or self._done)

    @property
    def idle(self) -> bool:
        """Whether a partial pass may be begun."""
        return self._partial is None and self._guess is None

    def results(self) -> list[Pass]:
        """What has come since the last time."""
        done, self._done = self._done, []
        return done

    def partial(self, piece: Piece) -> None:
        """Look what has been said so far."""
        self._partial = asyncio.create_task(self._hear_partly(piece))

    def pause(self, piece: Piece) -> None:
        """The segment may end here."""
        self.resume()
        self._guess = piece
        self._guessing = asyncio.create_task(self._guess_on(piece))

    def resume(self) -> None:
        """It didn't."""
        if self._guessing is not None:
            self._guessing.cancel()
        self._guess = self._guessing = self._guessed = None

    def close(self, piece: Piece) -> None:
        """The segment ends here: one final pass comes of it."""
        self._stop_partial()
        guess, guessed = self._guess, self._guessed
        same = guess is not None and (guess.start_ms, guess.end_ms) == (
            piece.start_ms,
            piece.end_ms,
        )
        if same and guessed is not None and guessed.words is not None:
            self._guess = self._guessed = None
            self._tell(replace(guessed, final=True))
        elif same and self._guessing is not None:
            # It is asked for at once what it comes to, and no more as a guess.
            task, self._guess, self._guessing = self._guessing, None, None
            self._finals[piece.segment] = task
        else:
            self.resume()
            self._waiting.append(piece)
            self._begin_finals()

    def cancel(self) -> None:
        """Give all of it up."""
        self.resume()
        self._stop_partial()
        self._waiting.clear()
        for task in self._finals.values():
            task.cancel()

    def _stop_partial(self) -> None:
        if self._partial is not None:
            self._partial.cancel()
            self._partial = None

    def _begin_finals(self) -> None:
        while self._waiting and len(self._finals) < FINALS_AT_ONCE:
            piece = self._waiting.popleft()
            self._finals[piece.segment] = asyncio.create_task(self._hear_finally(piece))

    def _tell(self, done: Pass) -> None:
        self._done.append(done)
        self._on_news()

    # --- in tasks of their own ------------------------------------------------------------------

    async def _hear_partly(self, piece: Piece) -> None:
        words = await self._words(piece, final=False)
        self._partial = None
        if words is not None:
            self._tell(Pass(piece, words, final=False))

    async def _guess_on(self, piece: Piece) -> None:
        done = Pass(piece, await self._words(piece, final=True), final=True)
        if self._guess is piece:
            self._guessing, self._guessed = None, done
            self._tell(replace(done, final=False))
        elif done.words is None:
            await self._hear_finally(piece)
        else:
            self._ended(done)

    async def _hear_finally(self, piece: Piece) -> None:
        self._ended(Pass(piece, await self._words(piece, final=True), final=True))

    def _ended(self, done: Pass) -> None:
        del self._finals[done.piece.segment]
        self._begin_finals()
        self._tell(done)

    async def _words(self, piece: Piece, *, final: bool) -> tuple[Word, ...] | None:
        urgency: Urgency = "final" if final else "partial"
        clip = Clip(piece.samples, self._language, urgency, self._owner)
        try:
            recognized = await self._recognized(clip)
            credited = credible(recognized, piece.evidence_ms)
            return sift(credited, piece.start_ms, piece.speech)
        except Behind:
            return None
        except RecognizerFailed as error:
            logger.warning("speech.not_recognized", urgency=urgency, reason=str(error))
            return None
        except Exception:
            # Whoever waits for this pass would wait for ever.
            logger.exception("speech.pass_failed", urgency=urgency)
            return None

    async def _recognized(self, clip: Clip) -> Recognized:
        """What is said in `clip`, once the recognizer has room for it."""
        until = self._clock.now() + ROOM_WITHIN_MS
        while True:
            try:
                return await self._recognizer.recognize(clip)
            except Overloaded:
                if self._clock.now() >= until:
                    raise
            await self._clock.sleep(ROOM_EVERY_S)
