"""One sample for training: sound as a microphone may give it, and what a decoder is to write.

Speech is louder or softer, faster or slower, after a pause and before one, alone or with more in
the same clip, each as loud as the other or not, over noise, through a microphone that finds its
level or has found it; a quarter of it ends in mid-sentence, and then only the words of which
most was heard count. Some clips hold no speech.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from protocol.view import Language
from realtime.speech.clip import SAMPLE_RATE, SAMPLES_A_MS
from tests.speech.making.corpus import PUNCTUATION, Corpus, Example
from tests.speech.making.noises import Sound, make_noise
from tests.speech.voice import Span

MAX_CLIP_MS = 9_900
_LONG_CLIP_MS = 9_000
_NO_SPEECH_SHARE = 0.08
_CUT_SHARE = 0.25
_NOISY_SHARE = 0.75
# Of clips whose sentences are of very different loudness.
_UNEVEN_SHARE = 0.5
# Of clips that a microphone's gain control finds too loud or too soft at first, and by how much:
# browsers' do at the start of a recording.
_LEVELLED_SHARE = 0.3
_LEVELLED_DB = 12
_LONGEST_PAUSE_MS = 1_200
# A word counts as heard if this much of it was.
_HEARD = 0.6


@dataclass(frozen=True, slots=True)
class Mix:
    """`closed`: the share of closed sentences. `long`: of batches of up to three sentences and
    long pauses. `corrupted`: of samples whose decoder is misled about what it wrote before, so that
    it listens instead.
    """

    closed: float
    long: float
    corrupted: float


@dataclass(frozen=True, slots=True)
class Heard:
    """A clip. `sentences`: the words of each, where they are heard."""

    sound: Sound
    language: Language
    sentences: tuple[tuple[Span, ...], ...] = ()
    phonemes: tuple[Span, ...] = ()


def make_clip(rng: random.Random, corpus: Corpus, closed: float, long: bool) -> Heard:
    """`closed`: the share of closed sentences. `long`: more than one, and longer pauses."""
    example = rng.choice(corpus.closed if rng.random() < closed else corpus.other)
    if rng.random() < _NO_SPEECH_SHARE:
        return Heard(_no_speech(rng), example.language)
    lead_ms = _lead_ms(rng, long)
    examples = [example]
    if long:
        examples += _more(rng, corpus, example, lead_ms)
    heard = _spoken(rng, examples, lead_ms)
    if rng.random() < _LEVELLED_SHARE:
        heard = replace(heard, sound=_levelled(rng, heard.sound))
    if rng.random() < _NOISY_SHARE:
        level = np.sqrt(np.mean(heard.sound**2)) * 10 ** (-rng.uniform(8, 45) / 20)
        noise = make_noise(rng, len(heard.sound))
        heard = replace(heard, sound=(heard.sound + level * noise).astype(np.float32))
    return heard


def _no_speech(rng: random.Random) -> Sound:
    count = int(rng.uniform(0.3, 4) * SAMPLE_RATE)
    if rng.random() < 0.15:
        return np.zeros(count, np.float32)
    quiet: Sound = (make_noise(rng, count) * 10 ** (rng.uniform(-80, -15) / 20)).astype(np.float32)
    return quiet


def _lead_ms(rng: random.Random, long: bool) -> int:
    kind = rng.random()
    if kind < 0.55:
        return int(rng.uniform(0, 300))
    if kind < 0.8 or not long:
        return int(rng.uniform(300, 1_000))
    return int(rng.uniform(1_000, 3_000))


def _more(rng: random.Random, corpus: Corpus, first: Example, lead_ms: int) -> list[Example]:
    """What is said after the first sentence, as far as there is room for it."""
    kind = rng.random()
    found: list[Example] = []
    total_ms = lead_ms + first.spoken.duration_ms
    for _ in range(0 if kind < 0.25 else 1 if kind < 0.85 else 2):
        example = rng.choice(corpus.closed if rng.random() < 0.8 else corpus.other)
        needed_ms = example.spoken.duration_ms + _LONGEST_PAUSE_MS
        if example.language == first.language and total_ms + needed_ms < _LONG_CLIP_MS:
            found.append(example)
            total_ms += needed_ms
    return found


def _spoken(rng: random.Random, examples: Sequence[Example], lead_ms: int) -> Heard:
    sounds = [_silence(lead_ms)]
    at_ms = lead_ms
    sentences: list[tuple[Span, ...]] = []
    phonemes: list[Span] = []
    loudness = rng.uniform(0.08, 1.0)
    uneven = rng.random() < _UNEVEN_SHARE
    for number, example in enumerate(examples):
        if number:
            pause_ms = int(rng.uniform(200, _LONGEST_PAUSE_MS))
            sounds.append(_silence(pause_ms))
            at_ms += pause_ms
        piece = _at_some_speed(rng, example)
        if number == len(examples) - 1 and rng.random() < _CUT_SHARE:
            piece = _cut(rng, piece)
        own = rng.uniform(0.08, 1.0) if uneven else loudness * rng.uniform(0.7, 1)
        gain = own / max(1e-3, float(np.abs(piece.sound).max()))
        sounds.append((piece.sound * gain).astype(np.float32))
        sentences += [_later(words, at_ms) for words in piece.sentences if words]
        phonemes += _later(piece.phonemes, at_ms)
        at_ms += len(piece.sound) // SAMPLES_A_MS
    sounds.append(_silence(int(rng.uniform(*rng.choice(((0, 400), (400, 1_500)))))))
    sound = np.concatenate(sounds)[: MAX_CLIP_MS * SAMPLES_A_MS]
    return Heard(sound, examples[0].language, tuple(sentences), tuple(phonemes))


def _levelled(rng: random.Random, sound: Sound) -> Sound:
    """Too loud or too soft at first, and right within a second or so."""
    decibels = rng.uniform(-_LEVELLED_DB, _LEVELLED_DB)
    settling = rng.uniform(0.2, 1.2) * SAMPLE_RATE
    gain = 10 ** (decibels / 20 * np.exp(-np.arange(len(sound)) / settling))
    return np.clip(sound * gain, -1, 1).astype(np.float32)


def _at_some_speed(rng: random.Random, example: Example) -> Heard:
    """Played faster or slower, which changes the pitch too."""
    speed = rng.uniform(0.92, 1.09)
    sound = example.spoken.samples.astype(np.float32) / 32_768
    places = np.arange(int(len(sound) / speed)) * speed
    played = np.interp(places, np.arange(len(sound)), sound).astype(np.float32)
    words, phonemes = (
        tuple(
            Span(span.text, int(span.start_ms / speed), int(span.end_ms / speed)) for span in spans
        )
        for spans in (example.spoken.words, example.spoken.phonemes)
    )
    return Heard(played, example.language, (words,), phonemes)


def _cut(rng: random.Random, piece: Heard) -> Heard:
    """Broken off. A sentence that has more to come isn't given its full stop."""
    (words,) = piece.sentences
    if len(words) < 2:
        return piece
    end_ms = int(rng.uniform(0.3, 0.95) * len(piece.sound) / SAMPLES_A_MS)
    heard = [
        replace(word, end_ms=min(word.end_ms, end_ms))
        for word in words
        if word.start_ms + _HEARD * (word.end_ms - word.start_ms) <= end_ms
    ]
    if 0 < len(heard) < len(words):
        heard[-1] = replace(heard[-1], text=heard[-1].text.strip(PUNCTUATION))
    return Heard(
        piece.sound[: end_ms * SAMPLES_A_MS],
        piece.language,
        (tuple(heard),),
        tuple(
            replace(span, end_ms=min(span.end_ms, end_ms))
            for span in piece.phonemes
            if span.start_ms < end_ms
        ),
    )


def _later(spans: Sequence[Span], by_ms: int) -> tuple[Span, ...]:
    return tuple(Span(span.text, span.start_ms + by_ms, span.end_ms + by_ms) for span in spans)


def _silence(duration_ms: int) -> Sound:
    return np.zeros(duration_ms * SAMPLES_A_MS, np.float32)
