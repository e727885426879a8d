"""The gateway on a real socket, behind the real uvicorn, with plain parts for storage and
interviewer.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from protocol.interview import Rules
from protocol.messages import Capabilities, Limits
from realtime.gateway.auth import Authenticator, LocalUser
from realtime.gateway.commands import Commands
from realtime.gateway.connections import Connections
from realtime.gateway.options import Options
from realtime.gateway.problems import HANDLERS
from realtime.gateway.requests import Intake
from realtime.gateway.sse import EventStreams
from realtime.gateway.tickets import TicketOffice, Tickets
from realtime.gateway.websocket import WebSocketGateway
from realtime.ports import Clock, Listener
from realtime.server import Config, Patience, Server, listen
from realtime.session.directory import Directory
from realtime.session.log import Log
from realtime.session.parts import Parts
from tests.realtime.fakes import ScriptedInterviewer, interview
from tests.realtime.memory import MemoryStorage

CAPABILITIES = Capabilities(False, "not built", ("en", "ko"), ("backend",), ("neutral",), ())
OPTIONS = Options(CAPABILITIES, Limits())


async def eventually(condition: Callable[[], bool]) -> None:
    """Let time pass until `condition` holds; fails if it doesn't within seconds."""
    for _ in range(3_000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the condition never held")


class GatewayHouse:
    """A listening gateway over two interviews, `iv` and `two`."""

    def __init__(
        self,
        host: str,
        options: Options,
        clock: Clock,
        who: Authenticator,
        listener: Listener | None = None,
    ) -> None:
        self.host = host
        self.store = MemoryStorage(interview(), interview("two"))
        self.tickets = tickets = Tickets(bytes(32), clock)
        parts = Parts(self.store, clock, listener, Rules(voice=listener is not None))
        self.directory = Directory(parts, ScriptedInterviewer())
        self.connections = Connections(clock, options)
        connections = self.connections
        sockets = WebSocketGateway(self.directory, who, tickets, clock, options, connections)
        self.app = Starlette(
            routes=[
                *sockets.routes(),
                *EventStreams(self.directory, who, tickets, clock, options, connections).routes(),
                *Commands(self.directory, who, tickets, clock, options).routes(),
                *TicketOffice(self.store, who, tickets, Intake()).routes(),
            ],
            exception_handlers=HANDLERS,
        )

    def url(self, name: str) -> str:
        return f"ws://{self.host}/v1/interviews/{name}/ws"

    async def connect(self, name: str = "iv") -> ClientConnection:
        return await connect(self.url(name), subprotocols=[Subprotocol("viva.v1")], max_size=None)

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=f"http://{self.host}", trust_env=False, timeout=30)

    def log(self, name: str) -> Log:
        """The log of an interview that is awake."""
        actor = self.directory.awake("local", name)
        assert actor is not None
        return actor.log

    async def empty(self) -> None:
        """Wait until no connection is left."""
        await self.connected(0)

    async def connected(self, count: int) -> None:
        """Wait until there are so many connections."""
        await eventually(lambda: len(self.connections) == count)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        options: Options,
        clock: Clock,
        who: Authenticator | None = None,
        listener: Listener | None = None,
    ) -> AsyncIterator["GatewayHouse"]:
        port = listen("127.0.0.1", 0)
        host = f"127.0.0.1:{port.getsockname()[1]}"
        house = cls(host, options, clock, who or LocalUser(), listener)
        config = Config(
            house.app,
            heartbeat_ms=20_000,
            max_frame_bytes=Limits().max_frame_bytes,
            patience=Patience(exit=1.0),
        )
        listening = asyncio.Event()
        server = Server(config, house.directory.drain, listening.set)
        serving = asyncio.create_task(server.serve([port]))
        await asyncio.wait_for(listening.wait(), 30)
        try:
            yield house
        finally:
            server.stop()
            await serving
