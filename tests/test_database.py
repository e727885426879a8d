"""The databases that tests get."""

from __future__ import annotations

import asyncpg
import pytest

from tests.database import DatabaseServer, connect
from tests.database import database_server as database_server

pytestmark = pytest.mark.anyio


async def test_each_database_is_its_own(database_server: DatabaseServer) -> None:
    first, second = database_server.create(), database_server.create()
    for url in (first, second):
        connection = await connect(url)
        await connection.execute("CREATE TABLE same_name (value int)")
        await connection.close()

    held_open = await connect(first)
    database_server.drop(first)
    database_server.drop(second)
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await connect(first)
    held_open.terminate()
