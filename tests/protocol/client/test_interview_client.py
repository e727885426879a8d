"""The client that an application uses, against a scripted server of WebSockets."""

import asyncio
import itertools
from dataclasses import replace

import pytest

from protocol.client.data import Replaced, Update
from protocol.client.errors import RefusedError, StoppedError, TooManyInFlightError
from protocol.client.in_flight import MOST_IN_FLIGHT
from protocol.client.interview_client import MOST_UNREAD, GetToken, InterviewClient
from protocol.commands import AudioStart, InterviewPause, InterviewStart
from protocol.events import InterviewStarted, Logged, Notice
from tests.protocol.client.scripted import AT_ONCE, WITHIN_S, Peer, websocket_server

pytestmark = pytest.mark.anyio

START = InterviewStart("a")
STARTED = {"type": "interview.started", "remaining_ms": None}


def client(url: str, get_token: GetToken | None = None) -> InterviewClient:
    return InterviewClient(url, "i1", get_token=get_token, around=AT_ONCE)


def tokens() -> GetToken:
    """Gives `t1`, `t2`, …"""
    numbers = itertools.count(1)

    async def get_token() -> str:
        return f"t{next(numbers)}"

    return get_token


async def all_of(each: InterviewClient) -> list[Update]:
    async with asyncio.timeout(WITHIN_S):
        return [update async for update in each]


async def stays_open(peer: Peer) -> None:
    await peer.open(snapshot={})
    await peer.gone()


async def test_gives_what_happens_until_the_end() -> None:
    async def scene(peer: Peer) -> None:
        opening = await peer.open(seq=4, snapshot={})
        assert opening == {"type": "session.open", "id": "open-1", "role": "candidate"}
        await peer.say(STARTED | {"seq": 5})
        await peer.close(1000)

    async with websocket_server(scene) as url, client(url) as each:
        updates = await all_of(each)
        assert [type(update) for update in updates] == [Replaced, Logged]
        assert updates[1] == Logged(1, 5, 1_000, InterviewStarted(None))
        assert (each.view.seq, each.view.interview.phase) == (5, "asking")
        assert each.limits.max_answer_chars == 10_000
        assert each.capabilities is not None


async def test_comes_back_where_it_was_and_sends_again_what_was_not_acknowledged() -> None:
    async def first(peer: Peer) -> None:
        await peer.open(snapshot={})
        assert await peer.take() == {"type": "interview.start", "id": "a"}
        await peer.say(STARTED | {"seq": 1})
        peer.cut()

    async def second(peer: Peer) -> None:
        opening = await peer.open(seq=1)
        assert opening["resume"] == {"epoch": 1, "seq": 1}
        assert await peer.take() == {"type": "interview.start", "id": "a"}
        await peer.say({"type": "ack", "re": "a", "seq": 1, "repeated": True})
        await peer.gone()

    async with websocket_server(first, second) as url, client(url) as each:
        async with asyncio.timeout(WITHIN_S):
            ack = await each.submit(START)
        assert ack.repeated
        assert each.view.seq == 1


async def test_a_refusal_is_raised() -> None:
    async def scene(peer: Peer) -> None:
        await peer.open(snapshot={})
        await peer.take()
        await peer.say({"type": "error", "re": "a", "code": "wrong_phase"})
        await peer.gone()

    async with websocket_server(scene) as url, client(url) as each:
        with pytest.raises(RefusedError) as caught:
            await each.submit(START)
        assert caught.value.error.code == "wrong_phase"


async def test_who_stops_waiting_may_wait_again() -> None:
    waited = asyncio.Event()

    async def scene(peer: Peer) -> None:
        await peer.open(snapshot={})
        assert (await peer.take())["id"] == "a"
        await waited.wait()
        await peer.say({"type": "ack", "re": "a"})
        await peer.gone()

    async with websocket_server(scene) as url, client(url) as each:
        first = asyncio.create_task(each.submit(START))
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        again = asyncio.create_task(each.submit(START))
        also = asyncio.create_task(each.submit(START))
        with pytest.raises(ValueError, match="another command with the id 'a'"):
            await each.submit(InterviewPause("a"))
        waited.set()
        assert await again == await also


async def test_leaving_says_goodbye_and_abandons() -> None:
    codes: list[int | None] = []

    async def scene(peer: Peer) -> None:
        await peer.open(snapshot={})
        codes.append(await peer.gone())

    async with websocket_server(scene) as url:
        async with client(url) as each:
            waiting = asyncio.create_task(each.submit(START))
            await asyncio.sleep(0)
        with pytest.raises(StoppedError) as caught:
            await waiting
        assert caught.value.stopped.action == "left"
        assert await all_of(each) != []
    assert codes == [1000]


async def test_leaves_no_task_behind() -> None:
    async with websocket_server(stays_open) as url:
        before = asyncio.all_tasks()
        async with client(url):
            assert asyncio.all_tasks() > before
        names = {task.get_coro() for task in asyncio.all_tasks() - before}
        assert not any("InterviewClient" in repr(name) for name in names)


async def test_a_refused_opening_is_raised_where_one_enters() -> None:
    async def scene(peer: Peer) -> None:
        await peer.take()
        await peer.say({"type": "error", "re": "open-1", "code": "not_found"})
        await peer.close(4404)

    async with websocket_server(scene) as url:
        with pytest.raises(StoppedError, match=r"No\.") as caught:
            async with client(url):
                raise AssertionError("there is nothing to enter")
        assert caught.value.stopped.code == 4404


async def test_a_stop_later_on_is_raised_where_one_iterates() -> None:
    async def scene(peer: Peer) -> None:
        await peer.open(snapshot={})
        await peer.close(4409)

    async with websocket_server(scene) as url, client(url) as each:
        with pytest.raises(StoppedError) as caught:
            await all_of(each)
        assert (caught.value.stopped.action, caught.value.stopped.code) == ("stop", 4409)


async def test_a_token_that_ran_out_is_renewed() -> None:
    async def first(peer: Peer) -> None:
        assert (await peer.open(snapshot={}))["token"] == "t1"
        await peer.close(4401)

    async def second(peer: Peer) -> None:
        opening = await peer.open()
        assert (opening["token"], opening["resume"]) == ("t2", {"epoch": 1, "seq": 0})
        await peer.close(1000)

    async with websocket_server(first, second) as url, client(url, tokens()) as each:
        await all_of(each)


async def test_what_get_token_raises_ends_the_client() -> None:
    async def get_token() -> str:
        raise LookupError("signed out")

    with pytest.raises(LookupError, match="signed out"):
        async with client("http://127.0.0.1:1", get_token):
            raise AssertionError("there is nothing to enter")


async def test_what_get_token_raises_later_ends_it_too() -> None:
    given = ["t1"]

    async def get_token() -> str:
        return given.pop()

    async def scene(peer: Peer) -> None:
        await peer.open(snapshot={})
        await peer.close(4401)

    async with websocket_server(scene) as url, client(url, get_token) as each:
        with pytest.raises(IndexError):
            await all_of(each)
        with pytest.raises(IndexError):
            await each.submit(START)


async def test_nobody_there_is_told_with_the_reason() -> None:
    # Within it the first attempt at least comes to its end.
    around = replace(AT_ONCE, open_within_s=3, chance=lambda: 0.9)
    with pytest.raises(TimeoutError, match="no session") as caught:
        async with InterviewClient("http://127.0.0.1:1", "i1", around=around):
            raise AssertionError("there is nothing to enter")
    assert "connect" in str(caught.value.__cause__).lower()


async def test_an_application_that_is_slow_is_told_that_it_missed_something() -> None:
    many = MOST_UNREAD + 10

    async def scene(peer: Peer) -> None:
        await peer.open(snapshot={})
        for seq in range(1, many + 1):
            await peer.say({"type": "notice", "seq": seq, "code": "x", "message": "y"})
        await peer.take()
        await peer.say({"type": "ack", "re": "a"})
        await peer.close(1000)

    async with websocket_server(scene) as url, client(url) as each:
        # It takes nothing, and the acknowledgement comes all the same.
        async with asyncio.timeout(WITHIN_S):
            await each.submit(START)
        updates = await all_of(each)
        assert len(updates) < MOST_UNREAD
        assert isinstance(updates[0], Replaced)
        begin = updates[0].view.seq
        rest = [update.seq for update in updates if isinstance(update, Logged)]
        assert rest == list(range(begin + 1, many + 1))


async def test_silence_is_asked_about() -> None:
    async def scene(peer: Peer) -> None:
        await peer.open(snapshot={}, heartbeat_ms=10)
        assert await peer.take() == {"type": "ping"}
        await peer.say({"type": "pong", "nonce": None})
        assert await peer.take() == {"type": "ping"}
        await peer.close(1000)

    async with websocket_server(scene) as url, client(url) as each:
        await all_of(each)


async def test_a_nudge_asks_at_once() -> None:
    async def scene(peer: Peer) -> None:
        await peer.open(snapshot={})
        assert await peer.take() == {"type": "ping"}
        await peer.close(1000)

    async with websocket_server(scene) as url, client(url) as each:
        each.nudge()
        await all_of(each)


async def test_a_spoken_answer_is_heard() -> None:
    pcm = bytes(range(200)) * 32

    async def scene(peer: Peer) -> None:
        await peer.open(snapshot={"phase": "answering", "turns": [{}]})
        start = await peer.take()
        assert (start["type"], start["sample_rate"]) == ("audio.start", 16_000)
        await peer.say({"type": "ack", "re": start["id"]})
        started = {"sample_rate": 16_000, "silence_ms": None, "review": False}
        await peer.say({"type": "audio.started", "seq": 1, "turn": 1, **started})
        heard = b""
        while len(heard) < len(pcm):
            frame = await peer.take()
            assert int.from_bytes(frame[:8], "big") == len(heard)
            heard += frame[8:]
        assert heard == pcm
        stop = await peer.take()
        assert (stop["type"], stop["turn"], stop["bytes"]) == ("audio.stop", 1, len(pcm))
        await peer.say({"type": "ack", "re": stop["id"]})
        await peer.gone()

    async with websocket_server(scene) as url, client(url) as each:
        async with asyncio.timeout(WITHIN_S):
            await each.submit(AudioStart(each.new_id(), 1, 16_000))
            for begin in range(0, len(pcm), 640):
                each.speak(1, pcm[begin : begin + 640])
            await each.stop_speaking(1)


async def test_a_connection_that_was_given_up_is_not_heard() -> None:
    async def first(peer: Peer) -> None:
        await peer.open(seq=4, snapshot={})
        await peer.say({"type": "server.draining", "reconnect_within_ms": 60_000})
        # A gap: the client turns away, and what comes after it is nobody's.
        await peer.say(STARTED | {"seq": 6})
        await peer.say({"type": "session.opened", "seq": 50, "snapshot": {}})
        await peer.gone()

    async def second(peer: Peer) -> None:
        assert (await peer.open(seq=4))["resume"] == {"epoch": 1, "seq": 4}
        await peer.close(1000)

    around = replace(AT_ONCE, chance=lambda: 0.9)
    async with (
        websocket_server(first, second) as url,
        InterviewClient(url, "i1", around=around) as each,
    ):
        assert len(await all_of(each)) == 1
        assert each.view.seq == 4


async def test_a_server_that_takes_nothing_is_left_for_another_connection() -> None:
    started = {"sample_rate": 48_000, "silence_ms": None, "review": False}
    back = asyncio.Event()
    ids: list[str] = []

    async def first(peer: Peer) -> None:
        await peer.open(snapshot={"phase": "answering", "turns": [{}]})
        start = await peer.take()
        ids.append(start["id"])
        await peer.say({"type": "ack", "re": start["id"]})
        await peer.say({"type": "audio.started", "seq": 1, "turn": 1, **started})
        assert (await peer.take())[:8] == bytes(8)
        # Asks for the same over and over, and reads none of it.
        for _ in range(200):
            gap = {"code": "audio_gap", "retryable": True, "details": {"received": 0}}
            await peer.say({"type": "error", "re": None, **gap})
        await back.wait()
        peer.cut()

    async def second(peer: Peer) -> None:
        back.set()
        progress = {"id": ids[0], "turn": 1, "received": 390_400, "bytes": None, "partial": ""}
        await peer.open(seq=1, audio=progress)
        assert await peer.take() == (390_400).to_bytes(8, "big") + bytes(9_600)
        await peer.close(1000)

    around = replace(AT_ONCE, close_within_s=0.05)
    async with (
        websocket_server(first, second) as url,
        InterviewClient(url, "i1", around=around) as each,
    ):
        await each.submit(AudioStart("a", 1, 48_000))
        each.speak(1, bytes(400_000))
        await all_of(each)


async def test_commands_in_flight_are_bounded() -> None:
    async with websocket_server(stays_open) as url, client(url) as each:
        waiting = [
            asyncio.create_task(each.submit(InterviewPause(f"c{number}")))
            for number in range(MOST_IN_FLIGHT)
        ]
        await asyncio.sleep(0)
        with pytest.raises(TooManyInFlightError):
            await each.submit(START)
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)


async def test_binary_frames_and_unknown_messages_are_passed_over() -> None:
    async def scene(peer: Peer) -> None:
        await peer.open(snapshot={})
        await peer.connection.send(b"\x00\x01")
        await peer.say({"type": "weather"})
        await peer.say({"type": "notice", "seq": 1, "code": "x", "message": "y"})
        await peer.close(1000)

    async with websocket_server(scene) as url, client(url) as each:
        assert (await all_of(each))[1:] == [Logged(1, 1, 1_000, Notice("x", "y"))]


@pytest.mark.parametrize("address", ["ws://viva.example", "viva.example", ""])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="http"):
        InterviewClient(address, "i1")


def test_there_is_no_view_before_a_session() -> None:
    with pytest.raises(RuntimeError, match="no session"):
        _ = client("http://127.0.0.1:1").view
