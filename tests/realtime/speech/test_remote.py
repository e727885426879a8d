"""The recogniser elsewhere, by the real SDK over real sockets: a server that nobody here wrote, and
one that does what goes wrong on the way.
"""

import asyncio
from contextlib import AbstractAsyncContextManager, aclosing
from random import Random
from typing import Any

import numpy as np
import pytest
from structlog.testing import capture_logs

from protocol.view import Language
from realtime.ports import Clock
from realtime.speech.clip import (
    SAMPLE_RATE,
    Behind,
    Clip,
    Recognized,
    RecognizerFailed,
    Urgency,
)
from realtime.speech.remote import (
    MOST_ANSWER_BYTES,
    RemoteLimits,
    TranscriptionServer,
    TranscriptionsRecognizer,
)
from tests.emulators.aimock import Manner, aimock
from tests.realtime.fakes import FakeClock
from tests.realtime.speech.recorded import tones
from tests.realtime.speech.transcribing import (
    Act,
    Transcribing,
    answers,
    babbles,
    cut,
    cut_in_the_middle,
    held_until,
    refuses,
    says,
    stalls,
    transcribing,
)

pytestmark = pytest.mark.anyio

KEY = "sk-0123456789abcdef"
SAID: dict[str, Any] = {
    "text": "I'd begin with the tests.",
    "segments": [{"text": "I'd begin with the tests.", "start": 0.5, "end": 2.5}],
    "words": [
        *({"word": "I'd", "start": 0.5, "end": 0.8}, {"word": "begin", "start": 0.8, "end": 1.2}),
        *({"word": "with", "start": 1.2, "end": 1.5}, {"word": "the", "start": 1.5, "end": 1.7}),
        {"word": "tests", "start": 1.7, "end": 2.5},
    ],
}
# Against a server that stalls; what comes after that has to come within it.
STALLED = RemoteLimits(tries=3, within_s=3)


class Hasty(FakeClock):
    """Lets the time pass that is waited for, and remembers how much."""

    def __init__(self) -> None:
        super().__init__()
        self.waits_s: list[float] = []

    async def sleep(self, delay_s: float) -> None:
        self.waits_s.append(delay_s)
        self.advance(delay_s)


def clip(
    urgency: Urgency = "final", owner: str = "mina", language: Language = "en", seconds: float = 3
) -> Clip:
    return Clip(tones(SAMPLE_RATE, seconds), language, urgency, owner)


def recognizer(
    url: str, clock: Clock | None = None, limits: RemoteLimits | None = None
) -> AbstractAsyncContextManager[TranscriptionsRecognizer]:
    server = TranscriptionServer(url, "whisper-1", KEY)
    return aclosing(TranscriptionsRecognizer(server, clock or Hasty(), Random(1), limits))


async def outcome(
    *acts: Act, limits: RemoteLimits | None = None, urgency: Urgency = "final"
) -> tuple[Recognized | str, int, list[float]]:
    """What comes of such acts: words or an error; how often it asked; how long it waited."""
    clock = Hasty()
    async with transcribing(*acts) as server, recognizer(server.url, clock, limits) as elsewhere:
        try:
            found: Recognized | str = await elsewhere.recognize(clip(urgency))
        except RecognizerFailed as error:
            found = str(error).removeprefix(server.url.split("/")[2]).strip()
    return found, len(server.asked), clock.waits_s


# --- a server that nobody here wrote --------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "ko"])
async def test_a_server_that_nobody_here_wrote_is_understood(language: Language) -> None:
    said = {"en": SAID, "ko": {"text": "결제 서버를 다시 만들었습니다."}}[language]
    async with aimock([], transcription=said) as url, recognizer(f"{url}/v1") as elsewhere:
        found = await elsewhere.recognize(clip(language=language))
    assert found.text.strip() == said["text"]
    if language == "en":
        assert (found.words[-1].start_ms, found.words[-1].end_ms) == (1_700, 2_500)


@pytest.mark.parametrize(
    "manner", [Manner(drop=1), Manner(rate_limit=1), Manner(disconnect=1), Manner(malformed=1)]
)
async def test_its_chaos_is_an_error_in_the_end(manner: Manner) -> None:
    async with aimock([], manner, SAID) as url, recognizer(f"{url}/v1") as elsewhere:
        with pytest.raises(RecognizerFailed):
            await elsewhere.recognize(clip())


async def test_its_chaos_is_outlived_mostly() -> None:
    """A fault in three of ten requests: one clip in a hundred meets four in a row."""
    manner = Manner(drop=0.1, disconnect=0.1, malformed=0.1)
    limits = RemoteLimits(tries=20)
    async with aimock([], manner, SAID) as url, recognizer(f"{url}/v1", None, limits) as elsewhere:
        found = await asyncio.gather(*(elsewhere.recognize(clip()) for _ in range(30)))
    assert {each.text for each in found} == {" I'd begin with the tests."}


# --- what is asked --------------------------------------------------------------------------------


async def test_what_is_sent() -> None:
    async with transcribing(answers(SAID)) as server, recognizer(server.url) as elsewhere:
        await elsewhere.recognize(clip(language="ko"))
    (asked,) = server.asked
    assert np.array_equal(asked.samples, clip().samples)
    assert asked.rate == SAMPLE_RATE
    assert asked.authorization == f"Bearer {KEY}"
    assert asked.form == {
        "model": ["whisper-1"],
        "language": ["ko"],
        "response_format": ["verbose_json"],
        "temperature": ["0.0"],
        "timestamp_granularities[]": ["word", "segment"],
    }


async def test_a_short_clip_is_sent_with_silence_after_it_and_none_is_not_sent() -> None:
    async with transcribing(answers(SAID)) as server, recognizer(server.url) as elsewhere:
        found = await elsewhere.recognize(clip(seconds=0.05))
        assert await elsewhere.recognize(clip(seconds=0)) == Recognized(())
    (asked,) = server.asked
    assert len(asked.samples) == SAMPLE_RATE // 10
    assert not asked.samples[SAMPLE_RATE // 20 :].any()
    assert found.words[-1].end_ms == 50


async def test_a_server_that_tells_no_times_is_asked_for_the_text_from_then_on() -> None:
    text = answers({"text": "I'd begin."})
    acts = (refuses(400, code="unsupported_value"), text, text)
    async with transcribing(*acts) as server, recognizer(server.url) as elsewhere:
        for _ in range(2):
            assert (await elsewhere.recognize(clip())).text == " I'd begin."
    forms = [each.form["response_format"] for each in server.asked]
    assert forms == [["verbose_json"], ["json"], ["json"]]
    assert "timestamp_granularities[]" not in server.asked[1].form


async def test_one_that_refuses_a_clip_for_something_else_is_asked_for_all_again() -> None:
    no = refuses(400)
    async with transcribing(no, no, answers(SAID)) as server, recognizer(server.url) as elsewhere:
        with pytest.raises(RecognizerFailed):
            await elsewhere.recognize(clip())
        await elsewhere.recognize(clip())
    forms = [each.form["response_format"] for each in server.asked]
    assert forms == [["verbose_json"], ["json"], ["verbose_json"]]


# --- what goes wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        *(refuses(429), refuses(500), refuses(503), refuses(408)),
        *(cut, cut_in_the_middle, stalls),
        says(b"<html>Bad Gateway</html>", "text/html"),
        says(b'{"text": "I would'),
        says(b'{"transcript": "I would"}'),
    ],
    ids=[
        *("429", "500", "503", "408", "cut", "cut in the middle", "stalls"),
        *("a page", "broken JSON", "other JSON"),
    ],
)
async def test_what_passes_is_tried_again(fault: Act) -> None:
    limits = STALLED if fault is stalls else None
    found, asked, waits_s = await outcome(fault, fault, answers(SAID), limits=limits)
    assert isinstance(found, Recognized)
    assert (found.text, asked) == (" I'd begin with the tests.", 3)
    # A random part of its bound, from half of that on.
    assert 0.25 <= waits_s[0] <= 0.5 <= waits_s[1] <= 1.0


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (refuses(500), "answered 500"),
        (cut, "can't be asked: APIConnectionError"),
        (cut_in_the_middle, "broke off its answer: RemoteProtocolError"),
        (stalls, "gave no answer within 3 s"),
        (says(b"[]"), "it doesn't answer as a transcription server does"),
    ],
)
async def test_what_does_not_pass_is_tried_a_bounded_number_of_times(fault: Act, why: str) -> None:
    limits = STALLED if fault is stalls else RemoteLimits(tries=3)
    found, asked, waits_s = await outcome(fault, limits=limits)
    assert (found, asked, len(waits_s)) == (why, 3, 2)


@pytest.mark.parametrize("status", [401, 403, 404, 413, 415])
async def test_what_will_not_pass_is_not_tried_again(status: int) -> None:
    assert await outcome(refuses(status)) == (f"answered {status}", 1, [])


async def test_a_bill_that_was_not_paid_is_not_waited_for() -> None:
    found, asked, _ = await outcome(refuses(429, code="insufficient_quota"))
    assert (found, asked) == ("answered 429", 1)


async def test_a_server_is_left_alone_for_as_long_as_it_asks() -> None:
    acts = (refuses(429, {"Retry-After": "3"}), refuses(503, {"Retry-After": "0.5"}))
    found, asked, waits_s = await outcome(*acts, answers(SAID))
    assert isinstance(found, Recognized)
    assert (asked, waits_s) == (3, [3, 0.5])


@pytest.mark.parametrize("asks", ["Wed, 21 Oct 2026 07:28:00 GMT", "soon", "-1", "nan"])
async def test_a_wait_that_is_not_understood_is_ours(asks: str) -> None:
    found, _, waits_s = await outcome(refuses(429, {"Retry-After": asks}), answers(SAID))
    assert isinstance(found, Recognized)
    assert 0.25 <= waits_s[0] <= 0.5


@pytest.mark.parametrize("asks", ["3600", "inf"])
async def test_one_that_asks_for_too_long_a_wait_is_given_up(asks: str) -> None:
    found, asked, waits_s = await outcome(refuses(429, {"Retry-After": asks}))
    assert str(found).startswith("answered 429, and asks for a wait")
    assert (asked, waits_s) == (1, [])


async def test_an_answer_is_bounded() -> None:
    assert MOST_ANSWER_BYTES < 1_000 * 64 * 1024
    found, asked, _ = await outcome(babbles, limits=RemoteLimits())
    assert (found, asked) == ("answers with too much", 1)


async def test_nobody_at_the_address_is_an_error() -> None:
    async with transcribing(answers(SAID)) as server:
        url = server.url
    async with recognizer(url, None, RemoteLimits(tries=2)) as elsewhere:
        with pytest.raises(RecognizerFailed, match="can't be asked"):
            await elsewhere.recognize(clip())


async def test_neither_the_key_nor_what_a_server_says_is_told() -> None:
    with capture_logs() as logs:
        for status in (401, 429):
            found, _, _ = await outcome(refuses(status))
            assert KEY not in str(found)
    assert logs
    assert KEY not in str(logs)
    assert KEY not in repr(TranscriptionServer("http://127.0.0.1/v1", "m", KEY))


# --- turns ----------------------------------------------------------------------------------------


async def test_partials_are_not_asked_for_unless_that_is_set() -> None:
    async with transcribing(answers(SAID)) as server, recognizer(server.url) as elsewhere:
        with pytest.raises(Behind):
            await elsewhere.recognize(clip("partial"))
    assert server.asked == []


async def test_a_partial_is_tried_once() -> None:
    limits = RemoteLimits(partials=True)
    assert await outcome(refuses(500), limits=limits, urgency="partial") == ("answered 500", 1, [])
    found, _, _ = await outcome(answers(SAID), limits=limits, urgency="partial")
    assert isinstance(found, Recognized)


async def at_work(server: Transcribing, number: int) -> None:
    """Until so many are being answered."""
    while server.at_once < number:
        server.came.clear()
        await server.came.wait()


async def test_a_partial_leaves_a_place_for_a_final() -> None:
    gate = asyncio.Event()
    limits = RemoteLimits(at_once=2, partials=True)
    async with (
        transcribing(held_until(gate, SAID)) as server,
        recognizer(server.url, None, limits) as elsewhere,
    ):
        partial = asyncio.create_task(elsewhere.recognize(clip("partial")))
        await at_work(server, 1)
        with pytest.raises(Behind):
            await elsewhere.recognize(clip("partial"))
        final = asyncio.create_task(elsewhere.recognize(clip()))
        await at_work(server, 2)
        gate.set()
        assert await partial == await final


async def test_finals_wait_their_turn_and_no_more_of_them_than_that() -> None:
    gate = asyncio.Event()
    limits = RemoteLimits(at_once=2, waiting=3)
    async with (
        transcribing(held_until(gate, SAID)) as server,
        recognizer(server.url, None, limits) as elsewhere,
    ):
        five = [asyncio.create_task(elsewhere.recognize(clip())) for _ in range(5)]
        await at_work(server, 2)
        with pytest.raises(RecognizerFailed, match="too many"):
            await elsewhere.recognize(clip())
        gate.set()
        await asyncio.gather(*five)
    assert (server.most_at_once, len(server.asked)) == (2, 5)


async def test_who_has_one_at_work_lets_another_go_first() -> None:
    gate = asyncio.Event()
    limits = RemoteLimits(at_once=2)
    done: list[str] = []

    async def one(elsewhere: TranscriptionsRecognizer, owner: str) -> None:
        await elsewhere.recognize(clip(owner=owner))
        done.append(owner)

    acts = [held_until(gate, SAID), held_until(asyncio.Event(), SAID), answers(SAID)]
    async with (
        transcribing(*acts) as server,
        recognizer(server.url, None, limits) as elsewhere,
    ):
        tasks = [asyncio.create_task(one(elsewhere, "mina")) for _ in range(2)]
        await at_work(server, 2)
        later = [asyncio.create_task(one(elsewhere, name)) for name in ("mina", "jun")]
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(*later)
        # Which of the two came first and was answered, nobody knows.
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert done.index("jun") < len(done) - 1
    assert done[-1] == "mina"


async def test_one_that_is_cancelled_gives_up_its_request_and_its_place() -> None:
    never = asyncio.Event()
    limits = RemoteLimits(at_once=1, waiting=0)
    async with (
        transcribing(held_until(never, SAID), answers(SAID)) as server,
        recognizer(server.url, None, limits) as elsewhere,
    ):
        given_up = asyncio.create_task(elsewhere.recognize(clip()))
        await at_work(server, 1)
        given_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await given_up
        assert (await elsewhere.recognize(clip())).text
