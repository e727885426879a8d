"""Candidates, always as many at once: where one has come to the end the next begins."""

import asyncio
import itertools
from collections.abc import Callable
from random import Random

from tests.faults.candidate import Candidate, Place, Promise

LOOK_EVERY_S = 0.02
CALM_S = 0.15
WAIT_S = 30.0


class Crowd:
    """`promises`: of all interviews that have come to their end."""

    def __init__(self, place: Place, size: int, seed: int) -> None:
        self.promises: list[Promise] = []
        self._place = place
        self._seed = seed
        self._numbers = itertools.count(1)
        self._seated = [self._next() for _ in range(size)]
        self._marked = list(self._seated)
        self._leaving = False

    # --- the interviews -------------------------------------------------------------------------

    async def take_interviews(self) -> None:
        """One after another in each seat, until no new ones are to begin.

        Raises:
            Violation: a promise was broken.
        """
        async with asyncio.TaskGroup() as seats:
            for seat, candidate in enumerate(self._seated):
                seats.create_task(self._sit(seat, candidate))

    def leave(self) -> None:
        """Begin no new interviews."""
        self._leaving = True

    async def _sit(self, seat: int, candidate: Candidate) -> None:
        while True:
            await candidate.take()
            self.promises.append(candidate.promise)
            if self._leaving:
                return
            candidate = self._seated[seat] = self._next()

    def _next(self) -> Candidate:
        number = next(self._numbers)
        chance = Random(f"{self._seed}/{number}")
        return Candidate(self._place, f"candidate-{number}", number, chance)

    # --- for whoever breaks things --------------------------------------------------------------

    @property
    def repeated(self) -> int:
        """How many commands turned out to have been committed before."""
        return sum(promise.repeated for promise in self.promises)

    def mark(self) -> int:
        """Something is broken now; returns how many interviews are under way."""
        self._marked = [candidate for candidate in self._seated if candidate.mark()]
        return len(self._marked)

    async def gone_on(self, *, anew: bool) -> None:
        """Wait until all that were under way at the mark (or sat down first) have gone on."""
        await _all_meet(lambda: self._marked, lambda each: each.has_gone_on(anew=anew), "go on")

    async def hold_back(self) -> None:
        """Let nobody answer, and wait until nothing at all is under way."""
        self._place.gate.clear()
        positions: list[tuple[int, int] | None] = []
        while True:
            await _all_meet(lambda: self._seated, lambda each: each.is_calm, "be calm")
            await asyncio.sleep(CALM_S)
            before, positions = positions, [each.position for each in self._seated]
            if positions == before:
                return

    def let_go(self) -> None:
        """Everyone may answer again."""
        self._place.gate.set()


async def _all_meet(
    candidates: Callable[[], list[Candidate]], condition: Callable[[Candidate], bool], what: str
) -> None:
    """Wait until all of them meet the condition.

    Raises:
        TimeoutError: some don't; the message tells which.
    """
    waited_s = 0.0
    while late := [each for each in candidates() if not condition(each)]:
        if waited_s > WAIT_S:
            raise TimeoutError(f"these don't {what}: {', '.join(map(str, late))}")
        await asyncio.sleep(LOOK_EVERY_S)
        waited_s += LOOK_EVERY_S
