"""A beat that many follow, and how late it is: the pace of a load, or a watch on a loop."""

import asyncio
from collections.abc import Callable, Collection
from random import Random


class Beat:
    """Calls each of `listeners` `rate` times a second, each in a phase of its own, so that they
    don't tick in step. Whoever is late is called as soon as can be: the load doesn't give way.
    `late_us`: by how much it was woken too late, each time; so much is the machine's doing.
    """

    def __init__(self, rate: float, chance: Random) -> None:
        self._period_s = 1 / rate
        self._chance = chance
        self.late_us: list[int] = []

    async def run(self, listeners: Collection[Callable[[], None]], seconds: float) -> None:
        """Beat for so long; 0: until cancelled."""
        loop = asyncio.get_running_loop()
        phases = [self._chance.uniform(0, self._period_s) for _ in listeners]
        order = sorted(zip(phases, listeners, strict=True), key=lambda pair: pair[0])
        start = loop.time()
        beats = 0
        while not seconds or beats * self._period_s < seconds:
            for phase, listener in order:
                due = start + beats * self._period_s + phase
                wait_s = due - loop.time()
                if wait_s > 0:
                    await asyncio.sleep(wait_s)
                    self.late_us.append(max(0, round((loop.time() - due) * 1e6)))
                listener()
            beats += 1
            await asyncio.sleep(0)
