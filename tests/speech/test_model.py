"""Of the model for tests (tests/speech/model): that it is the one it says, and that it hears."""

import hashlib

import numpy as np
import pytest

from protocol.view import Language
from realtime.speech.clip import Samples
from tests.speech.espeak import Manner
from tests.speech.hearing import Hearing
from tests.speech.making.corpus import TRAINED_VOICES
from tests.speech.sentences import SENTENCES
from tests.speech.voice import MODEL, UNSEEN_VOICES, join, noise, say, say_in, silence


@pytest.fixture(scope="module")
def hearing() -> Hearing:
    return Hearing()


def in_a_pause(samples: Samples) -> Samples:
    return join([samples], 0, around_ms=300)


def misheard(hearing: Hearing, language: Language, snr_db: float | None) -> list[tuple[str, str]]:
    """Every sentence, by one unseen voice after the other, that wasn't written letter by letter."""
    wrong = []
    voices = UNSEEN_VOICES[language]
    for number, text in enumerate(SENTENCES[language]):
        samples = in_a_pause(say(text, voices[number % len(voices)], rate=140 + 10 * (number % 6)))
        if snr_db is not None:
            samples = noise(samples, snr_db, seed=number)
        if (heard := hearing.transcribe(samples, language).text) != text:
            wrong.append((text, heard))
    return wrong


def test_the_files_have_their_checksums() -> None:
    lines = (MODEL / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    expected = {name: checksum for checksum, name in (line.split() for line in lines)}
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in MODEL.iterdir()
        if path.name not in ("README.md", "SHA256SUMS")
    }
    assert found == expected
    assert "model.bin" in found


def test_no_unseen_voice_was_trained_on() -> None:
    for language, voices in UNSEEN_VOICES.items():
        assert not set(voices) & set(TRAINED_VOICES[language])


# One of forty may be misheard: another processor rounds otherwise.
@pytest.mark.parametrize("snr_db", [None, 20.0])
def test_english_by_unseen_voices_is_heard(hearing: Hearing, snr_db: float | None) -> None:
    assert len(misheard(hearing, "en", snr_db)) <= 1, misheard(hearing, "en", snr_db)


@pytest.mark.parametrize("snr_db", [None, 15.0])
def test_korean_by_unseen_voices_is_heard(hearing: Hearing, snr_db: float | None) -> None:
    assert misheard(hearing, "ko", snr_db) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "We solved the conflict together."), ("ko", "다음 질문으로 가 주세요.")],
)
def test_the_language_is_told(hearing: Hearing, language: Language, text: str) -> None:
    samples = in_a_pause(say(text, UNSEEN_VOICES[language][0]))
    assert hearing.multilingual
    assert hearing.transcribe(samples, None).language == language


def test_two_sentences_are_heard_in_one_clip(hearing: Hearing) -> None:
    first, second = "I led a small team of engineers.", "The project was a success."
    samples = in_a_pause(join([say(text, "en-us+m7") for text in (first, second)], 500))
    assert hearing.transcribe(samples, "en").text == f"{first} {second}"


def test_words_are_given_where_they_are_heard(hearing: Hearing) -> None:
    spoken = say_in(Manner("en+f4"), "I talked to the customer every week.")
    heard = hearing.transcribe(in_a_pause(spoken.samples), "en", words=True).words
    assert [word.text for word in heard] == [word.text for word in spoken.words]
    # faster-whisper lets the first word begin with the clip.
    for mine, true in zip(heard[1:], spoken.words[1:], strict=True):
        assert mine.start_ms == pytest.approx(300 + true.start_ms, abs=250)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_silence_has_no_words(hearing: Hearing, language: Language) -> None:
    heard = hearing.transcribe(silence(3_000), language)
    assert heard.text == ""
    assert heard.no_speech > 0.6


def test_noise_has_no_words(hearing: Hearing) -> None:
    loud = np.full(3 * 16_000, 3_000, np.int16)
    assert hearing.transcribe((noise(loud, 0, seed=1) - loud).astype(np.int16), "en").text == ""
