"""The whole application on a real socket, with a bystander whose interview must go on unharmed."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import jwt
import orjson
from structlog.testing import capture_logs
from structlog.typing import EventDict

from protocol.view import Config, Interview
from realtime.clock import SystemClock
from realtime.gateway.auth import BearerTokens
from realtime.gateway.tickets import Tickets
from realtime.settings import Settings
from tests.fuzz.assault import Ground
from tests.fuzz.attacks import PLACES
from tests.realtime.fakes import interview
from tests.realtime.gateway.signing import SECRET
from tests.realtime.memory import MemoryStorage
from tests.realtime.serving import Conversation, Running, house, serving

# Until the year 2100; the clock is the real one.
TOKEN = jwt.encode({"sub": "local", "exp": 4_102_444_800}, SECRET, "HS256")
SETTINGS = Settings(commands_per_second=1_000, connections_per_user=0)
MOST_KEPT = 200


class Rooms(MemoryStorage):
    """Storage in memory that forgets the interviews that were made long ago, but for `kept`."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: set[str] = set()
        self._made = 0

    async def create(self, user_id: str, config: Config, *, now: int, key: str | None) -> Interview:
        name = self.add(f"made-{self._made}", config)
        state = self.states[name]
        self.states[name] = replace(
            state, view=replace(state.view, interview=replace(state.view.interview, created_at=now))
        )
        return self.states[name].view.interview

    def add(self, name: str, config: Config | None = None) -> str:
        """A new interview of that name."""
        self._made += 1
        self.states[name] = interview(name, config)
        self.receipts[name] = {}
        self.epochs[name] = (0, 0)
        self.terms[name] = 0
        return name

    def forget(self) -> None:
        self.commits.clear()
        for name in list(self.states)[:-MOST_KEPT]:
            if name not in self.kept:
                del self.states[name]

    def over(self, name: str) -> bool:
        """Whether that interview has ended, or was deleted."""
        state = self.states.get(name)
        return state is None or state.view.interview.phase == "finished"


class BystanderError(Exception):
    """The bystander was harmed."""


class Bystander:
    """A candidate who does everything right, a step at a time, from interview to interview."""

    def __init__(self, running: Running, rooms: Rooms) -> None:
        self._running = running
        self._rooms = rooms
        self._name = ""
        self._talk: Conversation | None = None
        self._turn = 0
        self._steps = 0
        self.interviews = 0

    async def step(self) -> None:
        """Answer one question, or come to the next interview.

        Raises:
            BystanderError: something else happens than would with nobody else there.
        """
        try:
            async with asyncio.timeout(60):
                await self._step()
        except BystanderError:
            raise
        except Exception as error:
            raise BystanderError(f"the bystander's interview stopped: {error!r}") from error

    async def close(self) -> None:
        if self._talk is not None:
            await self._talk.connection.close()

    async def _step(self) -> None:
        self._steps += 1
        if self._talk is None:
            self._rooms.kept.discard(self._name)
            self._name = self._rooms.add(f"bystander-{self._steps}")
            self._rooms.kept.add(self._name)
            self._turn = 0
            self._talk = await self._running.open(TOKEN, self._name)
            await self._talk.send(type="interview.start", id="start")
        else:
            await self._talk.send(
                type="answer.submit", id=f"a{self._turn}", turn=self._turn, text="Because."
            )
        said = await self._until("question.completed", "report.completed")
        if said["type"] == "question.completed":
            self._turn += 1
            if said["turn"] != self._turn or said["text"] != "One two.":
                raise BystanderError(f"the bystander was asked {said}")
            return
        code = await self._talk.close_code()
        self._talk = None
        self.interviews += 1
        if code != 1000:
            raise BystanderError(f"the bystander was closed with {code}")

    async def _until(self, *kinds: str) -> dict[str, Any]:
        assert self._talk is not None
        while True:
            said: dict[str, Any] = orjson.loads(await self._talk.connection.recv())
            if said["type"] == "error":
                raise BystanderError(f"the bystander got {said}")
            if said["type"] in kinds:
                return said


class _Records(logging.Handler):
    """What libraries log, and the event loop of what nobody caught."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(self.format(record))


class FuzzedHouse:
    """A server to be attacked. `places` are the interviews that attacks are about."""

    def __init__(
        self, running: Running, rooms: Rooms, logs: list[EventDict], records: _Records
    ) -> None:
        self._running = running
        self._rooms = rooms
        self._logs = logs
        self._records = records
        self._places = [""] * PLACES
        self._named = 0
        self._tasks = 0
        self._tickets = Tickets(bytes(32), SystemClock())
        self._port = int(running.url.rpartition(":")[2])
        self.bystander = Bystander(running, rooms)

    async def begin(self) -> None:
        """Have the bystander on the way, and note what is there without attacks."""
        await self.bystander.step()
        self._tasks = len(asyncio.all_tasks())

    def ground(self, place: int) -> Ground:
        """Where an attack of that place happens."""
        name = self._places[place]
        ticket, _ = self._tickets.issue("local", name, 86_400)
        return Ground(self._port, {"id": name, "token": TOKEN, "ticket": ticket})

    def tidy(self) -> None:
        """A new interview in each place where one has ended."""
        for place, name in enumerate(self._places):
            if self._rooms.over(name):
                self._rooms.kept.discard(name)
                self._named += 1
                self._places[place] = self._rooms.add(f"place-{self._named}")
                self._rooms.kept.add(self._places[place])
        self._rooms.forget()

    def said(self) -> str | None:
        """What the log has of defects since this was last asked."""
        found = [str(entry) for entry in self._logs if _tells_of_a_defect(entry)]
        found += self._records.said
        self._logs.clear()
        self._records.said.clear()
        return "; ".join(found) or None

    async def left(self) -> str | None:
        """What is left over, when nobody is there but the bystander."""
        connections = self._running.server.server_state.connections

        def at_rest() -> bool:
            return (
                len(self._running.application.connections) <= 1
                and len(connections) <= 1
                and len(asyncio.all_tasks()) <= self._tasks
            )

        if await eventually(at_rest):
            return None
        tasks = sorted(repr(task.get_coro()) for task in asyncio.all_tasks())
        return (
            f"{len(self._running.application.connections)} connections, {len(connections)} "
            f"sockets, {len(tasks)} tasks instead of {self._tasks}: {tasks}"
        )


async def eventually(condition: Callable[[], bool]) -> bool:
    """Whether `condition` comes to hold within half a minute."""
    for _ in range(3_000):
        if condition():
            return True
        await asyncio.sleep(0.01)
    return False


def _tells_of_a_defect(entry: EventDict) -> bool:
    return entry["log_level"] in ("error", "critical") or bool(entry.get("exc_info"))


@asynccontextmanager
async def fuzzed_house() -> AsyncIterator[FuzzedHouse]:
    """A house of its own, until the block ends."""
    rooms, records = Rooms(), _Records()
    root = logging.getLogger()
    root.addHandler(records)
    parts = house(rooms, who=BearerTokens(SystemClock(), SECRET, None, None))
    try:
        with capture_logs() as logs:
            async with serving(parts, SETTINGS) as running:
                found = FuzzedHouse(running, rooms, logs, records)
                await found.begin()
                try:
                    yield found
                finally:
                    with suppress(OSError):
                        await found.bystander.close()
    finally:
        root.removeHandler(records)
