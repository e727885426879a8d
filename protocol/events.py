"""What stands in the log (`protocol.md` 5), one frozen dataclass each.

An event holds its own fields only: `epoch`, `seq` and `at` belong to its place in the log
(`Logged`). A field whose wire name is a Python keyword ends in `_`.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from protocol.view import (
    AnswerSource,
    Delivery,
    FinishReason,
    Generated,
    Language,
    QuestionKind,
    Report,
    Score,
    WaitingReason,
)

StopReason = Literal["requested", "silence", "limit"]


@dataclass(frozen=True, slots=True)
class InterviewStarted:
    TYPE: ClassVar = "interview.started"
    remaining_ms: int | None


@dataclass(frozen=True, slots=True)
class InterviewPaused:
    TYPE: ClassVar = "interview.paused"
    remaining_ms: int | None


@dataclass(frozen=True, slots=True)
class InterviewResumed:
    TYPE: ClassVar = "interview.resumed"
    remaining_ms: int | None


@dataclass(frozen=True, slots=True)
class QuestionStarted:
    TYPE: ClassVar = "question.started"
    turn: int
    number: int
    kind: QuestionKind
    topic: str
    parent_turn: int | None


@dataclass(frozen=True, slots=True)
class QuestionDelta:
    TYPE: ClassVar = "question.delta"
    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class QuestionCompleted:
    TYPE: ClassVar = "question.completed"
    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class AudioStarted:
    TYPE: ClassVar = "audio.started"
    turn: int
    sample_rate: int
    silence_ms: int | None
    review: bool


@dataclass(frozen=True, slots=True)
class AudioStopped:
    TYPE: ClassVar = "audio.stopped"
    turn: int
    bytes: int
    reason: StopReason


@dataclass(frozen=True, slots=True)
class AudioCancelled:
    TYPE: ClassVar = "audio.cancelled"
    turn: int


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    TYPE: ClassVar = "speech.started"
    turn: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    TYPE: ClassVar = "speech.stopped"
    turn: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class TranscriptPartial:
    """`text` replaces all from code point `from_` on; the first `stable` code points won't change
    again.
    """

    TYPE: ClassVar = "transcript.partial"
    turn: int
    from_: int
    text: str
    stable: int


@dataclass(frozen=True, slots=True)
class TranscriptCompleted:
    TYPE: ClassVar = "transcript.completed"
    turn: int
    text: str
    language: Language
    confidence: float
    duration_ms: int
    needs_review: bool


@dataclass(frozen=True, slots=True)
class AnswerAccepted:
    TYPE: ClassVar = "answer.accepted"
    turn: int
    text: str
    source: AnswerSource
    delivery: Delivery | None


@dataclass(frozen=True, slots=True)
class AnswerSkipped:
    TYPE: ClassVar = "answer.skipped"
    turn: int


@dataclass(frozen=True, slots=True)
class HintStarted:
    TYPE: ClassVar = "hint.started"
    turn: int


@dataclass(frozen=True, slots=True)
class HintDelta:
    TYPE: ClassVar = "hint.delta"
    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class HintCompleted:
    TYPE: ClassVar = "hint.completed"
    turn: int
    text: str
    cancelled: bool


@dataclass(frozen=True, slots=True)
class FeedbackStarted:
    TYPE: ClassVar = "feedback.started"
    turn: int
    lane: int
    model: str


@dataclass(frozen=True, slots=True)
class FeedbackDelta:
    TYPE: ClassVar = "feedback.delta"
    turn: int
    lane: int
    text: str


@dataclass(frozen=True, slots=True)
class FeedbackCompleted:
    TYPE: ClassVar = "feedback.completed"
    turn: int
    lane: int
    model: str
    text: str
    cancelled: bool


@dataclass(frozen=True, slots=True)
class FeedbackScored:
    """`scores`, or null and the `reason` why there are none."""

    TYPE: ClassVar = "feedback.scored"
    turn: int
    lane: int
    scores: tuple[Score, ...] | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class RivalStarted:
    TYPE: ClassVar = "rival.started"
    turn: int


@dataclass(frozen=True, slots=True)
class RivalDelta:
    TYPE: ClassVar = "rival.delta"
    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class RivalCompleted:
    TYPE: ClassVar = "rival.completed"
    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class GenerationWaiting:
    TYPE: ClassVar = "generation.waiting"
    turn: int | None
    what: Generated
    lane: int
    reason: WaitingReason
    retry_after_ms: int


@dataclass(frozen=True, slots=True)
class GenerationFailed:
    TYPE: ClassVar = "generation.failed"
    turn: int | None
    what: Generated
    lane: int
    code: str
    message: str
    retrying: bool
    retryable: bool


@dataclass(frozen=True, slots=True)
class InterviewFinished:
    TYPE: ClassVar = "interview.finished"
    reason: FinishReason


@dataclass(frozen=True, slots=True)
class ReportStarted:
    TYPE: ClassVar = "report.started"


@dataclass(frozen=True, slots=True)
class ReportDelta:
    TYPE: ClassVar = "report.delta"
    text: str


@dataclass(frozen=True, slots=True)
class ReportCompleted:
    TYPE: ClassVar = "report.completed"
    text: str
    report: Report


@dataclass(frozen=True, slots=True)
class Notice:
    TYPE: ClassVar = "notice"
    code: str
    message: str


Event = (
    InterviewStarted
    | InterviewPaused
    | InterviewResumed
    | QuestionStarted
    | QuestionDelta
    | QuestionCompleted
    | AudioStarted
    | AudioStopped
    | AudioCancelled
    | SpeechStarted
    | SpeechStopped
    | TranscriptPartial
    | TranscriptCompleted
    | AnswerAccepted
    | AnswerSkipped
    | HintStarted
    | HintDelta
    | HintCompleted
    | FeedbackStarted
    | FeedbackDelta
    | FeedbackCompleted
    | FeedbackScored
    | RivalStarted
    | RivalDelta
    | RivalCompleted
    | GenerationWaiting
    | GenerationFailed
    | InterviewFinished
    | ReportStarted
    | ReportDelta
    | ReportCompleted
    | Notice
)


@dataclass(frozen=True, slots=True)
class Logged:
    """An event in its place: `seq` within `epoch`, first written `at` (Unix milliseconds)."""

    epoch: int
    seq: int
    at: int
    event: Event


EVENTS: dict[str, type[Event]] = {kind.TYPE: kind for kind in get_args(Event)}

# Sent before they are committed: a crash may take them back, and they are made again (`protocol.md`
# 1).
EPHEMERAL: frozenset[type[Event]] = frozenset(
    {
        QuestionStarted,
        QuestionDelta,
        SpeechStarted,
        SpeechStopped,
        TranscriptPartial,
        HintStarted,
        HintDelta,
        FeedbackStarted,
        FeedbackDelta,
        RivalStarted,
        RivalDelta,
        GenerationWaiting,
        GenerationFailed,
        ReportStarted,
        ReportDelta,
        Notice,
    }
)
