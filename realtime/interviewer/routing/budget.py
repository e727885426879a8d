"""How many requests and tokens a minute go to a provider, and who waits for their turn.

Rules inside:
- Whoever wants to ask *lines up* and gets a `Place`; it is *granted* when the provider's limits
  leave room for it and nobody is before it in the queue, which is fair over interviews. A large
  request at the head isn't overtaken by small ones: it would never come.
- A place holds room from when it is granted. Leaving it unsent gives the room back; once it is
  sent it counts for a minute, whatever comes of it.
- What is said of the wait is a forecast by the same rules: exact if nobody comes or leaves, no
  reply takes more tokens than estimated, and the provider keeps to its limits. When it has become
  wrong by much, those who wait are told, within a second.
- The queue is bounded.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator
from random import Random
from types import TracebackType

from realtime.interviewer.routing.fair import FairQueue
from realtime.interviewer.routing.gate import Gate
from realtime.interviewer.routing.window import Limits, Use, Window
from realtime.ports import Alarm, Clock

MOST_WAITING = 500
# A forecast is looked over at most once in so long, and told again if it is off by that much and by
# that part of what remains.
REVIEW_S = 1.0
LEAST_CHANGE_MS = 3_000
LEAST_CHANGE_PART = 0.25


class Full(Exception):
    """Too many wait already."""


class Budget:
    """The limits of one provider (or of one of its models, if it counts each apart)."""

    def __init__(
        self,
        clock: Clock,
        chance: Random,
        limits: Limits | None = None,
        *,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._clock = clock
        self._gate = Gate(clock, chance, limits or Limits())
        self._window = Window()
        self._queue: FairQueue[Place] = FairQueue()
        self._most_waiting = most_waiting
        self._alarm: Alarm | None = None
        self._review: Alarm | None = None

    @property
    def waiting(self) -> int:
        """How many wait in the queue."""
        return len(self._queue)

    def wait_ms(self, interview_id: str, tokens: int) -> int | None:
        """How long whoever lines up now will have to wait; null: there is no place."""
        now = self._clock.now()
        self._window.expire(now)
        if not self._queue and self._may_pass(tokens, now):
            return 0
        if len(self._queue) >= self._most_waiting:
            return None
        before = (place.tokens for place in self._queue.before_next_of(interview_id))
        return self._last((*before, tokens)) - now

    def line_up(self, interview_id: str, tokens: int) -> "Place":
        """Get a place for a request of about `tokens`. It must be left in the end: `with` does.

        Raises:
            Full: there is none.
        """
        wait_ms = self.wait_ms(interview_id, tokens)
        if wait_ms is None:
            raise Full(f"{len(self._queue)} wait already")
        place = Place(self, interview_id, tokens, self._clock.now() + wait_ms)
        self._queue.push(interview_id, place)
        self._let_through()
        self._look_over_soon()
        return place

    # --- what places do with it ---

    def now(self) -> int:
        return self._clock.now()

    def sent(self, use: Use) -> None:
        self._window.sent(use, self._clock.now())

    def correct(self, use: Use, tokens: int) -> None:
        self._window.correct(use, tokens)
        self._changed()

    def accepted(self, use: Use) -> None:
        self._gate.accepted(use)

    def refused(self, use: Use, retry_after_ms: int | None) -> None:
        use.refused = True
        self._window.expire(self._clock.now())
        self._gate.refused(use, self._window.accepted, retry_after_ms)
        self._changed()

    def take_out(self, place: "Place") -> None:
        self._queue.remove(place.interview_id, place)
        self._changed()

    def give_back(self, use: Use) -> None:
        self._window.take_back(use)
        self._changed()

    # --- the queue ---

    def _changed(self) -> None:
        """Something that the forecast rests on has changed."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        self._let_through()
        self._look_over_soon()

    def _let_through(self) -> None:
        """Grant all that may be granted now, and see to it that the rest is when it may be."""
        now = self._clock.now()
        self._window.expire(now)
        while (place := self._queue.peek()) is not None and self._may_pass(place.tokens, now):
            self._queue.pop()
            place.grant(self._window.add(now, place.tokens))
        if place is not None and self._alarm is None:
            delay_ms = max(1, self._last((place.tokens,)) - now)
            self._alarm = self._clock.call_later(delay_ms / 1000, self._ring)

    def _may_pass(self, tokens: int, now: int) -> bool:
        return now >= self._gate.closed_until and self._window.fits(self._gate.limits, tokens)

    def _ring(self) -> None:
        self._alarm = None
        self._let_through()

    def _forecast(self, queue: Iterable[int]) -> Iterator[int]:
        start = max(self._clock.now(), self._gate.closed_until)
        return self._window.forecast(self._gate.limits, start, queue)

    def _last(self, queue: Iterable[int]) -> int:
        """When the last of `queue` will be let through, Unix ms."""
        return deque(self._forecast(queue), maxlen=1)[0]

    def _look_over_soon(self) -> None:
        if self._queue and self._review is None:
            self._review = self._clock.call_later(REVIEW_S, self._look_over)

    def _look_over(self) -> None:
        """Tell those who wait if it is to be much longer, or shorter, than they were told."""
        self._review = None
        forecast = self._forecast(place.tokens for place in self._queue)
        for place, at in zip(self._queue, forecast, strict=True):
            place.expect(at)


class Place:
    """A place in a budget's queue, and then leave to make one request."""

    def __init__(self, budget: Budget, interview_id: str, tokens: int, expected_at: int) -> None:
        self._budget = budget
        self.interview_id = interview_id
        self.tokens = tokens
        self._expected_at = expected_at
        self._use: Use | None = None
        self._sent = False
        self._left = False
        self._news = asyncio.Event()

    @property
    def granted(self) -> bool:
        """Whether the request may be made now."""
        return self._use is not None

    @property
    def wait_ms(self) -> int:
        """How long until it is granted, as far as is known."""
        return 0 if self.granted else max(0, self._expected_at - self._budget.now())

    async def changed(self) -> bool:
        """Wait until it is granted, or `wait_ms` has changed much; whether it is granted."""
        await self._news.wait()
        self._news.clear()
        return self.granted

    def send(self) -> None:
        """The request is made now. Only for a place that is granted."""
        self._sent = True
        self._budget.sent(self._granted())

    def took(self, tokens: int) -> None:
        """The request, which was sent, took so many tokens."""
        self._budget.correct(self._granted(), tokens)

    def accepted(self) -> None:
        """The provider answers the request, which was sent."""
        self._budget.accepted(self._granted())

    def refused(self, retry_after_ms: int | None) -> None:
        """The provider refused the request, which was sent: too many (429)."""
        self._budget.refused(self._granted(), retry_after_ms)

    def leave(self) -> None:
        """Leave the queue, or give back what wasn't used. Again: nothing."""
        if self._left:
            return
        self._left = True
        if self._use is None:
            self._budget.take_out(self)
        elif not self._sent:
            self._budget.give_back(self._use)

    def grant(self, use: Use) -> None:
        """For the budget: it may go."""
        self._use = use
        self._news.set()

    def expect(self, at: int) -> None:
        """For the budget: it will be granted then, Unix ms."""
        off_ms = abs(at - self._expected_at)
        if off_ms >= max(LEAST_CHANGE_MS, LEAST_CHANGE_PART * self.wait_ms):
            self._expected_at = at
            self._news.set()

    def _granted(self) -> Use:
        if self._use is None:
            raise RuntimeError("a place that isn't granted")
        return self._use

    def __enter__(self) -> "Place":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.leave()
