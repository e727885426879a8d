"""Wakes many streams with few timers: all that is due within one millisecond by one.

A timer a token would be the largest part of what a token costs.
"""

import asyncio
from math import ceil
from typing import Protocol


class Sleeper(Protocol):
    def wake(self, slot: int) -> None:
        """`slot`: what `Pacer.at` returned; another one is no longer meant."""
        ...


class Pacer:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._slots: dict[int, list[Sleeper]] = {}

    def now_s(self) -> float:
        """The loop's time."""
        return self._loop.time()

    def at(self, due_s: float, sleeper: Sleeper) -> int:
        """Wake it at `due_s`, or within a millisecond after; the slot. If that is past, it is woken
        after all else that is due now.
        """
        slot = ceil(due_s * 1000)
        waiting = self._slots.get(slot)
        if waiting is None:
            self._slots[slot] = [sleeper]
            self._loop.call_at(slot / 1000, self._wake, slot)
        else:
            waiting.append(sleeper)
        return slot

    def _wake(self, slot: int) -> None:
        for sleeper in self._slots.pop(slot):
            try:
                sleeper.wake(slot)
            except Exception as error:
                message = {"message": "A reply can't go on", "exception": error}
                self._loop.call_exception_handler(message)
