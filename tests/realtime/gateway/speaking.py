"""A candidate who answers by voice, over a real socket."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from tests.realtime.gateway.house import eventually
from tests.realtime.gateway.test_websocket import receive, send, until
from tests.realtime.hearing import PlainListener, frame, words_of

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

    from tests.realtime.gateway.house import GatewayHouse

AUDIO = Random(3).randbytes(12_800)
WORDS = words_of(AUDIO)
PIECE = 640


class Speaker:
    """A candidate whose question is open, and who hears what is said."""

    def __init__(self, house: GatewayHouse, listener: PlainListener) -> None:
        self.house = house
        self.listener = listener
        self.connection: ClientConnection
        self._ids = 0

    async def connect(self, resume: dict[str, int] | None = None) -> dict[str, Any]:
        """Open (again), and give what came back."""
        resuming = {} if resume is None else {"resume": resume}
        self.connection = await self.house.connect()
        await send(self.connection, {"type": "session.open", "id": "o1", **resuming})
        return await receive(self.connection)

    async def do(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Send a command, and give its ack or error; what comes before it is passed over."""
        self._ids += 1
        return await self.command({"type": kind, "id": f"s{self._ids}", **fields})

    async def command(self, message: dict[str, Any]) -> dict[str, Any]:
        """As `do`, under an id of one's own."""
        await send(self.connection, message)
        while True:
            answer = await receive(self.connection)
            if answer.get("re") == message["id"]:
                return answer

    async def start(self) -> dict[str, Any]:
        return await self.do("audio.start", turn=1, sample_rate=16_000)

    async def stop(self, count: int = len(AUDIO)) -> dict[str, Any]:
        return await self.do("audio.stop", turn=1, bytes=count)

    async def say(self, begin: int = 0, end: int = len(AUDIO)) -> None:
        """Send that audio, in pieces."""
        for offset in range(begin, end, PIECE):
            await self.connection.send(frame(offset, AUDIO[offset : min(end, offset + PIECE)]))

    async def received(self, count: int) -> None:
        """Wait until so much of it is there."""
        await eventually(lambda: self.listener.newest.received == count)

    async def answered(self) -> dict[str, Any]:
        return (await until(self.connection, "answer.accepted"))[-1]

    async def until_pong(self) -> list[dict[str, Any]]:
        """All that the server has said by now, about what was sent by now."""
        await send(self.connection, {"type": "ping"})
        return (await until(self.connection, "pong"))[:-1]


def codes(messages: list[dict[str, Any]]) -> list[str]:
    return [message["code"] for message in messages if message["type"] == "error"]


def told(messages: list[dict[str, Any]]) -> list[int]:
    return [message["received"] for message in messages if message["type"] == "audio.received"]
