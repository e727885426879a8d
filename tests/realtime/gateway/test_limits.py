"""The counting behind the limits, by plain values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.gateway.limits import Places, Rate, Rates, rate_limited

# --- a rate -------------------------------------------------------------------------------------


def test_so_many_go_through_and_then_one_waits() -> None:
    rate = Rate(2, 1_000)
    assert [rate.wait_ms(now) for now in (0, 400, 500)] == [0, 0, 500]
    assert rate.wait_ms(999) == 1
    assert [rate.wait_ms(now) for now in (1_000, 1_000)] == [0, 400]


@given(st.lists(st.integers(0, 400), max_size=60))
def test_no_more_than_that_go_through_within_any_such_time(pauses: list[int]) -> None:
    rate, now, through = Rate(3, 1_000), 0, []
    for pause in pauses:
        now += pause
        if not rate.wait_ms(now):
            through.append(now)
    for first, fourth in zip(through, through[3:], strict=False):
        assert fourth - first >= 1_000


@given(st.lists(st.integers(0, 300), min_size=3, max_size=60))
def test_whoever_waits_as_told_gets_through_and_no_sooner(pauses: list[int]) -> None:
    rate, now = Rate(3, 1_000), 0
    for pause in pauses:
        now += pause
        wait_ms = rate.wait_ms(now)
        if wait_ms:
            assert rate.wait_ms(now + wait_ms - 1) == 1
            now += wait_ms
            assert rate.wait_ms(now) == 0


def test_it_is_at_rest_when_nothing_counts_any_more() -> None:
    rate = Rate(2, 1_000)
    assert rate.at_rest(0)
    rate.wait_ms(0)
    assert (rate.at_rest(999), rate.at_rest(1_000)) == (False, True)


def test_the_error_tells_how_long_to_wait() -> None:
    error = rate_limited(250, re="c1")
    assert (error.code, error.re, error.details) == ("rate_limited", "c1", {"retry_after_ms": 250})


# --- a rate for each ----------------------------------------------------------------------------


def test_each_key_has_its_own() -> None:
    rates = Rates(1, 1_000)
    assert [rates.wait_ms(key, 0) for key in "aba"] == [0, 0, 1_000]


def test_those_at_rest_are_forgotten() -> None:
    rates = Rates(1, 1_000)
    for key in range(100):
        rates.wait_ms(key, key)
    rates.wait_ms("later", 1_050)
    assert len(rates) == 50  # those from 51 on, and the last


def test_beyond_the_most_those_longest_unused_are_forgotten() -> None:
    rates = Rates(1, 1_000, most=2)
    for key in ("a", "b", "a", "c"):
        rates.wait_ms(key, 0)
    assert len(rates) == 2
    assert rates.wait_ms("a", 1) == 999
    assert rates.wait_ms("b", 1) == 0


# --- places -------------------------------------------------------------------------------------


def test_a_place_that_is_given_back_can_be_taken_again() -> None:
    places = Places(2)
    assert [places.take("a") for _ in range(3)] == [True, True, False]
    assert places.take("b")
    places.release("a")
    assert [places.take("a") for _ in range(2)] == [True, False]


def test_without_a_bound_there_are_any_number() -> None:
    places = Places(0)
    assert all(places.take("a") for _ in range(1_000))


def test_whoever_holds_none_takes_no_memory() -> None:
    places = Places(2)
    for holder in "aab":
        places.take(holder)
    assert len(places) == 2
    for holder in "aba":
        places.release(holder)
    assert len(places) == 0
    with pytest.raises(KeyError):
        places.release("a")
