"""Tickets (`protocol.md` 2, 9): what they open, what they don't, and until when."""

import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from protocol.errors import ProtocolError
from realtime.gateway.tickets import KEY_BYTES, Tickets, kept_secret
from tests.realtime.fakes import START, FakeClock
from tests.realtime.gateway.conftest import Build
from tests.realtime.gateway.house import OPTIONS, GatewayHouse
from tests.realtime.gateway.signing import signed
from tests.realtime.gateway.streams import events
from tests.realtime.gateway.test_auth import by_secret
from tests.realtime.serving import Conversation

pytestmark = pytest.mark.anyio

OWNER = {"Authorization": f"Bearer {signed(sub='local')}"}


async def bought(house: GatewayHouse, **body: Any) -> str:
    """A ticket for `iv`, from its owner."""
    async with house.client() as client:
        response = await client.post("/v1/interviews/iv/tickets", json=body, headers=OWNER)
    assert response.status_code == 200, response.text
    ticket: str = response.json()["ticket"]
    return ticket


async def answer(
    house: GatewayHouse,
    interview: str,
    *,
    token: str | None = None,
    ticket: str | None = None,
    role: str = "candidate",
) -> Conversation:
    """A WebSocket that was opened so; what is said next is the answer."""
    conversation = Conversation(await house.connect(interview))
    await conversation.send(type="session.open", id="o", token=token, ticket=ticket, role=role)
    return conversation


async def refused(house: GatewayHouse, interview: str, ticket: str) -> None:
    """Neither transport takes it."""
    async with house.client() as client:
        response = await client.get(f"/v1/interviews/{interview}/events?ticket={ticket}")
    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
    conversation = await answer(house, interview, ticket=ticket, role="observer")
    assert (await conversation.until("error"))["code"] == "unauthenticated"
    assert await conversation.close_code() == 4401


# --- handed out --------------------------------------------------------------------------------


@pytest.mark.parametrize(("body", "lasts_s"), [({}, 600), ({"expires_in_s": 60}, 60)])
async def test_the_owner_gets_one_that_lasts(
    build: Build, body: dict[str, int], lasts_s: int
) -> None:
    clock = FakeClock()
    house = await build(clock=clock, who=by_secret(clock=clock))
    async with house.client() as client:
        response = await client.post("/v1/interviews/iv/tickets", json=body, headers=OWNER)
    assert response.status_code == 200
    assert response.json().keys() == {"ticket", "expires_at"}
    assert response.json()["expires_at"] == START + lasts_s * 1_000


@pytest.mark.parametrize("given", [59, 86_401, True, "600", 600.5, None])
async def test_one_for_another_time_is_malformed(build: Build, given: object) -> None:
    house = await build()
    async with house.client() as client:
        response = await client.post("/v1/interviews/iv/tickets", json={"expires_in_s": given})
    assert (response.status_code, response.json()["code"]) == (400, "malformed")
    assert response.json()["details"] == {"field": "expires_in_s"}


async def test_nobody_else_gets_one(build: Build) -> None:
    house = await build(who=by_secret(clock=FakeClock()))

    async def asked(interview: str, token: str | None) -> httpx.Response:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        async with house.client() as client:
            path = f"/v1/interviews/{interview}/tickets"
            return await client.post(path, json={}, headers=headers)

    assert (await asked("iv", None)).status_code == 401
    other, missing = await asked("iv", signed()), await asked("nothing", signed(sub="local"))
    assert (other.status_code, other.content) == (404, missing.content)
    ticket = await bought(house)
    assert (await asked("iv", ticket)).status_code == 401


# --- used --------------------------------------------------------------------------------------


async def test_it_reads_over_either_transport_as_often_as_one_likes(build: Build) -> None:
    clock = FakeClock()
    house = await build(clock=clock, who=by_secret(clock=clock))
    ticket = await bought(house)
    for _ in range(2):
        watching = await answer(house, "iv", ticket=ticket, role="observer")
        assert (await watching.until("session.opened"))["snapshot"]["id"] == "iv"
        async with (
            house.client() as client,
            events(client, "iv", params={"ticket": ticket}) as stream,
        ):
            assert (await stream.block()).event == "session.opened"
        await watching.connection.close()


async def test_another_node_reads_it_if_it_has_the_same_secret(build: Build) -> None:
    clock = FakeClock()
    ticket = await bought(await build(clock=clock, who=by_secret(clock=clock)))
    caller = Tickets(bytes(32), clock).read(ticket, "iv")
    assert (caller.user_id, caller.expires_at) == ("local", START + 600_000)
    with pytest.raises(ProtocolError, match="not valid"):
        Tickets(bytes(31) + b"x", clock).read(ticket, "iv")


async def test_it_tells_no_name() -> None:
    ticket, _ = Tickets(bytes(32), FakeClock()).issue("mina@example.org", "iv", 60)
    assert ticket.isascii()
    assert ticket.replace("-", "").replace("_", "").isalnum()  # it needs no escaping in a URL
    assert "mina" not in ticket


async def test_it_works_where_nobody_signs_in(build: Build) -> None:
    house = await build()
    ticket = await bought(house)
    watching = await answer(house, "iv", ticket=ticket, role="observer")
    await watching.until("session.opened")
    await watching.connection.close()
    await refused(house, "two", ticket)


async def test_it_takes_no_place_of_its_owner(build: Build) -> None:
    clock = FakeClock()
    options = replace(OPTIONS, connections_per_user=1)
    house = await build(options, clock, by_secret(clock=clock))
    ticket = await bought(house)
    watching = await answer(house, "iv", ticket=ticket, role="observer")
    await watching.until("session.opened")
    another = await answer(house, "iv", ticket=ticket, role="observer")
    assert (await another.until("error"))["code"] == "overloaded"
    owner = await answer(house, "iv", token=signed(sub="local"))
    await owner.until("session.opened")
    await watching.connection.close()
    await owner.connection.close()


# --- what it doesn't do ------------------------------------------------------------------------


async def test_it_is_for_one_interview(build: Build) -> None:
    clock = FakeClock()
    house = await build(clock=clock, who=by_secret(clock=clock))
    await refused(house, "two", await bought(house))


@pytest.mark.parametrize("ticket", ["", "x", "é", "gAAAAA", "a" * 200, "=", "%00", "😀"])
async def test_a_forged_one_is_refused(build: Build, ticket: str) -> None:
    await refused(await build(who=by_secret(clock=FakeClock())), "iv", ticket)


async def test_a_changed_one_is_refused(build: Build) -> None:
    clock = FakeClock()
    house = await build(clock=clock, who=by_secret(clock=clock))
    ticket = await bought(house)
    for place in (1, 12, 40, len(ticket) // 2, len(ticket) - 10):
        other = "A" if ticket[place] != "A" else "B"
        with pytest.raises(ProtocolError, match="not valid"):
            house.tickets.read(ticket[:place] + other + ticket[place + 1 :], "iv")
    await refused(house, "iv", ticket[:-4])


async def test_a_token_is_no_ticket_and_a_ticket_no_token(build: Build) -> None:
    clock = FakeClock()
    house = await build(clock=clock, who=by_secret(clock=clock))
    await refused(house, "iv", signed(sub="local"))
    conversation = await answer(house, "iv", token=await bought(house), role="observer")
    assert await conversation.close_code() == 4401


async def test_it_doesnt_command(build: Build) -> None:
    clock = FakeClock()
    house = await build(clock=clock, who=by_secret(clock=clock))
    ticket = await bought(house)
    start = {"type": "interview.start", "id": "c1"}

    candidate = await answer(house, "iv", ticket=ticket)
    assert (await candidate.until("error"))["code"] == "forbidden"
    assert await candidate.close_code() == 4403

    watching = await answer(house, "iv", ticket=ticket, role="observer")
    await watching.until("session.opened")
    await watching.send(**start)
    error = await watching.until("error")
    assert (error["re"], error["code"]) == ("c1", "forbidden")
    await watching.connection.close()

    async with house.client() as client:
        path = "/v1/interviews/iv/commands"
        posted = await client.post(path, params={"ticket": ticket}, json=start)
        assert (posted.status_code, posted.json()["code"]) == (403, "forbidden")
        forged = await client.post(path, params={"ticket": "x"}, json=start, headers=OWNER)
        assert forged.status_code == 401
    assert house.store.commits == []


# --- its end -----------------------------------------------------------------------------------


async def test_its_connections_end_with_it(build: Build) -> None:
    clock = FakeClock()
    house = await build(clock=clock, who=by_secret(clock=clock))
    ticket = await bought(house, expires_in_s=60)
    watching = await answer(house, "iv", ticket=ticket, role="observer")
    await watching.until("session.opened")
    async with house.client() as client, events(client, "iv", params={"ticket": ticket}) as stream:
        assert (await stream.block()).event == "session.opened"
        clock.advance(58)
        await watching.send(type="ping", nonce=1)
        await watching.until("pong")
        clock.advance(3)
        assert await watching.close_code() == 4401
        assert {block.event for block in await stream.rest()} <= {None}
    await refused(house, "iv", ticket)


# --- the secret --------------------------------------------------------------------------------


def test_a_secret_is_kept_and_is_nobody_elses(tmp_path: Path) -> None:
    path = tmp_path / "not" / "there" / "yet"
    made = kept_secret(path)
    assert len(made) == KEY_BYTES
    assert kept_secret(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]
    assert kept_secret(tmp_path / "another") != made
