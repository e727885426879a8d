"""How the words so far end: over a hundred answers that people give, told by hand what they are."""

import tomllib
import unicodedata
from pathlib import Path
from typing import Any, get_args

import pytest

from protocol.view import Language
from realtime.speech.completeness import Completeness, completeness
from tests.speech.sentences import SENTENCES

LANGUAGES: tuple[Language, ...] = get_args(Language)
EXAMPLES: Any = tomllib.loads(
    Path(__file__).with_name("completeness_examples.toml").read_text("utf-8")
)


@pytest.mark.parametrize(
    ("language", "expected", "text"),
    [
        (language, expected, text)
        for language, by_meaning in EXAMPLES.items()
        for expected, texts in by_meaning.items()
        for text in texts
    ],
)
def test_examples(language: Language, expected: Completeness, text: str) -> None:
    assert completeness(text, language) == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_examples_enough(language: Language) -> None:
    assert set(EXAMPLES[language]) == set(get_args(Completeness))
    assert sum(map(len, EXAMPLES[language].values())) >= 60


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_the_end_counts(language: Language) -> None:
    for texts in EXAMPLES[language].values():
        for text in filter(str.strip, texts):
            before = "x. " * 5_000
            assert completeness(before + text, language) == completeness("x. " + text, language)


def test_how_the_letters_are_encoded_does_not_count() -> None:
    for text in EXAMPLES["ko"]["finished"]:
        assert completeness(unicodedata.normalize("NFD", text), "ko") == "finished"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("I'm done", "finished"), ("I’m done", "finished"), ("I'M DONE", "finished")],
)
def test_spelling_does_not_count(text: str, expected: Completeness) -> None:
    assert completeness(text, "en") == expected


@pytest.mark.parametrize(
    ("language", "sentence"),
    [(language, sentence) for language in LANGUAGES for sentence in SENTENCES[language]],
)
def test_sentences_that_the_rules_were_not_written_with(language: Language, sentence: str) -> None:
    assert completeness(sentence, language) == "finished"
    broken_off = sentence.rpartition(" ")[0]
    if " " in broken_off:
        assert completeness(broken_off, language) in ("unfinished", "unknown")
