"""The transports: an event stream and POSTs where WebSocket is refused, against a scripted server
that speaks HTTP alone (`protocol.md` 2); and how a WebSocket is opened.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import serve

from protocol.client.connection import (
    SWITCHING,
    AnsweredError,
    Connections,
    Surroundings,
    UnreachedError,
)
from protocol.client.data import Post, Replaced
from protocol.client.errors import RefusedError, StoppedError
from protocol.client.event_stream import MOST_BYTES
from protocol.client.interview_client import GetToken, InterviewClient
from protocol.commands import AudioStart, InterviewPause, InterviewResume, InterviewStart
from protocol.commands import SessionOpen as Opening
from protocol.events import Logged
from tests.protocol.client.script import Json, completed
from tests.protocol.client.scripted import AT_ONCE, WITHIN_S, Answer, http_server

pytestmark = pytest.mark.anyio

STARTED: Json = {"type": "interview.started", "remaining_ms": None}
OPENED: Json = {"type": "session.opened", "re": None}
FIRST: Json = OPENED | {"snapshot": {}}
BAD: Json = {"code": "wrong_phase", "detail": "Not now.", "retryable": False, "details": {}}


def client(url: str, get_token: GetToken | None = None) -> InterviewClient:
    return InterviewClient(url, "i1", get_token=get_token, around=AT_ONCE)


async def all_of(each: InterviewClient) -> list[Any]:
    async with asyncio.timeout(WITHIN_S):
        return [update async for update in each]


async def over(answer: Answer) -> None:
    """The log has come to its end."""
    await answer.respond(204)


def ack(command_id: str) -> dict[str, Any]:
    return {"type": "ack", "re": command_id, "epoch": 1, "seq": 1, "repeated": False}


async def until_released(answer: Answer, released: asyncio.Event) -> None:
    await answer.stream()
    await answer.event(FIRST)
    async with asyncio.timeout(WITHIN_S):
        await released.wait()


# --- the event stream -----------------------------------------------------------------------------


async def test_it_is_followed_and_resumed_until_it_says_204() -> None:
    async def first(answer: Answer) -> None:
        assert answer.request.method == "GET"
        assert answer.request.headers["accept"] == "text/event-stream"
        assert "last-event-id" not in answer.request.headers
        assert "authorization" not in answer.request.headers
        await answer.stream()
        await answer.event(FIRST | {"seq": 4})
        await answer.write(b": still here\n\n")
        await answer.event(STARTED | {"seq": 5})
        await answer.write(b'id: 1:6\nevent: notice\ndata: {"type":"noti')

    async def second(answer: Answer) -> None:
        assert answer.request.headers["last-event-id"] == "1:5"
        await answer.stream()
        await answer.event(OPENED | {"seq": 6})
        await answer.event({"type": "notice", "seq": 6, "code": "x", "message": "한국어"})

    async with http_server(events=[first, second, over]) as url, client(url) as each:
        updates = await all_of(each)
        assert [type(update) for update in updates] == [Replaced, Logged, Logged]
        assert [update.seq for update in updates[1:]] == [5, 6]
        assert updates[2].event.message == "한국어"


async def test_commands_are_posted_one_after_another() -> None:
    released = asyncio.Event()

    async def stream(answer: Answer) -> None:
        await until_released(answer, released)

    async def pause(answer: Answer) -> None:
        assert answer.request.method == "POST"
        assert answer.request.headers["content-type"] == "application/json"
        assert answer.request.command == {"type": "interview.pause", "id": "a"}
        await answer.respond(200, ack("a"))

    async def resume(answer: Answer) -> None:
        assert answer.request.command == {"type": "interview.resume", "id": "b"}
        await answer.respond(409, BAD, "application/problem+json")

    server = http_server(events=[stream, over], commands=[pause, resume])
    async with server as url, client(url) as each:
        first = asyncio.create_task(each.submit(InterviewPause("a")))
        second = asyncio.create_task(each.submit(InterviewResume("b")))
        assert (await first).re == "a"
        with pytest.raises(RefusedError, match="Not now"):
            await second
        released.set()
        await all_of(each)


async def test_a_post_that_is_not_answered_is_sent_again_with_the_same_id() -> None:
    released = asyncio.Event()

    async def stream(answer: Answer) -> None:
        await until_released(answer, released)

    async def cut(answer: Answer) -> None:
        assert answer.request.command["id"] == "a"

    async def gateway(answer: Answer) -> None:
        assert answer.request.command["id"] == "a"
        await answer.respond(502, "<html>", "text/html")

    async def taken(answer: Answer) -> None:
        assert answer.request.command["id"] == "a"
        await answer.respond(200, ack("a") | {"repeated": True})

    server = http_server(events=[stream, over], commands=[cut, gateway, taken])
    async with server as url, client(url) as each:
        async with asyncio.timeout(WITHIN_S):
            assert (await each.submit(InterviewStart("a"))).repeated
        released.set()
        await all_of(each)


async def test_a_post_that_takes_too_long_is_sent_again() -> None:
    released = asyncio.Event()

    async def stream(answer: Answer) -> None:
        await until_released(answer, released)

    async def slow(answer: Answer) -> None:
        await released.wait()

    async def taken(answer: Answer) -> None:
        await answer.respond(200, ack("a"))

    server = http_server(events=[stream, over], commands=[slow, taken])
    # The answer to the second one has to come within it.
    around = replace(AT_ONCE, answer_within_s=3)
    async with server as url, InterviewClient(url, "i1", around=around) as each:
        async with asyncio.timeout(WITHIN_S):
            await each.submit(InterviewStart("a"))
        released.set()
        await all_of(each)


async def test_the_token_goes_in_a_header_and_is_renewed() -> None:
    released = asyncio.Event()
    tokens = iter(["t1", "t2"])

    async def get_token() -> str:
        return next(tokens)

    def bearer(answer: Answer) -> str:
        assert "t1" not in answer.request.target
        return answer.request.headers["authorization"]

    async def first(answer: Answer) -> None:
        assert bearer(answer) == "Bearer t1"
        await until_released(answer, released)

    async def expired(answer: Answer) -> None:
        assert bearer(answer) == "Bearer t1"
        await answer.respond(401, {"code": "unauthenticated"}, "application/problem+json")

    async def taken(answer: Answer) -> None:
        assert bearer(answer) == "Bearer t2"
        await answer.respond(200, ack("a"))
        released.set()

    async def second(answer: Answer) -> None:
        assert bearer(answer) == "Bearer t2"
        await answer.stream()
        await answer.event(OPENED)
        async with asyncio.timeout(WITHIN_S):
            await released.wait()

    server = http_server(events=[first, second, over], commands=[expired, taken])
    async with server as url, client(url, get_token) as each:
        async with asyncio.timeout(WITHIN_S):
            await each.submit(InterviewStart("a"))
        await all_of(each)


async def test_a_ticket_goes_in_the_address() -> None:
    async def stream(answer: Answer) -> None:
        assert answer.request.target.endswith("/events?ticket=abc.def")
        await answer.stream()
        await answer.event(FIRST)

    async with (
        http_server(events=[stream, over]) as url,
        InterviewClient(url, "i1", ticket="abc.def", around=AT_ONCE) as each,
    ):
        await all_of(each)


async def test_a_refusal_tells_the_reason() -> None:
    async def refuse(answer: Answer) -> None:
        problem = {"code": "not_found", "detail": "There is no such interview."}
        await answer.respond(404, problem, "application/problem+json")

    async with http_server(events=[refuse]) as url:
        with pytest.raises(StoppedError, match="no such interview") as caught:
            async with client(url):
                raise AssertionError("there is nothing to enter")
        assert caught.value.stopped.code == 4404


async def test_a_page_in_its_place_is_not_read_as_a_stream() -> None:
    async def page(answer: Answer) -> None:
        opened = json.dumps(completed(FIRST | {"seq": 99}))
        await answer.respond(200, f"data: {opened}\n\n", "text/html")

    async def stream(answer: Answer) -> None:
        assert "last-event-id" not in answer.request.headers
        await answer.stream()
        await answer.event(FIRST)

    async with http_server(events=[page, stream, over]) as url, client(url) as each:
        await all_of(each)
        assert each.view.seq == 0


async def test_leaving_waits_for_no_post() -> None:
    left, arrived = asyncio.Event(), asyncio.Event()

    async def stream(answer: Answer) -> None:
        await until_released(answer, left)

    async def never(answer: Answer) -> None:
        arrived.set()
        await left.wait()

    async with http_server(events=[stream], commands=[never]) as url:
        before = asyncio.all_tasks()
        async with client(url) as each:
            waiting = asyncio.create_task(each.submit(InterviewStart("a")))
            async with asyncio.timeout(WITHIN_S):
                await arrived.wait()
        with pytest.raises(StoppedError):
            await waiting
        left_behind = {repr(task.get_coro()) for task in asyncio.all_tasks() - before}
        assert not any("InterviewClient" in coro for coro in left_behind)
        left.set()


@pytest.mark.parametrize("data", [b"data: \xff\xff\n\n", b"data: " + b"x" * (MOST_BYTES + 1)])
async def test_what_is_no_event_stream_is_given_up(data: bytes) -> None:
    async def broken(answer: Answer) -> None:
        await answer.stream()
        await answer.event(FIRST)
        await answer.write(data)

    async with http_server(events=[broken, over]) as url, client(url) as each:
        await all_of(each)


async def test_an_answer_cannot_be_spoken_over_it() -> None:
    released = asyncio.Event()

    async def stream(answer: Answer) -> None:
        await until_released(answer, released)

    async with http_server(events=[stream, over]) as url, client(url) as each:
        with pytest.raises(RefusedError) as caught:
            await each.submit(AudioStart("a", 1, 16_000))
        assert caught.value.error.code == "voice_unavailable"
        released.set()
        await all_of(each)


# --- each transport by itself ---------------------------------------------------------------------

Use = Callable[[Connections], Awaitable[Any]]

OPENING = Opening("o", token="secret")
WAYS: dict[str, Use] = {
    "talk": lambda each: each.talk(OPENING, asyncio.Queue(), print),
    "follow": lambda each: each.follow(OPENING, print),
    "post": lambda each: each.post(Post("a", b"{}", "secret")),
}
each_way = pytest.mark.parametrize("way", WAYS)


def address(server: Any) -> str:
    return f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


async def connecting(url: str, use: Use, around: Surroundings = AT_ONCE) -> Any:
    connections = Connections(f"{url}/v1/interviews/i1", around)
    try:
        async with asyncio.timeout(WITHIN_S):
            return await use(connections)
    finally:
        await connections.close()


@each_way
async def test_no_redirect_is_followed(way: str) -> None:
    """It would take the token to whoever stands there."""
    reached: list[str] = []

    async def there(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.append(way)
        writer.close()

    async def here(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\n")
        writer.write(f"Location: {address(target)}\r\n\r\n".encode())
        writer.close()

    async with (
        await asyncio.start_server(there, "127.0.0.1", 0) as target,
        await asyncio.start_server(here, "127.0.0.1", 0) as source,
    ):
        try:
            status, _ = await connecting(address(source), WAYS[way])
        except AnsweredError as answered:
            status = answered.status
        assert status == 302
    assert reached == []


@pytest.mark.parametrize("way", ["follow", "post"])
async def test_no_certificates_are_read_for_http(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading them holds the loop up. Here it would fail."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with pytest.raises(UnreachedError):
        await connecting("http://127.0.0.1:1", WAYS[way], replace(AT_ONCE, proxy=True))
    with pytest.raises(FileNotFoundError):
        await connecting("https://127.0.0.1:1", WAYS[way], replace(AT_ONCE, proxy=True))


async def test_a_websocket_of_another_protocol_is_not_told_anything() -> None:
    said: list[str | bytes] = []

    async def other(connection: Any) -> None:
        said.extend([frame async for frame in connection])

    async with serve(other, "127.0.0.1", 0) as server:
        with pytest.raises(AnsweredError) as caught:
            await connecting(address(server), WAYS["talk"])
        assert caught.value.status == SWITCHING
    assert said == []


@each_way
async def test_nobody_there(way: str) -> None:
    with pytest.raises(UnreachedError):
        await connecting("http://127.0.0.1:1", WAYS[way])
