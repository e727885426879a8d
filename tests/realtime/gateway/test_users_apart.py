"""Users kept apart at the edge: whatever one tries, another's interview, awake or asleep, is one
that isn't there (`protocol.md` 7, 8). It is also found out in the same way, so that the time it
takes tells nothing: storage is asked the same, and finds as much. `tests/load/apart.py` measures
that time.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, get_args

import httpx
import pytest
from sqlalchemy import Engine, event

from protocol.commands import Command
from realtime.settings import Settings
from storage.interviews import StoredInterviews
from tests.realtime.gateway.strangers import COMMANDS, MISSING, ONE, REQUESTS, address
from tests.realtime.gateway.test_http import SHORT
from tests.realtime.serving import Running, house, new_user, serving

pytestmark = pytest.mark.anyio


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
    """Of those that name an interview; `test_documents.py` tries those that name a document."""
    routes = [route for route in server.application.routes if ONE in getattr(route, "path", "")]
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
    return await client.request(method, address(path, interview), **rest)


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


@contextmanager
def statements() -> Iterator[list[tuple[str, int]]]:
    """What storage is asked from here on, and how many rows each finds."""
    asked: list[tuple[str, int]] = []

    def note(connection: object, cursor: Any, statement: str, *rest: object) -> None:
        asked.append((statement, cursor.rowcount))

    event.listen(Engine, "after_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "after_cursor_execute", note)


async def test_over_http_storage_is_asked_the_same_as_of_one_that_isnt_there(owned: Owned) -> None:
    async with owned.running.client() as stranger:
        for method, path, rest in REQUESTS:
            with statements() as theirs:
                await asked(stranger, method, path, owned.id, rest)
            with statements() as nobodys:
                await asked(stranger, method, path, MISSING, rest)
            assert theirs == nobodys, (method, path, rest)
            # Whose it is to be, and whether it is there.
            assert len(theirs) == 2, (method, path, rest)


@pytest.mark.parametrize("role", ["candidate", "observer"])
async def test_over_a_websocket_storage_is_asked_the_same_too(owned: Owned, role: str) -> None:
    user = new_user()
    said = []
    for interview in (owned.id, MISSING):
        conversation = await owned.running.connect(interview)
        with statements() as found:
            await conversation.send(type="session.open", id="o", token=user, role=role)
            await conversation.until("error")
        await conversation.close_code()
        said.append(found)
    theirs, nobodys = said
    assert theirs == nobodys
    assert len(theirs) == 2


async def test_a_full_server_tells_a_stranger_of_none(interviews: StoredInterviews) -> None:
    """Whether an interview is among those that are awake is nobody's business."""
    async with serving(house(interviews), Settings(max_interviews=1)) as full:
        user = new_user()
        async with full.client(user) as client:
            awake, asleep = [
                (await client.post("/v1/interviews", json=SHORT)).json()["id"] for _ in range(2)
            ]
        conversation = await full.open(user, awake)
        command = {"json": {"type": "interview.start", "id": "stranger"}}
        async with full.client() as stranger:
            told = [
                await asked(stranger, "POST", ONE + "/commands", interview, command)
                for interview in (awake, asleep, MISSING)
            ]
        await conversation.connection.close()
    assert [response.json()["code"] for response in told] == ["overloaded"] * 3
    assert len({response.content for response in told}) == 1


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
