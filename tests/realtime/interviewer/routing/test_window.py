"""The sliding window, and what it foretells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.interviewer.routing.window import WINDOW_MS, Limits, Window

MINUTE_MS = 60_000


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_that_lets_nothing_through_is_refused(limit: int) -> None:
    with pytest.raises(ValueError, match="lets nothing through"):
        Limits(limit)
    with pytest.raises(ValueError, match="lets nothing through"):
        Limits(None, limit)


def test_the_last_request_of_the_minute_makes_it_full() -> None:
    window, limits = Window(), Limits(2)
    window.add(0, 1)
    assert window.fits(limits, 1)
    window.add(0, 1)
    assert not window.fits(limits, 1)
    window.expire(WINDOW_MS - 1)
    assert not window.fits(limits, 1)
    window.expire(WINDOW_MS)
    assert window.fits(limits, 1)


def test_tokens_count_too() -> None:
    window, limits = Window(), Limits(None, 100)
    window.add(0, 60)
    assert window.fits(limits, 40)
    assert not window.fits(limits, 41)


def test_a_request_over_the_limit_waits_until_it_is_alone() -> None:
    window, limits = Window(), Limits(None, 100)
    assert window.fits(limits, 500)
    window.add(0, 1)
    assert not window.fits(limits, 500)
    assert list(window.forecast(limits, 10, [500, 1])) == [WINDOW_MS, 2 * WINDOW_MS]


def test_what_was_taken_back_or_has_expired_counts_no_more() -> None:
    window, limits = Window(), Limits(1, 100)
    use = window.add(0, 100)
    window.take_back(use)
    window.take_back(use)
    assert window.fits(limits, 100)
    late = window.add(0, 100)
    window.expire(WINDOW_MS)
    window.correct(late, 1_000)
    window.take_back(late)
    assert window.fits(limits, 100)


def test_a_correction_counts_instead_of_the_estimate() -> None:
    window, limits = Window(), Limits(None, 100)
    use = window.add(0, 90)
    window.correct(use, 10)
    assert window.fits(limits, 90)
    assert not window.fits(limits, 91)


def test_what_is_sent_later_counts_from_then_on() -> None:
    window, limits = Window(), Limits(1)
    use = window.add(0, 1)
    window.sent(use, 5_000)
    window.expire(WINDOW_MS)
    assert not window.fits(limits, 1)
    window.expire(WINDOW_MS + 5_000)
    assert window.fits(limits, 1)
    window.sent(use, WINDOW_MS + 5_000)
    assert not window.fits(limits, 1)


def test_after_the_clock_was_set_back_nothing_counts_for_longer_than_a_minute() -> None:
    window, limits = Window(), Limits(1)
    window.add(3_600_000, 1)
    window.expire(0)
    assert window.fits(limits, 1)
    window.add(0, 1)
    window.expire(0)
    assert not window.fits(limits, 1), "what was let through now counts"


def test_only_what_was_not_refused_was_accepted() -> None:
    window = Window()
    window.add(0, 1)
    window.add(0, 1).refused = True
    assert window.accepted == 1


LIMITS = st.builds(
    Limits, st.one_of(st.none(), st.integers(1, 5)), st.one_of(st.none(), st.integers(1, 50))
)
TOKENS = st.lists(st.integers(0, 60), min_size=1, max_size=20)


@given(LIMITS, st.lists(st.tuples(st.integers(0, 30_000), st.integers(0, 60))), TOKENS)
def test_a_forecast_comes_true(
    limits: Limits, past: list[tuple[int, int]], queue: list[int]
) -> None:
    """Let through one after the other, each at the first millisecond that has room for it."""
    window, now = Window(), 0
    for gap, tokens in past:
        now += gap
        window.expire(now)
        if window.fits(limits, tokens):
            window.add(now, tokens)
    forecast = list(window.forecast(limits, now, queue))
    for tokens, at in zip(queue, forecast, strict=True):
        if at > now:
            window.expire(at - 1)
            assert not window.fits(limits, tokens)
        now = at
        window.expire(now)
        assert window.fits(limits, tokens)
        window.add(now, tokens)


@given(st.integers(1, 5), TOKENS)
def test_no_minute_has_more_than_the_limit(most: int, queue: list[int]) -> None:
    sent = list(Window().forecast(Limits(most), 0, queue))
    for start in sent:
        assert sum(start <= at < start + MINUTE_MS for at in sent) <= most
