"""Plain parts for documents: storage in memory, an extractor that takes what it gets for text, and
a profiler that takes words for skills.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from protocol.documents import Document, DocumentKind, DocumentWithText, Profile
from protocol.errors import ProtocolError
from realtime.document_parts import DocumentParts
from realtime.documents.extract import Extracted
from realtime.documents.intake import DocumentIntake, Readers
from realtime.documents.ports import Extracts, Keeps, Scans
from realtime.documents.unreadable import Reason, Unreadable
from realtime.ports import Paper
from storage.documents import NewDocument
from tests.realtime.fakes import START, FakeClock


@dataclass
class MemoryDocuments:
    """Keeps documents. `error` is what adding one raises; `slow` is awaited by it before."""

    most: int = 0
    error: Exception | None = None
    slow: Callable[[], Awaitable[object]] | None = None
    added: list[tuple[str, NewDocument, Document]] = field(default_factory=list)

    async def admit(self, user_id: str, *, now: int) -> int:
        if self.most and len([one for one in self.added if one[0] == user_id]) >= self.most:
            raise ProtocolError("forbidden", "There is no room.")
        return START

    async def add(self, user_id: str, new: NewDocument, *, now: int, since: int) -> Document:
        if self.slow is not None:
            await self.slow()
        if self.error is not None:
            raise self.error
        assert since == await self.admit(user_id, now=now)
        name = f"doc{len(self.added)}"
        made = Document(name, new.kind, new.name, new.media_type, len(new.text), now, new.profile)
        self.added.append((user_id, new, made))
        return made

    async def page(
        self, user_id: str, *, limit: int, cursor: str | None
    ) -> tuple[list[Document], str | None]:
        return [made for owner, _, made in self.added if owner == user_id][:limit], None

    async def load(self, user_id: str, document_id: str) -> DocumentWithText | None:
        mine = (one for one in self.added if one[0] == user_id)
        return next((it.with_text(new.text) for _, new, it in mine if it.id == document_id), None)

    async def delete(self, user_id: str, document_id: str) -> bool:
        known = await self.load(user_id, document_id) is not None
        self.added = [one for one in self.added if one[2].id != document_id or one[0] != user_id]
        return known

    async def papers(self, user_id: str, document_ids: Sequence[str]) -> tuple[Paper, ...]:
        mine = {made.id: new for owner, new, made in self.added if owner == user_id}
        return tuple(
            Paper(mine[each].kind, mine[each].text, mine[each].profile)
            for each in document_ids
            if each in mine
        )


@dataclass
class PlainExtractor:
    """Takes what it gets for text in UTF-8, unless there is a `reason` not to. `slow` is awaited
    before; `given_up` counts those who were cancelled meanwhile.
    """

    reason: Reason | None = None
    slow: Callable[[], Awaitable[object]] | None = None
    read: int = 0
    given_up: int = 0

    async def extract(self, data: bytes, name: str, owner: str = "") -> Extracted:
        self.read += 1
        if self.slow is not None:
            try:
                await self.slow()
            except asyncio.CancelledError:
                self.given_up += 1
                raise
        if self.reason is not None:
            raise Unreadable(self.reason)
        try:
            return Extracted("text/plain", data.decode())
        except UnicodeDecodeError:
            raise Unreadable("unsupported") from None


class PlainProfiler:
    """Takes the first words for skills."""

    async def profile(self, user_id: str, kind: DocumentKind, text: str) -> Profile:
        return Profile(skills=tuple(word[:200] for word in text.split()[:3]))


def document_parts(
    documents: MemoryDocuments | None = None,
    *,
    extractor: Extracts | None = None,
    scanner: Scans | None = None,
    files: Keeps | None = None,
) -> DocumentParts:
    """Plain parts, but for those that are given."""
    documents = documents or MemoryDocuments()
    readers = Readers(extractor or PlainExtractor(), PlainProfiler(), scanner)
    return DocumentParts(documents, DocumentIntake(documents, readers, FakeClock(), files))
