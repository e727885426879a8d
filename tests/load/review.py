"""How soon feedback follows on an answer, and the next question on the feedback:
`python -m tests.load.review`. Exit status 1 if something failed on the way.

Through all of `viva serve`, as a candidate's socket sees it, over a model that takes 0.8 s to its
first token and then says 30 a second: the good replies to the scenes' interviews, in both languages
in turn. Feedback, question and scores are sections of one such reply.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Any, get_args

import httpx
import orjson
import uvloop
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from protocol.view import Language
from tests.emulators.emulator import emulate
from tests.emulators.faults import Api
from tests.emulators.script import Asked, Reply, Script
from tests.load.bearing import Times
from tests.load.served import viva_settings
from tests.realtime import viva
from tests.realtime.interviewer.replies.playing import playing
from tests.realtime.interviewer.replies.prompts import LANGUAGES, told

FIRST_TOKEN_S = 0.8
RATE = 30.0
AT_ONCE = 6
ENDS_WITHIN_S = 300.0

Moments = Mapping[tuple[str, object], int]


class Failed(Exception):
    """An interview didn't go on as it was to."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How long a candidate waited, in microseconds: from an answer's acknowledgement to the first
    of the feedback; from its end to the first of the next question, and to the scores.
    """

    feedback: list[int] = field(default_factory=list)
    question: list[int] = field(default_factory=list)
    scores: list[int] = field(default_factory=list)

    def add(self, at: Moments, turns: int) -> None:
        for turn in range(1, turns + 1):
            ended = at["feedback.completed", turn]
            self.feedback.append(at["feedback.delta", turn] - at["ack", f"answer-{turn}"])
            self.scores.append(at["feedback.scored", turn] - ended)
            if turn < turns:
                self.question.append(at["question.delta", turn + 1] - ended)


class Candidate:
    """Takes a scene's interview up to the last answer's scores, and reads each answer's scores
    before they give the next. `at`: when the first message of each kind came, of each turn.
    """

    def __init__(self, connection: ClientConnection, language: Language) -> None:
        self._connection = connection
        self._scene = told(language)
        self.turns = len(self._scene.turns)
        self.at: dict[tuple[str, object], int] = {}

    async def take(self) -> None:
        """From the start to the end.

        Raises:
            Failed: the server said so.
            TimeoutError: it didn't go on.
        """
        async with asyncio.timeout(ENDS_WITHIN_S):
            await self._send("session.open", "open")
            await self._send("interview.start", "start")
            for turn in range(1, self.turns + 1):
                await self._until("question.completed", turn)
                if turn > 1:
                    await self._until("feedback.scored", turn - 1)
                answer = self._scene.answer(turn)
                await self._send("answer.submit", f"answer-{turn}", turn=turn, text=answer)
            await self._until("feedback.scored", self.turns)

    async def _send(self, kind: str, command: str, **more: Any) -> None:
        await self._connection.send(orjson.dumps({"type": kind, "id": command, **more}).decode())

    async def _until(self, kind: str, turn: int) -> None:
        while (kind, turn) not in self.at:
            message = orjson.loads(await self._connection.recv())
            said: str = message["type"]
            if said in ("generation.failed", "error"):
                raise Failed(f"{said}: {message}")
            of = message["re"] if said == "ack" else message.get("turn")
            self.at.setdefault((said, of), time.monotonic_ns() // 1_000)


@dataclass(frozen=True, slots=True)
class Model:
    """How the model speaks."""

    first_token_s: float
    rate: float

    def __call__(self, asked: Asked) -> Reply:
        return replace(playing(asked), first_token_s=self.first_token_s, rate=self.rate)


async def measure(api: Api, model: Model, samples: int) -> Waits:
    """The waits of at least so many answers.

    Raises:
        ExceptionGroup: of `Failed`: interviews didn't go on.
    """
    waits = Waits()
    limit = asyncio.Semaphore(AT_ONCE)
    with tempfile.TemporaryDirectory(prefix="viva-") as folder:
        async with emulate(api, Script(model, by_hand=False)) as emulator:
            settings = viva_settings(api, emulator.url) | {"VIVA_DATA_DIR": folder}
            async with viva.serving(settings=settings) as serving, serving.client() as client:

                async def interview(number: int) -> None:
                    async with limit:
                        await _interview(client, LANGUAGES[number % len(LANGUAGES)], waits)

                # Of an interview's answers the last has no question behind it.
                each = len(told("en").turns) - 1
                async with asyncio.TaskGroup() as group:
                    for number in range(ceil(samples / each)):
                        group.create_task(interview(number))
    return waits


async def _interview(client: httpx.AsyncClient, language: Language, waits: Waits) -> None:
    role = "backend" if language == "en" else "data"
    body = {"role": role, "language": language, "questions": 2, "follow_ups": 1}
    made = (await client.post("/v1/interviews", json=body)).raise_for_status().json()
    address = str(client.base_url.join(f"/v1/interviews/{made['id']}/ws"))
    async with connect(
        address.replace("http", "ws", 1), subprotocols=[Subprotocol("viva.v1")], proxy=None
    ) as connection:
        candidate = Candidate(connection, language)
        await candidate.take()
        waits.add(candidate.at, candidate.turns)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.load.review")
    parser.add_argument("--api", choices=get_args(Api), default="openai")
    parser.add_argument("--samples", type=int, default=60)
    parser.add_argument("--first-token-s", type=float, default=FIRST_TOKEN_S)
    parser.add_argument("--rate", type=float, default=RATE)
    given = parser.parse_args()
    model = Model(given.first_token_s, given.rate)
    waits = uvloop.run(measure(given.api, model, given.samples))
    print(
        f"{len(waits.feedback)} answers, a model of {model.first_token_s} s to the first token and "
        f"{model.rate:g} tokens/s over {given.api}'s format; ms: p50, p95, p99, most"
    )
    for name, times in (
        ("answer's ack to feedback", waits.feedback),
        ("feedback's end to next question", waits.question),
        ("feedback's end to scores", waits.scores),
    ):
        print(f"  {name:33}{Times.of(times)}  ({len(times)})")


if __name__ == "__main__":
    main()
