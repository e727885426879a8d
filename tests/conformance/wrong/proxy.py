"""The wrong server: everything that is asked under `/fault/ID/` is asked of the right server, and
bent as that case's fault has it.

What stands behind a `~` in `ID` only tells runs apart that share a fault. `/fault/none/` bends
nothing; what has no such path gets the fault that is called "", if there is one.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl, urlsplit

import h11
import httpx
import orjson

from tests.conformance.line import Message
from tests.conformance.wrong import eventstream
from tests.conformance.wrong.tampering import Fault, Link, Memory, Request, Response
from tests.conformance.wrong.websocket import LITTLE, Relay, connect, upgrade, written

NONE = Fault("is right")
# What httpx and h11 see to themselves.
HOPS = frozenset({"connection", "transfer-encoding", "content-length", "content-encoding"})
STATUS = {
    "malformed": 400,
    "unknown_type": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "not_acceptable": 406,
    "too_large": 413,
    "audio_format": 415,
    "unsupported_media": 415,
    "rate_limited": 429,
    "internal": 500,
    "voice_unavailable": 503,
    "overloaded": 503,
    "draining": 503,
    "storage_unavailable": 503,
}


class WrongServer:
    """Every fault at once, in front of the server at `upstream`. `token` is a good one there."""

    def __init__(self, upstream: str, faults: Mapping[str, Fault], token: str | None) -> None:
        self.upstream = urlsplit(upstream)
        self._faults = {"": NONE, "none": NONE, **faults}
        self._token = token
        self._memories: dict[str, Memory] = {}
        self.http = httpx.AsyncClient(
            base_url=upstream,
            timeout=None,
            trust_env=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
        )

    @asynccontextmanager
    async def listening(self, port: int = 0) -> AsyncIterator[str]:
        """Listen until the block ends; gives the URL."""
        tasks: set[asyncio.Task[None]] = set()

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            try:
                await self._serve(_Connection(reader, writer))
            except (ConnectionError, EOFError, httpx.TransportError, h11.ProtocolError):
                writer.transport.abort()
            except asyncio.CancelledError:
                # asyncio's streams take a cancelled handler for a broken one.
                writer.transport.abort()
            finally:
                tasks.discard(task)
                writer.close()

        server = await asyncio.start_server(accept, "127.0.0.1", port, backlog=512)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.http.aclose()

    async def _serve(self, connection: "_Connection") -> None:
        while (asked := await connection.request()) is not None:
            name, request = asked
            fault = self._faults.get(name.partition("~")[0])
            if fault is None:
                await connection.answer(Response(404, [], b"There is no such fault.\n"))
            else:
                memory = self._memories.setdefault(name, Memory(self._token))
                if await _Exchange(self, fault, memory, connection, request).go():
                    return
            if not connection.goes_on():
                return


class _Exchange:
    """One request, under a fault."""

    def __init__(
        self,
        server: WrongServer,
        fault: Fault,
        memory: Memory,
        connection: "_Connection",
        request: Request,
    ) -> None:
        self._upstream = server.upstream
        self._http = server.http
        self._fault = fault
        self._memory = memory
        self._connection = connection
        self._request = request

    async def go(self) -> bool:
        """Answer it; true if the connection is used up by that."""
        request = self._request
        for tampering in self._fault.tamperings:
            bent = tampering.request(request, self._memory)
            if isinstance(bent, Response):
                await self._connection.answer(bent)
                return False
            request = bent
        self._request = request
        if (request.header("upgrade") or "").lower() == "websocket":
            return await self._websocket()
        if request.path.endswith("/commands") and request.method == "POST":
            return await self._command()
        async with self._http.stream(
            request.method, self._target(), headers=_kept(request.headers), content=request.body
        ) as response:
            kind = response.headers.get("content-type", "")
            if response.status_code == 200 and kind.startswith("text/event-stream"):
                return await self._stream(response)
            await response.aread()
        await self._connection.answer(self._bent(_plain(response)))
        return False

    async def _websocket(self) -> bool:
        port = self._upstream.port or 80
        server = await connect(self._upstream.hostname or "", port)
        try:
            response, rest = await upgrade(server, self._request, self._target())
            response = self._bent(response)
            if response.status != 101:
                await self._connection.answer(response)
                return False
            server[0].feed_data(rest)
            client = await self._connection.switch(response)
            await Relay(Link(self._fault, self._memory, "ws"), client, server).run()
        finally:
            server[1].close()
        return True

    async def _stream(self, response: httpx.Response) -> bool:
        bent = self._bent(Response(200, response.headers.multi_items()))
        await self._connection.begin(bent)
        link = Link(self._fault, self._memory, "sse")
        relay = asyncio.create_task(eventstream.relay(link, response, self._connection))
        gone = asyncio.create_task(self._connection.gone())
        try:
            await asyncio.wait({relay, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not relay.done():
                return True
            if relay.result():
                await gone
                return True
        finally:
            for task in (relay, gone):
                task.cancel()
            await asyncio.wait({relay, gone})
        await self._connection.end()
        return True

    async def _command(self) -> bool:
        link = Link(self._fault, self._memory, "post")
        command = _object(self._request.body)
        commands = [self._request.body]
        said: list[Message] = []
        if command is not None:
            given, said = link.give(command)
            if len(given) != 1 or given[0] is not command:
                commands = [orjson.dumps(each) for each in given]
        answers: list[Response] = [_told(each, None) for each in said]
        for body in commands:
            if link.closing is not None:
                break
            reply = await self._http.post(
                self._target(), headers=_kept(self._request.headers), content=body
            )
            answers += _replies(link, command, _plain(reply))
        if link.closing is not None:
            self._connection.cut()
            return True
        if not answers:
            await self._connection.gone()
            return True
        await self._connection.answer(self._bent(answers[0]))
        return False

    def _bent(self, response: Response) -> Response:
        for tampering in self._fault.tamperings:
            response = tampering.response(self._request, response, self._memory)
        return response

    def _target(self) -> str:
        query = self._request.asked_query()
        return f"{self._upstream.path.rstrip('/')}{self._request.path}{query}"


class _Connection:
    """A client's connection, which speaks HTTP until it is switched."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 18)

    async def request(self) -> tuple[str, Request] | None:
        """The next request, and under which name; null if there is none."""
        head = await self._event()
        if not isinstance(head, h11.Request):
            return None
        body: list[bytes] = []
        upgrades = any(name == b"upgrade" for name, _ in head.headers)
        while not upgrades and isinstance(event := await self._event(), h11.Data):
            body.append(bytes(event.data))
        parts = urlsplit(head.target.decode("ascii", "replace"))
        name, path = "", parts.path
        if path.startswith("/fault/"):
            name, _, rest = path.removeprefix("/fault/").partition("/")
            path = f"/{rest}"
        headers = [
            (key.decode("latin-1"), value.decode("latin-1"))
            for key, value in head.headers.raw_items()
        ]
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        raw = parts.query
        return name, Request(head.method.decode(), path, query, headers, b"".join(body), raw)

    async def _event(self) -> object:
        while True:
            event = self._http.next_event()
            if event is not h11.NEED_DATA:
                return event
            if self._http.they_are_waiting_for_100_continue:
                await self._send(h11.InformationalResponse(status_code=100, headers=[]))
            self._http.receive_data(await self._more())

    async def _more(self) -> bytes:
        if self._http.their_state is not h11.IDLE:
            return await self._reader.read(65_536)
        # No byte behind a head is taken, as it may not be HTTP's.
        try:
            return await self._reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            return error.partial

    async def answer(self, response: Response) -> None:
        headers = [
            *_kept(response.headers),
            *([("content-length", str(len(response.body)))] if response.status != 204 else []),
        ]
        await self._send(
            h11.Response(status_code=response.status, headers=headers),
            h11.Data(data=response.body),
            h11.EndOfMessage(),
        )

    async def begin(self, response: Response) -> None:
        """Begin an answer whose body is told by `more`, until `end`."""
        await self._send(h11.Response(status_code=response.status, headers=_kept(response.headers)))

    async def more(self, data: bytes) -> None:
        await self._send(h11.Data(data=data))

    async def end(self) -> None:
        await self._send(h11.EndOfMessage())

    async def _send(self, *events: h11.Event) -> None:
        await written(self._writer, b"".join(self._http.send(event) or b"" for event in events))

    def goes_on(self) -> bool:
        """Whether another request may follow."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        return True

    async def switch(self, response: Response) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Speak no HTTP any more, after this answer."""
        lines = [f"{name}: {value}" for name, value in response.headers]
        head = "\r\n".join(["HTTP/1.1 101 Switching Protocols", *lines, "", ""])
        await written(self._writer, head.encode("latin-1"))
        # What the client doesn't read isn't kept here.
        self._writer.transport.set_write_buffer_limits(LITTLE)
        self._writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_SNDBUF, LITTLE
        )
        return self._reader, self._writer

    def cut(self) -> None:
        self._writer.transport.abort()

    async def gone(self) -> None:
        with contextlib.suppress(ConnectionError):
            while await self._reader.read(65_536):
                pass


def _kept(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name.lower() not in HOPS]


def _plain(response: httpx.Response) -> Response:
    return Response(response.status_code, response.headers.multi_items(), response.content)


def _object(body: bytes) -> Message | None:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def _replies(link: Link, command: Message | None, reply: Response) -> list[Response]:
    """The outcome of a POSTed command, taken for a message and bent as one."""
    told = _object(reply.body)
    if told is None:
        return [reply]
    re = (command or {}).get("id")
    message = told if reply.status == 200 else {**told, "type": "error", "re": re}
    return [_told(each, reply, same=each == message) for each in link.take(message)]


def _told(message: Message, reply: Response | None, *, same: bool = False) -> Response:
    """A message as the answer to a POST; of the right server's `reply`, what the message leaves."""
    if same and reply is not None:
        return reply
    if message.get("type") != "error":
        return Response(200, [("content-type", "application/json")], orjson.dumps(message))
    problem = {name: value for name, value in message.items() if name not in ("type", "re")}
    told = (_object(reply.body) if reply is not None else None) or {}
    if reply is None or told.get("code") != problem["code"]:
        status = STATUS.get(str(problem["code"]), 409)
        problem |= {"type": "about:blank", "title": "No.", "status": status}
        return Response(
            status, [("content-type", "application/problem+json")], orjson.dumps(problem)
        )
    return Response(
        reply.status, reply.headers, orjson.dumps({**problem, "type": told.get("type")})
    )
