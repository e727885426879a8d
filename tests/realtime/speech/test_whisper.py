"""Whisper itself, by the model that is made for tests, on speech that it wasn't trained on."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from protocol.view import Language
from realtime.clock import SystemClock
from realtime.speech.clip import SAMPLES_A_MS, Clip, Recognized, Samples
from realtime.speech.pool import Pool, PoolLimits, worker_command
from realtime.speech.whisper import Whisper
from realtime.speech.wire import MAX_CLIP_SAMPLES, WhisperOptions
from tests.speech.sentences import SENTENCES
from tests.speech.voice import MODEL, UNSEEN_VOICES, join, noise, say, silence

OPTIONS = WhisperOptions(str(MODEL))


@pytest.fixture(scope="module")
def whisper() -> Whisper:
    return Whisper(OPTIONS)


def spoken(text: str, language: Language) -> Samples:
    return join([say(text, UNSEEN_VOICES[language][0])], 0, around_ms=200)


@pytest.mark.parametrize(
    ("language", "text"),
    [(language, text) for language in ("en", "ko") for text in SENTENCES[language][:8]],
)
def test_it_hears_what_is_said(whisper: Whisper, language: Language, text: str) -> None:
    found = whisper.recognize(spoken(text, language), language, final=True)
    assert found.text.strip() == text


def test_words_are_the_text_in_the_order_of_time(whisper: Whisper) -> None:
    text = SENTENCES["en"][0]
    samples = spoken(text, "en")
    found = whisper.recognize(samples, "en", final=False)
    assert [word.text for word in found.words] == [f" {word}" for word in text.split()]
    times = [each for word in found.words for each in (word.start_ms, word.end_ms)]
    assert times == sorted(times)
    assert 0 <= times[0] <= times[-1] <= len(samples) / SAMPLES_A_MS
    assert all(0.5 < word.probability <= 1 for word in found.words)


def test_a_korean_word_begins_with_its_space(whisper: Whisper) -> None:
    text = SENTENCES["ko"][0]
    found = whisper.recognize(spoken(text, "ko"), "ko", final=True)
    assert [word.text.strip() for word in found.words] == text.split()


def test_segments_tell_how_sure_it_is(whisper: Whisper) -> None:
    (segment,) = whisper.recognize(spoken(SENTENCES["en"][0], "en"), "en", final=True).segments
    assert segment.no_speech < 0.1
    assert -1 < segment.mean_log_probability <= 0
    assert 0 < segment.compression_ratio < 2.4


@pytest.mark.parametrize("beam", [1, 5])
def test_the_same_clip_gives_the_same(beam: int) -> None:
    samples = spoken(SENTENCES["en"][1], "en")
    options = WhisperOptions(str(MODEL), beam=beam)
    first, second = (Whisper(options).recognize(samples, "en", final=True) for _ in range(2))
    assert first == second
    assert first.text.strip() == SENTENCES["en"][1]


def test_of_nothing_nothing_comes(whisper: Whisper) -> None:
    assert whisper.recognize(np.zeros(0, np.int16), "en", final=True) == Recognized(())
    assert whisper.recognize(np.zeros(1, np.int16), "en", final=True).text == ""


def test_at_most_30_s_are_taken(whisper: Whisper) -> None:
    longest = silence(30_000)
    assert len(longest) == MAX_CLIP_SAMPLES
    whisper.recognize(longest, "en", final=True)
    with pytest.raises(ValueError, match="480001"):
        whisper.recognize(np.append(longest, np.int16(0)), "en", final=True)


def windows(whisper: Whisper, samples: Samples) -> int:
    whisper.recognize(samples, "en", final=True)
    return whisper.windows


def test_a_clip_takes_few_windows(whisper: Whisper) -> None:
    assert windows(whisper, silence(2_000)) == 1
    for text in SENTENCES["en"][:8]:
        assert windows(whisper, spoken(text, "en")) == 1
    several = join([say(text) for text in SENTENCES["en"][:9]], 300)[:MAX_CLIP_SAMPLES]
    assert windows(whisper, several) <= 2
    assert windows(whisper, noise(several, 3, seed=1)) <= 2


def test_a_folder_without_a_model_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"model\.bin"):
        Whisper(WhisperOptions(str(tmp_path)))


# --- by way of the pool


@pytest.fixture(scope="module")
async def pool() -> AsyncIterator[Pool]:
    async with Pool(worker_command(OPTIONS), SystemClock(), PoolLimits()) as made:
        yield made


@pytest.mark.anyio
@pytest.mark.parametrize("language", ["en", "ko"])
async def test_the_pool_hears_the_same(pool: Pool, whisper: Whisper, language: Language) -> None:
    samples = spoken(SENTENCES[language][2], language)
    found = await pool.recognize(Clip(samples, language, "final"))
    assert found == whisper.recognize(samples, language, final=True)
    assert found.text.strip() == SENTENCES[language][2]


@pytest.mark.anyio
async def test_a_worker_that_is_killed_in_the_middle_costs_nothing_but_time(pool: Pool) -> None:
    text = SENTENCES["en"][3]
    before = await pool.recognize(Clip(spoken(text, "en"), "en", "final"))
    for pid in pool.pids:
        os.kill(pid, 9)
    assert await pool.recognize(Clip(spoken(text, "en"), "en", "final")) == before


@pytest.mark.anyio
async def test_a_model_that_is_cut_off_is_told(tmp_path: Path) -> None:
    for file in MODEL.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes()[:10_000])
    command = worker_command(WhisperOptions(str(tmp_path)))
    async with Pool(command, SystemClock()) as broken:
        with pytest.raises(Exception, match="RuntimeError: "):
            await broken.loaded()
