"""One request and its connection: time that runs out, and connections that are left."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

from realtime.interviewer.model import Message, ModelError, Prompt
from realtime.interviewer.openai import OpenAIModel
from realtime.interviewer.upstream.client import Endpoint, Timeouts
from realtime.interviewer.upstream.exchange import Exchange
from tests.emulators.certificate import make_certificate
from tests.realtime.fakes import FakeClock

pytestmark = pytest.mark.anyio

PROMPT = Prompt((Message("user", "Hello."),), max_tokens=5)
REFUSED = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 900\r\n\r\ntemperature"
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 99999\r\n\r\n"
WORD = b'data: {"choices": [{"delta": {"content": "word "}}]}\n\n'
STOP = b'data: {"choices": [{"finish_reason": "stop"}]}\n\n'

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


@asynccontextmanager
async def serving(serve: Serve) -> AsyncGenerator[int, None]:
    """The port at which `serve` is met."""

    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(met, "127.0.0.1", 0)
    async with asyncio.timeout(60):
        yield server.sockets[0].getsockname()[1]
    server.close()


def saying(*pieces: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(b"".join(pieces))
        await reader.read()

    return serve


async def test_patience_that_ended_within_a_refusal_is_not_had_again() -> None:
    clock = FakeClock()
    async with serving(saying(REFUSED)) as port, aiohttp.ClientSession() as session:
        url = URL(f"http://127.0.0.1:{port}/")
        exchange = Exchange(session, "openai", clock)
        exchange.watch.allow(5)
        await exchange.ask(url, {}, b"{}")
        whole = asyncio.ensure_future(exchange.whole())
        await asyncio.sleep(0)
        clock.advance(6)
        await whole
        with pytest.raises(ModelError) as raised:
            await exchange.ask(url, {}, b"{}")
        exchange.close()
    assert raised.value.trouble == "slow"
    assert clock.alarms == 0


async def test_a_head_that_comes_when_time_runs_out_is_late() -> None:
    clock = FakeClock()

    async def time_runs_out(*_: object) -> None:
        clock.advance(6)

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(time_runs_out)
    async with (
        serving(saying(REFUSED)) as port,
        aiohttp.ClientSession(trace_configs=[trace]) as session,
    ):
        exchange = Exchange(session, "openai", clock)
        exchange.watch.allow(5)
        with pytest.raises(ModelError) as raised:
            await exchange.ask(URL(f"http://127.0.0.1:{port}/"), {}, b"{}")
        exchange.close()
    assert raised.value.trouble == "slow"


async def test_a_reply_that_drips_ends() -> None:
    clock = FakeClock()
    async with serving(saying(STREAM, WORD)) as port:
        model = OpenAIModel(Endpoint(f"http://127.0.0.1:{port}", "m"), Timeouts(), clock)
        stream = model.stream(PROMPT)
        assert await anext(stream) == "word "
        clock.advance(301)  # While text is handed on, no wait is counted.
        with pytest.raises(ModelError) as raised:
            await anext(stream)
        await model.aclose()
    assert raised.value.trouble == "slow"


async def test_after_the_reason_to_stop_nothing_gets_more_time() -> None:
    clock = FakeClock()
    more = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(STREAM + WORD + STOP)
        await more.wait()
        writer.write(WORD)
        await reader.read()

    async with serving(serve) as port:
        model = OpenAIModel(Endpoint(f"http://127.0.0.1:{port}", "m"), Timeouts(), clock)
        stream = model.stream(PROMPT)
        assert await anext(stream) == "word "
        waiting = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        clock.advance(1.9)
        more.set()
        assert await waiting == "word "
        clock.advance(0.2)
        stopped = await anext(stream)
        assert not isinstance(stopped, str)
        assert stopped.reason == "stop"
        await stream.aclose()
        await model.aclose()


class Deaf:
    """Speaks TLS up to the request, and never again: a `close_notify` isn't answered."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self.asked = asyncio.Event()
        self.left = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        coming, going = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self._context.wrap_bio(coming, going, server_side=True)
        try:
            while not self.asked.is_set():
                coming.write(await reader.read(65536))
                try:
                    tls.do_handshake()
                    if tls.read(65536):
                        self.asked.set()
                except ssl.SSLWantReadError:
                    pass
                writer.write(going.read())
            while await reader.read(65536):
                pass
        finally:
            self.left.set()


@pytest.mark.parametrize("how", ["cancelled", "late"])
async def test_before_the_head_a_connection_is_aborted(how: str, tmp_path: Path) -> None:
    clock = FakeClock()
    context, trusted = make_certificate(tmp_path)
    deaf = Deaf(context)
    async with serving(deaf.serve) as port:
        at = Endpoint(f"https://127.0.0.1:{port}", "m", ca_file=trusted)
        model = OpenAIModel(at, Timeouts(), clock)
        waiting = asyncio.ensure_future(anext(model.stream(PROMPT)))
        await deaf.asked.wait()
        if how == "cancelled":
            waiting.cancel()
        else:
            clock.advance(16)
        with pytest.raises(asyncio.CancelledError if how == "cancelled" else ModelError):
            await waiting
        await deaf.left.wait()
        await model.aclose()
