"""The one statement that stores commits, many at once, and a connection that has it prepared.

The statement is a transaction by itself, so that a batch takes one way to PostgreSQL and back. The
fence is in it: it takes hold of the interviews that are of the commits' terms, and writes to these
alone. It waits for nobody: an interview whose row another transaction has locked is left out, so
that no other is held up.
"""

from typing import TypeAlias

import asyncpg
import orjson

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
from storage.models import FeedbackRow, TurnRow
from storage.records import Commit, NotStored, StorageUnavailable, Unstorable
from storage.rows import WRITTEN, changes

Prepared: TypeAlias = "asyncpg.prepared_stmt.PreparedStatement[asyncpg.Record]"

# Interviews are only ever looked up by their keys. A plan that was made while there were few of
# them would go on reading them all.
_SETTINGS = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off"


def _replacing(table: type[TurnRow] | type[FeedbackRow]) -> str:
    """What puts a row in the place of the one with its key."""
    columns = table.__table__.columns
    key = ", ".join(column.name for column in columns if column.primary_key)
    others = [column.name for column in columns if not column.primary_key]
    new = ", ".join(f"{name} = excluded.{name}" for name in others)
    return f"ON CONFLICT ({key}) DO UPDATE SET {new}"


_STATEMENT = f"""
WITH given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($1) AS given (
        id text, term bigint, interview jsonb, turns jsonb, feedback jsonb,
        command_id text, digest bytea
    )
), free AS (
    SELECT given.* FROM interviews AS kept JOIN given USING (id, term)
    FOR NO KEY UPDATE OF kept SKIP LOCKED
), held AS (
    UPDATE interviews AS kept SET {", ".join(f"{name} = new.{name}" for name in WRITTEN)}
    FROM free, jsonb_populate_record(NULL::interviews, free.interview) AS new
    WHERE kept.id = free.id
    RETURNING free.*
), put_turns AS (
    INSERT INTO turns
    SELECT new.* FROM held, jsonb_populate_recordset(NULL::turns, held.turns) AS new
    {_replacing(TurnRow)}
), put_feedback AS (
    INSERT INTO feedback
    SELECT new.* FROM held, jsonb_populate_recordset(NULL::feedback, held.feedback) AS new
    {_replacing(FeedbackRow)}
), put_receipts AS (
    INSERT INTO receipts (interview_id, command_id, digest)
    SELECT id, command_id, digest FROM held WHERE command_id IS NOT NULL
)
SELECT id, EXISTS (SELECT FROM interviews AS kept WHERE kept.id = given.id AND term = given.term)
FROM given WHERE id NOT IN (SELECT id FROM held)
"""


def encoded(commit: Commit) -> bytes:
    """What the statement takes of a commit.

    Raises:
        Unstorable: it holds what is no text (a lone surrogate) or no number of PostgreSQL's.
    """
    changed = changes(commit)
    row = {
        "id": commit.after.view.interview.id,
        "term": commit.term,
        "interview": changed.interview,
        "turns": changed.turns,
        "feedback": changed.feedback,
    }
    if commit.receipt is not None:
        row["command_id"] = commit.receipt.command_id
        row["digest"] = f"\\x{commit.receipt.digest.hex()}"
    try:
        return orjson.dumps(row)
    except orjson.JSONEncodeError as error:
        raise Unstorable(f"a commit can't be encoded: {error}") from error


class Pen:
    """A connection with the statement prepared. After a `StorageUnavailable` it is of no use."""

    def __init__(self, connection: Connection, statement: Prepared) -> None:
        self._connection = connection
        self._statement = statement

    @classmethod
    async def at(cls, address: str, limits: Limits) -> "Pen":
        """A new one, for the database at a `dsn`.

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
                return cls(connection, await connection.prepare(_STATEMENT))
        except Exception as error:
            if connection is not None:
                connection.terminate()
            raise NotStored(f"no connection to the database: {_said(error)}") from error

    @property
    def usable(self) -> bool:
        """Whether the connection isn't known to have ended."""
        return not self._connection.is_closed()

    async def put(self, rows: list[bytes], within_s: float) -> dict[str, bool]:
        """Store these commits, one at most of each interview, in a transaction.

        Returns the interviews that were left out, with whether their term is the commit's.

        Raises:
            NotStored: the database can't do it now; nothing was stored.
            StorageUnavailable: the database didn't answer; whether it was stored is not known.
            Unstorable: PostgreSQL refuses what a row holds; nothing was stored.
            asyncpg.PostgresError: PostgreSQL refuses the statement; nothing was stored.
        """
        try:
            with cut_after(within_s, self._connection):
                left_out = await self._statement.fetch(b"[" + b",".join(rows) + b"]")
        except Exception as error:
            if not (isinstance(error, asyncpg.PostgresError) and error.severity_en == "ERROR"):
                raise StorageUnavailable(f"a commit got no answer: {_said(error)}") from error
            # PostgreSQL says so itself: the transaction was rolled back.
            if is_outage(error.sqlstate):
                raise NotStored(f"a commit failed: {_said(error)}") from error
            forget_rows(error)
            if is_refusal(error.sqlstate):
                raise Unstorable(f"PostgreSQL refuses a commit: {_said(error)}") from error
            raise
        return {interview_id: same_term for interview_id, same_term in left_out}

    def drop(self) -> None:
        """End the connection, without a word."""
        self._connection.terminate()


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
