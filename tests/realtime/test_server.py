"""The server under the application: how connections end, and how the server does.

The applications here are a few lines each, so that what is seen is the server's own doing.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send
from websockets.client import ClientProtocol
from websockets.frames import Opcode
from websockets.uri import parse_uri

from realtime.server import MAX_HEAD_BYTES, TRANSPORT, Config, Patience, Server, listen

pytestmark = pytest.mark.anyio

MAX_FRAME_BYTES = 65_536
FLOOD = b" " * 1_000_000


@dataclass(frozen=True)
class Serving:
    server: Server
    task: asyncio.Task[None]
    port: int

    async def gone(self) -> None:
        """Wait until no connection is left."""
        for _ in range(1_000):
            if not self.server.server_state.connections:
                return
            await asyncio.sleep(0.01)
        raise AssertionError("connections are left")


async def at_once() -> None:
    """A drain that has nothing to do."""


@asynccontextmanager
async def serving(
    app: ASGIApp,
    *,
    patience: Patience | None = None,
    drain: Callable[[], Awaitable[None]] = at_once,
    heartbeat_ms: int = 20_000,
) -> AsyncIterator[Serving]:
    config = Config(
        app,
        heartbeat_ms=heartbeat_ms,
        max_frame_bytes=MAX_FRAME_BYTES,
        patience=patience or Patience(exit=0.2),
    )
    listener = listen("127.0.0.1", 0)
    listening = asyncio.Event()
    server = Server(config, drain, listening.set)
    task = asyncio.create_task(server.serve([listener]))
    async with asyncio.timeout(10):
        await listening.wait()
    try:
        yield Serving(server, task, listener.getsockname()[1])
    finally:
        server.stop()
        await task


class Peer:
    """A WebSocket client that does nothing by itself: it answers no ping and no close."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.protocol = ClientProtocol(parse_uri("ws://127.0.0.1/"), max_size=None)
        self._reader = reader
        self._writer = writer

    @classmethod
    @asynccontextmanager
    async def connected(cls, port: int) -> AsyncIterator["Peer"]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        peer = cls(reader, writer)
        try:
            peer.protocol.send_request(peer.protocol.connect())
            await peer.flush()
            await peer.receive()
            assert peer.protocol.handshake_exc is None
            yield peer
        finally:
            writer.transport.abort()

    async def flush(self) -> None:
        self._writer.write(b"".join(self.protocol.data_to_send()))
        await self._writer.drain()

    async def receive(self) -> bool:
        """Take what comes next; false: that was the end."""
        async with asyncio.timeout(10):
            data = await self._reader.read(65_536)
        if data:
            self.protocol.receive_data(data)
        else:
            self.protocol.receive_eof()
        return bool(data)

    async def close_code(self) -> int | None:
        """What the server closes with."""
        while await self.receive():
            pass
        return self.protocol.close_rcvd.code if self.protocol.close_rcvd else None

    def stop_reading(self) -> None:
        self._writer.transport.pause_reading()  # type: ignore[attr-defined]  # it reads, too


async def accept(scope: Scope, receive: Receive, send: Send) -> None:
    """Takes a WebSocket, and what comes, until its end."""
    await receive()
    await send({"type": "websocket.accept"})
    while (await receive())["type"] != "websocket.disconnect":
        pass


async def flood(scope: Scope, receive: Receive, send: Send) -> None:
    """Sends more than a connection holds, over either protocol, for ever."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while True:
            await send({"type": "websocket.send", "bytes": FLOOD})
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True:
        await send({"type": "http.response.body", "body": FLOOD, "more_body": True})


# --- a WebSocket's life ------------------------------------------------------------------------


async def test_no_message_is_compressed() -> None:
    async with serving(accept) as running, Peer.connected(running.port) as peer:
        assert peer.protocol.extensions == []


async def test_the_application_is_given_the_transport() -> None:
    async def cut(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        transport: asyncio.Transport = scope["extensions"][TRANSPORT]
        transport.abort()
        assert (await receive())["type"] == "websocket.disconnect"

    async with serving(cut) as running, Peer.connected(running.port) as peer:
        assert await peer.close_code() is None


async def test_without_a_sign_of_life_it_is_closed_with_4103() -> None:
    async with (
        serving(accept, heartbeat_ms=100) as running,
        Peer.connected(running.port) as peer,
    ):
        assert await peer.close_code() == 4103


async def test_whatever_comes_is_a_sign_of_life() -> None:
    async with (
        serving(accept, heartbeat_ms=2_000) as running,
        Peer.connected(running.port) as peer,
    ):
        pings = 0
        while pings < 3:
            assert await peer.receive(), "closed, though it spoke after each ping"
            for event in peer.protocol.events_received():
                pings += getattr(event, "opcode", None) is Opcode.PING
                peer.protocol.data_to_send()  # the pong, which is lost
                peer.protocol.send_text(b"here")
                await peer.flush()


async def test_a_silent_peer_that_takes_nothing_is_cut() -> None:
    """Closing alone would wait for its buffer for ever."""
    async with (
        serving(flood, heartbeat_ms=100, patience=Patience(close=0.1)) as running,
        Peer.connected(running.port) as peer,
    ):
        peer.stop_reading()
        await running.gone()


async def test_a_frame_over_the_limit_is_refused_so_that_the_peer_learns_it() -> None:
    """Also a peer that is still sending: closing with that unread would reset the connection."""
    async with serving(accept) as running, Peer.connected(running.port) as peer:
        for _ in range(20):
            peer.protocol.send_binary(FLOOD)
        sending = asyncio.create_task(peer.flush())
        assert await peer.close_code() == 1009
        await sending


async def test_a_frame_of_the_limit_is_taken() -> None:
    got: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def measure(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        got.set_result(len((await receive())["bytes"]))

    async with serving(measure) as running, Peer.connected(running.port) as peer:
        peer.protocol.send_binary(bytes(MAX_FRAME_BYTES))
        await peer.flush()
        assert await asyncio.wait_for(got, 10) == MAX_FRAME_BYTES


async def test_what_is_not_acknowledged_in_time_is_cut() -> None:
    """By the system; here it is only seen that it was asked to."""

    async def tell(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        accepted = scope["extensions"][TRANSPORT].get_extra_info("socket")
        patience = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
        delay = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        await send({"type": "websocket.close", "code": 4000, "reason": f"{patience} {delay}"})

    async with serving(tell) as running, Peer.connected(running.port) as peer:
        while peer.protocol.close_rcvd is None:
            await peer.receive()
        assert peer.protocol.close_rcvd.reason == "30000 1"


# --- HTTP's bounds -----------------------------------------------------------------------------


async def test_a_connection_that_asks_for_nothing_is_closed() -> None:
    async with serving(accept, patience=Patience(head=0.05, exit=0.2)) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        async with asyncio.timeout(10):
            assert await reader.read() == b""
        writer.close()


@pytest.mark.parametrize("head", [b"X: y\r\n", b"X"])
async def test_the_head_of_a_request_has_a_bound(head: bytes) -> None:
    async with serving(accept) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nY: ")
        for _ in range(2):
            writer.write(head * (MAX_HEAD_BYTES // len(head)))
            await writer.drain()
        async with asyncio.timeout(10):
            assert (await reader.readline()).startswith(b"HTTP/1.1 400 ")
        writer.transport.abort()


async def test_a_body_is_no_head() -> None:
    async def count(scope: Scope, receive: Receive, send: Send) -> None:
        size, more = 0, True
        while more:
            message = await receive()
            size, more = size + len(message["body"]), message["more_body"]
        length = (b"content-length", b"%d" % len(str(size)))
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": str(size).encode()})

    async with serving(count) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        for _ in range(2):  # over one connection, the second head right behind the first body
            writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + FLOOD)
            async with asyncio.timeout(10):
                assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
                assert await reader.readexactly(7) == b"1000000"
        writer.close()


# --- the end -----------------------------------------------------------------------------------


async def test_it_drains_before_anything_is_closed() -> None:
    drains: list[int] = []
    drained = asyncio.Event()

    async def drain() -> None:
        drains.append(len(running.server.server_state.connections))
        await drained.wait()

    async with serving(accept, drain=drain) as running, Peer.connected(running.port) as peer:
        running.server.stop()
        running.server.stop()
        async with Peer.connected(running.port):
            pass  # it still answers, if only to say that it drains
        assert not running.task.done()
        drained.set()
        assert await peer.close_code() == 1012
    assert drains == [1]


async def test_a_drain_that_hangs_is_given_up() -> None:
    async def hang() -> None:
        await asyncio.Event().wait()

    async with serving(accept, drain=hang, patience=Patience(drain=0.05, exit=0.2)) as running:
        running.server.stop()
        await asyncio.wait_for(running.task, 10)


async def test_a_drain_that_fails_ends_all_the_same() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    async with serving(accept, drain=fail) as running:
        running.server.stop()
        await asyncio.wait_for(running.task, 10)


@pytest.mark.parametrize("protocol", ["http", "websocket"])
async def test_a_peer_that_takes_nothing_does_not_hold_up_the_end(protocol: str) -> None:
    async with serving(flood) as running:
        if protocol == "websocket":
            async with Peer.connected(running.port) as peer:
                peer.stop_reading()
                running.server.stop()
                await asyncio.wait_for(running.task, 10)
                assert not running.server.server_state.connections
        else:
            reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await reader.readline()
            running.server.stop()
            await asyncio.wait_for(running.task, 10)
            assert not running.server.server_state.connections
            writer.transport.abort()


def test_an_address_that_is_taken_is_refused() -> None:
    with listen("127.0.0.1", 0) as first:
        first.listen()
        with pytest.raises(OSError, match="in use"):
            listen("127.0.0.1", first.getsockname()[1])


def test_it_listens_over_either_family() -> None:
    with listen("::1", 0) as listener:
        assert listener.family is socket.AF_INET6
