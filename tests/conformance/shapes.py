"""The events of `protocol.md` 5 as data: which fields each type has, and of which type they are.

A server may send more fields and other types of events (`protocol.md` 2); these are the least.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tests.conformance.case import require
from tests.conformance.line import Message

# Whether a field's value is what the page says.
Shape = Callable[[Any], bool]

# Unix time in milliseconds lies here from 2017 to 5138; in seconds, or in microseconds, it doesn't.
MILLISECONDS = range(1_500_000_000_000, 100_000_000_000_000)


def text(value: Any) -> bool:
    return isinstance(value, str)


def flag(value: Any) -> bool:
    return isinstance(value, bool)


def whole(value: Any) -> bool:
    """An integer; a boolean is none (`protocol.md` 2)."""
    return isinstance(value, int) and not isinstance(value, bool)


def number(value: Any) -> bool:
    return whole(value) or isinstance(value, float)


def count(value: Any) -> bool:
    return whole(value) and value >= 0


def ordinal(value: Any) -> bool:
    return whole(value) and value >= 1


def moment(value: Any) -> bool:
    return whole(value) and value in MILLISECONDS


def null(value: Any) -> bool:
    return value is None


def any_of(*shapes: Shape) -> Shape:
    return lambda value: any(shape(value) for shape in shapes)


def one_of(*values: str) -> Shape:
    return lambda value: text(value) and value in values


def list_of(shape: Shape) -> Shape:
    return lambda value: isinstance(value, list) and all(shape(each) for each in value)


def record(fields: Mapping[str, Shape]) -> Shape:
    """An object with at least these fields."""

    def right(value: Any) -> bool:
        return isinstance(value, dict) and all(
            name in value and shape(value[name]) for name, shape in fields.items()
        )

    return right


SCORED = {"competency": text, "score": number, "max": number}
SCORES = list_of(record({**SCORED, "evidence": list_of(text)}))
REPORT: dict[str, Shape] = {
    "text": text,
    "score": any_of(number, null),
    "max": number,
    "competencies": list_of(
        record(
            {
                **SCORED,
                "score": any_of(number, null),
                "evidence": list_of(record({"turn": ordinal, "quote": text})),
            }
        )
    ),
    "strengths": list_of(text),
    "improvements": list_of(text),
    "turns": list_of(
        record({"turn": ordinal, "summary": text, "better_answer": any_of(text, null)})
    ),
    "unscored": list_of(ordinal),
    "comparison": any_of(
        null,
        record(
            {
                "winner": one_of("candidate", "rival", "draw"),
                "candidate": any_of(number, null),
                "rival": any_of(number, null),
                "lessons": list_of(text),
            }
        ),
    ),
    "lanes": list_of(record({"lane": count, "model": text, "score": any_of(number, null)})),
}
WORKS = one_of("question", "feedback", "scores", "hint", "rival", "report")
TURN: dict[str, Shape] = {"turn": ordinal}
LANE: dict[str, Shape] = {**TURN, "lane": count}
CLOCK: dict[str, Shape] = {"remaining_ms": any_of(count, null)}
FAILED: dict[str, Shape] = {
    "turn": any_of(ordinal, null),
    "what": WORKS,
    "lane": any_of(count, null),
}

ENVELOPE: dict[str, Shape] = {"type": text, "epoch": ordinal, "seq": ordinal, "at": moment}
EVENTS: dict[str, dict[str, Shape]] = {
    "interview.started": CLOCK,
    "interview.paused": CLOCK,
    "interview.resumed": CLOCK,
    "question.started": {
        **TURN,
        "number": ordinal,
        "kind": one_of("main", "follow_up"),
        "topic": any_of(text, null),
        "parent_turn": any_of(ordinal, null),
    },
    "question.delta": {**TURN, "text": text},
    "question.completed": {**TURN, "text": text},
    "audio.started": {**TURN, "sample_rate": ordinal, "review": flag},
    "audio.stopped": {
        **TURN,
        "bytes": count,
        "reason": one_of("requested", "silence", "limit"),
    },
    "audio.cancelled": TURN,
    "speech.started": {**TURN, "at_ms": count},
    "speech.stopped": {**TURN, "at_ms": count},
    "transcript.partial": {**TURN, "from": count, "text": text, "stable": count},
    "transcript.completed": {
        **TURN,
        "text": text,
        "language": any_of(text, null),
        "confidence": any_of(number, null),
        "duration_ms": count,
        "needs_review": flag,
    },
    "answer.accepted": {
        **TURN,
        "text": text,
        "source": one_of("text", "voice"),
        "delivery": any_of(null, record({"duration_ms": count})),
    },
    "answer.skipped": TURN,
    "hint.started": TURN,
    "hint.delta": {**TURN, "text": text},
    "hint.completed": {**TURN, "text": text, "cancelled": flag},
    "feedback.started": {**LANE, "model": text},
    "feedback.delta": {**LANE, "text": text},
    "feedback.completed": {**LANE, "text": text, "model": text, "cancelled": flag},
    "feedback.scored": {**LANE, "scores": any_of(SCORES, null)},
    "rival.started": TURN,
    "rival.delta": {**TURN, "text": text},
    "rival.completed": {**TURN, "text": text},
    "generation.waiting": {
        **FAILED,
        "reason": one_of("rate_limited", "failover"),
        "retry_after_ms": any_of(count, null),
    },
    "generation.failed": {
        **FAILED,
        "code": text,
        "message": text,
        "retrying": flag,
        "retryable": flag,
    },
    "interview.finished": {"reason": one_of("completed", "requested", "time_limit")},
    "report.started": {},
    "report.delta": {"text": text},
    "report.completed": {"text": text, "report": record(REPORT)},
    "notice": {"code": text, "message": text},
}


def check(event: Message) -> None:
    """Hold an event to its envelope and its fields.

    Raises:
        Violation: one of them isn't there, or is of another type.
    """
    fields = ENVELOPE | EVENTS.get(event["type"], {})
    for name, shape in fields.items():
        require(name in event, f"{event['type']} (seq {event['seq']}) has no {name}.")
        require(
            shape(event[name]),
            f"{event['type']} (seq {event['seq']}) has {name}: {event[name]!r}.",
        )
    if event["type"] == "feedback.scored" and event["scores"] is None:
        require(text(event.get("reason")), "Scores are null, and there is no reason.")
