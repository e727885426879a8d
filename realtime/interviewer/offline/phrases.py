"""What the interviewer says around questions and quotations.

It is data (`data/phrases/`), one file a language. A line is a `str.format` template; what it may
name in braces depends on its place (`_NAMES`), and is checked when the file is read. A field that
holds `Toned` lines says the same in each persona's way.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from protocol.view import Language, Persona
from realtime.interviewer.files import DATA, DataFileError, read
from realtime.interviewer.offline.lacks import GAPS, LACKS, OBSTACLES, PROBES, Gap, Lack, Probe
from realtime.interviewer.offline.lexicon import Aspect, Form

Lines = Annotated[tuple[str, ...], Meta(min_length=1)]
Band = Literal["low", "fair", "middle", "good", "high"]
Unheard = Literal["empty", "unknown", "unclear"]


@dataclass(frozen=True, slots=True)
class Toned:
    """The same thing in each persona's words, in several ways."""

    neutral: Lines
    friendly: Lines
    pressing: Lines

    def of(self, persona: Persona) -> tuple[str, ...]:
        tones: dict[Persona, tuple[str, ...]] = {
            "neutral": self.neutral,
            "friendly": self.friendly,
            "pressing": self.pressing,
        }
        return tones[persona]


@dataclass(frozen=True, slots=True)
class FollowUp(Toned):
    """A follow-up question: what it is about, and what to say to someone who is stuck at it."""

    topic: str
    hints: Annotated[tuple[str, ...], Meta(min_length=2)]


@dataclass(frozen=True, slots=True)
class Transition:
    """How to get to the next main question: from an answer, a weak one, a skip; to the last."""

    after_answer: Toned
    after_weak: Toned
    after_skip: Toned
    last: Toned


@dataclass(frozen=True, slots=True)
class FeedbackPhrases:
    praise_none: Lines
    answered: Lines
    unanswered: Lines
    point: Lines
    long: Lines
    repeats: Lines
    hedges: Lines
    foreign: Lines
    polish: Lines
    praise: dict[Aspect, Lines]
    bridge: Toned
    missing: dict[Gap, Lines]
    advice: dict[Gap, Lines]
    nothing_missing: Toned
    closing: Toned
    special: dict[Unheard, Toned]


@dataclass(frozen=True, slots=True)
class HintPhrases:
    first: Toned
    next: Toned
    point: Lines
    last: Lines
    structure: dict[Form, Lines]


@dataclass(frozen=True, slots=True)
class ResumePhrases:
    """What is said about a résumé.

    `topics`: of the questions about it; `deed`, `entry`: those questions, about something that was
    done, and about a job or a project of which nothing more is told; `hints`, `points`: what helps
    with them, and what a good answer contains. `instead`: to someone who lacks an example that the
    résumé has; `hint`: the same as a hint; `gap`: what fills a gap of a better answer.
    """

    topics: Annotated[tuple[str, ...], Meta(min_length=2)]
    deed: Toned
    entry: Toned
    hints: Annotated[tuple[str, ...], Meta(min_length=2)]
    points: Annotated[tuple[str, ...], Meta(min_length=2)]
    instead: Toned
    hint: Lines
    gap: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What a turn came to, in a sentence."""

    told: str
    skipped: str
    complete: str
    unknown: str
    empty: str
    unclear: str


@dataclass(frozen=True, slots=True)
class ReportPhrases:
    overview: str
    overview_all: str
    overview_one: str
    skipped: str
    unscored: str
    finished: str
    out_of_time: str
    score: str
    no_score: str
    nothing: str
    strengths: str
    improvements: str
    exercise: str
    strength_line: str
    competency_best: str
    competency_worst: str
    never_shown: str
    not_judged: str
    asked_all: str
    asked_some: str
    asked_none: str
    asked_resume: str
    lack_some: str
    lack_one: str
    closing: Toned
    verdict: dict[Band, str]
    strength: dict[Aspect, str]
    lack: dict[Lack, str]
    advice: dict[Lack, str]
    gap: dict[str, str]
    summary: Summary


@dataclass(frozen=True, slots=True)
class Labels:
    """`listed`: the topic of a question that the interview brought along. `conjunction`: what
    stands before the last of several names.
    """

    listed: str
    conjunction: str


@dataclass(frozen=True, slots=True)
class Phrases:
    greeting: Toned
    transition: Transition
    follow_up: dict[Probe, FollowUp]
    feedback: FeedbackPhrases
    hint: HintPhrases
    report: ReportPhrases
    resume: ResumePhrases
    labels: Labels

    def probe(self, topic: str) -> Probe | None:
        """What a follow-up on this topic was after."""
        return next((probe for probe, each in self.follow_up.items() if each.topic == topic), None)


# What the lines of a place may name, by the longest prefix that fits.
_NAMES: Mapping[str, frozenset[str]] = {
    "$": frozenset(),
    "$.greeting": frozenset({"role"}),
    "$.transition": frozenset({"topic", "topic_capital"}),
    "$.follow_up": frozenset({"quote"}),
    "$.follow_up.point": frozenset({"point"}),
    "$.follow_up.resume": frozenset({"quote", "rago", "raneun"}),
    "$.resume.deed": frozenset({"quote", "rago", "raneun"}),
    "$.resume.entry": frozenset({"quote", "rago", "raneun"}),
    "$.resume.instead": frozenset({"quote", "rago", "raneun"}),
    "$.resume.hint": frozenset({"quote", "rago", "raneun"}),
    "$.resume.gap": frozenset({"fact"}),
    "$.feedback.praise": frozenset({"quote"}),
    "$.feedback.answered": frozenset({"quote"}),
    "$.feedback.point": frozenset({"point"}),
    "$.feedback.long": frozenset({"minutes"}),
    "$.feedback.hedges": frozenset({"hedge"}),
    "$.feedback.missing.detail": frozenset({"seconds"}),
    "$.feedback.special.unknown": frozenset({"hint"}),
    "$.hint.first": frozenset({"hint"}),
    "$.hint.next": frozenset({"hint"}),
    "$.hint.point": frozenset({"point"}),
    "$.hint.last": frozenset({"number"}),
    "$.report": frozenset({"role", "asked", "answered", "skipped", "unscored", "score", "max"}),
    "$.report.strength_line": frozenset({"strength", "turn", "quote"}),
    "$.report.competency": frozenset({"competency", "score", "max", "meaning"}),
    "$.report.never_shown": frozenset({"competency"}),
    "$.report.not_judged": frozenset({"competency"}),
    "$.report.asked_": frozenset({"shown", "missing", "named"}),
    "$.report.lack_": frozenset({"lack", "count", "total", "turn", "advice"}),
    "$.report.summary.told": frozenset({"quote"}),
}


def load_phrases(language: Language) -> Phrases:
    """The language's phrases.

    Raises:
        DataFileError: the file is wrong, lacks something, or a line names what it can't know.
    """
    path = DATA / "phrases" / f"{language}.toml"
    phrases = read(path, Phrases)
    for place, line in _lines(msgspec.to_builtins(phrases), "$"):
        prefix = max((each for each in _NAMES if place.startswith(each)), key=len)
        try:
            named = {name for _, name, _, _ in Formatter().parse(line) if name is not None}
        except ValueError as error:
            raise DataFileError(path, f"{error} - at `{place}`") from error
        if not named <= _NAMES[prefix]:
            stray = ", ".join(sorted(named - _NAMES[prefix]))
            raise DataFileError(path, f"nothing is known of {{{stray}}} - at `{place}`")
    for place, have, want in _complete(phrases):
        if missing := [each for each in want if each not in have]:
            raise DataFileError(path, f"nothing for {', '.join(missing)} - at `{place}`")
    for probe, follow_up in phrases.follow_up.items():
        for tone in (follow_up.neutral, follow_up.friendly, follow_up.pressing):
            # What takes up a résumé has always something to quote.
            if probe != "resume" and all("{quote}" in line for line in tone):
                raise DataFileError(path, f"only with quotations - at `$.follow_up.{probe}`")
    return phrases


def _complete(phrases: Phrases) -> Iterator[tuple[str, Mapping[Any, Any], tuple[str, ...]]]:
    """Each table that must have everything: its place, itself, and what it must have."""
    report = phrases.report
    yield "$.follow_up", phrases.follow_up, PROBES
    yield "$.feedback.missing", phrases.feedback.missing, GAPS
    yield "$.feedback.advice", phrases.feedback.advice, GAPS
    yield "$.feedback.special", phrases.feedback.special, ("empty", "unknown", "unclear")
    yield "$.hint.structure", phrases.hint.structure, ("experience", "case", "view")
    yield "$.report.verdict", report.verdict, ("low", "fair", "middle", "good", "high")
    yield "$.report.lack", report.lack, LACKS
    yield "$.report.advice", report.advice, OBSTACLES
    yield "$.report.strength", report.strength, tuple(phrases.feedback.praise)


def _lines(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _lines(inner, f"{place}.{name}")
    else:
        for index, inner in enumerate(value):
            yield from _lines(inner, f"{place}[{index}]")
