"""An actor, and all that it works with."""

from typing import TYPE_CHECKING, Protocol

from protocol.close_codes import Close
from protocol.codec import decode_server
from protocol.commands import Asked
from protocol.events import Event, Logged
from protocol.interview import Rules
from protocol.view import Config
from realtime.session.actor import Actor
from realtime.session.parts import Parts
from tests.realtime.fakes import (
    FakeClock,
    MemoryStore,
    Replies,
    ScriptedInterviewer,
    interview,
    until,
)

if TYPE_CHECKING:
    from realtime.ports import Listener


class House:
    """An actor and all that it works with. `listener` hears for those that wake from now on."""

    def __init__(self, config: Config | None = None, *, stepwise: bool = False) -> None:
        self.listener: Listener | None = None
        self.clock = FakeClock()
        self.store = MemoryStore(interview(config=config))
        self.interviewer = ScriptedInterviewer(stepwise=stepwise)
        self.replies = Replies()
        self.quiet: list[Actor] = []
        self.woken: list[Actor] = []
        self.actor: Actor

    async def close(self) -> None:
        for actor in self.woken:
            await actor.retire(Close.REBUILT)

    async def wake(self) -> Actor:
        woken = await self.store.wake("local", "iv")
        assert woken is not None
        rules = Rules(voice=self.listener is not None)
        parts = Parts(self.store, self.clock, self.listener, rules)
        self.actor = Actor(woken, self.interviewer, parts, self.quiet.append)
        self.woken.append(self.actor)
        self.actor.begin()
        return self.actor

    async def send(self, command: Asked) -> int:
        """Submit, and give the ack's seq."""
        ack = await self.replies.next(self.actor.submit, command)
        return ack.seq

    @property
    def phase(self) -> str:
        return self.actor.snapshot().interview.phase

    async def until_phase(self, phase: str) -> None:
        await until(lambda: self.phase == phase)

    @property
    def events(self) -> list[Event]:
        """All that the present actor has said."""
        found = []
        for frame in self.actor.log.read(0, 1_000):
            logged = decode_server(frame)
            assert isinstance(logged, Logged)
            found.append(logged.event)
        return found

    @property
    def said(self) -> list[str]:
        return [event.TYPE for event in self.events]


class Build(Protocol):
    def __call__(self, config: Config | None = None, *, stepwise: bool = False) -> House: ...
