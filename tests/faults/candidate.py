"""A candidate who takes one interview through the reference client, helped by nobody, and remembers
all that was promised.
"""

import asyncio
import itertools
from dataclasses import dataclass, field
from random import Random

import httpx
import orjson

from protocol.client.connection import Surroundings
from protocol.client.data import Replaced, Update
from protocol.client.errors import RefusedError, StoppedError
from protocol.client.interview_client import InterviewClient
from protocol.codec import convert, parse_object
from protocol.commands import AnswerSubmit, Command, InterviewStart
from protocol.events import Logged
from protocol.fold import fold
from protocol.messages import Ack
from protocol.view import Interview, View
from tests.faults.witness import Record, Violation, Witness
from tests.simulation.client import assert_kept

# How long the server may be away, restarts included.
PATIENCE_S = 60.0
AGAIN_S = 0.25
# An interview is short, so clients that wait as long as they would in a real one would be the test.
HASTE = 0.04
MOST_THOUGHT_S = 0.8

ANSWERS = {
    "en": "I measured it first, because nobody knew why it was slow. Then I changed the index, and "
    "it took 40 ms instead of 900.",
    "ko": "먼저 왜 느린지 측정했습니다. 그다음 인덱스를 바꾸어 900밀리초를 40밀리초로 줄였습니다.",
}


@dataclass(slots=True)
class Place:
    """Where interviews are taken. While `gate` is closed nobody answers."""

    url: str
    http: httpx.AsyncClient
    gate: asyncio.Event

    async def ask(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Ask until there is an answer: what is asked here may be asked twice."""
        headers = {"Content-Type": "application/json"} | (headers or {})
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    answer = await self.http.request(method, path, content=content, headers=headers)
                # anyio, over uvloop, trips over a connection that is cut as soon as it is made.
                except (httpx.TransportError, AttributeError):
                    await asyncio.sleep(AGAIN_S)
                    continue
                if answer.status_code != 503:
                    return answer
                await asyncio.sleep(AGAIN_S)


@dataclass(slots=True)
class Promise:
    """What was sent in an interview, and what was acknowledged of it, by command id."""

    config: dict[str, object]
    interview_id: str = ""
    sent: dict[str, Command] = field(default_factory=dict)
    acked: dict[str, Ack] = field(default_factory=dict)
    repeated: int = 0


class Candidate:
    """Takes one interview, from making it to its report."""

    def __init__(self, place: Place, name: str, number: int, chance: Random) -> None:
        language = "en" if number % 2 else "ko"
        feedback = "each" if number % 4 < 2 else "end"
        self.promise = Promise(
            {
                "role": "backend",
                "language": language,
                "questions": 2,
                "follow_ups": 1,
                "feedback": feedback,
            }
        )
        self.waits_at_gate = False
        self._place = place
        self._name = name
        self._answer = ANSWERS[language]
        self._chance = chance
        self._ids = (f"c{count}" for count in itertools.count(1))
        self._client: InterviewClient | None = None
        self._view: View | None = None
        self._mark: tuple[int, int] | None = None
        self._answered: set[int] = set()

    # --- for whoever breaks things --------------------------------------------------------------

    def mark(self) -> bool:
        """Something is broken now: from here on it has to go on by itself. False: there is no
        interview yet, or it has come to its end.
        """
        self._mark = self.position
        return self.promise.interview_id != "" and not self._is_over

    def has_gone_on(self, *, anew: bool) -> bool:
        """Since the mark, or since it sat down: with `anew` under a new epoch, else with anything
        new.
        """
        if self._mark is None or self.position is None:
            return self.position is not None
        now, before = self.position, self._mark
        return self._is_over or (now[0] > before[0] if anew else now > before)

    @property
    def position(self) -> tuple[int, int] | None:
        """Of the newest event received; null before the first session."""
        view = self._seen
        return None if view is None else (view.epoch, view.seq)

    @property
    def is_calm(self) -> bool:
        """Whether it holds an answer back, and nothing is being said to it."""
        view = self._seen
        return self.waits_at_gate and view is not None and not view.streaming

    @property
    def _seen(self) -> View | None:
        """The client's view: newer than ours, which is as of the last update taken."""
        return None if self._client is None or self._view is None else self._client.view

    @property
    def _is_over(self) -> bool:
        view = self._seen
        return view is not None and view.interview.phase == "finished"

    # --- the interview --------------------------------------------------------------------------

    async def take(self) -> None:
        """Take it.

        Raises:
            Violation: a promise was broken.
        """
        made = await self._place.ask(
            "POST",
            "/v1/interviews",
            content=orjson.dumps(self.promise.config),
            headers={"Idempotency-Key": self._name},
        )
        if made.status_code != 201:
            raise Violation(f"{self._name} was answered {made.status_code}: {made.text}")
        self.promise.interview_id = made.json()["id"]
        record = Record(self.promise.interview_id)
        witness = asyncio.create_task(Witness(self._place.url, record).listen())
        try:
            await self._converse(record)
            async with asyncio.timeout(PATIENCE_S):
                await witness
            await self._compare()
        except (RefusedError, StoppedError, TimeoutError) as error:
            told = f"{self}: {type(error).__name__} {error}"
            raise Violation(told) from error
        finally:
            witness.cancel()
            await asyncio.wait([witness])

    async def _converse(self, record: Record) -> None:
        around = Surroundings(
            proxy=False,
            open_within_s=PATIENCE_S,
            chance=lambda: HASTE * self._chance.random(),
            new_id=lambda: next(self._ids),
        )
        async with InterviewClient(
            self._place.url, self.promise.interview_id, around=around
        ) as client:
            self._client = client
            await self._submit(client, InterviewStart(client.new_id()))
            async for update in client:
                self._hear(update, record)
                await self._react(client)
            if self._view != client.view:
                raise Violation(f"{self}: the client holds another view: {client.view}")

    def _hear(self, update: Update, record: Record) -> None:
        """Take in what happened, and look whether it fits to all before."""
        before = self._view
        match update:
            case Logged():
                record.hear(update)
                if before is None or (update.epoch, update.seq) != (before.epoch, before.seq + 1):
                    raise Violation(f"{self}: then came {update}")
                self._view = fold(before, update)
            case Replaced(view=view):
                if before is not None:
                    if (view.epoch, view.seq) < (before.epoch, before.seq):
                        raise Violation(f"{self}: then back to {view.epoch}:{view.seq}")
                    self._check_kept(before.interview, view.interview)
                self._view = view
                self._check_acked(view)
            case _:
                raise Violation(f"{self}: it was told {update}")

    async def _react(self, client: InterviewClient) -> None:
        """Answer, if there is a question that wasn't answered."""
        view = self._view
        current = None if view is None else view.interview.current
        if view is None or current is None or view.interview.phase != "answering":
            return
        if current.turn in self._answered:
            return
        self._answered.add(current.turn)
        self.waits_at_gate = True
        await asyncio.sleep(MOST_THOUGHT_S * self._chance.random())
        await self._place.gate.wait()
        self.waits_at_gate = False
        text = f"{self._answer} {self._name}, {current.turn}."
        await self._submit(client, AnswerSubmit(client.new_id(), current.turn, text))

    async def _submit(self, client: InterviewClient, command: Command) -> None:
        """Send a command until it is acknowledged."""
        self.promise.sent[command.id] = command
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    ack = await client.submit(command)
                except RefusedError as refused:
                    if not refused.error.retryable:
                        raise
                    await asyncio.sleep(AGAIN_S)
                else:
                    break
        self.promise.acked[command.id] = ack
        self.promise.repeated += ack.repeated

    # --- what must hold -------------------------------------------------------------------------

    def _check_kept(self, before: Interview, after: Interview) -> None:
        """What an event has said was committed before it was said."""
        try:
            assert_kept(before, after)
        except (AssertionError, LookupError) as error:
            raise Violation(f"{self}: of {before} not all is in {after}") from error

    def _check_acked(self, view: View) -> None:
        """What was acknowledged before this view is in it."""
        for command_id, ack in self.promise.acked.items():
            if (view.epoch, view.seq) < (ack.epoch, ack.seq):
                continue
            command = self.promise.sent[command_id]
            if isinstance(command, InterviewStart) and view.interview.started_at is None:
                raise Violation(f"{self}: {command} was acknowledged and is lost")
            if isinstance(command, AnswerSubmit):
                turns = view.interview.turns
                kept = turns[command.turn - 1].answer if len(turns) >= command.turn else None
                if kept != command.text:
                    raise Violation(f"{self}: {command} was acknowledged, and {kept!r} is there")

    async def _compare(self) -> None:
        """At the end HTTP tells the same as the client holds."""
        answer = await self._place.ask("GET", f"/v1/interviews/{self.promise.interview_id}")
        told = parse_object(answer.content)
        view = self._view
        if view is None or view.interview.phase != "finished" or view.interview.report is None:
            raise Violation(f"{self}: it came to no report")
        if (told["epoch"], told["seq"]) != (view.epoch, view.seq):
            raise Violation(f"{self}: HTTP says {told['epoch']}:{told['seq']}")
        if convert(told, Interview) != view.interview:
            raise Violation(f"{self}: HTTP says {told}, the client has {view.interview}")
        self._check_acked(view)

    def __str__(self) -> str:
        view = self._view
        where = "not begun" if view is None else f"{view.interview.phase}, {view.epoch}:{view.seq}"
        return f"{self._name} ({self.promise.interview_id}, {where})"
