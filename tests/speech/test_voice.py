"""Of tests/speech/voice.py."""

import io
import wave

import numpy as np
import pytest

from realtime.speech.clip import SAMPLE_RATE, SAMPLES_A_MS
from tests.speech.espeak import Manner
from tests.speech.sentences import SENTENCES
from tests.speech.voice import (
    UNSEEN_VOICES,
    join,
    noise,
    resampled,
    say,
    say_in,
    silence,
    wav,
    with_peak,
)


def test_speech_is_mono_of_16_bit_at_16_khz() -> None:
    said = say("I am ready to start.", "en-us", rate=160)
    assert said.dtype == np.int16
    assert said.ndim == 1
    assert 1.0 < len(said) / SAMPLE_RATE < 2.5
    assert np.abs(said.astype(np.int32)).max() > 5_000


def test_speech_begins_and_ends_without_silence() -> None:
    said = np.abs(say("My team trusted me.", "en+f4").astype(np.int32))
    assert said[: 60 * SAMPLES_A_MS].max() > 100
    assert said[-60 * SAMPLES_A_MS :].max() > 40


def test_words_are_those_of_the_text_in_its_order() -> None:
    text = "In five years I want to lead a team."
    spoken = say_in(Manner("en-us+m7"), text)
    assert " ".join(word.text for word in spoken.words) == text
    assert spoken.words[0].start_ms == 0
    assert spoken.words[-1].end_ms == spoken.duration_ms
    for word, following in zip(spoken.words, spoken.words[1:], strict=False):
        assert word.start_ms < word.end_ms == following.start_ms


def test_one_word_may_be_spoken_as_two() -> None:
    spoken = say_in(Manner("en-us"), "At 10:30 today.")
    assert [word.text for word in spoken.words] == ["At", "10:30", "today."]


def test_pauses_lie_between_the_parts_and_around_them() -> None:
    part = np.full(16, 7, np.int16)
    joined = join([part, part, part], [3, 5], around_ms=2)
    assert len(joined) == 3 * 16 + (2 + 3 + 5 + 2) * SAMPLES_A_MS
    assert np.array_equal(np.flatnonzero(joined)[::16], np.array([32, 32 + 16 + 48, 32 + 32 + 128]))
    assert np.array_equal(join([part, part], 3), join([part, part], [3]))


def test_there_is_a_pause_for_each_two_parts() -> None:
    with pytest.raises(ValueError, match="2 parts take 1 pauses, not 2"):
        join([silence(1), silence(1)], [1, 1])


@pytest.mark.parametrize("snr_db", [0.0, 10.0, 30.0])
def test_noise_is_so_far_below_the_speech(snr_db: float) -> None:
    clean = with_peak(say("The deadline was very tight."), 0.3)
    noisy = noise(clean, snr_db, seed=1)
    added = noisy.astype(np.float64) - clean
    measured_db = 10 * np.log10(np.mean(clean.astype(np.float64) ** 2) / np.mean(added**2))
    assert measured_db == pytest.approx(snr_db, abs=0.3)
    assert np.array_equal(noisy, noise(clean, snr_db, seed=1))
    assert not np.array_equal(noisy, noise(clean, snr_db, seed=2))


def test_noise_over_silence_is_silence() -> None:
    assert not noise(silence(10), 10, seed=1).any()
    assert len(noise(silence(0), 10, seed=1)) == 0


def test_loudness_is_set_by_the_peak() -> None:
    assert np.abs(with_peak(say("감사합니다.", "ko"), 0.25).astype(np.int32)).max() == 8_192
    assert not with_peak(silence(5), 0.5).any()


def test_a_tone_keeps_its_pitch_at_another_rate() -> None:
    tone = (10_000 * np.sin(2 * np.pi * 440 * np.arange(SAMPLE_RATE) / SAMPLE_RATE)).astype(
        np.int16
    )
    other = resampled(tone, SAMPLE_RATE, 48_000)
    assert len(other) == 48_000
    assert np.abs(np.fft.rfft(other)).argmax() == 440


def test_a_wav_file_holds_the_samples() -> None:
    said = say("Yes, that is correct.")
    with wave.open(io.BytesIO(wav(said))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16_000)
        assert np.array_equal(np.frombuffer(file.readframes(len(said) + 1), "<i2"), said)


def test_every_unseen_voice_speaks() -> None:
    for language, voices in UNSEEN_VOICES.items():
        for voice in voices:
            assert len(say(SENTENCES[language][0], voice)) > 0


def test_the_sentences_are_forty_and_ten() -> None:
    assert {language: len(set(texts)) for language, texts in SENTENCES.items()} == {
        "en": 40,
        "ko": 10,
    }
