"""A gateway on a real socket, over plain parts, for the tests of this folder."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from realtime.clock import SystemClock
from realtime.gateway.auth import Authenticator
from realtime.gateway.options import Options
from realtime.ports import Clock
from tests.realtime.gateway.house import OPTIONS, GatewayHouse

Build = Callable[..., Awaitable[GatewayHouse]]


@pytest.fixture
async def build() -> AsyncIterator[Build]:
    """Makes houses, and takes them down at the end."""
    async with AsyncExitStack() as stack:

        async def make(
            options: Options = OPTIONS,
            clock: Clock | None = None,
            who: Authenticator | None = None,
        ) -> GatewayHouse:
            clock = clock or SystemClock()
            return await stack.enter_async_context(GatewayHouse.open(options, clock, who))

        yield make
