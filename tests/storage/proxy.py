"""A network to the database that can be cut, or stand still, between any two bytes."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.engine import URL


class Proxy:
    """Forwards TCP connections to the Unix socket of the database that `target` names."""

    def __init__(self, target: URL) -> None:
        self._target = target
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._ends: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()
        self._last_words: bytes | None = None
        self.port = 0

    @property
    def url(self) -> URL:
        """The database, by way of here."""
        return self._target.set(host="127.0.0.1", port=self.port, query={})

    def freeze(self) -> None:
        """Nothing gets through any more, either way, and nobody is told."""
        self._flowing.clear()

    def freeze_after(self, words: bytes) -> None:
        """Nothing gets through any more after these have, in either direction."""
        self._last_words = words

    def thaw(self) -> None:
        self._last_words = None
        self._flowing.set()

    def cut(self) -> None:
        """All connections of now end."""
        for end in self._ends:
            end.transport.abort()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Proxy]:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.cut()
            self.thaw()
            if self._pumps:
                await asyncio.wait(self._pumps)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = f"{self._target.query['host']}/.s.PGSQL.5432"
        far_reader, far_writer = await asyncio.open_unix_connection(path)
        self._ends |= {writer, far_writer}
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            pump = asyncio.create_task(self._pump(source, sink))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                await self._flowing.wait()
                sink.write(data)
                await sink.drain()
                if self._last_words is not None and self._last_words in data:
                    self.freeze()
        self._ends.discard(sink)
        sink.transport.abort()
