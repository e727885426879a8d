"""Parts that kill the server at a named point, around the real ones.

Each does what the part inside does, and asks the trap where it comes by a point. `Liar` is there to
be found out: it breaks the promise that the suite is about.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from protocol.draft import State
from protocol.effects import Delta, Output, Work
from protocol.view import Config, Interview, Word
from realtime.app import Storage
from realtime.ports import Commit, Conversation, Interviewer, Woken
from tests.faults.points import Order, Point

# A reply comes in gulps, with a moment in between for those who listen to take them; so there is a
# middle to be killed in, and a lot is said in a short time.
GULP = 16
MOMENT_S = 0.005

# So many commits the liar keeps to itself.
UNTOLD = 12


class Trap:
    """Counts how often the ordered point is reached, and then ends all with `die`."""

    def __init__(self, die: Callable[[Point], None]) -> None:
        self._die = die
        self._order: Order | None = None
        self._left = 0

    def arm(self, order: Order) -> None:
        """From now on, count."""
        self._order = order
        self._left = order.nth

    def sprung(self, point: Point) -> bool:
        """Whether this is the time to die."""
        if self._order is None or self._order.point != point:
            return False
        self._left -= 1
        return self._left == 0

    def spring(self) -> None:
        """Die at once."""
        if self._order is None:
            raise AssertionError("nothing was ordered")
        self._die(self._order.point)

    async def spring_later(self) -> None:
        """Die after the ordered turns of the event loop."""
        if self._order is not None:
            for _ in range(self._order.turns):
                await asyncio.sleep(0)
        self.spring()


class Around:
    """Storage that hands all on to another."""

    def __init__(self, inner: Storage) -> None:
        self.inner = inner

    async def wake(self, user_id: str, interview_id: str) -> Woken | None:
        return await self.inner.wake(user_id, interview_id)

    async def commit(self, commit: Commit) -> None:
        await self.inner.commit(commit)

    async def create(self, user_id: str, config: Config, *, now: int, key: str | None) -> Interview:
        return await self.inner.create(user_id, config, now=now, key=key)

    async def load(self, user_id: str, interview_id: str) -> Woken | None:
        return await self.inner.load(user_id, interview_id)

    async def words(self, user_id: str, interview_id: str, turn: int) -> tuple[Word, ...] | None:
        return await self.inner.words(user_id, interview_id, turn)

    async def page(
        self, user_id: str, *, limit: int, cursor: str | None
    ) -> tuple[list[Woken], str | None]:
        return await self.inner.page(user_id, limit=limit, cursor=cursor)

    async def delete(self, user_id: str, interview_id: str) -> bool:
        return await self.inner.delete(user_id, interview_id)


class TrappedStorage(Around):
    """With the points around the commit of a command."""

    def __init__(self, inner: Storage, trap: Trap) -> None:
        super().__init__(inner)
        self._trap = trap

    async def commit(self, commit: Commit) -> None:
        if commit.receipt is None:
            await self.inner.commit(commit)
            return
        if self._trap.sprung("before-commit"):
            self._trap.spring()
        storing = asyncio.ensure_future(self.inner.commit(commit))
        if self._trap.sprung("in-commit"):
            await self._trap.spring_later()
        await storing
        if self._trap.sprung("after-commit"):
            self._trap.spring()


class Liar(Around):
    """Says that a commit is stored as soon as it comes, and stores it only when some more have
    come.
    """

    def __init__(self, inner: Storage) -> None:
        super().__init__(inner)
        self._untold: deque[Commit] = deque()

    async def commit(self, commit: Commit) -> None:
        self._untold.append(commit)
        if len(self._untold) > UNTOLD:
            await self.inner.commit(self._untold.popleft())


class TrappedInterviewer:
    """With the points in the middle of what is said."""

    def __init__(self, inner: Interviewer, trap: Trap) -> None:
        self._inner = inner
        self._trap = trap

    @property
    def models(self) -> tuple[str, ...]:
        return self._inner.models

    def converse(self, user_id: str, interview_id: str) -> "TrappedConversation":
        return TrappedConversation(self._inner.converse(user_id, interview_id), self._trap)


class TrappedConversation:
    """Its side of one interview."""

    def __init__(self, inner: Conversation, trap: Trap) -> None:
        self._inner = inner
        self._trap = trap

    async def perform(self, work: Work, state: State) -> AsyncGenerator[Output, None]:
        if work.what == "scores" and self._trap.sprung("scores"):
            self._trap.spring()
        said = 0
        async with aclosing(self._inner.perform(work, state)) as outputs:
            async for output in outputs:
                yield output
                if not isinstance(output, Delta):
                    continue
                said += 1
                if said % GULP == 0:
                    await asyncio.sleep(MOMENT_S)
                if self._is_the_end(work):
                    # What was said so far is on its way, and the rest will never be.
                    await asyncio.sleep(MOMENT_S)
                    self._trap.spring()

    async def aclose(self) -> None:
        await self._inner.aclose()

    def _is_the_end(self, work: Work) -> bool:
        match work.what:
            case "question" | "feedback" | "report":
                return self._trap.sprung(work.what)
        return False
