"""The lists of what Whisper invents, and how a sentence is compared with them."""

import tomllib
from importlib.resources import files

import msgspec
import pytest

from realtime.speech.phantoms import Likeness, Phantoms, phantoms

SOURCE = (files("realtime.speech") / "data" / "phantoms.toml").read_bytes()
LISTS = tomllib.loads(SOURCE.decode())


def listed(name: str) -> list[str]:
    return [phrase for phrases in LISTS[name].values() for phrase in phrases]


@pytest.mark.parametrize("name", ["never", "doubtful"])
def test_each_listed_phrase_is_known(name: str) -> None:
    wanted = {"never": Likeness.NEVER_SAID, "doubtful": Likeness.DOUBTFUL}[name]
    found = {phrase: phantoms().likeness(phrase.replace("*", "이름")) for phrase in listed(name)}
    assert {phrase for phrase, like in found.items() if like is not wanted} == set()


def test_no_phrase_is_in_both_lists() -> None:
    assert not set(listed("never")) & set(listed("doubtful"))


def test_several_in_one_sentence_are_known() -> None:
    both = "Thank you for watching, see you in the next video"
    assert phantoms().likeness(both) is Likeness.NEVER_SAID
    assert phantoms().likeness("bye bye BYE") is Likeness.DOUBTFUL


@pytest.mark.parametrize(
    "sentence",
    ["So I", "You and I", "No, to you", "Thank you for your question", "so " * 60, "", "Nothing"],
)
def test_what_only_resembles_them_isnt(sentence: str) -> None:
    assert phantoms().likeness(sentence) is Likeness.NONE


def test_a_star_stands_for_few_letters() -> None:
    source = b"never = {x = ['from * here']}\ndoubtful = {}\nsounds = {x = ['la la']}"
    known = Phantoms(source)
    assert known.likeness("From " + "x" * 24 + " here") is Likeness.NEVER_SAID
    assert known.likeness("From " + "x" * 25 + " here") is Likeness.NONE
    assert known.is_sound("(La-la)")
    assert not known.is_sound("(La)")


@pytest.mark.parametrize(
    "source", [b"never = {}", b"never = {}\ndoubtful = {}\nsounds = {}\nx = 1"]
)
def test_a_file_that_isnt_as_it_should_be_is_refused(source: bytes) -> None:
    with pytest.raises(msgspec.ValidationError, match="field"):
        Phantoms(source)
