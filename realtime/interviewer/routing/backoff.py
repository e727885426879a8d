"""How long to leave a provider alone after it failed for the n-th time.

The formula is tenacity's (exponential, with an upper bound); chance and time are ours, as they are
passed in.
"""

from random import Random

from tenacity import RetryCallState, Retrying
from tenacity.wait import wait_exponential

_NOBODY = Retrying()


class Backoff:
    """Waits that double from `first_ms` to `most_ms`. Each is a random part of its bound, at least
    `least_part` (0: "full jitter", AWS Architecture Blog, "Exponential Backoff And Jitter").
    """

    def __init__(
        self, chance: Random, *, first_ms: int, most_ms: int, least_part: float = 0.0
    ) -> None:
        self._chance = chance
        self._bound = wait_exponential(multiplier=first_ms, max=most_ms)
        self._least_part = least_part

    def ms(self, n: int) -> int:
        """The wait after the `n`-th failure in a row, counted from 1."""
        state = RetryCallState(_NOBODY, None, (), {})
        state.attempt_number = n
        return round(self._chance.uniform(self._least_part, 1.0) * self._bound(state))
