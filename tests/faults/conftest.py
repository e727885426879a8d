"""The tests' own database server, for those who look into an empty database."""

from tests.database import database_server as database_server
from tests.database import database_url as database_url
