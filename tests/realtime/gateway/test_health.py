"""Alive is one thing, ready another."""

import pytest

from tests.realtime.fakes import interview
from tests.realtime.gateway.test_http import SHORT, problem
from tests.realtime.memory import MemoryStorage
from tests.realtime.serving import doesnt_answer, house, serving

pytestmark = pytest.mark.anyio


async def test_health_is_told_apart_from_readiness() -> None:
    async with serving(house(MemoryStorage())) as running, running.client() as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).json() == {"status": "ready"}
        await running.application.drain()
        assert (await client.get("/healthz")).status_code == 200
        response = await client.get("/readyz")
        assert (response.status_code, response.json()["reason"]) == (503, "the server is draining")


async def test_a_server_without_its_database_is_not_ready() -> None:
    parts = house(MemoryStorage(), ping=doesnt_answer)
    async with serving(parts) as running, running.client() as client:
        assert (await client.get("/healthz")).status_code == 200
        response = await client.get("/readyz")
        assert response.status_code == 503
        assert response.json()["reason"] == "the database doesn't answer"


async def test_a_server_that_drains_takes_no_new_interview() -> None:
    storage = MemoryStorage(interview())
    async with serving(house(storage)) as running, running.client("local") as client:
        await running.application.drain()
        problem(await client.post("/v1/interviews", json=SHORT), 503, "draining")
        assert (await client.get("/v1/interviews/iv")).status_code == 200
