"""Spoken answers over a real socket (`protocol.md` 6): frames, gaps, and what interrupts them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from protocol.effects import Stopped
from tests.realtime.fakes import FakeClock
from tests.realtime.gateway.speaking import AUDIO, PIECE, WORDS, codes, told
from tests.realtime.gateway.test_websocket import close_code, opened, receive, send, until
from tests.realtime.hearing import cannot_hear, frame, words_of

if TYPE_CHECKING:
    from tests.realtime.gateway.conftest import Build, Speaking

pytestmark = pytest.mark.anyio


# --- an answer ------------------------------------------------------------------------------------


async def test_an_answer_is_spoken_and_accepted(speaking: Speaking) -> None:
    speaker = await speaking()
    await speaker.say()
    await speaker.stop()
    messages = await until(speaker.connection, "answer.accepted")
    accepted, transcript = messages[-1], messages[-2]
    assert transcript["type"] == "transcript.completed"
    assert transcript["text"] == accepted["text"] == WORDS
    assert (accepted["source"], accepted["delivery"]["pace"]) == ("voice", 120.0)
    assert messages[0]["type"] == "audio.stopped"
    assert (messages[0]["bytes"], messages[0]["reason"]) == (len(AUDIO), "requested")


async def test_pieces_twice_and_overlapping_are_the_same_answer(speaking: Speaking) -> None:
    speaker = await speaking()
    for begin, end in ((0, 2_000), (1_000, 3_000), (0, 640), (2_500, 9_000), (9_000, 9_000)):
        await speaker.connection.send(frame(begin, AUDIO[begin:end]))
    await speaker.say(8_960)
    await speaker.stop()
    assert (await speaker.answered())["text"] == WORDS


async def test_the_largest_frame_is_taken(speaking: Speaking) -> None:
    speaker = await speaking()
    await speaker.connection.send(frame(0, bytes(65_536 - 8)))
    await speaker.received(65_528)
    await speaker.connection.send(frame(65_528, bytes(65_536 - 6)))
    assert await close_code(speaker.connection) == 1009


# --- how much is there ----------------------------------------------------------------------------


async def test_how_much_is_there_is_said_at_least_once_a_second(speaking: Speaking) -> None:
    clock = FakeClock()
    speaker = await speaking(clock)
    await speaker.say(0, 3_200)
    assert told(await speaker.until_pong()) == [640]
    clock.advance(1)
    await speaker.say(3_200, 6_400)
    assert told(await speaker.until_pong()) == [3_840]
    # What is there already is no reason to keep silent.
    clock.advance(1)
    await speaker.say(0, 1_280)
    assert told(await speaker.until_pong()) == [6_400]


async def test_much_at_once_is_said_sooner(speaking: Speaking) -> None:
    speaker = await speaking(FakeClock())
    for offset in range(0, 200_000, 20_000):
        await speaker.connection.send(frame(offset, bytes(20_000)))
    assert told(await speaker.until_pong()) == [20_000, 100_000, 180_000]


async def test_the_last_byte_is_said(speaking: Speaking) -> None:
    speaker = await speaking(FakeClock())
    speaker.listener.held = asyncio.Event()
    await speaker.say(0, 3_200)
    await speaker.stop()
    await speaker.say(3_200)
    messages = await speaker.until_pong()
    assert told(messages)[-1] == len(AUDIO)
    assert all(message["turn"] == 1 for message in messages if message["type"] == "audio.received")


async def test_only_the_sender_is_told(speaking: Speaking) -> None:
    speaker = await speaking()
    observer, _ = await opened(speaker.house, role="observer")
    await speaker.say()
    await speaker.stop()
    kinds = {message["type"] for message in await until(observer, "answer.accepted")}
    assert "audio.received" not in kinds
    assert "audio.stopped" in kinds


# --- what is wrong with a frame -------------------------------------------------------------------


async def test_a_gap_is_told_once_until_it_is_closed(speaking: Speaking) -> None:
    speaker = await speaking()
    await speaker.say(0, 1_280)
    await speaker.say(1_920, 4_480)
    (error,) = [each for each in await speaker.until_pong() if each["type"] == "error"]
    assert (error["code"], error["re"]) == ("audio_gap", None)
    assert (error["details"], error["retryable"]) == ({"received": 1_280}, True)
    await speaker.say(1_280, 2_560)
    await speaker.say(5_120)
    (error,) = [each for each in await speaker.until_pong() if each["type"] == "error"]
    assert error["details"] == {"received": 2_560}
    await speaker.say(2_560)
    await speaker.stop()
    assert (await speaker.answered())["text"] == WORDS


@pytest.mark.parametrize("wrong", [frame(0, b"odd"), b"short", frame(1, b"odd!")])
async def test_half_a_sample_is_refused_and_the_answer_goes_on(
    speaking: Speaking, wrong: bytes
) -> None:
    speaker = await speaking()
    await speaker.connection.send(wrong)
    assert codes(await speaker.until_pong()) == ["audio_format"]
    await speaker.say()
    await speaker.stop()
    assert (await speaker.answered())["text"] == WORDS


async def test_an_observers_frame_is_forbidden(speaking: Speaking) -> None:
    speaker = await speaking()
    observer, _ = await opened(speaker.house, role="observer")
    await observer.send(frame(0, AUDIO))
    error = await receive(observer)
    assert (error["code"], error["re"]) == ("forbidden", None)
    assert speaker.listener.newest.received == 0


async def test_no_answer_is_open_before_and_after(speaking: Speaking) -> None:
    speaker = await speaking()
    await speaker.do("audio.cancel", turn=1)
    await speaker.say(0, 640)
    assert codes(await speaker.until_pong()) == ["audio_not_open"]
    await speaker.start()
    await speaker.say()
    await speaker.stop()
    await until(speaker.connection, "question.completed")
    await speaker.say(0, 640)
    assert codes(await speaker.until_pong()) == ["audio_not_open"]


# --- its end --------------------------------------------------------------------------------------


async def test_stopped_with_fewer_bytes_the_rest_is_dropped(speaking: Speaking) -> None:
    speaker = await speaking()
    await speaker.say()
    await speaker.stop(6_400)
    assert (await speaker.answered())["text"] == words_of(AUDIO[:6_400])


async def test_stopped_with_more_bytes_the_server_asks_for_them(speaking: Speaking) -> None:
    speaker = await speaking()
    await speaker.say(0, 6_400)
    assert (await speaker.stop())["type"] == "ack"
    messages = await speaker.until_pong()
    (error,) = [each for each in messages if each["type"] == "error"]
    assert (error["code"], error["re"], error["details"]) == (
        "audio_gap",
        None,
        {"received": 6_400},
    )
    await speaker.say(6_400, len(AUDIO))
    await speaker.say(len(AUDIO), len(AUDIO) + PIECE)
    assert (await speaker.answered())["text"] == WORDS


async def test_stopped_over_http_the_one_who_speaks_is_asked(speaking: Speaking) -> None:
    speaker = await speaking()
    await speaker.say(0, 6_400)
    await speaker.received(6_400)
    stop = {"type": "audio.stop", "id": "v2", "turn": 1, "bytes": len(AUDIO)}
    async with speaker.house.client() as client:
        for _ in range(2):
            response = await client.post("/v1/interviews/iv/commands", json=stop)
            assert response.status_code == 200
    (error,) = [each for each in await speaker.until_pong() if each["type"] == "error"]
    assert (error["code"], error["re"]) == ("audio_gap", None)
    assert error["details"] == {"received": 6_400}
    await speaker.say(6_400)
    assert (await speaker.answered())["text"] == WORDS


async def test_frames_beyond_the_end_are_dropped(speaking: Speaking) -> None:
    speaker = await speaking()
    speaker.listener.held = asyncio.Event()
    await speaker.stop(6_400)
    await speaker.say()
    assert codes(await speaker.until_pong()) == ["audio_gap"]
    assert speaker.listener.newest.received == 6_400
    speaker.listener.release()
    assert (await speaker.answered())["text"] == words_of(AUDIO[:6_400])


async def test_frames_that_come_late_after_the_server_ended_it(speaking: Speaking) -> None:
    speaker = await speaking()
    await speaker.say(0, 6_400)
    await speaker.received(6_400)
    speaker.listener.newest.says(lambda work: Stopped(work, 6_400, "silence"))
    messages = await until(speaker.connection, "question.completed")
    (stopped,) = [each for each in messages if each["type"] == "audio.stopped"]
    assert (stopped["bytes"], stopped["reason"]) == (6_400, "silence")
    await speaker.say(6_400)
    assert await speaker.until_pong() == []
    assert (await speaker.stop())["type"] == "ack"


async def test_an_answer_as_long_as_it_may_be(speaking: Speaking) -> None:
    speaker = await speaking(most_bytes=6_400)
    await speaker.say()
    assert codes(await speaker.until_pong()) == []
    assert speaker.listener.newest.received == 6_400
    await speaker.stop()
    assert (await speaker.answered())["text"] == words_of(AUDIO[:6_400])


async def test_cancelled_and_begun_again(speaking: Speaking) -> None:
    speaker = await speaking()
    await speaker.say(0, 6_400)
    await speaker.do("audio.cancel", turn=1)
    await speaker.start()
    await speaker.say()
    await speaker.stop()
    assert (await speaker.answered())["text"] == WORDS


async def test_while_one_speaks_the_interview_cant_be_paused(speaking: Speaking) -> None:
    speaker = await speaking()
    error = await speaker.do("interview.pause")
    assert error["code"] == "wrong_phase"
    assert error["details"] == {"phase": "listening", "paused": False}


async def test_what_cant_be_heard_is_told_and_answered_in_text(speaking: Speaking) -> None:
    speaker = await speaking()
    await speaker.say(0, 6_400)
    speaker.listener.newest.breaks(cannot_hear())
    messages = await until(speaker.connection, "audio.cancelled")
    assert (messages[-2]["type"], messages[-2]["code"]) == ("notice", "speech_failed")
    await speaker.say(6_400)
    assert codes(await speaker.until_pong()) == []
    assert (await speaker.stop())["type"] == "ack"
    await speaker.do("answer.submit", turn=1, text="By hand.")


async def test_without_a_voice_none_is_begun(build: Build) -> None:
    house = await build()
    connection, _ = await opened(house)
    await send(connection, {"type": "interview.start", "id": "c1"})
    await until(connection, "question.completed")
    start = {"type": "audio.start", "id": "v1", "turn": 1, "sample_rate": 16_000}
    await send(connection, start)
    assert (await receive(connection))["code"] == "voice_unavailable"
