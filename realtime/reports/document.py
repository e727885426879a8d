"""What a report says, before it takes a form: plain values, in the order in which they are told.

Texts of candidates and models stand here as they are. Whoever writes them down takes them through
`inline` or `paragraphs`, and then escapes what means something in its form. Pure.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from protocol.view import CompetencyResult, Interview, Language, Report, Score, Turn, TurnReport
from realtime.reports.speaking import spoken
from realtime.reports.words import WORDS, Words


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words of an answer, and the question that it answers."""

    quote: str
    question: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A competency over the whole interview; `score` in words."""

    competency: str
    score: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Scored:
    """A competency in one answer. One that isn't `supported` counts nowhere."""

    competency: str
    score: str
    supported: bool
    quotes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what became of it. Without an `answer` it was skipped; where `unscored`, the
    answer has no score that counts. `spoken`: how it was spoken, if it was.
    """

    title: str
    question: str
    answer: str | None
    spoken: tuple[str, ...]
    feedback: tuple[str, ...]
    scores: tuple[Scored, ...]
    unscored: bool
    summary: str | None
    better_answer: str | None


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report. `facts` are about the interview; `missing` says what wasn't scored."""

    language: Language
    words: Words
    finished_on: date | None
    title: str
    facts: tuple[str, ...]
    score: str
    text: str
    competencies: tuple[Judged, ...]
    missing: str | None
    strengths: tuple[str, ...]
    improvements: tuple[str, ...]
    turns: tuple[Asked, ...]


def describe(interview: Interview) -> Document:
    """The report of a finished interview.

    Raises:
        ValueError: there is none yet.
    """
    report = interview.report
    if report is None:
        raise ValueError("this interview has no report yet")
    config = interview.config
    words = WORDS[config.language]
    labels = _labels(interview.turns)
    day = _day(interview.finished_at)
    unscored = ", ".join(_question(turn, words, labels) for turn in report.unscored)
    role = words.roles.get(config.role, inline(config.role))
    level = words.levels.get(config.level or "", inline(config.level or ""))
    facts = ("" if day is None else day.isoformat(), level, words.held_in)
    return Document(
        language=config.language,
        words=words,
        finished_on=day,
        title=words.title.format(role),
        facts=tuple(fact for fact in facts if fact),
        score=_score(report.score, report.max, words),
        text=report.text,
        competencies=tuple(_judged(each, words, labels) for each in report.competencies),
        missing=words.not_scored.format(unscored) if unscored else None,
        strengths=report.strengths,
        improvements=report.improvements,
        turns=tuple(_asked(interview.turns, report, words, labels)),
    )


def _day(finished_at: int | None) -> date | None:
    return None if finished_at is None else datetime.fromtimestamp(finished_at / 1_000, UTC).date()


def _judged(result: CompetencyResult, words: Words, labels: dict[int, str]) -> Judged:
    return Judged(
        result.competency,
        _score(result.score, result.max, words),
        tuple(
            Evidence(each.quote, _question(each.turn, words, labels)) for each in result.evidence
        ),
    )


def _asked(
    turns: Iterable[Turn], report: Report, words: Words, labels: dict[int, str]
) -> Iterator[Asked]:
    told = {told.turn: told for told in report.turns}
    for turn in turns:
        if turn.question is not None:
            about = told.get(turn.turn, TurnReport(turn.turn, "", None))
            yield Asked(
                title=_title(turn, words, labels),
                question=turn.question,
                answer=turn.answer,
                spoken=() if turn.delivery is None else tuple(spoken(turn.delivery, words)),
                feedback=tuple(each.text for each in turn.feedback if each.text.strip()),
                scores=tuple(_scores(turn, words)),
                unscored=turn.answer is not None and turn.turn in report.unscored,
                summary=about.summary if about.summary.strip() else None,
                better_answer=about.better_answer,
            )


def _scores(turn: Turn, words: Words) -> Iterator[Scored]:
    scores: Iterator[Score] = (score for each in turn.feedback for score in each.scores or ())
    for each in scores:
        yield Scored(
            each.competency, _score(each.score, each.max, words), each.supported, each.evidence
        )


def _title(turn: Turn, words: Words, labels: dict[int, str]) -> str:
    name = _question(turn.turn, words, labels)
    name = name[:1].upper() + name[1:]
    return f"{name}: {inline(turn.topic)}" if turn.topic.strip() else name


def _labels(turns: Iterable[Turn]) -> dict[int, str]:
    """`2` for the second main question, `2.1` for the first that follows it up."""
    labels: dict[int, str] = {}
    follow_ups = 0
    for turn in turns:
        follow_ups = 0 if turn.parent_turn is None else follow_ups + 1
        labels[turn.turn] = f"{turn.number}.{follow_ups}" if follow_ups else str(turn.number)
    return labels


def _question(turn: int, words: Words, labels: dict[int, str]) -> str:
    return words.question.format(labels.get(turn, str(turn)))


def _score(score: float | None, most: int, words: Words) -> str:
    return words.unscored if score is None else words.score.format(f"{score:.3g}", most)


# --- text of others ----------------------------------------------------------------------------

# Controls, what turns the direction of all text behind it, and what no encoding has.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def inline(text: str) -> str:
    """`text` on one line."""
    return _clean(" ".join(text.split()))


def paragraphs(text: str) -> list[list[str]]:
    """`text` as paragraphs of lines, none of them blank."""
    found: list[list[str]] = [[]]
    for line in map(_clean, text.splitlines()):
        if line:
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return [lines for lines in found if lines]


def _clean(line: str) -> str:
    return _UNSEEN.sub("", line).strip()
