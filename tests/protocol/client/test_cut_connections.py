"""Connections that are cut as soon as they are made: no defect of anybody's, whatever the libraries
make of it.
"""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from websockets.utils import accept_key

from protocol.client.connection import Connections, Surroundings, UnreachedError
from protocol.client.data import Post
from protocol.client.line import CUT
from protocol.commands import SessionOpen
from tests.protocol.client.scripted import AT_ONCE, WITHIN_S

pytestmark = pytest.mark.anyio

OPENING = SessionOpen("o", token="secret")
# The first byte of a whole frame (RFC 6455 5.2).
TEXT, CLOSE = b"\x81", b"\x88"
WAYS: dict[str, Callable[[Connections], Awaitable[Any]]] = {
    "talk": lambda each: each.talk(OPENING, asyncio.Queue(), print),
    "follow": lambda each: each.follow(OPENING, print),
    "post": lambda each: each.post(Post("a", b"{}", "secret")),
}


@pytest.mark.parametrize("way", WAYS)
async def test_a_connection_that_is_cut_as_soon_as_it_is_made_is_none(way: str) -> None:
    """What the libraries make of it depends on how far they have come."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        cutting = asyncio.create_task(asyncio.to_thread(cut_all, listener))
        connections = Connections(f"{url}/v1/interviews/i1", AT_ONCE)
        try:
            async with asyncio.timeout(WITHIN_S):
                for _ in range(200):
                    with pytest.raises(UnreachedError):
                        await WAYS[way](connections)
        finally:
            await connections.close()
            listener.shutdown(socket.SHUT_RDWR)
            await cutting


def cut_all(listener: socket.socket) -> None:
    """Reset what connects, until nobody can any more."""
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection:
                at_once = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)


async def upgrade(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    key = next(line[19:] for line in head.split("\r\n") if line.startswith("Sec-WebSocket-Key"))
    writer.write(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Protocol: viva.v1\r\n"
        b"Sec-WebSocket-Accept: %b\r\n\r\n" % accept_key(key).encode()
    )


async def test_a_websocket_that_ends_before_the_opening_was_sent_has_ended() -> None:
    async def end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await upgrade(reader, writer)
        writer.close()

    async with await asyncio.start_server(end, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        connections = Connections(f"http://127.0.0.1:{port}/v1/interviews/i1", AT_ONCE)
        async with asyncio.timeout(WITHIN_S):
            for _ in range(20):
                assert await connections.talk(OPENING, asyncio.Queue(), print) == CUT


async def test_no_socket_is_left_behind_where_the_closing_is_given_up() -> None:
    """As when a client is left while an earlier connection of it still closes."""
    heard = asyncio.Queue[bytes]()

    async def never_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await upgrade(reader, writer)
        with suppress(OSError):
            while received := await reader.read(1_000):
                heard.put_nowait(received[:1])
        heard.put_nowait(b"")
        writer.close()

    server = await asyncio.start_server(never_close, "127.0.0.1", 0)
    try:
        port = next(iter(server.sockets)).getsockname()[1]
        patient = Surroundings(proxy=False, close_within_s=10 * WITHIN_S)
        connections = Connections(f"http://127.0.0.1:{port}/v1/interviews/i1", patient)
        talking = asyncio.create_task(connections.talk(OPENING, asyncio.Queue(), print))
        async with asyncio.timeout(WITHIN_S):
            assert await heard.get() == TEXT
            talking.cancel()
            assert await heard.get() == CLOSE
            talking.cancel()
            assert await heard.get() == b""
    finally:
        server.close()  # and not waited for: a test that fails is to end
