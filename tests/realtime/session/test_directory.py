"""The directory: one actor an interview, waking, sleeping, draining."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from typing import Literal, Protocol

import pytest

from protocol.close_codes import Close
from protocol.commands import InterviewStart
from protocol.errors import ProtocolError
from realtime.ports import StorageUnavailable
from realtime.session.actor import Actor
from realtime.session.directory import SLEEP_AFTER_S, Directory
from realtime.session.parts import Parts
from tests.realtime.fakes import (
    FakeClock,
    MemoryStore,
    Replies,
    ScriptedInterviewer,
    Watcher,
    interview,
    until,
)

pytestmark = pytest.mark.anyio


class House:
    def __init__(self, *, stepwise: bool = False, most: int = 0) -> None:
        self.clock = FakeClock()
        self.store = MemoryStore(interview("one"), interview("two"))
        self.interviewer = ScriptedInterviewer(stepwise=stepwise)
        self.directory = Directory(Parts(self.store, self.clock), self.interviewer, most=most)

    async def open(self, name: str = "one") -> Actor:
        actor = await self.directory.open("local", name)
        assert actor is not None
        return actor


class Build(Protocol):
    def __call__(self, *, stepwise: bool = False, most: int = 0) -> House: ...


@pytest.fixture
async def build() -> AsyncIterator[Build]:
    """Makes houses, and drains them at the end."""
    made: list[House] = []

    def make(*, stepwise: bool = False, most: int = 0) -> House:
        made.append(House(stepwise=stepwise, most=most))
        return made[-1]

    yield make
    for house in made:
        await house.directory.drain()


async def test_an_interview_has_one_actor_however_many_ask_at_once(build: Build) -> None:
    house = build()
    house.store.held = asyncio.Event()
    openings = [asyncio.create_task(house.open()) for _ in range(20)]
    await asyncio.sleep(0)
    house.store.held.set()
    actors = set(await asyncio.gather(*openings))
    assert len(actors) == 1
    assert house.store.epochs["one"] == (1, 0)


async def test_an_opener_that_goes_away_breaks_nothing(build: Build) -> None:
    house = build()
    house.store.held = asyncio.Event()
    leaving = asyncio.create_task(house.open())
    staying = asyncio.create_task(house.open())
    await asyncio.sleep(0)
    leaving.cancel()
    house.store.held.set()
    actor = await staying
    assert actor.log.epoch == 1
    assert len(house.directory) == 1


async def test_another_users_interview_is_not_there(build: Build) -> None:
    house = build()
    assert await house.directory.open("mallory", "one") is None
    await house.open()
    assert await house.directory.open("mallory", "one") is None
    assert house.directory.awake("mallory", "one") is None
    assert await house.directory.open("local", "three") is None


async def test_a_stranger_waits_for_nobody(build: Build) -> None:
    """How long it takes says nothing of whether it is there, nor of what becomes of it."""
    house = build()
    house.store.held = held = asyncio.Event()
    waking = asyncio.create_task(house.open())
    for _ in range(3):
        await asyncio.sleep(0)  # It waits for storage by now.
    house.store.held = None
    assert await house.directory.open("mallory", "one") is None
    assert not waking.done()
    held.set()
    await waking


async def test_a_full_house_tells_nobody_who_is_in_it(build: Build) -> None:
    house = build(most=1)
    await house.open("one")
    for name in ("one", "two", "three"):
        with pytest.raises(ProtocolError) as refused:
            await house.directory.open("mallory", name)
        assert refused.value.code == "overloaded"


async def test_an_actor_that_nobody_looks_at_goes_to_sleep(build: Build) -> None:
    house = build()
    actor = await house.open()
    watcher = Watcher()
    actor.attach(watcher, candidate=True)
    house.clock.advance(SLEEP_AFTER_S * 3)
    assert house.directory.awake("local", "one") is actor
    actor.detach(watcher)
    house.clock.advance(SLEEP_AFTER_S - 1)
    assert house.directory.awake("local", "one") is actor
    house.clock.advance(1)
    await until(lambda: len(house.directory) == 0)
    assert (await house.open()).log.epoch == 2


async def test_one_that_comes_back_in_time_finds_it_awake(build: Build) -> None:
    house = build()
    actor = await house.open()
    watcher = Watcher()
    for _ in range(5):
        actor.attach(watcher, candidate=True)
        actor.detach(watcher)
        house.clock.advance(SLEEP_AFTER_S - 1)
    assert house.clock.alarms == 1
    assert await house.open() is actor


async def test_works_under_way_end_before_it_sleeps(build: Build) -> None:
    house = build(stepwise=True)
    actor = await house.open()
    await Replies().next(actor.submit, InterviewStart("c1"))
    house.clock.advance(SLEEP_AFTER_S)
    assert house.directory.awake("local", "one") is actor
    house.interviewer.go(4)
    await until(lambda: actor.idle)
    house.clock.advance(SLEEP_AFTER_S)
    await until(lambda: len(house.directory) == 0)


async def test_an_actor_that_stopped_by_itself_is_replaced(build: Build) -> None:
    house = build()
    actor = await house.open()
    house.store.fails = True
    with pytest.raises(ProtocolError):
        await Replies().next(actor.submit, InterviewStart("c1"))
    with pytest.raises(StorageUnavailable):
        await house.open()
    house.store.fails = False
    fresh = await house.open()
    assert fresh is not actor
    assert fresh.log.epoch == 2


async def test_draining_retires_all_and_wakes_no_more(build: Build) -> None:
    house = build()
    watcher = Watcher()
    (await house.open("one")).attach(watcher, candidate=True)
    await house.open("two")
    await house.directory.drain()
    assert (len(house.directory), watcher.dropped) == (0, Close.DRAINING)
    with pytest.raises(ProtocolError) as caught:
        await house.open()
    assert caught.value.code == "draining"


async def test_one_that_is_over_leaves_no_work_for_the_collector(build: Build) -> None:
    """It comes seldom, so that no stream waits for it."""
    house = build()

    async def asked() -> weakref.ref[Actor]:
        actor = await house.open()
        actor.submit(InterviewStart("start"), lambda outcome: None)
        await until(lambda: actor.snapshot().interview.phase == "answering")
        return weakref.ref(actor)

    gc.disable()
    try:
        actor = await asked()
        await house.directory.close("local", "one", Close.NOT_FOUND)
        house.clock.advance(SLEEP_AFTER_S)
        await until(lambda: actor() is None)
    finally:
        gc.enable()


async def test_closing_one_tells_its_connections(build: Build) -> None:
    house = build()
    watcher = Watcher()
    (await house.open()).attach(watcher, candidate=True)
    await house.directory.close("local", "one", Close.NOT_FOUND)
    assert (len(house.directory), watcher.dropped) == (0, Close.NOT_FOUND)
    await house.directory.close("local", "one", Close.NOT_FOUND)


async def test_there_are_no_more_than_so_many(build: Build) -> None:
    house = build(most=1)
    actor = await house.open("one")
    with pytest.raises(ProtocolError, match="as many interviews") as refused:
        await house.open("two")
    assert refused.value.code == "overloaded"
    assert await house.open("one") is actor
    await house.directory.close("local", "one", Close.NOT_FOUND)
    assert await house.open("two") is not actor


async def test_those_who_come_at_once_are_counted_at_once(build: Build) -> None:
    house = build(most=1)
    house.store.held = asyncio.Event()
    first = asyncio.create_task(house.open("one"))
    again = asyncio.create_task(house.open("one"))
    for _ in range(3):
        await asyncio.sleep(0)  # It waits for storage by now.
    with pytest.raises(ProtocolError):
        await house.open("two")
    house.store.held.set()
    assert await first is await again


class Counted(asyncio.Event):
    """Knows how often it was waited for."""

    waits = 0

    async def wait(self) -> Literal[True]:
        self.waits += 1
        return await super().wait()


async def test_those_who_wait_for_the_same_are_told_the_same(build: Build) -> None:
    """Storage is asked once, however many come while it doesn't answer."""
    house = build()
    house.store.held = held = Counted()
    house.store.fails = True
    opening = [asyncio.create_task(house.open("one")) for _ in range(3)]
    await until(lambda: held.waits > 0)
    held.set()
    await until(lambda: all(each.done() for each in opening))
    assert held.waits == 1
    for each in opening:
        assert isinstance(each.exception(), StorageUnavailable)
    house.store.held, house.store.fails = None, False
    assert await house.open("one") is await house.open("one")


async def test_one_that_cant_be_woken_takes_no_place(build: Build) -> None:
    house = build(most=1)
    assert await house.directory.open("local", "three") is None
    house.store.fails = True
    with pytest.raises(StorageUnavailable):
        await house.open("one")
    house.store.fails = False
    await house.open("two")


async def test_one_that_stopped_is_woken_again_in_its_own_place(build: Build) -> None:
    house = build(most=1)
    actor = await house.open("one")
    await actor.retire(Close.REBUILT)
    assert await house.open("one") is not actor


async def test_one_that_leaves_late_keeps_no_successor_awake(build: Build) -> None:
    house = build()
    first = await house.open()
    late = Watcher()
    first.attach(late, candidate=True)
    house.store.fails = True
    with pytest.raises(ProtocolError):
        await Replies().next(first.submit, InterviewStart("c1"))
    house.store.fails = False
    assert await house.open() is not first
    first.detach(late)
    house.clock.advance(SLEEP_AFTER_S + 1)
    await until(lambda: len(house.directory) == 0)
