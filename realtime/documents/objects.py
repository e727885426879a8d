"""Files in an S3-compatible object store, for operators who keep them there.

`storage.objects` tells how no object outlives its document, nor is there one without.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import structlog
from obstore.exceptions import BaseError
from obstore.store import S3Store

from realtime.ports import Clock, StorageUnavailable

if TYPE_CHECKING:
    from obstore.store import S3Config  # which is there for type checkers alone

# How long the store may take for one object; it is asked again after faults of its own.
ANSWERS_WITHIN_S = 20.0
CONNECTS_WITHIN_S = 5.0
MOST_RETRIES = 2
# All tries together: far shorter than the time of grace.
ENDS_WITHIN_S = 60.0
SWEEP_EVERY_S = 10.0
MOST_AT_ONCE = 50

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where the objects are. Without an address it is Amazon's; without a key it is whatever this
    machine may do there. `prefix` comes before each object's key.
    """

    name: str
    endpoint_url: str | None
    region: str
    access_key_id: str | None
    secret_access_key: str | None
    prefix: str


class Entries(Protocol):
    """Where objects are noted that may have to be deleted (`storage.objects.ObjectEntries`)."""

    async def enter(self, user_id: str, key: str, *, now: int) -> None: ...

    async def give_up(self, user_id: str, key: str) -> None: ...


class Unwanted(Protocol):
    """What is to be deleted (`storage.objects.Outbox`)."""

    async def due(self, *, now: int, most: int) -> list[str]: ...

    async def done(self, keys: Sequence[str]) -> None: ...


class ObjectStore:
    """The objects of a bucket. Raises `StorageUnavailable` within bounded time."""

    def __init__(self, bucket: Bucket) -> None:
        self._store = S3Store(
            bucket.name,
            prefix=bucket.prefix or None,
            config=_config(bucket),
            client_options={
                "allow_http": (bucket.endpoint_url or "").startswith("http://"),
                "timeout": timedelta(seconds=ANSWERS_WITHIN_S),
                "connect_timeout": timedelta(seconds=CONNECTS_WITHIN_S),
            },
            retry_config={
                "max_retries": MOST_RETRIES,
                "retry_timeout": timedelta(seconds=ENDS_WITHIN_S),
            },
        )

    async def put(self, key: str, data: bytes) -> None:
        """Put an object there."""
        async with _answered():
            await self._store.put_async(key, data, use_multipart=False)

    async def delete(self, key: str) -> None:
        """Delete that object, if there is one."""
        async with _answered():
            with suppress(FileNotFoundError):
                await self._store.delete_async(key)

    async def reach(self) -> None:
        """Find out whether the bucket is there, and may be read."""
        async with _answered():
            try:
                await self._store.get_async(secrets.token_hex())
            except FileNotFoundError as error:
                # What isn't there may be the object, as it should, or the bucket.
                if "NoSuchBucket" in str(error):
                    raise StorageUnavailable("there is no such bucket") from error


def _config(bucket: Bucket) -> "S3Config":
    # Not every store that is compatible can delete several at once.
    config: S3Config = {"region": bucket.region, "disable_bulk_delete": True}
    if bucket.endpoint_url is not None:
        config["endpoint"] = bucket.endpoint_url
    if bucket.access_key_id is not None and bucket.secret_access_key is not None:
        config["access_key_id"] = bucket.access_key_id
        config["secret_access_key"] = bucket.secret_access_key
    return config


@asynccontextmanager
async def _answered() -> AsyncIterator[None]:
    """Ends what takes too long, and tells the store's troubles from defects."""
    try:
        async with asyncio.timeout(ENDS_WITHIN_S):
            yield
    except TimeoutError:
        raise StorageUnavailable("the object store doesn't answer") from None
    except (BaseError, OSError) as error:
        # Its first line says what, the others with which parts inside the library.
        reason = str(error).strip().partition("\n")[0][:300]
        raise StorageUnavailable(f"the object store failed: {reason}") from error


class ObjectFiles:
    """Keeps files as objects, each noted before it is put."""

    def __init__(self, store: ObjectStore, entries: Entries, clock: Clock) -> None:
        self._store = store
        self._entries = entries
        self._clock = clock

    async def put(self, user_id: str, data: bytes) -> str:
        """Keep a file for that user; the key it is under, which tells nothing of whose it is.

        Raises:
            StorageUnavailable: it isn't kept, or won't be for long.
        """
        key = secrets.token_urlsafe(24)
        await self._entries.enter(user_id, key, now=self._clock.now())
        # What fails, or is cancelled, may be there all the same, or arrive after its deletion: so
        # it isn't given up, but deleted when its time of grace is over.
        await self._store.put(key, data)
        return key

    async def give_up(self, user_id: str, key: str) -> None:
        """What was put gets no document, so it isn't to be kept. Raises nothing."""
        try:
            await self._entries.give_up(user_id, key)
        except StorageUnavailable as error:
            logger.warning("object_given_up_later", reason=str(error))


class Sweeper:
    """Deletes the objects that have no document, until it is closed."""

    def __init__(self, store: ObjectStore, unwanted: Unwanted, clock: Clock) -> None:
        self._store = store
        self._unwanted = unwanted
        self._clock = clock
        self._sweeping = asyncio.create_task(self._sweep_on())

    async def aclose(self) -> None:
        """End it. What was begun is done again by whoever comes next."""
        self._sweeping.cancel()
        await asyncio.wait([self._sweeping])

    async def _sweep_on(self) -> None:
        while True:
            try:
                while await sweep(self._store, self._unwanted, self._clock.now()):
                    pass
            except StorageUnavailable as error:
                logger.warning("objects_not_deleted", reason=str(error))
            except Exception:
                logger.exception("sweep_failed")
            await self._clock.sleep(SWEEP_EVERY_S)


async def sweep(store: ObjectStore, unwanted: Unwanted, now: int) -> int:
    """Delete what is due at `now` (Unix ms), some at a time; how many were deleted.

    Raises:
        StorageUnavailable: of one that couldn't be deleted; the others were. Or the database
            didn't answer.
    """
    keys = await unwanted.due(now=now, most=MOST_AT_ONCE)
    outcomes = await asyncio.gather(*map(store.delete, keys), return_exceptions=True)
    deleted = [key for key, failed in zip(keys, outcomes, strict=True) if failed is None]
    if deleted:
        await unwanted.done(deleted)
        logger.info("objects_deleted", count=len(deleted))
    for failed in outcomes:
        if failed is not None:
            raise failed
    return len(deleted)
