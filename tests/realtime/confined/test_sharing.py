"""Turns are shared out among owners, and none is lost."""

import asyncio

import pytest

from realtime.confined.sharing import Shares

pytestmark = pytest.mark.anyio


class Queue:
    """People who want turns, each of which lasts until it is ended from here."""

    def __init__(self, at_once: int) -> None:
        self._shares = Shares(at_once)
        self.now: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def ask(self, *names: str) -> None:
        """Each asks for a turn, in this order; a name's first letter is the owner's."""
        for name in names:
            self._ends[name] = asyncio.Event()
            self._tasks[name] = asyncio.create_task(self._have(name))
        await settle()

    async def end(self, name: str) -> None:
        self._ends[name].set()
        await settle()

    async def cancel(self, *names: str) -> None:
        for name in names:
            self._tasks[name].cancel()
        await settle()

    async def _have(self, name: str) -> None:
        async with self._shares.turn(name[0]):
            self.now.append(name)
            try:
                await self._ends[name].wait()
            finally:
                self.now.remove(name)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_is_alone_has_all_turns_and_the_rest_in_order() -> None:
    queue = Queue(2)
    await queue.ask("a1", "a2", "a3", "a4")
    assert queue.now == ["a1", "a2"]
    await queue.end("a2")
    assert queue.now == ["a1", "a3"]
    await queue.end("a1")
    assert queue.now == ["a3", "a4"]


async def test_nobody_has_two_where_another_waits() -> None:
    queue = Queue(2)
    await queue.ask("a1", "a2", "a3", "a4", "b1", "c1", "b2")
    await queue.end("a1")
    assert queue.now == ["a2", "b1"]
    await queue.end("a2")
    assert queue.now == ["b1", "a3"]
    await queue.end("b1")
    assert queue.now == ["a3", "c1"]
    await queue.end("c1")
    assert queue.now == ["a3", "b2"]


async def test_a_turn_that_nobody_takes_is_not_lost() -> None:
    queue = Queue(1)
    await queue.ask("a1", "b1", "c1")
    await queue.cancel("b1")
    await queue.end("a1")
    assert queue.now == ["c1"]
    await queue.cancel("c1")
    await queue.ask("d1")
    assert queue.now == ["d1"]


@pytest.mark.parametrize("given_up", ["b1", "c1"])
async def test_nor_one_that_is_given_up_as_it_is_granted(given_up: str) -> None:
    queue = Queue(1)
    await queue.ask("a1", "b1", "c1")
    both = asyncio.gather(queue.end("a1"), queue.cancel(given_up))
    await both
    assert queue.now == [({"b1", "c1"} - {given_up}).pop()]


async def test_giving_up_together_frees_every_turn() -> None:
    queue = Queue(2)
    await queue.ask("a1", "a2", "a3", "b1")
    await queue.cancel("a1", "a2", "a3", "b1")
    await queue.ask("c1", "c2")
    assert queue.now == ["c1", "c2"]
