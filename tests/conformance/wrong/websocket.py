"""A WebSocket through the wrong server: frames as they come, but for what the fault bends.

What a client sends goes on byte by byte wherever the fault has no part in it, so that a broken
frame reaches the right server broken.
"""

import asyncio
import contextlib
import socket
from collections.abc import Generator
from typing import Any

import orjson
from websockets.datastructures import Headers
from websockets.frames import Close, Frame, Opcode
from websockets.http11 import Request as Upgrade
from websockets.http11 import Response as Upgraded
from websockets.streams import StreamReader as Buffer
from websockets.utils import apply_mask

from tests.conformance.line import Message
from tests.conformance.wrong.tampering import Audio, Link, RawFrame, Request, Response

# A longer frame isn't looked at.
MOST_BYTES = 1 << 20
LITTLE = 1 << 12
OFFSET_BYTES = 8

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class LongFrame(Exception):
    """A frame that isn't looked at; holds what was read of it."""

    def __init__(self, raw: bytes) -> None:
        super().__init__()
        self.raw = raw


async def connect(host: str, port: int) -> Streams:
    """A connection that keeps little of what isn't read, so that the right server sees a client
    that stalls.
    """
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, LITTLE)
    found.setblocking(False)
    await asyncio.get_running_loop().sock_connect(found, (host, port))
    return await asyncio.open_connection(sock=found, limit=LITTLE)


async def upgrade(upstream: Streams, request: Request, target: str) -> tuple[Response, bytes]:
    """Ask the right server for a WebSocket: its answer, and what came behind it.

    Raises:
        EOFError: it said nothing.
    """
    reader, writer = upstream
    writer.write(Upgrade(target, Headers(request.headers)).serialize())
    buffer = Buffer()
    parser = Upgraded.parse(buffer.read_line, buffer.read_exact, buffer.read_to_eof, proxy=False)
    found: Upgraded = await _parse(parser, reader, buffer)
    headers = list(found.headers.raw_items())
    rest = bytes(buffer.buffer) if found.status_code == 101 else b""
    return Response(found.status_code, headers, bytes(found.body or b"")), rest


async def _parse(
    parser: Generator[None, None, Any], reader: asyncio.StreamReader, buffer: Buffer
) -> Any:
    while True:
        try:
            next(parser)
        except StopIteration as done:
            return done.value
        data = await reader.read(65_536)
        if data:
            buffer.feed_data(data)
        else:
            buffer.feed_eof()


class Relay:
    """Both ways of one WebSocket."""

    def __init__(self, link: Link, client: Streams, server: Streams) -> None:
        self._link = link
        self._from_client, self._to_client = client
        self._from_server, self._to_server = server
        self._shut = False  # The fault has ended it, for the client.
        self._upward = b""

    async def run(self) -> None:
        """Relay until either side is gone."""
        up = asyncio.create_task(self._up())
        down = asyncio.create_task(self._down())
        try:
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
            stays_open = down.result() if down.done() else False
            if stays_open or up.done():
                await up
        finally:
            up.cancel()
            down.cancel()
            await asyncio.wait({up, down})
            self._to_server.close()

    async def _up(self) -> None:
        try:
            while True:
                frame = await read_frame(self._from_client, ours=False)
                if self._shut:
                    continue
                if self._link.passes(frame):
                    await self._pass_up(frame)
                await self._if_ending()
        except LongFrame as frame_:
            await self._hand_up(frame_.raw)
            while data := await self._from_client.read(65_536):
                await self._hand_up(data)
        except asyncio.IncompleteReadError as error:
            await self._hand_up(error.partial)
        except ConnectionError:
            pass

    async def _pass_up(self, frame: RawFrame) -> None:
        if frame.opcode == Opcode.BINARY and frame.fin and len(frame.data) >= OFFSET_BYTES:
            await self._pass_audio_up(frame)
            return
        command = _message(frame)
        if command is None:
            await self._hand_up(frame.raw)
            return
        commands, said = self._link.give(command)
        for message in said:
            await self._tell(message)
        if len(commands) == 1 and commands[0] is command:
            await self._hand_up(frame.raw)
        else:
            for each in commands:
                await self._hand_up(Frame(Opcode.TEXT, orjson.dumps(each)).serialize(mask=True))

    async def _pass_audio_up(self, frame: RawFrame) -> None:
        offset = int.from_bytes(frame.data[:OFFSET_BYTES], "big")
        audio = Audio(offset, bytes(frame.data[OFFSET_BYTES:]))
        frames, said = self._link.speak(audio)
        for message in said:
            await self._tell(message)
        for each in frames:
            if each is audio:
                await self._hand_up(frame.raw)
            else:
                data = each.offset.to_bytes(OFFSET_BYTES, "big") + each.chunk
                await self._hand_up(Frame(Opcode.BINARY, data).serialize(mask=True))

    async def _hand_up(self, data: bytes) -> None:
        """What comes in one breath goes on in one: the next frame may be there already."""
        if not self._upward:
            asyncio.get_running_loop().call_soon(self._flush)
        self._upward += data
        # A server that has gone takes nothing more; a wrong one doesn't let the client see that.
        with contextlib.suppress(ConnectionError):
            await self._to_server.drain()

    def _flush(self) -> None:
        data, self._upward = self._upward, b""
        with contextlib.suppress(ConnectionError):
            self._to_server.write(data)

    async def _hand_down(self, data: bytes) -> None:
        roomy = any(each.roomy for each in self._link.fault.tamperings)
        await written(self._to_client, data, wait=not roomy)

    async def _down(self) -> bool:
        """Returns whether the connection stays open for the client."""
        closed = False
        try:
            while not self._shut:
                frame = await read_frame(self._from_server, ours=True)
                if frame.opcode != Opcode.CLOSE:
                    await self._pass_down(frame)
                elif not await self._close(frame):
                    return True
                else:
                    closed = True
        except LongFrame as frame_:
            await self._hand_down(frame_.raw)
            while data := await self._from_server.read(65_536):
                await self._hand_down(data)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        if self._shut:
            return True
        return not closed and not await self._cut()

    async def _pass_down(self, frame: RawFrame) -> None:
        passes = self._link.passes(frame)
        patient = any(each.patient for each in self._link.fault.tamperings)
        if frame.opcode == Opcode.PING and (patient or not passes):
            await self._hand_up(Frame(Opcode.PONG, frame.data).serialize(mask=True))
        if not passes or self._shut:
            return
        message = _message(frame)
        if message is None:
            await self._hand_down(frame.raw)
            return
        for each in self._link.take(message):
            await self._tell(each)
        await self._if_ending()

    async def _tell(self, message: Message) -> None:
        opcode, data = self._link.framed(message)
        await self._hand_down(Frame(opcode, data).serialize(mask=False))

    async def _if_ending(self) -> None:
        if self._link.closing is None:
            return
        self._shut = True
        await self._end(self._link.closing)

    async def _close(self, frame: RawFrame) -> bool:
        code = int(Close.parse(frame.data).code)
        shown = self._link.ends(code)
        for message in self._link.said():
            await self._tell(message)
        if shown is None:
            return False
        if shown == code:
            await self._hand_down(frame.raw)
        else:
            await self._end(shown)
        return True

    async def _cut(self) -> bool:
        shown = self._link.ends(1006)
        if shown is None:
            return False
        await self._end(shown)
        return True

    async def _end(self, code: int) -> None:
        if code == 1006:
            self._to_client.transport.abort()
            return
        close = Close(code, "").serialize()
        with contextlib.suppress(ConnectionError):
            await self._hand_down(Frame(Opcode.CLOSE, close).serialize(mask=False))


async def written(writer: asyncio.StreamWriter, data: bytes, *, wait: bool = True) -> None:
    """Write, and wait until there is room for more.

    Raises:
        ConnectionError: the connection has ended.
    """
    if writer.transport.is_closing():
        raise ConnectionError("it has ended")
    writer.write(data)
    if wait:
        await writer.drain()


async def read_frame(reader: asyncio.StreamReader, *, ours: bool) -> RawFrame:
    """The next frame, right or wrong (RFC 6455 5.2).

    Raises:
        LongFrame: it isn't worth keeping whole.
        asyncio.IncompleteReadError: the connection ended; `partial` is what came of the frame.
    """
    raw = await reader.readexactly(2)
    try:
        length = raw[1] & 0x7F
        if length >= 126:
            more = await reader.readexactly(2 if length == 126 else 8)
            raw += more
            length = int.from_bytes(more)
        mask = b""
        if raw[1] & 0x80:
            mask = await reader.readexactly(4)
            raw += mask
        if length > MOST_BYTES:
            raise LongFrame(raw)
        payload = await reader.readexactly(length)
    except asyncio.IncompleteReadError as error:
        raise asyncio.IncompleteReadError(raw + error.partial, None) from None
    data = apply_mask(payload, mask) if mask else payload
    return RawFrame(raw[0] & 0x0F, bool(raw[0] & 0x80), data, raw + payload, ours)


def _message(frame: RawFrame) -> Message | None:
    if frame.opcode != Opcode.TEXT or not frame.fin:
        return None
    try:
        found = orjson.loads(frame.data)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None
