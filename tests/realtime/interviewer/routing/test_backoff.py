"""Waits that double, with chance in them."""

from random import Random

import pytest

from realtime.interviewer.routing.backoff import Backoff


@pytest.mark.parametrize(("n", "bound"), [(1, 100), (2, 200), (3, 400), (4, 500), (10_000, 500)])
def test_waits_double_up_to_a_bound(n: int, bound: int) -> None:
    backoff = Backoff(Random(1), first_ms=100, most_ms=500, least_part=0.5)
    waits = [backoff.ms(n) for _ in range(200)]
    assert bound / 2 <= min(waits) < 0.6 * bound
    assert 0.9 * bound < max(waits) <= bound


def test_the_same_chance_brings_the_same_waits() -> None:
    first, second = (Backoff(Random(7), first_ms=100, most_ms=500) for _ in range(2))
    assert [first.ms(3) for _ in range(5)] == [second.ms(3) for _ in range(5)]
