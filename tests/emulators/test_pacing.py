"""Streams share timers, and one that fails leaves the others alone."""

import asyncio
from typing import Any

import pytest

from tests.emulators.pacing import Pacer

pytestmark = pytest.mark.anyio


class Sleeper:
    def __init__(self, all_awake: asyncio.Event | None = None) -> None:
        self.woken: list[int] = []
        self._all_awake = all_awake

    def wake(self, slot: int) -> None:
        self.woken.append(slot)
        if self._all_awake is None:
            raise ValueError("it fails")
        self._all_awake.set()


async def test_one_that_fails_leaves_the_others_alone() -> None:
    told: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: told.append(context))
    pacer = Pacer(loop)
    awake = asyncio.Event()
    failing, other = Sleeper(), Sleeper(awake)
    due_s = pacer.now_s() + 0.01
    slots = [pacer.at(due_s, each) for each in (failing, other)]
    await awake.wait()
    loop.set_exception_handler(None)
    assert failing.woken == other.woken == [slots[0]] == [slots[1]]
    assert pacer.now_s() >= due_s
    assert [str(context["exception"]) for context in told] == ["it fails"]


async def test_what_is_due_already_is_woken_next() -> None:
    pacer = Pacer(asyncio.get_running_loop())
    awake = asyncio.Event()
    sleeper = Sleeper(awake)
    pacer.at(pacer.now_s() - 1, sleeper)
    assert not sleeper.woken
    await awake.wait()
