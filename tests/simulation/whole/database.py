"""A database that fails in each of the ways that `realtime.ports.Store` names.

Rules of this file:
- The rows are those of `storage.rows`, as `tests.simulation.store` keeps them.
- A commit is applied by the database, at its own time: whoever waits for it may be dead by then.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

from storage.records import Commit, Fenced, NotStored, StorageUnavailable, Unstorable, Woken
from tests.simulation.store import Store
from tests.simulation.whole.loop import OUTSIDE, VirtualLoop
from tests.simulation.whole.watch import USER, Watch

T = TypeVar("T")


@dataclass(slots=True)
class Weather:
    """How often a commit, or a waking, goes wrong, and for how long it may hang (seconds)."""

    not_stored: float = 0.0
    unstorable: float = 0.0
    unknown: float = 0.0
    stall: float = 0.0
    longest_stall_s: float = 45.0


class Database:
    """One interview. `away_until`: when it can be reached again, in seconds of the loop."""

    def __init__(self, loop: VirtualLoop, store: Store, watch: Watch, chance: Random) -> None:
        self.weather = Weather()
        self.away_until = 0.0
        self.pending = 0
        self._loop = loop
        self._store = store
        self._watch = watch
        self._chance = chance
        self._chronicle = watch.chronicle

    # --- as `realtime.ports.Store` --------------------------------------------------------------

    async def wake(self, user_id: str, interview_id: str) -> Woken | None:
        return await self._by_itself(self._counted(self._wake(user_id, interview_id)))

    async def commit(self, commit: Commit) -> None:
        await self._by_itself(self._counted(self._commit(commit)))

    async def _by_itself(self, work: Coroutine[Any, Any, T]) -> T:
        """Await what goes on to its end even if nobody waits any more."""
        task = self._loop.create_task(work, context=OUTSIDE)
        task.add_done_callback(_heard_of)
        return await asyncio.shield(task)

    # --- what it does ---------------------------------------------------------------------------

    def fence(self) -> None:
        """Somebody else wakes the interview, and is heard of no more."""
        self._store.wake()
        self._chronicle.note("database", f"a stranger's term {self._store.term}")

    async def _wake(self, user_id: str, interview_id: str) -> Woken | None:
        await self._take_time()
        if user_id != USER or interview_id != self._watch.interview_id:
            return None
        if self._away() or self._happens(self.weather.not_stored):
            raise StorageUnavailable("not reached")
        state = self._store.wake()
        view, term = state.view, self._store.term
        self._chronicle.note("database", f"woken as {view.epoch}:{view.seq}, term {term}")
        if self._happens(self.weather.unknown):
            raise StorageUnavailable("the answer is lost")
        self._watch.woken(state)
        receipts = dict(self._store.receipts)
        await self._take_time()
        return Woken(user_id, state, view.epoch, view.seq, term, receipts)

    async def _counted(self, work: Coroutine[Any, Any, T]) -> T:
        self.pending += 1
        try:
            return await work
        finally:
            self.pending -= 1
            self._watch.stirred()

    async def _commit(self, commit: Commit) -> None:
        await self._take_time()
        self._apply(commit)
        await self._take_time()

    def _apply(self, commit: Commit) -> None:
        named = "" if commit.receipt is None else f" for {commit.receipt.command_id}"
        what = f"commit{named} under term {commit.term}"
        if self._away() or self._happens(self.weather.not_stored):
            self._chronicle.note("database", f"{what}: not stored")
            raise NotStored("not reached")
        if self._happens(self.weather.unstorable):
            self._chronicle.note("database", f"{what}: unstorable")
            self._watch.expected["step_refused"] += 1
            raise Unstorable("never")
        if commit.term != self._store.term:
            self._chronicle.note("database", f"{what}: fenced by {self._store.term}")
            raise Fenced("another actor runs this interview")
        lost = self._happens(self.weather.unknown)
        if lost and self._happens(0.5):
            self._chronicle.note("database", f"{what}: lost, not stored")
            raise StorageUnavailable("lost")
        self._watch.commits(commit)
        self._store.commit(commit, None)
        phase = commit.after.view.interview.phase
        self._chronicle.note("database", f"{what}: {phase}, seq {commit.seq}")
        if lost:
            self._chronicle.note("database", f"{what}: stored, the answer is lost")
            raise StorageUnavailable("lost")

    async def _take_time(self) -> None:
        if self._happens(self.weather.stall):
            await asyncio.sleep(self._chance.uniform(0.0, self.weather.longest_stall_s))
        else:
            await asyncio.sleep(self._chance.choice((0.0, 0.001, 0.01)))

    def _away(self) -> bool:
        return self._loop.time() < self.away_until

    def _happens(self, share: float) -> bool:
        return share > 0 and self._chance.random() < share


def _heard_of(task: asyncio.Task[Any]) -> None:
    """Whoever has died asks no more what became of it."""
    task.exception()
