"""Requests whose answer takes a while, and who ends them: their client, by leaving; this server, by
going away.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from anyio import CancelScope
from starlette.requests import ClientDisconnect, Request

from protocol.errors import ProtocolError


class Work:
    """The work for one request. What hasn't `begun` isn't worth waiting for."""

    def __init__(self) -> None:
        self.scope = CancelScope()
        self.begun = False


class UnderWay:
    """All of one kind."""

    def __init__(self) -> None:
        self._works: set[Work] = set()
        self._none_left = asyncio.Event()

    @contextmanager
    def work(self) -> Iterator[Work]:
        """One more, until the block ends.

        Raises:
            ProtocolError: `draining`: it was given up, because this server goes away.
        """
        work = Work()
        self._works.add(work)
        try:
            with work.scope:
                yield work
        finally:
            self._works.discard(work)
            if not self._works:
                self._none_left.set()
        if work.scope.cancelled_caught:
            raise ProtocolError("draining", "This server goes away; try again.")

    async def drain(self) -> None:
        """Give up what hasn't begun, and wait for what has. If that is cancelled, give that up too.

        Nothing more may come meanwhile.
        """
        for work in self._works:
            if not work.begun:
                work.scope.cancel()
        try:
            while self._works:
                self._none_left.clear()
                await self._none_left.wait()
        finally:
            for work in self._works:
                work.scope.cancel()


@contextmanager
def while_connected(request: Request) -> Iterator[None]:
    """Cancels its block when the client leaves. All of the body has to have been read.

    Raises:
        ClientDisconnect: it has left; nobody is to be answered.
    """
    with CancelScope() as scope:
        watching = asyncio.create_task(_watch(request, scope))
        try:
            yield
        finally:
            watching.cancel()
    if scope.cancelled_caught:
        raise ClientDisconnect


async def _watch(request: Request, scope: CancelScope) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
