"""Who waits, and for whom: turns at what takes a while."""

import asyncio

import pytest

from protocol.errors import ProtocolError
from realtime.gateway.turns import Bounds, Turns
from tests.realtime.fakes import until

pytestmark = pytest.mark.anyio

LONG = 60.0


class Holding:
    """Somebody who holds a turn until told to leave."""

    def __init__(self, turns: Turns, user: str) -> None:
        self.has_it = False
        self._leave = asyncio.Event()
        self.task = asyncio.create_task(self._hold(turns, user))

    async def _hold(self, turns: Turns, user: str) -> None:
        async with turns.turn(user):
            self.has_it = True
            await self._leave.wait()

    async def leave(self) -> None:
        self._leave.set()
        await self.task


async def test_so_many_at_once_and_the_others_in_their_order() -> None:
    turns = Turns(Bounds(at_once=2, of_a_user=2, waiting=9, waiting_of_a_user=9, within_s=LONG))
    held = [Holding(turns, user) for user in "abcd"]
    await until(lambda: held[1].has_it)
    assert [each.has_it for each in held] == [True, True, False, False]
    await held[0].leave()
    await until(lambda: held[2].has_it)
    assert not held[3].has_it
    for each in held[1:]:
        await each.leave()
    assert len(turns) == 0


async def test_one_user_doesnt_take_all_of_them() -> None:
    turns = Turns(Bounds(at_once=2, of_a_user=1, waiting=9, waiting_of_a_user=9, within_s=LONG))
    greedy = [Holding(turns, "a") for _ in range(5)]
    await until(lambda: greedy[0].has_it)
    other = Holding(turns, "b")
    await until(lambda: other.has_it)
    assert [each.has_it for each in greedy] == [True, False, False, False, False]
    for each in [other, *greedy]:
        await each.leave()
    assert len(turns) == 0


async def test_only_so_many_may_wait() -> None:
    turns = Turns(Bounds(at_once=1, of_a_user=1, waiting=1, waiting_of_a_user=9, within_s=LONG))
    held = [Holding(turns, "a"), Holding(turns, "b")]
    await until(lambda: len(turns) == 2)
    with pytest.raises(ProtocolError) as refusal:
        async with turns.turn("c"):
            pass
    assert refusal.value.code == "overloaded"
    assert refusal.value.details["retry_after_ms"] > 0
    for each in held:
        await each.leave()
    async with turns.turn("c"):
        assert len(turns) == 1


async def test_one_user_doesnt_take_all_places_to_wait() -> None:
    turns = Turns(Bounds(at_once=2, of_a_user=1, waiting=3, waiting_of_a_user=2, within_s=LONG))
    greedy = [Holding(turns, "a") for _ in range(3)]
    await until(lambda: len(turns) == 3)
    for _ in range(5):
        with pytest.raises(ProtocolError, match="Too many at once"):
            async with turns.turn("a"):
                pass
    async with turns.turn("b"):
        assert len(turns) == 4
    for each in greedy:
        await each.leave()
    async with turns.turn("a"):
        assert len(turns) == 1


@pytest.mark.parametrize("user", ["a", "b"])
async def test_a_turn_that_doesnt_come_in_time_takes_nothing(user: str) -> None:
    """Be it one's own bound that is reached, or that of all."""
    turns = Turns(Bounds(at_once=1, of_a_user=1, waiting=9, waiting_of_a_user=9, within_s=0.01))
    held = Holding(turns, "a")
    await until(lambda: held.has_it)
    with pytest.raises(ProtocolError, match="Too many at once"):
        async with turns.turn(user):
            pass
    await held.leave()
    async with turns.turn(user):
        pass


async def test_who_is_cancelled_while_waiting_leaves_nothing_taken() -> None:
    turns = Turns(Bounds(at_once=1, of_a_user=1, waiting=9, waiting_of_a_user=9, within_s=LONG))
    held = Holding(turns, "a")
    waiting = [Holding(turns, "a"), Holding(turns, "b")]
    await until(lambda: held.has_it and len(turns) == 3)
    for each in waiting:
        each.task.cancel()
    await asyncio.wait([each.task for each in waiting])
    await held.leave()
    async with turns.turn("a"):
        assert len(turns) == 1


async def test_a_turn_that_ends_badly_is_given_back() -> None:
    turns = Turns(Bounds(at_once=1, of_a_user=1, waiting=0, waiting_of_a_user=9, within_s=LONG))
    for _ in range(3):
        with pytest.raises(LookupError):
            async with turns.turn("a"):
                raise LookupError
    assert len(turns) == 0
