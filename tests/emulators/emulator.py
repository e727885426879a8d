"""An emulator: one API on one port, a script that says how it answers, a record of what it saw."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.emulators.cache import PromptCache
from tests.emulators.certificate import make_certificate
from tests.emulators.faults import Api, Refuse
from tests.emulators.gemini import Gemini
from tests.emulators.openai import OpenAI
from tests.emulators.pacing import Pacer
from tests.emulators.performance import Performance
from tests.emulators.plan import Plan, plan
from tests.emulators.play import by_hand
from tests.emulators.script import Asked, Reply, Script, UnplayableError
from tests.emulators.voice import Act, HttpRequest, Page, Server
from tests.emulators.wire import Connection, How
from tests.emulators.words import count_tokens

MAX_SEEN = 10_000
BACKLOG = 4096
APIS: dict[Api, Server] = {"openai": OpenAI(), "gemini": Gemini()}


@dataclass(frozen=True, slots=True)
class Settings:
    """Where an emulator listens, and which key it demands, if any. Port 0: a free one."""

    host: str = "127.0.0.1"
    port: int = 0
    key: str | None = None
    tls: bool = False


@dataclass(eq=False)
class Seen:
    """A request for a reply, and what became of it.

    status: of the response.
    began_s, ended_s: `time.monotonic()`.
    how: null while it is being answered. `cut`: by the script. `stopped`: with the emulator.
    byte_count: of the response, head and all, so far.
    over: set at the end.
    """

    asked: Asked
    reply: Reply
    status: int
    began_s: float
    ended_s: float | None = None
    how: How | None = None
    byte_count: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event, repr=False)


class Playing:
    """What a connection plays (`wire.Show`), and its record, if it is one of a reply."""

    def __init__(self, acts: Iterator[Act], rate: float = 0, seen: Seen | None = None) -> None:
        self.acts = acts
        self.period_s = 1 / rate if rate else 0.0
        self._seen = seen

    def wrote(self, byte_count: int) -> None:
        if self._seen is not None:
            self._seen.byte_count += byte_count

    def ended(self, how: How) -> None:
        if self._seen is not None:
            self._seen.how = how
            self._seen.ended_s = time.monotonic()
            self._seen.over.set()


class Emulator:
    """Made by `emulate`.

    url: without `/v1`; with it, it works as well.
    certificate: the file of the authority to trust, with TLS.
    requests: those for a reply, the latest 10,000. `number`s count from 1.
    fault: what goes wrong with all requests from now on, beside what the script says; or empty.
    """

    def __init__(self, api: Server, script: Script, key: str | None = None) -> None:
        self.script = script
        self.url = ""
        self.certificate: Path | None = None
        self.requests: deque[Seen] = deque(maxlen=MAX_SEEN)
        self.fault = ""
        self._api = api
        self._key = key
        self._count = 0
        self._down = False
        self._connections: set[Connection] = set()
        self._cache = PromptCache()
        self._arrived = asyncio.Event()

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._connections)

    @property
    def down(self) -> bool:
        """Whether nobody is answered: open connections are reset, and new ones at once."""
        return self._down

    @down.setter
    def down(self, down: bool) -> None:
        self._down = down
        if down:
            for connection in tuple(self._connections):
                connection.reset()

    async def request(self, number: int) -> Seen:
        """The `number`th request for a reply, as soon as it is there."""
        while self._count < number:
            self._arrived.clear()
            await self._arrived.wait()
        return next(seen for seen in self.requests if seen.asked.number == number)

    def stop(self) -> None:
        """Close all connections."""
        for connection in tuple(self._connections):
            connection.stop()

    # --- What connections ask (`wire.House`)

    def connected(self, connection: Connection) -> bool:
        self._connections.add(connection)
        return not self._down

    def lost(self, connection: Connection) -> None:
        self._connections.discard(connection)

    def show(self, request: HttpRequest) -> Playing:
        refused = self._api.unauthorized(request, self._key) if self._key else None
        asked = refused or self._api.read(request, self._count + 1)
        if isinstance(asked, Page):
            return Playing(iter((asked,)))
        self._count += 1
        acts, seen = self._answer(asked)
        self.requests.append(seen)
        self._arrived.set()
        return Playing(acts, seen.reply.rate, seen)

    def _answer(self, asked: Asked) -> tuple[Iterator[Act], Seen]:
        try:
            reply, faults = self._reply(asked)
        except UnplayableError as wrong:
            return self._page(asked, Reply(), self._api.unplayable(str(wrong)))
        page = self._refusal(asked, reply, faults)
        if page is not None:
            return self._page(asked, reply, page)
        voice = self._api.voice(asked, reply, faults.close.usage)
        acts = Performance(asked, reply, faults, voice, now_us).acts()
        return acts, Seen(asked, reply, 200, time.monotonic())

    def _page(self, asked: Asked, reply: Reply, page: Page) -> tuple[Iterator[Act], Seen]:
        return iter((page,)), Seen(asked, reply, page.status, time.monotonic())

    def _reply(self, asked: Asked) -> tuple[Reply, Plan]:
        """What the script says, the usage counted."""
        reply = self.script.reply(asked)
        if self.script.by_hand:
            reply = by_hand(asked.model, reply)
        cached = self._cache.cached_tokens(asked.messages)
        if reply.input_tokens is None:
            count = sum(count_tokens(said.text) for said in asked.messages)
            reply = replace(reply, input_tokens=count)
        if reply.cached_tokens is None:
            reply = replace(reply, cached_tokens=cached)
        always = (self.fault,) if self.fault else ()
        names = (*reply.faults, *self.script.scheduled(asked.number), *always)
        return reply, plan(names, self._api.name)

    def _refusal(self, asked: Asked, reply: Reply, faults: Plan) -> Page | None:
        for parameter in reply.refuses:
            if parameter in asked.body or parameter in asked.body.get("generationConfig", {}):
                return self._api.unsupported(parameter)
        if faults.refuse is not None:
            refuse, seconds = faults.refuse
            return self._api.refusal(refuse, seconds, asked.model)
        if not asked.stream and any(each.event.endswith("error") for each, _ in faults.inserts):
            return self._api.refusal(Refuse("server"), 0, asked.model)
        return None


def now_us() -> int:
    return time.monotonic_ns() // 1000


@asynccontextmanager
async def emulate(
    api: Api, script: Script, settings: Settings = Settings()
) -> AsyncGenerator[Emulator, None]:
    """An emulator that listens until the end of the block."""
    check(script, api)
    loop = asyncio.get_running_loop()
    emulator = Emulator(APIS[api], script, settings.key)
    pacer = Pacer(loop)
    with TemporaryDirectory(prefix="emulator-") as folder:
        context = None
        if settings.tls:
            context, emulator.certificate = make_certificate(Path(folder))
        server = await loop.create_server(
            lambda: Connection(emulator, pacer),
            settings.host,
            settings.port,
            ssl=context,
            backlog=BACKLOG,
        )
        port = server.sockets[0].getsockname()[1]
        emulator.url = f"{'https' if settings.tls else 'http'}://{settings.host}:{port}"
        timers = [
            loop.call_later(after_s, setattr, emulator, "down", down)
            for span in script.down
            for after_s, down in zip(span, (True, False), strict=True)
        ]
        try:
            yield emulator
        finally:
            for timer in timers:
                timer.cancel()
            server.close()
            emulator.stop()


def check(script: Script, api: Api) -> None:
    """See that the script's schedule names faults of this API.

    Raises:
        UnplayableError: it doesn't.
    """
    names = [*script.faults.values(), *([script.every[0]] if script.every else [])]
    plan(tuple(names), api)
