"""An open session, over either transport: what has come, and a way to say things.

Whatever the case is about, every message that comes is held to what always holds: the envelope is
whole, the epoch stays, and `seq` counts without a gap (`protocol.md` 1, 5).
"""

import asyncio
import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, TypeVar

import httpx
import orjson

from tests.conformance.case import Violation, require
from tests.conformance.socket import Closed, Socket
from tests.conformance.stream import Block, EventStream

Message = dict[str, Any]
T = TypeVar("T")

# Messages about the connection, which have no place in `seq` (`protocol.md` 5).
UNNUMBERED = frozenset(
    {"session.opened", "ack", "error", "pong", "audio.received", "server.draining"}
)
WITHIN_S = 10.0


class Line(ABC):
    """What came over one connection. `opened` is the first message.

    `events` are those of the log, in order; `others` are the messages about the connection.
    """

    def __init__(self) -> None:
        self.opened: Message = {}
        self.events: list[Message] = []
        self.others: list[Message] = []
        self.closed: int | None = None
        self._ids = itertools.count(1)
        self._taken = 0
        self._changed = asyncio.Event()
        self._failure: Violation | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def position(self) -> dict[str, int]:
        """What to resume from: the last event that came, else the snapshot's place or the one that
        was resumed from.
        """
        if self.events:
            return {"epoch": self.events[-1]["epoch"], "seq": self.events[-1]["seq"]}
        return dict(self._from)

    def begin(self, opened: Message, resume: dict[str, int] | None) -> None:
        """Take `session.opened`, and read on."""
        self.opened = opened
        resumed = resume is not None and opened.get("resumed") is True
        start = resume if resumed and resume is not None else opened
        self._from = {"epoch": start["epoch"], "seq": start["seq"]}
        self._reading = asyncio.create_task(self._read_on())

    @abstractmethod
    async def send(self, message: Message) -> None:
        """Give a command, and don't wait for its outcome."""

    @abstractmethod
    async def drop(self) -> None:
        """Cut the connection."""

    @abstractmethod
    async def _read(self) -> None:
        """Read to the end, calling `_hear`; sets `closed`."""

    async def command(self, kind: str, id: str | None = None, **fields: Any) -> Message:
        """Give a command and wait for its outcome: its `ack`, or its `error`."""
        id = id or self.new_id()
        seen = len(self.others)
        await self.send({"type": kind, "id": id, **fields})
        return await self.outcome(id, seen)

    async def outcome(self, id: str, seen: int = 0) -> Message:
        """The ack or the error of a command that was given, behind the first `seen` of `others`."""
        return await self.wait(
            lambda: next((each for each in self.others[seen:] if each.get("re") == id), None),
            f"the outcome of the command {id}",
        )

    async def acked(self, kind: str, id: str | None = None, **fields: Any) -> Message:
        """As `command`, which must be acknowledged."""
        reply = await self.command(kind, id, **fields)
        require(reply["type"] == "ack", f"{kind} was refused: {reply.get('code')}")
        return reply

    async def refused(self, code: str, kind: str, id: str | None = None, **fields: Any) -> Message:
        """As `command`, which must be refused with that code."""
        reply = await self.command(kind, id, **fields)
        require(
            reply["type"] == "error" and reply.get("code") == code,
            f"{kind} was to be refused with {code}, not answered {reply}",
        )
        return reply

    def new_id(self) -> str:
        """An id that this line hasn't used."""
        return f"c{id(self)}-{next(self._ids)}"

    async def event(self, kind: str, within_s: float = WITHIN_S, **fields: Any) -> Message:
        """The next event of that type with these fields, behind the last one that was asked for."""

        def found() -> Message | None:
            for index in range(self._taken, len(self.events)):
                event = self.events[index]
                if event["type"] == kind and all(
                    event.get(name) == value for name, value in fields.items()
                ):
                    self._taken = index + 1
                    return event
            return None

        return await self.wait(found, kind, within_s)

    async def end(self, within_s: float = WITHIN_S) -> int:
        """The close code with which the server ended the connection; 0 for a stream's end."""
        return await self.wait(lambda: self.closed, "the end of the connection", within_s)

    async def wait(self, found: Callable[[], T | None], what: str, within_s: float = WITHIN_S) -> T:
        """What `found` gives, once it does.

        Raises:
            Violation: it doesn't in time, or the connection ends first.
        """
        try:
            async with asyncio.timeout(within_s):
                while True:
                    self._changed.clear()
                    if self._failure is not None:
                        raise self._failure
                    value = found()
                    if value is not None:
                        return value
                    if self.closed is not None:
                        raise Violation(f"The connection ended ({self.closed}) before {what}.")
                    await self._changed.wait()
        except TimeoutError:
            raise Violation(f"Nothing came within {within_s:g} s: {what}.") from None

    def others_of(self, kind: str) -> list[Message]:
        """The messages about the connection of that type."""
        return [each for each in self.others if each["type"] == kind]

    async def _read_on(self) -> None:
        try:
            await self._read()
        except Violation as violation:
            self._failure = violation
        finally:
            self._changed.set()

    def _hear(self, message: Message) -> None:
        kind = message.get("type")
        require(isinstance(kind, str), f"A message has no type: {message}")
        if kind in UNNUMBERED:
            self.others.append(message)
        else:
            self._check(message)
            self.events.append(message)
        self._changed.set()

    def _check(self, event: Message) -> None:
        for name in ("epoch", "seq", "at"):
            value = event.get(name)
            right = isinstance(value, int) and not isinstance(value, bool)
            require(right, f"{event['type']} has no {name}.")
        last = self.position
        require(event["epoch"] == last["epoch"], "The epoch changed within a connection.")
        require(
            event["seq"] == last["seq"] + 1,
            f"After seq {last['seq']} came {event['seq']} ({event['type']}).",
        )


class SocketLine(Line):
    """A session over a WebSocket."""

    def __init__(self, socket: Socket) -> None:
        super().__init__()
        self.socket = socket

    async def send(self, message: Message) -> None:
        await self.socket.send(message)

    async def drop(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
        await self.socket.drop()

    async def _read(self) -> None:
        while True:
            message = await self.socket.receive()
            if isinstance(message, Closed):
                self.closed = message.code
                return
            self._hear(parsed(message))


class StreamLine(Line):
    """A session over an event stream, with its commands POSTed beside it.

    The outcome of a command joins `others`, as it would come over a WebSocket; a problem's is an
    `error` with the `re` of its command.
    """

    def __init__(
        self, stream: EventStream, client: httpx.AsyncClient, commands_url: str, token: str | None
    ) -> None:
        super().__init__()
        self.stream = stream
        self.blocks: list[Block] = []
        self._client = client
        self._commands_url = commands_url
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._posting: set[asyncio.Task[None]] = set()
        self._incoming = stream.blocks()

    async def opening(self) -> Message | None:
        """The first message; null if the stream ends without one."""
        async for block in self._incoming:
            self.blocks.append(block)
            message = block.message
            if message is not None:
                return message
        return None

    async def send(self, message: Message) -> None:
        task = asyncio.create_task(self._post(message))
        self._posting.add(task)
        task.add_done_callback(self._posting.discard)

    async def drop(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])
        await self.stream.drop()

    async def _post(self, message: Message) -> None:
        try:
            answer = await self._client.post(
                self._commands_url, json=message, headers=self._headers
            )
            reply = parsed(answer.text)
        except httpx.TransportError as error:
            self._failure = Violation(f"A POSTed command got no answer: {error!r}")
        except Violation as violation:
            self._failure = violation
        else:
            if answer.status_code != 200:
                reply = {**reply, "type": "error", "re": message.get("id")}
            self.others.append(reply)
        self._changed.set()

    async def _read(self) -> None:
        async for block in self._incoming:
            self.blocks.append(block)
            message = block.message
            if message is None:
                continue
            self._hear(message)
            if message["type"] not in UNNUMBERED:
                expected = f"{message['epoch']}:{message['seq']}"
                require(block.fields.get("id") == expected, f"An event's id line isn't {expected}.")
            require(block.fields.get("event") == message["type"], "An event's line isn't its type.")
        self.closed = 0


def parsed(message: str | bytes) -> Message:
    """A server's message.

    Raises:
        Violation: it is no JSON object.
    """
    if isinstance(message, bytes):
        raise Violation("The server sent a binary frame.")
    try:
        found = orjson.loads(message)
    except orjson.JSONDecodeError as error:
        raise Violation(f"The server sent what isn't JSON: {message[:80]!r}") from error
    require(isinstance(found, dict), f"The server sent what is no JSON object: {message[:80]!r}")
    return dict(found)
