"""Room for what is held in memory while it arrives and while it is worked on: so many bytes in all,
and so many of one user's. Only what has arrived counts: who sends nothing takes nothing.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from realtime.gateway.turns import busy


@dataclass(frozen=True, slots=True)
class Space:
    """So many bytes in all, and of one user; `bodies_of_a_user`: in so many bodies at most."""

    bytes: int
    bytes_of_a_user: int
    bodies_of_a_user: int


class Held:
    """What is held of one body."""

    def __init__(self, room: "Room", user_id: str) -> None:
        self._room = room
        self._user_id = user_id
        self.bytes = 0

    def more(self, count: int) -> None:
        """So many bytes more have arrived.

        Raises:
            ProtocolError: `overloaded`: there is no room for them.
        """
        self._room.take(self._user_id, count)
        self.bytes += count

    def let_go(self) -> None:
        """What was held so far is held no more."""
        self._room.give_back(self._user_id, self.bytes)
        self.bytes = 0


class Room:
    """All bodies of a kind."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._bytes = 0
        self._bodies_of: Counter[str] = Counter()
        self._bytes_of: Counter[str] = Counter()

    def __len__(self) -> int:
        """How many bytes are held."""
        return self._bytes

    @contextmanager
    def body(self, user_id: str) -> Iterator[Held]:
        """One of that user's, held until the block ends.

        Raises:
            ProtocolError: `overloaded`: this user sends too many at once.
        """
        if self._bodies_of[user_id] >= self._space.bodies_of_a_user:
            raise busy()
        self._bodies_of[user_id] += 1
        held = Held(self, user_id)
        try:
            yield held
        finally:
            held.let_go()
            self._bodies_of[user_id] -= 1
            if not self._bodies_of[user_id]:
                del self._bodies_of[user_id], self._bytes_of[user_id]

    def take(self, user_id: str, count: int) -> None:
        """Hold so many bytes more for that user; `body` says for how long.

        Raises:
            ProtocolError: `overloaded`: there is no room for them.
        """
        space = self._space
        if self._bytes_of[user_id] + count > space.bytes_of_a_user:
            raise busy()
        if self._bytes + count > space.bytes:
            raise busy()
        self._bytes_of[user_id] += count
        self._bytes += count

    def give_back(self, user_id: str, count: int) -> None:
        """So many of that user's bytes are held no more."""
        self._bytes_of[user_id] -= count
        self._bytes -= count
