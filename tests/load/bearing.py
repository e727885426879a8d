"""What one load does to a server: from a new process of it to the figures of a window.

Nothing but the server is on its core. What the provider's and the clients' processes take, and how
late they are themselves, is measured too: where they are the limit, the figures say so.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from tests.load.crowd import Crowd, crowd
from tests.load.provider import Provider, Turn
from tests.load.served import Kind, Place, Served, busy_s, cpu_s, served, sessions
from tests.load.stamps import Replies

WARM_S = 4.0
SPEAKING_WITHIN_S = 30.0
# Beyond that, it isn't the server that is measured.
HARNESS_LATE_MS = 15.0
HARNESS_CORES = 0.9
# So much of the server's core may be taken by others.
OTHERS_CORES = 0.1

# What is to be borne: of frames, how late; how many a token; and no session left behind.
BORNE_MS = 50.0
BORNE_FRAMES = 0.95
BORNE_PACE = 0.95


@dataclass(frozen=True, slots=True)
class Times:
    """Quantiles, in milliseconds."""

    p50: float
    p95: float
    p99: float
    most: float

    @classmethod
    def of(cls, times_us: Sequence[int]) -> "Times":
        ordered = sorted(times_us) or [0]
        last = len(ordered) - 1
        at = [ordered[round(last * part)] / 1_000 for part in (0.5, 0.95, 0.99, 1)]
        return cls(*at)

    def __str__(self) -> str:
        return f"{self.p50:7.1f} {self.p95:7.1f} {self.p99:7.1f} {self.most:7.1f}"


@dataclass(frozen=True, slots=True)
class Setting:
    """All that a measurement takes, but for the load."""

    place: Place
    provider: Provider
    replies: Replies
    crowds: int


@dataclass(frozen=True, slots=True)
class Borne:
    """What a load did.

    `turn`: what the provider's replies were made of. `tokens`: those that came to the clients, and
    `pace`: of those due; where marks come between them, fewer are. `frames`: a token. `scored`:
    answers, meanwhile. `latency`: from the provider's
    writing to the client. `provider_late`: than its pace. `clients_late`: the clients' loop, woken.
    Cores: of the server, the provider and the clients, and what others took of the server's own.
    `such_as`: the first defects, in words.
    """

    kind: Kind
    sessions: int
    seconds: float
    turn: Turn
    tokens: int
    pace: float
    frames: float
    latency: Times
    provider_late: Times
    clients_late: Times
    server_cores: float
    provider_cores: float
    clients_cores: float
    taken_cores: float
    scored: int
    defects: int
    such_as: list[str] = field(default_factory=list)

    @property
    def token_us(self) -> float:
        """The server's CPU time, all of it, a token that came to a client."""
        return self.server_cores * self.seconds / max(1, self.tokens) * 1e6

    @property
    def harness_is_the_limit(self) -> bool:
        late_ms = max(self.provider_late.p99, self.clients_late.p99)
        cores = max(self.provider_cores, self.clients_cores)
        return late_ms > HARNESS_LATE_MS or cores > HARNESS_CORES

    @property
    def was_disturbed(self) -> bool:
        """Whether others took much of the server's core."""
        return self.taken_cores > OTHERS_CORES

    @property
    def spoilt(self) -> bool:
        """Whether these are no figures of the server's."""
        return self.harness_is_the_limit or self.was_disturbed

    @property
    def whole(self) -> bool:
        """Whether nothing was lost, came twice or out of order."""
        return not self.defects

    @property
    def borne(self) -> bool:
        """Whether the server bore it well."""
        enough = self.frames >= BORNE_FRAMES and self.pace >= BORNE_PACE
        return self.whole and enough and self.latency.p99 < BORNE_MS


async def bear(setting: Setting, kind: Kind, count: int, seconds: float) -> Borne:
    """Put a load of `count` sessions on a new server of that kind, and measure for `seconds`."""
    async with (
        served(kind, setting.place) as server,
        _crowds(server, setting.crowds) as crowds,
    ):
        numbered = await sessions(server, count)
        parts = [numbered[first :: len(crowds)] for first in range(len(crowds))]
        naive = kind == "naive"
        await asyncio.gather(
            *(
                each.stream(part, setting.replies, naive=naive)
                for each, part in zip(crowds, parts, strict=True)
            )
        )
        with suppress(TimeoutError):  # Those that don't speak are missed in the pace.
            await _speaking(crowds, count)
        await asyncio.sleep(WARM_S)
        pids = (server.pid, setting.provider.pid, *(each.pid for each in crowds))
        for each in crowds:
            await each.reset()
        await setting.provider.turn()
        before = _clocks(pids, setting.place.core)
        await asyncio.sleep(seconds)
        after = _clocks(pids, setting.place.core)
        reports = [await each.report() for each in crowds]
        turn = await setting.provider.turn()
    took = [late - early for early, late in zip(before, after, strict=True)]
    given = _Given(kind, count, turn, setting.replies.rate * turn.shown)
    return _borne(given, took, reports)


def _clocks(pids: Sequence[int], core: int) -> list[float]:
    """Seconds: of the wall's clock, of others on that core, and of these processes."""
    server, *others = map(cpu_s, pids)
    return [time.monotonic(), busy_s(core) - server, server, *others]


async def _speaking(crowds: Sequence[Crowd], count: int) -> None:
    async with asyncio.timeout(SPEAKING_WITHIN_S):
        while True:
            if sum([await each.streaming() for each in crowds]) == count:
                return
            await asyncio.sleep(0.1)


@asynccontextmanager
async def _crowds(server: Served, count: int) -> AsyncIterator[list[Crowd]]:
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(crowd("127.0.0.1", server.port)) for _ in range(count)
        ]


@dataclass(frozen=True, slots=True)
class _Given:
    """A load. `rate`: tokens a second that are due at each client."""

    kind: Kind
    sessions: int
    turn: Turn
    rate: float


def _borne(given: _Given, took: Sequence[float], reports: Sequence[dict[str, Any]]) -> Borne:
    seconds, *cores = took
    taken, server, provider, *clients = (each / seconds for each in cores)
    stamps = [report["stamps"] for report in reports]
    tokens = sum(each["tokens"] for each in stamps)
    defects = [report["defects"] for report in reports]
    return Borne(
        given.kind,
        given.sessions,
        seconds,
        given.turn,
        tokens,
        pace=tokens / (given.sessions * given.rate * seconds),
        frames=sum(each["frames"] for each in stamps) / max(1, tokens),
        latency=Times.of([late for each in stamps for late in each["latencies_us"]]),
        provider_late=Times.of([late for each in stamps for late in each["late_us"]]),
        clients_late=Times.of([late for report in reports for late in report["woken_late_us"]]),
        server_cores=server,
        provider_cores=provider,
        clients_cores=max(clients),
        taken_cores=taken,
        scored=sum(each["scored"] for each in stamps),
        defects=sum(each["count"] for each in defects),
        such_as=[words for each in defects for words in each["first"]],
    )
