"""How the router shares out a small budget, and what an outage costs:
`python -m tests.load.queueing`.

On a simulated clock, so that hours take seconds and every run brings the same figures:
- 100 interviews at 15 requests a minute; ten of them ask for four things at once. How long each
  waits, how evenly, and how true what is said of it is; beside it, first come first served.
- A provider that is dead for ten minutes under 100 interviews: the requests it still gets.
On the real clock:
- Failover: from the last token of the model that breaks to the first of the next, which takes
  300 ms; and what the router costs a token and a request.
"""

import asyncio
import statistics
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from random import Random

import structlog

from realtime.clock import SystemClock
from realtime.interviewer.model import Prompt, Stopped, Usage
from realtime.interviewer.request import Request, Speaking, Waiting
from realtime.interviewer.routing.breaker import Breaker
from realtime.interviewer.routing.budget import Budget
from realtime.interviewer.routing.course import Patience, Upstream
from realtime.interviewer.routing.router import Router
from realtime.interviewer.routing.spending import Caps, Spending
from realtime.interviewer.routing.window import Limits
from realtime.ports import Clock
from tests.realtime.interviewer.routing.scripted import (
    END,
    MemoryLedger,
    Pause,
    ScriptedModel,
    Step,
    VirtualTime,
    price,
    request,
    trouble,
)

INTERVIEWS = 100
GREEDY = 10
AT_ONCE = 4
REQUESTS_PER_MINUTE = 15
HOURS = 3
REPLY_MS = 4_000
THINKING_S = 60.0

DEAD_MS = 600_000
EVERY_S = 20.0

FIRST_TOKEN_MS = 300
FAILOVERS = 100
TOKENS = 2_000

PATIENT = Patience(wait_ms=10**9, rounds=3)


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    _print_queues()
    _print_outages()
    asyncio.run(_print_real_time())


def router_of(clock: Clock, *upstreams: Upstream) -> Router:
    spending = Spending(MemoryLedger(), clock, Caps())
    return Router(upstreams, spending, price, PATIENT, clock, Random(1))


def upstream_of(clock: Clock, model: ScriptedModel, limits: Limits | None = None) -> Upstream:
    chance = Random(2)
    return Upstream(model, Budget(clock, chance, limits), Breaker(clock, chance))


# --- a queue -------------------------------------------------------------------------------------


@dataclass
class Waits:
    """Of interviews of one kind: how long each of their requests waited, and how far off what was
    said first, and last, of it was, ms.
    """

    by_interview: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    first_off: list[int] = field(default_factory=list)
    last_off: list[int] = field(default_factory=list)

    @property
    def means_s(self) -> list[float]:
        """The mean wait of each interview."""
        return [statistics.mean(waits) / 1000 for waits in self.by_interview.values()]

    @property
    def served(self) -> list[int]:
        """How many requests of each interview were answered."""
        return [len(waits) for waits in self.by_interview.values()]


def queue(*, fair: bool, leaving: float) -> tuple[Waits, Waits, int]:
    """Three hours of interviews that share 15 requests a minute: what the modest ones waited, what
    the greedy ones did, and the most requests within a minute. Of those who wait, the part
    `leaving` leaves within ten minutes.
    """
    virtual, modest, greedy = VirtualTime(), Waits(), Waits()
    model = ScriptedModel(virtual.clock, "a", [Pause(1_000), "Well.", Pause(REPLY_MS - 1_000), END])
    router = router_of(
        virtual.clock, upstream_of(virtual.clock, model, Limits(REQUESTS_PER_MINUTE))
    )
    until = virtual.clock.now() + HOURS * 3_600_000

    async def ask(name: str) -> None:
        waits = greedy if name.startswith("greedy") else modest
        came, said = virtual.clock.now(), list[tuple[int, int]]()
        async with aclosing(router.ask(request(name if fair else "all"))) as answers:
            async for answer in answers:
                now = virtual.clock.now()
                if isinstance(answer, Waiting):
                    said.append((now, now + answer.retry_after_ms))
                elif isinstance(answer, Speaking):
                    asked = now - 1_000
                    waits.by_interview[name].append(asked - came)
                    if said:
                        waits.first_off.append(abs(asked - said[0][1]))
                        waits.last_off.append(abs(asked - said[-1][1]))

    async def ask_a_while(name: str, chance: Random) -> None:
        leaves_s = chance.uniform(0, 600) if chance.random() < leaving else None
        with suppress(TimeoutError):
            async with asyncio.timeout(leaves_s):
                await ask(name)

    async def interview(name: str, chance: Random) -> None:
        await virtual.clock.sleep(chance.uniform(0, THINKING_S))
        while virtual.clock.now() < until:
            await asyncio.gather(
                *(
                    ask_a_while(name, chance)
                    for _ in range(AT_ONCE if name.startswith("greedy") else 1)
                )
            )
            await virtual.clock.sleep(chance.uniform(0.5, 1.5) * THINKING_S)

    async def all_of_them() -> None:
        names = [f"{'greedy' if i < GREEDY else 'modest'}{i}" for i in range(INTERVIEWS)]
        await asyncio.gather(*(interview(name, Random(name)) for name in names))

    virtual.run(all_of_them())
    return modest, greedy, most_within(model.asked_at, 60_000)


def most_within(times: Sequence[int], width_ms: int) -> int:
    """The most of `times`, in order, that lie within a stretch of so long."""
    first, most = 0, 0
    for last, at in enumerate(times):
        while times[first] <= at - width_ms:
            first += 1
        most = max(most, last - first + 1)
    return most


def jain(values: Sequence[float]) -> float:
    """Jain's fairness index: 1 where all are equal, 1/n where one has everything."""
    return sum(values) ** 2 / (len(values) * sum(value * value for value in values))


def percentile(values: Sequence[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def _print_queues() -> None:
    print(
        f"{INTERVIEWS} interviews at {REQUESTS_PER_MINUTE} requests a minute, {GREEDY} of them "
        f"with {AT_ONCE} at once; {HOURS} h simulated"
    )
    print(f"{'':27}mean wait, s{'':15}Jain's  retry_after_ms off by, s: median, p95, max")
    print(f"{'':20}min    median       max    index      as first said         as last said")
    for name, fair, leaving in (
        ("fair queue", True, 0.0),
        ("first come, first served", False, 0.0),
        ("fair queue, 1 in 5 leaves", True, 0.2),
    ):
        modest, greedy, most = queue(fair=fair, leaving=leaving)
        everyone = jain([*modest.served, *greedy.served])
        print(f"  {name}: {most} requests at most in 60 s; Jain's index of requests {everyone:.4f}")
        for kind, waits in (("modest", modest), ("greedy", greedy)):
            means = waits.means_s
            print(
                f"    {kind:8}{min(means):11.1f} {statistics.median(means):9.1f} "
                f"{max(means):9.1f} {jain(means):8.4f} {_off(waits.first_off)} "
                f"{_off(waits.last_off)}"
            )


def _off(off_ms: Sequence[int]) -> str:
    off = (statistics.median(off_ms), percentile(off_ms, 0.95), max(off_ms))
    return " ".join(f"{each / 1000:6.1f}" for each in off)


# --- an outage -----------------------------------------------------------------------------------


class MortalModel(ScriptedModel):
    """Dead between two times: fails as `dying` does. Else it answers."""

    dying: Sequence[Step] = ()
    dead: range = range(0)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[str | Stopped, None]:
        if self._clock.now() not in self.dead:
            async with aclosing(super().stream(prompt)) as pieces:
                async for piece in pieces:
                    yield piece
            return
        self.asked_at.append(self._clock.now())
        for step in self.dying:
            if isinstance(step, Pause):
                await self._clock.sleep(step.ms / 1000)
            elif isinstance(step, Exception):
                raise step


def outage(*dying: Step) -> tuple[int, int, float, int]:
    """Requests that the dead model got, all requests meanwhile, how long after it was back it
    answered again (s), and the requests that nobody answered.
    """
    virtual = VirtualTime()
    words: list[Step] = [Pause(500), "Well.", Pause(1_500), END]
    first = MortalModel(virtual.clock, "a", words)
    first.dying = dying
    dies = virtual.clock.now() + 60_000
    first.dead = range(dies, dies + DEAD_MS)
    second = ScriptedModel(virtual.clock, "b", words)
    router = router_of(
        virtual.clock, upstream_of(virtual.clock, first), upstream_of(virtual.clock, second)
    )
    unanswered = 0

    async def interview(chance: Random) -> None:
        nonlocal unanswered
        await virtual.clock.sleep(chance.uniform(0, EVERY_S))
        while virtual.clock.now() < first.dead.stop + 400_000:
            async with aclosing(router.ask(request(f"{id(chance)}"))) as answers:
                spoke = [answer async for answer in answers if isinstance(answer, Speaking)]
            unanswered += not spoke
            await virtual.clock.sleep(chance.uniform(0.5, 1.5) * EVERY_S)

    async def all_of_them() -> None:
        await asyncio.gather(*(interview(Random(number)) for number in range(INTERVIEWS)))

    virtual.run(all_of_them())
    got = sum(at in first.dead for at in first.asked_at)
    meanwhile = sum(at in first.dead for at in second.asked_at)
    back = min(at for at in first.asked_at if at >= first.dead.stop) - first.dead.stop
    return got, meanwhile, back / 1000, unanswered


def _print_outages() -> None:
    print(f"\nA provider dead for {DEAD_MS // 60_000} min, {INTERVIEWS} interviews")
    for name, dying in (
        ("refuses at once", (trouble("unavailable"),)),
        ("says nothing for 10 s", (Pause(10_000), trouble("slow"))),
    ):
        got, meanwhile, back_s, unanswered = outage(*dying)
        print(
            f"  {name:22} it got {got} requests, the other {meanwhile}; asked again "
            f"{back_s:.0f} s after it was back; {unanswered} unanswered"
        )


# --- on the real clock ---------------------------------------------------------------------------


async def _print_real_time() -> None:
    clock = SystemClock()
    off_ms = await asyncio.gather(*(_failover(clock, number) for number in range(FAILOVERS)))
    print(
        f"\nFailover, the next model's first token after {FIRST_TOKEN_MS} ms; {FAILOVERS} at once"
    )
    print(
        f"  on top of it: {statistics.median(off_ms):.2f} ms (median), "
        f"{percentile(off_ms, 0.95):.2f} (p95)"
    )
    alone, routed = await _a_token(clock)
    print(f"\nThe router's CPU: {routed - alone:.2f} us a token", end="")
    print(f", {await _a_request(clock):.0f} us a request (with a budget, caps and a record)")


async def _failover(clock: Clock, number: int) -> float:
    """From the last token of the one to the first of the other, less the other's own time, ms."""
    first = ScriptedModel(clock, "a", ["One ", "two ", trouble("cut")])
    second = ScriptedModel(clock, "b", [Pause(FIRST_TOKEN_MS), "Well.", END])
    router = router_of(clock, upstream_of(clock, first), upstream_of(clock, second))
    times: list[float] = []
    await asyncio.sleep(number / 1000)
    async with aclosing(router.ask(request())) as answers:
        async for answer in answers:
            if isinstance(answer, str):
                times.append(time.perf_counter())
    return (times[2] - times[1]) * 1000 - FIRST_TOKEN_MS


async def _a_token(clock: Clock) -> tuple[float, float]:
    """CPU microseconds a token of a model alone, and by way of the router."""
    script: list[Step] = [*["word "] * TOKENS, Stopped("stop", Usage(1, 0, TOKENS))]
    model = ScriptedModel(clock, "a", script)
    router = router_of(clock, upstream_of(clock, model, Limits(10**6, 10**9)))
    taken = [float("inf"), float("inf")]
    for _ in range(20):
        for index, stream in enumerate((model.stream(request().prompt), router.ask(request()))):
            before = time.process_time()
            async with aclosing(stream) as pieces:
                async for _ in pieces:
                    pass
            taken[index] = min(taken[index], time.process_time() - before)
    return taken[0] / TOKENS * 1e6, taken[1] / TOKENS * 1e6


async def _a_request(clock: Clock) -> float:
    """CPU microseconds of a request of one token."""
    model = ScriptedModel(clock, "a", ["Well.", END])
    upstream = upstream_of(clock, model, Limits(10**6, 10**9))
    spending = Spending(MemoryLedger(), clock, Caps(10**12, 10**12))
    router = Router([upstream], spending, price, PATIENT, clock, Random(1))
    asked: Request = request()
    before = time.process_time()
    for _ in range(TOKENS):
        async with aclosing(router.ask(asked)) as pieces:
            async for _ in pieces:
                pass
    return (time.process_time() - before) / TOKENS * 1e6


if __name__ == "__main__":
    main()
