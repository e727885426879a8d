"""Plain models, a ledger in memory and time that passes by itself, for whatever asks models."""

import asyncio
import weakref
from collections.abc import AsyncGenerator, Coroutine, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

from protocol.effects import WorkKind
from realtime.interviewer.model import Message, ModelError, Prompt, Stopped, Trouble, Usage
from realtime.interviewer.request import Answer, Broken, NoAnswer, Request
from realtime.interviewer.routing.breaker import Breaker
from realtime.interviewer.routing.budget import Budget
from realtime.interviewer.routing.course import WITHOUT_LAST_RESORT, Patience, Upstream
from realtime.interviewer.routing.router import Router
from realtime.interviewer.routing.spending import Caps, Spending
from realtime.interviewer.routing.window import Limits
from realtime.ports import Clock, RequestRecord, Spent
from tests.simulation.whole.loop import Process, ProcessClock, VirtualLoop

T = TypeVar("T")

USAGE = Usage(100, 40, 20)
END = Stopped("stop", USAGE)


@dataclass(frozen=True, slots=True)
class Pause:
    """A model says nothing for so long."""

    ms: int


Step = str | Stopped | Pause | Exception


def trouble(kind: Trouble, retry_after_ms: int | None = None) -> ModelError:
    return ModelError(kind, "scripted", retry_after_ms=retry_after_ms)


class ScriptedModel:
    """Answers its n-th request by the n-th script; the last one holds for all that follow."""

    def __init__(self, clock: Clock, name: str, *scripts: Sequence[Step]) -> None:
        self._clock = clock
        self._scripts = scripts or (("Hello ", "you.", END),)
        self.provider = "openai"
        self.name = name
        self.asked_at: list[int] = []
        self.prompts: list[Prompt] = []
        self.open = 0
        self.closed = False

    @property
    def asked(self) -> int:
        return len(self.asked_at)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[str | Stopped, None]:
        script = self._scripts[min(self.asked, len(self._scripts) - 1)]
        self.asked_at.append(self._clock.now())
        self.prompts.append(prompt)
        self.open += 1
        try:
            for step in script:
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, Pause):
                    await self._clock.sleep(step.ms / 1000)
                else:
                    yield step
        finally:
            self.open -= 1

    async def aclose(self) -> None:
        self.closed = True


@dataclass
class MemoryLedger:
    """Knows what is recorded, and what it is told was spent before. Fails with `error`, or waits
    for `held`.
    """

    entries: list[RequestRecord] = field(default_factory=list)
    before: Spent = field(default_factory=lambda: Spent(0, 0))
    error: Exception | None = None
    held: asyncio.Event | None = None
    asked: int = 0

    async def spent(self, user_id: str, interview_id: str) -> Spent:
        self.asked += 1
        if self.held is not None:
            await self.held.wait()
        if self.error is not None:
            raise self.error
        return self.before

    def record(self, entry: RequestRecord) -> None:
        self.entries.append(entry)

    @property
    def outcomes(self) -> list[str]:
        return [entry.outcome for entry in self.entries]


def price(model: str, usage: Usage) -> int | None:
    """10 micro-USD a token; a model called `free` has no known price."""
    return None if model == "free" else 10 * (usage.input_tokens + usage.output_tokens)


def request(
    interview: str = "iv", *, user: str = "u", what: WorkKind = "feedback", max_tokens: int = 100
) -> Request:
    prompt = Prompt((Message("system", "You ask."), Message("user", "Well?")), max_tokens)
    return Request(user, interview, what, 1, prompt)


class VirtualTime:
    """A loop whose time passes when nothing is left to do, and its clock."""

    def __init__(self) -> None:
        self.loop = VirtualLoop()
        weakref.finalize(self, self.loop.close)
        self.clock = ProcessClock(self.loop, Process())
        self.start = self.clock.now()

    @property
    def passed_ms(self) -> int:
        return self.clock.now() - self.start

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Run it to its end; there may be no error that nobody caught."""
        result = self.loop.run_until_complete(main)
        assert self.loop.defects == []
        return result


@dataclass
class House:
    """A router over scripted models. `budgets` are made from `limits`, by the model's name."""

    time: VirtualTime = field(default_factory=VirtualTime)
    patience: Patience = WITHOUT_LAST_RESORT
    caps: Caps = field(default_factory=Caps)
    seed: int = 1
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    budgets: dict[str, Budget] = field(default_factory=dict)
    breakers: dict[str, Breaker] = field(default_factory=dict)

    @property
    def clock(self) -> ProcessClock:
        return self.time.clock

    def model(self, name: str, *scripts: Sequence[Step]) -> ScriptedModel:
        return ScriptedModel(self.clock, name, *scripts)

    def limit(self, name: str, requests: int | None = None, tokens: int | None = None) -> Budget:
        """Give a model limits; before the router is made."""
        budget = Budget(self.clock, Random(self.seed), Limits(requests, tokens))
        return self.budgets.setdefault(name, budget)

    def router(self, *models: ScriptedModel) -> Router:
        chance = Random(self.seed)
        upstreams = []
        for model in models:
            breaker = self.breakers.setdefault(model.name, Breaker(self.clock, chance))
            upstreams.append(Upstream(model, self.limit(model.name), breaker))
        spending = Spending(self.ledger, self.clock, self.caps)
        return Router(upstreams, spending, price, self.patience, self.clock, chance)

    def ask(self, *models: ScriptedModel) -> list[Answer | NoAnswer]:
        """What a single request to a new router over `models` brings."""
        return self.time.run(answers(self.router(*models), request()))


async def answers(router: Router, asked: Request) -> list[Answer | NoAnswer]:
    """All that comes; the refusal, if one does, at the end."""
    came: list[Answer | NoAnswer] = []
    try:
        async for answer in router.ask(asked):
            came.append(answer)
    except NoAnswer as refusal:
        came.append(refusal)
    return came


def text_of(came: Sequence[Answer | NoAnswer]) -> str:
    """The text that stands."""
    said: list[str] = []
    for answer in came:
        if isinstance(answer, str):
            said.append(answer)
        elif isinstance(answer, Broken):
            said.clear()
    return "".join(said)
