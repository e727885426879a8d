"""A whole interview through the real gateway, over a road that is cut again and again: every answer
is there once, every event was told once, and the client holds what the server holds.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from protocol.client.data import Replaced, Update
from protocol.client.interview_client import InterviewClient
from protocol.commands import AnswerSubmit, Command, InterviewStart
from protocol.events import AnswerAccepted, Logged
from protocol.messages import Ack
from protocol.view import Interview
from realtime.clock import SystemClock
from tests.protocol.client.road import Road
from tests.protocol.client.scripted import AT_ONCE
from tests.realtime.gateway.house import OPTIONS, GatewayHouse, eventually

pytestmark = pytest.mark.anyio

WITHIN_S = 60.0


@dataclass
class Journal:
    """What a client was told, with what must never happen checked on the way."""

    updates: list[Update] = field(default_factory=list)
    position: tuple[int, int] = (0, 0)

    def note(self, update: Update) -> None:
        self.updates.append(update)
        if isinstance(update, Replaced):
            self.position = (update.view.epoch, update.view.seq)
        elif isinstance(update, Logged):
            assert (update.epoch, update.seq) == (self.position[0], self.position[1] + 1)
            self.position = (update.epoch, update.seq)

    def answers(self) -> list[int]:
        events = [update.event for update in self.updates if isinstance(update, Logged)]
        return [event.turn for event in events if isinstance(event, AnswerAccepted)]


def move(interview: Interview) -> Command | None:
    """What a candidate does next. The same move has the same id, so that it can be made again."""
    if interview.phase == "created":
        return InterviewStart("start")
    if interview.phase == "answering":
        turn = len(interview.turns)
        return AnswerSubmit(f"answer-{turn}", turn, f"Answer {turn}: {'word ' * 50}")
    return None


async def take(road: Road, *, cut_every: int) -> tuple[Journal, list[Ack], InterviewClient]:
    """Take the interview to its end; after every so many updates the road is cut."""
    journal, acks = Journal(), []
    async with (
        asyncio.timeout(WITHIN_S),
        InterviewClient(road.url, "iv", around=AT_ONCE) as client,
    ):
        async for update in client:
            journal.note(update)
            if cut_every and len(journal.updates) % cut_every == 0:
                road.cut()
            command = move(client.view.interview)
            if command is not None:
                acks.append(await client.submit(command))
    return journal, acks, client


@asynccontextmanager
async def a_road() -> AsyncIterator[tuple[GatewayHouse, Road]]:
    opened = GatewayHouse.open(OPTIONS, SystemClock())
    async with opened as house, Road(house.host).open() as road:
        yield house, road


def assert_whole(house: GatewayHouse, journal: Journal, client: InterviewClient) -> None:
    """The client holds what the server holds, and the server holds every answer, once."""
    actor = house.directory.awake("local", "iv")
    assert actor is not None
    theirs = actor.snapshot()
    ours = client.view
    assert (ours.epoch, ours.seq) == (theirs.epoch, theirs.seq)
    assert replace(ours.interview, remaining_ms=None) == replace(
        theirs.interview, remaining_ms=None
    )
    assert ours.interview.phase == "finished"
    turns = ours.interview.turns
    assert [turn.answer for turn in turns] == [
        f"Answer {turn.turn}: {'word ' * 50}" for turn in turns
    ]
    assert sorted(set(journal.answers())) == sorted(journal.answers())
    assert set(house.store.receipts["iv"]) == {"start", *(f"answer-{turn.turn}" for turn in turns)}


@pytest.mark.parametrize("blocked", [False, True], ids=["websocket", "events"])
@pytest.mark.parametrize("cut_every", [0, 1, 2, 3, 5])
async def test_it_is_taken_to_its_end(blocked: bool, cut_every: int) -> None:
    async with a_road() as (house, road):
        road.blocked = blocked
        journal, acks, client = await take(road, cut_every=cut_every)
        assert_whole(house, journal, client)
        assert {ack.re for ack in acks} == {"start", "answer-1", "answer-2"}
        assert not cut_every or road.travelled > 3


async def test_it_goes_on_over_an_event_stream_and_back() -> None:
    async with a_road() as (house, road):
        journal = Journal()
        async with (
            asyncio.timeout(WITHIN_S),
            InterviewClient(road.url, "iv", around=AT_ONCE) as client,
        ):
            async for update in client:
                journal.note(update)
                if len(journal.updates) % 4 == 0:
                    road.blocked = not road.blocked
                    road.cut()
                command = move(client.view.interview)
                if command is not None:
                    await client.submit(command)
        assert_whole(house, journal, client)


async def submit_while_storage_fails(
    house: GatewayHouse, road: Road, client: InterviewClient, command: Command
) -> None:
    """The actor ends, and the client comes back to another one."""
    travelled = road.travelled
    house.store.fails = True
    submitting = asyncio.create_task(client.submit(command))
    await eventually(lambda: road.travelled > travelled)
    house.store.fails = False
    await submitting


async def test_it_survives_its_actors() -> None:
    """Storage fails at every command: a new epoch begins each time, and the command counts once."""
    async with a_road() as (house, road):
        journal = Journal()
        async with (
            asyncio.timeout(WITHIN_S),
            InterviewClient(road.url, "iv", around=AT_ONCE) as client,
        ):
            async for update in client:
                journal.note(update)
                command = move(client.view.interview)
                if command is not None and command.id not in house.store.receipts["iv"]:
                    await submit_while_storage_fails(house, road, client, command)
        assert_whole(house, journal, client)
        assert client.view.epoch >= 4
