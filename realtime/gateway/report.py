"""The report as a Markdown document that one would keep, in the interview's language.

Rule of this file: every text that comes from outside (a candidate's, a model's) goes through
`_inline` or `_block`, after which it is plain words to any reader of CommonMark and GFM: no
heading, list, link or HTML of its own. Pure.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from protocol.view import CompetencyResult, Interview, Language, Report, Turn


@dataclass(frozen=True, slots=True)
class _Words:
    """What the document itself says, in one language."""

    title: str
    score: str
    unscored: str
    competencies: str
    strengths: str
    improvements: str
    turns: str
    question: str
    answer: str
    feedback: str
    summary: str
    better_answer: str
    skipped: str
    not_scored: str


_WORDS: dict[Language, _Words] = {
    "en": _Words(
        title="Interview report: {}",
        score="{} of {}",
        unscored="not scored",
        competencies="Competencies",
        strengths="Strengths",
        improvements="What to practise",
        turns="Question by question",
        question="question {}",
        answer="Your answer",
        feedback="Feedback",
        summary="In short",
        better_answer="A better answer",
        skipped="You skipped this question.",
        not_scored="Not scored: {}",
    ),
    "ko": _Words(
        title="면접 리포트: {}",
        score="{1}점 만점에 {0}점",
        unscored="점수 없음",
        competencies="역량",
        strengths="잘한 점",
        improvements="연습할 점",
        turns="질문별로 보기",
        question="질문 {}",
        answer="내 답변",
        feedback="피드백",
        summary="요약",
        better_answer="더 좋은 답변",
        skipped="건너뛴 질문입니다.",
        not_scored="점수를 매기지 않은 질문: {}",
    ),
}


def markdown(interview: Interview) -> str:
    """The report of a finished interview.

    Raises:
        ValueError: there is none yet.
    """
    if interview.report is None:
        raise ValueError("this interview has no report yet")
    words = _WORDS[interview.config.language]
    labels = _labels(interview.turns)
    blocks = [
        *_head(interview, interview.report, words),
        *_competencies(interview.report, words, labels),
        *_list(words.strengths, interview.report.strengths),
        *_list(words.improvements, interview.report.improvements),
        *_turns(interview, interview.report, words, labels),
    ]
    return "\n\n".join(blocks) + "\n"


def _head(interview: Interview, report: Report, words: _Words) -> Iterator[str]:
    config = interview.config
    yield f"# {_inline(words.title.format(config.role))}"
    facts = [] if config.level is None else [_inline(config.level)]
    if interview.finished_at is not None:
        day = datetime.fromtimestamp(interview.finished_at / 1_000, UTC).date()
        facts.insert(0, day.isoformat())
    if facts:
        yield " · ".join(facts)
    yield f"**{_score(report.score, report.max, words)}**"
    if report.text.strip():
        yield _block(report.text)


def _competencies(report: Report, words: _Words, labels: dict[int, str]) -> Iterator[str]:
    if report.competencies:
        yield f"## {words.competencies}"
    for result in report.competencies:
        yield f"### {_inline(result.competency)}: {_score(result.score, result.max, words)}"
        yield from _evidence(result, words, labels)
    if report.unscored:
        missing = ", ".join(_question(turn, words, labels) for turn in report.unscored)
        yield words.not_scored.format(missing)


def _evidence(result: CompetencyResult, words: _Words, labels: dict[int, str]) -> Iterator[str]:
    lines = [
        f"- “{_inline(quote.quote)}” ({_question(quote.turn, words, labels)})"
        for quote in result.evidence
    ]
    if lines:
        yield "\n".join(lines)


def _list(title: str, items: Iterable[str]) -> Iterator[str]:
    lines = [f"- {_inline(item)}" for item in items]
    if lines:
        yield f"## {title}"
        yield "\n".join(lines)


def _turns(
    interview: Interview, report: Report, words: _Words, labels: dict[int, str]
) -> Iterator[str]:
    told = {told.turn: told for told in report.turns}
    asked = [turn for turn in interview.turns if turn.question is not None]
    if asked:
        yield f"## {words.turns}"
    for turn in asked:
        yield f"### {_heading(turn, words, labels)}"
        yield _block(turn.question or "")
        yield from _outcome(turn, words)
        if turn.turn in told:
            yield _said(words.summary, told[turn.turn].summary)
            better = told[turn.turn].better_answer
            if better is not None:
                yield f"**{words.better_answer}**"
                yield _quote(better)


def _outcome(turn: Turn, words: _Words) -> Iterator[str]:
    if turn.answer is None:
        yield f"*{words.skipped}*"
        return
    yield f"**{words.answer}**"
    yield _quote(turn.answer)
    for feedback in turn.feedback:
        if feedback.text.strip():
            yield _said(words.feedback, feedback.text)


def _heading(turn: Turn, words: _Words, labels: dict[int, str]) -> str:
    name = _question(turn.turn, words, labels).capitalize()
    return f"{name}: {_inline(turn.topic)}" if turn.topic.strip() else name


def _said(title: str, text: str) -> str:
    return f"**{title}**\n\n{_block(text)}"


def _labels(turns: Iterable[Turn]) -> dict[int, str]:
    """`2` for the second main question, `2.1` for the first that follows it up."""
    labels: dict[int, str] = {}
    follow_ups = 0
    for turn in turns:
        follow_ups = 0 if turn.parent_turn is None else follow_ups + 1
        labels[turn.turn] = f"{turn.number}.{follow_ups}" if follow_ups else str(turn.number)
    return labels


def _question(turn: int, words: _Words, labels: dict[int, str]) -> str:
    return words.question.format(labels.get(turn, str(turn)))


def _score(score: float | None, most: int, words: _Words) -> str:
    return words.unscored if score is None else words.score.format(f"{score:.3g}", most)


# --- text of others ----------------------------------------------------------------------------

_SPECIAL = re.compile(r"[\\`*_\[\]|~$]")
# What means something at the beginning of a line only.
_LEADING = re.compile(r"^(?:[#+=:-]|(\d+)(?=[.)]))")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def _inline(text: str) -> str:
    """`text` on one line."""
    return _line(" ".join(text.split()))


def _block(text: str) -> str:
    """`text` in paragraphs, its lines kept."""
    paragraphs: list[list[str]] = [[]]
    for line in map(_line, text.splitlines()):
        if line:
            paragraphs[-1].append(line)
        elif paragraphs[-1]:
            paragraphs.append([])
    return "\n\n".join("\\\n".join(lines) for lines in paragraphs if lines)


def _quote(text: str) -> str:
    """`text` as a quotation."""
    return "\n".join(f"> {line}".rstrip() for line in _block(text).split("\n"))


def _line(text: str) -> str:
    text = _CONTROL.sub("", text).strip()
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _SPECIAL.sub(r"\\\g<0>", text)
    return _LEADING.sub(lambda found: f"{found[1]}\\" if found[1] else f"\\{found[0]}", text)
