"""A transcription server that acts by a script, on a real socket: one act for each request, and the
last for all that follow.
"""

import asyncio
import io
import wave
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from aiohttp import web
from aiohttp.multipart import BodyPartReader


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came. `form` has its fields but the file; one given twice is a list."""

    form: Mapping[str, list[str]]
    samples: npt.NDArray[np.int16]
    rate: int
    authorization: str | None


Act = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Transcribing:
    """The running server."""

    acts: Sequence[Act]
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        act = self.acts[min(len(self.asked), len(self.acts) - 1)]
        self.asked.append(await _read(request))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.came.set()
        try:
            return await act(request)
        finally:
            self.at_once -= 1


async def _read(request: web.Request) -> Asked:
    form, sound = dict[str, list[str]](), b""
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        if part.name == "file":
            sound = bytes(await part.read())
        else:
            form.setdefault(part.name or "", []).append(await part.text())
    with wave.open(io.BytesIO(sound)) as reader:
        assert (reader.getnchannels(), reader.getsampwidth()) == (1, 2)
        rate, frames = reader.getframerate(), reader.readframes(reader.getnframes())
    return Asked(form, np.frombuffer(frames, "<i2"), rate, request.headers.get("Authorization"))


@asynccontextmanager
async def transcribing(*acts: Act) -> AsyncGenerator[Transcribing, None]:
    """It serves until the end of the block."""
    server = Transcribing(acts)
    app = web.Application(client_max_size=4 * 1024 * 1024)
    app.router.add_post("/v1/audio/transcriptions", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield server
    finally:
        await runner.cleanup()


# --- acts -----------------------------------------------------------------------------------------


def answers(body: Mapping[str, object]) -> Act:
    async def act(request: web.Request) -> web.StreamResponse:
        return web.json_response(body)

    return act


def says(body: bytes, media_type: str = "application/json") -> Act:
    async def act(request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, content_type=media_type)

    return act


def refuses(status: int, headers: Mapping[str, str] | None = None, code: str | None = None) -> Act:
    """With an error that repeats the key that it was given."""

    async def act(request: web.Request) -> web.StreamResponse:
        said = request.headers.get("Authorization")
        error = {"error": {"message": f"no: {said}", "code": code, "type": "x", "param": None}}
        return web.json_response(error, status=status, headers=headers)

    return act


async def cut(request: web.Request) -> web.StreamResponse:
    """The connection ends without an answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def cut_in_the_middle(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.content_length = 1_000
    await response.prepare(request)
    await response.write(b'{"text": "I would')
    assert request.transport is not None
    request.transport.abort()
    return response


async def stalls(request: web.Request) -> web.StreamResponse:
    """It begins to answer, and never goes on."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b'{"text": ')
    await asyncio.Event().wait()
    return response


async def babbles(request: web.Request) -> web.StreamResponse:
    """It says more than anybody wants to hear."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    for _ in range(1_000):
        await response.write(b" " * 64 * 1024)
    return response


def held_until(gate: asyncio.Event, body: Mapping[str, object]) -> Act:
    async def act(request: web.Request) -> web.StreamResponse:
        await gate.wait()
        return web.json_response(body)

    return act
