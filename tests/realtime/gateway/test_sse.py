"""The event stream on a real socket: what it tells, how it is resumed, how it ends."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from protocol.codec import encode_event
from protocol.events import EVENTS, Event, Logged
from realtime.gateway.sse import block
from realtime.settings import Settings
from tests.protocol.strategies import LARGEST, one_of
from tests.realtime.fakes import interview
from tests.realtime.gateway.house import GatewayHouse
from tests.realtime.gateway.streams import Block, Stream, events
from tests.realtime.gateway.test_http import problem
from tests.realtime.gateway.test_websocket import answer_all, opened, send
from tests.realtime.memory import MemoryStorage
from tests.realtime.serving import house as serving_house
from tests.realtime.serving import serving

pytestmark = pytest.mark.anyio


async def start(house: GatewayHouse) -> None:
    """Begin the interview, without a WebSocket."""
    async with house.client() as client:
        command = {"type": "interview.start", "id": "start"}
        response = await client.post("/v1/interviews/iv/commands", json=command)
        assert response.status_code == 200


async def interviewed(house: GatewayHouse) -> None:
    """Take the interview to its end."""
    candidate, _ = await opened(house)
    await send(candidate, {"type": "interview.start", "id": "c1"})
    await answer_all(candidate)


# --- what it tells ------------------------------------------------------------------------------


async def test_what_opening_tells(build: Any) -> None:
    house = await build()
    async with house.client() as client, events(client, "iv") as stream:
        response = stream.response
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/event-stream"
        assert response.headers["cache-control"] == "no-store, no-transform"
        assert response.headers["x-accel-buffering"] == "no"
        first = await stream.block()
    assert (first.retry, first.event, first.id) == ("1000", "session.opened", "1:0")
    message = first.json
    assert message["re"] is None
    assert (message["epoch"], message["seq"], message["resumed"]) == (1, 0, False)
    assert message["snapshot"]["phase"] == "created"
    assert message["limits"]["commands_per_second"] == 20


async def test_it_tells_what_a_websocket_tells_byte_for_byte(build: Any) -> None:
    """A whole interview, followed over both at once (`protocol.md` 2)."""
    house = await build()
    observer, opened_there = await opened(house, role="observer")
    candidate, _ = await opened(house)
    async with house.client() as client, events(client, "iv") as stream:
        opened_here = (await stream.block()).json
        assert {**opened_here, "re": "o1"} == opened_there
        await send(candidate, {"type": "interview.start", "id": "c1"})
        await answer_all(candidate)
        blocks = await stream.rest()
    frames = []
    with pytest.raises(ConnectionClosed):
        while True:
            frames.append(await observer.recv())
    assert [found.data for found in blocks] == frames
    messages = [json.loads(frame) for frame in frames]
    assert {"feedback.delta", "feedback.scored", "report.completed"} <= {
        message["type"] for message in messages
    }
    for found, message in zip(blocks, messages, strict=True):
        assert found.event == message["type"]
        assert found.id == f"{message['epoch']}:{message['seq']}"


@given(one_of(EVENTS.values()), st.integers(0, LARGEST), st.integers(1, LARGEST))
def test_any_event_is_one_block(event: Event, epoch: int, seq: int) -> None:
    data = encode_event(Logged(epoch, seq, 1, event))
    written = block(b"id: 7:9\n", data)
    assert written.endswith(b"\n\n")
    assert Block.read(written.decode().split("\n")[:-2]) == Block("7:9", event.TYPE, data.decode())


async def test_it_opens_with_a_head_alone(build: Any) -> None:
    house = await build()
    host, _, port = house.host.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"HEAD /v1/interviews/iv/events HTTP/1.1\r\nHost: x\r\n\r\n")
    async with asyncio.timeout(30):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"\r\ncontent-type: text/event-stream\r\n" in head
    assert body == b""
    writer.close()
    await house.empty()


async def test_it_passes_through_the_whole_application_as_it_comes() -> None:
    """Nothing on the way holds it back, and a page of an allowed origin may read it."""
    storage = MemoryStorage(interview())
    pages = "https://pages.example"
    settings = Settings(allowed_origins=frozenset({pages}), root_path="/viva")
    async with (
        serving(serving_house(storage), settings) as running,
        running.client(storage.user_id) as client,
    ):
        client.headers["Origin"] = pages
        for prefix in ("", "/viva"):
            path = f"{prefix}/v1/interviews/iv/events"
            async with client.stream("GET", path) as response:
                assert response.headers["access-control-allow-origin"] == pages
                assert (await Stream(response).block()).event == "session.opened"


async def test_a_page_of_an_allowed_origin_may_name_its_position() -> None:
    pages = "https://pages.example"
    settings = Settings(allowed_origins=frozenset({pages}))
    asked = {
        "Origin": pages,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization, last-event-id",
    }
    async with (
        serving(serving_house(MemoryStorage()), settings) as running,
        running.client() as client,
    ):
        response = await client.options("/v1/interviews/iv/events", headers=asked)
        assert response.status_code == 200


# --- refused ------------------------------------------------------------------------------------


async def test_who_may_not_read_is_told_before_the_stream() -> None:
    storage = MemoryStorage(interview())
    async with serving(serving_house(storage)) as running:
        async with running.client(storage.user_id) as client:
            path = "/v1/interviews/iv/events"
            ticket = await client.get(path, params={"ticket": "made-up"})
            problem(ticket, 401, "unauthenticated")
            problem(await client.get("/v1/interviews/other/events"), 404, "not_found")
            storage.fails = True
            problem(await client.get(path), 503, "storage_unavailable")
            storage.fails = False
            del client.headers["Authorization"]
            problem(await client.get(path), 401, "unauthenticated")
        async with running.client("another") as client:
            problem(await client.get(path), 404, "not_found")


# --- resuming -----------------------------------------------------------------------------------


async def test_resuming_brings_what_was_missed_and_nothing_twice(build: Any) -> None:
    house = await build()
    async with house.client() as client:
        async with events(client, "iv") as stream:
            await start(house)
            blocks = await stream.until("question.completed")
        for after, *left in (blocks[2:], blocks[-2:], blocks[-1:]):
            async with events(client, "iv", after.id) as stream:
                first = await stream.block()
                assert (first.event, first.id) == ("session.opened", None)
                message = first.json
                assert message["resumed"] is True
                assert message["seq"] == blocks[-1].json["seq"]
                assert "snapshot" not in message
                assert [await stream.block() for _ in left] == left
    await house.empty()


async def test_the_header_wins_over_the_query(build: Any) -> None:
    house = await build()
    async with house.client() as client:
        async with events(client, "iv") as stream:
            await start(house)
            blocks = await stream.until("question.completed")
        query = {"last_event_id": "1:0"}
        async with events(client, "iv", params=query) as stream:
            assert (await stream.until(blocks[1].event or ""))[1:] == blocks[1:2]
        async with events(client, "iv", blocks[3].id, params=query) as stream:
            await stream.block()
            assert await stream.block() == blocks[4]


@pytest.mark.parametrize("position", ["1:99", "7:0", "0:0"])
async def test_a_position_that_is_not_in_the_log_gets_a_snapshot(build: Any, position: str) -> None:
    house = await build()
    async with house.client() as client, events(client, "iv", position) as stream:
        first = await stream.block()
        assert (first.id, first.json["resumed"]) == ("1:0", False)
        assert first.json["snapshot"]["phase"] == "created"


@pytest.mark.parametrize(
    "position",
    ["nonsense", "1", "1:", ":1", "1:2:3", "1:-1", "+1:1", "1: 1", "1:9007199254740992", "１:１"],
)
@pytest.mark.parametrize("field", ["Last-Event-ID", "last_event_id"])
async def test_what_is_no_position_is_malformed(build: Any, field: str, position: str) -> None:
    house = await build()
    async with house.client() as client:
        path = "/v1/interviews/iv/events"
        if field == "last_event_id":
            response = await client.get(path, params={field: position})
        else:
            response = await client.get(path, headers=[(field.encode(), position.encode())])
        assert problem(response, 400, "malformed")["details"] == {"field": field}


async def test_an_empty_position_is_none(build: Any) -> None:
    house = await build()
    query = {"last_event_id": ""}
    async with house.client() as client, events(client, "iv", "", params=query) as stream:
        assert (await stream.block()).json["resumed"] is False


async def test_a_failed_commit_ends_it_and_a_snapshot_follows(build: Any) -> None:
    house = await build()
    async with house.client() as client:
        async with events(client, "iv") as stream:
            await stream.block()
            house.store.fails = True
            command = {"type": "interview.start", "id": "c1"}
            response = await client.post("/v1/interviews/iv/commands", json=command)
            problem(response, 503, "storage_unavailable")
            assert await stream.rest() == []
        house.store.fails = False
        async with events(client, "iv", "1:0") as stream:
            assert (await stream.block()).id == "2:0"


# --- the end ------------------------------------------------------------------------------------


async def test_opened_again_at_the_end_there_is_nothing_to_come(build: Any) -> None:
    house = await build()
    async with house.client() as client:
        async with events(client, "iv") as stream:
            await interviewed(house)
            last = (await stream.rest())[-1]
        assert last.event == "report.completed"
        async with events(client, "iv", last.id) as stream:
            assert stream.response.status_code == 204
            assert await stream.rest() == []
        # Whoever lacks the last event gets it; whoever lacks all of it, a snapshot.
        epoch, _, seq = (last.id or "").partition(":")
        async with events(client, "iv", f"{epoch}:{int(seq) - 1}") as stream:
            assert [found.event for found in await stream.rest()] == ["session.opened", last.event]
        async with events(client, "iv") as stream:
            (only,) = await stream.rest()
            assert (only.id, only.json["snapshot"]["phase"]) == (last.id, "finished")


async def test_draining_sends_it_elsewhere(build: Any) -> None:
    house = await build()
    async with house.client() as client, events(client, "iv") as stream:
        await stream.block()
        house.connections.drain()
        (only,) = await stream.rest()
        assert (only.event, only.id) == ("server.draining", None)
        assert only.json["reconnect_within_ms"] > 0
    await house.empty()


async def test_a_server_that_ends_ends_its_streams() -> None:
    storage = MemoryStorage(interview())
    async with (
        serving(serving_house(storage)) as running,
        running.client(storage.user_id) as client,
        events(client, "iv") as stream,
    ):
        await stream.block()
        running.server.stop()
        assert [found.event for found in await stream.rest()] == ["server.draining"]


async def test_one_that_opens_while_the_server_drains_is_refused(build: Any) -> None:
    house = await build()
    house.store.held = asyncio.Event()
    async with house.client() as client:
        opening = asyncio.create_task(client.get("/v1/interviews/iv/events"))
        await house.connected(1)
        house.connections.drain()
        house.store.held.set()
        problem(await opening, 503, "draining")
    await house.empty()


async def test_one_that_leaves_is_forgotten(build: Any) -> None:
    house = await build()
    async with house.client() as client, events(client, "iv") as stream:
        await stream.block()
        assert len(house.connections) == 1
    await house.empty()
