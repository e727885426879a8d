"""Of what a recogniser wrote, words: whole, apart, without asides."""

import pytest

from realtime.speech.cleaning import clean
from realtime.speech.clip import ClipWord
from realtime.speech.phantoms import phantoms


def cleaned(*texts: str) -> list[str]:
    words = [ClipWord(text, 100 * at, 100 * at + 100, 0.9) for at, text in enumerate(texts)]
    return [word.text for word in clean(words, 0, phantoms())]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ([" e", "-mail", ","], ["e-mail,"]),
        (["The", " end", "."], ["The", "end."]),
        ([" …and", " - so"], ["and", "so"]),
        ([" so", " -", " then"], ["so", "then"]),
        ([" two words"], ["two", "words"]),
        ([" -5", " —but"], ["-5", "but"]),
        ([" what?!", " end.,", " and...."], ["what?!", "end.", "and…"]),
        ([",", " so"], ["so"]),
        ([" so", "", " it"], ["so", "it"]),
        ([" \u1112\u1161\u11ab\ufffd", " a\u0007\ud800b"], ["한", "ab"]),
        ([" [", "Music", "]", " so"], ["so"]),
        ([" (upbeat", " music)", " so"], ["so"]),
        ([" (API)", " so"], ["(API)", "so"]),
        ([" *sighs*", " so", " ♪ la", " la ♪"], ["so"]),
        ([" [one", " 2", " 3", " 4", " 5", " 6", " 7]"], ["[one", "2", "3", "4", "5", "6", "7]"]),
    ],
)
def test_clean(written: list[str], words: list[str]) -> None:
    assert cleaned(*written) == words


def test_parts_share_the_place_of_what_they_were() -> None:
    words = clean([ClipWord(" two words", 0, 1_000, 1.5)], 5_000, phantoms())
    assert [(word.start_ms, word.end_ms, word.probability) for word in words] == [
        (5_000, 5_500, 1.0),
        (5_500, 6_000, 1.0),
    ]


def test_what_is_joined_is_as_sure_as_its_letters() -> None:
    (word,) = clean([ClipWord(" e", 0, 100, 0.4), ClipWord("-mail", 100, 500, 0.9)], 0, phantoms())
    assert (word.start_ms, word.end_ms) == (0, 500)
    assert word.probability == pytest.approx((0.4 + 5 * 0.9) / 6)
