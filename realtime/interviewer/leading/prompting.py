"""The prompts, as data: `prompts/<language>/*.md`, with named places, and `words.toml` beside them.

Read once, when an interviewer is made. A template whose places are not those that its task fills
stops the program at its start.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Formatter, Template
from typing import Annotated, Literal, get_args

from msgspec import Meta

from protocol.view import FinishReason, Language, Persona
from realtime.interviewer.files import DataFileError, read

PROMPTS = files(__package__) / "prompts"

Words = Annotated[str, Meta(min_length=1, pattern=r"^\S(?:[\s\S]*\S)?$")]
Lead = Literal["first", "after_answer", "after_skip", "last"]
Notice = Literal["interviewer_offline", "cost_limit"]
Trouble = Literal["model_unavailable", "rate_limited", "cost_limit", "interrupted"]
Task = Literal[
    "question_main",
    "question_follow_up",
    "feedback",
    "hint",
    "scores",
    "report",
    "report_parts",
    "repair",
]

# The places that each template fills, no more and no fewer.
_PLACES: Mapping[str, frozenset[str]] = {
    "system": frozenset({"persona", "role", "level", "job_description", "competencies"}),
    "question_main": frozenset({"number", "total", "topic", "lead"}),
    "question_follow_up": frozenset({"topic"}),
    "feedback": frozenset(),
    "hint": frozenset({"question", "hints"}),
    "scores": frozenset(),
    "report": frozenset({"ending", "results"}),
    "report_parts": frozenset({"turns", "summary", "scores"}),
    "repair": frozenset({"complaint"}),
}


@dataclass(frozen=True, slots=True)
class Results:
    """How results are told to a model."""

    overall: Words
    competency: Words
    answers: Words


@dataclass(frozen=True, slots=True)
class Parts:
    """What the report's parts are, with feedback on the way, or at the end."""

    summary: Words
    summary_at_end: Words
    scores_at_end: Words


@dataclass(frozen=True, slots=True)
class Unscored:
    """Why an answer has no scores."""

    empty: Words
    unreadable: Words
    unbacked: Words


@dataclass(frozen=True, slots=True)
class Wording:
    """What is said without a model, and the small words of the prompts.

    `version`: of all the prompts of a language; raised with every change that matters.
    """

    version: Annotated[int, Meta(ge=1)]
    clipped: Words
    not_said: Words
    none: Words
    skipped: Words
    left_out: Words
    earlier: Words
    scale: Words
    persona: dict[Persona, Words]
    lead: dict[Lead, Words]
    ending: dict[FinishReason, Words]
    results: Results
    parts: Parts
    notice: dict[Notice, Words]
    error: dict[Trouble, Words]
    unscored: Unscored


@dataclass(frozen=True, slots=True)
class Prompts:
    """The prompts of one language."""

    words: Wording
    _templates: Mapping[str, Template]

    def system(self, values: Mapping[str, str]) -> str:
        """What an interviewer is to be, and whom it asks."""
        return self._templates["system"].substitute(values)

    def task(self, name: Task, values: Mapping[str, object] | None = None) -> str:
        """What is to be done now."""
        return self._templates[name].substitute(values or {})


def load_prompts(folder: Traversable = PROMPTS) -> Mapping[Language, Prompts]:
    """Read the prompts of every language.

    Raises:
        DataFileError: a file is missing or wrong, or the languages have different versions.
    """
    prompts = {language: _load(folder, language) for language in get_args(Language)}
    versions = {each.words.version for each in prompts.values()}
    if len(versions) > 1:
        raise DataFileError(folder, f"the languages have different versions: {sorted(versions)}")
    return prompts


def _load(folder: Traversable, language: Language) -> Prompts:
    path = folder / language / "words.toml"
    words = read(path, Wording)
    for name, kind in (
        ("persona", Persona),
        ("lead", Lead),
        ("ending", FinishReason),
        ("notice", Notice),
        ("error", Trouble),
    ):
        if missing := set(get_args(kind)) - set(getattr(words, name)):
            raise DataFileError(path, f"`$.{name}` lacks {', '.join(sorted(missing))}")
    _check_fields(path, words)
    return Prompts(words, {name: _template(folder / language, name) for name in _PLACES})


def _check_fields(path: Traversable, words: Wording) -> None:
    """That what is filled in by name has its names, and no others."""
    for text, wanted in (
        (words.left_out, {"turn"}),
        (words.scale, {"score", "meaning"}),
        (words.results.overall, {"score", "max"}),
        (words.results.competency, {"name", "score", "max"}),
        (words.results.answers, {"answered", "asked"}),
    ):
        try:
            fields = {field for _, field, _, _ in Formatter().parse(text) if field is not None}
        except ValueError as error:
            raise DataFileError(path, f"{error} - in {text!r}") from error
        if fields != wanted:
            raise DataFileError(path, f"{', '.join(sorted(wanted))} must stand in {text!r}")


def _template(folder: Traversable, name: str) -> Template:
    path = folder / f"{name}.md"
    try:
        template = Template(path.read_text("utf-8").strip())
    except (OSError, UnicodeDecodeError) as error:
        raise DataFileError(path, str(error)) from error
    if not template.is_valid():
        raise DataFileError(path, "a `$` that begins no place; a plain one is written `$$`")
    if (places := frozenset(template.get_identifiers())) != _PLACES[name]:
        odd = ", ".join(sorted(places ^ _PLACES[name]))
        raise DataFileError(path, f"these places are missing, or nobody fills them: {odd}")
    return template
