"""What tests of documents have in common: documents to be stored, and objects that are noted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import text

from protocol.documents import Entry, Profile
from storage.documents import NewDocument, StoredDocuments
from storage.objects import ObjectEntries
from tests.storage.migrated import new_id

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from protocol.documents import Document
    from storage.database import Database

NOW = 1_790_000_000_000
TEXT = "Mina Kim\n백엔드 개발자"
PROFILE = Profile(
    skills=("Python", "PostgreSQL"),
    experience=(Entry("Backend engineer", "Acme", "2019 – 2023", "Cut latency by half."),),
)

# Takes by name what is to be otherwise.
resume = partial(
    NewDocument,
    kind="resume",
    name="mina.pdf",
    media_type="application/pdf",
    text=TEXT,
    profile=PROFILE,
    size_bytes=4,
    data=b"%PDF",
    object_key=None,
)


def documents_of(database: Database, most: int = 0) -> StoredDocuments:
    return StoredDocuments(database, most=most, new_id=new_id)


async def add(
    documents: StoredDocuments, user: str, new: NewDocument, *, now: int = NOW
) -> Document:
    """Admit the user, and store it."""
    since = await documents.admit(user, now=now)
    return await documents.add(user, new, now=now, since=since)


async def add_object(database: Database, user: str, key: str) -> str:
    """A document whose file is an object; its id."""
    await ObjectEntries(database).enter(user, key, now=NOW)
    new = resume(data=None, object_key=key)
    return (await add(documents_of(database), user, new)).id


async def noted(overseer: Database, user: str) -> dict[str, tuple[int, int]]:
    """When the user's objects are to be deleted, and how often that was tried."""
    query = text("SELECT key, due_at, tries FROM unwanted_objects WHERE user_id = :user")

    async def look(connection: AsyncConnection) -> dict[str, tuple[int, int]]:
        rows = await connection.execute(query, {"user": user})
        return {key: (due_at, tries) for key, due_at, tries in rows}

    return await overseer.read("", look)
