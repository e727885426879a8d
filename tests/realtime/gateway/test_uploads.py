"""Uploads among each other: nobody keeps others out, none outlives its client or its server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from realtime.document_parts import DocumentParts
from realtime.gateway.documents import UPLOADS, DocumentsApi, Taking
from realtime.gateway.health import Health
from realtime.gateway.problems import HANDLERS, Defects
from realtime.gateway.requests import Intake
from realtime.gateway.upload import Pace
from realtime.server import Config, Patience, Server, listen
from tests.realtime.gateway.house import eventually
from tests.realtime.gateway.test_http import problem
from tests.realtime.papers import MemoryDocuments, PlainExtractor, document_parts
from tests.realtime.serving import NamedByToken, answers, new_user

pytestmark = pytest.mark.anyio

PATH = "/v1/documents"
TAKING = Taking(Intake(2_048, 60.0))
FORM = (
    b'--b\r\nContent-Disposition: form-data; name="kind"\r\n\r\nresume\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="mina.txt"\r\n\r\n'
    b"Mina Kim.\r\n--b--\r\n"
)
LONG = 30.0


class Uploads:
    """The routes of documents on a server of their own."""

    def __init__(self, host: str, server: Server, parts: DocumentParts) -> None:
        self.host = host
        self.server = server
        self.documents = parts.documents

    @asynccontextmanager
    async def begun(self, user: str, body: bytes = b"--") -> AsyncIterator["Begun"]:
        """An upload of which the head was sent, and so much of the body."""
        host, _, port = self.host.partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        head = f"POST {PATH} HTTP/1.1\r\nHost: {self.host}\r\nAuthorization: Bearer {user}\r\n"
        head += "Content-Type: multipart/form-data; boundary=b\r\n"
        head += f"Content-Length: {len(FORM)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        try:
            yield Begun(reader, writer)
        finally:
            writer.transport.abort()

    async def upload(self, user: str) -> httpx.Response:
        """A whole one."""
        headers = {
            "Authorization": f"Bearer {user}",
            "Content-Type": "multipart/form-data; boundary=b",
        }
        async with httpx.AsyncClient(trust_env=False, timeout=LONG) as client:
            return await client.post(f"http://{self.host}{PATH}", content=FORM, headers=headers)


class Begun:
    """A client's end of an upload."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self._reader = reader

    async def status(self) -> int:
        """What it is answered with."""
        async with asyncio.timeout(LONG):
            return int((await self._reader.readline()).split()[1])

    async def code(self) -> str:
        """The error's."""
        async with asyncio.timeout(LONG):
            text = (await self._reader.readuntil(b"}}")).decode()
        return text.partition('"code":"')[2].partition('"')[0]


@asynccontextmanager
async def serving(
    parts: DocumentParts | None = None, taking: Taking = TAKING, drain_s: float = LONG
) -> AsyncIterator[Uploads]:
    parts = parts or document_parts()
    health = Health(answers)
    api = DocumentsApi(parts.documents, parts.intake, NamedByToken(), health, taking)
    app = Starlette(
        routes=api.routes(), middleware=[Middleware(Defects)], exception_handlers=HANDLERS
    )
    listener = listen("127.0.0.1", 0)
    patience = Patience(drain=drain_s, exit=1.0)
    config = Config(app, heartbeat_ms=20_000, max_frame_bytes=65_536, patience=patience)
    listening = asyncio.Event()

    async def drain() -> None:
        health.draining = True
        await api.drain()

    server = Server(config, drain, listening.set)
    task = asyncio.create_task(server.serve([listener]))
    await asyncio.wait_for(listening.wait(), LONG)
    try:
        yield Uploads(f"127.0.0.1:{listener.getsockname()[1]}", server, parts)
    finally:
        server.stop()
        await task


class Reading:
    """A reader that takes as long as it is told to."""

    def __init__(self) -> None:
        self.goes_on = asyncio.Event()
        self.extractor = PlainExtractor(slow=self.goes_on.wait)
        self.documents = MemoryDocuments()
        self.parts = document_parts(self.documents, extractor=self.extractor)

    async def begins(self, count: int = 1) -> None:
        await eventually(lambda: self.extractor.read == count)

    async def is_given_up(self, count: int) -> None:
        await eventually(lambda: self.extractor.given_up == count)


# --- among each other ----------------------------------------------------------------------------


async def test_bodies_that_dont_come_keep_nobody_out() -> None:
    """More of them than there are turns, of several users."""
    async with serving() as uploads, AsyncExitStack() as stack:
        users = [new_user() for _ in range(3)]
        for user in users * UPLOADS.of_a_user:
            await stack.enter_async_context(uploads.begun(user))
        assert (await uploads.upload(new_user())).status_code == 201
        # Nor those whose they are.
        assert (await uploads.upload(users[0])).status_code == 201


async def test_one_user_keeps_nobody_out_but_themselves() -> None:
    """More of them than may have a turn or wait for one."""
    async with serving() as uploads, AsyncExitStack() as stack:
        user = new_user()
        own = UPLOADS.of_a_user + UPLOADS.waiting_of_a_user
        for _ in range(own):
            await stack.enter_async_context(uploads.begun(user))
        for _ in range(UPLOADS.at_once + UPLOADS.waiting - own):
            one_more = await stack.enter_async_context(uploads.begun(user))
            assert (await one_more.status(), await one_more.code()) == (503, "overloaded")
        assert (await uploads.upload(new_user())).status_code == 201


async def test_files_that_take_long_keep_nobody_s_but_their_own_user_s_waiting() -> None:
    reading = Reading()
    async with serving(reading.parts) as uploads:
        greedy = new_user()
        own = [asyncio.create_task(uploads.upload(greedy)) for _ in range(UPLOADS.of_a_user + 2)]
        await reading.begins(UPLOADS.of_a_user)
        other = asyncio.create_task(uploads.upload(new_user()))
        await reading.begins(UPLOADS.of_a_user + 1)
        reading.goes_on.set()
        assert {(await each).status_code for each in (other, *own)} == {201}


# --- a body's time -------------------------------------------------------------------------------


async def test_a_body_that_stops_or_comes_too_slowly_is_cut_off() -> None:
    taking = replace(TAKING, pace=Pace(least_bytes=1_000, within_s=0.3))
    async with serving(taking=taking) as uploads:
        async with uploads.begun(new_user(), FORM[:-1]) as stopped:
            assert (await stopped.status(), await stopped.code()) == (400, "malformed")
        async with uploads.begun(new_user()) as slow:
            slowly = asyncio.create_task(trickling(slow.writer))
            assert (await slow.status(), await slow.code()) == (400, "malformed")
            assert not slowly.done()
            slowly.cancel()


async def trickling(writer: asyncio.StreamWriter) -> None:
    for byte in FORM[2:-1]:
        writer.write(bytes([byte]))
        await asyncio.sleep(0.02)


async def test_one_that_keeps_coming_may_take_far_longer() -> None:
    taking = replace(TAKING, pace=Pace(least_bytes=8, within_s=3.0))
    async with serving(taking=taking) as uploads, uploads.begun(new_user(), FORM[:8]) as steady:
        for start in range(8, len(FORM), 16):
            await asyncio.sleep(0.4)  # some five seconds in all
            steady.writer.write(FORM[start : start + 16])
        assert await steady.status() == 201


async def test_where_there_is_no_room_the_body_isnt_waited_for() -> None:
    async with serving(document_parts(MemoryDocuments(most=1))) as uploads:
        user = new_user()
        assert (await uploads.upload(user)).status_code == 201
        async with uploads.begun(user, b"") as begun:
            assert (await begun.status(), await begun.code()) == (403, "forbidden")


async def test_what_takes_too_long_is_given_up() -> None:
    reading = Reading()
    async with serving(reading.parts, replace(TAKING, within_s=2.0)) as uploads:
        answer = await uploads.upload(new_user())
        assert problem(answer, 503, "overloaded")["details"]["retry_after_ms"] > 0
    assert (reading.extractor.given_up, reading.documents.added) == (1, [])


# --- clients and servers that go -----------------------------------------------------------------


async def test_who_leaves_while_it_is_read_has_nothing_stored() -> None:
    reading = Reading()
    async with serving(reading.parts) as uploads:
        user = new_user()
        for count in range(1, UPLOADS.of_a_user + 2):
            async with uploads.begun(user, FORM):
                await reading.begins(count)
            await reading.is_given_up(count)
        assert reading.documents.added == []
        # And leaves no turn taken.
        reading.goes_on.set()
        assert (await uploads.upload(user)).status_code == 201


async def test_a_server_that_goes_away_ends_what_it_reads_and_sends_others_elsewhere() -> None:
    reading = Reading()
    bounds = replace(UPLOADS, at_once=1)
    async with (
        serving(reading.parts, replace(TAKING, uploads=bounds)) as uploads,
        uploads.begun(new_user(), FORM) as read,
    ):
        await reading.begins()
        async with (
            uploads.begun(new_user(), FORM) as waits,
            uploads.begun(new_user(), FORM[:50]) as comes,
        ):
            # Answered later, so that by then the server has read what the two have sent.
            async with uploads.begun(new_user(), FORM.replace(b"resume", b"verses")) as broken:
                assert await broken.status() == 400
            uploads.server.stop()
            for each in (waits, comes):
                assert (await each.status(), await each.code()) == (503, "draining")
        reading.goes_on.set()
        assert await read.status() == 201
    assert (reading.extractor.read, len(reading.documents.added)) == (1, 1)


async def test_one_whose_patience_ends_says_so_without_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    reading = Reading()
    async with (
        serving(reading.parts, drain_s=0.2) as uploads,
        uploads.begun(new_user(), FORM) as read,
    ):
        await reading.begins()
        uploads.server.stop()
        assert (await read.status(), await read.code()) == (503, "draining")
    assert (reading.extractor.given_up, reading.documents.added) == (1, [])
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
