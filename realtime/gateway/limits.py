"""What one connection may do in a while: pure counting, with the time passed in."""

from collections import deque


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
