"""The voice detector: exact however it is fed, and deaf to what isn't a voice."""

import asyncio
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import pytest
import soxr  # It ships no types.

from realtime.speech.clip import SAMPLE_RATE, Samples
from realtime.speech.resample import Resampler, ms_of
from realtime.speech.segments import Closed, Segmenter, SpeechEvent, Window
from realtime.speech.vad import (
    WINDOW_SAMPLES,
    DetectorThread,
    DetectorUnavailable,
    VoiceDetector,
    beginning,
    whole_windows,
)
from tests.speech.espeak import Manner, speak

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]


@pytest.fixture(scope="module")
def detector() -> VoiceDetector:
    return VoiceDetector()


def silence(seconds: float) -> Floats:
    return np.zeros(int(seconds * SAMPLE_RATE))


@cache
def spoken(text: str, voice: str) -> Floats:
    utterance = speak(text, Manner(voice))
    levels = utterance.samples.astype(np.float64)
    return np.asarray(soxr.resample(levels, utterance.sample_rate, SAMPLE_RATE), np.float64)


def samples(*parts: Floats) -> Samples:
    """The parts one after another, and silence up to a whole window."""
    return whole_windows(np.clip(np.concatenate(parts), -32_768, 32_767).astype(np.int16))


def with_noise(speech: Floats, decibels: float, seed: int = 1) -> Floats:
    """Speech between two seconds of silence, over white noise so much quieter than it."""
    level = np.sqrt(np.mean(np.square(speech))) * 10 ** (-decibels / 20)
    padded = np.concatenate([silence(1), speech, silence(1)])
    return padded + np.random.default_rng(seed).normal(0, level, len(padded))


def heard(detector: VoiceDetector, answer: Samples, cuts: Iterable[int] = ()) -> list[Window]:
    state = beginning()
    windows: list[Window] = []
    for piece in np.split(answer, [cut * WINDOW_SAMPLES for cut in sorted(cuts)]):
        some, state = detector.windows(state, piece)
        windows += some
    return windows


TWO_SENTENCES = ("I led the team.", "We shipped it in May.")


def two_sentences() -> Samples:
    first, second = (spoken(text, "en-us") for text in TWO_SENTENCES)
    return samples(silence(0.5), first, silence(0.8), second, silence(4))


def test_any_split_gives_the_same_windows(detector: VoiceDetector) -> None:
    answer = two_sentences()
    count = len(answer) // WINDOW_SAMPLES
    whole = heard(detector, answer)
    assert len(whole) == count
    assert heard(detector, answer, range(1, count)) == whole
    for seed in range(10):
        random = Random(seed)
        assert heard(detector, answer, random.sample(range(count + 1), 20)) == whole


def test_streams_do_not_disturb_each_other(detector: VoiceDetector) -> None:
    answer = two_sentences()
    other = samples(with_noise(spoken("네", "ko"), 5))
    alone = heard(detector, answer)
    state, other_state = beginning(), beginning()
    windows: list[Window] = []
    for at in range(0, len(answer), WINDOW_SAMPLES):
        some, state = detector.windows(state, answer[at : at + WINDOW_SAMPLES])
        windows += some
        place = at % len(other)
        _, other_state = detector.windows(other_state, other[place : place + WINDOW_SAMPLES])
    assert windows == alone


def test_a_stream_is_small(detector: VoiceDetector) -> None:
    _, state = detector.windows(beginning(), two_sentences())
    assert state.nbytes == beginning().nbytes == (128 + 128 + 64) * 4


def test_the_thread_hears_the_same(detector: VoiceDetector) -> None:
    answer = two_sentences()
    expected = heard(detector, answer)
    thread = DetectorThread(detector)

    async def listen() -> list[Window]:
        state = beginning()
        first, state = await thread.windows(state, answer[: 10 * WINDOW_SAMPLES])
        rest, state = await thread.windows(state, answer[10 * WINDOW_SAMPLES :])
        return first + rest

    async def crowd() -> list[list[Window]]:
        return await asyncio.gather(*(listen() for _ in range(5)))

    assert asyncio.run(crowd()) == [expected] * 5
    thread.close()


def test_only_whole_windows(detector: VoiceDetector) -> None:
    with pytest.raises(ValueError, match="700 samples"):
        detector.windows(beginning(), np.zeros(700, np.int16))
    assert len(whole_windows(np.zeros(700, np.int16))) == 2 * WINDOW_SAMPLES
    assert len(whole_windows(np.zeros(1_024, np.int16))) == 1_024


def test_nothing_is_nothing(detector: VoiceDetector) -> None:
    before = beginning()
    assert detector.windows(before, np.zeros(0, np.int16)) == ([], before)


def test_levels(detector: VoiceDetector) -> None:
    loud = 32_767 * np.sin(2 * np.pi * 250 * np.arange(WINDOW_SAMPLES) / SAMPLE_RATE)
    windows, _ = detector.windows(beginning(), samples(silence(0.032), loud, loud / 10))
    assert [round(window.level_db, 1) for window in windows] == [-100.0, -3.0, -23.0]


@pytest.mark.parametrize("model", ["missing.onnx", "broken.onnx"])
def test_a_missing_or_broken_model_is_told(model: str, tmp_path: Path) -> None:
    tmp_path.joinpath("broken.onnx").write_bytes(b"no model")
    with pytest.raises(DetectorUnavailable, match=model):
        VoiceDetector(tmp_path / model)


# --- Together with the segments


def segments(detector: VoiceDetector, answer: Samples) -> tuple[Segmenter, list[Closed]]:
    segmenter = Segmenter()
    events = segmenter.feed(heard(detector, answer))
    events += segmenter.flush(len(answer) * 1_000 // SAMPLE_RATE)
    return segmenter, [event for event in events if isinstance(event, Closed)]


@pytest.mark.parametrize("decibels", [60, 20, 10, 5])
@pytest.mark.parametrize(
    ("text", "voice"),
    [
        ("No.", "en-us"),
        ("Yes.", "en-us"),
        ("I don't know, but I think it works.", "en-us"),
        ("네", "ko"),
        ("아니요", "ko"),
        ("저는 백엔드 개발자로 삼 년 동안 일했습니다.", "ko"),
    ],
)
def test_the_shortest_answers_are_heard(
    detector: VoiceDetector, text: str, voice: str, decibels: float
) -> None:
    speech = spoken(text, voice)
    loud = np.flatnonzero(np.abs(speech) > np.abs(speech).max() / 20)
    began_ms, ended_ms = 1_000 + loud[0] * 1_000 // 16_000, 1_000 + loud[-1] * 1_000 // 16_000
    _, [segment] = segments(detector, samples(with_noise(speech, decibels)))
    assert segment.start_ms < began_ms
    assert segment.end_ms > ended_ms


@pytest.mark.parametrize("seed", range(5))
def test_bytes_in_any_frames_give_the_same_events(detector: VoiceDetector, seed: int) -> None:
    """From the microphone's bytes at 48 kHz on, by whole windows as they become ready."""
    levels = soxr.resample(two_sentences().astype(np.float64), SAMPLE_RATE, 48_000)
    pcm = np.clip(levels, -32_768, 32_767).astype("<i2").tobytes()
    random = Random(seed)

    def events(frame_bytes: Callable[[], int]) -> list[SpeechEvent]:
        resampler, segmenter, state = Resampler(48_000), Segmenter(), beginning()
        waiting, told, at = np.zeros(0, np.int16), [], 0
        while at < len(pcm):
            frame = pcm[at : at + frame_bytes()]
            at += len(frame)
            waiting = np.concatenate([waiting, resampler.feed(frame)])
            whole = len(waiting) - len(waiting) % WINDOW_SAMPLES
            windows, state = detector.windows(state, waiting[:whole])
            waiting = waiting[whole:]
            told += segmenter.feed(windows)
        windows, state = detector.windows(
            state, whole_windows(np.concatenate([waiting, resampler.flush()]))
        )
        return [*told, *segmenter.feed(windows), *segmenter.flush(ms_of(len(pcm), 48_000))]

    once = events(lambda: len(pcm))
    assert len(once) > 4
    assert events(lambda: random.randint(1, 20_000)) == once


def test_sentences_with_a_pause_are_one_segment_of_two_stretches(detector: VoiceDetector) -> None:
    segmenter, closed = segments(detector, two_sentences())
    assert len(segmenter.stretches) == 2
    assert len(closed) == 1


@pytest.mark.parametrize("kind", ["silence", "noise", "tone", "clicks", "taps"])
def test_what_is_no_voice_is_not_heard(detector: VoiceDetector, kind: str) -> None:
    generator = np.random.default_rng(1)
    seconds = np.arange(10 * SAMPLE_RATE) / SAMPLE_RATE
    sounds = {
        "silence": silence(10),
        "noise": generator.normal(0, 2_000, len(seconds)),
        "tone": 8_000 * np.sin(2 * np.pi * 440 * seconds),
        "clicks": 30_000.0 * (np.arange(len(seconds)) % 8_000 == 0),
        "taps": generator.normal(0, 20_000, len(seconds)) * np.exp(-160 * (seconds % 0.3)),
    }
    _, closed = segments(detector, samples(sounds[kind]))
    assert closed == []
