"""What there is to say of documents: where their files are, and who looks through them.

Rule of this file: it leaves nothing behind, neither here nor there, and shows no key.
"""

from realtime.check import Check
from realtime.document_parts import object_store, scanner
from realtime.documents.scan import ScannerAway
from realtime.ports import StorageUnavailable
from realtime.settings import Settings


async def document_checks(settings: Settings) -> list[Check]:
    """All of them. They fail by what they say, and raise nothing."""
    return [await _scanned(settings), await _files(settings)]


async def _scanned(settings: Settings) -> Check:
    clamd = scanner(settings)
    if clamd is None:
        said = "uploads aren't scanned for malware: VIVA_CLAMD would name a ClamAV daemon"
        return Check("scanner", None, said)
    try:
        return Check("scanner", True, (await clamd.version())[:100])
    except ScannerAway as error:
        return Check("scanner", False, f"no document is taken: {error}")


async def _files(settings: Settings) -> Check:
    store = object_store(settings)
    if store is None:
        return Check("files", None, "documents' files are kept in the database")
    where = f"bucket {settings.s3_bucket} at {settings.s3_endpoint_url or 'Amazon S3'}"
    try:
        await store.reach()
    except StorageUnavailable as error:
        return Check("files", False, f"{where}: {error}")
    return Check("files", True, where)
