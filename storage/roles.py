"""The role that the server logs in to the database as."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database


@dataclass(frozen=True, slots=True)
class Role:
    """`bound`: whether row-level security holds for it, as it does for neither a superuser nor a
    role that may bypass it.
    """

    name: str
    bound: bool


async def role_of(database: Database) -> Role:
    """As whom `database` is used.

    Raises:
        StorageUnavailable: the database didn't answer.
    """
    return await database.read(_role)


async def _role(connection: AsyncConnection) -> Role:
    query = "SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    name, unbound = (await connection.execute(text(query))).one()
    return Role(name, not unbound)
