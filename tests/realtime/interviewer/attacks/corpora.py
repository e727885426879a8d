"""Reads the corpora of this folder: attacks, and clean answers to hold against them.

What a case is meant to show stands in README.md. The files are data: they are read strictly, so
that a misspelt or missing field is an error.
"""

from pathlib import Path
from typing import Annotated, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta

HERE = Path(__file__).parent

Language = Literal["en", "ko"]
Name = Annotated[str, Meta(pattern=r"\S")]


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text; `id` is never given to another text."""

    id: Annotated[str, Meta(pattern=r"^[a-z]+(-[a-z]+)*-[0-9]+$")]
    text: str


class Persuasive(Case, frozen=True):
    """Asks the judge in words for what an answer has to earn."""

    language: Language
    technique: Name


class Structural(Case, frozen=True):
    """Forges the form that prompts and replies have."""

    technique: Name


class Clean(Case, frozen=True):
    """An honest answer; `hard` where it sounds like an attack."""

    language: Language
    role: Name

    @property
    def hard(self) -> bool:
        return "-hard-" in self.id


CaseT = TypeVar("CaseT", bound=Case)


class Corpus(msgspec.Struct, Generic[CaseT], frozen=True, forbid_unknown_fields=True):
    case: list[CaseT]


def persuasive() -> list[Persuasive]:
    return msgspec.toml.decode(_bytes("persuasive"), type=Corpus[Persuasive]).case


def structural() -> list[Structural]:
    return msgspec.toml.decode(_bytes("structural"), type=Corpus[Structural]).case


def clean() -> list[Clean]:
    return msgspec.toml.decode(_bytes("clean"), type=Corpus[Clean]).case


def _bytes(name: str) -> bytes:
    return (HERE / f"{name}.toml").read_bytes()
