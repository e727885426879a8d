"""Transactions on a real PostgreSQL that is there, gone, silent, or busy."""

from __future__ import annotations

import asyncio
import socket
import traceback
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
import asyncpg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from storage.connections import Limits, dsn
from storage.database import Database
from storage.embedded import EmbeddedPostgres
from tests.storage.made import IMPATIENT, unavailable
from tests.storage.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncConnection

pytestmark = pytest.mark.anyio

USER = "u"
SECRET = 4321
READY_FOR_QUERY = b"Z\0\0\0\5I"


@asynccontextmanager
async def opened(url: URL | str, limits: Limits | None = None) -> AsyncIterator[Database]:
    database = Database(url, limits, role=None)
    try:
        yield database
    finally:
        await database.aclose()


async def count(connection: AsyncConnection) -> int:
    found: int = (await connection.execute(text("SELECT count(*) FROM kept"))).scalar_one()
    return found


async def insert(connection: AsyncConnection) -> None:
    await connection.execute(text("INSERT INTO kept VALUES (1)"))


async def create(connection: AsyncConnection) -> None:
    await connection.execute(text("CREATE TABLE kept (value int)"))


# --- transactions --------------------------------------------------------------------------------


async def test_what_is_written_is_committed(database_url: URL) -> None:
    async with opened(database_url) as database:
        await database.write(USER, create)
        await database.write(USER, insert)
        async with opened(database_url) as another:
            assert await another.read(USER, count) == 1


async def test_an_error_rolls_back(database_url: URL) -> None:
    async def fail(connection: AsyncConnection) -> None:
        await insert(connection)
        raise LookupError

    async with opened(database_url) as database:
        await database.write(USER, create)
        with pytest.raises(LookupError):
            await database.write(USER, fail)
        assert await database.read(USER, count) == 0


async def test_a_read_sees_one_snapshot(database_url: URL) -> None:
    async with opened(database_url) as database:
        await database.write(USER, create)

        async def look(connection: AsyncConnection) -> tuple[int, int]:
            first = await count(connection)
            await database.write(USER, insert)
            return first, await count(connection)

        assert await database.read(USER, look) == (0, 0)
        assert await database.read(USER, count) == 1


async def test_a_cancelled_caller_leaves_the_transaction_to_its_end(database_url: URL) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(connection: AsyncConnection) -> None:
        begun.set()
        await go_on.wait()
        await insert(connection)

    async with opened(database_url, Limits(connections=1)) as database:
        await database.write(USER, create)
        caller = asyncio.create_task(database.write(USER, slowly))
        await begun.wait()
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        go_on.set()
        assert await database.read(USER, count) == 1


async def test_closing_waits_for_what_is_under_way_and_takes_no_more(database_url: URL) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(connection: AsyncConnection) -> None:
        begun.set()
        await go_on.wait()
        await insert(connection)

    database = Database(database_url, role=None)
    await database.write(USER, create)
    writing = asyncio.create_task(database.write(USER, slowly))
    await begun.wait()
    closing = asyncio.create_task(database.aclose())
    go_on.set()
    await closing
    await writing
    with unavailable("closed"):
        await database.ping()


# --- addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u@h/d?sslmode=require", "postgresql://u@h/d?sslmode=require"),
        ("postgres://u@a:1,b:2/d", "postgresql://u@a:1,b:2/d"),
        ("postgresql+asyncpg:///d?host=/run", "postgresql:///d?host=/run"),
        (make_url("postgresql+asyncpg://u:p%40@h/d"), "postgresql://u:p%40@h/d"),
    ],
)
def test_a_url_is_taken_as_libpq_writes_it(url: URL | str, expected: str) -> None:
    assert dsn(url) == expected


@pytest.mark.parametrize("url", ["mysql://u:secret@h/d", "secret", "postgresqlx://secret"])
def test_another_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match="postgresql://") as refusal:
        Database(url)
    assert "secret" not in str(refusal.value)


# --- troubles ------------------------------------------------------------------------------------


async def test_nobody_listens() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        url = f"postgresql://u:p@127.0.0.1:{unheard.getsockname()[1]}/d"
        async with opened(url) as database:
            with unavailable("no connection") as failure:
                await database.ping()
            assert isinstance(failure.value.__cause__, OSError)


async def test_a_listener_that_never_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://u:p@127.0.0.1:{silent.getsockname()[1]}/d"
        async with opened(url, IMPATIENT) as database:
            with unavailable("no connection"):
                await database.ping()


async def test_a_wrong_password_is_told(database_url: URL) -> None:
    async with opened(database_url.set(password="another")) as database:
        with unavailable("password authentication failed"):
            await database.ping()


async def test_a_database_that_goes_silent_in_a_transaction(database_url: URL) -> None:
    async with Proxy(database_url).running() as proxy, opened(proxy.url, IMPATIENT) as database:
        await database.write(USER, create)

        async def in_silence(connection: AsyncConnection) -> None:
            proxy.freeze()
            await insert(connection)

        with unavailable():
            await database.write(USER, in_silence)
        proxy.thaw()
        assert await database.read(USER, count) == 0


async def test_a_database_that_goes_silent_at_the_commit(database_url: URL) -> None:
    """Its outcome isn't known; that it is unknown is."""
    async with Proxy(database_url).running() as proxy, opened(proxy.url, IMPATIENT) as database:
        await database.write(USER, create)

        async def then_silence(connection: AsyncConnection) -> None:
            await insert(connection)
            proxy.freeze()

        with unavailable():
            await database.write(USER, then_silence)
        proxy.thaw()
        assert await database.read(USER, count) in (0, 1)


async def test_a_database_that_goes_silent_before_a_connection(database_url: URL) -> None:
    async with Proxy(database_url).running() as proxy, opened(proxy.url, IMPATIENT) as database:
        proxy.freeze()
        with unavailable():
            await database.ping()
        proxy.thaw()
        await database.ping()


async def test_a_database_that_goes_silent_when_a_connection_is_new(database_url: URL) -> None:
    async with Proxy(database_url).running() as proxy, opened(proxy.url, IMPATIENT) as database:
        proxy.freeze_after(READY_FOR_QUERY)
        with unavailable():
            await database.ping()
        proxy.thaw()
        await database.ping()


async def test_a_connection_that_ended_in_the_pool_is_not_used(database_url: URL) -> None:
    ended = asyncio.Event()

    async def watch(connection: AsyncConnection) -> None:
        driver = (await connection.get_raw_connection()).driver_connection
        assert isinstance(driver, asyncpg.Connection)
        driver.add_termination_listener(lambda _: ended.set())

    async with Proxy(database_url).running() as proxy, opened(proxy.url) as database:
        await database.write(USER, watch)
        proxy.cut()
        await ended.wait()
        await database.ping()


async def test_a_connection_that_ends_in_a_transaction(database_url: URL) -> None:
    async with opened(database_url) as database:
        await database.write(USER, create)

        async def suicide(connection: AsyncConnection) -> None:
            await insert(connection)
            await connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

        with unavailable("transaction failed"):
            await database.write(USER, suicide)
        assert await database.read(USER, count) == 0


async def test_no_free_connection(database_url: URL) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def hold(connection: AsyncConnection) -> None:
        begun.set()
        await go_on.wait()

    limits = Limits(connections=1, free_connection_s=0.1)
    async with opened(database_url, limits) as database, anyio.create_task_group() as tasks:
        tasks.start_soon(database.write, USER, hold)
        await begun.wait()
        with unavailable("no connection"):
            await database.ping()
        go_on.set()
    async with opened(database_url, limits) as database:
        await database.ping()


async def test_a_lock_that_is_not_to_be_had(database_url: URL) -> None:
    async def lock(connection: AsyncConnection) -> None:
        await connection.execute(text("LOCK TABLE kept"))

    async def lock_too(connection: AsyncConnection) -> None:
        await lock(connection)
        with unavailable():
            await impatient.write(USER, insert)

    async with opened(database_url) as database, opened(database_url, IMPATIENT) as impatient:
        await database.write(USER, create)
        await database.write(USER, lock_too)
        await impatient.write(USER, insert)
        assert await database.read(USER, count) == 1


async def test_a_transaction_of_many_statements_takes_too_long(database_url: URL) -> None:
    async def dawdle(connection: AsyncConnection) -> None:
        await insert(connection)
        for _ in range(500):
            await connection.execute(text("SELECT pg_sleep(0.01)"))

    async with opened(database_url, IMPATIENT) as database:
        await database.write(USER, create)
        with unavailable():
            await database.write(USER, dawdle)
        assert await database.read(USER, count) == 0


async def test_a_server_that_stops_and_starts(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path)
    async with server.running() as running:
        database = Database(running.url, role=None)
        await database.write(USER, create)
        await database.write(USER, insert)
    try:
        with unavailable():
            await database.write(USER, insert)
        with unavailable():
            await database.read(USER, count)
        with unavailable():
            await database.ping()
        async with EmbeddedPostgres(tmp_path).running():
            assert await database.read(USER, count) == 1
    finally:
        await database.aclose()


# --- defects -------------------------------------------------------------------------------------


async def test_a_defect_is_no_outage(database_url: URL) -> None:
    async with opened(database_url) as database:
        with pytest.raises(ProgrammingError):
            await database.read(USER, count)
        await database.ping()


@pytest.mark.parametrize("constraint", ["CHECK (value < 0)", "UNIQUE"])
async def test_an_error_quotes_no_row(database_url: URL, constraint: str) -> None:
    async def violate(connection: AsyncConnection) -> None:
        await connection.execute(text(f"CREATE TABLE guarded (value int {constraint})"))
        for _ in range(2):
            await connection.execute(text("INSERT INTO guarded VALUES (:value)"), {"value": SECRET})

    async with opened(database_url) as database:
        with pytest.raises(IntegrityError) as failure:
            await database.write(USER, violate)
        assert str(SECRET) not in "".join(traceback.format_exception(failure.value))
