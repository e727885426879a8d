"""The circuit: opens after failures, lets one probe through, closes when that succeeds."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.interviewer.routing.breaker import (
    FAILURES_IN_A_ROW,
    FIRST_OPEN_MS,
    LAST_OUTCOMES,
    LONGEST_OPEN_MS,
    PROBE_MS,
    Breaker,
)
from tests.realtime.fakes import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def breaker(clock: FakeClock) -> Breaker:
    return Breaker(clock, Random(1))


def ask(breaker: Breaker, succeeded: bool | None) -> None:
    """A request from its permit to its outcome; null: it was left."""
    permit = breaker.permit()
    assert permit is not None
    with permit:
        if succeeded:
            permit.succeeded()
        elif succeeded is False:
            permit.failed()


def opened(breaker: Breaker) -> int:
    """Fail until it opens; for how long it does."""
    for _ in range(FAILURES_IN_A_ROW):
        ask(breaker, False)
    assert not breaker.closed
    return breaker.wait_ms()


def test_failures_in_a_row_open_it(breaker: Breaker) -> None:
    for _ in range(FAILURES_IN_A_ROW - 1):
        ask(breaker, False)
    assert breaker.wait_ms() == 0
    ask(breaker, False)
    assert not breaker.closed
    assert breaker.permit() is None


def test_a_success_between_them_ends_the_row(breaker: Breaker) -> None:
    for succeeded in (*[False] * (FAILURES_IN_A_ROW - 1), True, *[False] * (FAILURES_IN_A_ROW - 1)):
        ask(breaker, succeeded)
    assert breaker.closed


def test_more_failures_than_successes_open_it(breaker: Breaker) -> None:
    for number in range(LAST_OUTCOMES):
        ask(breaker, number % 2 == 0)
    assert breaker.closed, "half of them are not too many"
    ask(breaker, False)  # pushes out a success
    assert not breaker.closed


def test_what_was_left_says_nothing(breaker: Breaker) -> None:
    for _ in range(FAILURES_IN_A_ROW * 3):
        ask(breaker, None)
    assert breaker.closed


def test_one_probe_goes_while_the_others_do_not(breaker: Breaker, clock: FakeClock) -> None:
    clock.advance(opened(breaker) / 1000)
    assert breaker.wait_ms() == 0
    probe = breaker.permit()
    assert probe is not None
    assert breaker.permit() is None
    assert breaker.wait_ms() == PROBE_MS
    probe.succeeded()
    assert breaker.closed
    assert breaker.permit() is not None


def test_a_probe_that_is_left_leaves_its_turn_to_another(
    breaker: Breaker, clock: FakeClock
) -> None:
    clock.advance(opened(breaker) / 1000)
    ask(breaker, None)
    assert not breaker.closed
    ask(breaker, True)
    assert breaker.closed


def test_it_is_left_alone_twice_as_long_each_time_up_to_a_bound(
    breaker: Breaker, clock: FakeClock
) -> None:
    bound = FIRST_OPEN_MS
    wait_ms = opened(breaker)
    for _ in range(8):
        assert 0.8 * bound <= wait_ms <= bound
        clock.advance(wait_ms / 1000)
        ask(breaker, False)
        wait_ms = breaker.wait_ms()
        bound = min(bound * 2, LONGEST_OPEN_MS)
    assert bound == LONGEST_OPEN_MS


def test_after_a_recovery_it_begins_anew(breaker: Breaker, clock: FakeClock) -> None:
    clock.advance(opened(breaker) / 1000)
    ask(breaker, True)
    assert opened(breaker) <= FIRST_OPEN_MS


def test_breakers_do_not_open_for_the_same_time(clock: FakeClock) -> None:
    chance = Random(1)
    assert len({opened(Breaker(clock, chance)) for _ in range(10)}) > 5


@pytest.mark.parametrize("succeeded", [True, False])
def test_late_outcomes_change_nothing(breaker: Breaker, clock: FakeClock, succeeded: bool) -> None:
    late = [breaker.permit() for _ in range(FAILURES_IN_A_ROW)]
    wait_ms = opened(breaker)

    def come() -> None:
        for permit in late:
            assert permit is not None
            permit.succeeded() if succeeded else permit.failed()

    come()
    assert breaker.wait_ms() == wait_ms
    clock.advance(wait_ms / 1000)
    ask(breaker, True)
    come()
    assert breaker.closed


def test_a_probe_that_fails_after_its_first_words_has_failed_once(
    breaker: Breaker, clock: FakeClock
) -> None:
    clock.advance(opened(breaker) / 1000)
    probe = breaker.permit()
    assert probe is not None
    probe.succeeded()
    for _ in range(FAILURES_IN_A_ROW - 1):
        ask(breaker, False)
    assert breaker.closed
    probe.failed()
    assert not breaker.closed


def test_a_clock_set_back_does_not_keep_it_open(breaker: Breaker, clock: FakeClock) -> None:
    opened(breaker)
    clock.advance(-3_600)
    assert breaker.wait_ms() <= LONGEST_OPEN_MS
    clock.advance(LONGEST_OPEN_MS / 1000)
    assert breaker.wait_ms() == 0


def test_it_can_be_opened_at_once(breaker: Breaker, clock: FakeClock) -> None:
    breaker.trip(300_000)
    assert breaker.wait_ms() == 300_000
    clock.advance(300)
    ask(breaker, True)
    assert breaker.closed


@given(st.lists(st.tuples(st.sampled_from([True, False, None]), st.integers(0, 60_000))))
def test_it_always_comes_back(steps: list[tuple[bool | None, int]]) -> None:
    """Whatever happened: within the longest time a request may be made, and if it succeeds the
    circuit is closed.
    """
    clock = FakeClock()
    breaker = Breaker(clock, Random(1))
    for succeeded, gap_ms in steps:
        clock.advance(gap_ms / 1000)
        if breaker.wait_ms() == 0:
            ask(breaker, succeeded)
    clock.advance(LONGEST_OPEN_MS / 1000)
    ask(breaker, True)
    assert breaker.closed
