"""An HTTP connection under the application: that none can be held for ever by a peer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.types import Receive, Scope, Send

from realtime.server import TRANSPORT, Patience
from tests.realtime.gateway.house import eventually
from tests.realtime.test_server import FLOOD, Serving, serving

pytestmark = pytest.mark.anyio

QUICK = Patience(head=2.0, close=0.3, exit=0.2)


@asynccontextmanager
async def connected(running: Serving) -> AsyncIterator["Peer"]:
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    peer = Peer(reader, writer)
    try:
        yield peer
    finally:
        peer.stop()
        writer.transport.abort()


class Peer:
    """A client that sends what it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._trickling: asyncio.Task[None] | None = None

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    def trickle(self, data: bytes) -> None:
        """Send `data` again and again, in small bits, until `stop`."""
        self._trickling = asyncio.create_task(self._trickle(data))

    async def _trickle(self, data: bytes) -> None:
        while True:
            self.writer.write(data)
            await asyncio.sleep(0.02)

    def stop(self) -> None:
        if self._trickling is not None:
            self._trickling.cancel()

    async def head(self) -> bytes:
        """The head of the next response."""
        async with asyncio.timeout(10):
            return await self.reader.readuntil(b"\r\n\r\n")

    async def ended(self) -> None:
        """Wait until the server has ended the connection."""
        async with asyncio.timeout(10):
            try:
                while await self.reader.read(65_536):
                    pass
            except ConnectionResetError:
                pass


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers at once, whatever the body."""
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def listen_for_the_end(scope: Scope, receive: Receive, send: Send) -> None:
    """Begins a stream, and stays until the peer leaves."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while (await receive())["type"] != "http.disconnect":
        pass


# --- heads --------------------------------------------------------------------------------------


async def test_a_head_that_trickles_is_cut() -> None:
    async with serving(answer, patience=QUICK) as running, connected(running) as peer:
        peer.send(b"GET / HTTP/1.1\r\nHost: x\r\nX: ")
        peer.trickle(b"y")
        await peer.ended()
        await running.gone()


async def test_a_second_head_that_trickles_is_cut_too() -> None:
    async with serving(answer, patience=QUICK) as running, connected(running) as peer:
        peer.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await peer.head()).startswith(b"HTTP/1.1 204 ")
        peer.trickle(b"\r\n")  # Empty lines may stand before a request (RFC 9112 2.2).
        await peer.ended()
        await running.gone()


async def test_a_response_that_takes_its_time_is_not_cut() -> None:
    async with serving(listen_for_the_end, patience=QUICK) as running:
        async with connected(running) as peer:
            peer.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await peer.head()
            peer.send(b"GET / HT")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(QUICK.head * 2):
                    await peer.reader.read(1)
        await running.gone()


# --- bodies -------------------------------------------------------------------------------------


async def test_a_body_that_goes_on_after_its_answer_is_cut() -> None:
    async with serving(answer, patience=QUICK) as running, connected(running) as peer:
        peer.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
        peer.trickle(b"y")
        assert (await peer.head()).startswith(b"HTTP/1.1 204 ")
        await peer.ended()
        await running.gone()


async def test_one_that_ends_soon_enough_is_dropped_and_the_next_request_answered() -> None:
    async with serving(answer) as running, connected(running) as peer:
        for _ in range(2):
            peer.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
            assert (await peer.head()).startswith(b"HTTP/1.1 204 ")
            peer.send(FLOOD)
        peer.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await peer.head()).startswith(b"HTTP/1.1 204 ")


# --- streams ------------------------------------------------------------------------------------


async def test_the_application_is_given_the_transport() -> None:
    async def cut(scope: Scope, receive: Receive, send: Send) -> None:
        transport: asyncio.Transport = scope["extensions"][TRANSPORT]
        transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass

    async with serving(cut) as running, connected(running) as peer:
        peer.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await peer.ended()
        await running.gone()


async def test_a_stream_learns_that_its_peer_left_whatever_waits_behind_it() -> None:
    async with serving(listen_for_the_end) as running:
        async with connected(running) as peer:
            peer.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
            await peer.head()
        await eventually(lambda: not running.server.server_state.tasks)
