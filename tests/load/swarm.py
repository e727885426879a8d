"""Many clients that open a session and read: `python -m tests.load.swarm URL COUNT each|one`."""

import asyncio
import sys

import uvloop
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol


async def client(url: str) -> None:
    """One client, until the server closes."""
    async with connect(
        url, subprotocols=[Subprotocol("viva.v1")], compression=None, ping_interval=None
    ) as connection:
        await connection.send('{"type":"session.open","id":"o1","role":"observer"}')
        try:
            while True:
                await connection.recv()
        except ConnectionClosed:
            pass


async def swarm(url: str, count: int, one: bool) -> None:
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            name = "iv0" if one else f"iv{number}"
            group.create_task(client(f"{url}/{name}/ws"))
            if number % 50 == 49:
                await asyncio.sleep(0.05)


if __name__ == "__main__":
    uvloop.run(swarm(sys.argv[1], int(sys.argv[2]), sys.argv[3] == "one"))
