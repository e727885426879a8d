"""Of tests/speech/espeak.py."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.speech.espeak import EspeakError, Manner, speak

TEXT = "Tell me about yourself."


def samples(manner: Manner, text: str = TEXT) -> bytes:
    return speak(text, manner).samples.tobytes()


@pytest.mark.parametrize("voice", ["en-us", "en-gb-scotland+f2", "en+klatt2", "en+Andy", "ko+m5"])
def test_the_same_text_sounds_the_same_after_any_other(voice: str) -> None:
    first = samples(Manner(voice))
    samples(Manner("ko+f3"), "안녕하세요.")
    samples(Manner("en+Alicia", rate=200))
    assert samples(Manner(voice)) == first


def test_the_same_text_sounds_the_same_in_many_threads() -> None:
    manners = [Manner(voice) for voice in ("en-us+m7", "en+klatt2", "ko+m5")] * 8
    alone = [samples(manner) for manner in manners]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(samples, manners)) == alone


def test_the_manner_is_heard() -> None:
    usual = Manner("en-us")
    others = [
        Manner("en-us+f2"),
        Manner("en-us", rate=200),
        Manner("en-us", pitch=70),
        Manner("en-us", pitch_range=80),
    ]
    assert samples(usual) not in [samples(other) for other in others]
    assert samples(Manner("en+Alicia")) != samples(Manner("en+Alicia", seed=2))
    assert len(samples(Manner("en-us", rate=240))) < 0.8 * len(samples(usual))


def test_words_and_phonemes_are_marked() -> None:
    utterance = speak(TEXT, Manner("en-us"))
    assert [mark.character for mark in utterance.words] == [0, 5, 8, 14]
    assert [mark.phoneme for mark in utterance.phonemes][:3] == ["t", "'E", "l"]
    times = [mark.at_ms for mark in utterance.words]
    assert times == sorted(times)
    assert times[-1] < 1_000 * len(utterance.samples) / utterance.sample_rate


def test_korean_is_spoken_as_korean() -> None:
    utterance = speak("안녕하세요.", Manner("ko"))
    assert utterance.words[0].character == 0
    assert np.abs(utterance.samples.astype(np.int32)).max() > 5_000


def test_of_nothing_nothing_is_said() -> None:
    assert speak("", Manner("en")).words == []


@pytest.mark.parametrize("voice", ["xx-nobody", "en-us+nobody", "en-us+../en_dict"])
def test_a_voice_that_there_is_not_is_refused(voice: str) -> None:
    with pytest.raises(EspeakError, match="espeak-ng has no"):
        speak(TEXT, Manner(voice))
