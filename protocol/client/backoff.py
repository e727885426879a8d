"""How long to wait before the next attempt (`protocol.md` 8)."""

FIRST_MS = 500
LONGEST_MS = 30_000
# From here on the bound no longer grows: 500 x 2^6 is more than the longest.
_LAST_DOUBLING = 6


def backoff_ms(n: int, chance: float) -> float:
    """Milliseconds before attempt `n` (from 0): anywhere up to a bound that doubles.

    `chance` is in [0, 1).
    """
    return chance * min(LONGEST_MS, FIRST_MS << min(n, _LAST_DOUBLING))
