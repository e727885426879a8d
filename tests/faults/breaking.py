"""A line to a server of this machine that breaks, and that has patience with a server that is away.

A connection that breaks is cut at once, both ways, with all that is under way on it.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress

# While nobody listens there; a client waits for 10 s.
AGAIN_S = 0.05
PATIENCE_S = 9.0


class BreakingLine:
    """`carries`: how many bytes go to the server over each connection, one after the other, before
    it breaks; those after the last last. `broken`: how many broke so.
    """

    def __init__(self, port: int, carries: Iterable[int] = ()) -> None:
        self.broken = 0
        self._port = port
        self._carries = deque(carries)
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        """The address to connect to, until the block ends."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._carry(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        carries = self._carries.popleft() if self._carries else None
        ends = [writer]
        try:
            far_reader, far_writer = await self._reached()
            ends.append(far_writer)
            up = asyncio.create_task(self._up(reader, far_writer, carries))
            down = asyncio.create_task(_down(far_reader, writer))
            try:
                await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
            finally:
                up.cancel()
                down.cancel()
                await asyncio.wait((up, down))
        except OSError:
            pass
        finally:
            for end in ends:
                end.transport.abort()

    async def _reached(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    return await asyncio.open_connection("127.0.0.1", self._port)
                except OSError:
                    await asyncio.sleep(AGAIN_S)

    async def _up(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, carries: int | None
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                if carries is not None:
                    data = data[:carries]
                    carries -= len(data)
                writer.write(data)
                await writer.drain()
                if carries == 0:
                    self.broken += 1
                    return


async def _down(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
