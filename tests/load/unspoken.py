"""Sounds without a word in them, such as microphones bring: twelve kinds, each another by its seed.

Silence and a room's quiet; noise, white, pink and of a fan; a mains' hum; tones and a telephone's
ringing; chords, and a tune with a beat; clicks, keys that are struck; and breath.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from realtime.speech.clip import SAMPLE_RATE, Samples

Sound = npt.NDArray[np.float64]
Generator = np.random.Generator

_FULL_SCALE = 32_767
# Equal temperament above A2, of a pentatonic scale.
_NOTES_HZ = 110 * 2 ** (np.array([0, 3, 5, 7, 10, 12, 15, 17, 19, 22, 24]) / 12)


def unspoken(kind: str, seed: int) -> Samples:
    """3 to 9 s of that kind."""
    chance = np.random.default_rng([seed, KINDS.index(kind)])
    count = int(chance.integers(3 * SAMPLE_RATE, 9 * SAMPLE_RATE))
    sound = _SOUNDS[kind](count, chance)
    peak = max(1e-9, float(np.abs(sound).max()))
    loud = sound if kind in _QUIET else sound / peak * chance.uniform(0.05, 0.9)
    samples: Samples = np.rint(loud * _FULL_SCALE).clip(-32_768, _FULL_SCALE).astype(np.int16)
    return samples


def _silence(count: int, chance: Generator) -> Sound:
    return np.zeros(count)


def _room(count: int, chance: Generator) -> Sound:
    """A quiet one, 50 to 70 dB below full scale."""
    level: float = 10 ** (-chance.uniform(50, 70) / 20)
    sound: Sound = level * chance.standard_normal(count)
    return sound


def _white(count: int, chance: Generator) -> Sound:
    sound: Sound = chance.standard_normal(count)
    return sound


def _pink(count: int, chance: Generator) -> Sound:
    return _shaped(count, chance, lambda hz: 1 / np.sqrt(np.maximum(hz, 20)))


def _fan(count: int, chance: Generator) -> Sound:
    """Low noise, and the tone of its blades."""
    noise = _shaped(count, chance, lambda hz: 1 / np.maximum(hz, 30))
    blades = np.sin(2 * np.pi * chance.uniform(70, 300) * _seconds(count))
    sound: Sound = noise / np.abs(noise).max() + 0.2 * blades
    return sound


def _hum(count: int, chance: Generator) -> Sound:
    base_hz = float(chance.choice([50, 60]))
    return _harmonics(base_hz, 12, count, chance)


def _tones(count: int, chance: Generator) -> Sound:
    """One after another, or a glide."""
    if chance.random() < 0.3:
        hz = np.linspace(chance.uniform(80, 2_000), chance.uniform(80, 2_000), count)
        glide: Sound = np.sin(2 * np.pi * np.cumsum(hz) / SAMPLE_RATE)
        return glide
    length = int(chance.uniform(0.2, 2) * SAMPLE_RATE)
    each = np.array([chance.uniform(80, 3_000) for _ in range(-(-count // length))])
    hz = np.repeat(each, length)[:count]
    sound: Sound = np.sin(2 * np.pi * np.cumsum(hz) / SAMPLE_RATE)
    return sound


def _ringing(count: int, chance: Generator) -> Sound:
    """Two tones that come and go."""
    at = _seconds(count)
    pair = chance.uniform(400, 900, 2)
    tones = sum(np.sin(2 * np.pi * hz * at) for hz in pair)
    sound: Sound = tones * ((at % chance.uniform(0.8, 3)) < chance.uniform(0.3, 0.7))
    return sound


def _chords(count: int, chance: Generator) -> Sound:
    """Three or four notes at once, that swell and die away."""
    sound = np.zeros(count)
    for start in range(0, count, int(chance.uniform(0.5, 1.5) * SAMPLE_RATE)):
        rest = count - start
        swell = np.minimum(_seconds(rest) / 0.05, 1) * np.exp(-_seconds(rest) / 0.8)
        for hz in chance.choice(_NOTES_HZ, int(chance.integers(3, 5)), replace=False):
            sound[start:] += swell * _harmonics(hz, 6, rest, chance)
    return sound


def _tune(count: int, chance: Generator) -> Sound:
    """Plucked notes and a beat."""
    sound = np.zeros(count)
    step = int(chance.uniform(0.18, 0.4) * SAMPLE_RATE)
    for number, start in enumerate(range(0, count, step)):
        rest = min(count - start, 2 * step)
        decay = np.exp(-_seconds(rest) / 0.15)
        end = start + rest
        sound[start:end] += decay * _harmonics(float(chance.choice(_NOTES_HZ)), 8, rest, chance)
        if number % 2 == 0:
            sound[start:end] += np.exp(-_seconds(rest) / 0.02) * chance.standard_normal(rest)
    return sound


def _clicks(count: int, chance: Generator) -> Sound:
    """Keys, taps and knocks: 3 to 60 ms each."""
    sound = 0.003 * chance.standard_normal(count)
    at = 0
    while (at := at + int(chance.exponential(0.25) * SAMPLE_RATE) + 200) < count:
        rest = min(count - at, SAMPLE_RATE // 5)
        decay = np.exp(-_seconds(rest) / chance.uniform(0.001, 0.02))
        sound[at : at + rest] += chance.uniform(0.2, 1) * decay * chance.standard_normal(rest)
    return sound


def _breath(count: int, chance: Generator) -> Sound:
    """In and out: noise of a throat's colour, every 2 to 4 s."""
    low_hz, high_hz = chance.uniform(200, 500), chance.uniform(1_500, 4_000)
    noise = _shaped(count, chance, lambda hz: ((hz > low_hz) & (hz < high_hz)).astype(float))
    phase = 2 * np.pi * _seconds(count) / chance.uniform(2, 4)
    sound: Sound = noise * np.maximum(0, np.sin(phase)) ** 2
    return sound


def _seconds(count: int) -> Sound:
    return np.arange(count) / SAMPLE_RATE


def _harmonics(base_hz: float, most: int, count: int, chance: Generator) -> Sound:
    at = _seconds(count)
    sound: Sound = np.zeros(count)
    for number in range(1, most + 1):
        phase = chance.uniform(0, 2 * np.pi)
        sound += np.sin(2 * np.pi * number * base_hz * at + phase) * chance.uniform(0.3, 1) / number
    return sound


def _shaped(count: int, chance: Generator, gain: Callable[[Sound], Sound]) -> Sound:
    spectrum = np.fft.rfft(chance.standard_normal(count))
    places_hz: Sound = np.fft.rfftfreq(count, 1 / SAMPLE_RATE).astype(np.float64)
    sound: Sound = np.fft.irfft(spectrum * gain(places_hz), count)
    return sound


_QUIET = ("silence", "a room")
_SOUNDS: dict[str, Callable[[int, Generator], Sound]] = {
    "silence": _silence,
    "a room": _room,
    "white noise": _white,
    "pink noise": _pink,
    "a fan": _fan,
    "hum": _hum,
    "tones": _tones,
    "ringing": _ringing,
    "chords": _chords,
    "a tune": _tune,
    "clicks": _clicks,
    "breath": _breath,
}
KINDS = tuple(_SOUNDS)
