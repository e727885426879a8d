"""`/v1/progress` over real sockets: whose scores, in pages, and what is refused."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from protocol.view import PastScore
from realtime.clock import SystemClock
from realtime.interviewer.offline.interviewer import OfflineInterviewer
from realtime.ports import StorageUnavailable
from storage.database import Database
from storage.interviews import StoredInterviews
from storage.progress import StoredProgress
from tests.realtime.gateway.test_http import problem
from tests.realtime.memory import MemoryProgress
from tests.realtime.serving import Running, house, new_user, serving

pytestmark = pytest.mark.anyio

PATH = "/v1/progress"
SCORES = [PastScore(f"iv{n // 2}", 1_790_000_000_000 - n, "AB"[n % 2], n / 2, 5) for n in range(5)]
ANSWER = (
    "The weekly report was late, so I measured every step first. I rewrote one query and added an "
    "index, and the run went from 95 minutes to 6."
)
TOLD = [{name: getattr(each, name) for name in PastScore.__slots__} for each in SCORES]


@dataclass
class Server:
    """A server, and the scores that it has: `mina`'s."""

    running: Running
    progress: MemoryProgress


@pytest.fixture(scope="module")
async def server(
    interviews: StoredInterviews, anyio_backend: tuple[str, dict[str, bool]]
) -> AsyncIterator[Server]:
    progress = MemoryProgress({"mina": SCORES})
    async with serving(replace(house(interviews), progress=progress)) as running:
        yield Server(running, progress)


async def test_scores_come_with_what_they_are_of(server: Server) -> None:
    async with server.running.client("mina") as client:
        response = await client.get(PATH)
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
    assert response.json() == {"items": TOLD, "next_cursor": None}


async def test_pages_follow_one_another(server: Server) -> None:
    found, asked = [], {"limit": "2"}
    async with server.running.client("mina") as client:
        while True:
            page = (await client.get(PATH, params=asked)).json()
            found.append(len(page["items"]))
            if page["next_cursor"] is None:
                break
            asked["cursor"] = page["next_cursor"]
    assert found == [2, 2, 1]


async def test_whoever_has_finished_nothing_has_none(server: Server) -> None:
    async with server.running.client() as client:
        assert (await client.get(PATH)).json() == {"items": [], "next_cursor": None}


async def test_without_a_token_there_is_nothing(server: Server) -> None:
    async with httpx.AsyncClient(base_url=server.running.url, trust_env=False) as client:
        problem(await client.get(PATH), 401, "unauthenticated")


@pytest.mark.parametrize("limit", ["0", "101", "x", "-1", ""])
async def test_a_limit_that_is_none(server: Server, limit: str) -> None:
    async with server.running.client("mina") as client:
        problem(await client.get(PATH, params={"limit": limit}), 400, "malformed")


async def test_it_is_only_read(server: Server) -> None:
    async with server.running.client("mina") as client:
        assert (await client.post(PATH)).status_code == 405


async def test_storage_that_is_away_is_told_of(server: Server) -> None:
    server.progress.raises = StorageUnavailable("away")
    async with server.running.client("mina") as client:
        problem(await client.get(PATH), 503, "storage_unavailable")
    server.progress.raises = None


# --- over the database ---------------------------------------------------------------------------


async def finish(running: Running, user: str) -> dict[str, Any]:
    """An interview of that user's, answered and finished, as it is told."""
    asked = {"role": "backend", "questions": 1, "follow_ups": 0, "feedback": "each"}
    async with running.client(user) as client:
        made = (await client.post("/v1/interviews", json=asked)).json()["id"]
        conversation = await running.open(user, made)
        await conversation.send(type="interview.start", id="start")
        await conversation.until("question.completed")
        await conversation.send(type="answer.submit", id="a", turn=1, text=ANSWER)
        await conversation.until("report.completed")
        await conversation.connection.close()
        told: dict[str, Any] = (await client.get(f"/v1/interviews/{made}")).json()
        return told


async def test_what_an_interview_s_report_scored(
    database: Database, interviews: StoredInterviews
) -> None:
    """Finished, it is there; deleted, it is gone; and it is nobody else's."""
    user = new_user()
    interviewer = OfflineInterviewer(SystemClock(), seed=1, pace=0)
    progress = StoredProgress(database)
    parts = replace(house(interviews), interviewer=interviewer, progress=progress)
    async with serving(parts) as running:
        told = await finish(running, user)
        expected = [
            {
                "interview": told["id"],
                "finished_at": told["finished_at"],
                **{name: each[name] for name in ("competency", "score", "max")},
            }
            for each in told["report"]["competencies"]
            if each["score"] is not None
        ]
        assert expected
        async with running.client(user) as client, running.client() as other:
            assert (await client.get(PATH)).json()["items"] == expected
            assert (await other.get(PATH)).json()["items"] == []
            problem(await client.get(PATH, params={"cursor": "x"}), 400, "malformed")
            await client.delete(f"/v1/interviews/{told['id']}")
            assert (await client.get(PATH)).json()["items"] == []
