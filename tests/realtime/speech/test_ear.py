"""An ear over the real detector and the real recognizer, with the model for tests."""

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest

from protocol.effects import Heard, Noticed, Speech
from protocol.view import Language
from realtime.clock import SystemClock
from realtime.speech.clip import Behind, Clip, Recognized, Recognizer, RecognizerFailed
from realtime.speech.ear import Ear, Ears, Organs
from realtime.speech.places import HELD_MS
from realtime.speech.pool import Pool, PoolLimits, worker_command
from realtime.speech.vad import DetectorThread, VoiceDetector
from realtime.speech.wire import WhisperOptions
from tests.realtime.fakes import FakeClock
from tests.realtime.speech.listening import (
    BEN,
    MINA,
    RATE,
    WORK,
    Made,
    Prompt,
    answer,
    follow,
    hear,
    hear_disturbed,
    pcm_of,
    silence,
    voice,
)
from tests.speech.voice import MODEL, noise, resampled

pytestmark = pytest.mark.anyio

LANGUAGES: tuple[Language, ...] = ("en", "ko")


@pytest.fixture(scope="module")
def detector() -> DetectorThread:
    return DetectorThread(VoiceDetector())


@pytest.fixture(scope="module")
async def recognizer(anyio_backend: tuple[str, dict[str, bool]]) -> AsyncIterator[Recognizer]:
    options = WhisperOptions(str(MODEL), device="cpu", compute_type="int8")
    async with Pool(worker_command(options), SystemClock(), PoolLimits(workers=1)) as pool:
        await pool.loaded()
        yield pool


@pytest.fixture
def ears(recognizer: Recognizer, detector: DetectorThread) -> Ears:
    return Ears(Organs(recognizer, detector, SystemClock()))


def ear_of(
    recognizer: Recognizer,
    detector: DetectorThread,
    *,
    silence_ms: int | None = None,
    most_ms: int = 600_000,
) -> Ear:
    organs = Organs(recognizer, detector, SystemClock(), most_ms=most_ms)
    return Ears(organs).listen(MINA, "en", voice(silence_ms=silence_ms))


# --- what is heard -------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rate", [16_000, 48_000, 44_100])
async def test_what_was_said_is_heard(ears: Ears, language: Language, rate: int) -> None:
    samples, text = answer(language, range(1, 6), 1_500)
    pcm = pcm_of(samples if rate == RATE else resampled(samples, RATE, rate))
    made = await hear(ears.listen(MINA, language, voice(rate)), pcm)
    assert made.text == text
    transcript, delivery = made.end.transcript, made.end.delivery
    assert not transcript.needs_review
    assert transcript.duration_ms == delivery.duration_ms == len(pcm) * 1000 // (2 * rate)
    assert " ".join(word.text for word in made.end.words) == text
    assert len(delivery.pauses) == 4
    assert 0 < delivery.speech_ms < delivery.duration_ms - 4 * 700


@pytest.mark.parametrize("language", LANGUAGES)
async def test_however_it_arrives_the_same_is_heard(ears: Ears, language: Language) -> None:
    samples, text = answer(language, (5, 2, 7), (250, 1_800), which=1)
    pcm = pcm_of(samples)
    undisturbed = await hear(ears.listen(MINA, language, voice()), pcm)
    assert undisturbed.text == text
    for seed in range(12):
        made = await hear_disturbed(ears.listen(MINA, language, voice()), pcm, seed)
        assert made.end == undisturbed.end, f"seed {seed}"


def assert_steady(made: Made) -> None:
    """What is stable never changes and never shrinks, in the end neither."""
    before, stable = "", 0
    for now, kept in made.texts:
        assert stable <= kept <= len(now)
        assert now[:stable] == before[:stable]
        before, stable = now, kept
    assert made.text.startswith(before[:stable])


async def test_what_is_heard_is_told_while_somebody_speaks(ears: Ears) -> None:
    samples, text = answer("en", (5, 2, 7), 600, which=1)
    made = await hear_slowly(ears.listen(MINA, "en", voice()), pcm_of(samples))
    assert made.texts
    assert_steady(made)
    assert made.text == text
    marks = [each for each in made.outputs if isinstance(each, Speech)]
    assert [each.speaking for each in marks[:4]] == [True, False, True, False]
    assert sorted(marks, key=lambda each: each.at_ms) == marks


async def test_what_passes_agree_on_is_stable(detector: DetectorThread) -> None:
    samples, _ = answer("en", range(8), 100)
    made = await hear_slowly(ear_of(Prompt(), detector), pcm_of(samples))
    assert_steady(made)
    assert made.texts[-1][1] > 0


async def hear_slowly(ear: Ear, pcm: bytes) -> Made:
    """In tenths of a second, and not to its end before some of it was told."""
    made = Made()
    following = asyncio.create_task(follow(ear, made))
    for at in range(0, len(pcm), 3_200):
        ear.take(at, pcm[at : at + 3_200])
        await asyncio.sleep(0.01)
        if at > len(pcm) * 2 // 3:
            await made.told.wait()
    ear.end(len(pcm))
    return await following


# --- what isn't heard ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pcm",
    [
        b"",
        silence(3_000),
        silence(20),
        pcm_of(noise(np.zeros(5 * RATE, np.int16), 0, seed=1)),
        pcm_of((8_000 * np.sin(np.arange(3 * RATE) * 0.07)).astype(np.int16)),
    ],
    ids=["nothing", "silence", "a moment", "noise", "a tone"],
)
async def test_where_nobody_speaks_no_words_are_invented(ears: Ears, pcm: bytes) -> None:
    made = await hear(ears.listen(MINA, "en", voice()), pcm)
    assert made.text == ""
    assert made.end.words == ()
    assert made.end.transcript.needs_review
    assert not any(isinstance(each, Heard) for each in made.outputs)


# --- its end -------------------------------------------------------------------------------------


async def test_silence_ends_an_answer_where_that_was_asked_for(
    recognizer: Recognizer, detector: DetectorThread
) -> None:
    samples, text = answer("en", (1, 4), 400)
    spoken = len(pcm_of(samples))
    ear = ear_of(recognizer, detector, silence_ms=1_000)
    following = asyncio.create_task(follow(ear))
    ear.take(0, pcm_of(samples) + silence(6_000))
    made = await following
    assert made.stopped is not None
    assert made.stopped.reason == "silence"
    after_ms = (made.stopped.bytes - spoken) // 32 + 300  # with the silence that the clip ends with
    assert 500 <= after_ms <= 3_400
    assert made.text == text


async def test_the_longest_answer_is_ended(detector: DetectorThread) -> None:
    ear = ear_of(Prompt(), detector, most_ms=2_000)
    following = asyncio.create_task(follow(ear))
    ear.take(0, silence(3_000))
    made = await following
    assert made.stopped is not None
    assert (made.stopped.bytes, made.stopped.reason) == (64_000, "limit")
    assert made.end.transcript.duration_ms == 2_000


async def test_what_lies_beyond_the_end_is_dropped(
    recognizer: Recognizer, detector: DetectorThread
) -> None:
    first, text = answer("en", (1,))
    second, _ = answer("en", (4,))
    pcm = pcm_of(first) + silence(1_500)
    ear = ear_of(recognizer, detector)
    made = await hear(ear, pcm + pcm_of(second), length=len(pcm))
    assert made.text == text
    assert made.end.transcript.duration_ms == len(pcm) // 32


async def test_it_ends_when_all_of_it_is_there(detector: DetectorThread) -> None:
    ear = ear_of(Prompt(), detector)
    following = asyncio.create_task(follow(ear))
    ear.end(6_400)
    gap = ear.gap()
    assert gap is not None
    assert gap.details == {"received": 0}
    assert ear.gap() is None
    ear.take(0, silence(100))
    await asyncio.sleep(0)
    assert not following.done()
    ear.take(3_200, silence(100))
    assert (await following).text == ""


# --- trouble --------------------------------------------------------------------------------------


class Failing(Prompt):
    """A recognizer that can't do what `fails` says of a clip."""

    def __init__(self, *fails: int) -> None:
        super().__init__()
        self._fails = fails
        self._finals = 0

    async def recognize(self, clip: Clip) -> Recognized:
        if clip.urgency == "partial":
            raise Behind
        self._finals += 1
        if self._finals in self._fails:
            raise RecognizerFailed("the worker died")
        return await super().recognize(clip)


async def test_what_could_not_be_heard_is_told_and_left_to_the_candidate(
    detector: DetectorThread,
) -> None:
    samples, _ = answer("en", (1, 4), 2_000)
    whole = await hear(ear_of(Failing(), detector), pcm_of(samples))
    # The pass at a pause is tried again when the segment ends there.
    made = await hear(ear_of(Failing(1), detector), pcm_of(samples))
    assert made.text == whole.text
    made = await hear(ear_of(Failing(1, 2), detector), pcm_of(samples))
    assert 0 < len(made.text) < len(whole.text)
    assert made.end.transcript.needs_review
    (notice,) = (each for each in made.outputs if isinstance(each, Noticed))
    assert notice.code == "speech_failed"


class Endless(Prompt):
    """A recognizer that comes to no end."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()
        self.under_way = 0

    async def recognize(self, clip: Clip) -> Recognized:
        self.asked.set()
        self.under_way += 1
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self.under_way -= 1
        raise AssertionError


async def test_an_answer_that_is_dropped_leaves_nothing_behind(detector: DetectorThread) -> None:
    recognizer = Endless()
    ear = ear_of(recognizer, detector)
    samples, _ = answer("en", (1, 4, 6), 2_000)
    following = asyncio.create_task(follow(ear))
    ear.take(0, pcm_of(samples))
    await recognizer.asked.wait()
    following.cancel()
    await asyncio.wait((following,))
    # Those that hadn't begun never do.
    await asyncio.sleep(0)
    assert recognizer.under_way == 0


async def test_what_was_heard_beyond_the_end_counts_as_little_as_what_was_not(
    recognizer: Recognizer, detector: DetectorThread
) -> None:
    first, text = answer("en", (1,))
    second, _ = answer("en", (4,))
    pcm = pcm_of(first) + silence(1_500)
    made = Made()
    ear = ear_of(recognizer, detector)
    following = asyncio.create_task(follow(ear, made))
    ear.take(0, pcm + pcm_of(second) + silence(1_500))
    while len(made.texts) < 1 or not made.texts[-1][0].startswith(text + " "):
        made.told.clear()
        await made.told.wait()
    ear.end(len(pcm))
    await following
    assert made.text == text
    assert made.end.words[-1].end_ms <= made.end.transcript.duration_ms


class Broken(Prompt):
    """A recognizer with a defect."""

    async def recognize(self, clip: Clip) -> Recognized:
        raise OSError("unforeseen")


async def test_a_defect_of_the_recognizer_holds_no_answer_up(detector: DetectorThread) -> None:
    samples, _ = answer("en", (1,))
    made = await asyncio.wait_for(hear(ear_of(Broken(), detector), pcm_of(samples)), 30)
    assert made.text == ""
    assert made.end.transcript.needs_review


# --- bounds ---------------------------------------------------------------------------------------


class Weighing(Prompt):
    """A recognizer that looks how much an ear keeps, whenever it is asked."""

    ear: Ear
    most = 0

    async def recognize(self, clip: Clip) -> Recognized:
        self.most = max(self.most, self.ear.nbytes)
        return await super().recognize(clip)


async def test_what_is_kept_does_not_grow_with_the_answer(detector: DetectorThread) -> None:
    samples, _ = answer("en", (1, 4, 6, 9), 400)
    recognizer = Weighing()
    recognizer.ear = ear_of(recognizer, detector)
    made = await hear(recognizer.ear, 16 * pcm_of(samples))
    assert made.end.transcript.duration_ms > 120_000
    assert 0 < recognizer.most < 30 * 32_000


async def test_no_clip_is_longer_than_the_recognizer_takes(detector: DetectorThread) -> None:
    recognizer = Prompt()
    samples, _ = answer("en", range(20), 100)
    await hear(ear_of(recognizer, detector), pcm_of(samples))
    assert max(len(clip.samples) for clip in recognizer.clips) <= 25 * RATE


async def test_an_ear_asks_for_as_much_as_it_is_told(detector: DetectorThread) -> None:
    """One partial pass a time, and a final one a segment: whatever the answer's length."""
    recognizer = Prompt()
    samples, _ = answer("en", range(12), 1_200)
    await hear(ear_of(recognizer, detector), pcm_of(samples))
    finals = [clip for clip in recognizer.clips if clip.urgency == "final"]
    assert len(finals) <= 12 + 6
    assert {clip.owner for clip in recognizer.clips} == {"mina"}


async def test_a_place_is_held_from_the_first_byte_to_the_transcript(
    detector: DetectorThread,
) -> None:
    clock = FakeClock()
    ears = Ears(Organs(Prompt(), detector, clock, most=1))
    ears.expect(MINA)
    ear = ears.listen(MINA, "en", voice())
    following = asyncio.create_task(follow(ear))
    clock.advance(HELD_MS / 2_000)
    assert ears.full_for(BEN)
    ear.take(0, silence(100))
    clock.advance(HELD_MS / 2_000)
    assert ears.full_for(BEN)
    # What is there already, and half an answer that was stopped, are nobody at work.
    ear.take(0, silence(100))
    ear.end(6_400)
    clock.advance(HELD_MS / 2_000)
    assert not ears.full_for(BEN)
    # All of it is there: it is held until the transcript is.
    ear.take(3_200, silence(100))
    clock.advance(10 * HELD_MS / 1_000)
    assert ears.full_for(BEN)
    await following
    assert not ears.full_for(BEN)


async def test_an_answer_that_is_given_up_leaves_its_place(detector: DetectorThread) -> None:
    ears = Ears(Organs(Prompt(), detector, FakeClock(), most=1))
    following = asyncio.create_task(follow(ears.listen(MINA, "en", voice())))
    await asyncio.sleep(0)
    assert ears.full_for(BEN)
    following.cancel()
    await asyncio.wait((following,))
    assert not ears.full_for(BEN)


async def test_what_was_heard_so_far_can_be_asked_for(ears: Ears) -> None:
    samples, text = answer("en", (1, 4), 2_000)
    ear = ears.listen(MINA, "en", voice())
    assert ear.partial == ""
    made = await hear(ear, pcm_of(samples))
    assert ear.partial == made.text == text
    assert made.end.work == WORK
