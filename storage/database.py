"""The way to PostgreSQL: a pool of connections, and transactions that end within bounded time.

Rules that hold inside:

- Each transaction runs in a task of its own, and whoever awaits it may be cancelled: the
  transaction then goes on to its end by itself. (A query that is cancelled midway can leak its
  connection.)
- Nothing waits without a bound: for a free connection, for a new one, for the transaction. When
  its time is up, its connection is cut rather than asked, because a server that is stalled, or
  gone without a word, answers nothing; all else then unwinds by itself.
- Errors that tell of the database's state, not of a defect here, become `StorageUnavailable`.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import asyncpg
import orjson
from sqlalchemy import URL, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage.records import StorageUnavailable

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]

APPLICATION_NAME = "viva"

# SQLSTATEs, by their beginnings (PostgreSQL's manual, appendix A): the connection failed; a server
# that only reads; a transaction that took too long; a rollback for the sake of others; no
# resources; a lock not to be had; an operator's doing; the system's fault.
_OUTAGES = ("08", "25006", "25P03", "25P04", "40", "53", "55P03", "57", "58")


@dataclass(frozen=True, slots=True)
class Limits:
    """How many connections, and how long to wait for what, in seconds."""

    connections: int = 10
    free_connection_s: float = 5.0
    new_connection_s: float = 5.0
    transaction_s: float = 10.0


class Database:
    """A PostgreSQL database, by its URL (`postgresql://…`, with libpq's parameters).

    Connects when first used. A pooler between must keep sessions (PgBouncer: `session`).

    Raises:
        ValueError: the URL is none of PostgreSQL's.
    """

    def __init__(self, url: str | URL, limits: Limits | None = None) -> None:
        limits = limits or Limits()
        self._transaction_s = limits.transaction_s
        self._engine = _engine(dsn(url), limits, limits.transaction_s)
        self._snapshot_engine = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self._running: set[asyncio.Task[Any]] = set()
        self._closed = False

    async def write(self, work: Work[T]) -> T:
        """Do `work` in a transaction, and commit; what it raises rolls back, and is raised.

        Raises:
            StorageUnavailable: the database didn't answer, or can't do it now.
        """
        return await self._run(self._engine, work)

    async def read(self, work: Work[T]) -> T:
        """Do `work`, which only reads, on one snapshot of the database.

        Raises:
            StorageUnavailable: the database didn't answer, or can't do it now.
        """
        return await self._run(self._snapshot_engine, work)

    async def ping(self) -> None:
        """Find out whether the database answers.

        Raises:
            StorageUnavailable: it doesn't; the message says why.
        """
        await self.read(_ping)

    async def aclose(self) -> None:
        """Take no more work, wait for what is under way, and close the connections."""
        self._closed = True
        if self._running:
            await asyncio.wait(self._running)
        await self._engine.dispose()

    async def _run(self, engine: AsyncEngine, work: Work[T]) -> T:
        if self._closed:
            raise StorageUnavailable("the database was closed")
        task = asyncio.create_task(self._transact(engine, work))
        self._running.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # seen: where nobody waits any more, nobody else will

    async def _transact(self, engine: AsyncEngine, work: Work[T]) -> T:
        async with aclosing(await _connection(engine)) as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert isinstance(driver, asyncpg.Connection)
            cut = asyncio.get_running_loop().call_later(self._transaction_s, driver.terminate)
            try:
                with _outages():
                    async with connection.begin():
                        return await work(connection)
            finally:
                cut.cancel()


@asynccontextmanager
async def transaction(url: str | URL) -> AsyncIterator[AsyncConnection]:
    """A transaction on a connection of its own, which takes the time that it takes: for migrations.

    Raises:
        ValueError: the URL is none of PostgreSQL's.
        StorageUnavailable: the database didn't answer, or can't do it now.
    """
    engine = _engine(dsn(url), Limits(connections=1), transaction_s=None)
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
            _forget_rows(error)
            raise
        raise StorageUnavailable(f"the transaction failed: {_reason(error)}") from error


def dsn(url: str | URL) -> str:
    """The URL as libpq has it.

    Raises:
        ValueError: it is none of PostgreSQL's. The message doesn't repeat it, for the password's
            sake.
    """
    given = url.render_as_string(hide_password=False) if isinstance(url, URL) else url
    found = re.fullmatch(r"postgres(?:ql)?(?:\+asyncpg)?(://.*)", given, re.DOTALL)
    if found is None:
        raise ValueError("a database URL begins with postgresql://")
    return f"postgresql{found[1]}"


def _engine(address: str, limits: Limits, transaction_s: float | None) -> AsyncEngine:
    settings = {"application_name": APPLICATION_NAME}
    if transaction_s is not None:
        # What a connection that was cut leaves behind on the server is to end too.
        patience_ms = str(round(transaction_s * 1_000))
        settings["statement_timeout"] = patience_ms
        settings["idle_in_transaction_session_timeout"] = patience_ms

    async def connect() -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(
            address,
            timeout=limits.new_connection_s,
            # This bounds what SQLAlchemy asks of a new connection; a transaction is cut earlier.
            command_timeout=transaction_s,
            server_settings=settings,
        )

    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        pool_size=limits.connections,
        max_overflow=0,
        pool_timeout=limits.free_connection_s,
        json_serializer=_json,
        json_deserializer=orjson.loads,
        hide_parameters=True,  # an error's text must not hold an answer's: see _forget_rows
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
    await connection.execute(text("SELECT 1"))


def _is_outage(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None) or ""
    return error.connection_invalidated or state.startswith(_OUTAGES)


def _forget_rows(error: DBAPIError) -> None:
    """PostgreSQL's detail quotes the row, with an answer's text, and may come to a log."""
    cause = None if error.orig is None else error.orig.__cause__
    if isinstance(cause, asyncpg.PostgresError):
        cause.detail = None


def _reason(error: OSError | SQLAlchemyError) -> str:
    """The driver's own words, without SQLAlchemy's statement and links."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return str(cause) or type(cause).__name__
