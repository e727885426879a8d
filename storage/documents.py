"""Documents in PostgreSQL: stored, listed, read, deleted.

Rules that hold inside:

- A user's documents are found by the user's id and their own together, never by their own alone.
  Row-level security says so a second time.
- A user's documents are counted under a lock of that user's, so that no two come in where there is
  room for one.
- What was begun for a user who was forgotten meanwhile isn't stored.
- The file is a column, or an object elsewhere; `storage.objects` tells how neither outlives the
  other.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from sqlalchemy import RowMapping, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from protocol.documents import Document, DocumentKind, DocumentWithText, Profile
from protocol.errors import ProtocolError
from storage.database import Database
from storage.models import DocumentRow
from storage.objects import take_over
from storage.paging import cursor_of, place_of, possible
from storage.records import CorruptRecord, Paper
from storage.users import alone, known_since, make_known

_Told = TypeVar("_Told", bound=Document)

# All that is shown of a document in a list.
_SHOWN = tuple(
    getattr(DocumentRow, name)
    for name in ("id", "kind", "name", "media_type", "chars", "created_at", "profile")
)


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document to be stored. `size_bytes` is of the file, which is either in `data`, or the
    object of `object_key`.
    """

    kind: DocumentKind
    name: str
    media_type: str
    text: str
    profile: Profile | None
    size_bytes: int
    data: bytes | None
    object_key: str | None


class StoredDocuments:
    """All documents of a database, of whichever user, who may have `most` of them (0: any number).

    `new_id` names new documents, each differently. Every method raises `StorageUnavailable` within
    bounded time if the database doesn't answer, and `CorruptRecord` if it holds what is no
    document.
    """

    def __init__(self, database: Database, *, most: int, new_id: Callable[[], str]) -> None:
        self._database = database
        self._most = most
        self._new_id = new_id

    async def admit(self, user_id: str, *, now: int) -> int:
        """Find out at `now` (Unix ms) whether there is room for one more, before anything is done
        for it. From then on the user is known, so that what that takes can be booked.

        Returns:
            Since when the user has been known (Unix ms), for `add`.

        Raises:
            ProtocolError: `forbidden`: there isn't.
        """

        async def look(connection: AsyncConnection) -> int:
            await alone(connection, user_id)
            await self._room(connection, user_id)
            await make_known(connection, user_id, now)
            since = await known_since(connection, user_id)
            assert since is not None  # nobody can be forgotten meanwhile
            return since

        return await self._database.write(user_id, look)

    async def add(self, user_id: str, new: NewDocument, *, now: int, since: int) -> Document:
        """Store one, made at `now` (Unix ms), for a user who was known at `since` (`admit`).

        Raises:
            ProtocolError: `forbidden`: there is no room for it, or the user was forgotten
                meanwhile. Nothing was stored.
            ObjectUnwanted: its object was given up meanwhile. Nothing was stored.
        """
        document = Document(
            id=self._new_id(),
            kind=new.kind,
            name=new.name,
            media_type=new.media_type,
            chars=len(new.text),
            created_at=now,
            profile=new.profile,
        )

        async def store(connection: AsyncConnection) -> None:
            await alone(connection, user_id)
            if await known_since(connection, user_id) != since:
                raise ProtocolError(
                    "forbidden",
                    "All that was stored of this user was deleted meanwhile.",
                    details={"reason": "forgotten"},
                )
            await self._room(connection, user_id)
            if new.object_key is not None:
                await take_over(connection, new.object_key)
            values = {field: getattr(document, field) for field in Document.__slots__}
            values |= {"user_id": user_id, "text": new.text, "size_bytes": new.size_bytes}
            values |= {"data": new.data, "object_key": new.object_key}
            await connection.execute(insert(DocumentRow).values(values))

        await self._database.write(user_id, store)
        return document

    async def page(
        self, user_id: str, *, limit: int, cursor: str | None
    ) -> tuple[list[Document], str | None]:
        """At most `limit` of the user's documents, newest first, and the cursor of the next page.

        Raises:
            ProtocolError: `malformed`, for a cursor that isn't ours.
        """
        query = select(*_SHOWN).where(DocumentRow.user_id == user_id)
        if cursor is not None:
            place = tuple_(DocumentRow.created_at, DocumentRow.id)
            query = query.where(place < place_of(cursor))
        query = query.order_by(DocumentRow.created_at.desc(), DocumentRow.id.desc())
        query = query.limit(limit + 1)

        async def look(connection: AsyncConnection) -> Sequence[RowMapping]:
            return (await connection.execute(query)).mappings().all()

        rows = await self._database.read(user_id, look)
        items = [_converted(row, Document) for row in rows[:limit]]
        more = len(rows) > limit
        return items, cursor_of(items[-1].created_at, items[-1].id) if more else None

    async def load(self, user_id: str, document_id: str) -> DocumentWithText | None:
        """That document; null: not this user's."""
        if not possible(document_id):
            return None
        query = select(*_SHOWN, DocumentRow.text).where(
            DocumentRow.id == document_id, DocumentRow.user_id == user_id
        )

        async def look(connection: AsyncConnection) -> RowMapping | None:
            return (await connection.execute(query)).mappings().one_or_none()

        row = await self._database.read(user_id, look)
        return None if row is None else _converted(row, DocumentWithText)

    async def delete(self, user_id: str, document_id: str) -> bool:
        """Delete it, and have its object deleted; false: not this user's."""
        if not possible(document_id):
            return False
        statement = delete(DocumentRow).where(
            DocumentRow.id == document_id, DocumentRow.user_id == user_id
        )

        async def remove(connection: AsyncConnection) -> bool:
            return (await connection.execute(statement)).rowcount > 0

        return await self._database.write(user_id, remove)

    async def papers(self, user_id: str, document_ids: Sequence[str]) -> tuple[Paper, ...]:
        """Those of that user's documents, in that order; what was deleted is left out."""
        query = select(
            DocumentRow.id, DocumentRow.kind, DocumentRow.text, DocumentRow.profile
        ).where(DocumentRow.user_id == user_id, DocumentRow.id.in_(filter(possible, document_ids)))

        async def look(connection: AsyncConnection) -> Sequence[RowMapping]:
            return (await connection.execute(query)).mappings().all()

        rows = {row["id"]: row for row in await self._database.read(user_id, look)}
        return tuple(
            Paper(rows[each]["kind"], rows[each]["text"], _profile(rows[each]))
            for each in dict.fromkeys(document_ids)
            if each in rows
        )

    async def _room(self, connection: AsyncConnection, user_id: str) -> None:
        query = select(func.count()).select_from(DocumentRow).where(DocumentRow.user_id == user_id)
        if self._most and (await connection.execute(query)).scalar_one() >= self._most:
            raise ProtocolError(
                "forbidden",
                f"There is room for {self._most} documents; delete one first.",
                details={"reason": "too_many_documents", "limit": self._most},
            )


async def kept(connection: AsyncConnection, document_ids: Iterable[str]) -> set[str]:
    """Which of these there are, of those that the transaction's user sees."""
    asked = [each for each in document_ids if possible(each)]
    if not asked:
        return set()
    query = select(DocumentRow.id).where(DocumentRow.id.in_(asked))
    return set((await connection.execute(query)).scalars())


def _converted(row: RowMapping, shown: type[_Told]) -> _Told:
    try:
        return msgspec.convert(dict(row), shown)
    except msgspec.ValidationError as error:
        raise CorruptRecord(f"document {row['id']}: {error}") from error


def _profile(row: RowMapping) -> Profile | None:
    try:
        return msgspec.convert(row["profile"], Profile | None)
    except msgspec.ValidationError as error:
        raise CorruptRecord(f"document {row['id']}: {error}") from error
