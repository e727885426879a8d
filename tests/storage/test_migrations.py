"""The schema's history leads to the tables of `storage.models`, and back."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from storage.database import Database, transaction
from storage.interviews import StoredInterviews
from storage.migrations import UnknownSchema, current, downgrade, head, upgrade
from storage.models import Base
from storage.records import Commit, Spent, StorageUnavailable
from storage.usage import StoredLedger
from storage.writer import Writer
from tests.protocol.play import in_phase
from tests.storage.booked import NOW, request, store
from tests.storage.made import RECEIPT, finished_like, load, make, named, wake

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy import Connection
    from sqlalchemy.engine import URL

    from protocol.view import Phase
    from tests.database import DatabaseServer

pytestmark = pytest.mark.anyio

# All that makes a table: each as what it is of, its name, and PostgreSQL's own definition of it.
CATALOG = """
SELECT c.relname, a.attname, concat_ws(' ', format_type(a.atttypid, a.atttypmod),
       CASE WHEN a.attnotnull THEN 'not null' END, pg_get_expr(d.adbin, d.adrelid),
       col_description(c.oid, a.attnum))
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
 WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND NOT a.attisdropped
UNION ALL
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT relname, '', obj_description(oid, 'pg_class')
  FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""


async def catalog(url: URL) -> set[tuple[str, str, str]]:
    async with transaction(url) as connection:
        rows = await connection.execute(text(CATALOG))
        return {
            (table, name, definition)
            for table, name, definition in rows
            if table != "alembic_version"
        }


async def test_migrations_make_the_tables_of_the_models(
    database_url: URL, database_server: DatabaseServer
) -> None:
    await upgrade(database_url)
    modelled = database_server.create()
    async with transaction(modelled) as connection:
        await connection.run_sync(Base.metadata.create_all)
    expected = await catalog(modelled)
    database_server.drop(modelled)
    assert {table for table, _, _ in expected} == set(Base.metadata.tables)
    assert await catalog(database_url) == expected


async def test_alembic_finds_nothing_to_add(database_url: URL) -> None:
    def missing(connection: Connection) -> object:
        return compare_metadata(MigrationContext.configure(connection), Base.metadata)

    async with transaction(database_url) as connection:
        assert await connection.run_sync(missing) != []
    await upgrade(database_url)
    async with transaction(database_url) as connection:
        assert await connection.run_sync(missing) == []


async def test_an_empty_database_has_no_revision(database_url: URL) -> None:
    assert await current(database_url) is None


async def test_upgrading_again_does_nothing(database_url: URL) -> None:
    await upgrade(database_url)
    before = await catalog(database_url)
    await upgrade(database_url)
    assert await current(database_url) == head()
    assert await catalog(database_url) == before


async def test_down_and_up_again(database_url: URL) -> None:
    await upgrade(database_url)
    before = await catalog(database_url)
    await downgrade(database_url, "base")
    assert await current(database_url) is None
    assert await catalog(database_url) == set()
    await upgrade(database_url)
    assert await catalog(database_url) == before


@pytest.fixture
async def interviews(database_url: URL) -> AsyncIterator[StoredInterviews]:
    """In the newest schema. The one that is made is called "one"."""
    await upgrade(database_url)
    database, writer = Database(database_url), Writer(database_url)
    yield StoredInterviews(database, writer, owner="tests", new_id=lambda: "one")
    await writer.aclose()
    await database.aclose()


async def test_an_older_database_keeps_what_it_holds(
    database_url: URL, interviews: StoredInterviews
) -> None:
    """Also the first revision's, and what an interview was before it was taken down to that."""
    woken = await wake(interviews, "mina", await make(interviews, "mina"))
    await interviews.commit(Commit(woken.state, finished_like(woken.state), 1, 9, RECEIPT))
    before = await load(interviews, "mina", "one")
    for _ in range(2):
        await downgrade(database_url, "0001")
        await upgrade(database_url)
        assert await load(interviews, "mina", "one") == before
    await store(database_url, request("mina", "one", cost_micro_usd=7))
    async with aclosing(StoredLedger(database_url, lambda: NOW)) as ledger:
        assert await ledger.spent("mina", "one") == Spent(7, 7)


@pytest.mark.parametrize("phase", ["listening", "transcribing", "reviewing"])
async def test_what_an_older_version_cannot_hear_is_asked_again(
    database_url: URL, interviews: StoredInterviews, phase: Phase
) -> None:
    """And where the time ran out meanwhile, the older version finds that it is up."""
    woken = await wake(interviews, "mina", await make(interviews, "mina"))
    state = named(in_phase(phase).state, "one")
    late = replace(state, time_up=state.voice is not None)
    await interviews.commit(Commit(woken.state, late, 1, 9, None))
    await downgrade(database_url, "0004")
    await upgrade(database_url)
    found = (await load(interviews, "mina", "one")).state
    heard = phase == "reviewing"
    assert found.view.interview.phase == ("reviewing" if heard else "answering")
    assert found.view.interview.turns == state.view.interview.turns
    assert (found.voice, found.delivery, found.time_up) == (None, None, False)
    assert found.deadline_at == (None if heard else 0)


@pytest.mark.parametrize("phase", ["listening", "transcribing"])
async def test_an_answer_that_nobody_knows_whose_it_is_is_asked_again(
    database_url: URL, interviews: StoredInterviews, phase: Phase
) -> None:
    woken = await wake(interviews, "mina", await make(interviews, "mina"))
    state = named(in_phase(phase).state, "one")
    late = replace(state, time_up=phase == "transcribing", deadline_at=7)
    await interviews.commit(Commit(woken.state, late, 1, 9, None))
    await downgrade(database_url, "0005")
    async with transaction(database_url) as connection:
        await connection.execute(text("SET LOCAL ROLE viva_writer"))
        stripped = await connection.execute(text("UPDATE interviews SET voice = voice - 'id'"))
        assert stripped.rowcount == 1
    await upgrade(database_url)
    found = (await load(interviews, "mina", "one")).state
    assert found.view.interview.phase == "answering"
    assert found.view.interview.turns == state.view.interview.turns
    assert (found.voice, found.time_up) == (None, False)
    assert found.deadline_at == (0 if late.time_up else 7)


async def test_what_an_older_version_has_no_word_for_stays_on_the_books(
    database_url: URL, interviews: StoredInterviews
) -> None:
    await make(interviews, "mina")
    for what in ("plan", "profile"):
        await store(database_url, request("mina", "one", what=what, cost_micro_usd=7))
    await downgrade(database_url, "0002")
    async with aclosing(StoredLedger(database_url, lambda: NOW)) as ledger:
        assert await ledger.spent("mina", "one") == Spent(14, 14)
    await upgrade(database_url)


async def test_servers_that_start_at_once_migrate_once(database_url: URL) -> None:
    async with anyio.create_task_group() as servers:
        for _ in range(4):
            servers.start_soon(upgrade, database_url)
    assert await current(database_url) == head()


async def test_a_migration_that_fails_leaves_nothing_behind(database_url: URL) -> None:
    async with transaction(database_url) as connection:
        await connection.execute(text("CREATE TABLE receipts ()"))
    before = await catalog(database_url)
    with pytest.raises(Exception, match='"receipts" already exists'):
        await upgrade(database_url)
    assert await catalog(database_url) == before
    assert await current(database_url) is None


@pytest.mark.parametrize("move", [upgrade, lambda url: downgrade(url, "base")])
async def test_a_newer_schema_is_left_alone(database_url: URL, move: object) -> None:
    await upgrade(database_url)
    async with transaction(database_url) as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = await catalog(database_url)
    assert callable(move)
    with pytest.raises(UnknownSchema, match="9999"):
        await move(database_url)
    assert await catalog(database_url) == before


async def test_a_database_that_is_not_there(database_url: URL) -> None:
    with pytest.raises(StorageUnavailable, match="does not exist"):
        await upgrade(database_url.set(database="nowhere"))
