"""How many may be connected: over real sockets, over both transports."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from realtime.gateway.auth import LocalUser
from realtime.gateway.connections import network_of
from realtime.settings import Settings
from tests.realtime.fakes import interview
from tests.realtime.gateway.house import OPTIONS, GatewayHouse, eventually
from tests.realtime.gateway.streams import events
from tests.realtime.gateway.test_http import problem
from tests.realtime.gateway.test_websocket import close_code, opened, receive, send
from tests.realtime.memory import MemoryStorage
from tests.realtime.serving import Running, serving
from tests.realtime.serving import house as serving_house

pytestmark = pytest.mark.anyio

EVENTS = "/v1/interviews/iv/events"


async def refused(house: GatewayHouse, role: str = "candidate") -> None:
    """A WebSocket's opening is answered with `overloaded`, and 1013."""
    connection, error = await opened(house, role=role)
    assert (error["type"], error["code"], error["re"]) == ("error", "overloaded", "o1")
    assert error["retryable"] is True
    assert await close_code(connection) == 1013


async def refused_stream(house: GatewayHouse) -> None:
    async with house.client() as client:
        assert problem(await client.get(EVENTS), 503, "overloaded")["retryable"]


# --- of a user ----------------------------------------------------------------------------------


async def test_a_user_has_so_many_over_both_transports(build: Any) -> None:
    house = await build(replace(OPTIONS, connections_per_user=2))
    first, _ = await opened(house, role="observer")
    async with house.client() as client, events(client, "iv") as stream:
        await stream.block()
        await refused(house, "observer")
        await refused_stream(house)
        await first.close()
        await house.connected(1)
        second, message = await opened(house, role="observer")
        assert message["type"] == "session.opened"
        await refused_stream(house)
    await house.connected(1)
    async with house.client() as client, events(client, "iv") as stream:
        assert (await stream.block()).event == "session.opened"
    await second.close()
    await house.empty()


async def test_those_who_come_at_once_are_counted_too(build: Any) -> None:
    house = await build(replace(OPTIONS, connections_per_user=3))
    house.store.held = asyncio.Event()
    openings = [asyncio.create_task(opened(house, role="observer")) for _ in range(8)]
    await house.connected(8)
    house.store.held.set()
    answers = [(await each)[1]["type"] for each in openings]
    assert sorted(answers) == ["error"] * 5 + ["session.opened"] * 3


async def test_one_that_is_taken_over_is_not_counted_against_its_successor(build: Any) -> None:
    """Else a candidate whose dead connection wasn't noticed yet could not come back."""
    house = await build(replace(OPTIONS, connections_per_user=1))
    first, _ = await opened(house)
    await refused(house, "observer")
    second, message = await opened(house)
    assert message["type"] == "session.opened"
    assert await close_code(first) == 4409
    await send(second, {"type": "ping"})
    assert (await receive(second))["type"] == "pong"


async def test_one_that_was_refused_is_no_candidate(build: Any) -> None:
    house = await build(replace(OPTIONS, connections_per_user=1))
    async with house.client() as client, events(client, "iv") as stream:
        await stream.block()
        await refused(house)
    await house.empty()
    connection, message = await opened(house)
    assert message["type"] == "session.opened"
    await connection.close()


async def test_where_nobody_signs_in_there_is_no_bound() -> None:
    storage = MemoryStorage(interview())
    parts = replace(serving_house(storage), authenticator=LocalUser())
    async with serving(parts, Settings(connections_per_user=1)) as running, AsyncExitStack() as all:
        for _ in range(3):
            client = await all.enter_async_context(running.client())
            stream = await all.enter_async_context(events(client, "iv"))
            assert stream.response.status_code == 200


# --- from an address ----------------------------------------------------------------------------


async def socket_from(running: Running, address: str) -> ClientConnection:
    """A WebSocket that a proxy says is from `address`."""
    return await connect(
        f"{running.url.replace('http', 'ws')}/v1/interviews/iv/ws",
        subprotocols=[Subprotocol("viva.v1")],
        additional_headers={"X-Forwarded-For": address},
        proxy=None,
    )


async def stream_from(running: Running, address: str) -> httpx.Response:
    """How a stream that a proxy says is from `address` is answered."""
    async with running.client("local") as client:
        headers = {"X-Forwarded-For": address}
        async with client.stream("GET", EVENTS, headers=headers) as response:
            if response.status_code != 200:
                await response.aread()
            return response


async def test_an_address_has_so_many_over_both_transports() -> None:
    settings = Settings(connections_per_address=1, trusted_proxies=frozenset({"127.0.0.0/8"}))
    async with serving(serving_house(MemoryStorage(interview())), settings) as running:
        first = await socket_from(running, "203.0.113.7")
        problem(await stream_from(running, "10.1.1.1, 203.0.113.7"), 503, "overloaded")
        second = await socket_from(running, "203.0.113.7")
        error = await receive(second)  # It is told at once, whatever it would have said.
        assert (error["code"], error["re"]) == ("overloaded", None)
        assert await close_code(second) == 1013
        assert (await stream_from(running, "203.0.113.8")).status_code == 200
        await first.close()
        await eventually(lambda: not len(running.application.connections))
        assert (await stream_from(running, "203.0.113.7")).status_code == 200


async def test_what_no_trusted_proxy_says_is_not_believed() -> None:
    settings = Settings(connections_per_address=1, trusted_proxies=frozenset({"192.0.2.1"}))
    async with serving(serving_house(MemoryStorage(interview())), settings) as running:
        first = await socket_from(running, "203.0.113.7")
        assert (await stream_from(running, "203.0.113.7")).status_code == 200
        await first.close()


@pytest.mark.parametrize(
    ("client", "network"),
    [
        (("203.0.113.7", 50_000), "203.0.113.7"),
        (("::ffff:203.0.113.7", 1), "203.0.113.7"),
        (("2001:db8:1:2:3:4:5:6", 1), "2001:db8:1:2::/64"),
        (("2001:db8:1:2::1", 1), "2001:db8:1:2::/64"),
        (("::2", 1), "::/64"),
        (("127.0.0.1", 1), None),
        (("::1", 1), None),
        (("::ffff:127.0.0.1", 1), None),
        (("unknown", 0), None),
        (("", 0), None),
        (None, None),
    ],
)
def test_whom_a_connection_is_counted_for(
    client: tuple[str, int] | None, network: str | None
) -> None:
    assert network_of({"type": "http", "client": client}) == network


# --- interviews ---------------------------------------------------------------------------------


async def test_a_node_has_so_many_interviews_open() -> None:
    storage = MemoryStorage(interview(), interview("two"))
    async with serving(serving_house(storage), Settings(max_interviews=1)) as running:
        first = await running.open("local", "iv")
        async with running.client("local") as client:
            problem(await client.get("/v1/interviews/two/events"), 503, "overloaded")
            start = {"type": "interview.start", "id": "c1"}
            response = await client.post("/v1/interviews/two/commands", json=start)
            problem(response, 503, "overloaded")
            url = f"{running.url.replace('http', 'ws')}/v1/interviews/two/ws"
            second = await connect(url, subprotocols=[Subprotocol("viva.v1")], proxy=None)
            await send(second, {"type": "session.open", "id": "o1", "token": "local"})
            assert (await receive(second))["code"] == "overloaded"
            assert await close_code(second) == 1013
            # What is open may be opened again.
            async with events(client, "iv") as stream:
                assert (await stream.block()).event == "session.opened"
            assert (await client.delete("/v1/interviews/iv")).status_code == 204
            async with events(client, "two") as stream:
                assert (await stream.block()).event == "session.opened"
        assert await first.close_code() == 4404


# --- sizes and times ----------------------------------------------------------------------------


async def test_what_an_operator_sets_is_told_and_holds() -> None:
    settings = Settings(max_frame_bytes=5_000, max_body_bytes=6_000, commands_per_second=1)
    async with serving(serving_house(MemoryStorage(interview())), settings) as running:
        async with running.client("local") as client:
            told = (await client.get("/v1/capabilities")).json()["limits"]
            assert (told["max_frame_bytes"], told["commands_per_second"]) == (5_000, 1)
            json = {"Content-Type": "application/json"}
            too_long = await client.post("/v1/interviews", content=b" " * 6_001, headers=json)
            assert problem(too_long, 413, "too_large")["details"] == {"limit": 6_000}
            commands = "/v1/interviews/iv/commands"
            too_long = await client.post(commands, content=b" " * 5_001, headers=json)
            assert problem(too_long, 413, "too_large")["details"] == {"limit": 5_000}
        conversation = await running.open("local", "iv")
        await conversation.connection.send(" " * 5_001)
        assert await conversation.close_code() == 1009


@pytest.mark.parametrize("path", ["/v1/interviews", "/v1/interviews/iv/commands"])
async def test_a_body_that_trickles_is_given_up(path: str) -> None:
    settings = Settings(body_within_s=0.2)
    async with serving(serving_house(MemoryStorage(interview())), settings) as running:
        port = int(running.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
        head += "Authorization: Bearer local\r\nContent-Type: application/json\r\n\r\n"
        writer.write(head.encode())
        trickle = asyncio.create_task(trickling(writer))
        async with asyncio.timeout(10):
            assert (await reader.readline()).startswith(b"HTTP/1.1 400 ")
        trickle.cancel()
        writer.transport.abort()


async def trickling(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b" ")
        await asyncio.sleep(0.01)
