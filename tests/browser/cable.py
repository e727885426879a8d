"""A cable between a page and its server, which a test cuts and mends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Cable:
    """Passes everything on to `port`, as long as it is whole. `url`: where its other end is."""

    def __init__(self, port: int) -> None:
        self.url = ""
        self._port = port
        self._whole = True
        self._ends: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def laid(self) -> AsyncIterator[None]:
        listener = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        async with listener:
            self.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
            yield
            self.cut()

    def cut(self) -> None:
        """Every connection breaks, and no other comes about."""
        self._whole = False
        for end in self._ends:
            end.transport.abort()

    def mend(self) -> None:
        self._whole = True

    async def _connected(self, near: asyncio.StreamReader, page: asyncio.StreamWriter) -> None:
        if not self._whole:
            page.transport.abort()
            return
        with suppress(ConnectionError):
            far, server = await asyncio.open_connection("127.0.0.1", self._port)
            both = {page, server}
            self._ends |= both
            try:
                async with asyncio.TaskGroup() as pumps:
                    pumps.create_task(_pump(near, server))
                    pumps.create_task(_pump(far, page))
            finally:
                self._ends -= both


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Until one side is closed, or broken: then the other one is closed."""
    try:
        with suppress(ConnectionError):
            while chunk := await source.read(65_536):
                sink.write(chunk)
                await sink.drain()
    finally:
        sink.close()
