"""Recordings, decoded in real, confined processes; where it has to be, by one that misbehaves."""

import asyncio
from collections.abc import AsyncIterator, Callable

import numpy as np
import pytest
from structlog.testing import capture_logs

from realtime.clock import SystemClock
from realtime.confined.process import Limits
from realtime.speech import decode
from realtime.speech.clip import SAMPLE_RATE
from realtime.speech.recordings import LIMITS, ReaderBroken, Recordings, Unplayable
from realtime.speech.unplayable import MESSAGES, REASONS
from tests.realtime.fakes import FakeAlarm, FakeClock
from tests.realtime.speech.hostile_recordings import FILES, wav
from tests.realtime.speech.recorded import TONES_HZ, WAYS, heard_hz, recorded, with_all_else

pytestmark = pytest.mark.anyio
MISBEHAVING = "tests.realtime.confined.misbehaving"
PARTING = "tests.realtime.confined.parting"


@pytest.fixture
async def recordings() -> AsyncIterator[Recordings]:
    recordings = Recordings(SystemClock())
    yield recordings
    await recordings.aclose()


class Bell(FakeClock):
    """Tells when an alarm was set."""

    def __init__(self) -> None:
        super().__init__()
        self.set = asyncio.Event()

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> FakeAlarm:
        self.set.set()
        return super().call_later(delay_s, callback)


async def refusal(recordings: Recordings, data: bytes) -> str:
    with pytest.raises(Unplayable) as refused:
        await recordings.pcm(data)
    assert refused.value.message == MESSAGES[refused.value.reason]
    return refused.value.reason


@pytest.mark.parametrize("way", WAYS)
async def test_confined_it_decodes_what_it_decodes_at_large(
    recordings: Recordings, way: str
) -> None:
    data = recorded(WAYS[way], 1.0)
    assert (await recordings.pcm(data)).samples.tobytes() == decode.read(data)


async def test_it_has_samples_and_a_length(recordings: Recordings) -> None:
    recording = await recordings.pcm(recorded(WAYS["webm-opus"]))
    assert recording.samples.dtype == np.int16
    assert not recording.samples.flags.writeable
    assert recording.duration_ms == 3_000
    assert heard_hz(recording.samples, SAMPLE_RATE) == [*TONES_HZ]


async def test_confined_too_what_else_is_in_the_file_is_left_out(recordings: Recordings) -> None:
    """A library that loads a part of itself only when it meets pictures couldn't."""
    recording = await recordings.pcm(with_all_else())
    assert heard_hz(recording.samples, SAMPLE_RATE) == [*TONES_HZ]


async def test_the_longest_comes_whole(recordings: Recordings) -> None:
    recording = await recordings.pcm(wav(8_000, 1, bytes(2 * 8_000 * 600)))
    assert recording.duration_ms == 600_000


@pytest.mark.parametrize("name", FILES)
async def test_a_hostile_file_comes_to_its_end(recordings: Recordings, name: str) -> None:
    make, expected = FILES[name]
    with capture_logs() as logs:
        try:
            await recordings.pcm(make())
            reason = None
        except Unplayable as unplayable:
            reason = unplayable.reason
    assert reason == expected
    # None ended its reader, or had a bound end it: each was understood.
    assert all(log["event"] == "recording.read" and log["status"] == 0 for log in logs)


async def test_memory_is_bounded() -> None:
    little = Recordings(SystemClock(), limits=Limits(memory_bytes=160 << 20))
    assert await refusal(little, wav(8_000, 1, bytes(2 * 8_000 * 600))) == "too_complex"
    await little.aclose()


async def test_processor_time_is_bounded() -> None:
    hasty = Recordings(SystemClock(), limits=Limits(cpu_s=1), module=MISBEHAVING)
    assert await refusal(hasty, b"spin") == "too_slow"
    await hasty.aclose()


async def test_time_by_the_clock_is_bounded() -> None:
    bell = Bell()
    recordings = Recordings(bell, module=MISBEHAVING)
    waiting = asyncio.create_task(refusal(recordings, b"wait"))
    await bell.set.wait()
    bell.advance(LIMITS.wall_s - 0.1)
    assert not waiting.done()
    bell.advance(0.2)
    assert await waiting in ("too_slow", "busy")  # Busy, if it had not come to the file yet.
    await recordings.aclose()


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        ("crash", "damaged"),
        ("babble", "damaged"),
        ("reason", "damaged"),
        ("silence", "damaged"),
        ("abort", "too_complex"),
        ("fill", "too_complex"),
    ],
)
async def test_whatever_a_decoder_does_has_a_reason(deed: str, reason: str) -> None:
    recordings = Recordings(SystemClock(), module=MISBEHAVING)
    assert await refusal(recordings, deed.encode()) == reason
    await recordings.aclose()


async def test_half_a_sample_is_none() -> None:
    recordings = Recordings(SystemClock(), module=MISBEHAVING)
    # What it says is "done: [0, 1, 2]", which are 15 bytes.
    assert await refusal(recordings, b"descriptors") == "damaged"
    await recordings.aclose()


@pytest.mark.parametrize("module", ["realtime.speech.nowhere", PARTING])
async def test_a_decoder_that_never_came_to_the_file_is_our_fault(module: str) -> None:
    recordings = Recordings(SystemClock(), module=module)
    with capture_logs() as logs, pytest.raises(ReaderBroken):
        await recordings.pcm(b"end")
    assert [log["event"] for log in logs] == ["recording.reader_broken"]
    await recordings.aclose()


async def test_who_is_too_many_is_told_so_at_once() -> None:
    bell = Bell()
    recordings = Recordings(bell, at_once=1, waiting=0, module=MISBEHAVING)
    first = asyncio.create_task(refusal(recordings, b"wait"))
    await bell.set.wait()
    assert await refusal(recordings, b"open") == "busy"
    await recordings.aclose()
    assert await first == "busy"
    assert await refusal(recordings, b"open") == "busy"


async def test_the_log_tells_what_it_took_and_nothing_of_what_was_said(
    recordings: Recordings,
) -> None:
    data = recorded(WAYS["ogg-opus"], 1.0)
    with capture_logs() as logs:
        await recordings.pcm(data)
    (log,) = logs
    assert (log["event"], log["outcome"]) == ("recording.read", "ok")
    assert (log["size_bytes"], log["duration_ms"]) == (len(data), 1_000)


def test_each_reason_has_a_sentence() -> None:
    assert set(MESSAGES) == REASONS
    assert all(message.endswith(".") for message in MESSAGES.values())
