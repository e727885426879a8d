"""The real clock keeps the contract of the port."""

import asyncio

import pytest

from realtime.clock import SystemClock

pytestmark = pytest.mark.anyio


async def test_it_is_a_clock() -> None:
    clock = SystemClock()
    before = clock.now()
    rang = asyncio.Event()
    clock.call_later(0.001, rang.set)
    await asyncio.wait_for(rang.wait(), 10)
    await clock.sleep(0.001)
    assert clock.now() > before > 1_700_000_000_000


async def test_an_alarm_can_be_cancelled() -> None:
    clock = SystemClock()
    rang: list[str] = []
    clock.call_later(0, lambda: rang.append("cancelled")).cancel()
    done = asyncio.Event()
    clock.call_later(0.001, done.set)
    await asyncio.wait_for(done.wait(), 10)
    assert rang == []
