"""The schema's history, and the way through it.

Works from the package's own files, without an `alembic.ini`. All in one transaction, under a lock
of the database's: servers that start at once don't get into each other's way, and a migration that
fails leaves nothing behind. A new migration is a file in `versions/`, written by hand; the tests
tell what it lacks of the tables in `storage.models`.

A new table needs row-level security, forced, and a policy and rights for each role that uses it
(`storage.roles`). Whoever migrates owns the tables, and the policies show the owner no row either:
a migration that changes rows says `NO FORCE ROW LEVEL SECURITY` before, and `FORCE` again after.
"""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection, text

from storage.database import transaction
from storage.roles import provide

_LOCK = 0x76697661  # "viva"


class UnknownSchema(Exception):
    """The database was migrated by a newer version of the program."""


async def upgrade(url: str | URL, revision: str = "head") -> None:
    """Bring the database's schema up to `revision`; where it is there already, do nothing.

    Raises:
        UnknownSchema: the schema is of a revision that this version doesn't know.
        RolesMissing: the URL's login may not take on the roles that serve, nor see to it.
        StorageUnavailable: the database didn't answer, or can't do it now.
    """
    await provide(url)
    await _locked(url, lambda config: command.upgrade(config, revision))


async def downgrade(url: str | URL, revision: str) -> None:
    """Take the schema back to `revision` (`base`: before the first), with the data that it has no
    place for.

    Raises:
        UnknownSchema: the schema is of a revision that this version doesn't know.
        StorageUnavailable: the database didn't answer, or can't do it now.
    """
    await _locked(url, lambda config: command.downgrade(config, revision))


async def current(url: str | URL) -> str | None:
    """The revision of the database's schema; null: none yet.

    Raises:
        StorageUnavailable: the database didn't answer.
    """
    async with transaction(url) as connection:
        return await connection.run_sync(_current)


def head() -> str:
    """The newest revision, which this version of the program works with."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    assert newest is not None
    return newest


async def _locked(url: str | URL, move: Callable[[Config], None]) -> None:
    def migrate(connection: Connection) -> None:
        config = _config()
        config.attributes["connection"] = connection
        _check_known(config, _current(connection))
        move(config)

    async with transaction(url) as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        await connection.run_sync(migrate)


def _check_known(config: Config, revision: str | None) -> None:
    if revision is None:
        return
    try:
        ScriptDirectory.from_config(config).get_revision(revision)
    except CommandError as error:
        raise UnknownSchema(
            f"The database's schema is of revision {revision}, which this version doesn't know: "
            "a newer one has migrated it."
        ) from error


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
