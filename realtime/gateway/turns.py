"""Turns at what takes a while: so many at once, and so many of one user's. Who comes beyond that
waits, and so may only so many, of all and of one user, for so long.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from protocol.errors import ProtocolError

RETRY_MS = 2_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """`waiting`: beside those `at_once`. Of those at once `of_a_user` may be one user's, and of
    those who wait `waiting_of_a_user`.
    """

    at_once: int
    of_a_user: int
    waiting: int
    waiting_of_a_user: int
    within_s: float


@dataclass(slots=True)
class _User:
    """A user who is here so many times."""

    turns: asyncio.Semaphore
    here: int = 0


class Turns:
    """All turns at one thing."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._turns = asyncio.Semaphore(bounds.at_once)
        self._users: dict[str, _User] = {}
        self._here = 0

    def __len__(self) -> int:
        """How many have their turn, or wait for it."""
        return self._here

    @asynccontextmanager
    async def turn(self, user_id: str) -> AsyncIterator[None]:
        """That user's turn, which is waited for.

        Raises:
            ProtocolError: `overloaded`: too many wait, or it didn't come in time.
        """
        bounds = self._bounds
        user = self._users.get(user_id) or _User(asyncio.Semaphore(bounds.of_a_user))
        # One's own first: whoever has too many waiting keeps nobody else out.
        if user.here >= bounds.of_a_user + bounds.waiting_of_a_user:
            raise busy()
        if self._here >= bounds.at_once + bounds.waiting:
            raise busy()
        self._users[user_id] = user
        user.here += 1
        self._here += 1
        try:
            await self._wait(user)
            try:
                yield
            finally:
                self._turns.release()
                user.turns.release()
        finally:
            self._here -= 1
            user.here -= 1
            if not user.here:
                del self._users[user_id]

    async def _wait(self, user: _User) -> None:
        """Both are had when this returns, else neither."""
        try:
            async with asyncio.timeout(self._bounds.within_s):
                # One's own first: waiting for that takes nothing from anybody else.
                await user.turns.acquire()
                try:
                    await self._turns.acquire()
                except BaseException:
                    user.turns.release()
                    raise
        except TimeoutError:
            raise busy() from None


def busy() -> ProtocolError:
    """There are too many now; later there may not be."""
    details = {"reason": "busy", "retry_after_ms": RETRY_MS}
    return ProtocolError("overloaded", "Too many at once; try again.", details=details)
