"""The event stream's bounds: readers that are slow, or silent."""

import asyncio
import socket
from dataclasses import replace
from typing import Any

import pytest
from starlette.types import Message, Scope

from protocol.events import Notice
from realtime.gateway.auth import LocalUser
from realtime.gateway.connections import Connections
from realtime.gateway.sse import EventStreams
from realtime.gateway.tickets import Tickets
from realtime.session.directory import Directory
from realtime.session.parts import Parts
from tests.realtime.fakes import FakeClock, MemoryStore, ScriptedInterviewer, interview, until
from tests.realtime.gateway.house import OPTIONS, GatewayHouse
from tests.realtime.gateway.streams import events

pytestmark = pytest.mark.anyio

# --- slow readers -------------------------------------------------------------------------------


async def test_one_that_falls_off_the_log_begins_anew(build: Any) -> None:
    house = await build()
    async with house.client() as client, events(client, "iv") as stream:
        await stream.block()
        for _ in range(400):
            house.log("iv").append(Notice("a", "b"), 1)
        assert await stream.rest() == []
        async with events(client, "iv", "1:0") as again:
            assert (await again.block()).id == "1:400"


async def test_a_peer_that_takes_nothing_is_cut_and_its_neighbours_are_not(build: Any) -> None:
    house = await build(replace(OPTIONS, stalled_after_s=1.0))
    async with house.client() as client, events(client, "iv") as neighbour:
        await neighbour.block()
        stalled = await stalled_peer(house)
        taken = 0
        async with asyncio.timeout(20):
            while len(house.connections) == 2:
                house.log("iv").append(Notice("flood", "x" * 60_000), 1)
                assert (await neighbour.block()).event == "notice"
                taken += 1
                await asyncio.sleep(0.005)
        assert taken > 0
        house.log("iv").append(Notice("after", "the flood"), 1)
        assert (await neighbour.block()).json["code"] == "after"
        stalled.close()


async def stalled_peer(house: GatewayHouse) -> socket.socket:
    """A client that opens, and reads nothing but the beginning."""
    loop = asyncio.get_running_loop()
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    peer.setblocking(False)
    host, _, port = house.host.partition(":")
    await loop.sock_connect(peer, (host, int(port)))
    await loop.sock_sendall(peer, b"GET /v1/interviews/iv/events HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (await loop.sock_recv(peer, 64)).startswith(b"HTTP/1.1 200 ")
    await house.connected(2)
    return peer


# --- signs of life ------------------------------------------------------------------------------


class Peer:
    """The other end of an ASGI application; time passes when it is told to."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.written = b""
        store = MemoryStore(interview())
        directory = Directory(Parts(store, self.clock), ScriptedInterviewer())
        connections = Connections(self.clock, OPTIONS)
        tickets = Tickets(bytes(32), self.clock)
        self._app = EventStreams(directory, LocalUser(), tickets, self.clock, OPTIONS, connections)
        self._left = asyncio.Event()

    async def stay(self) -> None:
        """Open a stream, and stay until `leave`."""
        scope: Scope = {
            "type": "http",
            "method": "GET",
            "path": "/",
            "path_params": {"id": "iv"},
            "query_string": b"",
            "headers": [],
            "client": ("127.0.0.1", 1),
        }
        await self._app(scope, self._receive, self._send)

    def leave(self) -> None:
        self._left.set()

    async def has(self, written: bytes) -> None:
        """Wait until that was written, and nothing else."""
        await until(lambda: self.written == written)

    async def _receive(self) -> Message:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        self.written += message.get("body", b"")


async def test_a_comment_comes_every_15_seconds() -> None:
    peer = Peer()
    staying = asyncio.create_task(peer.stay())
    await until(lambda: peer.written.endswith(b"\n\n"))
    beginning = peer.written
    for comments in range(3):
        peer.clock.advance(14)
        await asyncio.sleep(0)
        await peer.has(beginning + b":\n\n" * comments)
        peer.clock.advance(1)
        await peer.has(beginning + b":\n\n" * (comments + 1))
    peer.leave()
    await staying
    peer.clock.advance(1)
    assert peer.clock.alarms == 1, "the interview's sleep is all that is left to wait for"
