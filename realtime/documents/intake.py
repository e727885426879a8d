"""What becomes of an upload: looked through, read, understood, stored. Whole, or not at all."""

from dataclasses import dataclass

import structlog
from anyio import CancelScope

from protocol.documents import Document, DocumentKind
from protocol.errors import ProtocolError
from realtime.documents.extract import Extracted
from realtime.documents.ports import Documents, Extracts, Keeps, Scans
from realtime.documents.scan import ScannerAway
from realtime.documents.unreadable import MOST_CHARS, MOST_PAGES, Unreadable
from realtime.ports import Clock, Profiler
from storage.documents import NewDocument
from storage.objects import ObjectUnwanted

BUSY_RETRY_MS = 3_000

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came. `name` is for people, and has no path."""

    kind: DocumentKind
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Readers:
    """Those who look into a file. `scanner`: null where none was chosen."""

    extractor: Extracts
    profiler: Profiler
    scanner: Scans | None = None


class DocumentIntake:
    """Takes uploads. `files`: where files are kept; null: in the database, with all else."""

    def __init__(
        self, documents: Documents, readers: Readers, clock: Clock, files: Keeps | None = None
    ) -> None:
        self._documents = documents
        self._readers = readers
        self._clock = clock
        self._files = files

    async def admit(self, user_id: str) -> int:
        """Find out whether that user may hand in one more; what is returned is for `take`.

        Raises:
            ProtocolError: `forbidden`: there is no room for it.
            StorageUnavailable: storage didn't answer.
        """
        return await self._documents.admit(user_id, now=self._clock.now())

    async def take(self, user_id: str, upload: Upload, since: int) -> Document:
        """Store what that user hands in, who was admitted at `since`. It can be cancelled until it
        is being stored; then it is stored.

        Raises:
            ProtocolError: `unsupported_media`, `too_large` (it can't be read), `forbidden` (there
                is no room for it, or the user was forgotten), `overloaded` (it can't be done now).
            StorageUnavailable: storage didn't answer.
        """
        await self._scan(upload)
        extracted = await self._extract(user_id, upload)
        profile = await self._readers.profiler.profile(user_id, upload.kind, extracted.text)
        key = None if self._files is None else await self._files.put(user_id, upload.data)
        new = NewDocument(
            kind=upload.kind,
            name=upload.name,
            media_type=extracted.media_type,
            text=extracted.text,
            profile=profile,
            size_bytes=len(upload.data),
            data=upload.data if key is None else None,
            object_key=key,
        )
        with CancelScope(shield=True):
            made = await self._store(user_id, new, since)
        return made

    async def _store(self, user_id: str, new: NewDocument, since: int) -> Document:
        try:
            return await self._documents.add(user_id, new, now=self._clock.now(), since=since)
        except ObjectUnwanted:
            raise ProtocolError("storage_unavailable", "Storing it took too long.") from None
        except BaseException:
            if self._files is not None and new.object_key is not None:
                await self._files.give_up(user_id, new.object_key)
            raise

    async def _scan(self, upload: Upload) -> None:
        if self._readers.scanner is None:
            return
        try:
            signature = await self._readers.scanner.scan(upload.data)
        except ScannerAway as error:
            logger.error("scanner_away", reason=str(error))
            raise _later("Documents can't be checked for malware now; try again.") from None
        if signature is not None:
            logger.warning("upload_infected", signature=signature)
            raise ProtocolError(
                "unsupported_media",
                "The file holds malware, so it wasn't taken.",
                details={"reason": "infected"},
            )

    async def _extract(self, user_id: str, upload: Upload) -> Extracted:
        try:
            return await self._readers.extractor.extract(upload.data, upload.name, user_id)
        except Unreadable as error:
            logger.info("upload_unreadable", reason=error.reason, size_bytes=len(upload.data))
            raise _refusal(error) from None


# A bound that is the text's, not the file's.
_LIMITS = {"too_large": MOST_CHARS, "too_many_pages": MOST_PAGES}


def _refusal(error: Unreadable) -> ProtocolError:
    if error.reason == "busy":
        return _later(error.message, "busy")
    details: dict[str, object] = {"reason": error.reason}
    if error.reason in _LIMITS:
        details["limit"] = _LIMITS[error.reason]
        return ProtocolError("too_large", error.message, details=details)
    return ProtocolError("unsupported_media", error.message, details=details)


def _later(message: str, reason: str = "scanner") -> ProtocolError:
    details = {"reason": reason, "retry_after_ms": BUSY_RETRY_MS}
    return ProtocolError("overloaded", message, details=details)
