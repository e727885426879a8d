"""The WebSocket gateway in plain ASGI: what no real peer brings about every time."""

import asyncio
import json
from typing import Any

import pytest
from starlette.types import Message, Scope

from protocol.close_codes import Close
from realtime.gateway.auth import LocalUser
from realtime.gateway.connections import Connections
from realtime.gateway.tickets import Tickets
from realtime.gateway.websocket import WebSocketGateway
from realtime.session.directory import Directory
from realtime.session.parts import Parts
from tests.realtime.fakes import FakeClock, MemoryStore, ScriptedInterviewer, interview, until
from tests.realtime.gateway.house import OPTIONS

pytestmark = pytest.mark.anyio

SCOPE: Scope = {
    "type": "websocket",
    "path": "/v1/interviews/iv/ws",
    "path_params": {"id": "iv"},
    "query_string": b"",
    "headers": [],
    "subprotocols": ["viva.v1"],
    "extensions": {},
}


class Peer:
    """One that opens a session. `said`: the types, and the close codes, that it was told."""

    def __init__(self) -> None:
        self.said: list[Any] = []
        self._messages = asyncio.Queue[Message]()
        self._messages.put_nowait({"type": "websocket.connect"})
        opening = {"type": "session.open", "id": "o1"}
        self._messages.put_nowait({"type": "websocket.receive", "text": json.dumps(opening)})

    async def receive(self) -> Message:
        return await self._messages.get()

    async def send(self, message: Message) -> None:
        match message["type"]:
            case "websocket.send":
                self.said.append(json.loads(message["text"])["type"])
            case "websocket.close":
                self.said.append(message["code"])

    def leave(self) -> None:
        self._messages.put_nowait({"type": "websocket.disconnect", "code": 1000})


async def test_the_first_that_is_said_is_the_opening_even_while_draining() -> None:
    """It waits for the one whose place it takes when the node begins to drain."""
    clock = FakeClock()
    parts = Parts(MemoryStore(interview()), clock)
    directory = Directory(parts, ScriptedInterviewer())
    connections = Connections(clock, OPTIONS)
    tickets = Tickets(bytes(32), clock)
    gateway = WebSocketGateway(directory, LocalUser(), tickets, clock, OPTIONS, connections)
    first, second = Peer(), Peer()
    serving = [asyncio.create_task(gateway(dict(SCOPE), first.receive, first.send))]
    await until(lambda: first.said == ["session.opened"])
    serving.append(asyncio.create_task(gateway(dict(SCOPE), second.receive, second.send)))
    await until(lambda: first.said[-1] == Close.TAKEN_OVER)
    connections.drain()
    await directory.drain()
    first.leave()
    await until(lambda: bool(second.said) and second.said[-1] == Close.DRAINING)
    second.leave()
    await asyncio.gather(*serving)
    assert second.said == ["session.opened", Close.DRAINING]
