"""Documents with the real parts: the database, a reader in a process of its own, an object store
that others wrote, clamd's protocol; from upload to deletion.
"""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from pydantic import SecretStr

from protocol.documents import DocumentKind, Profile
from realtime.clock import SystemClock
from realtime.document_checks import document_checks, read
from realtime.document_parts import DocumentParts, Foundation, document_parts, object_store
from realtime.documents.objects import sweep
from realtime.documents.sniff import PDF
from realtime.ports import Profiler
from realtime.settings import Settings
from storage.connections import Limits
from storage.database import Database
from storage.interviews import StoredInterviews
from storage.objects import LAST_RETRY_MS, Outbox
from storage.usage_writer import RequestWriter
from storage.users import stored_of
from tests.realtime.documents.clamd import EICAR, EmulatedClamd
from tests.realtime.documents.s3 import BUCKET, S3, s3
from tests.realtime.gateway.test_http import SHORT, problem
from tests.realtime.papers import PlainProfiler
from tests.realtime.serving import Running, house, new_user, serving
from tests.storage.booked import request
from tests.storage.filed import documents_of

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

pytestmark = pytest.mark.anyio

RESUME = "Mina Kim. 백엔드 개발자."


@pytest.fixture(scope="module")
async def store(anyio_backend: tuple[str, dict[str, bool]]) -> AsyncIterator[S3]:
    async with s3() as store:
        yield store


def with_store(store: S3, clamd: str | None = None) -> Settings:
    return Settings(
        s3_bucket=BUCKET,
        s3_endpoint_url=store.url,
        s3_access_key_id="a-key",
        s3_secret_access_key=SecretStr("its-secret"),
        s3_prefix="papers",
        clamd=clamd,
    )


@asynccontextmanager
async def parts_of(
    settings: Settings, database: Database, url: "URL", profiler: Profiler | None = None
) -> AsyncIterator[DocumentParts]:
    where = url.render_as_string(hide_password=False)
    foundation = Foundation(documents_of(database), database, where, Limits(), SystemClock())
    async with document_parts(settings, foundation, profiler or PlainProfiler()) as parts:
        yield parts


class BookedProfiler:
    """Has it booked at once that a model was asked."""

    def __init__(self, url: "URL") -> None:
        self._books = RequestWriter(url)

    async def profile(self, user_id: str, kind: DocumentKind, text: str) -> Profile:
        self._books.record(request(user_id, "", turn=None, what="profile"))
        await self._books.aclose()
        return Profile()


async def upload(
    client: httpx.AsyncClient, data: bytes = RESUME.encode(), kind: str = "resume"
) -> httpx.Response:
    return await client.post(
        "/v1/documents", files={"file": ("mina.txt", data)}, data={"kind": kind}
    )


@asynccontextmanager
async def served(
    settings: Settings, interviews: StoredInterviews, database: Database, url: "URL"
) -> AsyncIterator[Running]:
    async with (
        parts_of(settings, database, url) as parts,
        serving(house(interviews, documents=parts), settings) as running,
    ):
        yield running


async def test_an_interview_is_led_by_documents_from_the_database(
    interviews: StoredInterviews, database: Database, migrated_url: "URL"
) -> None:
    user = new_user()
    async with (
        served(Settings(), interviews, database, migrated_url) as running,
        running.client(user) as client,
        running.client() as other,
    ):
        made = (await upload(client)).json()
        assert made["chars"] == len(RESUME)
        ids = [made["id"]]
        answer = await client.post("/v1/interviews", json=SHORT | {"document_ids": ids})
        assert answer.status_code == 201
        assert answer.json()["config"]["document_ids"] == ids
        answer = await other.post("/v1/interviews", json=SHORT | {"document_ids": ids})
        refusal = problem(answer, 400, "malformed")
        assert refusal["details"] == {"field": "document_ids"}
    (paper,) = await documents_of(database).papers(user, ids)
    assert paper.text == RESUME


async def test_what_is_asked_for_a_new_user_s_first_document_is_on_the_books(
    interviews: StoredInterviews, database: Database, migrated_url: "URL"
) -> None:
    user = new_user()
    async with (
        parts_of(Settings(), database, migrated_url, BookedProfiler(migrated_url)) as parts,
        serving(house(interviews, documents=parts)) as running,
        running.client(user) as client,
    ):
        assert (await upload(client)).status_code == 201
    found = await stored_of(migrated_url, user)
    assert found is not None
    assert (found.documents, found.model_requests) == (1, 1)


async def test_its_file_is_an_object_until_it_is_deleted(
    interviews: StoredInterviews, database: Database, migrated_url: "URL", store: S3
) -> None:
    settings = with_store(store)
    async with (
        served(settings, interviews, database, migrated_url) as running,
        running.client() as client,
    ):
        made = (await upload(client)).json()
        (key,) = await store.keys()
        assert key.startswith("papers/")
        assert await store.read(key) == RESUME.encode()
        answer = await client.delete(f"/v1/documents/{made['id']}")
        assert answer.status_code == 204
    objects = object_store(settings)
    assert objects is not None
    # Later, so that it makes no difference whether the server has begun with it.
    later = SystemClock().now() + LAST_RETRY_MS
    async with aclosing(Outbox(migrated_url)) as outbox:
        while await sweep(objects, outbox, later):
            pass
    assert await store.keys() == []


async def test_malware_is_refused_and_nothing_of_it_kept(
    interviews: StoredInterviews, database: Database, migrated_url: "URL", store: S3
) -> None:
    async with EmulatedClamd().listening() as clamd:
        settings = with_store(store, clamd=clamd)
        async with (
            served(settings, interviews, database, migrated_url) as running,
            running.client() as client,
        ):
            refusal = problem(await upload(client, EICAR), 415, "unsupported_media")
            assert refusal["details"] == {"reason": "infected"}
            assert (await client.get("/v1/documents")).json()["items"] == []
            assert await store.keys() == []


async def test_without_its_scanner_it_takes_nothing(
    interviews: StoredInterviews, database: Database, migrated_url: "URL"
) -> None:
    settings = Settings(clamd="tcp://127.0.0.1:1")
    async with (
        served(settings, interviews, database, migrated_url) as running,
        running.client() as client,
    ):
        problem(await upload(client), 503, "overloaded")


async def test_without_its_store_it_takes_nothing(
    interviews: StoredInterviews, database: Database, migrated_url: "URL"
) -> None:
    settings = with_store(S3("http://127.0.0.1:1"))
    async with (
        served(settings, interviews, database, migrated_url) as running,
        running.client() as client,
    ):
        problem(await upload(client), 503, "storage_unavailable")
        assert (await client.get("/v1/documents")).json()["items"] == []


# --- what `viva doctor` says of them -------------------------------------------------------------


async def test_nothing_is_complained_of_where_nothing_was_chosen() -> None:
    reader, *others = await document_checks(Settings())
    assert (reader.name, reader.ok is not False) == ("reader", True)
    assert [check.ok for check in others] == [None, None]


async def test_a_reader_that_is_not_found_is_told_of() -> None:
    check = await read({PDF: "realtime.documents.nowhere"})
    assert (check.ok, "-m realtime.documents.nowhere" in check.found) == (False, True)


async def test_a_reader_without_a_filter_is_told_of() -> None:
    check = await read({PDF: "tests.realtime.documents.unfiltered"})
    assert (check.ok, "limits alone" in check.found) == (None, True)


async def test_what_works_and_what_does_not(store: S3) -> None:
    async with EmulatedClamd().listening() as clamd:
        _, *found = await document_checks(with_store(store, clamd=clamd))
        assert [(check.name, check.ok) for check in found] == [("scanner", True), ("files", True)]
        assert "ClamAV" in found[0].found
    _, *away = await document_checks(with_store(S3("http://127.0.0.1:1"), clamd=clamd))
    assert [check.ok for check in away] == [False, False]
    _, *wrong = await document_checks(with_store(store).model_copy(update={"s3_bucket": "another"}))
    assert (wrong[1].ok, "no such bucket" in wrong[1].found) == (False, True)
    assert "its-secret" not in str([*found, *away, *wrong])
