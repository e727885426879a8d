"""`/v1/documents` over real sockets: what is taken, what is told, and within what bounds."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from realtime.gateway.auth import LocalUser
from realtime.gateway.documents import UPLOADS
from realtime.gateway.upload import cleaned
from realtime.settings import Settings
from tests.realtime.gateway.test_http import problem
from tests.realtime.memory import MemoryStorage
from tests.realtime.papers import MemoryDocuments, PlainExtractor, document_parts
from tests.realtime.serving import Running, house, new_user, serving

pytestmark = pytest.mark.anyio

RESUME = "Mina Kim. 백엔드 개발자.\n"
LIMIT = 2_048
PATH = "/v1/documents"


class Server:
    """A server of small bounds, and its documents."""

    def __init__(self, running: Running, documents: MemoryDocuments) -> None:
        self.running = running
        self.documents = documents
        self.client = running.client


@pytest.fixture(scope="module")
async def server(anyio_backend: tuple[str, dict[str, bool]]) -> AsyncIterator[Server]:
    documents = MemoryDocuments()
    parts = house(MemoryStorage(), documents=document_parts(documents))
    origins = frozenset({"https://team.example.org"})
    settings = Settings(max_document_bytes=LIMIT, allowed_origins=origins)
    async with serving(parts, settings) as running:
        yield Server(running, documents)


def form(data: bytes = RESUME.encode(), name: str = "mina.txt") -> dict[str, Any]:
    return {"files": {"file": (name, data, "text/plain")}, "data": {"kind": "resume"}}


async def upload(client: httpx.AsyncClient, **asked: Any) -> dict[str, Any]:
    response = await client.post(PATH, **{**form(), **asked})
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


# --- what is taken -------------------------------------------------------------------------------


async def test_a_document_is_taken_told_of_listed_and_deleted(server: Server) -> None:
    async with server.client() as client:
        response = await client.post(PATH, **form())
        made = response.json()
        assert (response.status_code, response.headers["cache-control"]) == (201, "no-store")
        assert made.keys() == {
            *("id", "kind", "name", "media_type", "chars", "created_at", "profile"),
        }
        assert (made["kind"], made["name"], made["chars"]) == ("resume", "mina.txt", len(RESUME))
        assert made["profile"]["skills"] == ["Mina", "Kim.", "백엔드"]
        there = httpx.URL(f"{server.running.url}{PATH}").join(response.headers["location"])
        assert (await client.get(there)).json() == made | {"text": RESUME}
        assert (await client.get(PATH)).json() == {"items": [made], "next_cursor": None}
        assert (await client.delete(there)).status_code == 204
        for again in (await client.get(there), await client.delete(there)):
            problem(again, 404, "not_found")


async def test_another_user_has_none_of_it(server: Server) -> None:
    async with server.client() as client, server.client() as other:
        made = await upload(client)
        assert (await other.get(PATH)).json()["items"] == []
        for method in ("GET", "DELETE"):
            theirs = await other.request(method, f"{PATH}/{made['id']}")
            problem(theirs, 404, "not_found")
            # Nor is it told from one that isn't there.
            assert theirs.content == (await other.request(method, f"{PATH}/nobody-s")).content
        assert (await client.get(f"{PATH}/{made['id']}")).json() == made | {"text": RESUME}


async def test_without_a_token_there_is_nothing(server: Server) -> None:
    async with httpx.AsyncClient(base_url=server.running.url, trust_env=False) as client:
        for asked in (client.post(PATH, **form()), client.get(PATH), client.get(f"{PATH}/doc0")):
            problem(await asked, 401, "unauthenticated")


async def test_a_file_as_large_as_may_be(server: Server) -> None:
    async with server.client() as client:
        assert (await upload(client, **form(b"x" * LIMIT)))["chars"] == LIMIT


async def test_fields_that_arent_known_are_ignored(server: Server) -> None:
    async with server.client() as client:
        await upload(client, data={"kind": "job_description", "color": "blue"})


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("mina.pdf", "mina.pdf"),
        ("이력서 (최종).pdf", "이력서 (최종).pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\mina\\cv.docx", "cv.docx"),
        ("  a\tb\u202egpj.exe ", "a b gpj.exe"),
        ("한글.txt", "한글.txt"),
        ("x" * 300 + ".docx", "x" * 195 + ".docx"),
        ("x" * 300, "x" * 200),
        ("a/", "document"),
        ("..", "document"),
    ],
)
def test_a_name_is_for_people(given: str, kept: str) -> None:
    assert cleaned(given) == kept


async def test_a_name_has_no_path(server: Server) -> None:
    async with server.client() as client:
        made = await upload(client, **form(name="../etc/이력서.txt"))
        assert made["name"] == "이력서.txt"


# --- what isn't ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"data": {"kind": "poem"}}, "kind"),
        ({"data": {}}, "kind"),
        ({"data": {"kind": "resume"}, "files": {"paper": ("a.txt", b"x")}}, "file"),
        ({"data": {"kind": "resume"}, "files": {"file": (None, b"x")}}, "file"),
        ({"data": {"kind": "resume"}, "files": {"file": ("a.txt", b"")}}, "file"),
        ({"files": {"kind": (None, b"resume")}}, "file"),
        ({"files": {"kind": ("resume", b"resume")}}, "kind"),
    ],
)
async def test_what_is_missing_or_wrong_is_named(
    server: Server, asked: dict[str, Any], field: str
) -> None:
    async with server.client() as client:
        files = asked.get("files", form()["files"])
        answer = await client.post(PATH, files=files, data=asked.get("data"))
        assert problem(answer, 400, "malformed")["details"] == {"field": field}


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/x-www-form-urlencoded", "text/plain", ""]
)
async def test_what_is_no_form(server: Server, content_type: str) -> None:
    async with server.client() as client:
        headers = {"Content-Type": content_type}
        answer = await client.post(PATH, content=b"kind=resume", headers=headers)
        problem(answer, 415, "unsupported_media")


PART = b'--b\r\nContent-Disposition: form-data; name="kind"\r\n\r\nresume\r\n'


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", PART + b"--b--\r\n"),
        ("multipart/form-data; boundary=", PART + b"--b--\r\n"),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b"nothing of the kind"),
        ("multipart/form-data; boundary=b", PART),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data\r\n\r\nx"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nx\r\n--b--\r\n"),
        ("multipart/form-data; boundary=b", b"--b\r\nX: " + b"y" * 15_000 + b"\r\n\r\nx\r\n--b--"),
        ("multipart/form-data; boundary=b", PART * 20 + b"--b--\r\n"),
        ("multipart/form-data; boundary=b; charset=idna", PART.replace(b"resume", b"\xff" * 9)),
        ("multipart/form-data; boundary=b; charset=zlib", PART + b"--b--\r\n"),
        ("multipart/form-data; boundary=" + "b" * 5_000, PART),
        (
            "multipart/form-data; boundary=b",
            PART.replace(b'"kind"', b'"file"; filename="a"') * 2 + b"--b--\r\n",
        ),
        (
            "multipart/form-data; boundary=b",
            PART.replace(b"resume", b"r" * 1_500) + b"--b--\r\n",
        ),
    ],
)
async def test_a_form_that_isnt_as_it_should_be(
    server: Server, content_type: str, body: bytes
) -> None:
    async with server.client() as client:
        answer = await client.post(PATH, content=body, headers={"Content-Type": content_type})
        problem(answer, 400, "malformed")


async def test_a_file_that_cant_be_read(server: Server) -> None:
    async with server.client() as client:
        answer = await client.post(PATH, **form(bytes(range(256))))
        assert problem(answer, 415, "unsupported_media")["details"] == {"reason": "unsupported"}


# --- bounds --------------------------------------------------------------------------------------


async def test_a_file_that_is_too_large(server: Server) -> None:
    async with server.client() as client:
        answer = await client.post(PATH, **form(b"x" * (LIMIT + 1)))
        assert problem(answer, 413, "too_large")["details"] == {"limit": LIMIT}


async def test_what_is_announced_as_too_large_isnt_waited_for(server: Server) -> None:
    """Of the body, nothing was sent when the answer comes."""
    reader, writer = await begun(server.running, new_user(), 99_999_999)
    async with asyncio.timeout(10):
        assert b" 413 " in await reader.readline()
    writer.close()


async def begun(
    running: Running, user: str, length: int
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """An upload of which the head was sent, and two bytes."""
    host, _, port = running.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"POST {PATH} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {user}\r\n"
    head += f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {length}\r\n\r\n--"
    writer.write(head.encode())
    await writer.drain()
    return reader, writer


async def test_what_isnt_announced_is_cut_where_it_becomes_too_large(server: Server) -> None:
    async def long() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for _ in range(100):
            yield b"x" * 4_096

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    async with server.client() as client:
        answer = await client.post(PATH, content=long(), headers=headers)
        assert problem(answer, 413, "too_large")["details"] == {"limit": LIMIT}


async def test_a_body_that_doesnt_arrive() -> None:
    async with serving(house(MemoryStorage()), Settings(document_within_s=0.5)) as running:
        reader, writer = await begun(running, new_user(), 999)
        async with asyncio.timeout(10):
            assert b" 400 " in await reader.readline()
        writer.close()


async def test_who_leaves_in_the_middle_leaves_no_turn_taken(server: Server) -> None:
    user = new_user()
    for _ in range(UPLOADS.of_a_user + 1):
        _, writer = await begun(server.running, user, 999)
        writer.close()
    async with server.client(user) as client:
        await upload(client)


async def test_many_at_once_are_all_taken(server: Server) -> None:
    async with server.client() as client:
        made = await asyncio.gather(*(upload(client) for _ in range(30)))
        assert len({each["id"] for each in made}) == 30


# --- whose page it is ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({}, True),
        ({"Origin": "https://team.example.org"}, True),
        ({"Origin": "https://team.example.org", "Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "https://evil.example.com"}, False),
        ({"Origin": "null"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
    ],
)
async def test_forms_of_other_sites_are_refused(
    server: Server, headers: dict[str, str], taken: bool
) -> None:
    async with server.client() as client:
        answer = await client.post(PATH, **form(), headers=headers)
        if taken:
            assert answer.status_code == 201
        else:
            problem(answer, 403, "forbidden")


async def test_its_own_page_may_where_nobody_signs_in() -> None:
    parts = house(MemoryStorage(), who=LocalUser())
    async with serving(parts) as running, httpx.AsyncClient(trust_env=False) as client:
        own = await client.post(f"{running.url}{PATH}", **form(), headers={"Origin": running.url})
        assert own.status_code == 201
        other = {"Origin": "http://localhost:5173"}
        answer = await client.post(f"{running.url}{PATH}", **form(), headers=other)
        problem(answer, 403, "forbidden")


# --- the server's state --------------------------------------------------------------------------


async def test_a_server_that_drains_takes_no_more() -> None:
    documents = MemoryDocuments()
    parts = house(MemoryStorage(), documents=document_parts(documents))
    async with serving(parts) as running, running.client() as client:
        await upload(client)
        await running.application.drain()
        problem(await client.post(PATH, **form()), 503, "draining")
    assert len(documents.added) == 1


async def test_a_reader_that_is_busy_is_to_be_asked_again() -> None:
    parts = document_parts(extractor=PlainExtractor("busy"))
    busy = house(MemoryStorage(), documents=parts)
    async with serving(busy) as running, running.client() as client:
        answer = await client.post(PATH, **form())
        assert problem(answer, 503, "overloaded")["details"]["reason"] == "busy"
        assert int(answer.headers["retry-after"]) >= 1
