"""What is on the wire, byte for byte: a plain socket reads it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest

from tests.emulators.emulator import Emulator, emulate
from tests.emulators.faults import Api
from tests.emulators.script import Reply, Script

pytestmark = pytest.mark.anyio

PIECES = ("One ", "한 ", "😀 ", "four ", "five ", "six.")
PATHS: dict[Api, str] = {
    "openai": "/v1/chat/completions",
    "gemini": "/v1beta/models/{}:streamGenerateContent?alt=sse",
}
APIS: tuple[Api, ...] = ("openai", "gemini")
each_api = pytest.mark.parametrize("api", APIS)


def request(api: Api, model: str, usage: bool = False) -> bytes:
    """A request for a stream. `usage`: that it is told, which Gemini does anyway."""
    body: dict[str, Any] = {"contents": [{"role": "user", "parts": [{"text": "Ask."}]}]}
    if api == "openai":
        messages = [{"role": "user", "content": "Ask."}]
        options = {"include_usage": usage}
        body = {"model": model, "stream": True, "stream_options": options, "messages": messages}
    data = orjson.dumps(body)
    head = f"POST {PATHS[api].format(model)} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(data)}"
    return f"{head}\r\n\r\n".encode() + data


class Line:
    """A connection that reads HTTP chunks."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def ask(self, api: Api, model: str, usage: bool = False) -> bytes:
        """The response's head."""
        self.writer.write(request(api, model, usage))
        return await self.reader.readuntil(b"\r\n\r\n")

    async def chunk(self) -> bytes:
        """The next; empty at the response's end."""
        size = int(await self.reader.readline(), 16)
        data = await self.reader.readexactly(size)
        assert await self.reader.readexactly(2) == b"\r\n"
        return data

    async def chunks(self) -> list[bytes]:
        """All to the response's end."""
        found = []
        while data := await self.chunk():
            found.append(data)
        return found


@asynccontextmanager
async def line_to(emulator: Emulator) -> AsyncGenerator[Line, None]:
    host, _, port = emulator.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield Line(reader, writer)
    finally:
        writer.close()


@pytest.fixture
def script() -> Script:
    return Script(lambda _: Reply(pieces=PIECES))


def said(api: Api, event: bytes) -> str:
    """The text of an event."""
    message = orjson.loads(event.removeprefix(b"data: "))
    if api == "openai":
        return str(message["choices"][0]["delta"].get("content", ""))
    return "".join(part["text"] for part in message["candidates"][0]["content"]["parts"])


async def test_openais_stream(script: Script) -> None:
    async with emulate("openai", script) as emulator, line_to(emulator) as line:
        head = await line.ask("openai", "gpt", usage=True)
        chunks = await line.chunks()
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"content-type: text/event-stream; charset=utf-8\r\n" in head
    assert all(chunk.startswith(b"data: ") and chunk.endswith(b"\n\n") for chunk in chunks)
    assert chunks.pop() == b"data: [DONE]\n\n"
    events = [orjson.loads(chunk[6:]) for chunk in chunks]
    same = {key: events[0][key] for key in ("id", "object", "created", "model")}
    assert same["object"] == "chat.completion.chunk"
    assert all(same.items() <= event.items() for event in events)
    *spoken, last, usage = events
    assert spoken[0]["choices"][0]["delta"] == {"role": "assistant", "content": "", "refusal": None}
    assert [event["choices"][0]["delta"]["content"] for event in spoken[1:]] == list(PIECES)
    assert all(event["choices"][0]["finish_reason"] is event["usage"] is None for event in spoken)
    assert (last["choices"][0]["delta"], last["choices"][0]["finish_reason"]) == ({}, "stop")
    assert usage["choices"] == []
    assert usage["usage"]["completion_tokens"] == len(PIECES)
    assert usage["usage"]["prompt_tokens_details"]["cached_tokens"] == 0


async def test_openai_tells_usage_only_if_asked(script: Script) -> None:
    async with emulate("openai", script) as emulator, line_to(emulator) as line:
        await line.ask("openai", "gpt")
        chunks = await line.chunks()
    assert all(b"usage" not in chunk for chunk in chunks)


async def test_geminis_stream(script: Script) -> None:
    async with emulate("gemini", script) as emulator, line_to(emulator) as line:
        head = await line.ask("gemini", "gemini-2.5-flash")
        chunks = await line.chunks()
    assert b"content-type: text/event-stream\r\n" in head
    assert all(chunk.startswith(b"data: ") and chunk.endswith(b"\r\n\r\n") for chunk in chunks)
    *spoken, last = [orjson.loads(chunk[6:]) for chunk in chunks]
    contents = [event["candidates"][0]["content"] for event in spoken]
    assert contents == [{"parts": [{"text": piece}], "role": "model"} for piece in PIECES]
    counts = [event["usageMetadata"]["candidatesTokenCount"] for event in spoken]
    assert counts == list(range(1, len(PIECES) + 1))
    assert last["candidates"][0]["finishReason"] == "STOP"
    assert last["modelVersion"] == "gemini-2.5-flash"
    assert len({event["responseId"] for event in (*spoken, last)}) == 1


@each_api
async def test_a_connection_serves_many_requests(api: Api, script: Script) -> None:
    async with emulate(api, script) as emulator, line_to(emulator) as line:
        for _ in range(3):
            await line.ask(api, "any")
            assert len(await line.chunks()) >= len(PIECES)
        assert (len(emulator.requests), emulator.connections) == (3, 1)


@each_api
async def test_characters_are_cut_over_writes(api: Api, script: Script) -> None:
    async with emulate(api, script) as emulator, line_to(emulator) as line:
        await line.ask(api, "play;fault=split-utf8")
        chunks = await line.chunks()
    assert b"".join(chunks).decode().count("한") == 1
    for character in ("한", "😀"):
        encoded = character.encode()
        assert not any(encoded in chunk for chunk in chunks)
        assert any(chunk.endswith(encoded[:1]) for chunk in chunks)


@each_api
async def test_a_byte_a_write(api: Api, script: Script) -> None:
    async with emulate(api, script) as emulator, line_to(emulator) as line:
        await line.ask(api, "play;fault=bytewise")
        chunks = await line.chunks()
    done = chunks.pop() if api == "openai" else b""
    assert {len(chunk) for chunk in chunks} == {1}
    assert b"One " in b"".join(chunks)
    assert b"DONE" in done or api == "gemini"


@each_api
async def test_a_surrogate_pair_in_two_chunks(api: Api, script: Script) -> None:
    async with emulate(api, script) as emulator, line_to(emulator) as line:
        await line.ask(api, "play;fault=split-surrogates")
        chunks = await line.chunks()
    first = next(at for at, chunk in enumerate(chunks) if b"\\ud83d" in chunk)
    assert b"\\ude00" not in chunks[first]
    assert b"\\ude00" in chunks[first + 1]


@each_api
async def test_a_surrogate_pair_in_one_chunk(api: Api, script: Script) -> None:
    async with emulate(api, script) as emulator, line_to(emulator) as line:
        await line.ask(api, "play;fault=escapes")
        chunks = await line.chunks()
    assert any(b"\\ud83d\\ude00" in chunk for chunk in chunks)
    assert all(chunk.isascii() for chunk in chunks)


@each_api
async def test_a_cut_in_mid_chunk(api: Api, script: Script) -> None:
    async with emulate(api, script) as emulator, line_to(emulator) as line:
        await line.ask(api, "play;fault=cut@2")
        texts = [said(api, await line.chunk()) for _ in range(3 if api == "openai" else 2)]
        announced = int(await line.reader.readline(), 16)
        rest = await line.reader.read()
        seen = await emulator.request(1)
    assert "".join(texts) == "One 한 "
    assert 0 < len(rest) < announced
    assert seen.how == "cut"


@each_api
@pytest.mark.parametrize(
    ("fault", "line_end"), [("crlf", b"\r\n\r\n"), ("lf", b"}\n\n"), ("cr", b"\r\r")]
)
async def test_line_ends(api: Api, fault: str, line_end: bytes, script: Script) -> None:
    async with emulate(api, script) as emulator, line_to(emulator) as line:
        await line.ask(api, f"play;fault={fault}")
        chunks = await line.chunks()
    assert all(chunk.endswith(line_end) for chunk in chunks if b"DONE" not in chunk)


@each_api
async def test_two_lines_make_an_event(api: Api, script: Script) -> None:
    async with emulate(api, script) as emulator, line_to(emulator) as line:
        await line.ask(api, "play;fault=two-lines+lf+tight+comments")
        chunks = await line.chunks()
    comment, first, second, *rest = chunks[1].replace(b"\n\n", b"\n", 1).split(b"\n")
    assert comment.startswith(b":")
    assert first.startswith(b"data:{")
    assert second.startswith(b"data:")
    orjson.loads(first[5:] + second[5:])
    assert rest == [b"", b""]


@each_api
async def test_a_line_without_end_stops_with_the_reader(api: Api, script: Script) -> None:
    async with emulate(api, script) as emulator, line_to(emulator) as line:
        await line.ask(api, "play;fault=flood@0")
        if api == "openai":
            await line.chunk()
        assert await line.chunk() == b"data: "
        read = [await line.chunk() for _ in range(64)]
        seen = await emulator.request(1)
        # No more is made than is taken, but for what is under way.
        assert seen.byte_count < 64 * 65536 + 16 * 1024 * 1024
        line.writer.close()
        await seen.over.wait()
    assert all(b"\n" not in data for data in read)
    assert seen.how == "closed by client"


@each_api
async def test_a_stall_may_hum(api: Api, script: Script) -> None:
    async with emulate(api, script) as emulator, line_to(emulator) as line:
        await line.ask(api, "play;fault=stall-comments@0")
        if api == "openai":
            await line.chunk()
        assert (await line.chunk()).startswith(b": ")


@each_api
async def test_comments_come_while_it_thinks(api: Api, script: Script) -> None:
    async with emulate(api, script) as emulator, line_to(emulator) as line:
        await line.ask(api, "play;fault=slow-comments@0.01")
        assert (await line.chunk()).startswith(b": ")
        assert len(await line.chunks()) >= len(PIECES)


async def test_what_isnt_http_is_hung_up_on(script: Script) -> None:
    async with emulate("openai", script) as emulator, line_to(emulator) as line:
        line.writer.write(b"HELO me\r\n\r\n")
        assert await line.reader.read() == b""


@pytest.mark.parametrize(
    "too_much",
    [
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 40_000,
        b"POST / HTTP/1.1\r\ncontent-length: 20000000\r\n\r\n" + b"x" * 17_000_000,
    ],
    ids=["head", "body"],
)
async def test_a_request_without_end_is_cut_off(too_much: bytes, script: Script) -> None:
    async with emulate("openai", script) as emulator, line_to(emulator) as line:
        line.writer.write(too_much)
        with pytest.raises(ConnectionError):
            await line.reader.read()


async def test_pipelining_is_refused(script: Script) -> None:
    async with emulate("openai", script) as emulator, line_to(emulator) as line:
        line.writer.write(request("openai", "play;fault=stall") + request("openai", "gpt"))
        with pytest.raises(ConnectionResetError):
            while await line.reader.read(65536):
                pass
