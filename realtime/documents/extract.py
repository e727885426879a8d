"""A document's text, read in a confined process of its own (`realtime/confined/`)."""

from dataclasses import dataclass
from typing import cast

import structlog

from realtime.confined.confine import Fence
from realtime.confined.process import Limits
from realtime.confined.readers import Answer, Busy, Readers
from realtime.confined.readers import ReaderBroken as ReaderBroken
from realtime.documents.clean import is_clean
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


@dataclass(frozen=True, slots=True)
class Extracted:
    """A document's text: 1 to `MOST_CHARS` code points, not blank, without control characters but
    "\n" and "\t", in normal form C. `media_type` is told from the content.
    """

    media_type: MediaType
    text: str


class Extractor:
    """Reads documents, `at_once` of them, while up to `waiting` more wait their turn.

    Turns are shared out among owners (`confined/sharing.py`). `modules` is what reads which type: a
    module that is run as a program (`child.serve`).
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
        self._modules = modules or MODULES
        self._readers = Readers(
            "document", clock, limits or Limits(), at_once=at_once, waiting=waiting
        )

    @property
    def fence(self) -> Fence | None:
        """What the last reader was held by; null: none has read yet."""
        return self._readers.fence

    async def extract(self, data: bytes, name: str, owner: str = "") -> Extracted:
        """The text of a file of that owner's. Each that is before it takes `limits.wall_s` at most,
        as does it.

        Raises:
            Unreadable: with the reason; `busy` at once, if too many wait already.
            ReaderBroken: it is no fault of the file's; the log says more.
        """
        kind = media_type(data, name)
        try:
            answer = await self._readers.read(self._modules[kind], data, owner)
        except Busy as error:
            raise Unreadable("busy") from error
        found = _text(answer)
        logger.info(
            "document.read",
            media_type=kind,
            outcome=found.reason if isinstance(found, Unreadable) else "ok",
            **answer.figures(),
        )
        if isinstance(found, Unreadable):
            raise found
        return Extracted(kind, found)

    async def aclose(self) -> None:
        """Ends what is being read: whoever waits for it gets `busy`."""
        await self._readers.aclose()


def _text(answer: Answer) -> str | Unreadable:
    """The text out of an answer, which is a stranger's word: it is believed in nothing."""
    if answer.body is None:
        known = answer.reason in REASONS
        return Unreadable(cast("Reason", answer.reason) if known else "damaged")
    try:
        text = answer.body.decode()
    except UnicodeDecodeError:
        return Unreadable("damaged")
    return text if len(text) <= MOST_CHARS and is_clean(text) else Unreadable("damaged")
