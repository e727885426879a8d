"""Users kept apart by the database itself (row-level security), whoever forgets a `WHERE`."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from storage.connections import SERVER, WRITER, Limits
from storage.database import Database
from storage.migrations import upgrade
from storage.models import Base
from storage.objects import ObjectEntries
from storage.records import Commit
from storage.rows import WRITTEN
from tests.database import connect
from tests.storage.booked import request, store
from tests.storage.filed import NOW, add, documents_of, resume
from tests.storage.made import RECEIPT, finished_like, make, wake
from tests.storage.migrated import new_user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncConnection

    from storage.connections import Connection
    from storage.interviews import StoredInterviews

pytestmark = pytest.mark.anyio

TABLES = sorted(Base.metadata.tables)


@pytest.fixture
async def login(
    migrated_url: URL, database: Database, interviews: StoredInterviews, user: str
) -> AsyncIterator[Connection]:
    """A connection as the server's login, which owns the tables. Each of them holds something."""
    woken = await wake(interviews, user, await make(interviews, user))
    await interviews.commit(Commit(woken.state, finished_like(woken.state), 1, 9, RECEIPT))
    await store(migrated_url, request(user, woken.state.view.interview.id))
    await add(documents_of(database), user, resume())
    await ObjectEntries(database).enter(user, f"{user} a", now=NOW)
    connection = await connect(migrated_url)
    yield connection
    await connection.close()


async def seen(connection: Connection) -> dict[str, int]:
    """How many rows of each table."""
    return {name: await connection.fetchval(f"SELECT count(*) FROM {name}") for name in TABLES}


NOTHING = dict.fromkeys(TABLES, 0)

# --- whoever has no user -------------------------------------------------------------------------


async def test_the_owner_sees_and_changes_nothing(login: Connection, user: str) -> None:
    assert await seen(login) == NOTHING
    for name in TABLES:
        assert await login.execute(f"DELETE FROM {name}") == "DELETE 0"
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await login.execute("INSERT INTO users VALUES ('x', 0)")
    # With a user it sees that one's, if anybody's.
    await login.execute("SELECT set_config('app.user_id', $1, false)", user)
    assert (await seen(login))["interviews"] <= 1


async def test_without_a_user_nothing_is_seen(login: Connection, user: str) -> None:
    await login.execute(f"SET ROLE {SERVER}")
    assert await seen(login) == NOTHING
    async with login.transaction():
        await login.execute("SELECT set_config('app.user_id', $1, true)", user)
        assert 0 not in (await seen(login)).values()
    # Once it was set, it is '' afterwards, not null.
    assert await login.fetchval("SELECT current_setting('app.user_id')") == ""
    assert await seen(login) == NOTHING
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await login.execute("INSERT INTO users VALUES ('', 0)")


# --- users ---------------------------------------------------------------------------------------


async def test_a_forgotten_where_reaches_nobody_else(
    database: Database, interviews: StoredInterviews, user: str
) -> None:
    other = new_user()
    mine, theirs = await make(interviews, user), await make(interviews, other)

    async def careless(connection: AsyncConnection) -> list[str]:
        await connection.execute(text("UPDATE interviews SET seq = 7"))
        return list((await connection.execute(text("SELECT id FROM interviews"))).scalars())

    assert await database.write(user, careless) == [mine]
    found = await interviews.load(other, theirs)
    assert found is not None
    assert found.seq == 0


async def test_nothing_is_made_for_another_user(database: Database, user: str) -> None:
    async def forge(connection: AsyncConnection) -> None:
        await connection.execute(text("INSERT INTO users VALUES ('somebody else', 0)"))

    with pytest.raises(ProgrammingError, match="row-level security"):
        await database.write(user, forge)


async def test_no_leak_in_interleaved_transactions(
    migrated_url: URL, interviews: StoredInterviews
) -> None:
    """2,000 transactions of 50 users over three connections, some of which fail."""
    owners: dict[str, set[str]] = {}
    for _ in range(50):
        user = new_user()
        owners[user] = {await make(interviews, user) for _ in range(2)}
    chance = Random(7)
    leaks: list[tuple[str, set[str]]] = []
    database = Database(migrated_url, Limits(connections=3, free_connection_s=60.0))

    async def look(connection: AsyncConnection) -> set[str]:
        if chance.random() < 0.2:
            await asyncio.sleep(0)
        found = set((await connection.execute(text("SELECT id FROM interviews"))).scalars())
        if chance.random() < 0.1:
            raise LookupError
        return found

    async def one(user: str) -> None:
        transact = chance.choice((database.read, database.write))
        try:
            found = await transact(user, look)
        except LookupError:
            return
        if found != owners[user]:
            leaks.append((user, found))

    order = [user for user in owners for _ in range(40)]
    chance.shuffle(order)
    async with asyncio.TaskGroup() as tasks:
        for user in order:
            tasks.create_task(one(user))
    await database.aclose()
    assert leaks == []


async def test_nobody_writes_their_own_bill(database: Database, user: str) -> None:
    async def cheapen(connection: AsyncConnection) -> None:
        await connection.execute(text("UPDATE model_requests SET cost_micro_usd = 0"))

    async def forget(connection: AsyncConnection) -> None:
        await connection.execute(text("DELETE FROM model_requests"))

    for forgery in (cheapen, forget):
        with pytest.raises(ProgrammingError, match="permission denied"):
            await database.write(user, forgery)


async def test_nobody_deletes_another_user(database: Database, user: str) -> None:
    other = new_user()
    for owner in (user, other):
        await add(documents_of(database), owner, resume())

    async def careless(connection: AsyncConnection) -> int:
        return (await connection.execute(text("DELETE FROM users"))).rowcount

    assert await database.write(user, careless) == 1
    assert len((await documents_of(database).page(other, limit=1, cursor=None))[0]) == 1


# --- the writer ----------------------------------------------------------------------------------


async def test_the_writer_changes_what_commits_change_and_no_more(
    login: Connection,
) -> None:
    await login.execute(f"SET ROLE {WRITER}")
    for name in (
        "interviews",
        "turns",
        "feedback",
        "transcript_words",
        "model_requests",
        "unwanted_objects",
    ):
        assert await login.fetchval(f"SELECT count(*) FROM {name}") > 0
    for name in set(Base.metadata.tables["interviews"].columns.keys()) - set(WRITTEN):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await login.execute(f"UPDATE interviews SET {name} = {name}")
    for statement in (
        "SELECT FROM users",
        "SELECT FROM receipts",
        "SELECT FROM documents",
        "INSERT INTO unwanted_objects VALUES ('x', 'x', 0, 0)",
        "INSERT INTO interviews (id) VALUES ('x')",
        "UPDATE model_requests SET cost_micro_usd = 0",
        *(f"DELETE FROM {name}" for name in TABLES if name != "unwanted_objects"),
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await login.execute(statement)


# --- what is to come -----------------------------------------------------------------------------

UNGUARDED = """
SELECT relname FROM pg_class
 WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
   AND relname <> 'alembic_version'
   AND NOT (relrowsecurity AND relforcerowsecurity AND EXISTS (
       SELECT FROM pg_policies WHERE tablename = relname AND roles = ARRAY[$1::name]
   ) AND NOT EXISTS (
       SELECT FROM pg_policies WHERE tablename = relname AND roles <@ ARRAY['public'::name]
   ))
"""


async def test_every_table_has_policies(database_url: URL) -> None:
    """And a table that somebody adds without them is found, and not served."""
    await upgrade(database_url)
    owner = await connect(database_url)
    assert await owner.fetch(UNGUARDED, SERVER) == []
    await owner.execute("CREATE TABLE later (user_id text)")
    assert [name for (name,) in await owner.fetch(UNGUARDED, SERVER)] == ["later"]
    await owner.execute(f"SET ROLE {SERVER}")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await owner.execute("SELECT FROM later")
    await owner.close()
