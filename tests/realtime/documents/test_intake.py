"""What becomes of an upload, and that nothing half-done stays."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
from anyio import CancelScope

from protocol.documents import Profile
from protocol.errors import ProtocolError
from realtime.documents.intake import Upload
from realtime.documents.scan import ScannerAway
from realtime.documents.unreadable import MOST_CHARS, MOST_PAGES, Reason
from realtime.ports import StorageUnavailable
from storage.objects import ObjectUnwanted
from tests.realtime.fakes import START
from tests.realtime.papers import MemoryDocuments, PlainExtractor, document_parts

pytestmark = pytest.mark.anyio

DATA = "Mina Kim. 백엔드 개발자.".encode()
UPLOAD = Upload("resume", "mina.txt", DATA)


@dataclass
class Shelves:
    """Keeps files, as an object store does. `error` is what putting one raises."""

    error: Exception | None = None
    files: dict[str, bytes] = field(default_factory=dict)

    async def put(self, user_id: str, data: bytes) -> str:
        if self.error is not None:
            raise self.error
        key = f"key{len(self.files)}"
        self.files[key] = data
        return key

    async def give_up(self, user_id: str, key: str) -> None:
        del self.files[key]


@dataclass
class Looker:
    """A scanner that finds what it is told to."""

    found: str | None = None
    away: bool = False

    async def scan(self, data: bytes) -> str | None:
        if self.away:
            raise ScannerAway("nobody there")
        return self.found


async def test_it_is_read_understood_and_stored() -> None:
    documents = MemoryDocuments()
    made = await document_parts(documents).intake.take("mina", UPLOAD, START)
    assert (made.kind, made.name, made.media_type) == ("resume", "mina.txt", "text/plain")
    assert (made.chars, made.created_at) == (len(DATA.decode()), START)
    assert made.profile == Profile(skills=("Mina", "Kim.", "백엔드"))
    ((owner, new, _),) = documents.added
    assert (owner, new.text, new.data, new.object_key) == ("mina", DATA.decode(), DATA, None)
    assert new.size_bytes == len(DATA)


async def test_its_file_may_be_kept_elsewhere() -> None:
    documents, shelves = MemoryDocuments(), Shelves()
    await document_parts(documents, files=shelves).intake.take("mina", UPLOAD, START)
    ((_, new, _),) = documents.added
    assert (new.data, new.object_key) == (None, "key0")
    assert shelves.files == {"key0": DATA}


# --- what isn't taken ----------------------------------------------------------------------------


async def test_where_there_is_no_room_nobody_is_admitted() -> None:
    intake = document_parts(MemoryDocuments(most=1)).intake
    await intake.take("mina", UPLOAD, await intake.admit("mina"))
    with pytest.raises(ProtocolError, match="room"):
        await intake.admit("mina")


async def test_malware_is_neither_read_nor_kept() -> None:
    extractor, documents, shelves = PlainExtractor(), MemoryDocuments(), Shelves()
    parts = document_parts(documents, extractor=extractor, scanner=Looker("Eicar"), files=shelves)
    with pytest.raises(ProtocolError) as refusal:
        await parts.intake.take("mina", UPLOAD, START)
    error = refusal.value
    assert (error.code, error.details) == ("unsupported_media", {"reason": "infected"})
    assert "Eicar" not in error.message
    assert (extractor.read, documents.added, shelves.files) == (0, [], {})


async def test_while_the_scanner_is_away_nothing_is_taken() -> None:
    extractor, documents = PlainExtractor(), MemoryDocuments()
    parts = document_parts(documents, extractor=extractor, scanner=Looker(away=True))
    with pytest.raises(ProtocolError) as refusal:
        await parts.intake.take("mina", UPLOAD, START)
    assert refusal.value.code == "overloaded"
    assert refusal.value.details["retry_after_ms"] > 0
    assert (extractor.read, documents.added) == (0, [])


async def test_what_the_scanner_finds_clean_is_taken() -> None:
    documents = MemoryDocuments()
    await document_parts(documents, scanner=Looker()).intake.take("mina", UPLOAD, START)
    assert len(documents.added) == 1


@pytest.mark.parametrize(
    ("reason", "code", "limit"),
    [
        ("unsupported", "unsupported_media", None),
        ("damaged", "unsupported_media", None),
        ("encrypted", "unsupported_media", None),
        ("scanned", "unsupported_media", None),
        ("empty", "unsupported_media", None),
        ("too_slow", "unsupported_media", None),
        ("too_complex", "unsupported_media", None),
        ("too_many_pages", "too_large", MOST_PAGES),
        ("too_large", "too_large", MOST_CHARS),
        ("busy", "overloaded", None),
    ],
)
async def test_what_cant_be_read_says_why(reason: Reason, code: str, limit: int | None) -> None:
    documents, shelves = MemoryDocuments(), Shelves()
    parts = document_parts(documents, extractor=PlainExtractor(reason), files=shelves)
    with pytest.raises(ProtocolError) as refusal:
        await parts.intake.take("mina", UPLOAD, START)
    error = refusal.value
    assert (error.code, error.details["reason"]) == (code, reason)
    assert error.details.get("limit") == limit
    assert (documents.added, shelves.files) == ([], {})


# --- nothing half-done ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error", [StorageUnavailable("away"), ProtocolError("forbidden", "no room"), KeyError("defect")]
)
async def test_a_file_whose_document_isnt_stored_is_given_up(error: Exception) -> None:
    shelves = Shelves()
    parts = document_parts(MemoryDocuments(error=error), files=shelves)
    with pytest.raises(type(error)):
        await parts.intake.take("mina", UPLOAD, START)
    assert shelves.files == {}


async def test_a_file_whose_deletion_has_begun_is_left_to_it() -> None:
    shelves = Shelves()
    parts = document_parts(MemoryDocuments(error=ObjectUnwanted("key0")), files=shelves)
    with pytest.raises(ProtocolError) as refusal:
        await parts.intake.take("mina", UPLOAD, START)
    assert refusal.value.code == "storage_unavailable"
    assert shelves.files == {"key0": DATA}


async def test_where_the_file_cant_be_kept_no_document_is_stored() -> None:
    documents = MemoryDocuments()
    parts = document_parts(documents, files=Shelves(StorageUnavailable("away")))
    with pytest.raises(StorageUnavailable):
        await parts.intake.take("mina", UPLOAD, START)
    assert documents.added == []


async def test_who_cancels_while_it_is_read_has_nothing_stored() -> None:
    extractor, documents = PlainExtractor(slow=asyncio.Event().wait), MemoryDocuments()
    intake = document_parts(documents, extractor=extractor).intake
    with CancelScope() as scope:
        asyncio.get_running_loop().call_soon(scope.cancel)
        await intake.take("mina", UPLOAD, START)
    assert (extractor.read, extractor.given_up, documents.added) == (1, 1, [])


async def test_who_cancels_while_it_is_stored_has_it_stored_with_its_file() -> None:
    stored, documents, shelves = asyncio.Event(), MemoryDocuments(), Shelves()
    loop = asyncio.get_running_loop()
    with CancelScope() as scope:

        async def slow() -> None:
            scope.cancel()
            loop.call_later(0.05, stored.set)
            await stored.wait()

        documents.slow = slow
        made = await document_parts(documents, files=shelves).intake.take("mina", UPLOAD, START)
    assert (scope.cancel_called, scope.cancelled_caught) == (True, False)
    assert [each.id for _, _, each in documents.added] == [made.id]
    assert shelves.files == {"key0": DATA}
