"""Plain parts for a session: a store in memory, an interviewer that waits to be told, a clock that
is set.
"""

import asyncio
import heapq
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace

from protocol.agenda import may_ask_main
from protocol.close_codes import Close
from protocol.commands import Asked
from protocol.draft import State
from protocol.effects import Began, Delta, Ended, Output, QuestionBegan, Reported, Scored, Work
from protocol.errors import ProtocolError
from protocol.messages import Ack
from protocol.view import Config, Interview, QuestionKind, Report, Score, View, Word
from realtime.ports import Commit, Fenced, InterviewerError, StorageUnavailable, Woken
from storage.rows import changes

START = 1_700_000_000_000


@dataclass(order=True)
class FakeAlarm:
    at: float
    order: int
    callback: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        self.cancelled = True


class FakeClock:
    """Time that stands until `advance`."""

    def __init__(self) -> None:
        self._now = float(START)
        self._alarms: list[FakeAlarm] = []

    def now(self) -> int:
        return int(self._now)

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> FakeAlarm:
        alarm = FakeAlarm(self._now + delay_s * 1000, len(self._alarms), callback)
        heapq.heappush(self._alarms, alarm)
        return alarm

    async def sleep(self, delay_s: float) -> None:
        woken = asyncio.Event()
        self.call_later(delay_s, woken.set)
        await woken.wait()

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass, ringing what is due on the way."""
        until = self._now + seconds * 1000
        while self._alarms and self._alarms[0].at <= until:
            alarm = heapq.heappop(self._alarms)
            self._now = max(self._now, alarm.at)
            if not alarm.cancelled:
                alarm.callback()
        self._now = until

    @property
    def alarms(self) -> int:
        """How many are set."""
        return sum(not alarm.cancelled for alarm in self._alarms)


def interview(name: str = "iv", config: Config | None = None) -> State:
    """A new interview's state."""
    config = config or Config(role="backend", questions=2, follow_ups=0)
    made = Interview(name, "created", False, START, None, None, None, None, config)
    return State(View(made, epoch=0))


class MemoryStore:
    """Keeps what is committed, as storage does: nothing of what is only streaming."""

    def __init__(self, *states: State, user_id: str = "local") -> None:
        self.states = {state.view.interview.id: state for state in states}
        self.receipts: dict[str, dict[str, bytes]] = {name: {} for name in self.states}
        self.epochs: dict[str, tuple[int, int]] = {name: (1, 0) for name in self.states}
        self.terms = dict.fromkeys(self.states, 0)
        self.spoken: dict[tuple[str, int], tuple[Word, ...] | None] = {}
        self.commits: list[Commit] = []
        self.user_id = user_id
        self.fails = False
        self.error: type[Exception] = StorageUnavailable
        self.tries = 0
        self.held: asyncio.Event | None = None

    async def wake(self, user_id: str, interview_id: str) -> Woken | None:
        await self._reached()
        state = self.states.get(interview_id)
        if state is None or user_id != self.user_id:
            return None
        epoch, seq = self.epochs[interview_id]
        if state.view.interview.phase != "finished" and self.terms[interview_id]:
            epoch, seq = epoch + 1, 0
            self.epochs[interview_id] = (epoch, seq)
        self.terms[interview_id] += 1
        view = replace(state.view, epoch=epoch, seq=seq)
        return Woken(
            user_id,
            replace(state, view=view),
            epoch,
            seq,
            self.terms[interview_id],
            dict(self.receipts[interview_id]),
        )

    async def commit(self, commit: Commit) -> None:
        self.tries += 1
        await self._reached()
        name = commit.after.view.interview.id
        if self.terms[name] != commit.term:
            raise Fenced("another actor runs this interview")
        self.commits.append(commit)
        self.states[name] = stored(commit.after)
        for row in changes(commit).words:
            self.spoken[name, row["turn"]] = row["words"]
        self.epochs[name] = (self.epochs[name][0], commit.seq)
        if commit.receipt is not None:
            assert commit.receipt.command_id not in self.receipts[name]
            self.receipts[name][commit.receipt.command_id] = commit.receipt.digest

    async def _reached(self) -> None:
        if self.held is not None:
            await self.held.wait()
        if self.fails:
            raise self.error("not reachable")


def stored(state: State) -> State:
    """What storage keeps of a state."""
    kept = state.view.interview
    turns = tuple(turn for turn in kept.turns if turn.question is not None or turn.has_outcome)
    kept = replace(kept, turns=turns, failed=None, waiting=())
    return replace(
        state,
        view=View(kept, epoch=state.view.epoch),
        given_up=frozenset(),
        retrying=False,
        exhausted=False,
        words=(),
    )


SCORES = (Score("structure", 3, 5, ("words",)),)
REPORT = Report("", 3.0, 5, (), (), (), (), (), None, ())


class ScriptedInterviewer:
    """Says fixed words. With `stepwise` each work waits for `go` before each of its outputs."""

    models = ("scripted",)

    def __init__(
        self, *, stepwise: bool = False, words: tuple[str, ...] = ("One ", "two.")
    ) -> None:
        self.stepwise = stepwise
        self.words = words
        self.asked: list[Work] = []
        self.closed: list[Work] = []
        self.failing: dict[str, int] = {}
        self._go = asyncio.Semaphore(0)

    def go(self, outputs: int = 1) -> None:
        """Let so many outputs pass."""
        for _ in range(outputs):
            self._go.release()

    def converse(self, user_id: str, interview_id: str) -> "ScriptedInterviewer":
        return self

    async def aclose(self) -> None:
        pass

    async def perform(self, work: Work, state: State) -> AsyncGenerator[Output, None]:
        self.asked.append(work)
        try:
            for output in self._outputs(work, state):
                if self.stepwise:
                    await self._go.acquire()
                else:
                    await asyncio.sleep(0)
                if self.failing.get(work.what, 0) and isinstance(output, Delta):
                    self.failing[work.what] -= 1
                    raise InterviewerError("overloaded", "The model is busy.")
                yield output
        finally:
            self.closed.append(work)

    def _outputs(self, work: Work, state: State) -> list[Output]:
        deltas: list[Output] = [Delta(work, word) for word in self.words]
        match work.what:
            case "question":
                kind: QuestionKind = "main" if may_ask_main(state) else "follow_up"
                return [QuestionBegan(work, kind, "topic"), *deltas, Ended(work)]
            case "scores":
                return [Scored(work, SCORES)]
            case "report":
                return [Began(work), *deltas, Reported(work, REPORT)]
            case _:
                return [Began(work, "scripted"), *deltas, Ended(work)]


class Watcher:
    """A connection that only notes what it is told."""

    def __init__(self) -> None:
        self.dropped: Close | None = None
        self.changed = asyncio.Event()

    def wake(self) -> None:
        self.changed.set()

    def drop(self, code: Close) -> None:
        self.dropped = code
        self.changed.set()


class Replies:
    """Collects what became of commands."""

    def __init__(self) -> None:
        self.outcomes: list[Ack | ProtocolError] = []
        self._changed = asyncio.Event()

    def __call__(self, outcome: Ack | ProtocolError) -> None:
        self.outcomes.append(outcome)
        self._changed.set()

    async def next(self, submit: Callable[[Asked, "Replies"], None], command: Asked) -> Ack:
        """Submit `command` and wait for its ack; raises its error."""
        before = len(self.outcomes)
        submit(command, self)
        async with asyncio.timeout(30):
            while len(self.outcomes) == before:
                self._changed.clear()
                await self._changed.wait()
        outcome = self.outcomes[before]
        if isinstance(outcome, ProtocolError):
            raise outcome
        return outcome


async def until(condition: Callable[[], bool]) -> None:
    """Let others run until `condition` holds; fails after a bounded number of turns."""
    for _ in range(10_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("the condition never held")
