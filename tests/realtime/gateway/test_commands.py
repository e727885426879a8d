"""POSTed commands on a real socket: what is answered, and that each takes effect once."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from protocol.messages import Limits
from tests.realtime.fakes import FakeClock, interview
from tests.realtime.gateway.house import OPTIONS, GatewayHouse, eventually
from tests.realtime.gateway.test_http import problem
from tests.realtime.gateway.test_websocket import opened, receive, send, until
from tests.realtime.memory import MemoryStorage
from tests.realtime.serving import house as serving_house
from tests.realtime.serving import serving

pytestmark = pytest.mark.anyio

PATH = "/v1/interviews/iv/commands"
START = {"type": "interview.start", "id": "c1"}
PAUSE = {"type": "interview.pause", "id": "c2"}
JSON = {"Content-Type": "application/json"}


async def post(house: GatewayHouse, command: dict[str, Any]) -> httpx.Response:
    async with house.client() as client:
        return await client.post(PATH, json=command)


# --- what is answered ---------------------------------------------------------------------------


async def test_the_ack_is_that_of_the_websocket(build: Any) -> None:
    house = await build()
    response = await post(house, START)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    ack = {"type": "ack", "re": "c1", "epoch": 1, "seq": 1, "repeated": False}
    assert response.json() == ack
    connection, _ = await opened(house)
    await send(connection, START)
    there = (await until(connection, "ack"))[-1]
    assert there == {**ack, "seq": there["seq"], "repeated": True}
    assert there.keys() == ack.keys()


async def test_it_wakes_an_interview_that_sleeps_and_runs_it(build: Any) -> None:
    house = await build()
    assert len(house.directory) == 0
    await post(house, START)
    connection, message = await opened(house)
    if message["snapshot"]["phase"] == "asking":
        await until(connection, "question.completed")
    response = await post(
        house, {"type": "answer.submit", "id": "a1", "turn": 1, "text": "My words."}
    )
    assert response.status_code == 200
    accepted = (await until(connection, "answer.accepted"))[-1]
    assert accepted["text"] == "My words."
    # It took nothing over.
    await send(connection, {"type": "ping"})
    await until(connection, "pong")


async def test_an_error_is_that_of_the_websocket(build: Any) -> None:
    house = await build()
    body = problem(await post(house, PAUSE), 409, "wrong_phase")
    connection, _ = await opened(house)
    await send(connection, PAUSE)
    error = await receive(connection)
    assert (body["retryable"], body["details"], body["detail"]) == (
        error["retryable"],
        error["details"],
        error["message"],
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "malformed"),
        (b"nonsense", "malformed"),
        (b"[1]", "malformed"),
        (b'{"id":"c1"}', "malformed"),
        (b'{"type":"interview.start"}', "malformed"),
        (b'{"type":"interview.start","id":"a b"}', "malformed"),
        (b'{"type":"teapot.brew","id":"c1"}', "unknown_type"),
        (b'{"type":"session.open","id":"c1"}', "unknown_type"),
        (b'{"type":"ping"}', "unknown_type"),
    ],
)
async def test_what_is_no_command_is_refused(build: Any, body: bytes, code: str) -> None:
    house = await build()
    async with house.client() as client:
        problem(await client.post(PATH, content=body, headers=JSON), 400, code)


@pytest.mark.parametrize("media_type", [None, "text/plain", "application/x-www-form-urlencoded"])
async def test_only_json_is_taken(build: Any, media_type: str | None) -> None:
    """Also because a strange page may send a form without asking (CORS)."""
    house = await build()
    headers = {"Content-Type": media_type} if media_type else {}
    async with house.client() as client:
        response = await client.post(PATH, content=json.dumps(START), headers=headers)
    problem(response, 415, "unsupported_media")


async def test_a_body_is_as_large_as_a_frame_at_most(build: Any) -> None:
    house = await build()
    most = Limits().max_frame_bytes
    async with house.client() as client:
        fitting = json.dumps(START).encode().ljust(most)
        assert (await client.post(PATH, content=fitting, headers=JSON)).status_code == 200
        response = await client.post(PATH, content=fitting + b" ", headers=JSON)
        assert problem(response, 413, "too_large")["details"] == {"limit": most}


async def test_who_may_not_command_is_told() -> None:
    storage = MemoryStorage(interview())
    async with serving(serving_house(storage)) as running:
        async with running.client(storage.user_id) as client:
            problem(await client.post("/v1/interviews/x/commands", json=START), 404, "not_found")
            storage.fails = True
            problem(await client.post(PATH, json=START), 503, "storage_unavailable")
            storage.fails = False
            del client.headers["Authorization"]
            problem(await client.post(PATH, json=START), 401, "unauthenticated")
        async with running.client("another") as client:
            problem(await client.post(PATH, json=START), 404, "not_found")
    assert storage.commits == []


async def test_one_that_comes_while_the_server_drains_is_refused(build: Any) -> None:
    house = await build()
    await house.directory.drain()
    problem(await post(house, START), 503, "draining")


# --- once, whatever happens ---------------------------------------------------------------------


async def test_the_same_id_over_both_transports_at_once_takes_effect_once(build: Any) -> None:
    house = await build()
    connection, _ = await opened(house)
    house.store.held = asyncio.Event()
    posts = [asyncio.create_task(post(house, START)) for _ in range(5)]
    for _ in range(5):
        await send(connection, START)
    await send(connection, {"type": "ping"})
    await until(connection, "pong")  # They are all in the mailbox.
    house.store.held.set()
    over_http = [(await each).json() for each in posts]
    over_socket = [(await until(connection, "ack"))[-1] for _ in range(5)]
    acks = [*over_http, *over_socket]
    assert {(ack["type"], ack["re"]) for ack in acks} == {("ack", "c1")}
    assert sorted(ack["repeated"] for ack in acks) == [False] + [True] * 9
    started = [commit for commit in house.store.commits if commit.receipt is not None]
    assert [commit.receipt.command_id for commit in started] == ["c1"]


async def test_the_same_id_with_other_content_is_refused(build: Any) -> None:
    house = await build()
    await post(house, START)
    problem(await post(house, {**PAUSE, "id": "c1"}), 409, "id_reused")


async def test_a_client_that_leaves_takes_nothing_back(build: Any) -> None:
    house = await build()
    actor = await house.directory.open("local", "iv")
    house.store.held = asyncio.Event()
    client = house.client()
    leaving = asyncio.create_task(client.post(PATH, json=START))
    await eventually(lambda: not actor.idle)
    leaving.cancel()
    await asyncio.wait([leaving])
    await client.aclose()
    house.store.held.set()
    assert (await post(house, START)).json()["repeated"] is True


async def test_an_outcome_that_takes_too_long_is_told_as_unknown(build: Any) -> None:
    house = await build(replace(OPTIONS, answered_within_s=0.05))
    actor = await house.directory.open("local", "iv")
    house.store.held = asyncio.Event()
    body = problem(await post(house, START), 503, "storage_unavailable")
    assert body["retryable"] is True
    house.store.held.set()
    await eventually(lambda: actor.snapshot().interview.phase == "answering")
    # Over a socket, where nothing is to be answered within that time.
    connection, _ = await opened(house)
    await send(connection, START)
    assert (await until(connection, "ack"))[-1]["repeated"] is True


# --- not too many -------------------------------------------------------------------------------


async def test_more_commands_than_a_second_bears(build: Any) -> None:
    """However many connections they come over."""
    clock = FakeClock()
    limits = replace(Limits(), commands_per_second=3)
    house = await build(replace(OPTIONS, limits=limits), clock)
    for number in range(3):
        problem(await post(house, {**PAUSE, "id": f"p{number}"}), 409, "wrong_phase")
    response = await post(house, START)
    body = problem(response, 429, "rate_limited")
    assert body["details"] == {"retry_after_ms": 1_000}
    assert response.headers["retry-after"] == "1"
    async with house.client() as client:
        # Another interview's are counted apart.
        other = await client.post("/v1/interviews/two/commands", json=START)
        assert other.status_code == 200
        # What isn't a command isn't counted.
        problem(await client.post(PATH, content=b"nonsense", headers=JSON), 400, "malformed")
    clock.advance(1)
    assert (await post(house, START)).status_code == 200
