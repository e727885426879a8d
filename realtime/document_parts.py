"""The composition root's part for documents: chosen by the settings, and put together."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass

import structlog

from realtime.documents.extract import Extractor
from realtime.documents.intake import DocumentIntake, Readers
from realtime.documents.objects import Bucket, ObjectFiles, ObjectStore, Sweeper
from realtime.documents.ports import Documents
from realtime.documents.scan import Clamd, address
from realtime.ports import Clock, Profiler
from realtime.settings import Settings
from storage.connections import Limits
from storage.database import Database
from storage.objects import ObjectEntries, Outbox

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DocumentParts:
    """Where documents are, and who takes them in."""

    documents: Documents
    intake: DocumentIntake


@dataclass(frozen=True, slots=True)
class Foundation:
    """What is there before: `database` is the one at `url`, and `documents` are in it."""

    documents: Documents
    database: Database
    url: str
    limits: Limits
    clock: Clock


@asynccontextmanager
async def document_parts(
    settings: Settings, foundation: Foundation, profiler: Profiler
) -> AsyncIterator[DocumentParts]:
    """The real parts, until the block ends."""
    documents, clock = foundation.documents, foundation.clock
    logger.info(
        "documents", files=settings.s3_bucket or "database", scanned=settings.clamd is not None
    )
    async with AsyncExitStack() as stack:
        extractor = await stack.enter_async_context(aclosing(Extractor(clock)))
        files: ObjectFiles | None = None
        store = object_store(settings)
        if store is not None:
            outbox = await stack.enter_async_context(
                aclosing(Outbox(foundation.url, foundation.limits))
            )
            await stack.enter_async_context(aclosing(Sweeper(store, outbox, clock)))
            files = ObjectFiles(store, ObjectEntries(foundation.database), clock)
        readers = Readers(extractor, profiler, scanner(settings))
        yield DocumentParts(documents, DocumentIntake(documents, readers, clock, files))


def object_store(settings: Settings) -> ObjectStore | None:
    """The object store that was chosen; null: none was."""
    if settings.s3_bucket is None:
        return None
    secret = settings.s3_secret_access_key
    return ObjectStore(
        Bucket(
            settings.s3_bucket,
            endpoint_url=settings.s3_endpoint_url,
            region=settings.s3_region,
            access_key_id=settings.s3_access_key_id,
            secret_access_key=None if secret is None else secret.get_secret_value(),
            prefix=settings.s3_prefix,
        )
    )


def scanner(settings: Settings) -> Clamd | None:
    """The scanner that was chosen; null: none was."""
    if settings.clamd is None:
        return None
    return Clamd(address(settings.clamd), within_s=settings.scan_within_s)
