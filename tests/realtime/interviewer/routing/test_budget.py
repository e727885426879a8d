"""The budget: never over the limit, nobody starves, nothing leaks, and what is said is so."""

import asyncio
from contextlib import suppress
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.interviewer.routing.budget import Budget, Full, Place
from realtime.interviewer.routing.window import WINDOW_MS, Limits
from tests.realtime.interviewer.routing.scripted import VirtualTime

MINUTE_MS = 60_000


def budget_of(
    time: VirtualTime, requests: int | None = None, tokens: int | None = None, *, most: int = 500
) -> Budget:
    return Budget(time.clock, Random(1), Limits(requests, tokens), most_waiting=most)


async def granted(place: Place) -> Place:
    while not place.granted:
        await place.changed()
    return place


async def used(budget: Budget, interview: str = "iv", tokens: int = 1) -> Place:
    """Wait for a place and use it."""
    place = await granted(budget.line_up(interview, tokens))
    place.send()
    return place


def test_without_limits_nobody_waits() -> None:
    time = VirtualTime()

    async def main() -> None:
        budget = budget_of(time)
        for _ in range(1_000):
            with budget.line_up("iv", 10_000) as place:
                assert place.granted
                place.send()

    time.run(main())
    assert time.passed_ms == 0


def test_the_next_minute_brings_the_next() -> None:
    time = VirtualTime()

    async def main() -> list[int]:
        budget = budget_of(time, 2)
        waits = [budget.wait_ms("iv", 1)]
        for _ in range(5):
            await used(budget)
            waits.append(budget.wait_ms("iv", 1))
        return [wait or 0 for wait in waits]

    assert time.run(main()) == pytest.approx([0, 0, WINDOW_MS, 0, WINDOW_MS, 0], abs=2)


def test_the_queue_is_bounded() -> None:
    time = VirtualTime()

    async def main() -> None:
        budget = budget_of(time, 1, most=2)
        await used(budget)
        places = [budget.line_up("iv", 1) for _ in range(2)]
        assert budget.wait_ms("other", 1) is None
        with pytest.raises(Full):
            budget.line_up("other", 1)
        places[0].leave()
        assert budget.wait_ms("other", 1) is not None

    time.run(main())


def test_a_place_that_was_not_used_is_given_back() -> None:
    time = VirtualTime()

    async def main() -> None:
        budget = budget_of(time, 1)
        first = budget.line_up("a", 1)
        second = budget.line_up("b", 1)
        assert first.granted
        assert not second.granted
        first.leave()
        first.leave()
        assert second.granted

    time.run(main())
    assert time.passed_ms == 0


def test_whoever_leaves_lets_the_others_come_up() -> None:
    time = VirtualTime()

    async def main() -> tuple[int, int]:
        budget = budget_of(time, 1)
        await used(budget)
        first, second = budget.line_up("a", 1), budget.line_up("b", 1)
        said = second.wait_ms
        await time.clock.sleep(5)
        first.leave()
        assert not await second.changed()
        return said, second.wait_ms

    said, then = time.run(main())
    assert said == 2 * WINDOW_MS
    assert then == pytest.approx(WINDOW_MS - time.passed_ms, abs=2)
    assert time.passed_ms <= 6_001, "told within a second"


def test_a_refusal_closes_it_and_those_who_wait_are_told() -> None:
    time = VirtualTime()

    async def main() -> int:
        budget = budget_of(time, 2)
        first = await used(budget)
        await used(budget)
        waiting = budget.line_up("b", 1)
        first.refused(200_000)
        assert not await waiting.changed()
        return waiting.wait_ms + time.passed_ms

    assert time.run(main()) == pytest.approx(200_000, abs=2)


def test_without_limits_a_refusal_makes_them_wait() -> None:
    time = VirtualTime()

    async def main() -> None:
        budget = budget_of(time)
        (await used(budget)).refused(7_000)
        await used(budget)

    time.run(main())
    assert time.passed_ms == pytest.approx(7_000, abs=2)


def test_what_a_reply_really_took_makes_room() -> None:
    time = VirtualTime()

    async def main() -> None:
        budget = budget_of(time, tokens=100)
        first = await used(budget, tokens=90)
        second = budget.line_up("iv", 90)
        assert not second.granted
        first.took(10)
        assert second.granted

    time.run(main())


def test_one_interview_with_many_requests_does_not_hold_up_the_others() -> None:
    time = VirtualTime()
    order: list[str] = []

    async def one(budget: Budget, interview: str) -> None:
        await used(budget, interview)
        order.append(interview)

    async def main() -> None:
        budget = budget_of(time, 1)
        await used(budget)
        await asyncio.gather(*(one(budget, interview) for interview in ("a", "a", "a", "b", "c")))

    time.run(main())
    assert order == ["a", "b", "c", "a", "a"]


# --- whatever comes ------------------------------------------------------------------------------

# Who asks, after how long, for how many tokens; after how long they lose patience (null: never);
# how long they take from a grant to the sending (null: they don't send at all).
VISIT = st.tuples(
    st.sampled_from("abcde"),
    st.integers(0, 20_000),
    st.integers(1, 60),
    st.one_of(st.none(), st.integers(0, 90_000)),
    st.one_of(st.none(), st.integers(0, 3_000)),
)
Visit = tuple[str, int, int, int | None, int | None]


class Visits:
    """Plays visits, and notes what was sent, and how long who had to wait."""

    def __init__(self, limits: Limits, visits: list[Visit]) -> None:
        self.time = VirtualTime()
        self.budget = Budget(self.time.clock, Random(1), limits)
        self.sent: list[tuple[int, int]] = []
        self.waits: list[int] = []
        self._visits = visits

    def play(self) -> None:
        self.time.run(self._main())

    async def _main(self) -> None:
        visiting = []
        for visit in self._visits:
            await self.time.clock.sleep(visit[1] / 1000)
            visiting.append(asyncio.create_task(self._visit(visit)))
        await asyncio.gather(*visiting)

    async def _visit(self, visit: Visit) -> None:
        interview, _, tokens, patience_ms, slow_ms = visit
        came = self.time.clock.now()
        with self.budget.line_up(interview, tokens) as place:
            with suppress(TimeoutError):
                async with asyncio.timeout(None if patience_ms is None else patience_ms / 1000):
                    await granted(place)
            if not place.granted or slow_ms is None:
                return
            self.waits.append(self.time.clock.now() - came)
            if slow_ms:
                await self.time.clock.sleep(slow_ms / 1000)
            self.sent.append((self.time.clock.now(), tokens))
            place.send()


@settings(max_examples=200)
@given(
    st.one_of(st.none(), st.integers(1, 4)),
    st.one_of(st.none(), st.integers(60, 200)),
    st.lists(VISIT, max_size=30),
)
def test_whatever_comes(requests: int | None, tokens: int | None, visits: list[Visit]) -> None:
    played = Visits(Limits(requests, tokens), visits)
    played.play()
    for start, _ in played.sent:
        minute = [took for at, took in played.sent if start <= at < start + MINUTE_MS]
        assert requests is None or len(minute) <= requests
        assert tokens is None or sum(minute) <= tokens
    # Nobody starves: all who wait to the end are served, none later than after all the others.
    patient = [visit for visit in visits if visit[3] is None and visit[4] is not None]
    assert len(played.waits) >= len(patient)
    assert max(played.waits, default=0) <= (WINDOW_MS + 3_002) * len(visits)
    # Nothing leaks: when all is over, the queue is empty, and a minute later all room is free.
    assert played.budget.waiting == 0
    played.time.loop.wait(WINDOW_MS / 1000 + 0.01)
    for _ in range(requests or 0):
        assert played.budget.wait_ms("new", 1) == 0
        played.budget.line_up("new", 1)
    assert played.budget.wait_ms("new", 1) == (WINDOW_MS if requests else 0)


@settings(max_examples=200)
@given(
    st.one_of(st.none(), st.integers(1, 4)),
    st.one_of(st.none(), st.integers(60, 200)),
    st.lists(st.tuples(st.sampled_from("abcde"), st.integers(1, 60)), min_size=1, max_size=20),
)
def test_the_wait_is_as_said_if_nobody_else_comes_or_leaves(
    requests: int | None, tokens: int | None, visitors: list[tuple[str, int]]
) -> None:
    """Whoever came last knows of all the others."""
    time = VirtualTime()

    async def main() -> int:
        budget = budget_of(time, requests, tokens)
        places = [budget.line_up(interview, took) for interview, took in visitors]
        said = places[-1].wait_ms
        others = asyncio.gather(*map(_use, places[:-1]))
        await _use(places[-1])
        off = time.passed_ms - said
        await others
        return off

    assert 0 <= time.run(main()) <= len(visitors), "an alarm may ring a millisecond late"


async def _use(place: Place) -> None:
    (await granted(place)).send()
