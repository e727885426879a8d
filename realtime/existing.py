"""The database that is there already, for commands that look into it or change what is in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from realtime.app import place
from realtime.settings import Settings
from storage.embedded import EmbeddedPostgres, EmbeddedPostgresError
from storage.migrations import current, head
from storage.records import StorageUnavailable


@asynccontextmanager
async def existing(settings: Settings) -> AsyncIterator[str]:
    """Its URL, also while a server is at work on it. None is made, nor is it migrated.

    Raises:
        CANNOT_RUN: it can't be had, or is of another version.
    """
    async with _reached(settings) as url:
        revision, newest = await current(url), head()
        if revision != newest:
            raise StorageUnavailable(
                f"The database is at {revision or 'nothing'}, and this version needs {newest}: "
                "run `viva migrate`."
            )
        yield url


@asynccontextmanager
async def _reached(settings: Settings) -> AsyncIterator[str]:
    if settings.database_url is None:
        embedded = EmbeddedPostgres(settings.data_dir, settings.postgres_binaries)
        async with embedded.at_work() as url:
            if url is not None:
                yield url.render_as_string(hide_password=False)
                return
        if not (settings.data_dir / "postgres").exists():
            raise EmbeddedPostgresError(f"There is no database in {settings.data_dir} yet.")
    async with place(settings) as chosen:
        yield chosen.url
