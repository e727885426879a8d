"""Recordings POSTed as answers, on a real socket: acked once their transcript is stored, or not."""

import asyncio
from dataclasses import replace

import pytest

from protocol.commands import AudioCancel
from protocol.errors import ProtocolError
from realtime.gateway.recordings import Hearable
from realtime.gateway.upload import Pace
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
)

pytestmark = pytest.mark.anyio

# --- a recording ----------------------------------------------------------------------------------


async def test_it_is_acked_once_its_transcript_is_stored() -> None:
    async with serving() as house:
        house.listener.held = asyncio.Event()
        posting = asyncio.create_task(house.post())
        await house.in_phase("transcribing")
        await eventually(lambda: house.listener.newest.received == len(SOUND))
        assert not posting.done()
        house.listener.release()
        response = await posting
        assert response.status_code == 200
        ack = response.json()
        assert house.turn.transcript is not None
        assert house.turn.transcript.text == house.turn.answer == WORDS
        assert (ack["type"], ack["re"], ack["repeated"]) == ("ack", "r1", False)
        assert ack["epoch"] == 1
        ((speaker, listening),) = house.listener.heard
        assert (speaker.owner, house.decoder.owners) == (MINA, [MINA])
        assert (listening.voice.sample_rate, listening.voice.silence_ms) == (16_000, None)


async def test_its_seq_is_beyond_its_transcript() -> None:
    async with serving() as house:
        ack = (await house.post(params={"review": "true"})).json()
        assert ack["seq"] == (await house.actor()).log.head == house.store.epochs["iv"][1]


async def test_sent_again_it_is_acked_as_known_and_does_nothing() -> None:
    async with serving() as house:
        assert (await house.post()).status_code == 200
        await house.in_phase("answering")
        commits = len(house.store.commits)
        again = await house.post()
        assert (again.status_code, again.json()["repeated"]) == (200, True)
        assert len(house.listener.heard) == 1
        assert len(house.store.commits) == commits


async def test_twice_at_once_it_is_one_answer() -> None:
    async with serving() as house:
        both = await asyncio.gather(house.post(), house.post())
        assert [each.status_code for each in both] == [200, 200]
        assert sorted(each.json()["repeated"] for each in both) == [False, True]
        assert (len(house.listener.heard), house.turn.answer) == (1, WORDS)


@pytest.mark.parametrize(
    ("body", "params"),
    [(RECORDING[:-2] + b"\0\0", {}), (RECORDING[:-2], {}), (RECORDING, {"review": "true"})],
)
async def test_another_with_its_key_is_refused(body: bytes, params: dict[str, str]) -> None:
    async with serving() as house:
        assert (await house.post()).status_code == 200
        problem(await house.post(body, params=params), 409, "id_reused")


async def test_it_may_be_reviewed_first() -> None:
    async with serving() as house:
        assert (await house.post(params={"review": "true"})).status_code == 200
        assert house.state.view.interview.phase == "reviewing"
        assert house.turn.transcript is not None
        assert house.turn.transcript.needs_review
        await house.do(AudioCancel("x1", 1))
        # What was acked is acked, whatever became of it.
        again = await house.post(params={"review": "true"})
        assert (again.status_code, again.json()["repeated"]) == (200, True)


async def test_who_uploads_waits_no_longer_than_it_takes() -> None:
    """What it says next, and the next question, are not waited for."""
    async with serving() as house:
        assert (await house.post(SIGNATURE)).status_code == 200
        assert house.state.view.interview.phase == "reviewing"


# --- what is refused ------------------------------------------------------------------------------


async def test_where_no_answer_is_due() -> None:
    async with serving(asked=False) as house:
        refused = problem(await house.post(), 409, "wrong_phase")
        assert refused["details"] == {"phase": "created", "paused": False}


@pytest.mark.parametrize("turn", [0, 2, 999_999_999])
async def test_another_turn(turn: int) -> None:
    async with serving() as house:
        refused = problem(await house.post(turn=turn), 409, "wrong_turn")
        assert refused["details"] == {"turn": 1}


@pytest.mark.parametrize("turn", ["-1", "one", "1.0", 10**9, "9" * 5_000])
async def test_what_is_no_turn(turn: object) -> None:
    async with serving() as house:
        assert (await house.post(turn=turn)).status_code == 404


@pytest.mark.parametrize("key", [None, "has space", "x" * 65])
async def test_a_recording_needs_an_id(key: str | None) -> None:
    async with serving() as house:
        assert problem(await house.post(key=key), 400, "malformed")["details"] == {
            "field": "Idempotency-Key"
        }


@pytest.mark.parametrize("review", ["yes", "1", ""])
async def test_review_is_true_or_false(review: str) -> None:
    async with serving() as house:
        refused = problem(await house.post(params={"review": review}), 400, "malformed")
        assert refused["details"] == {"field": "review"}


@pytest.mark.parametrize(("user", "name"), [("stranger", "iv"), (MINA, "other")])
async def test_somebody_elses_interview_cant_be_told_from_none(user: str, name: str) -> None:
    async with serving() as house:
        problem(await house.post(user=user, name=name), 404, "not_found")
        assert house.turn.transcript is None


@pytest.mark.parametrize("params", [{}, {"ticket": "any"}])
async def test_who_has_no_token(params: dict[str, str]) -> None:
    """A ticket only reads."""
    async with serving() as house:
        headers = {"Authorization": "Basic bWluYTo="}
        problem(await house.post(headers=headers, params=params), 401, "unauthenticated")


async def test_a_page_of_another_origin() -> None:
    async with serving(
        replace(HEARABLE, allowed_origins=frozenset({"https://good.example"}))
    ) as house:
        for origin in ("https://evil.example", "null"):
            problem(await house.post(headers={"Origin": origin}), 403, "forbidden")
        assert (await house.post(headers={"Origin": "https://good.example"})).status_code == 200


async def test_what_cant_be_read() -> None:
    async with serving() as house:
        problem(await house.post(b"no recording"), 415, "unsupported_media")
        problem(await house.post(b""), 415, "unsupported_media")
        assert house.state.view.interview.phase == "answering"
        assert (await house.post()).status_code == 200


async def test_what_lasts_too_long() -> None:
    async with serving() as house:
        house.decoder.error = ProtocolError("too_large", "Too long.", details={"limit": 600_000})
        assert problem(await house.post(), 413, "too_large")["details"] == {"limit": 600_000}


async def test_one_that_says_it_is_too_large_isnt_read() -> None:
    async with serving() as house, house.begun(announced=MOST_BYTES + 1) as begun:
        assert (await begun.status(), await begun.code()) == (413, "too_large")


async def test_one_that_doesnt_say_it_is_read_no_further() -> None:
    async with serving() as house, house.begun(b"8000\r\n" + bytes(MOST_BYTES + 1)) as begun:
        assert (await begun.status(), await begun.code()) == (413, "too_large")


async def test_the_largest_is_taken() -> None:
    async with serving() as house:
        largest = SIGNATURE + bytes(MOST_BYTES - len(SIGNATURE))
        assert (await house.post(largest)).status_code == 200
        problem(await house.post(largest + b"\0\0", key="r2"), 413, "too_large")


@pytest.mark.parametrize(
    "hearable",
    [
        replace(HEARABLE, pace=Pace(least_bytes=1_000, within_s=0.2)),
        replace(HEARABLE, within_s=0.2),
    ],
)
async def test_one_that_stops_coming_is_given_up(hearable: Hearable) -> None:
    async with serving(hearable) as house, house.begun(RECORDING[:900], 6_404) as begun:
        assert (await begun.status(), await begun.code()) == (400, "malformed")


async def test_without_a_voice_it_isnt_read() -> None:
    async with serving(voice=False) as house:
        async with house.begun(announced=6_404) as begun:
            assert (await begun.status(), await begun.code()) == (503, "voice_unavailable")
        problem(await house.post(user="stranger"), 404, "not_found")
        problem(await house.post(key="c1"), 409, "id_reused")
        problem(await house.post(turn=2), 409, "wrong_turn")
