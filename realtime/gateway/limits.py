"""How much is let through: pure counting, with the time passed in. All of it is bounded itself."""

from collections import deque
from collections.abc import Hashable

from protocol.errors import ProtocolError

MOST_RATES = 10_000


class Rate:
    """At most `count` within any `per_ms`; memory is bounded by `count`, and nothing until used."""

    __slots__ = ("_count", "_per_ms", "_times")

    def __init__(self, count: int, per_ms: int) -> None:
        self._count = count
        self._per_ms = per_ms
        self._times: deque[int] | None = None

    def wait_ms(self, now: int) -> int:
        """0, and one more is counted; or how long until there is room again."""
        if self._times is None:
            self._times = deque()
        times = self._times
        while times and times[0] <= now - self._per_ms:
            times.popleft()
        if len(times) < self._count:
            times.append(now)
            return 0
        return times[0] + self._per_ms - now

    def at_rest(self, now: int) -> bool:
        """Whether all that was counted is so long ago that it counts no more."""
        return not self._times or self._times[-1] <= now - self._per_ms


class Rates:
    """A `Rate` for each key. Those at rest are forgotten; beyond `most`, those longest unused."""

    def __init__(self, count: int, per_ms: int, *, most: int = MOST_RATES) -> None:
        self._count = count
        self._per_ms = per_ms
        self._most = most
        self._rates: dict[Hashable, Rate] = {}  # the longest unused first

    def __len__(self) -> int:
        return len(self._rates)

    def wait_ms(self, key: Hashable, now: int) -> int:
        """0, and one more is counted for `key`; or how long until there is room again."""
        rate = self._rates.pop(key, None) or Rate(self._count, self._per_ms)
        while self._rates:
            oldest = next(iter(self._rates))
            if len(self._rates) < self._most and not self._rates[oldest].at_rest(now):
                break
            del self._rates[oldest]
        self._rates[key] = rate
        return rate.wait_ms(now)


class Places:
    """How many places each holder has: at most `most`, or any number if that is 0."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: dict[str, int] = {}

    def __len__(self) -> int:
        """How many hold any."""
        return len(self._taken)

    def take(self, holder: str) -> bool:
        """Take one for `holder`; false: it has as many as it may."""
        taken = self._taken.get(holder, 0)
        if self._most and taken >= self._most:
            return False
        self._taken[holder] = taken + 1
        return True

    def release(self, holder: str) -> None:
        """Give back one that `holder` has taken."""
        left = self._taken[holder] - 1
        if left:
            self._taken[holder] = left
        else:
            del self._taken[holder]


def rate_limited(wait_ms: int, *, re: str | None = None) -> ProtocolError:
    """The error for whoever has to wait."""
    return ProtocolError(
        "rate_limited",
        "Too many commands; wait a moment.",
        details={"retry_after_ms": wait_ms},
        re=re,
    )
