"""Every error over HTTP is a problem of RFC 9457, whoever finds it (`protocol.md` 7)."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.datastructures import Headers
from structlog.testing import capture_logs

from protocol.errors import ERRORS, ProtocolError
from realtime.gateway.problems import Problem
from realtime.settings import Settings
from storage.database import Database
from storage.records import StorageUnavailable
from tests.realtime.fakes import interview
from tests.realtime.gateway.test_http import SHORT, problem
from tests.realtime.memory import MemoryStorage
from tests.realtime.serving import Running, house, new_user, serving
from tests.storage.migrated import overseer as overseer

pytestmark = pytest.mark.anyio

ORIGIN = "https://elsewhere.example"


@pytest.mark.parametrize("code", ERRORS)
def test_a_problem_says_what_the_table_says(code: str) -> None:
    error = Problem(ProtocolError(code, "A sentence.", details={"field": "x"}))
    assert error.status_code == ERRORS[code].status
    assert error.media_type == "application/problem+json"
    assert b'"detail":"A sentence."' in bytes(error.body)
    assert b'"details":{"field":"x"}' in bytes(error.body)
    assert ("www-authenticate" in Headers(raw=error.raw_headers)) == (code == "unauthenticated")


async def test_a_path_that_leads_nowhere(server: Running) -> None:
    async with server.client() as client:
        for path in (
            "/nowhere",
            "/v1",
            "/v1/",
            "/v1/interviews/",
            "/v1/interviews/x/turns/y/words",
        ):
            for method in ("GET", "POST", "DELETE"):
                problem(await client.request(method, path), 404, "not_found")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/interviews", {"GET", "HEAD", "POST"}),
        ("/v1/interviews/x", {"GET", "HEAD", "DELETE"}),
        ("/v1/rubric", {"GET", "HEAD"}),
        ("/readyz", {"GET", "HEAD"}),
        ("/", {"GET", "HEAD"}),
    ],
)
async def test_a_method_that_isnt_for_the_path(
    server: Running, path: str, allowed: set[str]
) -> None:
    async with server.client() as client:
        response = await client.put(path)
        problem(response, 405, "malformed")
        assert set(response.headers["allow"].split(", ")) == allowed


async def test_storage_that_doesnt_answer() -> None:
    storage = MemoryStorage()
    async with serving(house(storage)) as running, running.client("local") as client:
        storage.raises = StorageUnavailable("the address of the database")
        for response in (
            await client.get("/v1/interviews/iv"),
            await client.post("/v1/interviews", json=SHORT),
            await client.delete("/v1/interviews/iv"),
        ):
            body = problem(response, 503, "storage_unavailable")
            assert body["retryable"]
            assert "address" not in response.text


async def test_what_is_no_interview_is_told_of_in_the_log_alone(
    server: Running, overseer: Database
) -> None:
    """And it can be deleted."""
    user = new_user()
    async with server.client(user) as client:
        name = (await client.post("/v1/interviews", json=SHORT)).json()["id"]

        async def damage(connection: AsyncConnection) -> None:
            spoil = "UPDATE interviews SET config = config - 'role' WHERE id = :name"
            await connection.execute(text(spoil), {"name": name})

        await overseer.write("", damage)
        path = f"/v1/interviews/{name}"
        start = {"type": "interview.start", "id": "start"}
        for method, asked, body in (
            ("GET", path, None),
            ("GET", "/v1/interviews", None),
            ("GET", f"{path}/report", None),
            ("GET", f"{path}/events", None),
            ("POST", f"{path}/tickets", {}),
            ("POST", f"{path}/commands", start),
        ):
            with capture_logs() as logs:
                response = await client.request(method, asked, json=body)
            told = problem(response, 500, "internal")
            assert told["detail"].startswith("What is stored can't be read")
            assert "role" not in response.text
            assert [entry["event"] for entry in logs] == ["corrupt_record"]
            assert logs[0]["reason"].startswith(f"interview {name}: ")
        conversation = await server.connect(name)
        await conversation.send(type="session.open", id="o", token=user)
        error = await conversation.until("error")
        assert (error["code"], error["re"]) == ("internal", "o")
        assert await conversation.close_code() == 1011
        assert (await client.delete(path)).status_code == 204
        problem(await client.get(path), 404, "not_found")


async def test_a_defect_is_logged_and_tells_the_client_nothing() -> None:
    storage = MemoryStorage(interview())
    parts, settings = house(storage), Settings(allowed_origins=frozenset({ORIGIN}))
    async with serving(parts, settings) as running, running.client("local") as client:
        storage.raises = ZeroDivisionError("a secret of the house")
        with capture_logs() as logs:
            response = await client.get("/v1/interviews/iv", headers={"Origin": ORIGIN})
        body = problem(response, 500, "internal")
        assert body["retryable"]
        assert "secret" not in response.text
        # A page of another origin can read it.
        assert response.headers["access-control-allow-origin"] == ORIGIN
        assert [entry["event"] for entry in logs] == ["request_failed"]
        # The connection is as good as before.
        storage.raises = None
        assert (await client.get("/v1/interviews/iv")).status_code == 200
