"""The near side of a swarm: starts the process of clients (`tests/load/swarm.py`), and tells it
what to do.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal

import orjson

from tests.load.stamps import Replies

Transport = Literal["ws", "sse"]
Role = Literal["candidate", "observer"]

# A report names every latency that was measured, on one line.
MOST_BYTES = 2**26
SETTLED_WITHIN_S = 30.0


class Crowd:
    """Clients in a process of their own, `pid`; each order is done when its method returns."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.pid = process.pid
        assert process.stdin is not None
        assert process.stdout is not None
        self._orders = process.stdin
        self._told = process.stdout

    async def open(
        self,
        names: Sequence[str],
        *,
        transport: Transport = "ws",
        role: Role = "candidate",
        counted: bool = False,
    ) -> None:
        """Let a client follow each of these interviews; a candidate also begins it, and answers.
        `counted`: its tokens are numbered (`tests/load/reading.py`).
        """
        order = {"do": "open", "names": list(names), "transport": transport}
        await self._order({**order, "role": role, "counted": counted})

    async def stream(
        self, sessions: Sequence[tuple[int, str]], replies: Replies, *, naive: bool
    ) -> None:
        """Let a candidate take each of these interviews, by their numbers and names, whose text is
        stamped (`tests/load/stamps.py`).
        """
        order = {"do": "stream", "sessions": list(sessions), "naive": naive}
        await self._order({**order, "length": replies.length, "rate": replies.rate})

    async def streaming(self) -> int:
        """How many of them have been told a token."""
        count: int = (await self._order({"do": "look"}))["streaming"]
        return count

    async def settled(self, count: int) -> None:
        """Wait until so many have heard a question that they leave.

        Raises:
            TimeoutError: it takes too long.
        """
        async with asyncio.timeout(SETTLED_WITHIN_S):
            while True:
                if (await self._order({"do": "look"}))["settled"] == count:
                    return
                await asyncio.sleep(0.1)

    async def open_raw(self, port: int, count: int) -> None:
        """Let so many clients connect that only read."""
        await self._order({"do": "raw", "port": port, "count": count})

    async def close(self) -> None:
        """Let all clients go."""
        await self._order({"do": "close"})

    async def stop_answering(self) -> None:
        await self._order({"do": "stop_answering"})

    async def reset(self) -> None:
        """Measure from here on."""
        await self._order({"do": "reset"})

    async def report(self) -> dict[str, Any]:
        """What `Swarm.report` tells."""
        return await self._order({"do": "report"})

    async def _order(self, order: Mapping[str, object]) -> dict[str, Any]:
        self._orders.write(orjson.dumps(order) + b"\n")
        line = await self._told.readline()
        if not line:
            raise ConnectionError("the clients' process has ended")
        came: dict[str, Any] = orjson.loads(line)
        return came


@asynccontextmanager
async def crowd(host: str, port: int) -> AsyncIterator[Crowd]:
    """Clients of the server there, until the block ends."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.load.swarm", host, str(port)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=MOST_BYTES,
    )
    try:
        yield Crowd(process)
    finally:
        await process.communicate(b"")  # The end of its orders is its end.
