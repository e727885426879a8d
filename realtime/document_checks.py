"""What there is to say of documents: can they be read, where their files are, and who looks through
them.

Rule of this file: it leaves nothing behind, neither here nor there, and shows no key.
"""

import sys
from contextlib import aclosing

from realtime.check import Check
from realtime.clock import SystemClock
from realtime.document_parts import object_store, scanner
from realtime.documents.extract import MODULES, Extractor, ReaderBroken, Unreadable
from realtime.documents.scan import ScannerAway
from realtime.documents.sniff import PDF, MediaType
from realtime.ports import StorageUnavailable
from realtime.settings import Settings

# A page with a word on it.
_DOCUMENT = b"""%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R
/Resources<</Font<</F 5 0 R>>>>>> endobj
4 0 obj <</Length 34>> stream
BT /F 12 Tf 20 100 Td (Viva) Tj ET
endstream endobj
5 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica>> endobj
trailer <</Root 1 0 R>>
%%EOF
"""


async def document_checks(settings: Settings) -> list[Check]:
    """All of them. They fail by what they say, and raise nothing."""
    return [await read(MODULES), await _scanned(settings), await _files(settings)]


async def read(modules: dict[MediaType, str]) -> Check:
    """Whether a document is read by these, and what its reader is held by meanwhile."""
    async with aclosing(Extractor(SystemClock(), modules=modules)) as extractor:
        try:
            await extractor.extract(_DOCUMENT, "viva.pdf")
        except ReaderBroken:
            command = f"{sys.executable} -I -m {modules[PDF]} 8 15 {1 << 30} < /dev/null"
            return Check("reader", False, f"no document can be read; `{command}` tells why")
        except Unreadable as error:
            return Check("reader", False, f"a plain document can't be read: {error}")
        fence = extractor.fence
    if fence == "filter":
        return Check("reader", True, "documents can be read, in a process that can do nothing else")
    said = (
        "documents can be read; their reader is held by limits alone, as this machine has no "
        "filter of system calls (seccomp, on Linux)"
    )
    return Check("reader", None, said)


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
