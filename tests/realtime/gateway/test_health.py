"""Alive is one thing, ready another."""

import asyncio

import httpx
import pytest
from starlette.applications import Starlette

from realtime.gateway.health import Health
from storage.records import StorageUnavailable
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


class Stalled:
    """Storage that answers once it is let."""

    def __init__(self) -> None:
        self.asked = 0
        self.answers = asyncio.Event()
        self.away = False

    async def ping(self) -> None:
        self.asked += 1
        await self.answers.wait()
        if self.away:
            raise StorageUnavailable("nobody there")


async def test_a_stalled_database_is_asked_by_one_at_a_time_and_holds_up_nobody() -> None:
    storage = Stalled()
    app = Starlette(routes=Health(storage.ping, within_s=0.01).routes())
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://viva"
    ) as client:
        for _ in range(3):
            polls = await asyncio.gather(*(client.get("/readyz") for _ in range(10)))
            assert {poll.status_code for poll in polls} == {503}
        assert storage.asked == 1
        storage.answers.set()
        assert (await client.get("/readyz")).status_code == 200
        assert (await client.get("/readyz")).status_code == 200
        storage.away = True
        assert (await client.get("/readyz")).status_code == 503


async def test_a_server_that_drains_takes_no_new_interview() -> None:
    storage = MemoryStorage(interview())
    async with serving(house(storage)) as running, running.client("local") as client:
        await running.application.drain()
        problem(await client.post("/v1/interviews", json=SHORT), 503, "draining")
        assert (await client.get("/v1/interviews/iv")).status_code == 200
