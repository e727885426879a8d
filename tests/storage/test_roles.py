"""As whom the database is used."""

import pytest
from sqlalchemy import URL

from storage.database import Database
from storage.roles import Role, role_of
from tests.database import DatabaseServer

pytestmark = pytest.mark.anyio


async def test_the_serving_role_is_bound_and_the_superuser_is_not(
    migrated_url: URL, database: Database, database_server: DatabaseServer
) -> None:
    assert migrated_url.username is not None
    assert await role_of(database) == Role(migrated_url.username, bound=True)
    by_superuser = Database(database_server.as_superuser(migrated_url))
    try:
        assert not (await role_of(by_superuser)).bound
    finally:
        await by_superuser.aclose()
