"""How a connection to PostgreSQL is made, how long one waits for it, and what its errors mean."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

import asyncpg
from sqlalchemy import URL

APPLICATION_NAME = "viva"

# The roles that a connection takes on (see `storage.roles`).
SERVER = "viva_server"
WRITER = "viva_writer"

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

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

    @classmethod
    def within(cls, seconds: float) -> "Limits":
        """A transaction may take so long, and a connection for it half as long."""
        return cls(
            free_connection_s=seconds / 2, new_connection_s=seconds / 2, transaction_s=seconds
        )


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


async def connect(
    address: str,
    limits: Limits,
    *,
    role: str | None,
    transaction_s: float | None,
    command_s: float | None = None,
) -> Connection:
    """A new connection to a `dsn`, which takes on `role`; null: it stays what it logged in as.

    The server ends transactions that take longer than `transaction_s`; the driver gives up a
    command after `command_s`. Null: never.

    Raises:
        OSError, asyncpg.PostgresError: there is none.
    """
    settings = {"application_name": APPLICATION_NAME}
    if transaction_s is not None:
        # What a connection that was cut leaves behind on the server is to end too.
        patience_ms = str(round(transaction_s * 1_000))
        settings["statement_timeout"] = patience_ms
        settings["idle_in_transaction_session_timeout"] = patience_ms
    connection = await asyncpg.connect(
        address,
        timeout=limits.new_connection_s,
        command_timeout=command_s,
        server_settings=settings,
    )
    if role is not None:
        try:
            with cut_after(limits.new_connection_s, connection):
                await connection.execute(f"SET ROLE {role}")
        except BaseException:
            connection.terminate()
            raise
    return connection


@contextmanager
def cut_after(seconds: float, connection: Connection) -> Iterator[None]:
    """Ends `connection` if what is in here takes longer, which fails what it waits for.

    Cut, not asked: a server that is stalled, or gone without a word, answers nothing.
    """
    cut = asyncio.get_running_loop().call_later(seconds, connection.terminate)
    try:
        yield
    finally:
        cut.cancel()


def is_outage(sqlstate: str | None) -> bool:
    """Whether an error tells of the database's state, not of a defect here."""
    return (sqlstate or "").startswith(_OUTAGES)


def is_refusal(sqlstate: str | None) -> bool:
    """Whether an error tells that a value can't be kept: no encoding for it, too large."""
    return (sqlstate or "").startswith(("22", "54"))


def forget_rows(error: BaseException | None) -> None:
    """PostgreSQL's detail quotes the row, with an answer's text, and may come to a log."""
    if isinstance(error, asyncpg.PostgresError):
        error.detail = error.context = None
