"""The WebSocket gateway on a real socket: opening, commands, resuming, limits, closing."""

import asyncio
import json
import socket
from dataclasses import replace
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin, Subprotocol

from protocol.events import Notice
from tests.realtime.fakes import FakeClock
from tests.realtime.gateway.house import OPTIONS, GatewayHouse

pytestmark = pytest.mark.anyio

SUBPROTOCOL = Subprotocol("viva.v1")


async def opened(house: GatewayHouse, **fields: Any) -> tuple[ClientConnection, dict[str, Any]]:
    """A connection that has sent `session.open`, and what came back."""
    connection = await house.connect()
    await send(connection, {"type": "session.open", "id": "o1", **fields})
    return connection, await receive(connection)


async def send(connection: ClientConnection, message: dict[str, Any]) -> None:
    await connection.send(json.dumps(message))


async def receive(connection: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(30):
        message: dict[str, Any] = json.loads(await connection.recv())
    return message


async def until(connection: ClientConnection, kind: str) -> list[dict[str, Any]]:
    """All messages through the next of that type."""
    messages = [await receive(connection)]
    while messages[-1]["type"] != kind:
        messages.append(await receive(connection))
    return messages


async def close_code(connection: ClientConnection) -> int | None:
    """The close code, whatever comes before it."""
    async with asyncio.timeout(30):
        try:
            while True:
                await connection.recv()
        except ConnectionClosed:
            return connection.close_code


async def answer_all(connection: ClientConnection) -> None:
    """Answer every question until the report is there."""
    while True:
        message = (await receive(connection)) | {}
        if message["type"] == "question.completed":
            turn = message["turn"]
            await send(
                connection,
                {"type": "answer.submit", "id": f"a{turn}", "turn": turn, "text": "My words."},
            )
        if message["type"] == "report.completed":
            return


# --- the upgrade ----------------------------------------------------------------------------------


async def test_without_the_subprotocol_there_is_no_upgrade(build: Any) -> None:
    house = await build()
    with pytest.raises(InvalidStatus) as caught:
        await connect(house.url("iv"))
    assert caught.value.response.status_code == 400


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://evil.example", 403),
        ("null", 403),
        ("https://good.example", 101),
        ("http://{host}", 101),
        (None, 101),
    ],
)
async def test_which_origins_may_connect(build: Any, origin: str | None, status: int) -> None:
    house = await build(replace(OPTIONS, allowed_origins=frozenset({"https://good.example"})))
    named = Origin(origin.format(host=house.host)) if origin else None
    try:
        async with connect(house.url("iv"), subprotocols=[SUBPROTOCOL], origin=named):
            found = 101
    except InvalidStatus as error:
        found = error.response.status_code
    assert found == status


# --- the first message ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "code", "close"),
    [
        ("nonsense", "malformed", 4400),
        ('{"type":"interview.start","id":"c1"}', "malformed", 4400),
        ('{"type":"session.open"}', "malformed", 4400),
        ('{"type":"session.opened","id":"c1"}', "unknown_type", 4400),
        ('{"type":"session.open","id":"c1","ticket":"made-up"}', "unauthenticated", 4401),
        (b"\0\0\0\0", "malformed", 4400),
    ],
)
async def test_a_refused_opening_is_told_why(
    build: Any, first: str | bytes, code: str, close: int
) -> None:
    house = await build()
    connection = await house.connect()
    await connection.send(first)
    assert (await receive(connection))["code"] == code
    assert await close_code(connection) == close


async def test_one_that_says_nothing_is_closed(build: Any) -> None:
    house = await build(replace(OPTIONS, open_within_s=0.05))
    assert await close_code(await house.connect()) == 4408


async def test_an_interview_that_is_not_there(build: Any) -> None:
    house = await build()
    connection = await house.connect("other")
    await send(connection, {"type": "session.open", "id": "o1"})
    error = await receive(connection)
    assert (error["code"], error["re"]) == ("not_found", "o1")
    assert await close_code(connection) == 4404


async def test_storage_that_does_not_answer(build: Any) -> None:
    house = await build()
    house.store.fails = True
    connection, error = await opened(house)
    assert error["code"] == "storage_unavailable"
    assert await close_code(connection) == 1013


async def test_what_opening_tells(build: Any) -> None:
    house = await build()
    _, message = await opened(house)
    assert message["type"] == "session.opened"
    assert (message["re"], message["protocol"], message["epoch"]) == ("o1", "viva.v1", 1)
    assert (message["seq"], message["resumed"], message["heartbeat_ms"]) == (0, False, 20_000)
    assert message["limits"]["max_frame_bytes"] == 65_536
    assert message["capabilities"]["voice"] is False
    snapshot = message["snapshot"]
    assert (snapshot["id"], snapshot["phase"], snapshot["streaming"]) == ("iv", "created", [])
    assert "audio" not in message


# --- commands -------------------------------------------------------------------------------------


async def test_a_whole_interview_ends_with_1000_for_everyone(build: Any) -> None:
    house = await build()
    observer, _ = await opened(house, role="observer")
    candidate, _ = await opened(house)
    await send(candidate, {"type": "interview.start", "id": "c1"})
    await answer_all(candidate)
    assert await close_code(candidate) == 1000
    await until(observer, "report.completed")
    assert await close_code(observer) == 1000


async def test_a_finished_interview_is_shown_and_closed(build: Any) -> None:
    house = await build()
    candidate, _ = await opened(house)
    await send(candidate, {"type": "interview.start", "id": "c1"})
    await answer_all(candidate)
    again, message = await opened(house)
    assert message["snapshot"]["phase"] == "finished"
    assert message["snapshot"]["report"] is not None
    assert await close_code(again) == 1000


async def test_an_error_answers_its_command(build: Any) -> None:
    house = await build()
    connection, _ = await opened(house)
    await send(connection, {"type": "answer.submit", "id": "a1", "turn": 1, "text": "x"})
    error = await receive(connection)
    assert (error["type"], error["re"], error["code"]) == ("error", "a1", "wrong_phase")
    assert error["details"] == {"phase": "created", "paused": False}
    assert error["retryable"] is False


@pytest.mark.parametrize(
    ("frame", "code", "re"),
    [
        ("[1]", "malformed", None),
        ('{"type":"answer.submit","id":"a1","turn":"1","text":"x"}', "malformed", "a1"),
        ('{"type":"teapot.brew","id":"a1"}', "unknown_type", "a1"),
        (b"\0" * 12, "audio_not_open", None),
    ],
)
async def test_a_bad_message_is_answered_and_not_punished(
    build: Any, frame: str | bytes, code: str, re: str | None
) -> None:
    house = await build()
    connection, _ = await opened(house)
    await connection.send(frame)
    error = await receive(connection)
    assert (error["code"], error["re"]) == (code, re)
    await send(connection, {"type": "ping", "nonce": "n"})
    assert await receive(connection) == {"type": "pong", "nonce": "n"}


async def test_twenty_malformed_messages_are_enough(build: Any) -> None:
    house = await build()
    connection, _ = await opened(house)
    for _ in range(19):
        await connection.send("nonsense")
        assert (await receive(connection))["code"] == "malformed"
    await send(connection, {"type": "ping"})
    assert (await receive(connection))["type"] == "pong"
    await connection.send("nonsense")
    assert (await receive(connection))["code"] == "malformed"
    assert await close_code(connection) == 4400


async def test_a_second_opening_is_one_too_many(build: Any) -> None:
    house = await build()
    connection, _ = await opened(house)
    await send(connection, {"type": "session.open", "id": "o2"})
    assert (await receive(connection))["re"] == "o2"
    assert await close_code(connection) == 4400


async def test_more_commands_than_a_second_bears(build: Any) -> None:
    house = await build(clock=FakeClock())
    connection, _ = await opened(house)
    for number in range(25):
        await send(connection, {"type": "interview.pause", "id": f"p{number}"})
    codes = [(await receive(connection))["code"] for _ in range(25)]
    assert codes == ["wrong_phase"] * 20 + ["rate_limited"] * 5


async def test_one_that_never_slows_down_is_closed(build: Any) -> None:
    house = await build(clock=FakeClock())
    connection, _ = await opened(house)
    for number in range(125):
        await send(connection, {"type": "interview.pause", "id": f"p{number}"})
    assert await close_code(connection) == 4106


async def test_an_observer_only_reads(build: Any) -> None:
    house = await build()
    connection, _ = await opened(house, role="observer")
    await send(connection, {"type": "interview.start", "id": "c1"})
    assert (await receive(connection))["code"] == "forbidden"


async def test_frames_over_the_limit_and_broken_text_are_the_clients_defect(build: Any) -> None:
    house = await build()
    connection, _ = await opened(house)
    await connection.send("x" * 65_537)
    assert await close_code(connection) == 1009
    connection, _ = await opened(house)
    await connection.send(b"\xff\xfe", text=True)
    assert await close_code(connection) == 1007


# --- resuming -------------------------------------------------------------------------------------


async def test_resuming_brings_what_was_missed_and_nothing_twice(build: Any) -> None:
    house = await build()
    first, _ = await opened(house)
    await send(first, {"type": "interview.start", "id": "c1"})
    seen = [item for item in await until(first, "question.completed") if "seq" in item]
    seen = [item for item in seen if item["type"] != "ack"]
    position = {"epoch": 1, "seq": seen[1]["seq"]}
    await first.close()
    second, message = await opened(house, resume=position)
    assert (message["resumed"], message["seq"]) == (True, seen[-1]["seq"])
    assert "snapshot" not in message
    assert await until(second, "question.completed") == seen[2:]


@pytest.mark.parametrize("resume", [{"epoch": 1, "seq": 99}, {"epoch": 7, "seq": 0}])
async def test_a_position_that_is_not_in_the_log_gets_a_snapshot(
    build: Any, resume: dict[str, int]
) -> None:
    house = await build()
    _, message = await opened(house, resume=resume)
    assert message["resumed"] is False
    assert message["snapshot"]["phase"] == "created"


async def test_a_position_that_has_aged_out_gets_a_snapshot(build: Any) -> None:
    house = await build()
    await opened(house, role="observer")
    for _ in range(400):
        house.log("iv").append(Notice("a", "b"), 1)
    _, message = await opened(house, resume={"epoch": 1, "seq": 10})
    assert (message["resumed"], message["seq"]) == (False, 400)


async def test_a_second_candidate_takes_over(build: Any) -> None:
    house = await build()
    first, _ = await opened(house)
    second, message = await opened(house)
    assert message["type"] == "session.opened"
    assert first.close_code is None or first.close_code == 4409
    assert await close_code(first) == 4409
    await send(second, {"type": "ping"})
    assert (await receive(second))["type"] == "pong"


async def test_a_failed_commit_sends_clients_to_a_new_epoch(build: Any) -> None:
    house = await build()
    connection, _ = await opened(house)
    house.store.fails = True
    await send(connection, {"type": "interview.start", "id": "c1"})
    error = await receive(connection)
    assert (error["code"], error["re"], error["retryable"]) == ("storage_unavailable", "c1", True)
    assert await close_code(connection) == 4104
    house.store.fails = False
    connection, message = await opened(house, resume={"epoch": 1, "seq": 0})
    assert (message["epoch"], message["resumed"]) == (2, False)
    await send(connection, {"type": "interview.start", "id": "c1"})
    assert (await until(connection, "ack"))[-1]["repeated"] is False


# --- bounds ---------------------------------------------------------------------------------------


async def test_a_peer_that_takes_nothing_is_cut_and_its_neighbours_are_not(build: Any) -> None:
    house = await build(replace(OPTIONS, stalled_after_s=1.0))
    neighbour, _ = await opened(house, role="observer")
    stalled = await stalled_peer(house)
    flood = house.log("iv")
    taken = 0
    async with asyncio.timeout(20):
        while len(house.connections) == 2:
            flood.append(Notice("flood", "x" * 60_000), 1)
            assert (await receive(neighbour))["type"] == "notice"
            taken += 1
            await asyncio.sleep(0.005)
    assert taken > 0
    await send(neighbour, {"type": "ping"})
    assert (await receive(neighbour))["type"] == "pong"
    stalled.transport.abort()
    await stalled.wait_closed()


async def stalled_peer(house: GatewayHouse) -> ClientConnection:
    """A client that opens, and then reads no more."""
    loop = asyncio.get_running_loop()
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    raw.setblocking(False)
    host, _, port = house.host.partition(":")
    await loop.sock_connect(raw, (host, int(port)))
    connection = await connect(house.url("iv"), subprotocols=[SUBPROTOCOL], sock=raw)
    await send(connection, {"type": "session.open", "id": "o1", "role": "observer"})
    await receive(connection)
    connection.transport.pause_reading()
    return connection


async def test_one_that_falls_off_the_log_is_told(build: Any) -> None:
    house = await build()
    connection, _ = await opened(house)
    for _ in range(400):
        house.log("iv").append(Notice("a", "b"), 1)
    assert await close_code(connection) == 4101


async def test_draining_sends_clients_elsewhere(build: Any) -> None:
    house = await build()
    connection, _ = await opened(house)
    house.connections.drain()
    message = await receive(connection)
    assert message["type"] == "server.draining"
    assert message["reconnect_within_ms"] > 0
    assert await close_code(connection) == 4100


async def test_one_that_leaves_is_forgotten(build: Any) -> None:
    house = await build()
    connection, _ = await opened(house)
    assert len(house.connections) == 1
    await connection.close()
    await house.empty()
