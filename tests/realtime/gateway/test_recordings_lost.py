"""Recordings that come to nothing, and clients and servers that go in the middle of one."""

import asyncio
from dataclasses import replace

import pytest

from protocol.close_codes import Close
from protocol.commands import Asked, AudioCancel, InterviewFinish
from protocol.errors import ProtocolError
from tests.realtime.gateway.house import eventually
from tests.realtime.gateway.recordings import (
    HEARABLE,
    MINA,
    MOST_BYTES,
    RECORDING,
    SOUND,
    WORDS,
    serving,
)
from tests.realtime.gateway.test_http import problem
from tests.realtime.hearing import (
    SIGNATURE,
    cannot_hear,
)

pytestmark = pytest.mark.anyio

# --- too many, too long ---------------------------------------------------------------------------


async def test_where_too_many_are_read() -> None:
    async with serving() as house:
        house.decoder.error = ProtocolError("overloaded", "Busy.", details={"retry_after_ms": 9})
        problem(await house.post(), 503, "overloaded")


async def test_where_as_many_speak_as_can_be_heard() -> None:
    async with serving() as house:
        house.listener.full = True
        problem(await house.post(), 503, "overloaded")
        assert house.state.view.interview.phase == "answering"
        house.listener.full = False
        assert (await house.post()).status_code == 200


async def test_a_user_has_room_for_no_more_than_the_largest() -> None:
    async with serving() as house:
        house.decoder.held = asyncio.Event()
        both = [asyncio.create_task(house.post()) for _ in range(2)]
        await eventually(lambda: len(house.decoder.owners) == 2)
        problem(await house.post(), 503, "overloaded")
        house.decoder.held.set()
        assert [each.status_code for each in await asyncio.gather(*both)] == [200, 200]
        assert (await house.post()).status_code == 200


async def test_what_is_decoded_counts_as_its_sound() -> None:
    """Only then, and its body no more: of two recordings the one's and the other's."""
    async with serving() as house:
        house.listener.held = asyncio.Event()
        house.decoder.sound = bytes(MOST_BYTES - len(RECORDING))
        posting = asyncio.create_task(house.post())
        await house.in_phase("transcribing")
        problem(await house.post(key="r2"), 503, "overloaded")
        house.decoder.sound = bytes(len(RECORDING))
        problem(await house.post(key="r2"), 409, "wrong_phase")
        # None fits beside it that is larger before it is decoded.
        problem(await house.post(RECORDING + b"\0\0", key="r2"), 503, "overloaded")
        house.listener.release()
        assert (await posting).status_code == 200
        largest = SIGNATURE + bytes(MOST_BYTES - len(SIGNATURE))
        problem(await house.post(largest, key="r2"), 409, "wrong_turn")


async def test_what_is_heard_too_slowly_is_asked_about_again() -> None:
    async with serving(replace(HEARABLE, heard_within_s=0.2)) as house:
        house.listener.held = asyncio.Event()
        assert problem(await house.post(), 503, "overloaded")["retryable"] is True
        assert house.state.view.interview.phase == "transcribing"
        house.listener.release()
        await eventually(lambda: house.turn.answer == WORDS)
        again = await house.post()
        assert (again.status_code, again.json()["repeated"]) == (200, True)


# --- it comes to nothing --------------------------------------------------------------------------


@pytest.mark.parametrize("command", [AudioCancel("x1", 1), InterviewFinish("x1")])
async def test_what_is_dropped_meanwhile_isnt_acked(command: Asked) -> None:
    async with serving() as house:
        house.listener.held = asyncio.Event()
        posting = asyncio.create_task(house.post())
        await house.in_phase("transcribing")
        await house.do(command)
        problem(await posting, 409, "wrong_phase")
        assert house.turn.transcript is None


async def test_what_cant_be_heard_isnt_acked() -> None:
    async with serving() as house:
        house.listener.held = asyncio.Event()
        posting = asyncio.create_task(house.post())
        await house.in_phase("transcribing")
        house.listener.newest.breaks(cannot_hear())
        refused = problem(await posting, 409, "wrong_phase")
        assert refused["details"] == {"phase": "answering", "paused": False}
        # Another one may be.
        house.listener.held = None
        assert (await house.post(key="r2")).status_code == 200
        assert house.turn.answer == WORDS


# --- clients and servers that go ------------------------------------------------------------------


async def test_who_leaves_in_the_middle_of_the_body_has_said_nothing() -> None:
    async with serving() as house:
        async with house.begun(RECORDING[:900], 6_404):
            pass
        assert (await house.post()).status_code == 200
        assert house.decoder.owners == [MINA]


async def test_who_leaves_while_it_is_read_has_said_nothing() -> None:
    async with serving() as house:
        house.decoder.held = asyncio.Event()
        async with house.begun(RECORDING, len(RECORDING)):
            await eventually(lambda: len(house.decoder.owners) == 1)
        await eventually(lambda: house.decoder.given_up == 1)
        assert house.state.view.interview.phase == "answering"
        # And leaves no room taken.
        house.decoder.held = None
        assert (await house.post()).status_code == 200


async def test_who_leaves_while_it_is_heard_has_said_it() -> None:
    async with serving() as house:
        house.listener.held = asyncio.Event()
        async with house.begun(RECORDING, len(RECORDING)):
            await eventually(
                lambda: bool(house.listener.heard) and house.listener.newest.received > 0
            )
        house.listener.release()
        await eventually(lambda: house.turn.answer == WORDS)


async def test_where_the_actor_died_the_same_request_brings_it_to_its_end() -> None:
    async with serving() as house:
        house.listener.held = asyncio.Event()
        posting = asyncio.create_task(house.post())
        await house.in_phase("transcribing")
        await house.directory.close(MINA, "iv", Close.REBUILT)
        assert problem(await posting, 503, "storage_unavailable")["retryable"] is True
        house.listener.held = None
        again = await house.post()
        assert (again.status_code, again.json()["repeated"], again.json()["epoch"]) == (
            200,
            True,
            2,
        )
        assert house.turn.answer == WORDS


async def test_where_it_died_and_can_be_heard_no_more_the_same_request_says_so() -> None:
    async with serving() as house:
        house.listener.held = asyncio.Event()
        posting = asyncio.create_task(house.post())
        await house.in_phase("transcribing")
        await house.directory.close(MINA, "iv", Close.REBUILT)
        problem(await posting, 503, "storage_unavailable")
        again = asyncio.create_task(house.post())
        await eventually(lambda: len(house.listener.heard) == 2)
        await eventually(lambda: house.listener.newest.received == len(SOUND))
        house.listener.newest.breaks(cannot_hear())
        problem(await again, 409, "wrong_phase")


async def test_a_commit_of_unknown_outcome_is_told_so() -> None:
    async with serving() as house:
        house.store.fails = True
        problem(await house.post(), 503, "storage_unavailable")
        house.store.fails = False
        assert (await house.post()).status_code == 200


async def test_a_server_that_goes_away_takes_none() -> None:
    async with serving() as house:
        house.health.draining = True
        async with house.begun(announced=6_404) as begun:
            assert (await begun.status(), await begun.code()) == (503, "draining")


async def test_a_server_that_goes_away_ends_what_it_hears_and_gives_up_the_rest() -> None:
    async with serving() as house:
        house.listener.held = asyncio.Event()
        async with house.begun(RECORDING, len(RECORDING)) as heard:
            await house.in_phase("transcribing")
            house.decoder.held = asyncio.Event()
            async with house.begun(b"", 6_404) as comes:
                other = asyncio.create_task(house.post(b"REC:", user="other"))
                await eventually(lambda: len(house.decoder.owners) == 2)
                house.server.stop()
                assert (await comes.status(), await comes.code()) == (503, "draining")
                problem(await other, 503, "draining")
            house.listener.release()
            assert await heard.status() == 200
        assert (house.decoder.given_up, house.turn.answer) == (1, WORDS)
