"""A spoken answer whose connection drops, or whose server goes, in the middle of it."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from protocol.effects import Heard
from tests.realtime.gateway.house import eventually
from tests.realtime.gateway.speaking import AUDIO, PIECE, WORDS
from tests.realtime.gateway.streams import events
from tests.realtime.gateway.test_websocket import close_code, until

if TYPE_CHECKING:
    from tests.realtime.gateway.conftest import Speaking

pytestmark = pytest.mark.anyio

STOP = {"type": "audio.stop", "id": "stop", "turn": 1, "bytes": len(AUDIO)}


def progress(received: int, length: int | None = None, partial: str = "") -> dict[str, Any]:
    """What `session.opened.audio` is to say; the speaker's first command began the answer."""
    return {"id": "s1", "turn": 1, "received": received, "bytes": length, "partial": partial}


# --- connections that go --------------------------------------------------------------------------


@pytest.mark.parametrize("resumes", [False, True])
async def test_a_new_connection_is_told_from_where_to_send(
    speaking: Speaking, resumes: bool
) -> None:
    speaker = await speaking()
    await speaker.say(0, 6_400)
    speaker.listener.newest.says(lambda work: Heard(work, 0, "So far", 0))
    partial = (await until(speaker.connection, "transcript.partial"))[-1]
    await speaker.received(6_400)
    await speaker.connection.close()
    position = {"epoch": partial["epoch"], "seq": partial["seq"]}
    message = await speaker.connect(position if resumes else None)
    assert message["resumed"] is resumes
    assert message["audio"] == progress(6_400, partial="So far")
    await speaker.say(6_400)
    await speaker.stop()
    assert (await speaker.answered())["text"] == WORDS


async def test_after_the_stop_a_new_connection_is_told_how_many_bytes_there_are(
    speaking: Speaking,
) -> None:
    speaker = await speaking()
    await speaker.say(0, 6_400)
    await speaker.stop()
    await speaker.connection.close()
    message = await speaker.connect()
    assert message["snapshot"]["phase"] == "transcribing"
    assert message["audio"] == progress(6_400, len(AUDIO))
    await speaker.say(6_400)
    assert (await speaker.answered())["text"] == WORDS
    assert "audio" not in await speaker.connect()


async def test_an_event_stream_tells_it_too(speaking: Speaking) -> None:
    speaker = await speaking()
    await speaker.say(0, 6_400)
    await speaker.received(6_400)
    log = speaker.house.log("iv")
    async with speaker.house.client() as client:
        for after in (None, f"{log.epoch}:{log.head}"):
            async with events(client, "iv", after) as stream:
                message = (await stream.block()).json
            assert message["resumed"] is (after is not None)
            assert message["audio"] == progress(6_400)


async def test_another_candidate_takes_over_in_the_middle(speaking: Speaking) -> None:
    speaker = await speaking()
    before = speaker.connection
    await speaker.say(0, 6_400)
    await speaker.received(6_400)
    message = await speaker.connect()
    assert message["audio"]["received"] == 6_400
    assert await close_code(before) == 4409
    await speaker.say(6_400)
    await speaker.stop()
    assert (await speaker.answered())["text"] == WORDS


@pytest.mark.parametrize("seed", range(20))
async def test_dropped_anywhere_the_answer_is_the_same(speaking: Speaking, seed: int) -> None:
    """Cut without a word in the middle of it, and gone on with from where the server has it."""
    chance = Random(seed)
    speaker = await speaking()
    sent = PIECE * chance.randrange(len(AUDIO) // PIECE + 1)
    await speaker.say(0, sent)
    stopped = chance.random() < 0.3
    if stopped:
        await speaker.stop()
    speaker.connection.transport.abort()
    message = await speaker.connect()
    if message["snapshot"]["phase"] in ("listening", "transcribing"):
        await speaker.say(message["audio"]["received"])
        if not stopped:
            await speaker.stop()
    log = speaker.house.log("iv")
    await eventually(lambda: any(b"answer.accepted" in each for each in log.read(0, 1_000)))
    (accepted,) = [each for each in log.read(0, 1_000) if b'"answer.accepted"' in each]
    assert json.loads(accepted)["text"] == WORDS


# --- servers that go ------------------------------------------------------------------------------


@pytest.mark.parametrize("audio_first", [False, True])
async def test_a_commit_of_unknown_outcome_costs_the_audio_a_second_sending(
    speaking: Speaking, audio_first: bool
) -> None:
    speaker = await speaking()
    await speaker.say(0, 6_400)
    await speaker.received(6_400)
    store = speaker.house.store
    store.fails = True
    error = await speaker.command(STOP)
    assert (error["code"], error["retryable"]) == ("storage_unavailable", True)
    assert await close_code(speaker.connection) == 4104
    store.fails = False
    message = await speaker.connect({"epoch": 1, "seq": 0})
    assert (message["epoch"], message["resumed"]) == (2, False)
    assert message["snapshot"]["phase"] == "listening"
    assert message["audio"] == progress(0)
    if audio_first:
        await speaker.say()
    ack = await speaker.command(STOP)
    assert ack["repeated"] is False
    if not audio_first:
        await speaker.say()
    assert (await speaker.answered())["text"] == WORDS


async def test_a_stop_that_was_acked_stands_in_a_new_epoch(speaking: Speaking) -> None:
    speaker = await speaking()
    await speaker.say(0, 6_400)
    await speaker.command(STOP)
    store = speaker.house.store
    store.fails = True
    await speaker.do("audio.cancel", turn=1)
    assert await close_code(speaker.connection) == 4104
    store.fails = False
    message = await speaker.connect()
    assert message["epoch"] == 2
    assert message["audio"] == progress(0, len(AUDIO))
    # Sent again all the same, it is acked as known, and the audio is asked for.
    ack = await speaker.command(STOP)
    assert ack["repeated"] is True
    (error,) = [each for each in await speaker.until_pong() if each["type"] == "error"]
    assert (error["code"], error["details"]) == ("audio_gap", {"received": 0})
    await speaker.say()
    assert (await speaker.answered())["text"] == WORDS
