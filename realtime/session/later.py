"""What couldn't be stored yet, and when it is tried again.

Waits between tries double from a tenth of a second to two seconds, with no chance in them: what
comes together is stored together, in one batch.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

from realtime.ports import Alarm, Clock

FIRST_S = 0.1
MOST_S = 2.0
# Long enough for a database to be restarted, or to move; whoever comes back later wakes the
# interview anew.
GIVE_UP_AFTER_MS = 300_000

T = TypeVar("T")


class Later(Generic[T]):
    """Things to try again. `retry` is given all of them, oldest first, when it is time."""

    def __init__(self, clock: Clock, retry: Callable[[list[T]], None]) -> None:
        self._clock = clock
        self._retry = retry
        self._items: list[T] = []
        self._tries = 0
        self._failing_since: int | None = None
        self._alarm: Alarm | None = None

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, item: T) -> bool:
        return item in self._items

    def put(self, item: T) -> bool:
        """Try `item` again, after a while; false: storage has failed for too long."""
        now = self._clock.now()
        if self._failing_since is None:
            self._failing_since = now
        if now - self._failing_since >= GIVE_UP_AFTER_MS:
            return False
        self._items.append(item)
        if self._alarm is None:
            delay_s = min(MOST_S, FIRST_S * 2**self._tries)
            self._tries += 1
            self._alarm = self._clock.call_later(delay_s, self._ring)
        return True

    def recovered(self) -> None:
        """Something was stored."""
        self._tries = 0
        self._failing_since = None

    def cancel(self) -> None:
        """Try nothing again, and let go of whoever would."""
        self._items.clear()
        self._retry = _nobody
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _ring(self) -> None:
        self._alarm = None
        items, self._items = self._items, []
        self._retry(items)


def _nobody(items: list[T]) -> None:
    pass
