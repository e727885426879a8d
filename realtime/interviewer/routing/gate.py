"""What a provider's refusals (429) teach: when to ask again, and how much it lets through at most.

- It says when (Retry-After): until then nothing goes out. It doesn't say: pauses that double, with
  chance in them.
- Refused once more though its word was kept: it lets through less than was believed, because
  others use the same key, or no limit was set here. What it accepted in the last minute is the
  limit from then on; it grows by a quarter a minute, up to what was set, or is forgotten after ten
  minutes in peace. (Additive increase and multiplicative decrease, on a limit that is counted.)
"""

from dataclasses import replace
from random import Random

from realtime.interviewer.routing.backoff import Backoff
from realtime.interviewer.routing.window import WINDOW_MS, Limits, Use
from realtime.ports import Clock

FIRST_PAUSE_MS = 2_000
LONGEST_PAUSE_MS = 60_000
# A daily quota may be refused for hours; somebody may raise it meanwhile.
LONGEST_CLOSED_MS = 600_000
MINUTES_REMEMBERED = 10


class Gate:
    """Whether requests may go out to a provider, and how many a minute."""

    def __init__(self, clock: Clock, chance: Random, limits: Limits) -> None:
        self._clock = clock
        self._set = limits
        self._pauses = Backoff(
            chance, first_ms=FIRST_PAUSE_MS, most_ms=LONGEST_PAUSE_MS, least_part=0.5
        )
        self._learned: int | None = None
        self._learned_at = 0
        self._growths = 0
        self._strikes = 0
        self._closed_at: int | None = None
        self._closed_until = 0

    @property
    def closed_until(self) -> int:
        """Until then nothing goes out, Unix ms. Never far off, though the clock be set back."""
        self._closed_until = min(self._closed_until, self._clock.now() + LONGEST_CLOSED_MS)
        return self._closed_until

    @property
    def limits(self) -> Limits:
        """What it lets through in a minute, as far as is known now."""
        self._grow()
        if self._learned is None:
            return self._set
        return replace(self._set, requests_per_minute=self._learned)

    def refused(self, use: Use, accepted: int, retry_after_ms: int | None) -> None:
        """The provider refused `use`, and accepted so many others within the last minute."""
        now = self._clock.now()
        new = self._tells_news(use)
        if new:
            self._strikes += 1
            self._closed_at = now
            if self._strikes > 1:
                self._learn(now, accepted)
        if retry_after_ms is None and new:
            retry_after_ms = self._pauses.ms(self._strikes)
        until = now + min(retry_after_ms or 0, LONGEST_CLOSED_MS)
        self._closed_until = max(self.closed_until, until)

    def accepted(self, use: Use) -> None:
        """The provider answered `use`."""
        if self._tells_news(use):
            self._strikes = 0

    def _tells_news(self, use: Use) -> bool:
        """Whether it was let through after the last refusal: what went out before that was known
        says nothing new, as one part of a burst is often answered and the other refused.
        """
        closed_at = self._closed_at
        # A refusal that lies ahead is one from before the clock was set back.
        return closed_at is None or not use.at <= closed_at <= self._clock.now()

    def _learn(self, now: int, accepted: int) -> None:
        most = self.limits.requests_per_minute
        self._learned = max(1, accepted if most is None else min(accepted, most))
        self._learned_at = now
        self._growths = 0

    def _grow(self) -> None:
        now = self._clock.now()
        self._learned_at = min(self._learned_at, now)  # The clock may have been set back.
        while self._learned is not None and now - self._learned_at >= WINDOW_MS:
            self._learned_at += WINDOW_MS
            self._growths += 1
            self._learned += max(1, self._learned // 4)
            most = self._set.requests_per_minute
            if self._growths == MINUTES_REMEMBERED or (most is not None and self._learned >= most):
                self._learned = None
