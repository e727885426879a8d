"""A user's beginning and end: all that is stored of one goes with one row."""

from dataclasses import dataclass

from sqlalchemy import URL, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.models import DocumentRow, InterviewRow, ModelRequestRow, UserRow


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What went with a user. `objects`: files of documents that an object store has to delete."""

    interviews: int
    documents: int
    objects: int
    model_requests: int


async def alone(connection: AsyncConnection, user_id: str) -> None:
    """Wait for whoever else does this for that user; until the transaction ends others wait."""
    lock = func.hashtextextended(f"documents of {user_id}", 0)
    await connection.execute(select(func.pg_advisory_xact_lock(lock)))


async def make_known(connection: AsyncConnection, user_id: str, now: int) -> None:
    """Make the user's row, at `now` (Unix ms), unless there is one."""
    user = insert(UserRow).values(id=user_id, created_at=now)
    await connection.execute(user.on_conflict_do_nothing())


async def known_since(connection: AsyncConnection, user_id: str) -> int | None:
    """When the user's row was made (Unix ms); null: there is none. It is another one when somebody
    who was forgotten comes again.
    """
    query = select(UserRow.created_at).where(UserRow.id == user_id)
    return (await connection.execute(query)).scalar_one_or_none()


async def stored_of(url: str | URL, user_id: str) -> Forgotten | None:
    """What there is of a user; null: there is no such user.

    Raises:
        StorageUnavailable: the database didn't answer.
    """
    database = Database(url)
    try:
        return await database.read(user_id, lambda connection: _count(connection, user_id))
    finally:
        await database.aclose()


async def forget(url: str | URL, user_id: str) -> Forgotten | None:
    """Delete a user and all that is theirs; null: there is no such user.

    Raises:
        StorageUnavailable: the database didn't answer.
    """

    async def remove(connection: AsyncConnection) -> Forgotten | None:
        # A document that is being stored is counted, and goes too.
        await alone(connection, user_id)
        found = await _count(connection, user_id)
        await connection.execute(delete(UserRow).where(UserRow.id == user_id))
        return found

    database = Database(url)
    try:
        return await database.write(user_id, remove)
    finally:
        await database.aclose()


async def _count(connection: AsyncConnection, user_id: str) -> Forgotten | None:
    known = select(func.count()).select_from(UserRow).where(UserRow.id == user_id)
    if not (await connection.execute(known)).scalar_one():
        return None

    async def count(of: type[InterviewRow | DocumentRow | ModelRequestRow]) -> int:
        query = select(func.count()).select_from(of).where(of.user_id == user_id)
        return (await connection.execute(query)).scalar_one()

    objects = select(func.count(DocumentRow.object_key)).where(DocumentRow.user_id == user_id)
    return Forgotten(
        interviews=await count(InterviewRow),
        documents=await count(DocumentRow),
        objects=(await connection.execute(objects)).scalar_one(),
        model_requests=await count(ModelRequestRow),
    )
