"""How long to wait (`protocol.md` 8)."""

import pytest

from protocol.client.backoff import LONGEST_MS, backoff_ms


@pytest.mark.parametrize(
    ("n", "bound"), [(0, 500), (1, 1_000), (5, 16_000), (6, 30_000), (7, 30_000), (10**9, 30_000)]
)
def test_it_is_anywhere_up_to_a_bound_that_doubles(n: int, bound: int) -> None:
    assert backoff_ms(n, 0) == 0
    assert backoff_ms(n, 0.5) == bound / 2
    assert backoff_ms(n, 0.999_999) < bound <= LONGEST_MS
