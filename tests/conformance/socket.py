"""A WebSocket that says exactly what it is told to, right or wrong, and hides nothing.

The framing is `websockets`' sans-I/O one; nothing here repairs a mistake, of ours or the server's.
"""

import asyncio
import base64
import contextlib
import os
import ssl
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from socket import IPPROTO_TCP, SO_RCVBUF, SOCK_STREAM, SOL_SOCKET, TCP_MAXSEG, socket
from typing import Any, Self

import orjson
from websockets.datastructures import Headers
from websockets.exceptions import ProtocolError as FramingError
from websockets.frames import Close, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.streams import StreamReader

from tests.conformance.case import Violation
from tests.conformance.target import Target
from tests.conformance.transcript import Transcript

SUBPROTOCOL = "viva.v1"
MOST_BYTES = 16 << 20


class RefusedError(Exception):
    """The server didn't upgrade, and answered this instead."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"HTTP {response.status_code}")
        self.status = response.status_code
        self.headers = response.headers
        self.body = bytes(response.body or b"")


@dataclass(frozen=True, slots=True)
class Closed:
    """The end of the connection; 1006 where there was no close frame, 1005 where it had no code."""

    code: int
    reason: str = ""


class Socket:
    """One connection. Pings are answered, unless `answers_pings` is set to false."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        transcript: Transcript,
        name: str,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._transcript = transcript
        self._name = name
        self._buffer = StreamReader()
        self._text = b""
        self.answers_pings = True
        self.pings = 0
        self.pongs: list[bytes] = []
        self.closed: Closed | None = None
        self.subprotocol: str | None = None

    @classmethod
    async def connect(
        cls,
        target: Target,
        path: str,
        transcript: Transcript,
        name: str = "ws",
        *,
        headers: Iterable[tuple[str, str]] = (("Sec-WebSocket-Protocol", SUBPROTOCOL),),
        tight: bool = False,
    ) -> Self:
        """Open a connection to `path`, with these headers beside those that the upgrade needs.

        On a `tight` one the network keeps as little as it can of what isn't read.

        Raises:
            RefusedError: the server answered something else than an upgrade.
            OSError: it can't be reached.
        """
        context = ssl.create_default_context() if target.secure else None
        reader, writer = await asyncio.open_connection(
            sock=await _connected(target, tight=tight),
            ssl=context,
            server_hostname=target.host if target.secure else None,
        )
        made = cls(reader, writer, transcript, name)
        request = Request(
            target.prefix + path,
            Headers(
                [
                    ("Host", target.netloc),
                    ("Connection", "Upgrade"),
                    ("Upgrade", "websocket"),
                    ("Sec-WebSocket-Key", base64.b64encode(os.urandom(16)).decode()),
                    ("Sec-WebSocket-Version", "13"),
                    *headers,
                ]
            ),
        )
        transcript.note(name, "->", f"GET {path} {dict(headers)}")
        writer.write(request.serialize())
        buffer = made._buffer
        answer = Response.parse(
            buffer.read_line, buffer.read_exact, buffer.read_to_eof, proxy=False
        )
        try:
            response = await made._parse(answer)
        except BaseException:
            await made.drop()
            raise
        transcript.note(name, "<-", f"HTTP {response.status_code}")
        if response.status_code != 101:
            await made.drop()
            raise RefusedError(response)
        made.subprotocol = response.headers.get("Sec-WebSocket-Protocol")
        return made

    async def send(self, message: dict[str, Any] | str | bytes) -> None:
        """A message in one frame: an object as JSON text, a string as text, bytes as binary."""
        if isinstance(message, bytes):
            await self.send_frame(Opcode.BINARY, message)
        elif isinstance(message, str):
            await self.send_frame(Opcode.TEXT, message.encode("utf-8", "surrogatepass"))
        else:
            await self.send_frame(Opcode.TEXT, orjson.dumps(message))

    async def send_at_once(self, *messages: dict[str, Any]) -> None:
        """Several messages, each in a frame of its own, in one write."""
        for message in messages:
            self._transcript.note(self._name, "->", message)
        frames = (Frame(Opcode.TEXT, orjson.dumps(message)) for message in messages)
        await self.send_raw(b"".join(frame.serialize(mask=True) for frame in frames))

    async def send_frame(self, opcode: Opcode, data: bytes, *, fin: bool = True) -> None:
        """One frame, whatever it is."""
        shown = data.decode("utf-8", "backslashreplace") if opcode is not Opcode.BINARY else data
        self._transcript.note(self._name, "->", f"{opcode.name} {shown!s}")
        await self.send_raw(Frame(opcode, data, fin=fin).serialize(mask=True))

    async def send_raw(self, data: bytes) -> None:
        """Bytes, framed or not. What a closed connection doesn't take is lost."""
        with contextlib.suppress(ConnectionError):
            self._writer.write(data)
            await self._writer.drain()

    async def receive(self) -> str | bytes | Closed:
        """The next message, or the end.

        Raises:
            Violation: what came is no WebSocket.
        """
        while self.closed is None:
            try:
                frame = await self._parse(
                    Frame.parse(self._buffer.read_exact, mask=False, max_size=MOST_BYTES)
                )
            except (EOFError, ConnectionError):
                self._end(Closed(1006))
                break
            except FramingError as error:
                raise Violation(f"The server's frame is broken: {error}") from error
            message = await self._take(frame)
            if message is not None:
                return message
        assert self.closed is not None
        return self.closed

    async def _take(self, frame: Frame) -> str | bytes | None:
        data = bytes(frame.data)
        match frame.opcode:
            case Opcode.PING:
                self.pings += 1
                self._transcript.note(self._name, "<-", "PING")
                if self.answers_pings:
                    await self.send_raw(Frame(Opcode.PONG, data).serialize(mask=True))
                return None
            case Opcode.PONG:
                self.pongs.append(data)
                self._transcript.note(self._name, "<-", f"PONG {data!r}")
                return None
            case Opcode.CLOSE:
                close = Close.parse(data)
                self._end(Closed(int(close.code), close.reason))
                await self.send_raw(Frame(Opcode.CLOSE, data).serialize(mask=True))
                self._writer.close()
                return None
        self._text += data
        if not frame.fin:
            return None
        whole, self._text = self._text, b""
        if frame.opcode is Opcode.BINARY:
            self._transcript.note(self._name, "<-", whole)
            return whole
        try:
            text = whole.decode()
        except UnicodeDecodeError as error:
            raise Violation("The server's text frame isn't UTF-8.") from error
        self._transcript.note(self._name, "<-", text)
        return text

    def _end(self, closed: Closed) -> None:
        self.closed = closed
        self._transcript.note(self._name, "--", f"closed {closed.code} {closed.reason}".strip())

    async def close(self, code: int = 1000) -> None:
        """Say goodbye, and don't wait for the answer."""
        if self.closed is None:
            await self.send_frame(Opcode.CLOSE, Close(code, "").serialize())
        await self.drop()

    async def drop(self) -> None:
        """Cut the connection, without a word."""
        self._writer.transport.abort()

    def stop_reading(self) -> None:
        """Take nothing more off the network: what the server sends piles up there."""
        self._transcript.note(self._name, "--", "reads no more")
        self._transport().pause_reading()

    def read_again(self) -> None:
        """Take again what comes, beginning with what piled up."""
        self._transcript.note(self._name, "--", "reads again")
        transport = self._transport()
        transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_RCVBUF, 1 << 20)
        transport.resume_reading()

    def _transport(self) -> asyncio.Transport:
        transport = self._writer.transport
        assert isinstance(transport, asyncio.Transport)
        return transport

    async def _parse(self, parser: Generator[None, None, Any]) -> Any:
        """Feed a sans-I/O parser until it is done.

        Raises:
            EOFError: the connection ended first.
        """
        while True:
            try:
                next(parser)
            except StopIteration as done:
                return done.value
            data = await self._reader.read(65_536)
            if data:
                self._buffer.feed_data(data)
            elif not self._buffer.eof:
                self._buffer.feed_eof()
            else:
                raise EOFError


async def _connected(target: Target, *, tight: bool) -> socket:
    """A TCP connection to the server.

    Raises:
        OSError: it can't be reached.
    """
    loop = asyncio.get_running_loop()
    failure: OSError = OSError(f"{target.host} has no address")
    found = await loop.getaddrinfo(target.host, target.port, type=SOCK_STREAM)
    for family, kind, protocol, _, address in found:
        made = socket(family, kind, protocol)
        made.setblocking(False)
        if tight:
            # Small segments keep the server's own buffer small: its system measures it in them.
            made.setsockopt(SOL_SOCKET, SO_RCVBUF, 4096)
            made.setsockopt(IPPROTO_TCP, TCP_MAXSEG, 536)
        try:
            await loop.sock_connect(made, address)
        except OSError as error:
            made.close()
            failure = error
        else:
            return made
    raise failure
