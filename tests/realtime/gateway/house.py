"""The gateway on a real socket, behind the real uvicorn, with plain parts for storage and
interviewer.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from protocol.messages import Capabilities, Limits
from realtime.clock import SystemClock
from realtime.gateway.auth import LocalUser
from realtime.gateway.options import Options
from realtime.gateway.websocket import WebSocketGateway
from realtime.server import Config, Patience, Server, listen
from realtime.session.actor import Parts
from realtime.session.directory import Directory
from realtime.session.log import Log
from tests.realtime.fakes import MemoryStore, ScriptedInterviewer, interview

CAPABILITIES = Capabilities(False, "not built", ("en", "ko"), ("backend",), ("neutral",), ())
OPTIONS = Options(CAPABILITIES, Limits())


class GatewayHouse:
    """A listening gateway over one interview, `iv`."""

    def __init__(self, host: str, options: Options) -> None:
        self.host = host
        clock = SystemClock()
        self.store = MemoryStore(interview())
        self.directory = Directory(Parts(self.store, clock, voice=False), ScriptedInterviewer())
        self.gateway = WebSocketGateway(self.directory, LocalUser(), clock, options)
        self.app = Starlette(routes=[WebSocketRoute("/v1/interviews/{id}/ws", self.gateway)])

    def url(self, name: str) -> str:
        return f"ws://{self.host}/v1/interviews/{name}/ws"

    async def connect(self, name: str = "iv") -> ClientConnection:
        return await connect(self.url(name), subprotocols=[Subprotocol("viva.v1")], max_size=None)

    def log(self, name: str) -> Log:
        """The log of an interview that is awake."""
        actor = self.directory.awake("local", name)
        assert actor is not None
        return actor.log

    async def empty(self) -> None:
        """Wait until no connection is left."""
        for _ in range(500):
            if not len(self.gateway):
                return
            await asyncio.sleep(0.01)
        raise AssertionError("connections are left")

    @classmethod
    @asynccontextmanager
    async def open(cls, options: Options) -> AsyncIterator["GatewayHouse"]:
        listener = listen("127.0.0.1", 0)
        house = cls(f"127.0.0.1:{listener.getsockname()[1]}", options)
        config = Config(
            house.app,
            heartbeat_ms=20_000,
            max_frame_bytes=Limits().max_frame_bytes,
            patience=Patience(exit=1.0),
        )
        listening = asyncio.Event()
        server = Server(config, house.directory.drain, listening.set)
        serving = asyncio.create_task(server.serve([listener]))
        await asyncio.wait_for(listening.wait(), 5)
        try:
            yield house
        finally:
            server.stop()
            await serving
