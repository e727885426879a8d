"""A candidate's socket by hand, for what the reference client doesn't do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

WITHIN_S = 30.0

Message = dict[str, Any]


class Socket:
    """An open session. `opened`: what the server said first, and `all`: what it said after that;
    `gaps`: where it told that audio is missing, each time.
    """

    def __init__(self, connection: ClientConnection, opened: Message) -> None:
        self.opened = opened
        self.all: list[Message] = []
        self.gaps: list[int] = []
        self._connection = connection
        self._news = asyncio.Event()

    async def read(self) -> None:
        """Read until the connection's end."""
        try:
            async for frame in self._connection:
                message: Message = orjson.loads(frame)
                if message["type"] == "error" and message["code"] == "audio_gap":
                    self.gaps.append(message["details"]["received"])
                self.all.append(message)
                self._news.set()
        except ConnectionClosed:
            pass

    async def send(self, kind: str, command_id: str, **fields: object) -> Message:
        """Send a command, and wait for its ack."""
        await self._connection.send(
            orjson.dumps({"type": kind, "id": command_id, **fields}).decode()
        )
        answer = await self.told("ack", "error", re=command_id)
        if answer["type"] == "error":
            raise AssertionError(f"{kind} was answered {answer}")
        return answer

    async def speak(self, offset: int, chunk: bytes) -> None:
        """Send a frame of audio."""
        await self._connection.send(offset.to_bytes(8, "big") + chunk)

    async def ended(self) -> int | None:
        """Wait for the connection's end; the code with which the server closed it."""
        async with asyncio.timeout(WITHIN_S):
            await self._connection.wait_closed()
        return self._connection.close_code

    async def settle(self, nonce: str) -> None:
        """Wait until all that was sent is taken: what comes in is looked at in its order."""
        await self._connection.send(orjson.dumps({"type": "ping", "nonce": nonce}).decode())
        await self.told("pong", nonce=nonce)

    async def told(
        self, *kinds: str, after: int = 0, within_s: float = WITHIN_S, **fields: object
    ) -> Message:
        """Wait for a message of one of these kinds, with these fields, of those after so many."""
        async with asyncio.timeout(within_s):
            while True:
                for message in self.all[after:]:
                    if message["type"] in kinds and fields.items() <= message.items():
                        return message
                    after += 1
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def by_hand(url: str, interview_id: str) -> AsyncIterator[Socket]:
    """A session of an interview's candidate who knows nothing of it."""
    address = f"{url.replace('http', 'ws', 1)}/v1/interviews/{interview_id}/ws"
    async with connect(
        address, subprotocols=[Subprotocol("viva.v1")], compression=None, proxy=None
    ) as connection:
        await connection.send(b'{"type":"session.open","id":"open"}'.decode())
        socket = Socket(connection, orjson.loads(await connection.recv()))
        reading = asyncio.create_task(socket.read())
        try:
            yield socket
        finally:
            reading.cancel()
            await asyncio.wait([reading])
