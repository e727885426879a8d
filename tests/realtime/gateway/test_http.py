"""`protocol.md` 9 over real sockets and a real database, as far as an interview goes."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from protocol.view import Config
from realtime.clock import SystemClock
from storage.interviews import StoredInterviews
from storage.records import Commit
from tests.realtime.fakes import interview
from tests.realtime.memory import MemoryStorage
from tests.realtime.serving import Running, house, new_user, serving
from tests.storage.made import finished_like

pytestmark = pytest.mark.anyio

SHORT = {"role": "backend", "questions": 1, "follow_ups": 0}


async def create(client: httpx.AsyncClient, **config: Any) -> dict[str, Any]:
    response = await client.post("/v1/interviews", json={**SHORT, **config})
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


async def finish(server: Running, user: str, name: str) -> None:
    """Take that interview, to its report."""
    conversation = await server.open(user, name)
    await conversation.send(type="interview.start", id="start")
    await conversation.until("question.completed")
    await conversation.send(type="answer.submit", id="answer", turn=1, text="I did <it>.")
    assert await conversation.close_code() == 1000


def problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The error, which is in the form of RFC 9457."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body.keys() == {"type", "title", "status", "detail", "code", "retryable", "details"}
    assert (body["status"], body["code"]) == (status, code)
    return body


# --- creating ----------------------------------------------------------------------------------


async def test_an_interview_is_created_with_defaults_filled(server: Running) -> None:
    async with server.client() as client:
        response = await client.post("/v1/interviews", json={"role": "backend"})
        assert response.status_code == 201
        made = response.json()
        assert made["phase"] == "created"
        assert made["config"]["questions"] == Config("backend").questions
        assert (made["epoch"], made["seq"], made["turns"]) == (1, 0, [])
        there = httpx.URL(f"{server.url}/v1/interviews").join(response.headers["location"])
        assert (await client.get(there)).json() == made


async def test_the_same_key_makes_the_same_interview_once(server: Running) -> None:
    async with server.client() as client:
        key = {"Idempotency-Key": "once"}
        first = await client.post("/v1/interviews", json=SHORT, headers=key)
        again = await client.post("/v1/interviews", json=SHORT, headers=key)
        assert (again.status_code, again.json()) == (201, first.json())
        assert len((await client.get("/v1/interviews")).json()["items"]) == 1
        other = await client.post("/v1/interviews", json={"role": "design"}, headers=key)
        problem(other, 409, "id_reused")


async def test_a_repeated_creation_tells_how_far_the_interview_has_come(server: Running) -> None:
    user = new_user()
    async with server.client(user) as client:
        key = {"Idempotency-Key": "once"}
        made = await client.post("/v1/interviews", json=SHORT, headers=key)
        await finish(server, user, made.json()["id"])
        again = (await client.post("/v1/interviews", json=SHORT, headers=key)).json()
        assert (again["phase"], again["epoch"]) == ("finished", 1)
        assert again["seq"] > 0


async def test_a_key_belongs_to_its_user(server: Running) -> None:
    key = {"Idempotency-Key": "once"}
    async with server.client() as one, server.client() as other:
        first = await one.post("/v1/interviews", json=SHORT, headers=key)
        second = await other.post("/v1/interviews", json=SHORT, headers=key)
        assert first.json()["id"] != second.json()["id"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("role", None),
        ("questions", 21),
        ("language", "fr"),
        ("time_limit_s", True),
        ("question_list", []),
        ("rival", "beginner"),
        ("models", ["a"]),
        ("document_ids", ["a"]),
    ],
)
async def test_a_wrong_config_is_refused_by_its_field(
    server: Running, field: str, value: object
) -> None:
    async with server.client() as client:
        response = await client.post("/v1/interviews", json={**SHORT, field: value})
        assert problem(response, 400, "malformed")["details"]["field"] == field


# --- reading -----------------------------------------------------------------------------------


async def test_anothers_interview_is_as_good_as_none(server: Running) -> None:
    async with server.client() as owner, server.client() as other:
        name = (await create(owner))["id"]
        bodies = []
        for path in (f"/v1/interviews/{name}", "/v1/interviews/none"):
            for suffix in ("", "/report", "/turns/1/words"):
                bodies.append(problem(await other.get(path + suffix), 404, "not_found"))
            bodies.append(problem(await other.delete(path), 404, "not_found"))
        assert all(body == bodies[0] for body in bodies)
        assert (await owner.get(f"/v1/interviews/{name}")).status_code == 200


async def test_an_interview_that_is_awake_is_told_of_as_it_is_now(server: Running) -> None:
    user = new_user()
    async with server.client(user) as client:
        name = (await create(client, time_limit_s=600))["id"]
        conversation = await server.open(user, name)
        await conversation.send(type="interview.start", id="start")
        asked = await conversation.until("question.completed")
        read = (await client.get(f"/v1/interviews/{name}")).json()
        assert (read["phase"], read["epoch"], read["seq"]) == ("answering", 1, asked["seq"])
        assert 0 < read["remaining_ms"] <= 600_000
        listed = (await client.get("/v1/interviews")).json()["items"][0]
        assert listed | {"remaining_ms": 0} == read | {"remaining_ms": 0}
        await conversation.connection.close()


async def test_reading_wakes_nothing(server: Running) -> None:
    user = new_user()
    async with server.client(user) as client:
        name = (await create(client))["id"]
        await client.get(f"/v1/interviews/{name}")
        await client.get("/v1/interviews")
        conversation = await server.open(user, name)
        snapshot = (await client.get(f"/v1/interviews/{name}")).json()
        assert snapshot["epoch"] == 1  # the first to wake it was the WebSocket
        await conversation.connection.close()


async def test_a_list_is_read_page_by_page(server: Running) -> None:
    async with server.client() as client:
        made = [(await create(client))["id"] for _ in range(3)]
        first = (await client.get("/v1/interviews", params={"limit": 2})).json()
        rest = (await client.get("/v1/interviews", params={"cursor": first["next_cursor"]})).json()
        assert [item["id"] for item in first["items"] + rest["items"]] == made[::-1]
        assert rest["next_cursor"] is None


async def test_what_is_left_of_the_time_is_told_as_of_now() -> None:
    """Time passes while an interview sleeps (`protocol.md` 5), and stands while it is paused."""
    now = SystemClock().now()
    view = interview().view
    paused = replace(view, interview=replace(view.interview, paused=True, remaining_ms=1_234))
    storage = MemoryStorage(interview("late"), interview("soon"), interview("paused"))
    storage.states["late"] = replace(interview("late"), deadline_at=now - 1)
    storage.states["soon"] = replace(interview("soon"), deadline_at=now + 600_000)
    storage.states["paused"] = replace(interview("paused"), view=paused)
    async with serving(house(storage)) as running, running.client(storage.user_id) as client:
        left = {
            name: (await client.get(f"/v1/interviews/{name}")).json()["remaining_ms"]
            for name in storage.states
        }
    assert (left["late"], left["paused"]) == (0, 1_234)
    assert 0 < left["soon"] <= 600_000


async def test_deleting_takes_everything(server: Running) -> None:
    user = new_user()
    async with server.client(user) as client:
        name = (await create(client))["id"]
        conversation = await server.open(user, name)
        await conversation.send(type="interview.start", id="start")
        await conversation.until("question.completed")
        deleted = await client.delete(f"/v1/interviews/{name}")
        assert (deleted.status_code, deleted.content) == (204, b"")
        assert await conversation.close_code() == 4404
        problem(await client.get(f"/v1/interviews/{name}"), 404, "not_found")
        problem(await client.delete(f"/v1/interviews/{name}"), 404, "not_found")


# --- words and report --------------------------------------------------------------------------


async def test_only_a_spoken_answer_has_words(server: Running) -> None:
    user = new_user()
    async with server.client(user) as client:
        name = (await create(client))["id"]
        await finish(server, user, name)
        problem(await client.get(f"/v1/interviews/{name}/turns/1/words"), 404, "not_found")


async def test_a_spoken_answers_words_are_told_its_user(
    server: Running, interviews: StoredInterviews
) -> None:
    user = new_user()
    async with server.client(user) as client, server.client() as other:
        name = (await create(client, questions=2))["id"]
        path = f"/v1/interviews/{name}/turns"
        problem(await client.get(f"{path}/1/words"), 404, "not_found")
        woken = await interviews.wake(user, name)
        assert woken is not None
        spoken = Commit(woken.state, finished_like(woken.state), woken.term, 9, None)
        await interviews.commit(spoken)
        told = await client.get(f"{path}/1/words")
        assert told.json() == [
            {"text": "I", "start_ms": 100, "end_ms": 250, "probability": 0.9},
            {"text": "did.", "start_ms": 300, "end_ms": 620, "probability": 0.85},
        ]
        for turn in (0, 2, 3, 2**31, 10**30):
            problem(await client.get(f"{path}/{turn}/words"), 404, "not_found")
        problem(await other.get(f"{path}/1/words"), 404, "not_found")


async def test_words_of_an_interview_that_is_awake(server: Running) -> None:
    user = new_user()
    async with server.client(user) as client:
        name = (await create(client))["id"]
        conversation = await server.open(user, name)
        refused = problem(
            await client.get(f"/v1/interviews/{name}/turns/1/words"), 404, "not_found"
        )
        assert refused["detail"] == "Only a spoken answer has words."
        await conversation.connection.close()


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (None, "application/json"),
        ("application/json", "application/json"),
        ("text/markdown", "text/markdown"),
        ("text/markdown;q=0.9, application/json;q=0.1", "text/markdown"),
        ("image/png, */*;q=0.1", "application/json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("application/pdf, text/html;q=0.5", "application/pdf"),
    ],
)
async def test_a_report_comes_as_it_is_asked_for(
    server: Running, accept: str | None, content_type: str
) -> None:
    user = new_user()
    async with server.client(user) as client:
        name = (await create(client))["id"]
        await finish(server, user, name)
        del client.headers["accept"]
        headers = {} if accept is None else {"Accept": accept}
        response = await client.get(f"/v1/interviews/{name}/report", headers=headers)
        assert response.headers["content-type"].partition(";")[0] == content_type
        assert "Accept" in response.headers["vary"]
        if content_type == "application/json":
            read = (await client.get(f"/v1/interviews/{name}")).json()
            assert response.json() == read["report"]
        elif content_type == "text/markdown":
            assert response.text.startswith("# Interview report: Backend engineer\n")
            assert "> I did &lt;it&gt;." in response.text
        elif content_type == "text/html":
            assert '<h1 dir="auto">Interview report: Backend engineer</h1>' in response.text
            assert "I did &lt;it&gt;." in response.text
        else:
            assert response.content.startswith(b"%PDF-")


async def test_other_media_types_are_refused(server: Running) -> None:
    user = new_user()
    async with server.client(user) as client:
        name = (await create(client))["id"]
        headers = {"Accept": "image/png, text/plain"}
        response = await client.get(f"/v1/interviews/{name}/report", headers=headers)
        kinds = ["application/json", "text/markdown", "text/html", "application/pdf"]
        known = {"media_types": kinds}
        assert problem(response, 406, "not_acceptable")["details"] == known


async def test_there_is_no_report_before_the_end(server: Running) -> None:
    async with server.client() as client:
        name = (await create(client))["id"]
        response = await client.get(f"/v1/interviews/{name}/report")
        details = problem(response, 409, "wrong_phase")["details"]
        assert details == {"phase": "created", "paused": False}


# --- what the server tells of itself -----------------------------------------------------------


async def test_capabilities_and_rubric_need_no_token(server: Running) -> None:
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        told = (await client.get("/v1/capabilities")).json()
        assert (told["voice"], told["languages"], told["models"]) == (False, ["en", "ko"], [])
        assert told["voice_unavailable"]
        assert told["limits"]["max_frame_bytes"] == 65_536
        rubric = (await client.get("/v1/rubric")).json()
        assert rubric["languages"].keys() == {"en", "ko"}
        for competencies in rubric["languages"].values():
            assert all(len(each["scores"]) == rubric["max"] + 1 for each in competencies)
