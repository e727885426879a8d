"""What a provider's refusals teach."""

from random import Random

import pytest

from realtime.interviewer.routing.gate import (
    FIRST_PAUSE_MS,
    LONGEST_CLOSED_MS,
    LONGEST_PAUSE_MS,
    MINUTES_REMEMBERED,
    Gate,
)
from realtime.interviewer.routing.window import WINDOW_MS, Limits, Use
from tests.realtime.fakes import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def gate_of(clock: FakeClock, requests: int | None = None) -> Gate:
    return Gate(clock, Random(1), Limits(requests, 1_000))


def refuse(gate: Gate, clock: FakeClock, *, accepted: int = 0, after_ms: int | None = 1) -> int:
    """A request that goes out a while later is refused; for how long the gate is closed then."""
    clock.advance(0.001)
    use = Use(clock.now(), 1)
    clock.advance(0.001)
    gate.refused(use, accepted, after_ms)
    return gate.closed_until - clock.now()


def test_it_stays_closed_until_the_provider_says(clock: FakeClock) -> None:
    assert refuse(gate_of(clock), clock, after_ms=12_345) == 12_345


def test_it_does_not_stay_closed_for_hours(clock: FakeClock) -> None:
    assert refuse(gate_of(clock), clock, after_ms=36_000_000) == LONGEST_CLOSED_MS


def test_an_earlier_time_does_not_open_it(clock: FakeClock) -> None:
    gate = gate_of(clock)
    refuse(gate, clock, after_ms=10_000)
    assert refuse(gate, clock, after_ms=1) > 9_000


def test_without_a_word_of_it_pauses_double_up_to_a_bound(clock: FakeClock) -> None:
    gate, bound = gate_of(clock), FIRST_PAUSE_MS
    for _ in range(8):
        pause_ms = refuse(gate, clock, after_ms=None)
        assert bound / 2 <= pause_ms <= bound
        clock.advance(pause_ms / 1000)
        bound = min(bound * 2, LONGEST_PAUSE_MS)
    gate.accepted(Use(clock.now(), 1))
    assert refuse(gate, clock, after_ms=None) <= FIRST_PAUSE_MS


def test_those_that_were_out_already_count_as_one_refusal(clock: FakeClock) -> None:
    gate = gate_of(clock)
    together = [Use(clock.now(), 1) for _ in range(5)]
    clock.advance(0.1)
    for use in together:
        gate.refused(use, 3, None)
    assert gate.closed_until - clock.now() <= FIRST_PAUSE_MS
    assert gate.limits == Limits(None, 1_000)


def test_one_refusal_says_when_and_the_next_how_many(clock: FakeClock) -> None:
    gate = gate_of(clock, 100)
    refuse(gate, clock, accepted=15)
    assert gate.limits.requests_per_minute == 100
    refuse(gate, clock, accepted=15)
    assert gate.limits == Limits(15, 1_000)
    refuse(gate, clock, accepted=0)
    assert gate.limits.requests_per_minute == 1


def test_what_was_learned_is_never_more_than_what_was_set(clock: FakeClock) -> None:
    gate = gate_of(clock, 10)
    for _ in range(2):
        refuse(gate, clock, accepted=50)
    assert gate.limits.requests_per_minute == 10


def test_it_grows_back_to_what_was_set(clock: FakeClock) -> None:
    gate = gate_of(clock, 20)
    for _ in range(2):
        refuse(gate, clock, accepted=12)
    seen = []
    for _ in range(4):
        seen.append(gate.limits.requests_per_minute)
        clock.advance(WINDOW_MS / 1000)
    assert seen == [12, 15, 18, 20]


def test_without_a_limit_it_is_forgotten_after_some_peace(clock: FakeClock) -> None:
    gate = gate_of(clock)
    for _ in range(2):
        refuse(gate, clock, accepted=1)
    clock.advance((MINUTES_REMEMBERED - 1) * WINDOW_MS / 1000)
    assert gate.limits.requests_per_minute is not None
    clock.advance(WINDOW_MS / 1000)
    assert gate.limits.requests_per_minute is None


def test_an_answer_to_what_was_out_already_is_no_peace(clock: FakeClock) -> None:
    """Of each burst a part is answered, after another part was refused."""
    gate = gate_of(clock, 100)
    for _ in range(2):
        answered = Use(clock.now(), 1)
        refuse(gate, clock, accepted=15)
        gate.accepted(answered)
    assert gate.limits.requests_per_minute == 15


def test_a_clock_set_back_does_not_close_it_for_long(clock: FakeClock) -> None:
    gate = gate_of(clock, 20)
    for _ in range(2):
        refuse(gate, clock, accepted=12, after_ms=5_000)
    clock.advance(-3_600)
    assert gate.closed_until <= clock.now() + LONGEST_CLOSED_MS
    assert gate.limits.requests_per_minute == 12
    clock.advance(WINDOW_MS / 1000)
    assert gate.limits.requests_per_minute == 15, "it grows from then on"


def test_after_a_clock_was_set_back_refusals_are_heard(clock: FakeClock) -> None:
    gate = gate_of(clock)
    refuse(gate, clock)
    clock.advance(-3_600)
    refuse(gate, clock, accepted=7)
    assert gate.limits.requests_per_minute == 7
