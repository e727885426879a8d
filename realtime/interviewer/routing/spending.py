"""What models may cost: an interview in all, and a user in 24 hours.

Rules inside:
- Before a request is made, the most that it may cost is held; it counts until the request's real
  cost is known. So requests made at once can't pass the cap together.
- The ledger knows what other nodes and earlier processes recorded, but what was recorded a moment
  ago may be missing from it; so the larger of its sums and of what was recorded here counts.
- If the ledger doesn't answer, what is known here counts, and the ledger is left alone for a while:
  nobody waits long for the sum of their costs.
- A price that isn't known counts as 0.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog

from realtime.ports import Clock, Ledger, RequestRecord, Spent, StorageUnavailable

logger = structlog.get_logger(__name__)

DAY_MS = 86_400_000
MINUTE_MS = 60_000
ANSWER_WITHIN_S = 1.0
LEFT_ALONE_MS = 30_000
# So many interviews, and users, are remembered; of others the ledger alone tells.
MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Caps:
    """In millionths of a US dollar; null: no cap."""

    interview_micro_usd: int | None = None
    user_micro_usd: int | None = None


@dataclass(slots=True)
class _Account:
    """What is known of an interview's costs, or a user's. `costs`: by minute, oldest first."""

    cap: int | None
    read: int = 0
    held: int = 0
    costs: deque[tuple[int, int]] = field(default_factory=deque)
    recorded: int = 0

    def affords(self, cost: int) -> bool:
        return self.cap is None or max(self.read, self.recorded) + self.held + cost <= self.cap

    def record(self, at: int, cost: int) -> None:
        minute = at // MINUTE_MS
        if self.costs and self.costs[-1][0] >= minute:
            minute, cost_so_far = self.costs.pop()
            self.costs.append((minute, cost_so_far + cost))
        else:
            self.costs.append((minute, cost))
        self.recorded += cost

    def forget_until(self, time: int) -> None:
        while self.costs and self.costs[0][0] < time // MINUTE_MS:
            self.recorded -= self.costs.popleft()[1]


class Spending:
    """Keeps the caps. Without any it asks nobody anything."""

    def __init__(self, ledger: Ledger, clock: Clock, caps: Caps) -> None:
        self._ledger = ledger
        self._clock = clock
        self._caps = caps
        self._capped = caps != Caps()
        self._interviews: OrderedDict[str, _Account] = OrderedDict()
        self._users: OrderedDict[str, _Account] = OrderedDict()
        self._left_alone_until = 0

    async def look_up(self, user_id: str, interview_id: str) -> None:
        """Learn what was spent so far; to be called before a request is thought of."""
        left_alone_ms = self._left_alone_until - self._clock.now()
        # A longer one is from before the clock was set back.
        if not self._capped or 0 < left_alone_ms <= LEFT_ALONE_MS:
            return
        spent = await self._read(user_id, interview_id)
        if spent is not None:
            interview, user = self._accounts(user_id, interview_id)
            interview.read, user.read = spent.interview_micro_usd, spent.user_micro_usd

    def affords(self, user_id: str, interview_id: str, cost: int) -> bool:
        """Whether a request that may cost so many micro-USD may be made."""
        if not self._capped:
            return True
        return all(account.affords(cost) for account in self._accounts(user_id, interview_id))

    @contextmanager
    def held(self, user_id: str, interview_id: str, cost: int) -> Iterator[None]:
        """Count so much as spent, while the request is under way."""
        accounts = self._accounts(user_id, interview_id) if self._capped else ()
        for account in accounts:
            account.held += cost
        try:
            yield
        finally:
            for account in accounts:
                account.held -= cost

    def record(self, entry: RequestRecord) -> None:
        """Put a request that has ended into the books."""
        if self._capped and entry.cost_micro_usd:
            for account in self._accounts(entry.user_id, entry.interview_id):
                account.record(entry.at, entry.cost_micro_usd)
        self._ledger.record(entry)

    def _accounts(self, user_id: str, interview_id: str) -> tuple[_Account, _Account]:
        interview = _remembered(self._interviews, interview_id, self._caps.interview_micro_usd)
        user = _remembered(self._users, user_id, self._caps.user_micro_usd)
        user.forget_until(self._clock.now() - DAY_MS)
        return interview, user

    async def _read(self, user_id: str, interview_id: str) -> Spent | None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(None) as patience:
                alarm = self._clock.call_later(
                    ANSWER_WITHIN_S, lambda: patience.reschedule(loop.time())
                )
                try:
                    spent = await self._ledger.spent(user_id, interview_id)
                finally:
                    alarm.cancel()
        except (StorageUnavailable, TimeoutError) as error:
            if not self._left_alone_until:
                logger.warning("spending.unknown", reason=str(error) or "no answer in time")
            self._left_alone_until = self._clock.now() + LEFT_ALONE_MS
            return None
        if self._left_alone_until:
            self._left_alone_until = 0
            logger.info("spending.known_again")
        return spent


def _remembered(accounts: OrderedDict[str, _Account], name: str, cap: int | None) -> _Account:
    account = accounts.get(name)
    if account is None:
        account = accounts[name] = _Account(cap)
        if len(accounts) > MOST_REMEMBERED:
            _forget_one(accounts)
    else:
        accounts.move_to_end(name)
    return account


def _forget_one(accounts: OrderedDict[str, _Account]) -> None:
    """The one that wasn't looked at for longest, of which nothing is under way."""
    for name, account in accounts.items():
        if account.held == 0:
            del accounts[name]
            return
