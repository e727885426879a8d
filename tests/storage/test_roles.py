"""As whom the server logs in, and the roles that it takes on then."""

from __future__ import annotations

import itertools
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest

from storage.connections import SERVER, WRITER
from storage.database import Database
from storage.embedded import EmbeddedPostgres
from storage.migrations import upgrade
from storage.records import StorageUnavailable
from storage.roles import RolesMissing, login, provide
from tests.database import connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.engine import URL

    from storage.embedded import RunningPostgres
    from tests.database import DatabaseServer

pytestmark = pytest.mark.anyio

_numbers = itertools.count(1)

# Before version 16 a role was granted without options; Debian 12 has one of those.
OLDER = Path("/usr/lib/postgresql/15/bin")


async def test_the_login_is_bound_and_the_superuser_is_not(
    migrated_url: URL, database_server: DatabaseServer
) -> None:
    found = await login(migrated_url)
    assert (found.name, found.bound, found.lacking) == (migrated_url.username, True, ())
    assert not (await login(database_server.as_superuser(migrated_url))).bound


async def test_a_database_that_isnt_there(migrated_url: URL) -> None:
    with pytest.raises(StorageUnavailable, match="no connection"):
        await provide(migrated_url.set(database="nowhere"))


# --- an operator's own cluster -------------------------------------------------------------------


@pytest.fixture(scope="module")
async def cluster(
    tmp_path_factory: pytest.TempPathFactory, anyio_backend: tuple[str, dict[str, bool]]
) -> AsyncIterator[RunningPostgres]:
    """Of its own, because roles are a cluster's."""
    async with EmbeddedPostgres(tmp_path_factory.mktemp("cluster")).running() as running:
        yield running


@pytest.fixture(scope="module")
async def older_cluster(
    tmp_path_factory: pytest.TempPathFactory, anyio_backend: tuple[str, dict[str, bool]]
) -> AsyncIterator[RunningPostgres]:
    embedded = EmbeddedPostgres(tmp_path_factory.mktemp("older"), OLDER)
    async with embedded.running() as running:
        yield running


@asynccontextmanager
async def operators_login(cluster: RunningPostgres, *attributes: str) -> AsyncIterator[URL]:
    """A login of these attributes with a database of its own, where nobody knows our roles."""
    name = f"operator_{next(_numbers)}"
    superuser = await connect(cluster.superuser_url)
    try:
        for role in (SERVER, WRITER):
            await superuser.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")
    except asyncpg.UndefinedObjectError:
        pass  # They were dropped before.
    try:
        await superuser.execute(f"CREATE ROLE {name} LOGIN {' '.join(attributes)} PASSWORD 'x'")
        await superuser.execute(f"CREATE DATABASE {name} OWNER {name}")
        yield cluster.url.set(username=name, password="x", database=name)
    finally:
        await superuser.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await superuser.close()


@pytest.mark.parametrize("attributes", [("CREATEROLE",), ("CREATEROLE", "NOINHERIT")])
async def test_a_login_that_may_make_roles_makes_them(
    cluster: RunningPostgres, attributes: tuple[str, ...]
) -> None:
    async with operators_login(cluster, *attributes) as url:
        assert (await login(url)).lacking != ()
        await upgrade(url)
        assert (await login(url)).lacking == ()
        await serves(url)
        await upgrade(url)


async def test_a_login_that_may_not_is_told_what_to_run(cluster: RunningPostgres) -> None:
    async with operators_login(cluster) as url:
        with pytest.raises(RolesMissing, match="As a superuser, run: ") as refusal:
            await upgrade(url)
        superuser = await connect(cluster.superuser_url)
        await superuser.execute(str(refusal.value).partition("run: ")[2])
        await superuser.close()
        await upgrade(url)
        await serves(url)


@pytest.mark.skipif(not OLDER.exists(), reason="no PostgreSQL 15 here")
@pytest.mark.parametrize("attributes", [("CREATEROLE",), ()])
async def test_both_on_an_older_version(
    older_cluster: RunningPostgres, attributes: tuple[str, ...]
) -> None:
    async with operators_login(older_cluster, *attributes) as url:
        if not attributes:
            with pytest.raises(RolesMissing) as refusal:
                await upgrade(url)
            superuser = await connect(older_cluster.superuser_url)
            await superuser.execute(str(refusal.value).partition("run: ")[2])
            await superuser.close()
        await upgrade(url)
        await serves(url)


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ("ALTER ROLE {role} BYPASSRLS", "ALTER ROLE {role} NOSUPERUSER NOBYPASSRLS"),
        ("ALTER ROLE {role} SUPERUSER", "ALTER ROLE {role} NOSUPERUSER NOBYPASSRLS"),
        ("GRANT {role} TO {login} WITH SET FALSE", "GRANT {role} TO {login} WITH SET TRUE"),
        ("REVOKE {role} FROM {login}", "GRANT {role} TO {login} WITH SET TRUE"),
    ],
)
@pytest.mark.parametrize("role", [SERVER, WRITER])
async def test_what_is_wrong_with_the_roles_is_found(
    cluster: RunningPostgres, wrong: str, remedy: str, role: str
) -> None:
    async with operators_login(cluster) as url:
        as_superuser = cluster.superuser_url.set(database=url.database)
        await provide(as_superuser)
        superuser = await connect(as_superuser)
        assert url.username is not None
        for each in (SERVER, WRITER):
            await superuser.execute(f"GRANT {each} TO {url.username}")
        assert (await login(url)).lacking == ()
        await superuser.execute(wrong.format(role=role, login=url.username))
        (found,) = (await login(url)).lacking
        assert found == remedy.format(role=role, login=url.username)
        with pytest.raises(RolesMissing):
            await provide(url)
        await superuser.execute(found)
        await superuser.close()
        await provide(url)


async def serves(url: URL) -> None:
    """The roles can be taken on, by a server that isn't what owns the tables."""
    database = Database(url)
    try:
        await database.ping()
    finally:
        await database.aclose()


async def test_without_the_roles_nothing_is_served(cluster: RunningPostgres) -> None:
    async with operators_login(cluster) as url:
        with pytest.raises(StorageUnavailable, match=f'role "{SERVER}" does not exist'):
            await serves(url)
