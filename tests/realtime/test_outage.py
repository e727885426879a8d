"""PostgreSQL goes away under the running server, as seen from outside: whoever asks is told so in
bounded time, streams go on, it recovers by itself, nothing acknowledged is lost or there twice.

How long what may take follows from `VIVA_DATABASE_WITHIN_S`: nothing here waits on a chain of more
than a few of its bounds.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from protocol.client.connection import Surroundings
from protocol.client.errors import RefusedError
from protocol.client.interview_client import InterviewClient
from protocol.commands import AnswerSubmit, Command, InterviewStart
from protocol.view import View
from realtime.app import house
from realtime.settings import Settings
from tests.protocol.client.test_whole_interview import Journal, move
from tests.realtime.fakes import ScriptedInterviewer
from tests.realtime.gateway.streams import Stream, events
from tests.realtime.gateway.test_http import create, problem
from tests.realtime.outages import Outage, Postgres
from tests.realtime.serving import NamedByToken, Running, new_user, serving

pytestmark = pytest.mark.anyio

DATABASE_WITHIN_S = 4.0
BOUND_S = 8 * DATABASE_WITHIN_S
# Comes back soon, and not at once: a server is down for a while.
SOON = Surroundings(proxy=False, chance=lambda: 0.05)
WORDS = ("One ", "two ", "three.")
ANSWER = {"type": "answer.submit", "id": "answer", "turn": 1, "text": "I measured first."}

AWAY: dict[str, Outage] = {
    "stopped": Postgres.stopped,
    "stalled": Postgres.stalled,
    "full": Postgres.full,
}
EVERY = {**AWAY, "restarted": Postgres.restarted}


class Talkers:
    """An interviewer for each interview, so that one can be held up alone."""

    models = ("scripted",)

    def __init__(self) -> None:
        self._each: dict[str, ScriptedInterviewer] = {}

    def converse(self, user_id: str, interview_id: str) -> ScriptedInterviewer:
        return self._each.setdefault(interview_id, ScriptedInterviewer(words=WORDS))


@dataclass(frozen=True)
class Place:
    """A server, and the PostgreSQL below it."""

    postgres: Postgres
    talkers: Talkers
    running: Running

    def client(self, user: str) -> httpx.AsyncClient:
        """Who asks as `user`, and waits no longer than anybody should have to."""
        client = self.running.client(user)
        client.timeout = BOUND_S
        return client

    def candidate(self, user: str, interview: str) -> InterviewClient:
        async def token() -> str:
            return user

        return InterviewClient(self.running.url, interview, get_token=token, around=SOON)


@pytest.fixture(scope="module")
async def postgres(
    tmp_path_factory: pytest.TempPathFactory, anyio_backend: tuple[str, dict[str, bool]]
) -> AsyncIterator[Postgres]:
    postgres = Postgres(tmp_path_factory.mktemp("postgres"))
    await postgres.start()
    yield postgres
    await postgres.stop()


@pytest.fixture
async def place(postgres: Postgres, tmp_path: Path) -> AsyncIterator[Place]:
    """The real parts, but for the interviewer and the sign-in."""
    settings = Settings(data_dir=tmp_path, database_within_s=DATABASE_WITHIN_S)
    url = postgres.url.render_as_string(hide_password=False)
    async with house(settings, url) as parts:
        talkers = Talkers()
        parts = replace(parts, interviewer=talkers, authenticator=NamedByToken())
        async with serving(parts, settings) as running:
            yield Place(postgres, talkers, running)


@pytest.fixture(params=AWAY)
def outage(request: pytest.FixtureRequest) -> Outage:
    return AWAY[request.param]


@pytest.fixture(params=EVERY)
def any_outage(request: pytest.FixtureRequest) -> Outage:
    return EVERY[request.param]


# --- who asks ------------------------------------------------------------------------------------


async def ready(client: httpx.AsyncClient) -> None:
    """Wait until the server is ready, by asking it again and again."""
    async with asyncio.timeout(BOUND_S):
        while (response := await client.get("/readyz")).status_code != 200:
            assert response.status_code == 503
            await asyncio.sleep(0.02)


async def assert_not_ready(client: httpx.AsyncClient) -> None:
    response = await client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"status": "not ready", "reason": "the database doesn't answer"}
    assert (await client.get("/healthz")).status_code == 200


async def refused(answering: Awaitable[httpx.Response]) -> None:
    assert problem(await answering, 503, "storage_unavailable")["retryable"]


async def acked(client: httpx.AsyncClient, path: str, command: dict[str, Any]) -> dict[str, Any]:
    """Send `command` until it is acknowledged."""
    async with asyncio.timeout(BOUND_S):
        while (response := await client.post(path, json=command)).status_code != 200:
            problem(response, 503, "storage_unavailable")
            await asyncio.sleep(0.02)
    found: dict[str, Any] = response.json()
    return found


async def answering(place: Place, user: str, interview: str) -> Any:
    """That interview over a WebSocket, with its first question asked."""
    conversation = await place.running.open(user, interview)
    await conversation.send(type="interview.start", id="start")
    await conversation.until("question.completed")
    return conversation


async def assert_opening_is_refused(place: Place, user: str, interview: str) -> None:
    conversation = await place.running.connect(interview)
    await conversation.send(type="session.open", id="o", token=user)
    error = await conversation.until("error")
    assert (error["code"], error["re"], error["retryable"]) == ("storage_unavailable", "o", True)
    assert await conversation.close_code() == 1013


# --- while it is away ----------------------------------------------------------------------------


async def test_a_command_is_refused_and_counts_once_when_it_is_sent_again(
    place: Place, outage: Outage
) -> None:
    user = new_user()
    async with place.client(user) as client:
        name = (await create(client))["id"]
        path = f"/v1/interviews/{name}/commands"
        conversation = await answering(place, user, name)
        async with outage(place.postgres):
            async with asyncio.timeout(BOUND_S):
                await conversation.send(**ANSWER)
                error = await conversation.until("error")
            assert (error["code"], error["re"]) == ("storage_unavailable", ANSWER["id"])
            assert error["retryable"]
            await refused(client.post(path, json=ANSWER))
            await assert_not_ready(client)
        await ready(client)
        await acked(client, path, ANSWER)
        assert (await acked(client, path, ANSWER))["repeated"]
        problem(await client.post(path, json={**ANSWER, "text": "Else."}), 409, "id_reused")
        assert await (await place.running.open(user, name)).close_code() == 1000
        interview = (await client.get(f"/v1/interviews/{name}")).json()
        assert [turn["answer"] for turn in interview["turns"]] == [ANSWER["text"]]
        assert interview["phase"] == "finished"
        assert await place.postgres.receipts(name) == ["answer", "start"]
        await conversation.connection.close()


async def test_whatever_needs_the_database_says_that_it_is_away(
    place: Place, outage: Outage
) -> None:
    user = new_user()
    async with place.client(user) as client:
        awake, asleep = (await create(client))["id"], (await create(client))["id"]
        conversation = await answering(place, user, awake)
        path = f"/v1/interviews/{asleep}"
        start = {"type": "interview.start", "id": "start"}
        async with outage(place.postgres):
            await asyncio.gather(
                refused(client.get("/v1/interviews")),
                refused(client.post("/v1/interviews", json={"role": "backend"})),
                refused(client.get(path)),
                refused(client.get(f"{path}/report")),
                refused(client.get(f"{path}/turns/1/words")),
                refused(client.post(f"{path}/tickets", json={})),
                refused(client.post(f"{path}/commands", json=start)),
                refused(client.get(f"{path}/events")),
                refused(client.delete(path)),
                refused(client.delete(f"/v1/interviews/{awake}")),
                assert_opening_is_refused(place, user, asleep),
            )
            # What an actor knows needs no database.
            read = await client.get(f"/v1/interviews/{awake}")
            assert (read.status_code, read.json()["phase"]) == (200, "answering")
            await assert_not_ready(client)
        await ready(client)
        listed = (await client.get("/v1/interviews")).json()["items"]
        assert [item["id"] for item in listed] == [asleep, awake]
        # Nobody was told that it was deleted.
        await conversation.send(type="ping", nonce="n")
        assert (await conversation.until("pong"))["nonce"] == "n"
        await conversation.connection.close()


async def test_who_finds_no_free_connection_is_told_so_too(place: Place) -> None:
    """Transactions that wait for another take up the server's own connections."""
    user = new_user()
    async with place.client(user) as client:
        name = (await create(client))["id"]
        async with place.postgres.locked():
            asking = (client.get(f"/v1/interviews/{name}") for _ in range(40))
            await asyncio.gather(*(refused(each) for each in asking))
        await ready(client)
        assert (await client.get(f"/v1/interviews/{name}")).status_code == 200


def asked(view: View) -> str | None:
    """The first question, once it is whole."""
    return view.interview.turns[0].question


def heard(text: str) -> Callable[[View], bool]:
    """Whether that much has come of the first question, which is still under way."""

    def so_far(view: View) -> bool:
        stream = view.stream("question", 1)
        return stream is not None and stream.text == text

    return so_far


async def hear(stream: Stream, text: str) -> None:
    """Read that much more of the first question, and nothing else."""
    said = ""
    while said != text:
        event = (await stream.block()).json
        assert event["type"] == "question.delta"
        said += event["text"]
        assert text.startswith(said)


async def seen(client: InterviewClient, journal: Journal, what: Callable[[View], bool]) -> None:
    """Read until what the client sees is so."""
    async with asyncio.timeout(BOUND_S):
        while not what(client.view):
            journal.note(await anext(client))


async def test_a_stream_goes_on_and_ends_afterwards(place: Place, outage: Outage) -> None:
    """For whoever looks on over an event stream too."""
    user, journal = new_user(), Journal()
    async with place.client(user) as http:
        name = (await create(http))["id"]
        talker = place.talkers.converse(user, name)
        talker.stepwise = True
        async with place.candidate(user, name) as client:
            await client.submit(InterviewStart("start"))
            talker.go(2)
            await seen(client, journal, heard(WORDS[0]))
            async with events(http, name) as stream:
                assert (await stream.block()).event == "session.opened"
                async with outage(place.postgres):
                    await assert_not_ready(http)
                    talker.go(1)
                    await seen(client, journal, heard("".join(WORDS[:2])))
                    await hear(stream, WORDS[1])
                    talker.go(2)
                    await seen(client, journal, heard("".join(WORDS)))
                    await hear(stream, WORDS[2])
                    # Its end comes before this, and can't be stored either.
                    pause = {"type": "interview.pause", "id": "pause"}
                    await refused(http.post(f"/v1/interviews/{name}/commands", json=pause))
                    assert asked(client.view) is None
            talker.stepwise = False
            talker.go(100)
            await seen(client, journal, lambda view: view.interview.phase == "answering")
            assert asked(client.view) == "".join(WORDS)
            await client.submit(AnswerSubmit("answer", 1, "I measured first."))
            with suppress(StopAsyncIteration):
                await seen(client, journal, lambda view: False)
            assert client.view.interview.report is not None
        assert await place.postgres.receipts(name) == ["answer", "start"]


# --- whole interviews ----------------------------------------------------------------------------


@dataclass
class Candidate:
    """Takes an interview to its report. The second answer is given when it is told to."""

    client: InterviewClient
    go_on: asyncio.Event
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    journal: Journal = field(default_factory=Journal)
    given: list[str] = field(default_factory=list)

    async def take(self) -> None:
        async with self.client as client:
            async for update in client:
                self.journal.note(update)
                command = move(client.view.interview)
                if command is None or command.id in self.given:
                    continue
                if command.id == "answer-2":
                    self.waiting.set()
                    await self.go_on.wait()
                await self._give(command)

    async def _give(self, command: Command) -> None:
        """As often as it takes, by the same id."""
        while command.id not in self.given:
            try:
                await self.client.submit(command)
            except RefusedError as refusal:
                assert refusal.error.code == "storage_unavailable"
            else:
                self.given.append(command.id)


async def test_every_interview_under_way_comes_to_its_report(
    place: Place, any_outage: Outage
) -> None:
    user, go_on = new_user(), asyncio.Event()
    async with place.client(user) as http:
        await ready(http)
        names = [(await create(http, questions=3))["id"] for _ in range(6)]
        candidates = [Candidate(place.candidate(user, name), go_on) for name in names]
        async with asyncio.TaskGroup() as tasks, asyncio.timeout(60):
            for each in candidates:
                tasks.create_task(each.take())
            for each in candidates:
                await each.waiting.wait()
            async with any_outage(place.postgres):
                go_on.set()
                if any_outage is not Postgres.restarted:
                    await assert_not_ready(http)
                    assert not any("answer-2" in each.given for each in candidates)
        for name, each in zip(names, candidates, strict=True):
            assert each.given == ["start", "answer-1", "answer-2", "answer-3"]
            assert sorted(set(each.journal.answers())) == sorted(each.journal.answers())
            assert await place.postgres.receipts(name) == sorted(each.given)
            interview = (await http.get(f"/v1/interviews/{name}")).json()
            assert (interview["phase"], len(interview["turns"])) == ("finished", 3)
            assert interview["report"] is not None
            for turn in interview["turns"]:
                assert turn["answer"].startswith(f"Answer {turn['turn']}:")
                assert len(turn["feedback"]) == 1
