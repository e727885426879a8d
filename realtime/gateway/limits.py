"""What one connection may do in a while: pure counting, with the time passed in."""

from collections import deque


class Rate:
    """At most `count` within any `per_ms`; memory is bounded by `count`."""

    __slots__ = ("_count", "_per_ms", "_times")

    def __init__(self, count: int, per_ms: int) -> None:
        self._count = count
        self._per_ms = per_ms
        self._times: deque[int] = deque()

    def wait_ms(self, now: int) -> int:
        """0, and one more is counted; or how long until there is room again."""
        while self._times and self._times[0] <= now - self._per_ms:
            self._times.popleft()
        if len(self._times) < self._count:
            self._times.append(now)
            return 0
        return self._times[0] + self._per_ms - now
