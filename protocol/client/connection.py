"""The transports of the client: WebSocket by `websockets`, event stream and POSTs by `httpx`.

The one file that knows the network. It moves frames and bytes, and decides nothing: when to
connect, how long to wait and what an answer means is the core's business (`core.py`), whose outputs
`interview_client.py` brings here. Redirects are not followed: the first message, and every request,
carry the token.
"""

import asyncio
import random
import ssl
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidMessage,
    InvalidProxyStatus,
    InvalidStatus,
    ProxyError,
)
from websockets.typing import Subprotocol

from protocol.client.answers import OK
from protocol.client.data import Post
from protocol.client.event_stream import MOST_BYTES, EventStream, EventTooLongError
from protocol.client.line import CUT
from protocol.codec import encode
from protocol.commands import SessionOpen
from protocol.messages import PROTOCOL

Frames = asyncio.Queue[str | bytes]

MOST_ANSWER_BYTES = 262_144
EVENT_STREAM = "text/event-stream"
SWITCHING = 101


@dataclass(frozen=True, slots=True)
class Surroundings:
    """How to get to the server, and how long that may take.

    `proxy` is an address; true: what the environment says; false: none. `tls` takes the place of
    the system's certificates. `open_within_s` is for the first session, with all attempts at it;
    `token_within_s` for the application's `get_token`; `connect_within_s` for a connection that
    HTTP needs; `answer_within_s` for a POST, which is sent again after it; `close_within_s` for a
    closing handshake. `chance` gives numbers in [0, 1), and `new_id` ids that were not used before.
    """

    proxy: str | bool = True
    tls: ssl.SSLContext | None = None
    open_within_s: float = 60.0
    token_within_s: float = 30.0
    connect_within_s: float = 10.0
    answer_within_s: float = 15.0
    close_within_s: float = 2.0
    chance: Callable[[], float] = random.random
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex


class UnreachedError(Exception):
    """There is no connection, or it broke off."""


class AnsweredError(Exception):
    """Something answered, but with no upgrade and no event stream."""

    def __init__(self, status: int, body: bytes = b"") -> None:
        super().__init__(status)
        self.status = status
        self.body = body


class _StraightConnect(connect):
    """Connects to where it was told to, and nowhere else."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class Connections:
    """The transports of one interview, each as a coroutine that ends with its connection."""

    def __init__(self, url: str, around: Surroundings) -> None:
        self._url = url
        self._around = around
        self._http: httpx.AsyncClient | None = None

    async def talk(self, opening: SessionOpen, outbox: Frames, hear: Callable[[str], None]) -> int:
        """A WebSocket: opens, sends what comes to be in `outbox`, and returns the close code.

        Raises:
            AnsweredError: there is no upgrade.
            UnreachedError: there is no connection.
        """
        socket = await self._upgraded()
        try:
            if socket.subprotocol != PROTOCOL:
                raise AnsweredError(SWITCHING)
            await _converse(socket, opening, outbox, hear)
        finally:
            # Not left to `async with`: to that, giving a connection up would be a defect (1011).
            try:
                await socket.close()
            finally:
                # Whoever leaves doesn't wait for a peer that doesn't close.
                socket.transport.abort()
        return socket.close_code or CUT

    async def _upgraded(self) -> ClientConnection:
        secure = self._url.startswith("https:")
        try:
            # The core knows how long to wait, and when to ping.
            return await _StraightConnect(
                f"{self._url.replace('http', 'ws', 1)}/ws",
                subprotocols=[Subprotocol(PROTOCOL)],
                compression=None,
                proxy=self._around.proxy or None,
                ssl=(self._around.tls or True) if secure else None,
                open_timeout=None,
                ping_interval=None,
                close_timeout=self._around.close_within_s,
                max_size=MOST_BYTES,
            )
        except (InvalidStatus, InvalidProxyStatus) as error:
            raise AnsweredError(error.response.status_code) from error
        except (InvalidMessage, ProxyError, ConnectionClosed, OSError) as error:
            # Closed: cut before the request was sent.
            raise UnreachedError(str(error)) from error
        except InvalidHandshake as error:
            raise AnsweredError(SWITCHING) from error

    async def follow(self, opening: SessionOpen, hear: Callable[[str | None], None]) -> None:
        """An event stream: `hear` gets each event's data, and null for any sign of life.

        Raises:
            AnsweredError: there is no stream.
            UnreachedError: there is no connection, or what comes is no event stream.
        """
        headers = {"Accept": EVENT_STREAM, "Accept-Encoding": "identity"} | _bearer(opening.token)
        if opening.resume is not None:
            headers["Last-Event-ID"] = f"{opening.resume.epoch}:{opening.resume.seq}"
        params = {} if opening.ticket is None else {"ticket": opening.ticket}
        address = f"{self._url}/events"
        try:
            request = self._client().build_request("GET", address, params=params, headers=headers)
            async with self._answered(request) as answer:
                await _hear_events(answer, hear)
        except (httpx.HTTPError, EventTooLongError, UnicodeDecodeError) as error:
            raise UnreachedError(str(error)) from error

    async def post(self, post: Post) -> tuple[int, bytes]:
        """A command, and the status and body of its answer.

        Raises:
            UnreachedError: there is none.
        """
        headers = {"Content-Type": "application/json"} | _bearer(post.token)
        address = f"{self._url}/commands"
        try:
            request = self._client().build_request(
                "POST", address, content=post.body, headers=headers
            )
            async with (
                asyncio.timeout(self._around.answer_within_s),
                self._answered(request) as answer,
            ):
                return answer.status_code, await _body(answer)
        except (httpx.HTTPError, TimeoutError) as error:
            raise UnreachedError(str(error)) from error

    @asynccontextmanager
    async def _answered(self, request: httpx.Request) -> AsyncIterator[httpx.Response]:
        """The head of an answer; its body is there to be read until the block ends."""
        try:
            answer = await self._client().send(request, stream=True)
        except AttributeError as error:
            # anyio asks a connection of uvloop's, cut as soon as it was made, for its socket.
            raise UnreachedError("the connection was cut as soon as it was made") from error
        try:
            yield answer
        finally:
            await answer.aclose()

    def _client(self) -> httpx.AsyncClient:
        """Made when it is needed, because reading certificates takes a while; where the address
        is http:// none are read.
        """
        if self._http is None:
            proxy = self._around.proxy
            secure = self._url.startswith("https:")
            self._http = httpx.AsyncClient(
                verify=self._around.tls or (True if secure else _trusting_nobody()),
                proxy=proxy if isinstance(proxy, str) else None,
                trust_env=proxy is True,
                timeout=httpx.Timeout(self._around.connect_within_s, read=None),
            )
        return self._http

    async def close(self) -> None:
        """Let go of what is kept between requests."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None


async def _converse(
    socket: ClientConnection, opening: SessionOpen, outbox: Frames, hear: Callable[[str], None]
) -> None:
    with suppress(ConnectionClosed):  # The close code tells.
        await socket.send(encode(opening).decode())
        writer = asyncio.create_task(_write(socket, outbox))
        try:
            async for frame in socket:
                if isinstance(frame, str):
                    hear(frame)
        finally:
            writer.cancel()
            await asyncio.wait((writer,))


async def _write(socket: ClientConnection, outbox: Frames) -> None:
    with suppress(ConnectionClosed):
        while True:
            await socket.send(await outbox.get())


async def _hear_events(answer: httpx.Response, hear: Callable[[str | None], None]) -> None:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if answer.status_code != OK or kind != EVENT_STREAM:
        raise AnsweredError(answer.status_code, await _body(answer))
    stream = EventStream()
    async for chunk in answer.aiter_bytes():
        hear(None)
        for data in stream.feed(chunk):
            hear(data)


async def _body(answer: httpx.Response) -> bytes:
    """The beginning of an answer that is no stream; more than that nobody has to say."""
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) >= MOST_ANSWER_BYTES:
            break
    return bytes(body[:MOST_ANSWER_BYTES])


def _trusting_nobody() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _bearer(token: str | None) -> dict[str, str]:
    return {} if token is None else {"Authorization": f"Bearer {token}"}
