"""The interviewer's phrases: complete, and naming only what is known."""

import re
from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest

from protocol.view import Language, Persona
from realtime.interviewer.offline.lacks import PROBES
from realtime.interviewer.offline.library import Library

LANGUAGES: tuple[Language, ...] = get_args(Language)
# In Korean these change with the sound before them, so that they can't follow what is filled in.
PARTICLE = re.compile(r"\}[”\"]?(?:은|는|이|가|을|를|과|와|으로|로)(?![가-힣])")


def every_line(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    else:
        for inner in value.values() if isinstance(value, dict) else value:
            yield from every_line(inner)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_follow_up_can_be_told_by_its_topic(language: Language, library: Library) -> None:
    phrases = library.phrases[language]
    for probe in PROBES:
        assert phrases.probe(phrases.follow_up[probe].topic) == probe
    assert phrases.probe("no such topic") is None


def test_follow_up_topics_are_no_topics_of_banks(library: Library) -> None:
    for language in LANGUAGES:
        topics = {each.topic for each in library.phrases[language].follow_up.values()}
        for bank in library.banks.by_language[language].values():
            assert topics.isdisjoint(asked.topic for asked in bank.questions)


def test_no_korean_particle_hangs_on_what_is_filled_in(library: Library) -> None:
    for line in every_line(msgspec.to_builtins(library.phrases["ko"])):
        assert not PARTICLE.search(line), line


@pytest.mark.parametrize("language", LANGUAGES)
def test_quotations_stand_in_quotation_marks(language: Language, library: Library) -> None:
    for line in every_line(msgspec.to_builtins(library.phrases[language])):
        assert line.count("{quote}") == line.count("“{quote}”"), line
        assert line.strip(), "an empty line"


def test_a_persona_has_its_own_words(library: Library) -> None:
    personas: tuple[Persona, ...] = get_args(Persona)
    for phrases in library.phrases.values():
        for follow_up in phrases.follow_up.values():
            said = [line for persona in personas for line in follow_up.of(persona)]
            assert len(set(said)) == len(said)
