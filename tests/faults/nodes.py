"""The node as a process of its own: started, killed by its own hand or another's, started again."""

import asyncio
import signal
import sys
from pathlib import Path

from tests.faults.points import Order

START_S = 60.0
REACH_S = 60.0
STOP_S = 30.0


class Unreached(Exception):
    """The node did not die at the point it was sent to."""


class Node:
    """One server after another, at the same port and over the same database.

    `log`: where all of them write theirs.
    """

    def __init__(self, port: int, database_url: str, log: Path, *, lying: bool = False) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._command = [sys.executable, "-m", "tests.faults.node", "--port", str(port)]
        self._command += ["--database-url", database_url, *(["--lying"] if lying else [])]
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._successor: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, and wait until it listens."""
        self._process, self._successor = self._successor or await self._launch(), None
        assert self._process.stdin is not None
        self._process.stdin.write(b"serve\n")
        async with asyncio.timeout(START_S):
            await self._said("listening")
        self._successor = await self._launch()

    async def _launch(self) -> asyncio.subprocess.Process:
        """A process that will serve when it is told to."""
        with self._log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )

    async def send_to(self, order: Order) -> None:
        """From now on it is on the way to its death."""
        process = self._running()
        assert process.stdin is not None
        process.stdin.write(order.line().encode())
        await self._said("armed")

    async def died(self, order: Order, within_s: float = REACH_S) -> None:
        """Wait for its death.

        Raises:
            Unreached: it lives on, or has ended otherwise.
        """
        try:
            async with asyncio.timeout(within_s):
                await self._said(f"dying {order.point}")
                status = await self._running().wait()
        except TimeoutError:
            raise Unreached(f"{order.point} was not reached within {within_s:.0f} s") from None
        if status != -signal.SIGKILL:
            raise Unreached(f"it ended with status {status} instead of at {order.point}")

    async def kill(self) -> None:
        """Kill it, whatever it does."""
        await _end(self._process)

    async def close(self) -> None:
        """Leave nothing of it."""
        await _end(self._process)
        await _end(self._successor)

    def terminate(self) -> None:
        """Ask it to end."""
        self._running().terminate()

    async def stop(self) -> int:
        """Ask it to end, and wait for its status."""
        self.terminate()
        async with asyncio.timeout(STOP_S):
            return await self._running().wait()

    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise AssertionError("start() comes first")
        return self._process

    async def _said(self, expected: str) -> None:
        process = self._running()
        assert process.stdout is not None
        line = (await process.stdout.readline()).decode().rstrip()
        if line != expected:
            raise Unreached(f"the node said {line!r} instead of {expected!r}; see {self._log}")


async def _end(process: asyncio.subprocess.Process | None) -> None:
    if process is not None and process.returncode is None:
        process.kill()
        await process.wait()
