"""A document's text, read in a process of its own, within bounds of time, memory and number.

What a document did to its reader is told of the document. What befell a reader before it came to
the document is a fault of this machine, and told as one.
"""

import asyncio
import signal
from dataclasses import dataclass
from typing import cast, get_args

import anyio
import anyio.to_thread
import structlog

from realtime.documents.clean import is_clean
from realtime.documents.confine import Fence
from realtime.documents.process import Ended, Limits, Reader
from realtime.documents.sharing import Shares
from realtime.documents.sniff import DOCX, MARKDOWN, PDF, PLAIN, MediaType, media_type
from realtime.documents.unreadable import MOST_CHARS as MOST_CHARS
from realtime.documents.unreadable import REASONS, Reason
from realtime.documents.unreadable import Unreadable as Unreadable
from realtime.ports import Clock

logger = structlog.get_logger(__name__)

MODULES: dict[MediaType, str] = {
    PDF: "realtime.documents.pdf",
    DOCX: "realtime.documents.docx",
    PLAIN: "realtime.documents.plain",
    MARKDOWN: "realtime.documents.plain",
}
_FENCES = frozenset[str](get_args(Fence))
_OUT_OF_TIME = (signal.SIGXCPU, signal.SIGALRM)
# PDFium aborts where an allocation fails; the kernel kills where the machine's memory, or its
# container's, is at its end. A crash over a malformed file is a fault or a trap instead.
_OUT_OF_MEMORY = (signal.SIGABRT, signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Extracted:
    """A document's text: 1 to `MOST_CHARS` code points, not blank, without control characters but
    "\\n" and "\\t", in normal form C. `media_type` is told from the content.
    """

    media_type: MediaType
    text: str


class ReaderBroken(Exception):
    """No document can be read: the process that would do it ends before it comes to that."""


class Extractor:
    """Reads documents, `at_once` of them, while up to `waiting` more wait their turn.

    Turns are shared out among owners (`sharing.py`). `modules` is what reads which type: a module
    that is run as a program (`child.serve`).
    """

    def __init__(
        self,
        clock: Clock,
        *,
        at_once: int = 2,
        waiting: int = 8,
        limits: Limits | None = None,
        modules: dict[MediaType, str] | None = None,
    ) -> None:
        self._clock = clock
        self._limits = limits or Limits()
        self._modules = modules or MODULES
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

    async def extract(self, data: bytes, name: str, owner: str = "") -> Extracted:
        """The text of a file of that owner's. Each that is before it takes `limits.wall_s` at most,
        as does it.

        Raises:
            Unreadable: with the reason; `busy` at once, if too many wait already.
            ReaderBroken: it is no fault of the file's; the log says more.
        """
        kind = media_type(data, name)
        if self._here >= self._room or self._closed:
            raise Unreadable("busy")
        self._here += 1
        try:
            async with self._turns.turn(owner):
                if self._closed:
                    raise Unreadable("busy")
                ended, timed_out = await self._run(Reader(self._modules[kind], self._limits), data)
        finally:
            self._here -= 1
            if not self._here:
                self._left.set()
        return Extracted(kind, self._understood(ended, kind, timed_out))

    async def aclose(self) -> None:
        """Ends what is being read: whoever waits for it gets `busy`."""
        self._closed = True
        for reader in self._readers:
            reader.kill()
        if self._here:
            self._left.clear()
            await self._left.wait()

    async def _run(self, reader: Reader, data: bytes) -> tuple[Ended, bool]:
        """How reading ended, and whether its time had run out."""
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
            logger.error("document.reader_not_started", error=type(error).__name__)
            raise Unreadable("busy") from error
        finally:
            alarm.cancel()
            self._readers.discard(reader)
            reader.kill()  # Where nobody waits for it any more; else it has ended.
        return ended, late

    def _understood(self, ended: Ended, kind: MediaType, late: bool) -> str:
        """The text out of an answer, which is a stranger's word: it is believed in nothing."""
        first, _, answer = ended.answer.partition(b"\n")
        fence = first.decode("ascii", "replace")
        if fence in _FENCES:
            self._held_by(cast("Fence", fence))
            text, reason, error = _answer(answer, ended.status)
            if text is None and ended.status:
                reason = "too_slow" if late else "busy" if self._closed else _died(ended)
        elif ended.killed:
            text, reason, error = None, "busy", ""  # It never came to the document.
        else:
            logger.error("document.reader_broken", module=self._modules[kind], status=ended.status)
            raise ReaderBroken(f"{self._modules[kind]} ended with status {ended.status}")
        logger.info(
            "document.read",
            media_type=kind,
            outcome="ok" if text is not None else reason,
            error=error or None,
            status=ended.status,
            peak_bytes=ended.peak_bytes,
            cpu_ms=ended.cpu_ms,
            took_ms=ended.took_ms,
        )
        if text is None:
            raise Unreadable(reason)
        return text

    def _held_by(self, fence: Fence) -> None:
        if fence == "limits" and self._fence != fence:
            logger.warning("document.reader_unfiltered")
        self._fence = fence


def _died(ended: Ended) -> Reason:
    """Why it went without an answer."""
    if ended.status == -signal.SIGSYS:
        logger.warning("document.reader_overstepped")
    if -ended.status in _OUT_OF_TIME:
        return "too_slow"
    if -ended.status in _OUT_OF_MEMORY and not ended.killed:
        return "too_complex"
    return "damaged"


def _answer(answer: bytes, status: int) -> tuple[str | None, Reason, str]:
    """The text, or null and the reason; and the name of an error that the reader met."""
    word, _, rest = answer.partition(b"\n")
    reason, _, error = word.decode("ascii", "replace").partition(" ")
    if status == 0 and reason == "ok":
        try:
            text = rest.decode()
        except UnicodeDecodeError:
            return None, "damaged", "UnicodeDecodeError"
        if len(text) <= MOST_CHARS and is_clean(text):
            return text, "damaged", ""
        return None, "damaged", "NotClean"
    if status == 0 and reason in REASONS:
        return None, cast("Reason", reason), error if error.isidentifier() else ""
    return None, "damaged", ""
