"""The words that Whisper invents where nobody speaks (`data/phantoms.toml`)."""

import re
from collections.abc import Iterable
from enum import Enum
from functools import cache
from importlib.resources import files

import msgspec

from realtime.speech.spelling import compact

_FILE = files(__package__) / "data" / "phantoms.toml"
# What is longer is no phantom; it also bounds the work of matching.
_LONGEST = 100
_ANYTHING = ".{0,24}?"


class _Lists(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    never: dict[str, tuple[str, ...]]
    doubtful: dict[str, tuple[str, ...]]
    sounds: dict[str, tuple[str, ...]]


class Likeness(Enum):
    """How like a phantom a sentence is."""

    NONE = "none"
    # People say it too.
    DOUBTFUL = "doubtful"
    # Nobody says it in an interview.
    NEVER_SAID = "never_said"


class Phantoms:
    """What is compared with them: sentences, and what stands in brackets."""

    def __init__(self, source: bytes) -> None:
        """
        Raises:
            msgspec.ValidationError: `source` isn't as it should be.
        """
        lists = msgspec.toml.decode(source, type=_Lists)
        never = _either(lists.never)
        self._never = re.compile(f"(?:{never})+", re.DOTALL)
        # Short ones in any order would make up words that people say.
        self._doubtful = re.compile(rf"({_either(lists.doubtful)})\1*", re.DOTALL)
        self._sounds = frozenset(compact(each) for each in _flat(lists.sounds))

    def likeness(self, sentence: str) -> Likeness:
        """Of a sentence that is nothing but such phrases, or the same one over and over."""
        spoken = compact(sentence)
        if len(spoken) > _LONGEST:
            return Likeness.NONE
        if self._never.fullmatch(spoken):
            return Likeness.NEVER_SAID
        return Likeness.DOUBTFUL if self._doubtful.fullmatch(spoken) else Likeness.NONE

    def is_sound(self, text: str) -> bool:
        """Whether `text` tells of a sound, as subtitles do."""
        return compact(text) in self._sounds


@cache
def phantoms() -> Phantoms:
    """Those that are known."""
    return Phantoms(_FILE.read_bytes())


def _flat(lists: dict[str, tuple[str, ...]]) -> Iterable[str]:
    return (phrase for phrases in lists.values() for phrase in phrases)


def _either(lists: dict[str, tuple[str, ...]]) -> str:
    patterns = (
        _ANYTHING.join(re.escape(compact(part)) for part in phrase.split("*"))
        for phrase in _flat(lists)
    )
    return "|".join(sorted(patterns, key=len, reverse=True))
