"""Scripted servers on real sockets: one that speaks WebSocket, and one that speaks HTTP alone.

Each connection, or request, takes the next scene. A scene that goes otherwise than it should fails
the test at its end.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from protocol.client.connection import Surroundings
from tests.protocol.client.script import Json, completed

# Without luck, and without waiting: the backoff is always 0.
AT_ONCE = Surroundings(proxy=False, chance=lambda: 0.0)
WITHIN_S = 30.0


class Failures:
    """What went wrong in scenes."""

    def __init__(self) -> None:
        self.found: list[BaseException] = []

    def check(self) -> None:
        if self.found:
            raise self.found[0]


# --- WebSocket ------------------------------------------------------------------------------------


class Peer:
    """A server's end of a WebSocket."""

    def __init__(self, connection: ServerConnection) -> None:
        self.connection = connection

    async def take(self) -> Any:
        """The next message: an object, or bytes."""
        async with asyncio.timeout(WITHIN_S):
            frame = await self.connection.recv()
        return frame if isinstance(frame, bytes) else json.loads(frame)

    async def say(self, message: Json) -> None:
        """A message, completed as in the cases."""
        await self.connection.send(json.dumps(completed(message)))

    async def open(self, **fields: Any) -> Json:
        """Take the opening and answer it; returns the opening."""
        opening: Json = await self.take()
        assert opening["type"] == "session.open"
        await self.say({"type": "session.opened", "re": opening["id"], **fields})
        return opening

    async def close(self, code: int) -> None:
        await self.connection.close(code)

    def cut(self) -> None:
        """Without a word."""
        self.connection.transport.abort()

    async def gone(self) -> int | None:
        """Wait for the client to leave, whatever it still says; the close code."""
        async with asyncio.timeout(WITHIN_S):
            with suppress(ConnectionClosed):
                while True:
                    await self.connection.recv()
        return self.connection.close_code


PeerScene = Callable[[Peer], Awaitable[None]]


@asynccontextmanager
async def websocket_server(*scenes: PeerScene) -> AsyncIterator[str]:
    """A server of WebSockets; gives its address. All scenes have to be played."""
    waiting = deque(scenes)
    failures = Failures()

    async def handle(connection: ServerConnection) -> None:
        try:
            assert waiting, "one connection too many"
            await waiting.popleft()(Peer(connection))
        except ConnectionClosed:
            pass
        except BaseException as error:
            failures.found.append(error)
            raise

    async with serve(handle, "127.0.0.1", 0, subprotocols=[Subprotocol("viva.v1")]) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    failures.check()
    assert not waiting, f"{len(waiting)} scenes were not played"


# --- HTTP -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def command(self) -> Json:
        """The command that was POSTed."""
        parsed: Json = json.loads(self.body)
        return parsed


class Answer:
    """A server's end of one HTTP exchange."""

    def __init__(self, request: Request, writer: asyncio.StreamWriter) -> None:
        self.request = request
        self._writer = writer

    async def respond(self, status: int, body: Any = None, kind: str = "application/json") -> None:
        """A whole response; `body` is text, or becomes JSON."""
        content = (body if isinstance(body, str) else json.dumps(body)).encode()
        if status == HTTPStatus.NO_CONTENT:
            content = b""
        self._begin(status, kind, length=len(content))
        await self.write(content)

    async def stream(self) -> None:
        """Begin an event stream."""
        self._begin(200, "text/event-stream; charset=utf-8")
        await self.write(b"retry: 1000\n\n")

    async def event(self, message: Json) -> None:
        """An event of the stream, completed as in the cases."""
        message = completed(message)
        place = f"id: {message['epoch']}:{message['seq']}\n" if "seq" in message else ""
        data = json.dumps(message)
        await self.write(f"{place}event: {message['type']}\ndata: {data}\n\n".encode())

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    def _begin(self, status: int, kind: str, *, length: int | None = None) -> None:
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", "Connection: close"]
        lines.append(f"Content-Type: {kind}")
        if length is not None:
            lines.append(f"Content-Length: {length}")
        self._writer.write("\r\n".join([*lines, "", ""]).encode())


AnswerScene = Callable[[Answer], Awaitable[None]]


@asynccontextmanager
async def http_server(
    *, events: list[AnswerScene], commands: list[AnswerScene] | None = None
) -> AsyncIterator[str]:
    """A server that refuses every WebSocket; gives its address. All scenes have to be played."""
    waiting = {"/events": deque(events), "/commands": deque(commands or [])}
    failures = Failures()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await _request(reader)
            answer = Answer(request, writer)
            name = request.target.partition("?")[0].removeprefix("/v1/interviews/i1")
            if name == "/ws":
                await answer.respond(403, "<html>", "text/html")
                return
            assert waiting[name], f"one request too many: {request}"
            await waiting[name].popleft()(answer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        except BaseException as error:
            failures.found.append(error)
            raise
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    failures.check()
    assert not any(waiting.values()), "scenes were not played"


async def _request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, target, headers, body)
