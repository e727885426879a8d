"""The outbox of the object store: which objects have no document, and are to be deleted.

No object outlives its document, nor is there one without, whenever a server dies:

- An object's key is entered before the object is put into the store, to be deleted after a time of
  grace. The transaction that stores its document takes the entry out; once a deletion has begun it
  can't any more, and stores nothing.
- A trigger enters it again when the document is deleted, in the same transaction, also where that
  is because its user was.
- Entries are taken out only after the store has confirmed the deletion. Each try puts the next one
  off, so that several servers don't do the same at once, and a store that is away is left alone.
"""

from collections.abc import Sequence

from sqlalchemy import URL, and_, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.connections import WRITER, Limits
from storage.database import NOBODY, Database
from storage.models import UnwantedObjectRow

# Far longer than putting an object and storing its document may take together.
GRACE_MS = 600_000
FIRST_RETRY_MS = 30_000
LAST_RETRY_MS = 3_600_000
_MOST_DOUBLINGS = 7  # beyond which the last is reached anyhow


class ObjectUnwanted(Exception):
    """The object's deletion was begun, as its document wasn't stored in good time."""


class ObjectEntries:
    """A user's side: objects that are about to be put."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def enter(self, user_id: str, key: str, *, now: int) -> None:
        """Note that an object is about to be put, at `now` (Unix ms).

        Raises:
            StorageUnavailable: it may not be put.
        """
        entry = insert(UnwantedObjectRow).values(
            key=key, user_id=user_id, due_at=now + GRACE_MS, tries=0
        )
        await self._database.write(user_id, lambda connection: connection.execute(entry))

    async def give_up(self, user_id: str, key: str) -> None:
        """Have it deleted now: it gets no document. Does nothing where it has one.

        Raises:
            StorageUnavailable: it is deleted after the time of grace.
        """
        statement = update(UnwantedObjectRow).where(UnwantedObjectRow.key == key)
        await self._database.write(
            user_id, lambda connection: connection.execute(statement.values(due_at=0))
        )


async def take_over(connection: AsyncConnection, key: str) -> None:
    """Take the entry of an object out that gets its document in this transaction.

    Raises:
        ObjectUnwanted: it is being deleted.
    """
    entry = delete(UnwantedObjectRow).where(
        UnwantedObjectRow.key == key, UnwantedObjectRow.tries == 0
    )
    if (await connection.execute(entry)).rowcount == 0:
        raise ObjectUnwanted(key)


class Outbox:
    """The server's side, of all users: what is to be deleted now. Connects when first used."""

    def __init__(self, url: str | URL, limits: Limits | None = None) -> None:
        limits = limits or Limits()
        few = Limits(1, limits.free_connection_s, limits.new_connection_s, limits.transaction_s)
        self._database = Database(url, few, role=WRITER)

    async def due(self, *, now: int, most: int) -> list[str]:
        """At most so many keys whose time has come at `now` (Unix ms), the longest due first. They
        aren't due again at once, for anybody.

        Raises:
            StorageUnavailable: the database didn't answer.
        """
        row = UnwantedObjectRow
        chosen = select(row.key).where(row.due_at <= now).order_by(row.due_at).limit(most)
        wait_ms = FIRST_RETRY_MS * func.power(2, func.least(row.tries, _MOST_DOUBLINGS))
        claim = (
            update(row)
            .where(row.key.in_(chosen.with_for_update(skip_locked=True).scalar_subquery()))
            .values(tries=row.tries + 1, due_at=now + func.least(wait_ms, LAST_RETRY_MS))
            .returning(row.key)
        )

        async def take(connection: AsyncConnection) -> list[str]:
            return list((await connection.execute(claim)).scalars())

        return await self._database.write(NOBODY, take)

    async def done(self, keys: Sequence[str]) -> None:
        """They are deleted.

        Raises:
            StorageUnavailable: the database didn't answer; they come again.
        """
        statement = delete(UnwantedObjectRow).where(
            and_(UnwantedObjectRow.key.in_(keys), UnwantedObjectRow.tries > 0)
        )
        await self._database.write(NOBODY, lambda connection: connection.execute(statement))

    async def waiting(self, *, now: int) -> int:
        """How many are due at `now`: for operators.

        Raises:
            StorageUnavailable: the database didn't answer.
        """
        query = select(func.count()).select_from(UnwantedObjectRow)
        query = query.where(UnwantedObjectRow.due_at <= now)

        async def count(connection: AsyncConnection) -> int:
            return (await connection.execute(query)).scalar_one()

        return await self._database.read(NOBODY, count)

    async def left_of(self, user_id: str) -> int:
        """How many of that user's are still there.

        Raises:
            StorageUnavailable: the database didn't answer.
        """
        query = select(func.count()).select_from(UnwantedObjectRow)
        query = query.where(UnwantedObjectRow.user_id == user_id)

        async def count(connection: AsyncConnection) -> int:
            return (await connection.execute(query)).scalar_one()

        return await self._database.read(NOBODY, count)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._database.aclose()
