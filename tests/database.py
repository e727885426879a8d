"""A real PostgreSQL for tests: one embedded server a session, and a database of its own each test.

A test directory uses it by re-exporting the fixtures in its `conftest.py`:

    from tests.database import database_server as database_server, database_url as database_url

The server runs on an event loop in a thread of its own, so the fixtures are plain ones, for tests
on any loop and for tests on none.
"""

from __future__ import annotations

import itertools
from contextlib import ExitStack
from typing import TYPE_CHECKING

import asyncpg
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from storage.embedded import EmbeddedPostgres, RunningPostgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import URL


class DatabaseServer:
    """Makes databases on the session's server, each a copy of a template."""

    def __init__(self, portal: BlockingPortal, running: RunningPostgres) -> None:
        self._portal = portal
        self._running = running
        self._numbers = itertools.count(1)

    def create(self) -> URL:
        """A new database, owned by the role that the URL logs in as."""
        url = self._running.url
        name = f"test_{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {url.database} OWNER {url.username}")
        return url.set(database=name)

    def drop(self, url: URL) -> None:
        """Also when connections to it have been left open."""
        self._execute(f"DROP DATABASE {url.database} WITH (FORCE)")

    def as_superuser(self, url: URL) -> URL:
        """The same database, by the role that made it."""
        return self._running.superuser_url.set(database=url.database)

    def _execute(self, statement: str) -> None:
        self._portal.call(_execute, self._running.superuser_url, statement)


async def connect(url: URL) -> asyncpg.Connection[asyncpg.Record]:
    """A connection of asyncpg's own to where a URL of SQLAlchemy's points."""
    host = url.query["host"]
    assert isinstance(host, str)
    return await asyncpg.connect(
        host=host, user=url.username, password=url.password, database=url.database
    )


async def _execute(url: URL, statement: str) -> None:
    connection = await connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


_SERVER = pytest.StashKey[DatabaseServer]()


@pytest.fixture(scope="session")
def database_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> DatabaseServer:
    """The session's one server, whichever directories re-export this fixture."""
    config = request.config
    if _SERVER not in config.stash:
        stack = ExitStack()
        config.add_cleanup(stack.close)
        portal = stack.enter_context(start_blocking_portal("asyncio", {"use_uvloop": True}))
        embedded = EmbeddedPostgres(tmp_path_factory.mktemp("database"))
        running = stack.enter_context(portal.wrap_async_context_manager(embedded.running()))
        config.stash[_SERVER] = DatabaseServer(portal, running)
    return config.stash[_SERVER]


@pytest.fixture
def database_url(database_server: DatabaseServer) -> Iterator[URL]:
    """Of a database that no other test sees."""
    url = database_server.create()
    yield url
    database_server.drop(url)
