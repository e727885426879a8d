"""The standard rubric: what is judged in an answer, and what each score from 0 to 5 means."""

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from msgspec import Meta

from protocol.view import Language
from realtime.interviewer.files import DATA, DataFileError, read

CompetencyId = Literal[
    "intent", "structure", "specificity", "ownership", "correctness", "communication"
]

MAX_SCORE = 5

Words = Annotated[str, Meta(min_length=1, pattern=r"\S")]


@dataclass(frozen=True, slots=True)
class Standard:
    """A competency of the rubric in one language. `scores[n]` says what a score of n means."""

    id: CompetencyId
    name: Words
    description: Words
    scores: Annotated[tuple[Words, ...], Meta(min_length=MAX_SCORE + 1, max_length=MAX_SCORE + 1)]


@dataclass(frozen=True, slots=True)
class Rubric:
    """The rubric by language, its competencies in the same order in both."""

    max: Annotated[int, Meta(ge=MAX_SCORE, le=MAX_SCORE)]
    languages: dict[Language, tuple[Standard, ...]]


def rubric() -> Rubric:
    """Read the rubric.

    Raises:
        DataFileError: the file is wrong, or a language or a competency is missing in it.
    """
    path = DATA / "rubric.toml"
    read_rubric = read(path, Rubric)
    for language in get_args(Language):
        listed = [each.id for each in read_rubric.languages.get(language, ())]
        if listed != list(get_args(CompetencyId)):
            wanted = ", ".join(get_args(CompetencyId))
            raise DataFileError(path, f"`$.languages.{language}` must list {wanted}, in this order")
    return read_rubric
