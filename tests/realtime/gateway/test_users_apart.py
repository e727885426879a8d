"""Users kept apart at the edge: whatever one tries, another's interview, awake or asleep, is one
that isn't there (`protocol.md` 7, 8).
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, get_args

import httpx
import pytest

from protocol.commands import Command
from tests.realtime.gateway.test_http import SHORT
from tests.realtime.serving import Running, new_user

pytestmark = pytest.mark.anyio

MISSING = "bm90aGluZyBoZXJl"

COMMANDS: dict[str, dict[str, Any]] = {
    "interview.start": {},
    "interview.pause": {},
    "interview.resume": {},
    "interview.finish": {},
    "answer.submit": {"turn": 1, "text": "Someone else's words."},
    "audio.start": {"turn": 1, "sample_rate": 16_000},
    "audio.stop": {"turn": 1, "bytes": 0},
    "audio.cancel": {"turn": 1},
    "question.skip": {"turn": 1},
    "hint.request": {"turn": 1},
    "generation.cancel": {"turn": 1, "what": "hint"},
    "generation.retry": {},
}

ONE = "/v1/interviews/{id}"
# Every request that names an interview, by method and path; some in more than one way.
REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", ONE, {}),
    ("HEAD", ONE, {}),
    ("DELETE", ONE, {}),
    ("GET", ONE + "/turns/{turn:int}/words", {}),
    ("GET", ONE + "/report", {}),
    ("GET", ONE + "/report", {"headers": {"Accept": "image/png"}}),
    ("POST", ONE + "/tickets", {"json": {}}),
    ("GET", ONE + "/events", {}),
    ("HEAD", ONE + "/events", {}),
    ("GET", ONE + "/events", {"params": {"last_event_id": "1:0"}}),
    *(
        ("POST", ONE + "/commands", {"json": {"type": name, "id": "stranger", **fields}})
        for name, fields in COMMANDS.items()
    ),
]


@dataclass(frozen=True)
class Owned:
    """An interview and its owner."""

    running: Running
    user: str
    id: str

    async def seen(self) -> dict[str, Any]:
        """What the owner sees of it."""
        async with self.running.client(self.user) as client:
            found: dict[str, Any] = (await client.get(f"/v1/interviews/{self.id}")).json()
            return found


@pytest.fixture(params=["asleep", "awake"])
async def owned(server: Running, request: pytest.FixtureRequest) -> AsyncIterator[Owned]:
    """Of a user who isn't connected; or who is, in the middle of it."""
    user = new_user()
    async with server.client(user) as client:
        made = (await client.post("/v1/interviews", json=SHORT)).json()["id"]
    if request.param == "asleep":
        yield Owned(server, user, made)
        return
    conversation = await server.open(user, made)
    await conversation.send(type="interview.start", id="start")
    await conversation.until("ack")
    await conversation.until("question.completed")
    yield Owned(server, user, made)
    await conversation.connection.close()


def test_every_command_is_tried() -> None:
    assert COMMANDS.keys() == {command.TYPE for command in get_args(Command)}


async def test_every_route_is_tried(server: Running) -> None:
    routes = [route for route in server.application.routes if "{id}" in getattr(route, "path", "")]
    found = {
        (method, route.path)  # type: ignore[attr-defined]  # all of them have paths
        for route in routes
        for method in getattr(route, "methods", None) or {"WebSocket"}
    }
    tried = {(method, path) for method, path, _ in REQUESTS}
    # HEAD is GET without its body, wherever there is one.
    assert {each for each in found if each[0] != "HEAD"} == {
        ("WebSocket", ONE + "/ws"),
        *(each for each in tried if each[0] != "HEAD"),
    }


async def test_over_http_it_isnt_there(owned: Owned) -> None:
    before = await owned.seen()
    async with owned.running.client() as stranger:
        for method, path, rest in REQUESTS:
            theirs = await asked(stranger, method, path, owned.id, rest)
            nobodys = await asked(stranger, method, path, MISSING, rest)
            assert theirs.status_code == 404, (method, path)
            if method != "HEAD":
                assert theirs.json()["code"] == "not_found"
            assert theirs.content == nobodys.content, (method, path)
            assert headers(theirs) == headers(nobodys), (method, path)
        assert owned.id not in (await stranger.get("/v1/interviews")).text
    assert await owned.seen() == before


async def asked(
    client: httpx.AsyncClient, method: str, path: str, interview: str, rest: dict[str, Any]
) -> httpx.Response:
    there = path.replace("{id}", interview).replace("{turn:int}", "1")
    return await client.request(method, there, **rest)


def headers(response: httpx.Response) -> dict[str, str]:
    """All of them but the time."""
    return {name: value for name, value in response.headers.items() if name != "date"}


@pytest.mark.parametrize("role", ["candidate", "observer"])
async def test_over_a_websocket_it_isnt_there(owned: Owned, role: str) -> None:
    before = await owned.seen()
    user = new_user()
    said = []
    for interview in (owned.id, MISSING):
        conversation = await owned.running.connect(interview)
        await conversation.send(type="session.open", id="o", token=user, role=role)
        said.append((await conversation.until("error"), await conversation.close_code()))
    theirs, nobodys = said
    assert theirs == nobodys
    assert (theirs[0]["code"], theirs[1]) == ("not_found", 4404)
    assert await owned.seen() == before


async def test_a_key_is_its_users_own(server: Running) -> None:
    """Idempotency keys are per user: another's key brings nothing of theirs."""
    key = {"Idempotency-Key": "same"}
    made = []
    for _ in range(2):
        async with server.client() as client:
            response = await client.post("/v1/interviews", json=SHORT, headers=key)
            assert response.status_code == 201
            made.append(response.json()["id"])
    assert made[0] != made[1]


async def test_a_ticket_leads_to_no_other_interview_of_its_owner(owned: Owned) -> None:
    async with owned.running.client(owned.user) as client:
        bought = await client.post(f"/v1/interviews/{owned.id}/tickets", json={})
        other = (await client.post("/v1/interviews", json=SHORT)).json()["id"]
    ticket = bought.json()["ticket"]
    for interview in (other, MISSING):
        conversation = await owned.running.connect(interview)
        await conversation.send(type="session.open", id="o", ticket=ticket, role="observer")
        assert (await conversation.until("error"))["code"] == "unauthenticated"
        assert await conversation.close_code() == 4401


async def test_a_ticket_to_what_was_deleted_leads_nowhere(server: Running) -> None:
    async with server.client() as client:
        made = (await client.post("/v1/interviews", json=SHORT)).json()["id"]
        ticket = (await client.post(f"/v1/interviews/{made}/tickets", json={})).json()["ticket"]
        assert (await client.delete(f"/v1/interviews/{made}")).status_code == 204
        gone = await client.get(f"/v1/interviews/{made}/events", params={"ticket": ticket})
        assert gone.status_code == 404
