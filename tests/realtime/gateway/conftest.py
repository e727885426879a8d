"""A gateway on a real socket, over plain parts, for the tests of this folder."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from realtime.clock import SystemClock
from realtime.gateway.auth import Authenticator
from realtime.gateway.options import Options
from realtime.ports import Clock, Listener
from tests.realtime.gateway.house import OPTIONS, GatewayHouse
from tests.realtime.gateway.speaking import Speaker
from tests.realtime.gateway.test_websocket import send, until
from tests.realtime.hearing import PlainListener

Build = Callable[..., Awaitable[GatewayHouse]]
Speaking = Callable[..., Awaitable[Speaker]]


@pytest.fixture
async def build() -> AsyncIterator[Build]:
    """Makes houses, and takes them down at the end."""
    async with AsyncExitStack() as stack:

        async def make(
            options: Options = OPTIONS,
            clock: Clock | None = None,
            who: Authenticator | None = None,
            listener: Listener | None = None,
        ) -> GatewayHouse:
            clock = clock or SystemClock()
            return await stack.enter_async_context(GatewayHouse.open(options, clock, who, listener))

        yield make


@pytest.fixture
def speaking(build: Build) -> Speaking:
    """Makes a speaker who has begun to answer."""

    async def make(clock: Clock | None = None, *, most_bytes: int = 1_000_000) -> Speaker:
        listener = PlainListener(most_bytes=most_bytes)
        speaker = Speaker(await build(clock=clock, listener=listener), listener)
        await speaker.connect()
        await send(speaker.connection, {"type": "interview.start", "id": "c1"})
        await until(speaker.connection, "question.completed")
        assert (await speaker.start())["type"] == "ack"
        return speaker

    return make
