"""Starting and stopping it, for the event loop; what blocks runs in threads."""

from __future__ import annotations

import secrets
import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import anyio
import asyncpg
from anyio import to_thread
from sqlalchemy.engine import URL

from storage.embedded.binaries import EmbeddedPostgresError
from storage.embedded.cluster import ROLE, SUPERUSER, Cluster
from storage.embedded.server import Server, ask_to_stop, short_link
from storage.roles import grant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

DATABASE = "viva"

SYSTEM_CACHE = Path("/var/cache/viva")
"""Where root puts the copy of PostgreSQL's programs, if its servant can't read the originals."""

PREDECESSOR_S = 45.0
"""How long the server of a program that has just died may take to stop. (The watchdog gives a fast
shutdown 30 s; it takes well under one.)"""

READY_S = 300.0
"""How long a start may take; recovery from a crash reads the journal, at most `max_wal_size`."""

_POLL_S = 0.01


@dataclass(frozen=True)
class RunningPostgres:
    """How to reach the server, and word of its end.

    `url` is for serving and migrating, `superuser_url` for making roles and databases.
    """

    url: URL
    superuser_url: URL
    log: Path
    _server: Server

    async def wait(self) -> NoReturn:
        """Raises `EmbeddedPostgresError` when PostgreSQL ends without having been asked to.

        For one task at a time, which is to be cancelled before `running` is left.
        """
        await anyio.wait_readable(self._server.report)
        raise self._server.failure("PostgreSQL has stopped by itself")


class EmbeddedPostgres:
    """A PostgreSQL whose data lives in `data_dir/postgres`.

    `binaries` is a folder with `initdb` and `postgres`, to be used instead of the wheel's or the
    system's. `make_password` gives each role its password, once.
    """

    def __init__(
        self,
        data_dir: Path,
        binaries: Path | None = None,
        *,
        cache: Path = SYSTEM_CACHE,
        make_password: Callable[[], str] = lambda: secrets.token_urlsafe(24),
    ) -> None:
        self._data_dir = data_dir
        self._binaries = binaries
        self._cache = cache
        self._make_password = make_password

    @asynccontextmanager
    async def running(self) -> AsyncIterator[RunningPostgres]:
        """Starts the server, and stops it on the way out.

        Raises `EmbeddedPostgresError` if the data directory is in use, can't be used, or was made
        by a PostgreSQL of another major version, or if PostgreSQL doesn't start.
        """
        cluster = Cluster(self._data_dir)
        server = Server(cluster)
        try:
            await to_thread.run_sync(server.claim)
            await _predecessor_gone(cluster)
            passwords = await to_thread.run_sync(
                server.start, self._binaries, self._cache, self._make_password
            )
            superuser = _url(SUPERUSER, passwords[SUPERUSER], SUPERUSER, server.folder)
            await _prepare(server, superuser, passwords[ROLE])
            role = _url(ROLE, passwords[ROLE], DATABASE, server.folder)
            yield RunningPostgres(role, superuser, cluster.log, server)
        finally:
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(server.stop)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[URL | None]:
        """Where to reach the server that another program runs on this data directory, and stops
        when it likes; null: there is none.

        Raises `EmbeddedPostgresError` if its passwords can't be read.
        """
        cluster = Cluster(self._data_dir)
        try:
            found = await to_thread.run_sync(_at_work, cluster)
        except OSError as error:
            raise EmbeddedPostgresError(
                f"The database in {cluster.home} can't be looked at: {error}."
            ) from error
        if found is None:
            yield None
            return
        password, link = found
        try:
            yield _url(ROLE, password, DATABASE, link or cluster.socket)
        finally:
            if link is not None:
                shutil.rmtree(link.parent, ignore_errors=True)


def _at_work(cluster: Cluster) -> tuple[str, Path | None] | None:
    """The role's password and a short way to the socket, if it needs one; null: nobody is."""

    def none_yet() -> str:
        raise EmbeddedPostgresError(f"The database in {cluster.home} is only being made.")

    if not cluster.in_use():
        return None
    return cluster.passwords(none_yet)[ROLE], short_link(cluster.socket)


async def _predecessor_gone(cluster: Cluster) -> None:
    """Takes the lock that a killed program's PostgreSQL holds until it has stopped."""
    asked: int | None = None
    with anyio.move_on_after(PREDECESSOR_S):
        while not cluster.running_lock.try_acquire():
            orphan = cluster.orphan()
            if orphan is not None and orphan != asked:  # its watchdog may have been killed too
                ask_to_stop(orphan)
                asked = orphan
            await anyio.sleep(_POLL_S)
        return
    raise EmbeddedPostgresError(
        f"The PostgreSQL of an earlier run (process {cluster.postmaster_pid()}) is still at work "
        f"on {cluster.path} and doesn't stop. Stop it, or choose another --data-dir."
    )


def _url(role: str, password: str, database: str, folder: Path) -> URL:
    return URL.create(
        "postgresql+asyncpg",
        username=role,
        password=password,
        database=database,
        query={"host": str(folder)},
    )


async def _prepare(server: Server, superuser: URL, password: str) -> None:
    """Makes the roles and the database, or puts the roles right."""
    connection = await _connect(server, superuser)
    try:
        secret = await connection.fetchval("SELECT quote_literal($1::text)", password)
        known = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", ROLE)
        await connection.execute(
            f"{'ALTER' if known else 'CREATE'} ROLE {ROLE} LOGIN NOSUPERUSER NOBYPASSRLS "
            f"NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD {secret}"
        )
        await grant(connection, ROLE)
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
            await connection.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")
    finally:
        await connection.close()


async def _connect(server: Server, url: URL) -> asyncpg.Connection[asyncpg.Record]:
    """As soon as the server takes connections."""
    with anyio.move_on_after(READY_S) as waiting:
        while not server.is_ready():  # noqa: ASYNC110 - another process's file, no event of ours
            await anyio.sleep(_POLL_S)
    if waiting.cancelled_caught:
        raise server.failure("PostgreSQL isn't ready after a long time")
    try:
        return await asyncpg.connect(
            host=str(server.folder), user=url.username, password=url.password, database=url.database
        )
    except asyncpg.InvalidPasswordError as error:
        raise EmbeddedPostgresError(
            "The embedded database refuses the password in its `passwords.json`, so this "
            "belongs to another database. Put the right file back."
        ) from error
    except (OSError, asyncpg.PostgresError) as error:
        raise server.failure(f"PostgreSQL has started but can't be used: {error}") from error
