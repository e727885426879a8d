"""Sounds that aren't speech: hiss, rumble, clicks, sweeps and hum."""

import random

import numpy as np
import numpy.typing as npt

from realtime.speech.clip import SAMPLE_RATE

Sound = npt.NDArray[np.float32]
"""Samples at 16 kHz; full scale is 1."""

_MAINS_HUM_HZ = (50, 60, 100, 120)


def make_noise(rng: random.Random, count: int) -> Sound:
    """`count` samples of some noise, of power 1."""
    hiss = generator_of(rng).standard_normal(count)
    kind = rng.random()
    if kind < 0.5:
        return _with_power_one(hiss)
    if kind < 0.8:
        return _with_power_one(_rumble(rng, hiss))
    if kind < 0.84:
        return _with_power_one(_clicks(rng, hiss))
    if kind < 0.88:
        return _with_power_one(_sweep(rng, count))
    return _with_power_one(_hum(rng, hiss))


def generator_of(rng: random.Random) -> np.random.Generator:
    """NumPy's, for many numbers at once, seeded by ours."""
    return np.random.default_rng(rng.getrandbits(64))


def _rumble(rng: random.Random, hiss: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Falls with the frequency, from 0.2 % of the band on."""
    spectrum = np.fft.rfft(hiss)
    bins = np.maximum(np.arange(len(spectrum)), len(spectrum) * 0.002)
    falling: npt.NDArray[np.float64] = np.fft.irfft(
        spectrum / bins ** rng.uniform(0.3, 1.0), len(hiss)
    )
    return falling


def _clicks(rng: random.Random, hiss: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    share = rng.choice((1e-4, 1e-3))
    clicks = generator_of(rng).random(len(hiss)) < share
    return clicks.astype(np.float64) + 0.01 * hiss


def _sweep(rng: random.Random, count: int) -> npt.NDArray[np.float64]:
    hertz = np.linspace(rng.uniform(80, 4_000), rng.uniform(80, 4_000), count)
    sweep: npt.NDArray[np.float64] = np.sin(2 * np.pi * np.cumsum(hertz) / SAMPLE_RATE)
    return sweep


def _hum(rng: random.Random, hiss: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    phase = 2 * np.pi * rng.choice(_MAINS_HUM_HZ) * np.arange(len(hiss)) / SAMPLE_RATE
    hum: npt.NDArray[np.float64] = np.sin(phase) + 0.5 * np.sin(2 * phase) + 0.2 * hiss
    return hum


def _with_power_one(sound: npt.NDArray[np.float64]) -> Sound:
    one: Sound = (sound / (sound.std() + 1e-9)).astype(np.float32)
    return one
