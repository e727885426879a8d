"""The hot way to write: a connection with one statement prepared, which takes many rows at once as
JSON.

The statement is a transaction by itself, so that a batch takes one way to PostgreSQL and back.
"""

from typing import TypeAlias

import asyncpg

from storage.connections import (
    WRITER,
    Connection,
    Limits,
    connect,
    cut_after,
    forget_rows,
    is_outage,
    is_refusal,
)
from storage.records import NotStored, StorageUnavailable, Unstorable

Prepared: TypeAlias = "asyncpg.prepared_stmt.PreparedStatement[asyncpg.Record]"

# Rows are only ever looked up by their keys. A plan that was made while there were few of them
# would go on reading them all.
_SETTINGS = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off"


class Pen:
    """A connection with the statement prepared. After a `StorageUnavailable` it is of no use."""

    def __init__(self, connection: Connection, statement: Prepared) -> None:
        self._connection = connection
        self._statement = statement

    @classmethod
    async def at(cls, address: str, limits: Limits, statement: str) -> "Pen":
        """A new one, for the database at a `dsn`. `statement` takes one `jsonb`, an array.

        Raises:
            NotStored: no connection is to be had.
        """
        connection: Connection | None = None
        try:
            connection = await connect(
                address, limits, role=WRITER, transaction_s=limits.transaction_s
            )
            with cut_after(limits.new_connection_s, connection):
                await connection.set_type_codec(
                    "jsonb",
                    schema="pg_catalog",
                    encoder=lambda text: b"\x01" + text,  # the version of jsonb's binary form
                    decoder=bytes,
                    format="binary",
                )
                await connection.execute(_SETTINGS)
                return cls(connection, await connection.prepare(statement))
        except BaseException as error:
            if connection is not None:
                connection.terminate()
            if not isinstance(error, Exception):
                raise  # Whoever wanted it was cancelled.
            raise NotStored(f"no connection to the database: {_said(error)}") from error

    @property
    def usable(self) -> bool:
        """Whether the connection isn't known to have ended."""
        return not self._connection.is_closed()

    async def put(self, rows: list[bytes], within_s: float) -> list[asyncpg.Record]:
        """Store these rows, each an object of JSON, in a transaction; returns what the statement
        does.

        Raises:
            NotStored: the database can't do it now; nothing was stored.
            StorageUnavailable: the database didn't answer; whether it was stored is not known.
            Unstorable: PostgreSQL refuses what a row holds; nothing was stored.
            asyncpg.PostgresError: PostgreSQL refuses the statement; nothing was stored.
        """
        try:
            with cut_after(within_s, self._connection):
                return await self._statement.fetch(b"[" + b",".join(rows) + b"]")
        except Exception as error:
            if not (isinstance(error, asyncpg.PostgresError) and error.severity_en == "ERROR"):
                raise StorageUnavailable(f"a batch got no answer: {_said(error)}") from error
            # PostgreSQL says so itself: the transaction was rolled back.
            if is_outage(error.sqlstate):
                raise NotStored(f"a batch failed: {_said(error)}") from error
            forget_rows(error)
            if is_refusal(error.sqlstate):
                raise Unstorable(f"PostgreSQL refuses a batch: {_said(error)}") from error
            raise

    def drop(self) -> None:
        """End the connection, without a word."""
        self._connection.terminate()


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
