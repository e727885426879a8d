"""The way to PostgreSQL: a pool of connections, and transactions that end within bounded time.

Rules that hold inside:

- Each transaction runs in a task of its own, and whoever awaits it may be cancelled: the
  transaction then goes on to its end by itself. (A query that is cancelled midway can leak its
  connection.)
- Nothing waits without a bound: for a free connection, for a new one, for the transaction. When
  its time is up, its connection is cut rather than asked, because a server that is stalled, or
  gone without a word, answers nothing; all else then unwinds by itself.
- Every transaction is opened for a user, whose rows it sees and no others: row-level security
  binds the role that these connections take on. For nobody, it sees nothing.
- Errors that tell of the database's state, not of a defect here, become `StorageUnavailable`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import Any, TypeVar

import asyncpg
import orjson
from sqlalchemy import URL, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage.connections import (
    SERVER,
    Connection,
    Limits,
    connect,
    cut_after,
    dsn,
    forget_rows,
    is_outage,
)
from storage.records import StorageUnavailable

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]

NOBODY = ""
# For this transaction alone; afterwards the setting is '', which the policies take for nobody.
_FOR_USER = text("SELECT set_config('app.user_id', :user_id, true)")


class Database:
    """A PostgreSQL database, by its URL (`postgresql://…`, with libpq's parameters).

    Connects when first used, and takes on `role`; null: it stays what it logged in as. A pooler
    between must keep sessions (PgBouncer: `session`).

    Raises:
        ValueError: the URL is none of PostgreSQL's.
    """

    def __init__(
        self, url: str | URL, limits: Limits | None = None, *, role: str | None = SERVER
    ) -> None:
        limits = limits or Limits()
        self._transaction_s = limits.transaction_s
        self._engine = _engine(dsn(url), limits, role, limits.transaction_s)
        self._snapshot_engine = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self._running: set[asyncio.Task[Any]] = set()
        self._closed = False

    async def write(self, user_id: str, work: Work[T]) -> T:
        """Do `work` in a transaction, and commit; what it raises rolls back, and is raised.

        It sees and writes what is that user's.

        Raises:
            StorageUnavailable: the database didn't answer, or can't do it now.
        """
        return await self._run(self._engine, user_id, work)

    async def read(self, user_id: str, work: Work[T]) -> T:
        """Do `work`, which only reads, on one snapshot of what is that user's.

        Raises:
            StorageUnavailable: the database didn't answer, or can't do it now.
        """
        return await self._run(self._snapshot_engine, user_id, work)

    async def ping(self) -> None:
        """Find out whether the database answers, and can commit.

        Raises:
            StorageUnavailable: it doesn't; the message says why.
        """
        await self.write(NOBODY, _ping)

    async def aclose(self) -> None:
        """Take no more work, wait for what is under way, and close the connections."""
        self._closed = True
        if self._running:
            await asyncio.wait(self._running)
        await self._engine.dispose()

    async def _run(self, engine: AsyncEngine, user_id: str, work: Work[T]) -> T:
        if self._closed:
            raise StorageUnavailable("the database was closed")
        task = asyncio.create_task(self._transact(engine, user_id, work))
        self._running.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # seen: where nobody waits any more, nobody else will

    async def _transact(self, engine: AsyncEngine, user_id: str, work: Work[T]) -> T:
        async with aclosing(await _connection(engine)) as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert isinstance(driver, asyncpg.Connection)
            with cut_after(self._transaction_s, driver), _outages():
                async with connection.begin():
                    await connection.execute(_FOR_USER, {"user_id": user_id})
                    return await work(connection)


@asynccontextmanager
async def transaction(url: str | URL) -> AsyncIterator[AsyncConnection]:
    """A transaction on a connection of its own, by the role that logs in, which takes the time that
    it takes: for migrations. Row-level security shows it no rows.

    Raises:
        ValueError: the URL is none of PostgreSQL's.
        StorageUnavailable: the database didn't answer, or can't do it now.
    """
    engine = _engine(dsn(url), Limits(connections=1), role=None, transaction_s=None)
    try:
        async with aclosing(await _connection(engine)) as connection:
            with _outages():
                async with connection.begin():
                    yield connection
    finally:
        await engine.dispose()


async def _connection(engine: AsyncEngine) -> AsyncConnection:
    try:
        return await engine.connect()
    except (OSError, SQLAlchemyError) as error:
        raise StorageUnavailable(f"no connection to the database: {_reason(error)}") from error


@contextmanager
def _outages() -> Iterator[None]:
    """Tells the database's troubles from defects."""
    try:
        yield
    except (OSError, DBAPIError) as error:
        if isinstance(error, DBAPIError) and not _is_outage(error):
            forget_rows(None if error.orig is None else error.orig.__cause__)
            raise
        raise StorageUnavailable(f"the transaction failed: {_reason(error)}") from error


def _engine(
    address: str, limits: Limits, role: str | None, transaction_s: float | None
) -> AsyncEngine:
    async def made() -> Connection:
        # The time for a command bounds what SQLAlchemy asks of a new connection; a transaction is
        # cut earlier.
        return await connect(
            address, limits, role=role, transaction_s=transaction_s, command_s=transaction_s
        )

    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=made,
        pool_size=limits.connections,
        max_overflow=0,
        pool_timeout=limits.free_connection_s,
        json_serializer=_json,
        json_deserializer=orjson.loads,
        hide_parameters=True,  # an error's text must not hold an answer's: see forget_rows
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _refuse_closed(connection: Any, record: object, proxy: object) -> None:
    """Take no connection from the pool that is known to have ended while it lay there."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


async def _ping(connection: AsyncConnection) -> None:
    """A message that nobody reads has to be on the disk all the same when it is committed."""
    await connection.execute(text("SELECT pg_logical_emit_message(true, 'viva', 'ready?')"))


def _is_outage(error: DBAPIError) -> bool:
    return error.connection_invalidated or is_outage(getattr(error.orig, "sqlstate", None))


def _reason(error: OSError | SQLAlchemyError) -> str:
    """The driver's own words, without SQLAlchemy's statement and links."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return str(cause) or type(cause).__name__
