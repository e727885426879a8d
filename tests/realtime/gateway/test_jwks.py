"""Published keys: rotated, out of reach, asked for too often, and as the network brings them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import jwt
import pytest

from realtime.gateway.jwks import (
    ASK_EVERY_MS,
    RENEW_AFTER_MS,
    KeySet,
    KeysUnavailable,
    Published,
    read,
)
from tests.realtime.fakes import FakeClock
from tests.realtime.gateway.house import eventually
from tests.realtime.gateway.signing import SignIn

pytestmark = pytest.mark.anyio

ASK_EVERY_S = ASK_EVERY_MS / 1_000
RENEW_AFTER_S = RENEW_AFTER_MS / 1_000


async def test_a_known_key_is_asked_for_once() -> None:
    service, clock = SignIn("a", "b"), FakeClock()
    keys = KeySet(service.fetch, clock)
    for name in ("a", "b", "a"):
        assert (await keys.find(name)).key_id == name
    assert service.asked == 1


async def test_a_new_key_is_found_and_an_old_one_is_forgotten() -> None:
    service, clock = SignIn("old"), FakeClock()
    keys = KeySet(service.fetch, clock)
    await keys.find("old")
    service.rotate("old", "new")
    clock.advance(ASK_EVERY_S)
    assert (await keys.find("new")).key_id == "new"
    with pytest.raises(jwt.InvalidKeyError):
        await keys.find("old")


async def test_unknown_names_dont_make_it_ask_more_than_now_and_then() -> None:
    service, clock = SignIn("a"), FakeClock()
    keys = KeySet(service.fetch, clock)
    for name in range(100):
        with pytest.raises(jwt.InvalidKeyError):
            await keys.find(f"unknown-{name}")
    assert service.asked == 1
    clock.advance(ASK_EVERY_S)
    with pytest.raises(jwt.InvalidKeyError):
        await keys.find("unknown")
    assert service.asked == 2


async def test_all_who_wait_wait_for_one_answer() -> None:
    service, clock, answer = SignIn("a"), FakeClock(), asyncio.Event()

    async def fetch() -> bytes:
        body = await service.fetch()
        await answer.wait()
        return body

    keys = KeySet(fetch, clock)
    waiting = [asyncio.create_task(keys.find("a")) for _ in range(5)]
    await eventually(lambda: service.asked == 1)
    waiting[0].cancel()
    clock.advance(3_600)
    answer.set()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(found[0], asyncio.CancelledError)
    assert [key.key_id for key in found[1:] if isinstance(key, jwt.PyJWK)] == ["a"] * 4
    assert service.asked == 1


async def test_known_keys_work_while_the_service_is_down() -> None:
    service, clock = SignIn("a"), FakeClock()
    keys = KeySet(service.fetch, clock)
    await keys.find("a")
    service.down = True
    clock.advance(10 * RENEW_AFTER_S)
    assert (await keys.find("a")).key_id == "a"  # asks again, and doesn't wait for it
    await eventually(lambda: service.asked == 2)
    assert (await keys.find("a")).key_id == "a"
    with pytest.raises(KeysUnavailable):
        await keys.find("perhaps new")


async def test_it_is_asked_again_soon_after_it_was_down() -> None:
    service, clock = SignIn("a"), FakeClock()
    service.down = True
    keys = KeySet(service.fetch, clock)
    with pytest.raises(KeysUnavailable):
        await keys.find("a")
    service.down = False
    with pytest.raises(KeysUnavailable):
        await keys.find("a")
    clock.advance(ASK_EVERY_S)
    assert (await keys.find("a")).key_id == "a"


async def test_a_key_that_was_withdrawn_goes_after_a_while() -> None:
    service, clock = SignIn("old"), FakeClock()
    keys = KeySet(service.fetch, clock)
    await keys.find("old")
    service.rotate("old", "new")
    clock.advance(RENEW_AFTER_S)
    await keys.find("old")  # the last time: it asks, and doesn't wait for it
    await keys.renew()
    with pytest.raises(jwt.InvalidKeyError):
        await keys.find("old")


async def test_without_a_name_the_only_key_is_meant() -> None:
    clock = FakeClock()
    assert (await KeySet(SignIn("a").fetch, clock).find(None)).key_id == "a"
    with pytest.raises(jwt.InvalidKeyError):
        await KeySet(SignIn("a", "b").fetch, clock).find(None)


# --- what is read ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"{}", b'{"keys": {}}', b'{"keys": []}', b'{"keys": [1]}']
)
def test_what_is_no_key_set_is_refused(body: bytes) -> None:
    with pytest.raises(KeysUnavailable):
        read(body)


@pytest.mark.parametrize(
    "changes",
    [
        {"use": "enc"},
        {"kty": "unheard-of"},
        {"kty": None},
        {"kid": 7},
        {"kid": ["b"]},
        {"alg": "HS256"},
        {"alg": "none"},
        {"alg": ["ES256"]},
        {"crv": "P-0"},
        {"x": None},
        {"x": "AAAA"},
        {"x": 7},
        {"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"},
        {"kty": "oct", "k": "c2VjcmV0", "alg": None},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB", "alg": "HS256"},
    ],
)
def test_a_key_that_is_no_use_is_left_out(changes: dict[str, Any]) -> None:
    service = SignIn("a", "b")
    members = [service.public("a"), service.public("b") | changes]
    keys = read(json.dumps({"keys": members}).encode())
    assert list(keys) == ["a"]


# --- over the network --------------------------------------------------------------------------


@asynccontextmanager
async def answering(*pieces: bytes, then_wait: bool = False) -> AsyncIterator[str]:
    """A server that answers each request with these bytes."""
    over = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
        if then_wait:
            await over.wait()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks.json"
        finally:
            over.set()


async def fetched(url: str, within_s: float = 30.0) -> bytes:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await Published(client, url, within_s=within_s, max_bytes=1_000)()


HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"


async def test_what_is_published_is_fetched() -> None:
    published = SignIn("a").published
    async with answering(HEAD, published) as url:
        assert await fetched(url) == published


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", "500"),
        (
            b"HTTP/1.1 302 There\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
            "302",
        ),
        (b"what?\r\n\r\n", "RemoteProtocolError"),
        (b"", "RemoteProtocolError"),
        (HEAD + b"x" * 1_001, "1000 bytes"),
    ],
)
async def test_another_answer_is_none(answer: bytes, reason: str) -> None:
    async with answering(answer) as url:
        with pytest.raises(KeysUnavailable, match=reason):
            await fetched(url)


@pytest.mark.parametrize("begun", [b"", HEAD, HEAD + b'{"keys":'])
async def test_an_answer_that_doesnt_end_is_not_waited_for(begun: bytes) -> None:
    async with answering(begun, then_wait=True) as url:
        with pytest.raises(KeysUnavailable, match="in time"):
            await fetched(url, within_s=0.5)


async def test_nobody_there_is_no_answer() -> None:
    with pytest.raises(KeysUnavailable, match="ConnectError"):
        await fetched("http://127.0.0.1:1/jwks.json")
