"""Tokens at a steady pace: an interviewer that follows a beat, and the floor below a server.

A token of a streaming interview is `NUMBER.SENT ` (`tests/load/reading.py`).
"""

import asyncio
import struct
import time
from collections.abc import AsyncGenerator, AsyncIterator, Collection
from contextlib import asynccontextmanager
from random import Random

from protocol.codec import encode_event
from protocol.draft import State
from protocol.effects import Began, Delta, Ended, Output, QuestionBegan, Scored, Work
from protocol.events import Logged, QuestionDelta
from realtime.ports import InterviewerError
from realtime.server import listen

QUESTION = "Tell me about a time when you had to change a design that others relied on."


class PacedInterviewer:
    """Streams to `streaming` a token a beat, in questions and feedback of `length` tokens (but for
    each first, by `chance`, so that they don't all end at once); asks all others a question of
    words.

    `leaves_out`: the number of a token that is counted and not said, to see that this is noticed.
    """

    models = ("paced",)

    def __init__(
        self,
        streaming: Collection[str],
        length: int,
        chance: Random,
        leaves_out: int | None = None,
    ) -> None:
        self.length = length
        self.leaves_out = leaves_out
        self.ending = False
        self.conversations = {name: Stream(self, chance.randint(1, length)) for name in streaming}

    @property
    def made(self) -> int:
        """How many tokens, so far."""
        return sum(stream.made for stream in self.conversations.values())

    def converse(self, user_id: str, interview_id: str) -> "Stream | Words":
        return self.conversations.get(interview_id) or Words()


class Stream:
    """The interviewer's side of one that streams. Each beat during a stream lets a token go, at
    once or when its turn comes. `first`: the first stream's tokens.
    """

    def __init__(self, interviewer: PacedInterviewer, first: int) -> None:
        self._interviewer = interviewer
        self._first = first
        self._due = 0
        self._waiting: asyncio.Future[None] | None = None
        self.made = 0

    def beat(self) -> None:
        self._due += 1
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def perform(self, work: Work, state: State) -> AsyncGenerator[Output, None]:
        if work.what == "scores":
            yield Scored(work, None, "Nothing is judged here.")
            return
        yield _began(work)
        self._due = 0
        for _ in range(self._interviewer.length if self.made else self._first):
            if not self._due:
                self._waiting = asyncio.get_running_loop().create_future()
                await self._waiting
            self._due -= 1
            self.made += 1
            if self.made != self._interviewer.leaves_out:
                yield Delta(work, token(self.made))
            if self._interviewer.ending:
                break
        yield Ended(work)

    async def aclose(self) -> None:
        pass


class Words:
    """The interviewer's side of one that doesn't stream."""

    async def perform(self, work: Work, state: State) -> AsyncGenerator[Output, None]:
        yield _began(work)
        for word in QUESTION.split():
            yield Delta(work, word + " ")
        yield Ended(work)

    async def aclose(self) -> None:
        pass


def token(number: int) -> str:
    """That token's text, as of now."""
    return f"{number}.{time.monotonic_ns() // 1_000} "


def _began(work: Work) -> Output:
    if work.what == "question":
        return QuestionBegan(work, "main", "design")
    if work.what == "feedback":
        return Began(work, "paced")
    raise InterviewerError("internal", f"No {work.what} is made here.")


# --- the floor -----------------------------------------------------------------------------------


class RawServer(asyncio.Protocol):
    """Writes what it is told to whoever connects, and knows no protocol."""

    def __init__(self, transports: list[asyncio.Transport]) -> None:
        self._transports = transports

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transports.append(transport)


@asynccontextmanager
async def raw_server() -> AsyncIterator[tuple[int, list[asyncio.Transport]]]:
    """Its port, and the connections to it as they come."""
    transports: list[asyncio.Transport] = []
    listener = listen("127.0.0.1", 0)
    server = await asyncio.get_running_loop().create_server(
        lambda: RawServer(transports), sock=listener
    )
    try:
        yield listener.getsockname()[1], transports
    finally:
        for transport in transports:
            transport.abort()
        server.close()


def raw_frame() -> bytes:
    """A token's event as a WebSocket has it on the wire, as large as they are."""
    event = QuestionDelta(1, token(300))
    payload = encode_event(Logged(1, 300, time.time_ns() // 1_000_000, event))
    return struct.pack("!BBH", 129, 126, len(payload)) + payload
