"""Turns at something that only so many have at once, shared out among those who want them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class _Wait:
    owner: str
    granted: "asyncio.Future[None]"


class Shares:
    """`at_once` turns. The next is that of whoever has the fewest now; among equals, the first's.

    So nobody has two where another waits for one, but who is alone has them all.
    """

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._had = Counter[str]()
        self._waiting: list[_Wait] = []

    @asynccontextmanager
    async def turn(self, owner: str) -> AsyncIterator[None]:
        """A turn of that owner's, once it is his, until the block ends."""
        if self._free:
            self._free -= 1
            self._had[owner] += 1
        else:
            await self._granted(owner)
        try:
            yield
        finally:
            self._hand_on(owner)

    async def _granted(self, owner: str) -> None:
        wait = _Wait(owner, asyncio.get_running_loop().create_future())
        self._waiting.append(wait)
        try:
            await wait.granted
        except asyncio.CancelledError:
            if wait in self._waiting:
                self._waiting.remove(wait)
            else:
                self._hand_on(owner)  # It was granted in the same moment.
            raise

    def _hand_on(self, owner: str) -> None:
        self._had[owner] -= 1
        self._had += Counter()  # Whoever has none is forgotten.
        waiting = [wait for wait in self._waiting if not wait.granted.done()]
        if not waiting:
            self._free += 1
            return
        following = min(waiting, key=lambda wait: self._had[wait.owner])
        self._waiting.remove(following)
        self._had[following.owner] += 1
        following.granted.set_result(None)
