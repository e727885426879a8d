"""How an attack goes: what is sent, what may come back, and what is wrong with it.

A fault is a sentence. Every answer must be documented (`protocol.md` 7, 8), every message on an
opened session must get its one answer, unless the connection is closed with a code that says why,
and every connection must end.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import orjson

from protocol.close_codes import MEANINGS
from protocol.codec import Unknown, decode_server
from protocol.errors import ERRORS, ProtocolError
from protocol.messages import Ack, Error, Pong, SessionOpened
from tests.fuzz.attacks import Attack
from tests.fuzz.wire import (
    CLOSE,
    PONG,
    TEXT,
    UPGRADE,
    BrokenFramingError,
    Frame,
    Frames,
    closing,
    message,
    request,
)

WITHIN_S = 20.0
# What a server may close with while nothing is wrong with it: 1006 is no code that is sent, and
# 1011 says that something is.
CLOSES = set(MEANINGS) - {1006, 1011, 1012}
# What uvicorn and websockets say themselves of what is no request or no handshake.
PLAIN = re.compile(
    rb"Invalid HTTP request received\.|The head of this request is too large\."
    rb"|Origin not allowed\.\n|The subprotocol viva\.v1 is required\.\n"
    rb"|This WebSocket handshake can't be read\.\n"
    rb"|Unsupported upgrade request\.|Disallowed CORS .*"
    rb"|Failed to open a WebSocket connection: .*|Missing .* header\.?.*|.*WebSocket.*",
    re.DOTALL,
)


@dataclass(frozen=True)
class Ground:
    """Where it happens: a port of this machine, and what stands for `{id}`, `{token}` …"""

    port: int
    words: Mapping[str, str]

    def fill(self, part: str) -> str:
        for name, value in self.words.items():
            part = part.replace(f"{{{name}}}", value)
        return part

    def fill_bytes(self, part: bytes) -> bytes:
        for name, value in self.words.items():
            part = part.replace(f"{{{name}}}".encode(), value.encode())
        return part


class FaultError(Exception):
    """What the server did wrong."""


class Line:
    """A connection to the server, and all that came over it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self.data = b""
        self._closed = False

    def write_last(self, data: bytes) -> None:
        """Write `data`, and that no more will come."""
        self._closed = True
        self.writer.write(data)
        self.writer.write_eof()

    def close(self) -> None:
        """Write the closing frame of a WebSocket, once."""
        if not self._closed:
            self._closed = True
            self.writer.write(closing())

    async def more(self) -> bool:
        """Read on; false: that was all."""
        try:
            found = await self._reader.read(65_536)
        except OSError:
            return False
        self.data += found
        return bool(found)

    async def head(self) -> tuple[int, bytes]:
        """A response's status and head; what is behind it stays in `data`.

        Raises:
            FaultError: there is none.
        """
        while True:
            while b"\r\n\r\n" not in self.data:
                if not await self.more():
                    raise FaultError(f"an answer without an end: {self.data!r}")
            head, _, self.data = self.data.partition(b"\r\n\r\n")
            found = re.match(rb"HTTP/1\.1 (\d{3})[ \r]", head + b"\r")
            if found is None:
                raise FaultError(f"no answer of HTTP: {head!r}")
            status = int(found[1])
            if status >= 200 or status == 101:
                return status, head


async def attempt(attack: Attack, ground: Ground) -> str | None:
    """Try `attack`; what was wrong with how the server took it."""
    try:
        async with asyncio.timeout(WITHIN_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", ground.port)
            try:
                await _WAYS[attack.kind](Line(reader, writer), attack, ground)
            finally:
                writer.transport.abort()
                with suppress(OSError):
                    await writer.wait_closed()
    except FaultError as fault:
        return str(fault)
    except TimeoutError:
        return f"nothing happened for {WITHIN_S:g} s"
    except (BrokenFramingError, ProtocolError) as error:
        return f"the server's own message is wrong: {error}"
    except ConnectionError:
        return None  # Cut while it was still being written to, which it may be.
    return None


# --- WebSocket -----------------------------------------------------------------------------------


class Talk:
    """A WebSocket: the answers on it, and how it was closed."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._frames = Frames()
        self.opened: SessionOpened | None = None
        self.answers: list[Ack | Error | Pong] = []
        self.closed: int | None = None
        self.closing = False

    async def until(self, condition: Callable[[], bool]) -> bool:
        """Read until `condition` holds; false: the connection ended first."""
        self._take()
        while not condition():
            if self.closing or not await self._line.more():
                return False
            self._take()
        return True

    async def end(self) -> None:
        """Read all that comes."""
        while await self._line.more():
            self._take()

    def _take(self) -> None:
        data, self._line.data = self._line.data, b""
        for frame in self._frames.feed(data):
            self._frame(frame)

    def _frame(self, frame: Frame) -> None:
        if self.closing and frame.opcode != PONG:
            raise FaultError(f"{frame} after the closing")
        if frame.opcode == CLOSE:
            self.closing = True
            self.closed = frame.close_code
            # The server waits for this, if it was the first to close.
            self._line.close()
        elif frame.opcode == TEXT:
            self._message(frame.payload)
        elif frame.opcode != PONG:
            raise FaultError(f"{frame} is nothing a server sends")

    def _message(self, payload: bytes) -> None:
        said = decode_server(payload)
        if isinstance(said, Unknown):
            raise FaultError(f"{payload!r} is no message")
        if isinstance(said, Error):
            check_error(said.code, said.retryable)
        if isinstance(said, SessionOpened):
            if self.opened is not None:
                raise FaultError("opened twice")
            self.opened = said
        if isinstance(said, Ack | Error | Pong):
            self.answers.append(said)


def check_error(code: str, retryable: bool) -> None:
    kind = ERRORS.get(code)
    if kind is None or code == "internal" or kind.retryable != retryable:
        raise FaultError(f"the error {code}, retryable: {retryable}")


async def _upgraded(line: Line, ground: Ground) -> Talk:
    target = ground.fill("/v1/interviews/{id}/ws")
    line.writer.write(request("GET", target, UPGRADE))
    status, head = await line.head()
    if status != 101:
        raise FaultError(f"no upgrade: {head!r}")
    return Talk(line)


async def _opened(line: Line, ground: Ground, role: str) -> Talk | None:
    """An open session; null: the interview has gone, which it may have."""
    talk = await _upgraded(line, ground)
    token = ground.words["token"]
    opening = {"type": "session.open", "id": "o", "token": token, "role": role}
    line.writer.write(message(orjson.dumps(opening).decode()))
    if await talk.until(lambda: talk.opened is not None):
        return talk
    if talk.closed not in (4404, 4409):
        raise FaultError(f"not opened: {talk.answers}, {talk.closed}")
    return None


async def _messages(line: Line, attack: Attack, ground: Ground) -> None:
    """Each gets its one answer, or the connection is closed."""
    talk = await _opened(line, ground, attack.role)
    if talk is None:
        return
    for part in attack.parts:
        line.writer.write(message(part, attack.pieces))
    count = len(attack.parts)
    if await talk.until(lambda: len(talk.answers) >= count):
        line.close()
    await talk.end()
    if len(talk.answers) > count:
        raise FaultError(f"{len(talk.answers)} answers to {count} messages: {talk.answers}")
    _check_close(talk)


async def _opening(line: Line, attack: Attack, ground: Ground) -> None:
    """It is opened, or refused with an error and a code."""
    talk = await _upgraded(line, ground)
    part = attack.parts[0]
    filled = ground.fill(part) if isinstance(part, str) else part
    line.writer.write(message(filled, attack.pieces))
    if await talk.until(lambda: talk.opened is not None):
        line.close()
    await talk.end()
    _check_close(talk)
    if talk.opened is None and talk.closed not in (1009, 4409) and len(talk.answers) != 1:
        raise FaultError(f"refused with {talk.closed} and {talk.answers}")


def _check_close(talk: Talk) -> None:
    if talk.closed not in CLOSES:
        raise FaultError(f"closed with {talk.closed}")


async def _frames(line: Line, attack: Attack, ground: Ground) -> None:
    """Whatever is sent, what comes back is frames, and then the end."""
    talk: Talk | None
    if attack.opened:
        talk = await _opened(line, ground, "observer")
    else:
        talk = await _upgraded(line, ground)
    if talk is None:
        return
    line.write_last(_as_bytes(attack, ground))
    await talk.end()
    code = talk.closed
    # A client's own code comes back to it.
    if code not in CLOSES | {None, 1007} and (code or 0).to_bytes(2) not in _as_bytes(
        attack, ground
    ):
        raise FaultError(f"closed with {code}")


# --- HTTP ----------------------------------------------------------------------------------------


def _as_bytes(attack: Attack, ground: Ground) -> bytes:
    part = attack.parts[0]
    return ground.fill_bytes(part.encode() if isinstance(part, str) else part)


async def _request(line: Line, attack: Attack, ground: Ground) -> None:
    """A result, or a problem that is documented; then the end, or a stream."""
    line.writer.write(_fitted(_as_bytes(attack, ground)))
    status, head = await line.head()
    if b"content-type: text/event-stream" in head and status == 200:
        while not attack.head and b"\n\n" not in line.data:
            if not await line.more():
                raise FaultError(f"a stream of {line.data!r}")
        return
    while await line.more():
        pass
    if not attack.head:
        _check_response(status, head, line.data)


def _fitted(written: bytes) -> bytes:
    """`written` with the length that its body has now that its words are filled in."""
    head, _, body = written.partition(b"\r\n\r\n")
    length = b"Content-Length: %d" % len(body)
    return re.sub(rb"Content-Length: \d+$", length, head) + b"\r\n\r\n" + body


async def _upgrade(line: Line, attack: Attack, ground: Ground) -> None:
    """It is upgraded, or a problem, or an ordinary page."""
    line.writer.write(_as_bytes(attack, ground))
    status, head = await line.head()
    if status == 101:
        talk = Talk(line)
        line.close()
        await talk.end()
        return
    # What is no handshake is a request whose connection may be kept.
    found = re.search(rb"\r\ncontent-length: (\d+)", head.lower())
    while found is not None and len(line.data) < int(found[1]) and await line.more():
        pass
    _check_response(status, head, line.data)


def _check_response(status: int, head: bytes, body: bytes) -> None:
    if status < 400:
        return
    if b"content-type: application/problem+json" not in head.lower():
        if status >= 500 or not PLAIN.fullmatch(body):
            raise FaultError(f"{status} with {body!r}")
        return
    problem = orjson.loads(body)
    check_error(problem["code"], problem["retryable"])
    documented = {ERRORS[problem["code"]].status, 405}
    if problem["status"] != status or status not in documented:
        raise FaultError(f"{status} with {body!r}")


async def _bytes(line: Line, attack: Attack, ground: Ground) -> None:
    """Whatever comes back is of HTTP, and no defect."""
    line.write_last(_as_bytes(attack, ground))
    while await line.more():
        if b"\n\n" in line.data and b"event: session.opened" in line.data:
            return
    if line.data and not line.data.startswith(b"HTTP/1.1 "):
        raise FaultError(f"{line.data!r}")
    if b"HTTP/1.1 500" in line.data:
        raise FaultError(f"a defect: {line.data!r}")


_WAYS = {
    "opening": _opening,
    "messages": _messages,
    "frames": _frames,
    "request": _request,
    "upgrade": _upgrade,
    "bytes": _bytes,
}
