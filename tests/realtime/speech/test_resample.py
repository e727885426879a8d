"""Any rate to 16 kHz: what comes out depends on the bytes alone."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.speech.clip import SAMPLE_RATE, Samples
from realtime.speech.resample import BYTES_A_SAMPLE, Resampler, bytes_of, ms_of

RATES = (8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 47_999, 48_000)


def noise(rate: int, seconds: float, seed: int = 1) -> bytes:
    """Loud enough that it clips here and there."""
    samples = np.random.default_rng(seed).normal(0, 12_000, int(rate * seconds))
    return np.clip(samples, -32_768, 32_767).astype("<i2").tobytes()


def resampled(pcm: bytes, rate: int, cuts: list[int]) -> Samples:
    resampler = Resampler(rate)
    bounds = [0, *sorted(cuts), len(pcm)]
    pieces = [resampler.feed(pcm[start:end]) for start, end in pairwise(bounds)]
    return np.concatenate([*pieces, resampler.flush()])


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(RATES), st.integers(0, 2**32 - 1), st.data())
def test_any_split_gives_the_same_samples(rate: int, seed: int, data: st.DataObject) -> None:
    pcm = noise(rate, 0.4, seed)
    cuts = data.draw(st.lists(st.integers(0, len(pcm)), max_size=40))
    assert np.array_equal(resampled(pcm, rate, cuts), resampled(pcm, rate, []))


@pytest.mark.parametrize("rate", [8_000, 44_100])
def test_bytes_one_by_one_give_the_same_samples(rate: int) -> None:
    pcm = noise(rate, 0.2)
    assert np.array_equal(resampled(pcm, rate, list(range(len(pcm)))), resampled(pcm, rate, []))


@pytest.mark.parametrize("rate", RATES)
def test_as_much_time_comes_out_as_went_in(rate: int) -> None:
    samples = resampled(noise(rate, 3), rate, [])
    assert samples.dtype == np.int16
    assert abs(len(samples) - 3 * SAMPLE_RATE) <= 1


@pytest.mark.parametrize("rate", RATES)
def test_a_tone_keeps_its_pitch_level_and_place(rate: int) -> None:
    def tone(at: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return 10_000 * np.sin(2 * np.pi * 1_000 * np.arange(at) / at)

    samples = resampled(tone(rate).astype("<i2").tobytes(), rate, [])
    middle = slice(SAMPLE_RATE // 4, 3 * SAMPLE_RATE // 4)
    assert np.abs(samples[middle] - tone(SAMPLE_RATE)[middle]).max() < 20


def test_16_khz_passes_as_it_is() -> None:
    pcm = noise(SAMPLE_RATE, 0.1)
    resampler = Resampler(SAMPLE_RATE)
    assert resampler.feed(pcm).tobytes() == pcm
    assert len(resampler.flush()) == 0


@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_an_odd_byte_at_the_end_is_dropped(rate: int) -> None:
    pcm = noise(rate, 0.1)
    assert np.array_equal(resampled(pcm + b"\x7f", rate, []), resampled(pcm, rate, []))


@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_nothing_gives_nothing(rate: int) -> None:
    assert len(resampled(b"", rate, [])) == 0


def test_nothing_is_taken_after_the_end() -> None:
    resampler = Resampler(48_000)
    resampler.feed(noise(48_000, 0.1))
    resampler.flush()
    assert len(resampler.flush()) == 0
    with pytest.raises(ValueError, match="flushed already"):
        resampler.feed(b"\0\0")


@pytest.mark.parametrize("rate", [0, 7_999, 48_001])
def test_other_rates_are_refused(rate: int) -> None:
    with pytest.raises(ValueError, match=f"{rate} Hz"):
        Resampler(rate)


@given(st.integers(8_000, 48_000), st.integers(0, 600_000))
def test_places_in_bytes_and_in_time_agree(rate: int, at_ms: int) -> None:
    offset = bytes_of(at_ms, rate)
    assert offset % BYTES_A_SAMPLE == 0
    assert ms_of(offset, rate) == at_ms
    assert offset == 0 or ms_of(offset - BYTES_A_SAMPLE, rate) < at_ms
