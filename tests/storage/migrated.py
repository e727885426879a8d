"""A migrated database that a whole session's tests share: each test keeps to users of its own."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import anyio
import pytest

from storage.database import Database
from storage.interviews import StoredInterviews
from storage.migrations import upgrade
from storage.writer import Writer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from sqlalchemy.engine import URL

    from tests.database import DatabaseServer

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def migrated_url(database_server: DatabaseServer) -> Iterator[URL]:
    url = database_server.create()
    anyio.run(upgrade, url)
    yield url
    database_server.drop(url)


@pytest.fixture(scope="session")
async def database(
    migrated_url: URL, anyio_backend: tuple[str, dict[str, bool]]
) -> AsyncIterator[Database]:
    database = Database(migrated_url)
    yield database
    await database.aclose()


@pytest.fixture(scope="session")
async def overseer(
    migrated_url: URL,
    database_server: DatabaseServer,
    anyio_backend: tuple[str, dict[str, bool]],
) -> AsyncIterator[Database]:
    """The same database, by somebody whom row-level security doesn't bind."""
    database = Database(database_server.as_superuser(migrated_url), role=None)
    yield database
    await database.aclose()


@pytest.fixture(scope="session")
async def interviews(
    migrated_url: URL, database: Database, anyio_backend: tuple[str, dict[str, bool]]
) -> AsyncIterator[StoredInterviews]:
    writer = Writer(migrated_url)
    yield StoredInterviews(database, writer, owner="tests", new_id=new_id)
    await writer.aclose()


@pytest.fixture
def user() -> str:
    """The id of a user that no other test has."""
    return new_user()


def new_user() -> str:
    return f"user {next(_numbers)}"


def new_id() -> str:
    return f"iv_{next(_numbers)}"
