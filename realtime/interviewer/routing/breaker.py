"""Whether a model is asked at all: one that keeps failing is left alone for a while.

closed --(5 failures in a row, or more than half of the last 20)--> open --(30 s, doubling to
5 min)--> half-open --(one request, the probe, is being answered)--> closed; --(it fails)--> open.

Rules inside: what was asked before the circuit opened says nothing about it afterwards; the probe
alone does. Its first words close the circuit, so that nobody is kept out until its last; if it
fails after them, that is a failure like any other. A request that is left before its outcome is
known gives its turn as probe back.
"""

from collections import deque
from random import Random
from types import TracebackType

from realtime.interviewer.routing.backoff import Backoff
from realtime.ports import Clock

FAILURES_IN_A_ROW = 5
# Half of so many last outcomes may be failures, not more. About a minute's of a busy provider.
LAST_OUTCOMES = 20
FIRST_OPEN_MS = 30_000
LONGEST_OPEN_MS = 300_000
# While a probe waits for its answer, it is asked again in so long what has become of it.
PROBE_MS = 1_000


class Breaker:
    """The circuit to one model."""

    def __init__(self, clock: Clock, chance: Random) -> None:
        self._clock = clock
        self._pauses = Backoff(
            chance, first_ms=FIRST_OPEN_MS, most_ms=LONGEST_OPEN_MS, least_part=0.8
        )
        self._in_a_row = 0  # failures
        self._outcomes: deque[bool] = deque(maxlen=LAST_OUTCOMES)
        self._era = 0
        self._openings = 0
        self._open_until: int | None = None
        self._probe: Permit | None = None

    @property
    def closed(self) -> bool:
        return self._open_until is None

    def wait_ms(self) -> int:
        """In how long a request may be made; 0: now. Bounded, though the clock be set back."""
        if self._open_until is None:
            return 0
        if self._probe is not None:
            return PROBE_MS
        now = self._clock.now()
        self._open_until = min(self._open_until, now + LONGEST_OPEN_MS)
        return max(0, self._open_until - now)

    def permit(self) -> "Permit | None":
        """Leave to make one request now; null: not now."""
        if self.wait_ms() > 0:
            return None
        permit = Permit(self, self._era)
        if self._open_until is not None:
            self._probe = permit
        return permit

    def trip(self, for_ms: int) -> None:
        """Open at once, for so long at least, up to `LONGEST_OPEN_MS`."""
        self._open()
        self._open_until = max(self._open_until or 0, self._clock.now() + for_ms)

    def settle(self, permit: "Permit", succeeded: bool | None) -> None:
        """The outcome of a permit's request, of a probe also what its first words promise; null:
        not known.
        """
        if permit is self._probe:
            self._probe = None
            if succeeded:
                self._close()
            elif succeeded is False:
                self._open()
        elif succeeded is not None and permit.era == self._era:
            self._count(succeeded)

    def _count(self, succeeded: bool) -> None:
        self._in_a_row = 0 if succeeded else self._in_a_row + 1
        self._outcomes.append(succeeded)
        failures = self._outcomes.count(False)
        often = len(self._outcomes) == LAST_OUTCOMES and failures * 2 > LAST_OUTCOMES
        if self._in_a_row >= FAILURES_IN_A_ROW or often:
            self._open()

    def _open(self) -> None:
        self._era += 1
        self._openings += 1
        self._in_a_row = 0
        self._outcomes.clear()
        self._open_until = self._clock.now() + self._pauses.ms(self._openings)

    def _close(self) -> None:
        self._openings = 0
        self._open_until = None


class Permit:
    """Leave to make one request. Leaving it without an outcome says nothing of the model."""

    def __init__(self, breaker: Breaker, era: int) -> None:
        self._breaker = breaker
        self.era = era

    def succeeded(self) -> None:
        self._breaker.settle(self, True)

    def failed(self) -> None:
        self._breaker.settle(self, False)

    def __enter__(self) -> "Permit":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._breaker.settle(self, None)
