"""Spoken answers to a server that things happen to: who speaks, and what came of it.

Each answer is the only one of an interview, which ends with it. A witness reads the interview's log
beside whoever speaks; what is in it at the end is asked for over HTTP.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import Any

import httpx
import orjson

from protocol.client.connection import Surroundings
from protocol.client.data import Replaced
from protocol.client.interview_client import InterviewClient
from protocol.commands import AudioStart
from protocol.events import AnswerAccepted, Event, Logged
from protocol.messages import Ack
from protocol.view import Language
from realtime.speech.clip import Samples
from tests.faults.breaking import BreakingLine
from tests.faults.voice_node import VoiceNode
from tests.faults.witness import Record, Violation, Witness
from tests.realtime.speech.listening import RATE, answer, pcm_of
from tests.speech.voice import resampled

PATIENCE_S = 60.0
AGAIN_S = 0.02
# An interview is short, so clients that wait as long as they would in a real one would be the test.
HASTE = 0.04
PIECE_MS = 60


@dataclass(frozen=True)
class Answer:
    """Three sentences by a voice that the model for tests doesn't know, at a microphone's rate."""

    language: Language
    numbers: tuple[int, int, int]
    which: int
    rate: int

    @cached_property
    def samples(self) -> Samples:
        said, _ = answer(self.language, self.numbers, (900, 1_300), self.which)
        return resampled(said, RATE, self.rate)

    @cached_property
    def pcm(self) -> bytes:
        return pcm_of(self.samples)


# Few, so that what comes of each undisturbed is asked for only once.
ANSWERS = (
    Answer("en", (6, 18, 22), 0, 16_000),
    Answer("en", (2, 14, 29), 3, 48_000),
    Answer("ko", (2, 4, 6), 1, 16_000),
    Answer("ko", (3, 6, 9), 0, 44_100),
)


@dataclass(frozen=True, slots=True)
class Told:
    """What came of an answer, as HTTP tells it: its transcript, the answer itself with its
    delivery, and the words.

    Not in it are how likely and when each word was said: a word keeps what it was told with first,
    and which look at the answer that was hangs on how busy the recognizer is.
    """

    transcript: dict[str, Any]
    answer: dict[str, Any]
    words: list[str]

    @property
    def text(self) -> str:
        text: str = self.transcript["text"]
        return text


@dataclass(slots=True)
class Stage:
    """Where answers are spoken."""

    node: VoiceNode
    http: httpx.AsyncClient
    _undisturbed: dict[Answer, Told] = field(default_factory=dict)

    async def ask(
        self, method: str, path: str, content: bytes | None = None, key: str | None = None
    ) -> httpx.Response:
        """Ask until there is an answer, while the server is away too."""
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    told = await self.http.request(method, path, content=content, headers=headers)
                # anyio, over uvloop, trips over a connection that is cut as soon as it is made.
                except (httpx.TransportError, AttributeError):
                    await asyncio.sleep(AGAIN_S)
                    continue
                if told.status_code != 503:
                    return told
                await asyncio.sleep(AGAIN_S)

    async def phase(self, interview_id: str, *phases: str) -> str:
        """Wait until an interview is in one of these phases."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                told = (await self.ask("GET", f"/v1/interviews/{interview_id}")).json()
                phase: str = told["phase"]
                if phase in phases:
                    return phase
                await asyncio.sleep(AGAIN_S)

    async def undisturbed(self, spoken: Answer) -> Told:
        """What comes of an answer that nothing happens to."""
        if spoken not in self._undisturbed:
            async with self.interview(spoken) as interview, speaking(interview) as speaker:
                await speaker.start()
                speaker.say(1.0)
                await speaker.stop()
                told = await interview.told()
            if not told.text:
                raise Violation(f"nothing was heard of {spoken}")
            self._undisturbed[spoken] = told
        return self._undisturbed[spoken]

    @asynccontextmanager
    async def interview(self, spoken: Answer) -> AsyncIterator["Interview"]:
        """An interview that waits for that answer."""
        config = {
            "role": "backend",
            "language": spoken.language,
            "questions": 1,
            "follow_ups": 0,
            "feedback": "end",
        }
        made = await self.ask("POST", "/v1/interviews", orjson.dumps(config))
        if made.status_code != 201:
            raise Violation(f"no interview could be made: {made.text}")
        interview = Interview(self, made.json()["id"], spoken)
        begin = orjson.dumps({"type": "interview.start", "id": "begin"})
        await self.ask("POST", f"{interview.path}/commands", begin)
        await self.phase(interview.id, "answering")
        witness = Witness(self.node.url, interview.record)
        interview.witnessing = asyncio.create_task(witness.listen())
        try:
            yield interview
        finally:
            interview.witnessing.cancel()
            await asyncio.wait([interview.witnessing])


class Interview:
    """One, with an answer to be spoken in it."""

    def __init__(self, stage: Stage, interview_id: str, spoken: Answer) -> None:
        self.stage = stage
        self.id = interview_id
        self.path = f"/v1/interviews/{interview_id}"
        self.spoken = spoken
        self.record = Record(interview_id)
        self.witnessing: asyncio.Task[None] | None = None

    async def told(self) -> Told:
        """Wait for the interview's end; what came of the answer.

        Raises:
            Violation: it isn't there just once.
        """
        assert self.witnessing is not None
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.shield(self.witnessing)
        told = (await self.stage.ask("GET", self.path)).json()
        turns = told["turns"]
        if len(turns) != 1 or turns[0]["source"] != "voice":
            raise Violation(f"{self.id}: of one spoken answer came {turns}")
        turn = turns[0]
        accepted = [
            logged.event
            for logged in self.record.said.values()
            if isinstance(logged.event, AnswerAccepted)
        ]
        if len(accepted) > 1 or any(each.text != turn["answer"] for each in accepted):
            raise Violation(f"{self.id}: {turn['answer']!r} was accepted as {accepted}")
        words = (await self.stage.ask("GET", f"{self.path}/turns/1/words")).json()
        transcript = {
            key: turn["transcript"][key] for key in turn["transcript"].keys() - {"confidence"}
        }
        spoken = {key: turn[key] for key in ("answer", "delivery")}
        return Told(transcript, spoken, [word["text"] for word in words])

    async def compare(self) -> None:
        """Wait for the interview's end, and look whether all is as if nothing had happened.

        Raises:
            Violation: it isn't.
        """
        told, undisturbed = await self.told(), await self.stage.undisturbed(self.spoken)
        if told != undisturbed:
            raise Violation(f"{self.id}: {told} instead of {undisturbed}")


class Speaker:
    """Speaks an answer through the reference client."""

    def __init__(self, client: InterviewClient, spoken: Answer) -> None:
        self._client = client
        self._spoken = spoken
        self._pcm = spoken.pcm
        self._said = 0
        self._heard: list[Event] = []
        self._news = asyncio.Event()

    async def listen(self) -> None:
        """Take in what happens."""
        async for update in self._client:
            if isinstance(update, Logged):
                self._heard.append(update.event)
            elif not isinstance(update, Replaced):
                raise Violation(f"the client was told {update}")
            self._news.set()

    async def start(self) -> None:
        await self._client.submit(AudioStart("start", 1, self._spoken.rate))

    def say(self, share: float) -> None:
        """Speak on, up to that share of the answer."""
        until = round(len(self._pcm) * share)
        piece = 2 * self._spoken.rate * PIECE_MS // 1_000
        while self._said < until:
            chunk = self._pcm[self._said : self._said + piece]
            self._client.speak(1, chunk)
            self._said += len(chunk)

    async def stop(self) -> Ack:
        return await self._client.stop_speaking(1)

    async def hears(self, kind: type[Event]) -> None:
        """Wait until it is told such an event that it hasn't waited for."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for number, event in enumerate(self._heard):
                    if isinstance(event, kind):
                        del self._heard[: number + 1]
                        return
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def speaking(
    interview: Interview,
    line: BreakingLine | None = None,
    chance: Callable[[], float] | None = None,
) -> AsyncIterator[Speaker]:
    """Somebody who is about to speak, over a line of their own."""
    line = line or BreakingLine(interview.stage.node.port)
    numbers = itertools.count(1)
    around = Surroundings(
        proxy=False,
        open_within_s=PATIENCE_S,
        chance=lambda: HASTE * (chance or Random(0).random)(),
        new_id=lambda: f"s{next(numbers)}",
    )
    async with line.open() as url, InterviewClient(url, interview.id, around=around) as client:
        speaker = Speaker(client, interview.spoken)
        listening = asyncio.create_task(speaker.listen())
        try:
            yield speaker
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
