"""The two roles that the server takes on in the database, so that row-level security binds it.

- `viva_server` serves users: a policy of each table shows it the rows of the transaction's user.
- `viva_writer` stores the commits of all interviews: it sees all, and may change what a commit
  changes, no more.

Neither logs in. The server's one login, which owns the tables, may take them on (`SET ROLE`). Until
then it sees no row, whatever it inherits: `FORCE ROW LEVEL SECURITY` binds the tables' owner too,
and the writer's policies ask who it is. Roles are a cluster's, not a database's: two installations
in one cluster share these, so they should keep each other's logins from connecting.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
from sqlalchemy import URL

from storage.connections import SERVER, WRITER, Connection, Limits, connect, dsn
from storage.records import StorageUnavailable

_LOGIN = """
SELECT rolname, NOT (rolsuper OR rolbypassrls) FROM pg_roles WHERE rolname = session_user
"""
_FACTS = """
SELECT name, quote_ident($1) AS login,
       known.oid IS NOT NULL AS known,
       coalesce(known.rolsuper OR known.rolbypassrls, false) AS unbound,
       coalesce(pg_has_role($1, known.oid, $2), false) AS granted
  FROM unnest($3::text[]) AS name LEFT JOIN pg_roles AS known ON known.rolname = name
"""


class RolesMissing(Exception):
    """The roles aren't as they must be, and the login may not see to it. `statements` would."""

    def __init__(self, statements: Sequence[str]) -> None:
        super().__init__(
            "The database's roles don't keep users apart, and the server's login may not see to "
            f"it. As a superuser, run: {'; '.join(statements)};"
        )


@dataclass(frozen=True, slots=True)
class Login:
    """As whom the server logs in.

    `bound`: whether row-level security holds for it, as it does for neither a superuser nor a role
    that may bypass it. `lacking`: the statements that would let it take on the roles; none: it may.
    """

    name: str
    bound: bool
    lacking: tuple[str, ...]


async def login(url: str | URL) -> Login:
    """As whom the URL logs in.

    Raises:
        StorageUnavailable: the database didn't answer.
    """
    async with _connected(url) as connection:
        ((name, bound),) = await connection.fetch(_LOGIN)
        return Login(name, bound, tuple(await _lacking(connection, name)))


async def provide(url: str | URL) -> None:
    """See to it that the URL's login may take the roles on.

    Raises:
        RolesMissing: it may not, and may not see to it.
        StorageUnavailable: the database didn't answer.
    """
    async with _connected(url) as connection:
        await grant(connection, await connection.fetchval("SELECT session_user"))


async def grant(connection: Connection, login: str) -> None:
    """See to it that `login` may take the roles on, as far as the connection's own role may.

    Raises:
        RolesMissing: it may not.
    """
    statements = await _lacking(connection, login)
    if not statements:
        return
    try:
        async with connection.transaction():
            await connection.execute("; ".join(statements))
    except (asyncpg.InsufficientPrivilegeError, asyncpg.DuplicateObjectError):
        pass  # The latter: another server was quicker.
    still = await _lacking(connection, login)
    if still:
        raise RolesMissing(still)


async def _lacking(connection: Connection, login: str) -> list[str]:
    """The statements that put the roles right; none: they are."""
    # Since version 16 it is an option of a grant whether a member may take the role on.
    may = "SET" if connection.get_server_version().major >= 16 else "MEMBER"
    statements: list[str] = []
    for fact in await connection.fetch(_FACTS, login, may, [SERVER, WRITER]):
        if not fact["known"]:
            statements.append(f"CREATE ROLE {fact['name']} NOLOGIN")
        if fact["unbound"]:
            statements.append(f"ALTER ROLE {fact['name']} NOSUPERUSER NOBYPASSRLS")
        if not fact["granted"]:
            option = " WITH SET TRUE" if may == "SET" else ""
            statements.append(f"GRANT {fact['name']} TO {fact['login']}{option}")
    return statements


@asynccontextmanager
async def _connected(url: str | URL) -> AsyncIterator[Connection]:
    limits = Limits()
    try:
        connection = await connect(
            dsn(url), limits, role=None, transaction_s=None, command_s=limits.transaction_s
        )
        try:
            yield connection
        finally:
            await connection.close(timeout=limits.new_connection_s)
    except (OSError, asyncpg.PostgresError) as error:
        raise StorageUnavailable(f"no connection to the database: {error}") from error
