"""What was asked of a provider within the last minute, and when more may be.

A *sliding window*: each use is held for a minute, to the millisecond, and a new one is let through
when what is held leaves room. Over a token bucket: one that holds a minute's worth lets twice the
limit through within a minute (a full bucket, and what flows in meanwhile), one that holds a single
request makes the first candidates of an idle server wait for nothing. A provider may count by fixed
minutes, sliding ones or a bucket: what a sliding window lets through keeps to each of them.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# The provider counts when a request arrives, not when it is sent: of two that are sent a minute
# apart, the first may arrive late and the second at once. Nothing on the way takes a second longer.
ARRIVAL_MS = 1_000
WINDOW_MS = 60_000 + ARRIVAL_MS


@dataclass(frozen=True, slots=True)
class Limits:
    """What a provider lets through in a minute, at least 1; null: no limit is known. A request of
    more tokens than that waits until it is alone.
    """

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None

    def __post_init__(self) -> None:
        for limit in (self.requests_per_minute, self.tokens_per_minute):
            if limit is not None and limit < 1:
                raise ValueError(f"a limit of {limit} a minute lets nothing through")

    def leave_room(self, uses: int, held: int, tokens: int) -> bool:
        """Whether beside `uses` of `held` tokens together there is room for one more."""
        requests, most = self.requests_per_minute, self.tokens_per_minute
        if requests is not None and uses >= requests:
            return False
        return most is None or not uses or held + tokens <= most


@dataclass(eq=False, slots=True)
class Use:
    """A request that was let through, and the tokens it counts for, as long as it is `held`."""

    at: int
    tokens: int
    held: bool = True
    refused: bool = False


class Window:
    """The uses that still count, oldest first."""

    def __init__(self) -> None:
        self._uses: deque[Use] = deque()
        self._tokens = 0

    def __len__(self) -> int:
        return len(self._uses)

    @property
    def accepted(self) -> int:
        """How many of them the provider didn't refuse, as far as is known."""
        return sum(not use.refused for use in self._uses)

    def expire(self, now: int) -> None:
        """Forget what no longer counts. What lies ahead is from before the clock was set back: it
        would count for longer than a minute.
        """
        while self._uses and not now - WINDOW_MS < self._uses[0].at <= now:
            self._drop(self._uses.popleft())

    def fits(self, limits: Limits, tokens: int) -> bool:
        """Whether one more of `tokens` may be let through. What has expired is to be forgotten
        before.
        """
        return limits.leave_room(len(self._uses), self._tokens, tokens)

    def add(self, now: int, tokens: int) -> Use:
        use = Use(now, tokens)
        self._uses.append(use)
        self._tokens += tokens
        return use

    def sent(self, use: Use, now: int) -> None:
        """It goes out now, some time after it was let through: from now on it counts."""
        if not use.held or use.at < now:
            self.take_back(use)
            self._uses.append(use)
            self._tokens += use.tokens
            use.at, use.held = now, True

    def take_back(self, use: Use) -> None:
        """It was never made."""
        if use.held:
            self._uses.remove(use)
            self._drop(use)

    def correct(self, use: Use, tokens: int) -> None:
        """It took so many tokens."""
        if use.held:
            self._tokens += tokens - use.tokens
            use.tokens = tokens

    def forecast(self, limits: Limits, start: int, queue: Iterable[int]) -> Iterator[int]:
        """When each of a queue will be let through, from `start` on, Unix ms. Exact if nobody comes
        or leaves, and each takes the tokens it is said to.
        """
        uses, total, at = deque((use.at, use.tokens) for use in self._uses), self._tokens, start
        for tokens in queue:
            while uses and (
                uses[0][0] + WINDOW_MS <= at or not limits.leave_room(len(uses), total, tokens)
            ):
                gone_at, gone = uses.popleft()
                total -= gone
                at = max(at, gone_at + WINDOW_MS)
            uses.append((at, tokens))
            total += tokens
            yield at

    def _drop(self, use: Use) -> None:
        self._tokens -= use.tokens
        use.held = False
