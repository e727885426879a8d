"""The question banks: what is asked for a role, in a language, and the competencies behind it.

Data (`data/banks/<language>/<role>.toml`), read once. `general` serves every role, and by itself
any that has no bank: with it, a bank gives as many different questions as an interview may have.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from msgspec import Meta

from protocol.view import Language
from realtime.interviewer.files import DATA, DataFileError, read
from realtime.interviewer.offline.lexicon import Form, Level
from realtime.interviewer.offline.text import stems

RoleId = Literal[
    "backend",
    "frontend",
    "data",
    "machine_learning",
    "devops",
    "product",
    "design",
    "marketing",
    "sales",
    "new_graduate",
]
ROLES: tuple[RoleId, ...] = get_args(RoleId)
GENERAL = "general"

MIN_QUESTIONS = 12

Words = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"^\S(?:.*\S)?$")]


@dataclass(frozen=True, slots=True)
class BankCompetency:
    """Something the role needs, and how it shows."""

    name: Words
    description: Words


@dataclass(frozen=True, slots=True)
class Question:
    """A main question.

    `form`: what it is after: an experience, the handling of a case, or a view. `level`: whom it
    suits. `hints`: what to say to someone who is stuck. `key_points`: what a good answer contains,
    as noun phrases. `opening`: may stand at the beginning of an interview. `covers`: topics of the
    general bank that it leaves nothing to ask of.
    """

    topic: Words
    form: Form
    level: Level
    competencies: Annotated[tuple[Words, ...], Meta(min_length=1)]
    text: Words
    hints: Annotated[tuple[Words, ...], Meta(min_length=2, max_length=3)]
    key_points: Annotated[tuple[Words, ...], Meta(min_length=2, max_length=5)]
    opening: bool = False
    covers: tuple[Words, ...] = ()

    @property
    def words(self) -> str:
        """All that it says and is about."""
        return " ".join((self.topic, self.text, *self.key_points, *self.hints))


@dataclass(frozen=True, slots=True)
class Bank:
    """A role's questions in one language.

    `title`: the role as it is spoken of. `aliases`: what else people call it, in either language.
    `level`: the level to assume where none is named.
    """

    title: Words
    aliases: tuple[Words, ...]
    competencies: Annotated[tuple[BankCompetency, ...], Meta(min_length=3)]
    questions: Annotated[tuple[Question, ...], Meta(min_length=MIN_QUESTIONS)]
    level: Level = "any"


class Banks:
    """All the banks, by language and role (`general` for none), and what is looked up in them."""

    def __init__(self, by_language: Mapping[Language, Mapping[str, Bank]]) -> None:
        self.by_language = by_language
        self._by_text = {
            language: {asked.text: asked for bank in by_role.values() for asked in bank.questions}
            for language, by_role in by_language.items()
        }
        self._stems = {
            asked.text: stems(asked.words)
            for by_text in self._by_text.values()
            for asked in by_text.values()
        }
        names = {
            (_plain(name), role)
            for by_role in by_language.values()
            for role in ROLES
            for name in (role, by_role[role].title, *by_role[role].aliases)
        }
        # The longest name decides: a "product designer" is a designer.
        self._names = sorted(names, key=lambda each: (-len(each[0]), each))

    def role(self, words: str) -> RoleId | None:
        """The role that these words name, in either language."""
        wanted = f" {_plain(words)} "
        return next((role for name, role in self._names if _names(name, wanted)), None)

    def get(self, role: str | None, language: Language) -> Bank:
        """The bank of a role; the general one for a null role."""
        return self.by_language[language][role or GENERAL]

    def find(self, text: str, language: Language) -> Question | None:
        """The question with which a text that was put to a candidate ends."""
        questions = self._by_text[language]
        return next((asked for words, asked in questions.items() if text.endswith(words)), None)

    def has(self, question: Question) -> bool:
        """Whether a question is one of these."""
        return question.text in self._stems

    def stems(self, question: Question) -> frozenset[str]:
        """The stems of all that a question says and of what a good answer to it contains."""
        known = self._stems.get(question.text)
        return stems(question.words) if known is None else known


def _plain(words: str) -> str:
    kept = (char if char.isalnum() else " " for char in words.casefold())
    return " ".join("".join(kept).split())


def _names(name: str, words: str) -> bool:
    """Whether the words, with a space around them, hold the name.

    A Korean one may have more joined to it: "백엔드개발자".
    """
    return f" {name} " in words if name.isascii() else name in words


def load_banks() -> Banks:
    """Read every bank.

    Raises:
        DataFileError: a file is missing or wrong.
    """
    languages: tuple[Language, ...] = get_args(Language)
    return Banks(
        {
            language: {role: _load(language, role) for role in (*ROLES, GENERAL)}
            for language in languages
        }
    )


def _load(language: Language, role: str) -> Bank:
    path = DATA / "banks" / language / f"{role}.toml"
    bank = read(path, Bank)
    names = {competency.name for competency in bank.competencies}
    texts: set[str] = set()
    for index, question in enumerate(bank.questions):
        place = f"`$.questions[{index}]"
        for name in question.competencies:
            if name not in names:
                raise DataFileError(
                    path, f"{name!r} is none of its competencies - at {place}.competencies`"
                )
        if question.text in texts:
            raise DataFileError(path, f"the same question twice - at {place}.text`")
        texts.add(question.text)
    if not any(question.opening for question in bank.questions):
        raise DataFileError(path, "no question with `opening` - at `$.questions`")
    return bank
