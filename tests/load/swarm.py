"""Many clients that open a session and read:
`python -m tests.load.swarm URL COUNT each|one socket|stream`.
"""

import asyncio
import sys
from urllib.parse import urlsplit

import uvloop
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol


async def stream(url: str) -> None:
    """A client over an event stream, until the server ends it."""
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(f"GET {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode())
    while await reader.read(65_536):
        pass
    writer.close()


async def client(url: str) -> None:
    """One client over a WebSocket, until the server closes."""
    async with connect(
        url, subprotocols=[Subprotocol("viva.v1")], compression=None, ping_interval=None
    ) as connection:
        await connection.send('{"type":"session.open","id":"o1","role":"observer"}')
        try:
            while True:
                await connection.recv()
        except ConnectionClosed:
            pass


async def swarm(url: str, count: int, one: bool, streams: bool) -> None:
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            place = f"{url}/iv0" if one else f"{url}/iv{number}"
            group.create_task(stream(f"{place}/events") if streams else client(f"{place}/ws"))
            if number % 50 == 49:
                await asyncio.sleep(0.05)


if __name__ == "__main__":
    uvloop.run(swarm(sys.argv[1], int(sys.argv[2]), sys.argv[3] == "one", sys.argv[4] == "stream"))
