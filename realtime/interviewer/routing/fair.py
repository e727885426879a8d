"""A queue that is fair over interviews: one of each in turn (round-robin), and in the order they
came (FIFO) within an interview. So one that asks for three things doesn't get two of them before
another gets its one.
"""

from collections import deque
from collections.abc import Iterator
from itertools import islice, zip_longest
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueue(Generic[T]):
    """Items of several owners, whoever comes next first."""

    def __init__(self) -> None:
        # The first owner's turn it is; an owner who was served goes to the end.
        self._lines: dict[str, deque[T]] = {}
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[T]:
        """In the order of service, if nobody comes or leaves."""
        return (item for row in self._rows() for item in row if item is not None)

    def push(self, owner: str, item: T) -> None:
        self._lines.setdefault(owner, deque()).append(item)
        self._size += 1

    def pop(self) -> T:
        """Take out whoever comes next.

        Raises:
            IndexError: nobody waits.
        """
        if not self._lines:
            raise IndexError("nobody waits")
        owner = next(iter(self._lines))
        line = self._lines.pop(owner)
        item = line.popleft()
        if line:
            self._lines[owner] = line
        self._size -= 1
        return item

    def peek(self) -> T | None:
        """Whoever comes next."""
        return next(iter(self._lines.values()))[0] if self._lines else None

    def remove(self, owner: str, item: T) -> None:
        """Take `item` out of the queue. The owner keeps their turn if they have another."""
        line = self._lines[owner]
        line.remove(item)
        if not line:
            del self._lines[owner]
        self._size -= 1

    def before_next_of(self, owner: str) -> Iterator[T]:
        """Those who would be served before one whom `owner` pushed now."""
        place = len(self._lines.get(owner, ()))
        rows = self._rows()
        for row in islice(rows, place):
            yield from (item for item in row if item is not None)
        for name, item in zip(self._lines, next(rows, ()), strict=False):
            if name == owner:
                return
            if item is not None:
                yield item

    def _rows(self) -> Iterator[tuple[T | None, ...]]:
        """One of each owner in turn; null: they have no more."""
        return zip_longest(*self._lines.values())
