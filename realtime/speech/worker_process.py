"""A worker process (`worker.py`), seen from the server: started, given clips, ended.

Nothing here blocks the event loop: a process is started, and its end waited for, in a thread, and a
clip of 30 s, 960 KB, is written in pieces. Whatever a worker does (it ends, hangs, answers what
isn't an answer), it is gone within its time, and `WorkerLost` tells why.
"""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Self

import anyio
import anyio.to_thread
import msgspec

from realtime.ports import Clock
from realtime.speech.clip import Clip, Recognized
from realtime.speech.wire import (
    LENGTH_BYTES,
    MAX_REPLY_BYTES,
    Done,
    Failed,
    Job,
    Loaded,
    Reply,
    frame,
    length,
    reply,
)

_PIECE_BYTES = 65_536
_MOST_SAID_BYTES = 2_000

# What CUDA and the libraries that calculate go by. Nothing else of the server's environment, be it
# a key, is a worker's business.
_PASSED_ON = (
    *("CUDA_", "NVIDIA_", "LD_LIBRARY_PATH", "PATH", "TZ"),
    *("CT2_", "KMP_", "MKL_", "OMP_", "OPENBLAS_"),
)
_OWN = {
    # Threads that wait for the next clip sleep, instead of spinning.
    "OMP_WAIT_POLICY": "PASSIVE",
    # The model is there already: nothing is looked for elsewhere.
    "HF_HUB_OFFLINE": "1",
}


class WorkerLost(Exception):
    """A worker is of no more use; the message says why. `timed_out`: ended for being late."""

    def __init__(self, reason: str, *, timed_out: bool = False) -> None:
        super().__init__(reason)
        self.timed_out = timed_out


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """How long a worker may take: to load its model, and for one clip."""

    load_s: float = 180.0
    clip_s: float = 60.0


@dataclass(frozen=True, slots=True)
class _Started:
    """A process, our end of its line, and where it complains to."""

    process: "subprocess.Popen[bytes]"
    line: socket.socket
    complaints: IO[bytes]


class WorkerProcess:
    """One worker. One clip at a time."""

    def __init__(self, command: Sequence[str], clock: Clock, limits: WorkerLimits) -> None:
        self._command = command
        self._clock = clock
        self._limits = limits
        self._jobs = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._answer: asyncio.Future[Reply] | None = None
        self._ended = False
        self._why = ""
        self._late = False
        self.languages = frozenset[str]()
        self.gone = asyncio.Event()
        self._life = asyncio.create_task(self._live())

    @classmethod
    async def start(cls, command: Sequence[str], clock: Clock, limits: WorkerLimits) -> Self:
        """A worker that runs `command`, once it has loaded its model.

        Raises:
            WorkerLost: it can't, or not within `limits.load_s`.
        """
        worker = cls(command, clock, limits)
        try:
            with worker._within(limits.load_s):
                first = await worker._next_answer()
            if not isinstance(first, Loaded):
                raise worker._lost("it said something else than that it was ready")
        except BaseException:
            await worker.aclose()
            raise
        worker.languages = first.languages
        return worker

    @property
    def has_worked(self) -> bool:
        """Whether it has recognised a clip."""
        return self._jobs > 0

    @property
    def pid(self) -> int:
        """Of the process; 0: it hasn't started."""
        return self._process.pid if self._process else 0

    async def recognize(self, clip: Clip) -> Recognized:
        """What is said in `clip`.

        Raises:
            WorkerLost: it was lost over that, or not done within `limits.clip_s`.
        """
        number = self._jobs + 1
        job = Job(number, clip.language, clip.urgency, clip.samples.tobytes())
        with self._within(self._limits.clip_s):
            answer = self._next_answer()
            await self._send(frame(job))
            done = await answer
        if not isinstance(done, Done) or done.number != number:
            raise self._lost("it answered what wasn't asked")
        self._jobs = number
        return done.recognized

    def kill(self, why: str = "it was ended") -> None:
        """End it at once."""
        self._why = self._why or why
        self._end()

    async def aclose(self) -> None:
        """End it at once, and wait until it is gone."""
        self.kill()
        await asyncio.shield(self._life)

    # --- its life ------------------------------------------------------------------------------

    async def _live(self) -> None:
        """From its start to its end, however that comes. It is never cancelled."""
        try:
            started = await anyio.to_thread.run_sync(_start, self._command, limiter=_thread())
        except (OSError, RuntimeError) as error:  # The latter: there can be no more threads.
            self._why = self._why or f"it can't be started: {error}"
        else:
            self._process = started.process
            if self._ended:
                self._end()
            await self._run(started)
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(WorkerLost(self._why, timed_out=self._late))
        self.gone.set()

    async def _run(self, started: _Started) -> None:
        reader, self._writer = await asyncio.open_unix_connection(sock=started.line)
        try:
            await self._listen(reader)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # It has ended, or closed its line.
        except (ValueError, msgspec.DecodeError) as error:
            self._why = self._why or f"it answered what can't be read: {error}"
        self._end()
        status = await anyio.to_thread.run_sync(started.process.wait, limiter=_thread())
        with started.complaints:
            self._why = self._why or _told(status, started.complaints)
        self._writer.transport.abort()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()

    def _end(self) -> None:
        self._ended = True
        if self._process is not None:
            self._process.kill()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while True:
            prefix = await reader.readexactly(LENGTH_BYTES)
            said = reply(await reader.readexactly(length(prefix, MAX_REPLY_BYTES)))
            if isinstance(said, Failed):
                self._why = self._why or said.reason
                return
            if self._answer is None or self._answer.done():
                raise ValueError("nothing was asked")
            self._answer.set_result(said)

    def _next_answer(self) -> "asyncio.Future[Reply]":
        self._answer = asyncio.get_running_loop().create_future()
        if self.gone.is_set():
            self._answer.set_exception(WorkerLost(self._why))
        return self._answer

    async def _send(self, data: bytes) -> None:
        assert self._writer is not None  # It has answered before.
        left = memoryview(data)
        # Should it be gone: why, is told where its answer is waited for.
        with contextlib.suppress(ConnectionError):
            while left and not self._writer.is_closing():
                self._writer.write(left[:_PIECE_BYTES])
                await self._writer.drain()
                left = left[_PIECE_BYTES:]

    @contextlib.contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        """Ends it, if the block isn't done within that time."""

        def ring() -> None:
            self._late = True
            self.kill(f"it wasn't done within {seconds:g} s")

        alarm = self._clock.call_later(seconds, ring)
        try:
            yield
        finally:
            alarm.cancel()

    def _lost(self, reason: str) -> WorkerLost:
        self.kill(reason)
        return WorkerLost(reason)


def _thread() -> anyio.CapacityLimiter:
    """Leave for a thread, whoever else has one."""
    return anyio.CapacityLimiter(1)


def _start(command: Sequence[str]) -> _Started:
    """Blocks for a few milliseconds.

    Raises:
        OSError: it can't be started.
    """
    with contextlib.ExitStack() as undo:
        ours, theirs = socket.socketpair()
        undo.callback(ours.close)
        complaints = undo.enter_context(tempfile.TemporaryFile())
        with theirs:
            process = subprocess.Popen(
                command,
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=complaints,
                cwd="/",
                env=_environment(),
                start_new_session=True,  # Ctrl-C is for the server, which ends in good order.
            )
        undo.pop_all()
    ours.setblocking(False)
    return _Started(process, ours, complaints)


def _environment() -> dict[str, str]:
    passed_on = {name: value for name, value in os.environ.items() if name.startswith(_PASSED_ON)}
    return _OWN | passed_on


def _told(status: int, complaints: IO[bytes]) -> str:
    """How it ended, in words."""
    ended = f"it was ended by {_signal(-status)}" if status < 0 else f"it ended ({status})"
    last = _last_line(complaints)
    return f"{ended}: {last}" if last else ended


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _last_line(complaints: IO[bytes]) -> str:
    size_bytes = complaints.seek(0, os.SEEK_END)
    complaints.seek(max(0, size_bytes - _MOST_SAID_BYTES))
    return complaints.read().decode(errors="replace").strip().rpartition("\n")[2]
