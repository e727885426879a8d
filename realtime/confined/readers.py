"""Strangers' files, each read in a process of its own, within bounds of time, memory and number.

What a file did to its reader is told of the file. What befell a reader before it came to the file
is a fault of this machine, and told as one. What was answered is a stranger's word: whoever asked
checks it.
"""

import asyncio
import signal
from dataclasses import dataclass, replace
from typing import Literal, cast, get_args

import anyio
import anyio.to_thread
import structlog

from realtime.confined.confine import Fence
from realtime.confined.process import Ended, Limits, Reader
from realtime.confined.sharing import Shares
from realtime.ports import Clock

logger = structlog.get_logger(__name__)

# Why there is no answer, where the reader itself couldn't say.
Failure = Literal["damaged", "too_slow", "too_complex", "busy"]

_FENCES = frozenset[str](get_args(Fence))
_OUT_OF_TIME = (signal.SIGXCPU, signal.SIGALRM)
# Libraries abort where an allocation fails; the kernel kills where the machine's memory, or its
# container's, is at its end. A crash over a malformed file is a fault or a trap instead.
_OUT_OF_MEMORY = (signal.SIGABRT, signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader answered: its `body`; or null, and the `reason`, which is a `Failure` or any
    word of the reader's own. `error`: the name of an error that it met, or nothing.
    """

    body: bytes | None
    reason: str
    error: str
    ended: Ended

    def figures(self) -> dict[str, object]:
        """For the log: how it ended, and what it took."""
        ended = self.ended
        return {
            "error": self.error or None,
            "status": ended.status,
            "peak_bytes": ended.peak_bytes,
            "cpu_ms": ended.cpu_ms,
            "took_ms": ended.took_ms,
        }


class Busy(Exception):
    """Too many files are being read, or no process could be started."""


class ReaderBroken(Exception):
    """No file can be read: the process that would do it ends before it comes to that."""


class Readers:
    """Reads files, `at_once` of them, while up to `waiting` more wait their turn.

    Turns are shared out among owners (`sharing.py`). `kind` is what the files are, for the log.
    """

    def __init__(
        self, kind: str, clock: Clock, limits: Limits, *, at_once: int, waiting: int
    ) -> None:
        self._kind = kind
        self._clock = clock
        self._limits = limits
        self._turns = Shares(at_once)
        # Threads of our own kind, so that others' never wait for ours.
        self._threads = anyio.CapacityLimiter(at_once)
        self._room = at_once + waiting
        self._readers: set[Reader] = set()
        self._here = 0
        self._closed = False
        self._fence: Fence | None = None
        self._left = asyncio.Event()

    @property
    def fence(self) -> Fence | None:
        """What the last reader was held by; null: none has read yet."""
        return self._fence

    async def read(self, module: str, data: bytes, owner: str) -> Answer:
        """What `module`, run as a program (`child.serve`), answers to a file of that owner's. Each
        that is before it takes `limits.wall_s` at most, as does it.

        Raises:
            Busy: at once, if too many wait already; or no process can be started.
            ReaderBroken: it is no fault of the file's; the log says more.
        """
        if self._here >= self._room or self._closed:
            raise Busy
        self._here += 1
        try:
            async with self._turns.turn(owner):
                if self._closed:
                    raise Busy
                ended = await self._run(Reader(module, self._limits), data)
        finally:
            self._here -= 1
            if not self._here:
                self._left.set()
        return self._understood(ended, module)

    async def aclose(self) -> None:
        """Ends what is being read: whoever waits for it gets `busy`."""
        self._closed = True
        for reader in self._readers:
            reader.kill()
        if self._here:
            self._left.clear()
            await self._left.wait()

    async def _run(self, reader: Reader, data: bytes) -> Ended:
        """How reading ended; `late`: by our clock too."""
        late = False

        def ring() -> None:
            nonlocal late
            late = True
            reader.kill()

        alarm = self._clock.call_later(self._limits.wall_s, ring)
        self._readers.add(reader)
        try:
            ended = await anyio.to_thread.run_sync(
                reader.run, data, abandon_on_cancel=True, limiter=self._threads
            )
        except OSError as error:
            logger.error(f"{self._kind}.reader_not_started", error=type(error).__name__)
            raise Busy from error
        finally:
            alarm.cancel()
            self._readers.discard(reader)
            reader.kill()  # Where nobody waits for it any more; else it has ended.
        return replace(ended, late=ended.late or late)

    def _understood(self, ended: Ended, module: str) -> Answer:
        first, _, answer = ended.answer.partition(b"\n")
        fence = first.decode("ascii", "replace")
        if fence in _FENCES:
            self._held_by(cast("Fence", fence))
            if ended.status == 0:
                return _answered(answer, ended)
            reason = "too_slow" if ended.late else "busy" if self._closed else self._died(ended)
            return Answer(None, reason, "", ended)
        if ended.killed:
            return Answer(None, "busy", "", ended)  # It never came to the file.
        logger.error(f"{self._kind}.reader_broken", module=module, status=ended.status)
        raise ReaderBroken(f"{module} ended with status {ended.status}")

    def _held_by(self, fence: Fence) -> None:
        if fence == "limits" and self._fence != fence:
            logger.warning(f"{self._kind}.reader_unfiltered")
        self._fence = fence

    def _died(self, ended: Ended) -> Failure:
        """Why it went without an answer."""
        if ended.status == -signal.SIGSYS:
            logger.warning(f"{self._kind}.reader_overstepped")
        if -ended.status in _OUT_OF_TIME:
            return "too_slow"
        if -ended.status in _OUT_OF_MEMORY and not ended.killed:
            return "too_complex"
        return "damaged"


def _answered(answer: bytes, ended: Ended) -> Answer:
    """What it said before it ended in good order."""
    word, _, body = answer.partition(b"\n")
    reason, _, error = word.decode("ascii", "replace").partition(" ")
    if reason == "ok":
        return Answer(body, "", "", ended)
    return Answer(None, reason, error if error.isidentifier() else "", ended)
