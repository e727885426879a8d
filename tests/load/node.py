"""A node to measure: the real gateway, directory, actors and logs, over parts that cost next to
nothing.

Storage forgets, and the interviewer says what the measurement tells it to.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from starlette.routing import Router

from protocol.draft import State
from protocol.effects import Delta, Ended, Output, QuestionBegan, Work
from protocol.messages import Capabilities, Limits
from protocol.view import Config as InterviewConfig
from protocol.view import Interview, View
from realtime.clock import SystemClock
from realtime.gateway.auth import LOCAL_USER, LocalUser
from realtime.gateway.connections import Connections
from realtime.gateway.options import Options
from realtime.gateway.sse import EventStreams
from realtime.gateway.tickets import Tickets
from realtime.gateway.websocket import WebSocketGateway
from realtime.ports import Commit, Woken
from realtime.server import Config, Patience, Server, listen
from realtime.session.actor import Actor
from realtime.session.directory import Directory
from realtime.session.parts import Parts
from tests.load.crowd import crowd

QUESTION = "Tell me about a time when you had to change a design that others relied on."


class Forgetful:
    """A store that makes any interview up, and keeps nothing."""

    async def wake(self, user_id: str, interview_id: str) -> Woken | None:
        config = InterviewConfig(role="backend")
        made = Interview(interview_id, "created", False, 0, None, None, None, None, config)
        return Woken(user_id, State(View(made, epoch=1)), epoch=1, seq=0, term=1, receipts={})

    async def commit(self, commit: Commit) -> None:
        pass


class Told:
    """An interviewer that asks one question; with `hold`, it streams until the event is set."""

    models = ("told",)

    def __init__(self) -> None:
        self.hold: asyncio.Event | None = None

    def converse(self, user_id: str, interview_id: str) -> "Told":
        return self

    async def aclose(self) -> None:
        pass

    async def perform(self, work: Work, state: State) -> AsyncGenerator[Output, None]:
        yield QuestionBegan(work, "main", "design")
        for word in QUESTION.split():
            yield Delta(work, word + " ")
        if self.hold is not None:
            await self.hold.wait()
        yield Ended(work)


class Node:
    """A listening node."""

    def __init__(self, url: str) -> None:
        clock = SystemClock()
        self.url = url
        self.interviewer = Told()
        self.directory = Directory(Parts(Forgetful(), clock), self.interviewer, sleep_after_s=3_600)
        capabilities = Capabilities(False, None, ("en", "ko"), (), (), ())
        options = Options(capabilities, Limits())
        self.connections = Connections(clock, options)
        who, tickets, connections = LocalUser(), Tickets(bytes(32), clock), self.connections
        sockets = WebSocketGateway(self.directory, who, tickets, clock, options, connections)
        streams = EventStreams(self.directory, who, tickets, clock, options, connections)
        self.app = Router([*sockets.routes(), *streams.routes()])

    async def wake(self, name: str) -> Actor:
        actor = await self.directory.open(LOCAL_USER, name)
        if actor is None:
            raise AssertionError("every interview is there")
        return actor

    async def connected(self, count: int) -> None:
        """Wait until so many clients are connected, and calm."""
        for _ in range(1_200):
            if len(self.connections) == count:
                await asyncio.sleep(0.5)
                return
            await asyncio.sleep(0.05)
        raise TimeoutError(f"{len(self.connections)} of {count} clients are connected")


@asynccontextmanager
async def node() -> AsyncIterator[Node]:
    """A node on a free port."""
    listener = listen("127.0.0.1", 0)
    made = Node(f"ws://127.0.0.1:{listener.getsockname()[1]}/v1/interviews")
    config = Config(
        made.app,
        heartbeat_ms=20_000,
        max_frame_bytes=Limits().max_frame_bytes,
        patience=Patience(exit=1.0),
    )
    listening = asyncio.Event()
    server = Server(config, made.directory.drain, listening.set)
    serving = asyncio.create_task(server.serve([listener]))
    await listening.wait()
    try:
        yield made
    finally:
        server.stop()
        await serving


@asynccontextmanager
async def swarm(
    url: str, count: int, *, one: bool = False, streams: bool = False
) -> AsyncIterator[None]:
    """`count` clients in a process of their own that open and read, each its own interview or all
    `one`; over WebSockets, or event streams.
    """
    place = urlsplit(url)
    names = [f"iv{0 if one else number}" for number in range(count)]
    async with crowd(place.hostname or "", place.port or 0) as clients:
        await clients.open(names, transport="sse" if streams else "ws", role="observer")
        yield


def resident_kib() -> float:
    """This process's resident memory."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024
