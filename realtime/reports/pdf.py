"""The report as PDF, typeset in a process of its own (`typeset.py`), a few at a time."""

import asyncio
import re
import signal
from typing import Any

import anyio
import anyio.to_thread
import orjson
import structlog

from realtime.confined.process import Ended, Limits, Reader
from realtime.ports import Clock
from realtime.reports.document import Asked, Document, inline, paragraphs

logger = structlog.get_logger(__name__)

_MODULE = "realtime.reports.typeset"
# The longest report there can be (80 answers of 10,000 characters, as many of feedback) takes a
# tenth of the time and two thirds of the memory, if its lines are of some length.
_LIMITS = Limits(
    cpu_s=20, wall_s=30, memory_bytes=1024 * 1024 * 1024, answer_bytes=32 * 1024 * 1024
)
# How it ends where a bound is met; a library aborts where it gets no memory.
_BOUNDS = (signal.SIGXCPU, signal.SIGALRM, signal.SIGABRT, signal.SIGKILL)

# A word of more characters may be broken, lest it run out of the page, or out of a table's cell.
_IN_TEXT = re.compile(r"(?:\s|\S{1,40}(?!\S))+|\S{40}")
_ON_A_LINE = re.compile(r"(?:\s|\S{1,20}(?!\S))+|\S{20}")


class Busy(Exception):
    """Too many reports are being typeset, or wait for that."""


class TooLong(Exception):
    """The report takes more to typeset than may be spent on it."""


class Typesetter:
    """Makes PDFs, `at_once` of them, while up to `waiting` more wait their turn.

    `module` is what typesets: a module that is run as a program.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        at_once: int = 2,
        waiting: int = 8,
        limits: Limits = _LIMITS,
        module: str = _MODULE,
    ) -> None:
        self._clock = clock
        self._limits = limits
        self._module = module
        self._turns = asyncio.Semaphore(at_once)
        # Threads of our own kind, so that others' never wait for ours.
        self._threads = anyio.CapacityLimiter(at_once)
        self._room = at_once + waiting
        self._here = 0

    async def pdf(self, document: Document) -> bytes:
        """`document` as PDF. Each that is before it takes `limits.wall_s` at most, as does it.

        Raises:
            Busy: at once, if too many wait already; or no process can be started.
            TooLong: it takes too much time or memory.
            RuntimeError: it can't be typeset: a defect.
        """
        if self._here >= self._room:
            raise Busy
        self._here += 1
        try:
            async with self._turns:
                ended = await self._run(Reader(self._module, self._limits), document)
        finally:
            self._here -= 1
        return _understood(ended)

    async def _run(self, reader: Reader, document: Document) -> Ended:
        def make() -> Ended:
            return reader.run(orjson.dumps(_data(document)))

        alarm = self._clock.call_later(self._limits.wall_s, reader.kill)
        try:
            return await anyio.to_thread.run_sync(
                make, abandon_on_cancel=True, limiter=self._threads
            )
        except OSError as error:
            logger.error("report.typesetter_not_started", error=type(error).__name__)
            raise Busy from error
        finally:
            alarm.cancel()
            reader.kill()  # Where nobody waits for it any more; else it has ended.


def _understood(ended: Ended) -> bytes:
    made = ended.status == 0 and ended.answer.startswith(b"%PDF-")
    too_long = ended.killed or -ended.status in _BOUNDS
    logger.info(
        "report.typeset",
        outcome="ok" if made else "too_long" if too_long else "failed",
        status=ended.status,
        peak_bytes=ended.peak_bytes,
        cpu_ms=ended.cpu_ms,
        took_ms=ended.took_ms,
        size_bytes=len(ended.answer),
    )
    if made:
        return ended.answer
    if too_long:
        raise TooLong
    raise RuntimeError(f"the report was not typeset: status {ended.status}")


# --- what the typesetter is told ---------------------------------------------------------------


def _data(document: Document) -> dict[str, Any]:
    day = document.finished_on
    return {
        "language": document.language,
        "words": document.words,
        "date": None if day is None else [day.year, day.month, day.day],
        "title": _line(document.title),
        "facts": _line(" · ".join(document.facts)),
        "score": document.score,
        "text": _texts(document.text),
        "competencies": [
            {
                "competency": _line(each.competency),
                "score": each.score,
                "evidence": [
                    {"quote": _line(found.quote), "question": found.question}
                    for found in each.evidence
                ],
            }
            for each in document.competencies
        ],
        "missing": None if document.missing is None else _line(document.missing),
        "strengths": [_line(each) for each in document.strengths],
        "improvements": [_line(each) for each in document.improvements],
        "turns": [_turn(each) for each in document.turns],
    }


def _turn(asked: Asked) -> dict[str, Any]:
    return {
        "title": _line(asked.title),
        "question": _texts(asked.question),
        "answer": None if asked.answer is None else _texts(asked.answer),
        "spoken": [_line(each) for each in asked.spoken],
        "feedback": [_texts(each) for each in asked.feedback],
        "scores": [
            {
                "competency": _line(each.competency),
                "score": each.score,
                "supported": each.supported,
                "quotes": [_line(quote) for quote in each.quotes],
            }
            for each in asked.scores
        ],
        "unscored": asked.unscored,
        "summary": None if asked.summary is None else _texts(asked.summary),
        "better_answer": None if asked.better_answer is None else _texts(asked.better_answer),
    }


def _texts(text: str) -> list[list[list[str]]]:
    """Paragraphs of lines, each in pieces: only between two of them a word may be broken."""
    return [[_IN_TEXT.findall(line) for line in lines] for lines in paragraphs(text)]


def _line(text: str) -> list[str]:
    """One line, in pieces."""
    return _ON_A_LINE.findall(inline(text))
