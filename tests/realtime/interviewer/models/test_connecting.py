"""What happens before there is a response: connecting, proxies, what comes instead of a stream."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from realtime.interviewer.gemini import GeminiModel
from realtime.interviewer.model import ModelError
from realtime.interviewer.openai import OpenAIModel
from realtime.interviewer.upstream.client import Endpoint
from tests.realtime.fakes import FakeClock
from tests.realtime.interviewer.models.contract import PROMPT, TIMEOUTS, heard, trouble_with
from tests.realtime.interviewer.models.ways import Way

pytestmark = pytest.mark.anyio

CHECKED: dict[str, type[OpenAIModel] | type[GeminiModel]] = {
    "openai": OpenAIModel,
    "gemini": GeminiModel,
}


class Stranger:
    """A server that takes connections and says `answer` to whatever comes first; nothing of
    itself.
    """

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self.port = 0
        self.came = asyncio.Event()
        self.left = asyncio.Event()
        self.heard = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.heard = await reader.read(65536)
            self.came.set()
            writer.write(self._answer)
            while await reader.read(65536):
                pass
        except ConnectionResetError:
            pass
        finally:
            self.left.set()
            writer.close()


@asynccontextmanager
async def stranger(answer: bytes = b"") -> AsyncGenerator[Stranger, None]:
    met = Stranger(answer)
    server = await asyncio.start_server(met.serve, "127.0.0.1", 0)
    met.port = server.sockets[0].getsockname()[1]
    async with asyncio.timeout(60):
        yield met
    server.close()
    await server.wait_closed()


def page(status: str, media_type: str, body: str) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}\r\n{body}".encode()


async def test_a_cancelled_handshake_closes_the_connection(ours: Way) -> None:
    async with stranger() as met:
        model = ours.make(Endpoint(f"https://127.0.0.1:{met.port}", "m"), TIMEOUTS, FakeClock())
        waiting = asyncio.ensure_future(heard(model))
        await met.came.wait()
        waiting.cancel()
        await met.left.wait()
        await model.aclose()
    assert waiting.cancelled()


async def test_a_handshake_that_takes_too_long_is_slow(ours: Way) -> None:
    clock = FakeClock()
    async with stranger() as met:
        model = ours.make(Endpoint(f"https://127.0.0.1:{met.port}", "m"), TIMEOUTS, clock)
        waiting = asyncio.ensure_future(trouble_with(model))
        await met.came.wait()
        clock.advance(TIMEOUTS.first_token_s + 1)
        assert (await waiting).trouble == "slow"
        await met.left.wait()
        await model.aclose()


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (page("200 OK", "text/html", "<html>Sign in</html>"), "garbled"),
        (page("200 OK", "application/json", '{"choices": []}'), "garbled"),
        (page("200 OK", "application/json", '{"error": {"code": 429, "message": "x"}}'), None),
        (page("302 Found", "text/html", "elsewhere"), "rejected"),
        (page("200 OK", "text/event-stream", ""), "cut"),
        (b"no HTTP at all\r\n\r\n", "unavailable"),
    ],
)
async def test_what_comes_instead_of_a_stream(
    ours: Way, answer: bytes, trouble: str | None
) -> None:
    async with stranger(answer) as met:
        model = ours.make(Endpoint(f"http://127.0.0.1:{met.port}", "m"), TIMEOUTS, FakeClock())
        error = await trouble_with(model)
        await model.aclose()
    assert error.trouble == (trouble or "rate_limited")


@pytest.mark.parametrize(
    "answer",
    [
        page("200 OK", "text/html", "<html>Sign in</html>"),
        page("200 OK", "application/json", '{"data": null, "name": 3}'),
        page("200 OK", "application/json", "{"),
        page("200 OK", "application/json", "[]"),
    ],
)
async def test_a_check_of_what_is_another_api_says_so(
    ours: Way, answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-another")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-of-another")
    async with stranger(answer) as met:
        at = Endpoint(f"http://127.0.0.1:{met.port}", "m", key="k-1")
        found = await CHECKED[ours.api](at, TIMEOUTS, FakeClock()).check()
    assert not found.ok
    assert found.found.endswith("is the address right?")
    assert b"k-1" in met.heard
    assert b"-of-another" not in met.heard


async def test_a_proxy_is_asked_for_what_it_is_to_reach(ours: Way) -> None:
    async with stranger(page("502 Bad Gateway", "text/plain", "")) as met:
        proxy = f"http://127.0.0.1:{met.port}"
        endpoint = Endpoint("http://models.example/v1", "m", proxy=proxy)
        model = ours.make(endpoint, TIMEOUTS, FakeClock())
        error = await trouble_with(model)
        await model.aclose()
    assert error.trouble == "unavailable"
    assert met.heard.startswith(b"POST http://models.example/")


async def test_a_wrong_certificate_is_unavailable(ours: Way) -> None:
    async with stranger(b"not TLS") as met:
        endpoint = Endpoint(f"https://127.0.0.1:{met.port}", "m")
        model = ours.make(endpoint, replace(TIMEOUTS), FakeClock())
        with pytest.raises(ModelError) as raised:
            await anext(model.stream(PROMPT))
        await model.aclose()
    assert raised.value.trouble == "unavailable"
