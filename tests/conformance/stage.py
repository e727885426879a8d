"""What a case has at hand: interviews, connections of every kind, HTTP, and a clean end."""

import asyncio
import itertools
import ssl
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Self

import httpx

from tests.conformance.case import Skipped, Transport, Violation, require
from tests.conformance.line import WITHIN_S, Line, Message, SocketLine, StreamLine, parsed
from tests.conformance.socket import Closed, Socket
from tests.conformance.stream import EventStream
from tests.conformance.target import Target
from tests.conformance.transcript import Transcript

# As short as an interview can be, so that a case that plays one through takes a moment.
SHORT: dict[str, Any] = {
    "role": "backend",
    "questions": 1,
    "follow_ups": 0,
    "feedback": "end",
    "question_list": ["Why?"],
}
ANSWER = "I split the service in two and measured both halves before and after."


# Read once, as that takes longer than many a case.
CERTIFICATES = ssl.create_default_context()


class RefusedError(Exception):
    """A session that was asked for wasn't opened: the error, and how the connection ended."""

    def __init__(self, error: Message, closed: int) -> None:
        super().__init__(f"{error.get('code')} ({closed})")
        self.error = error
        self.closed = closed


@dataclass(frozen=True, slots=True)
class Place:
    """An interview, and where it is."""

    id: str
    made: Message

    @property
    def path(self) -> str:
        return f"/v1/interviews/{self.id}"


class Stage:
    """One case's surroundings. `transport` is the one that the case is played over."""

    def __init__(self, target: Target, transport: Transport, transcript: Transcript) -> None:
        self.target = target
        self.transport = transport
        self.transcript = transcript
        self._stack = AsyncExitStack()
        self._names = itertools.count(1)
        self.client = httpx.AsyncClient(
            base_url=target.url,
            verify=CERTIFICATES,
            timeout=httpx.Timeout(30, read=60),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stack.aclose()
        await self.client.aclose()

    # --- HTTP -----------------------------------------------------------------------------------

    async def http(
        self, method: str, path: str, *, token: str | None = "", **options: Any
    ) -> httpx.Response:
        """A request, with the token of the first user unless another (or none, null) is given."""
        headers = {**self.bearer(token), **options.pop("headers", {})}
        self.transcript.note("http", "->", f"{method} {path} {options or ''}")
        response = await self.client.request(method, path, headers=headers, **options)
        self.transcript.note("http", "<-", f"{response.status_code} {response.text}")
        return response

    def bearer(self, token: str | None = "") -> dict[str, str]:
        """The header that signs in; empty where there is nothing to sign in with."""
        token = self.target.token if token == "" else token
        return {} if token is None else {"Authorization": f"Bearer {token}"}

    async def interview(self, *, token: str | None = "", **config: Any) -> Place:
        """A new interview: `SHORT`, but as `config` says."""
        response = await self.http("POST", "/v1/interviews", token=token, json=SHORT | config)
        require(response.status_code == 201, f"no interview was made: {response.text}")
        made = parsed(response.text)
        return Place(made["id"], made)

    async def stored(self, place: Place) -> Message:
        """The interview as HTTP tells it."""
        response = await self.http("GET", place.path)
        require(response.status_code == 200, f"the interview isn't there: {response.text}")
        return parsed(response.text)

    async def ticket(self, place: Place, **body: Any) -> str:
        """A ticket for an interview."""
        response = await self.http("POST", f"{place.path}/tickets", json=body)
        require(response.is_success, f"no ticket was given: {response.text}")
        return str(parsed(response.text)["ticket"])

    # --- connections ----------------------------------------------------------------------------

    async def socket(self, place: Place, **options: Any) -> Socket:
        """A WebSocket on which nothing was said yet.

        Raises:
            tests.conformance.socket.RefusedError: the upgrade was refused.
        """
        name = f"ws{next(self._names)}"
        path = f"{place.path}/ws"
        socket = await Socket.connect(self.target, path, self.transcript, name, **options)
        self._stack.push_async_callback(socket.drop)
        return socket

    def opening(self, **fields: Any) -> Message:
        """A `session.open` with the first user's token, changed as `fields` say; null leaves one
        out.
        """
        message = {"type": "session.open", "id": "open", "token": self.target.token} | fields
        return {name: value for name, value in message.items() if value is not None}

    async def open(
        self,
        place: Place,
        *,
        over: Transport | None = None,
        resume: dict[str, int] | None = None,
        **fields: Any,
    ) -> Line:
        """An open session, over the case's transport or the one that is named.

        `fields` go into `session.open`; over an event stream only `token` and `ticket` have a
        place.

        Raises:
            RefusedError: the server refused it.
        """
        if (over or self.transport) == "sse":
            return await self.open_stream(place, resume=resume, **fields)
        return await self.open_socket(place, resume=resume, **fields)

    async def open_socket(
        self,
        place: Place,
        *,
        resume: dict[str, int] | None = None,
        tight: bool = False,
        **fields: Any,
    ) -> SocketLine:
        """As `open`, over a WebSocket, which may be `tight` (`Socket.connect`)."""
        socket = await self.socket(place, tight=tight)
        await socket.send(self.opening(resume=resume, **fields))
        async with asyncio.timeout(WITHIN_S):
            first = await socket.receive()
            if isinstance(first, Closed):
                raise Violation(f"closed ({first.code}) without a word")
            message = parsed(first)
            if message.get("type") == "error":
                end = await socket.receive()
                raise RefusedError(message, end.code if isinstance(end, Closed) else 0)
        require(message.get("type") == "session.opened", f"opened with {message}")
        line = SocketLine(socket)
        line.begin(message, resume)
        self._stack.push_async_callback(line.drop)
        return line

    async def open_stream(
        self,
        place: Place,
        *,
        resume: dict[str, int] | None = None,
        token: str | None = "",
        ticket: str | None = None,
        headers: dict[str, str] | None = None,
        query: str = "",
    ) -> StreamLine:
        """As `open`, with all that an event stream may be asked with.

        Raises:
            tests.conformance.stream.NoStreamError: the server answered something else.
        """
        token = None if ticket is not None else token
        asked = {"Accept": "text/event-stream", **self.bearer(token)}
        if resume is not None:
            asked["Last-Event-ID"] = f"{resume['epoch']}:{resume['seq']}"
        url = f"{place.path}/events{query}"
        if ticket is not None:
            url += f"{'&' if query else '?'}ticket={ticket}"
        name = f"sse{next(self._names)}"
        stream = await EventStream.connect(
            self.client, url, self.transcript, name, headers=asked | (headers or {})
        )
        token = self.target.token if token == "" else token
        line = StreamLine(stream, self.client, f"{place.path}/commands", token)
        self._stack.push_async_callback(line.drop)
        async with asyncio.timeout(WITHIN_S):
            opened = await line.opening()
        require(opened is not None and opened["type"] == "session.opened", f"opened with {opened}")
        line.begin(opened or {}, resume)
        return line

    # --- the course of an interview -------------------------------------------------------------

    async def answering(self, **config: Any) -> tuple[Place, Line]:
        """A new interview whose first question is put."""
        place = await self.interview(**config)
        line = await self.open(place)
        await line.acked("interview.start")
        await line.event("question.completed")
        return place, line

    async def finished(self, **config: Any) -> tuple[Place, Line]:
        """A new interview, taken to its end by answering whatever is asked."""
        place, line = await self.answering(**config)
        turn = 1
        while True:
            await line.acked("answer.submit", turn=turn, text=ANSWER)
            find = partial(_next, line, turn)
            following = await line.wait(find, "the next question or the end", 30)
            if following["type"] == "report.completed":
                return place, line
            turn = following["turn"]

    # --- what the command line gives ------------------------------------------------------------

    async def kill(self) -> None:
        """Kill the server, and start it again."""
        await self._hook(self.target.kill, "--kill")

    async def drain(self) -> None:
        """Let the server go away in good order, and start it again."""
        await self._hook(self.target.drain, "--drain")

    async def _hook(self, command: str | None, flag: str) -> None:
        if command is None:
            raise Skipped(f"there is no {flag}")
        self.transcript.note("hook", "--", command)
        process = await asyncio.create_subprocess_shell(command)
        try:
            status = await process.wait()
        finally:
            # A case that is cut off here leaves a server behind it, not one that is being ended.
            await process.wait()
        if status != 0:
            raise Violation(f"{flag} failed: {command}")


def _next(line: Line, turn: int) -> Message | None:
    for event in line.events:
        if event["type"] == "report.completed":
            return event
        if event["type"] == "question.completed" and event["turn"] > turn:
            return event
    return None
