"""The prompts, as data: `prompts/<language>/*.md`, with named places, and `words.toml` beside them.

Read once, when an interviewer is made. A template whose places are not those that its task fills
stops the program at its start.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from operator import attrgetter
from string import Formatter, Template
from typing import Annotated, Literal, get_args

from msgspec import Meta

from protocol.documents import DocumentKind
from protocol.view import FinishReason, Language, Persona
from realtime.interviewer.files import DataFileError, read
from realtime.interviewer.leading.guard import Secret

PROMPTS = files(__package__) / "prompts"

Words = Annotated[str, Meta(min_length=1, pattern=r"^\S(?:[\s\S]*\S)?$")]
# What something follows on, behind a blank.
Phrase = Annotated[str, Meta(pattern=r"^\S.* $")]
Lead = Literal["first", "after_answer", "after_skip", "last"]
Notice = Literal["interviewer_offline", "cost_limit", "instructions_ignored"]
Trouble = Literal["model_unavailable", "rate_limited", "cost_limit", "interrupted"]
Task = Literal[
    "answered",
    "question",
    "scores",
    "hint",
    "plan",
    "report",
    "report_turns",
    "profile",
    "repair",
]

# Where a text belongs in a form.
_PLACE = re.compile(r"^(\(.*\))(?:\$\w+)?$", re.MULTILINE)

# The places that each template fills, no more and no fewer.
_PLACES: Mapping[str, frozenset[str]] = {
    "system": frozenset({"persona", "role", "level", "job_description", "resume", "competencies"}),
    "answered": frozenset({"key", "then", "asking", "question_mark", "score_marks"}),
    "question": frozenset({"key", "asking", "question_mark"}),
    "scores": frozenset({"key", "score_marks"}),
    "hint": frozenset({"key", "question", "hints"}),
    "plan": frozenset({"key", "total", "now", "topics", "topic_marks"}),
    "report": frozenset({"key", "ending", "results"}),
    "report_turns": frozenset({"key", "turns", "summary", "scores", "score_marks"}),
    "profile": frozenset({"key", "kind", "text", "skills", "experience"}),
    "repair": frozenset({"complaint"}),
}


@dataclass(frozen=True, slots=True)
class Results:
    """How results are told to a model."""

    overall: Words
    competency: Words
    answers: Words
    unscored: Words


@dataclass(frozen=True, slots=True)
class Asking:
    """How a question is asked for. `either`, `listed` and `last` leave it to the model whether to
    follow up: or else ask a main question, put the one that is given, or ask nothing.
    """

    then: Words
    heading: Phrase
    main: Words
    follow_up: Words
    either: Words
    listed: Words
    last: Words
    open: Phrase
    topic: Words
    aim: Words
    question: Words
    topic_place: Words
    passages: Words


@dataclass(frozen=True, slots=True)
class Parts:
    """What the report's parts are, with feedback on the way, or at the end. `gap`: for a figure."""

    gap: Words
    summary: Words
    summary_at_end: Words
    scores_at_end: Words


@dataclass(frozen=True, slots=True)
class Unscored:
    """Why an answer has no scores."""

    empty: Words
    unreadable: Words


@dataclass(frozen=True, slots=True)
class Unobserved:
    """What a reader of answers can't have seen or heard: regular expressions."""

    patterns: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Profiling:
    """What is looked for in a document, by its kind."""

    skills: dict[DocumentKind, Words]
    experience: dict[DocumentKind, Words]


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
    asking: Asking
    parts: Parts
    profile: Profiling
    notice: dict[Notice, Words]
    error: dict[Trouble, Words]
    unscored: Unscored
    unobserved: Unobserved


@dataclass(frozen=True, slots=True)
class Prompts:
    """The prompts of one language. `own`: all that stands in them before anything is filled in,
    which no candidate is to see. `places`: what stands in forms where texts belong. `unobserved`
    finds what an interviewer can't know.
    """

    words: Wording
    own: Secret
    places: frozenset[str]
    unobserved: re.Pattern[str]
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
        ("profile.skills", DocumentKind),
        ("profile.experience", DocumentKind),
    ):
        if missing := set(get_args(kind)) - set(attrgetter(name)(words)):
            raise DataFileError(path, f"`$.{name}` lacks {', '.join(sorted(missing))}")
    _check_fields(path, words)
    templates = {name: _template(folder / language, name) for name in _PLACES}
    asking = words.asking
    own = [template.template for template in templates.values()]
    own += [asking.main, asking.follow_up, asking.either, asking.listed, asking.last]
    own += [words.parts.scores_at_end, *words.persona.values(), *words.lead.values()]
    places = {place for text in own for place in _PLACE.findall(text)}
    places |= {asking.question, asking.topic_place, asking.passages}
    secret = Secret("\n".join(own))
    return Prompts(words, secret, frozenset(places), _pattern(path, words), templates)


def _check_fields(path: Traversable, words: Wording) -> None:
    """That what is filled in by name has its names, and no others."""
    for text, wanted in (
        (words.left_out, {"turn"}),
        (words.scale, {"score", "meaning"}),
        (words.results.overall, {"score", "max"}),
        (words.results.competency, {"name", "score", "max"}),
        (words.results.answers, {"answered", "asked"}),
        (words.results.unscored, {"count"}),
        (words.asking.main, {"number", "total", "topic", "lead"}),
        (words.asking.follow_up, {"open"}),
        (words.asking.either, {"follow_up", "main"}),
        (words.asking.listed, {"follow_up"}),
        (words.asking.last, {"follow_up"}),
        (words.asking.open, {"topic"}),
        (words.asking.aim, {"aim"}),
    ):
        try:
            fields = {field for _, field, _, _ in Formatter().parse(text) if field is not None}
        except ValueError as error:
            raise DataFileError(path, f"{error} - in {text!r}") from error
        if fields != wanted:
            raise DataFileError(path, f"{', '.join(sorted(wanted))} must stand in {text!r}")


def _pattern(path: Traversable, words: Wording) -> re.Pattern[str]:
    for pattern in words.unobserved.patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise DataFileError(path, f"{error} - in {pattern!r}") from error
    return re.compile("|".join(words.unobserved.patterns), re.IGNORECASE)


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
