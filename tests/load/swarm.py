"""Many clients in one process, each as cheap as can be, so that they don't get in the server's way:
`python -m tests.load.swarm HOST PORT`, told what to do by lines of JSON (`tests/load/crowd.py`).

WebSocket and event stream are spoken as far as this server's side of them is needed: RFC 6455
frames of any length and pings, RFC 9112 chunks, blocks of events. Frames are masked with zeros,
which leaves the text as it is.
"""

import asyncio
import gc
import struct
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from random import Random
from typing import Any

import orjson
import uvloop

from tests.load.beat import Beat
from tests.load.reading import Defects, Reading, Tally
from tests.load.stamps import Replies, StampedReading, StampTally

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
ANSWER = "Our order service timed out every evening, so I added tracing and an index. " * 4
AT_ONCE = 50
LOOKS_A_SECOND = 100

Order = dict[str, Any]


class Swarm:
    """All the clients, and what they have noticed.

    `answers`: whether candidates still answer the questions that they hear.
    """

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self.answers = True
        self.defects = Defects()
        self.tally = Tally()
        self.stamps = StampTally()
        self.beat = Beat(LOOKS_A_SECOND, Random(1))
        self._watch: asyncio.Task[None] | None = None
        self._clients: list[Client] = []
        self._raw: list[asyncio.BaseTransport] = []
        self._posts: set[asyncio.Task[None]] = set()

    async def obey(self, order: Order) -> Order:
        """Do as one line says, and tell what came of it."""
        match order["do"]:
            case "open":
                await self._open(order)
            case "stream":
                await self._stream(order)
            case "raw":
                await self._open_raw(order["port"], order["count"])
            case "reset":
                self.tally.reset()
                self.stamps.reset()
                self.beat.late_us.clear()
            case "stop_answering":
                self.answers = False
            case "close":
                self._close()
        return {
            "settled": sum(client.settled for client in self._clients),
            "streaming": sum(bool(client.reading.last) for client in self._clients),
        }

    def report(self) -> Order:
        last = {client.name: client.reading.last for client in self._clients}
        found = {"last": last, "defects": asdict(self.defects), **asdict(self.tally)}
        return {**found, "stamps": asdict(self.stamps), "woken_late_us": self.beat.late_us}

    async def _open(self, order: Order) -> None:
        kind = StreamClient if order["transport"] == "sse" else SocketClient
        for name in order["names"]:
            reading = Reading(name, order["counted"], self.defects, self.tally)
            await self._connect(kind(self, name, order["role"], reading))

    async def _stream(self, order: Order) -> None:
        if self._watch is None:
            self._watch = asyncio.create_task(self.beat.run([lambda: None], 0))
        kind = NaiveClient if order["naive"] else SocketClient
        replies = Replies(order["length"], order["rate"])
        for session, name in order["sessions"]:
            reading = StampedReading(name, session, replies, self.defects, self.stamps)
            await self._connect(kind(self, name, "candidate", reading))

    async def _connect(self, client: "Client") -> None:
        self._clients.append(client)
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: client, self.host, self.port)
        if len(self._clients) % AT_ONCE == 0:
            await asyncio.sleep(0.05)

    async def _open_raw(self, port: int, count: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(count):
            transport, _ = await loop.create_connection(asyncio.Protocol, self.host, port)
            self._raw.append(transport)

    def _close(self) -> None:
        for client in self._clients:
            client.leave()
        for transport in self._raw:
            transport.abort()  # type: ignore[attr-defined]
        self._clients.clear()
        self._raw.clear()

    def post(self, client: "Client", command: bytes) -> None:
        """Send a command beside an event stream."""
        task = asyncio.create_task(self._post(client, command))
        self._posts.add(task)
        task.add_done_callback(self._posts.discard)

    async def _post(self, client: "Client", command: bytes) -> None:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        head = client.head("POST", "commands", "Content-Type: application/json")
        writer.write(b"%sContent-Length: %d\r\n\r\n%s" % (head, len(command), command))
        status = await reader.readline()
        if b" 200 " not in status:
            client.reading.wrong(f"a command was answered {status.decode().strip()}")
        writer.close()


class Client(asyncio.Protocol):
    """One client of one interview: a candidate begins it, and answers the questions whose tokens
    are counted. `settled`: it has heard a question, and leaves it.
    """

    under = "/v1/interviews"

    def __init__(
        self, swarm: Swarm, name: str, role: str, reading: Reading | StampedReading
    ) -> None:
        self.name = name
        self.reading = reading
        self.settled = False
        self._swarm = swarm
        self._plays = role == "candidate"
        self._role = role
        self._leaving = False
        self._buffer = b""
        self._in_head = True
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._leaving:
            self.reading.open = False
            self.reading.wrong("the connection has ended")

    def data_received(self, data: bytes) -> None:
        at_us = time.monotonic_ns() // 1_000
        self._buffer += data
        if self._in_head:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            self._in_head = False
            self._buffer = rest
            self._begun(head)
        self._read(at_us)

    def leave(self) -> None:
        self._leaving = True
        self._transport.abort()

    def head(self, method: str, what: str, *lines: str) -> bytes:
        """Of a request, but for the empty line that ends it."""
        place = f"{self._swarm.host}:{self._swarm.port}"
        request = f"{method} {self.under}/{self.name}/{what} HTTP/1.1"
        return "".join(f"{line}\r\n" for line in (request, f"Host: {place}", *lines)).encode()

    def _ask(self) -> None:
        """Send the request."""
        raise NotImplementedError

    def _begun(self, head: bytes) -> None:
        """The response's head is there."""
        status = head.split(b"\r\n")[0].decode()
        if " 101 " not in status and " 200 " not in status:
            self.reading.wrong(status)

    def _read(self, at_us: int) -> None:
        """Take from the buffer what is whole."""
        raise NotImplementedError

    def _command(self, command: bytes) -> None:
        raise NotImplementedError

    def _take(self, frame: bytes, at_us: int) -> None:
        message = self.reading.take(frame, at_us)
        if self._plays:
            self._play(message)

    def _play(self, message: Mapping[str, Any]) -> None:
        """Do what a candidate does when this was said."""
        if message["type"] == "session.opened":
            self._command(b'{"type":"interview.start","id":"start"}')
        elif message["type"] == "question.completed":
            if not (self.reading.last and self._swarm.answers):
                self.settled = True
                return
            turn = message["turn"]
            answer = {"type": "answer.submit", "id": f"a{turn}", "turn": turn, "text": ANSWER}
            self._command(orjson.dumps(answer))


class SocketClient(Client):
    """Over a WebSocket."""

    def _ask(self) -> None:
        lines = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
        key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
        head = self.head("GET", "ws", *lines, key, "Sec-WebSocket-Protocol: viva.v1")
        self._transport.write(head + b"\r\n")

    def _begun(self, head: bytes) -> None:
        super()._begun(head)
        self._write(TEXT, b'{"type":"session.open","id":"o1","role":"%s"}' % self._role.encode())

    def _command(self, command: bytes) -> None:
        self._write(TEXT, command)

    def _write(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        length = struct.pack("!B", 128 | size) if size < 126 else struct.pack("!BH", 254, size)
        self._transport.write(bytes((128 | opcode,)) + length + bytes(4) + payload)

    def _read(self, at_us: int) -> None:
        data, place = self._buffer, 0
        while len(data) >= place + 2:
            size, start = data[place + 1], place + 2
            if size >= 126:
                wide = 2 if size == 126 else 8
                start += wide
                size = int.from_bytes(data[place + 2 : start], "big")
            if len(data) < start or len(data) < start + size:
                break
            self._frame(data[place] & 15, data[start : start + size], at_us)
            place = start + size
        self._buffer = data[place:]

    def _frame(self, opcode: int, payload: bytes, at_us: int) -> None:
        if opcode == TEXT:
            self._take(payload, at_us)
        elif opcode == PING:
            self._write(PONG, payload)
        elif opcode == CLOSE:
            self.reading.wrong(f"closed with {int.from_bytes(payload[:2], 'big')}")


class NaiveClient(SocketClient):
    """Of the server that `tests/load/naive.py` is."""

    under = "/interviews"

    def _begun(self, head: bytes) -> None:
        Client._begun(self, head)

    def _play(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "done" and self._swarm.answers:
            self._command(orjson.dumps({"text": ANSWER}))


class StreamClient(Client):
    """Over an event stream, and POSTed commands."""

    def __init__(
        self, swarm: Swarm, name: str, role: str, reading: Reading | StampedReading
    ) -> None:
        super().__init__(swarm, name, role, reading)
        self._events = b""

    def _ask(self) -> None:
        self._transport.write(self.head("GET", "events") + b"\r\n")

    def _command(self, command: bytes) -> None:
        self._swarm.post(self, command)

    def _read(self, at_us: int) -> None:
        while True:
            line, end, rest = self._buffer.partition(b"\r\n")
            size = int(line, 16) if end else 0
            if not end or len(rest) < size + 2:
                break
            self._events += rest[:size]
            self._buffer = rest[size + 2 :]
        *blocks, self._events = self._events.split(b"\n\n")
        for block in blocks:
            data = block.partition(b"data: ")[2]
            if data:
                self._take(data, at_us)


async def main(host: str, port: int) -> None:
    """Obey line by line, until there are no more."""
    gc.disable()  # It lives for minutes, and is not to be late for its own reasons.
    swarm = Swarm(host, port)
    loop = asyncio.get_running_loop()
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while line := await orders.readline():
        order = orjson.loads(line)
        came = swarm.report() if order["do"] == "report" else await swarm.obey(order)
        sys.stdout.buffer.write(orjson.dumps(came) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
