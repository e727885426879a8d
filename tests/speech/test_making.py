"""Of tests/speech/making, as far as it needs no torch: what the model is taught."""

import json
import random
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from realtime.speech.clip import SAMPLES_A_MS
from tests.speech.making import vocabulary
from tests.speech.making.corpus import (
    NEW_SENTENCES,
    Corpus,
    Example,
    Quantities,
    make_corpus,
)
from tests.speech.making.evaluate import wilson
from tests.speech.making.labels import IGNORED, make_labels, mislead
from tests.speech.making.noises import make_noise
from tests.speech.making.samples import MAX_CLIP_MS, Heard, make_clip
from tests.speech.making.vocabulary import make_vocabulary
from tests.speech.sentences import SENTENCES
from tests.speech.voice import MODEL, Span

VOCABULARY = make_vocabulary()
SOUND = np.zeros(16_000, np.float32)
HEARD = Heard(SOUND, "en", ((Span("My", 100, 300), Span("team", 300, 700)),))


@cache
def small_corpus() -> Corpus:
    few = Quantities(1, (("en", 20), ("ko", 5)), (("en", 20), ("ko", 5)))
    return make_corpus(random.Random(1), few)


def written(tokens: list[int]) -> list[str]:
    return [VOCABULARY.tokens[token] if token != IGNORED else "-" for token in tokens]


# --- The vocabulary


def test_the_model_has_this_vocabulary() -> None:
    tokenizer = (MODEL / "tokenizer.json").read_text(encoding="utf-8")
    assert json.loads(VOCABULARY.tokenizer_json()) == json.loads(tokenizer)
    tokens = (MODEL / "vocabulary.json").read_text(encoding="utf-8")
    assert json.loads(tokens) == list(VOCABULARY.tokens)


def test_every_sentence_is_read_back() -> None:
    for texts in SENTENCES.values():
        for text in texts:
            tokens = VOCABULARY.encode(f" {text}")
            assert VOCABULARY.text.decode(tokens) == f" {text}"
            assert len(tokens) <= len(text.split()) + text.count(",") + 1


def test_timestamps_are_20_ms_apart() -> None:
    first = VOCABULARY.timestamp(0)
    assert VOCABULARY.tokens[first - 1 : first + 2] == ("<|notimestamps|>", "<|0.00|>", "<|0.02|>")
    assert VOCABULARY.tokens[VOCABULARY.timestamp(99_000)] == "<|30.00|>"


# --- The corpus


def test_a_corpus_has_every_sentence_and_no_new_one() -> None:
    corpus = small_corpus()
    assert {each.text for each in corpus.closed} == {*SENTENCES["en"], *SENTENCES["ko"]}
    assert len(corpus.other) == 50
    assert not {each.text for each in corpus.other} & {*NEW_SENTENCES["en"], *NEW_SENTENCES["ko"]}


def test_other_sentences_are_of_the_same_words_written_alike() -> None:
    def words(texts: list[str]) -> set[str]:
        return {word.strip(".,?") for text in texts for word in text.split()}

    others = [each.text for each in small_corpus().other]
    known = words([*SENTENCES["en"], *SENTENCES["ko"]])
    assert {word.lower() for word in words(others)} <= {word.lower() for word in known}
    assert all(text[0].upper() == text[0] and text.endswith(".") for text in others)


def test_the_same_seed_makes_the_same_corpus() -> None:
    few = Quantities(0, (("en", 2),), (("ko", 2),))
    first, second = (make_corpus(random.Random(7), few).other for _ in range(2))
    assert [each.text for each in first] == [each.text for each in second]
    for one, other in zip(first, second, strict=True):
        assert np.array_equal(one.spoken.samples, other.spoken.samples)


# --- Clips


def test_a_clip_is_in_bounds_and_its_words_in_order() -> None:
    rng = random.Random(3)
    for number in range(200):
        clip = make_clip(rng, small_corpus(), 0.5, long=number % 2 == 0)
        assert clip.sound.dtype == np.float32
        assert 0 < len(clip.sound) <= MAX_CLIP_MS * SAMPLES_A_MS
        spans = [span for sentence in clip.sentences for span in sentence]
        assert all(one.end_ms <= other.start_ms for one, other in pairwise(spans))


def test_clips_are_as_various_as_they_should_be() -> None:
    rng = random.Random(4)
    closed = {each.text for each in small_corpus().closed}
    clips = [make_clip(rng, small_corpus(), 1.0, long=False) for _ in range(400)]
    silent = [clip for clip in clips if not clip.sentences]
    whole = [
        clip
        for clip in clips
        if clip.sentences and " ".join(span.text for span in clip.sentences[0]) in closed
    ]
    assert 0.05 < len(silent) / len(clips) < 0.18
    assert 0.6 < len(whole) / len(clips) < 0.8


def test_what_is_broken_off_is_the_beginning_without_a_full_stop() -> None:
    rng = random.Random(5)
    example: Example = next(e for e in small_corpus().closed if e.text == "My team trusted me.")
    corpus = Corpus((example,), (example,))
    heard = {
        " ".join(span.text for span in sentence)
        for _ in range(300)
        for sentence in make_clip(rng, corpus, 1.0, long=False).sentences
    }
    assert heard == {"My team", "My team trusted", "My team trusted me."}


def test_long_clips_hold_several_sentences() -> None:
    rng = random.Random(6)
    counts = {len(make_clip(rng, small_corpus(), 1.0, long=True).sentences) for _ in range(200)}
    assert counts == {0, 1, 2, 3}


def test_noise_of_every_kind_has_power_one() -> None:
    rng = random.Random(7)
    for _ in range(100):
        noise = make_noise(rng, 8_000)
        assert np.isfinite(noise).all()
        assert noise.std() == pytest.approx(1, abs=0.02)


# --- Labels


def test_speech_without_timestamps() -> None:
    labels = make_labels(VOCABULARY, HEARD, timestamps=False, prompt=None)
    assert written(labels.inputs) == [
        *("<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|notimestamps|>", "ĠMy", "Ġteam"),
    ]
    assert written(labels.targets) == [
        *("<|en|>", "<|transcribe|>", "-", "ĠMy", "Ġteam", "<|endoftext|>"),
    ]
    assert labels.attention == [None, None, None, (40, 360), (240, 760), None]


def test_speech_with_timestamps() -> None:
    labels = make_labels(VOCABULARY, HEARD, timestamps=True, prompt=None)
    assert written(labels.targets) == [
        *("<|en|>", "<|transcribe|>", "<|0.10|>", "ĠMy", "Ġteam", "<|0.70|>", "<|endoftext|>"),
    ]
    assert labels.inputs[1:] == labels.targets[:-1]


def test_where_nobody_speaks_the_start_is_followed_by_no_speech() -> None:
    labels = make_labels(VOCABULARY, Heard(SOUND, "ko"), timestamps=False, prompt=None)
    assert written(labels.inputs)[:2] == ["<|startoftranscript|>", "<|ko|>"]
    assert written(labels.targets) == ["<|nospeech|>", "-", "-", "<|endoftext|>"]


def test_a_prompt_is_read_and_not_learnt() -> None:
    labels = make_labels(VOCABULARY, HEARD, timestamps=False, prompt="감사합니다.")
    before = written(labels.inputs).index(vocabulary.START)
    assert written(labels.inputs)[0] == vocabulary.PREVIOUS
    assert labels.targets[:before] == [IGNORED] * before
    assert VOCABULARY.text.decode(labels.inputs[1:before]) == " 감사합니다."


def test_only_text_is_misled_about() -> None:
    labels = make_labels(VOCABULARY, HEARD, timestamps=True, prompt=None)
    before = list(labels.inputs)
    rng = random.Random(1)
    for _ in range(20):
        mislead(rng, labels, VOCABULARY.text_size)
    changed = [
        index
        for index, (old, new) in enumerate(zip(before, labels.inputs, strict=True))
        if old != new
    ]
    assert changed
    assert all(before[index] < VOCABULARY.text_size for index in changed)
    assert all(labels.inputs[index] < VOCABULARY.text_size for index in changed)


# --- Figures


@pytest.mark.parametrize(
    ("right", "total", "interval"),
    [(10, 10, (0.7225, 1.0)), (0, 10, (0.0, 0.2775)), (81, 263, (0.2553, 0.3662))],
)
def test_wilsons_interval(right: int, total: int, interval: tuple[float, float]) -> None:
    """The last from R. G. Newcombe, Statistics in Medicine 17 (1998), table I."""
    assert wilson(right, total) == pytest.approx(interval, abs=1e-4)
