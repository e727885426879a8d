"""A document's text, read in a process of its own, within bounds of time, memory and number."""

import asyncio
import signal
from dataclasses import dataclass
from typing import cast

import anyio
import anyio.to_thread
import structlog

from realtime.documents.clean import is_clean
from realtime.documents.process import Ended, Limits, Reader
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


class Extractor:
    """Reads documents, `at_once` of them, while up to `waiting` more wait their turn.

    `modules` is what reads which type: a module that is run as a program (`child.serve`).
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
        self._turns = asyncio.Semaphore(at_once)
        # Threads of our own kind, so that others' never wait for ours.
        self._threads = anyio.CapacityLimiter(at_once)
        self._room = at_once + waiting
        self._readers: set[Reader] = set()
        self._here = 0
        self._closed = False
        self._left = asyncio.Event()

    async def extract(self, data: bytes, name: str) -> Extracted:
        """The text of a file. Each that is before it takes `limits.wall_s` at most, as does it.

        Raises:
            Unreadable: with the reason; `busy` at once, if too many wait already.
        """
        kind = media_type(data, name)
        if self._here >= self._room or self._closed:
            raise Unreadable("busy")
        self._here += 1
        try:
            async with self._turns:
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
        text, reason, error = _answer(ended)
        if text is None and ended.status:
            reason = "too_slow" if late else "busy" if self._closed else _died(ended)
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


def _died(ended: Ended) -> Reason:
    """Why it went without a word."""
    if ended.status > 0:
        # A reader answers, or is struck down: that it failed by itself is our fault.
        logger.error("document.reader_failed", status=ended.status)
    if -ended.status in _OUT_OF_TIME:
        return "too_slow"
    if -ended.status in _OUT_OF_MEMORY and not ended.killed:
        return "too_complex"
    return "damaged"


def _answer(ended: Ended) -> tuple[str | None, Reason, str]:
    """The text, or null and the reason; and the name of an error that the reader met."""
    word, _, rest = ended.answer.partition(b"\n")
    reason, _, error = word.decode("ascii", "replace").partition(" ")
    if ended.status == 0 and reason == "ok":
        try:
            text = rest.decode()
        except UnicodeDecodeError:
            return None, "damaged", "UnicodeDecodeError"
        if len(text) <= MOST_CHARS and is_clean(text):
            return text, "damaged", ""
        return None, "damaged", "NotClean"
    if ended.status == 0 and reason in REASONS:
        return None, cast("Reason", reason), error if error.isidentifier() else ""
    return None, "damaged", ""
