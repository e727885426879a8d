"""A database of its own for each test that asks for `database_url`; one, migrated, for all tests
that ask for `database` or `interviews`.
"""

from tests.database import database_server as database_server
from tests.database import database_url as database_url
from tests.storage.migrated import database as database
from tests.storage.migrated import interviews as interviews
from tests.storage.migrated import migrated_url as migrated_url
from tests.storage.migrated import overseer as overseer
from tests.storage.migrated import user as user
from tests.storage.writing import writer as writer
