"""An answer's passes, over recognizers that have no room, or do what a test says."""

import asyncio
from collections.abc import Callable

import numpy as np
import pytest

from protocol.view import Span
from realtime.speech.clip import Clip, Overloaded, Recognized, Recognizer
from realtime.speech.passes import ROOM_EVERY_S, ROOM_WITHIN_MS, Pass, Passes, Piece
from tests.realtime.fakes import FakeClock, until
from tests.realtime.speech.saying import heard, segment

pytestmark = pytest.mark.anyio

END_MS = 2_000
TRIES = int(ROOM_WITHIN_MS / 1_000 / ROOM_EVERY_S)


class Crowded:
    """A recognizer that has no room for the first `refused`."""

    def __init__(self, refused: int) -> None:
        self.refused = refused
        self.asked = 0

    async def recognize(self, clip: Clip) -> Recognized:
        self.asked += 1
        if self.asked <= self.refused:
            raise Overloaded("64 finals wait already")
        return heard(segment("one two"))


def piece(number: int = 0) -> Piece:
    samples = np.zeros(16 * END_MS, np.int16)
    return Piece(number, 0, END_MS, samples, (Span(0, END_MS),), float(END_MS))


class Listened:
    """Passes of an answer, and what came of them."""

    def __init__(self, recognizer: Recognizer) -> None:
        self.clock = FakeClock()
        self.results: list[Pass] = []
        self.passes = Passes(recognizer, self.clock, "en", "mina", self._take)

    def _take(self) -> None:
        self.results += self.passes.results()

    @property
    def finals(self) -> list[str | None]:
        """The words of the finals that are done; null: it failed."""
        done = (each.words for each in self.results if each.final)
        return [None if each is None else " ".join(word.text for word in each) for each in done]

    async def wait(self, condition: Callable[[], bool]) -> None:
        """Let time pass until `condition` holds."""
        for _ in range(2 * TRIES):
            for _ in range(20):
                await asyncio.sleep(0)
            if condition():
                return
            self.clock.advance(ROOM_EVERY_S)
        raise AssertionError("the condition never held")


async def test_a_final_that_finds_no_room_is_tried_again() -> None:
    recognizer = Crowded(3)
    listened = Listened(recognizer)
    listened.passes.close(piece())
    await listened.wait(lambda: bool(listened.finals))
    assert listened.finals == ["one two"]
    assert recognizer.asked == 4
    assert not listened.passes.pending


async def test_one_that_was_begun_as_a_guess_is_too() -> None:
    listened = Listened(Crowded(3))
    listened.passes.pause(piece())
    await until(lambda: listened.clock.alarms == 1)
    listened.passes.close(piece())
    await listened.wait(lambda: bool(listened.finals))
    assert listened.finals == ["one two"]


async def test_where_there_is_no_room_for_long_it_fails() -> None:
    recognizer = Crowded(10_000)
    listened = Listened(recognizer)
    listened.passes.close(piece())
    await listened.wait(lambda: bool(listened.finals))
    assert listened.finals == [None]
    assert recognizer.asked == TRIES + 1


async def test_those_behind_it_wait_and_come_in_turn() -> None:
    listened = Listened(Crowded(5))
    for number in range(4):
        listened.passes.close(piece(number))
    await listened.wait(lambda: len(listened.finals) == 4)
    assert listened.finals == ["one two"] * 4


async def test_who_is_given_up_asks_no_more() -> None:
    recognizer = Crowded(10_000)
    listened = Listened(recognizer)
    listened.passes.close(piece())
    await until(lambda: listened.clock.alarms == 1)
    listened.passes.cancel()
    await asyncio.sleep(0)
    listened.clock.advance(10 * ROOM_EVERY_S)
    await asyncio.sleep(0)
    assert recognizer.asked == 1
