"""The whole application on a real socket, over whatever storage it is given.

Who asks is said by the token, which is the user's name; so tests that share a server keep to users
of their own.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from protocol.errors import ProtocolError
from realtime.app import Application, House, Storage, build, server_config
from realtime.clock import SystemClock
from realtime.document_parts import DocumentParts
from realtime.gateway.auth import Authenticator, Caller
from realtime.gateway.page import Page
from realtime.gateway.tickets import Tickets
from realtime.server import Patience, Server, listen
from realtime.settings import Settings
from realtime.voice_parts import VoiceParts
from storage.records import StorageUnavailable
from tests.realtime.fakes import ScriptedInterviewer
from tests.realtime.memory import MemoryProgress
from tests.realtime.papers import document_parts

_users = itertools.count(1)

ASSET = "assets/index-3fa9.js"
PAGE = Page({"index.html": b"<!doctype html>\n", ASSET: b"export {}\n", "icon.svg": b"<svg/>"})


class NamedByToken:
    """Whoever brings a token is the user of that name."""

    async def caller(self, token: str | None) -> Caller:
        if not token:
            raise ProtocolError("unauthenticated", "Sign in.")
        return Caller(token, token)


async def answers() -> None:
    """Storage that answers."""


async def doesnt_answer() -> None:
    raise StorageUnavailable("nobody there")


def house(
    storage: Storage,
    *,
    interviewer: ScriptedInterviewer | None = None,
    ping: Callable[[], Awaitable[None]] = answers,
    page: Page = PAGE,
    who: Authenticator | None = None,
    documents: DocumentParts | None = None,
) -> House:
    """Plain parts around `storage`."""
    clock = SystemClock()
    return House(
        storage=storage,
        progress=MemoryProgress(),
        documents=documents or document_parts(),
        voice=VoiceParts("Nobody hears in this test."),
        ping=ping,
        interviewer=interviewer or ScriptedInterviewer(),
        clock=clock,
        authenticator=who or NamedByToken(),
        tickets=Tickets(bytes(32), clock),
        page=page,
    )


@dataclass(frozen=True)
class Running:
    """A server that is listening on `url`."""

    url: str
    application: Application
    server: Server

    def client(self, user: str | None = None) -> httpx.AsyncClient:
        """A client that asks as `user`, or as a new one."""
        user = new_user() if user is None else user
        return httpx.AsyncClient(
            base_url=self.url,
            headers={"Authorization": f"Bearer {user}"},
            trust_env=False,
            timeout=30,
        )

    async def open(self, user: str, interview: str) -> "Conversation":
        """That user's interview over a WebSocket, opened."""
        conversation = await self.connect(interview)
        await conversation.send(type="session.open", id="o", token=user)
        await conversation.until("session.opened")
        return conversation

    async def connect(self, interview: str) -> "Conversation":
        """A WebSocket to that interview, on which nothing was said yet."""
        url = f"{self.url.replace('http', 'ws')}/v1/interviews/{interview}/ws"
        return Conversation(await connect(url, subprotocols=[Subprotocol("viva.v1")], proxy=None))


class Conversation:
    """What is said over a WebSocket."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, **message: Any) -> None:
        await self.connection.send(json.dumps(message))

    async def until(self, kind: str) -> dict[str, Any]:
        """The next message of that type."""
        async with asyncio.timeout(30):
            while True:
                message: dict[str, Any] = json.loads(await self.connection.recv())
                if message["type"] == kind:
                    return message

    async def close_code(self) -> int | None:
        """How the server ended it."""
        async with asyncio.timeout(30):
            with suppress(ConnectionClosed):
                while True:
                    await self.connection.recv()
        return self.connection.close_code


def new_user() -> str:
    return f"user-{next(_users)}"


@asynccontextmanager
async def serving(
    parts: House, settings: Settings | None = None, patience: Patience | None = None
) -> AsyncIterator[Running]:
    """An application of these parts and settings, until the block ends."""
    settings = settings or Settings()
    application = build(settings, parts)
    listener = listen("127.0.0.1", 0)
    config = server_config(settings, application, patience or Patience(exit=1.0))
    listening = asyncio.Event()
    server = Server(config, application.drain, listening.set)
    task = asyncio.create_task(server.serve([listener]))
    async with asyncio.timeout(30):
        await listening.wait()
    try:
        yield Running(f"http://127.0.0.1:{listener.getsockname()[1]}", application, server)
    finally:
        server.stop()
        await task
