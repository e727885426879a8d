"""The server over a migrated database, which the tests of this folder share."""

from collections.abc import AsyncIterator

import pytest

from storage.interviews import StoredInterviews
from tests.database import database_server as database_server
from tests.database import database_url as database_url
from tests.realtime.fakes import ScriptedInterviewer
from tests.realtime.serving import Running, house, serving
from tests.storage.migrated import database as database
from tests.storage.migrated import interviews as interviews
from tests.storage.migrated import migrated_url as migrated_url


@pytest.fixture(scope="session")
async def server(
    interviews: StoredInterviews, anyio_backend: tuple[str, dict[str, bool]]
) -> AsyncIterator[Running]:
    async with serving(house(interviews, interviewer=ScriptedInterviewer())) as running:
        yield running
