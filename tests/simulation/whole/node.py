"""A node: the real gateway, directory, actors, works and logs, wired as `realtime.app` wires them.

What stands around it is fake: the clock, the database, the interviewer, and the wires.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.types import Scope

from protocol.errors import ProtocolError
from protocol.interview import Rules
from protocol.messages import Capabilities, Limits
from realtime.gateway.auth import Caller
from realtime.gateway.commands import Commands
from realtime.gateway.connections import Connections
from realtime.gateway.options import Options
from realtime.gateway.problems import HANDLERS
from realtime.gateway.sse import EventStreams
from realtime.gateway.tickets import Tickets
from realtime.gateway.websocket import WebSocketGateway
from realtime.ports import Interviewer, Listener, Store
from realtime.session.actor import Actor
from realtime.session.directory import Directory
from realtime.session.parts import Parts
from tests.simulation.whole.loop import OUTSIDE, PROCESS, Process, ProcessClock, VirtualLoop
from tests.simulation.whole.watch import USER, Watch
from tests.simulation.whole.wires import Wire

OPTIONS = Options(Capabilities(True, None, ("en", "ko"), (), ("neutral",), ()), Limits())


@dataclass(frozen=True)
class Surroundings:
    """What a node is given. `directory`: which kind of it, so that a test can try a wrong one."""

    loop: VirtualLoop
    store: Store
    interviewer: Interviewer
    listener: Listener
    watch: Watch
    directory: type[Directory] = Directory


class OneUser:
    """Everybody is the interview's own user."""

    async def caller(self, token: str | None) -> Caller:
        return Caller(USER, USER)


class Node(Process):
    """From its start to its end, which is a `kill -9` or a drain."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self.draining = False
        self.wires: list[Wire] = []
        self._loop = around.loop
        self._watch = around.watch
        self._clock = clock = ProcessClock(around.loop, self)
        parts = Parts(around.store, clock, around.listener, Rules(voice=True))
        self.directory = around.directory(parts, around.interviewer)
        self._connections = connections = Connections(clock, OPTIONS)
        who, tickets = OneUser(), Tickets(bytes(32), clock)
        self._sockets = WebSocketGateway(self.directory, who, tickets, clock, OPTIONS, connections)
        streams = EventStreams(self.directory, who, tickets, clock, OPTIONS, connections)
        commands = Commands(self.directory, who, tickets, clock, OPTIONS)
        self._http = Starlette(
            routes=[*commands.routes(), *streams.routes()], exception_handlers=HANDLERS
        )
        self._http.router.redirect_slashes = False

    @property
    def actor(self) -> Actor | None:
        """The interview's, if it is awake here."""
        return self.directory.awake(USER, self._watch.interview_id) if self.alive else None

    def serve(self, wire: Wire, scope: Scope) -> None:
        """Run the application on `wire`."""
        self.wires = [each for each in self.wires if not each.over]
        self.wires.append(wire)
        scope["extensions"] = {"viva.transport": wire}
        serving = self._begin(self._serve(wire, scope))
        serving.add_done_callback(lambda _: wire.finish(), context=OUTSIDE)

    async def _serve(self, wire: Wire, scope: Scope) -> None:
        app = self._sockets if scope["type"] == "websocket" else self._http
        try:
            await app(scope, wire.receive, wire.send)
        except ProtocolError as error:
            self._watch.fail(f"{scope['path']}: {error.code} was not answered")
        except Exception as error:
            self._watch.fail(f"{scope['path']} ended with {error!r}")

    def drain(self) -> asyncio.Task[None]:
        """Go away in good order, as `realtime.app.Application.drain` does."""
        self.draining = True
        return self._begin(self._drain())

    async def _drain(self) -> None:
        self._connections.drain()
        await self.directory.drain()
        while len(self._connections):
            await self._clock.sleep(0.05)

    def kill(self) -> None:
        """`kill -9`: the node is no more, and its wires are cut."""
        for wire in self.wires:
            wire.gone = True
        self._loop.kill(self)

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        context = OUTSIDE.copy()
        context.run(PROCESS.set, self)
        return self._loop.create_task(work, context=context)
