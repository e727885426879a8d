"""The documents that one interview is led by, as whoever leads it has them at hand."""

import asyncio
from dataclasses import replace

import structlog

from protocol.view import Interview
from realtime.interviewer.offline.background import profile_of
from realtime.ports import CorruptRecord, Paper, Shelf, StorageUnavailable

logger = structlog.get_logger(__name__)

# Of a document, in characters: what comes after is not read. As long as a job description may be
# that is posted with the interview.
MOST_OF_PAPER = 20_000


class Documents:
    """The documents of one interview: fetched once, kept as long as it is awake."""

    def __init__(self, shelf: Shelf | None, user_id: str) -> None:
        self._shelf = shelf
        self._user_id = user_id
        self._papers: tuple[Paper, ...] | None = None

    async def papers(self, interview: Interview) -> tuple[Paper, ...] | None:
        """Those that its config names, each with a profile; null as long as storage is away: it is
        gone on without them meanwhile.
        """
        ids = interview.config.document_ids
        if self._shelf is None or not ids:
            return ()
        if self._papers is None:
            try:
                found = await self._shelf.papers(self._user_id, ids)
            except (StorageUnavailable, CorruptRecord) as error:
                logger.warning("documents_missing", interview=interview.id, why=str(error))
                return None
            # To read a long one takes tenths of a second, in which no token would pass.
            self._papers = await asyncio.to_thread(_prepared, found)
        return self._papers


def _prepared(papers: tuple[Paper, ...]) -> tuple[Paper, ...]:
    kept = [replace(paper, text=paper.text[:MOST_OF_PAPER]) for paper in papers]
    return tuple(replace(paper, profile=profile_of(paper)) for paper in kept)
