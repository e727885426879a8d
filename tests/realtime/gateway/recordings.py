"""The route for recordings on a server of its own, with one interview whose question is open."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from random import Random
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware

from protocol.commands import Asked, InterviewStart
from protocol.draft import State
from protocol.interview import Rules
from protocol.messages import Limits
from protocol.view import Turn
from realtime.clock import SystemClock
from realtime.gateway.health import Health
from realtime.gateway.problems import HANDLERS, Defects
from realtime.gateway.recordings import Hearable, RecordingsApi
from realtime.server import Config, Patience, Server, listen
from realtime.session.actor import Actor
from realtime.session.directory import Directory
from realtime.session.parts import Parts
from tests.realtime.fakes import Replies, ScriptedInterviewer, interview
from tests.realtime.gateway.house import eventually
from tests.realtime.gateway.test_uploads import Begun
from tests.realtime.hearing import (
    SIGNATURE,
    PlainDecoder,
    PlainListener,
    words_of,
)
from tests.realtime.memory import MemoryStorage
from tests.realtime.serving import NamedByToken, answers

MINA = "mina"
SOUND = Random(4).randbytes(6_400)
RECORDING = SIGNATURE + SOUND
WORDS = words_of(SOUND)
MOST_BYTES = 16_384
# The longest sound has as many bytes as the largest recording.
LIMITS = replace(Limits(), max_audio_bytes=MOST_BYTES, max_answer_ms=MOST_BYTES // 32)
HEARABLE = Hearable(None, LIMITS)
LONG = 30.0


class Recordings:
    """The route on a server of its own. The interviews are Mina's."""

    def __init__(self, hearable: Hearable, *, voice: bool) -> None:
        self.listener = PlainListener()
        self.decoder = PlainDecoder()
        self.store = MemoryStorage(interview(), interview("two"), user_id=MINA)
        listener = self.listener if voice else None
        parts = Parts(self.store, SystemClock(), listener, Rules(voice=voice))
        self.directory = Directory(parts, ScriptedInterviewer())
        self.health = Health(answers)
        hearable = replace(hearable, decoder=self.decoder if voice else None)
        self.api = RecordingsApi(self.directory, NamedByToken(), self.health, hearable)
        self.host = ""
        self.server: Server

    # --- the interview --------------------------------------------------------------------------

    async def actor(self) -> Actor:
        actor = await self.directory.open(MINA, "iv")
        assert actor is not None
        return actor

    async def do(self, command: Asked) -> None:
        await Replies().next((await self.actor()).submit, command)

    async def asked(self) -> None:
        await self.do(InterviewStart("c1"))
        await self.in_phase("answering")

    async def in_phase(self, phase: str) -> None:
        await eventually(lambda: self.state.view.interview.phase == phase)

    @property
    def state(self) -> State:
        """As stored."""
        return self.store.states["iv"]

    @property
    def turn(self) -> Turn:
        return self.state.view.interview.turns[0]

    # --- requests -------------------------------------------------------------------------------

    async def post(
        self, body: bytes = RECORDING, *, key: str | None = "r1", turn: object = 1, **how: Any
    ) -> httpx.Response:
        """POST that recording; `how`: `user`, `name` of the interview, more `headers`, `params`."""
        headers = {"Authorization": f"Bearer {how.get('user', MINA)}", **how.get("headers", {})}
        if key is not None:
            headers["Idempotency-Key"] = key
        path = f"/v1/interviews/{how.get('name', 'iv')}/turns/{turn}/audio"
        async with httpx.AsyncClient(trust_env=False, timeout=LONG) as client:
            url = f"http://{self.host}{path}"
            return await client.post(url, content=body, headers=headers, params=how.get("params"))

    @asynccontextmanager
    async def begun(self, body: bytes = b"", announced: int | None = None) -> AsyncIterator[Begun]:
        """A request of which the head was sent, and so much of the body."""
        host, _, port = self.host.partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        length = f"Content-Length: {announced}" if announced else "Transfer-Encoding: chunked"
        writer.write(
            f"POST /v1/interviews/iv/turns/1/audio HTTP/1.1\r\nHost: {self.host}\r\n"
            f"Authorization: Bearer {MINA}\r\nIdempotency-Key: r1\r\n{length}\r\n\r\n".encode()
        )
        writer.write(body)
        try:
            yield Begun(reader, writer)
        finally:
            writer.transport.abort()


@asynccontextmanager
async def serving(
    hearable: Hearable = HEARABLE, *, voice: bool = True, asked: bool = True
) -> AsyncIterator[Recordings]:
    """With `asked` the question of `iv` is open."""
    house = Recordings(hearable, voice=voice)
    app = Starlette(
        routes=house.api.routes(), middleware=[Middleware(Defects)], exception_handlers=HANDLERS
    )
    port = listen("127.0.0.1", 0)
    patience = Patience(drain=LONG, exit=1.0)
    config = Config(app, heartbeat_ms=20_000, max_frame_bytes=65_536, patience=patience)
    listening = asyncio.Event()

    async def drain() -> None:
        house.health.draining = True
        await house.api.drain()

    house.server = Server(config, drain, listening.set)
    task = asyncio.create_task(house.server.serve([port]))
    await asyncio.wait_for(listening.wait(), LONG)
    house.host = f"127.0.0.1:{port.getsockname()[1]}"
    if asked:
        await house.asked()
    try:
        yield house
    finally:
        house.server.stop()
        await task
        await house.directory.drain()
