"""A TCP road to a server that can be cut, and that may let no WebSocket pass."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

HTML = b"<html>No upgrades here.</html>"
REFUSAL = (
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(HTML), HTML)
)


class Road:
    """To `host:port`. `blocked`: whoever asks for an upgrade is refused. `travelled`: connections
    that were let through.
    """

    def __init__(self, host: str) -> None:
        self.blocked = False
        self.travelled = 0
        self.url = ""
        self._host, _, port = host.partition(":")
        self._port = int(port)
        self._ends: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()

    def cut(self) -> None:
        """All connections of now end, with whatever is under way on them."""
        for end in tuple(self._ends):
            end.transport.abort()

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Road"]:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()
            self.cut()
            if self._pumps:
                await asyncio.wait(self._pumps)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            if self.blocked and b"upgrade: websocket" in head.lower():
                writer.write(REFUSAL)
                await writer.drain()
                writer.close()
                return
            far_reader, far_writer = await asyncio.open_connection(self._host, self._port)
            self.travelled += 1
            self._ends |= {writer, far_writer}
            far_writer.write(head)
            for source, sink in ((reader, far_writer), (far_reader, writer)):
                pump = asyncio.create_task(self._pump(source, sink))
                self._pumps.add(pump)
                pump.add_done_callback(self._pumps.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65_536):
                sink.write(data)
                await sink.drain()
        self._ends.discard(sink)
        sink.transport.abort()
