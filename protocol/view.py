"""What a client sees of an interview: the objects of `protocol.md` 9, and the snapshot of 3.

All of them are frozen, and nest: a changed interview shares every unchanged turn with the one
before it, so that comparing identities tells what changed. Times are Unix milliseconds, durations
end in `_ms`.
"""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from msgspec import Meta

Language = Literal["en", "ko"]
Persona = Literal["neutral", "friendly", "pressing"]
FeedbackMode = Literal["each", "end"]
RivalLevel = Literal["beginner", "intermediate", "advanced"]
Phase = Literal[
    "created",
    "asking",
    "answering",
    "listening",
    "transcribing",
    "reviewing",
    "evaluating",
    "reporting",
    "finished",
]
QuestionKind = Literal["main", "follow_up"]
AnswerSource = Literal["text", "voice"]
FinishReason = Literal["completed", "requested", "time_limit"]
Generated = Literal["question", "feedback", "scores", "hint", "rival", "report"]
Streamed = Literal["question", "feedback", "hint", "rival", "report"]
WaitingReason = Literal["rate_limited", "failover"]
PaceUnit = Literal["words_per_minute", "syllables_per_minute"]
Winner = Literal["candidate", "rival", "draw"]

# Not blank, and without U+0000, which PostgreSQL cannot store (`protocol.md` 2).
TEXT_PATTERN = r"^(?![^\u0000]*\u0000)\s*\S"

Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=TEXT_PATTERN)]
Paragraph = Annotated[str, Meta(min_length=1, max_length=2_000, pattern=TEXT_PATTERN)]
Page = Annotated[str, Meta(min_length=1, max_length=20_000, pattern=TEXT_PATTERN)]
# That no two are the same is for whoever decodes: msgspec can't check it, only say it in a schema.
Models = Annotated[
    tuple[Name, ...], Meta(min_length=1, max_length=4, extra_json_schema={"uniqueItems": True})
]


@dataclass(frozen=True, slots=True)
class Competency:
    """One thing that is judged, in a team's own words."""

    name: Name
    description: Paragraph


@dataclass(frozen=True, slots=True)
class Config:
    """What an interview was asked to be: the body of `POST /interviews`, defaults filled.

    `questions` counts main questions (ignored where `question_list` names them); `follow_ups` is
    the most that each of them may have; `models`, no two the same, opens one feedback lane each.
    """

    role: Name
    level: Name | None = None
    language: Language = "en"
    persona: Persona = "neutral"
    questions: Annotated[int, Meta(ge=1, le=20)] = 5
    follow_ups: Annotated[int, Meta(ge=0, le=3)] = 1
    feedback: FeedbackMode = "each"
    time_limit_s: Annotated[int, Meta(ge=60, le=86_400)] | None = None
    job_description: Page | None = None
    document_ids: Annotated[tuple[Name, ...], Meta(max_length=10)] | None = None
    question_list: Annotated[tuple[Paragraph, ...], Meta(min_length=1, max_length=20)] | None = None
    competencies: Annotated[tuple[Competency, ...], Meta(min_length=1, max_length=12)] | None = None
    models: Models | None = None
    rival: RivalLevel | None = None

    @property
    def main_questions(self) -> int:
        """How many main questions the interview has."""
        return self.questions if self.question_list is None else len(self.question_list)

    @property
    def lanes(self) -> int:
        """How many models review each answer."""
        return 1 if self.models is None else len(self.models)


@dataclass(frozen=True, slots=True)
class Score:
    """A judgement of one competency, `score` of `max`, with the answer's own words behind it.

    `supported`: such words were found, or none are needed, as for a score of 0. One that isn't
    supported counts in no result.
    """

    competency: str
    score: int
    max: int
    evidence: tuple[str, ...]
    supported: bool = True


@dataclass(frozen=True, slots=True)
class Hint:
    text: str
    cancelled: bool


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard; `confidence` from 0 to 1."""

    text: str
    language: Language
    confidence: float
    duration_ms: int
    needs_review: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A word or phrase and where it was said, in milliseconds of the answer's audio."""

    text: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Span:
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a spoken answer was delivered."""

    duration_ms: int
    speech_ms: int
    pace: float
    pace_unit: PaceUnit
    fillers: tuple[Mark, ...]
    pauses: tuple[Span, ...]
    hedges: tuple[Mark, ...]
    repeated: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a transcript, with its place in the audio and its probability (0 to 1)."""

    text: str
    start_ms: int
    end_ms: int
    probability: float


@dataclass(frozen=True, slots=True)
class Feedback:
    """A lane's review of an answer. `scores` is null until scored, and stays so if it can't be."""

    lane: int
    model: str
    text: str
    scores: tuple[Score, ...] | None
    cancelled: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and all that became of it. `question` is null until its text is committed."""

    turn: int
    number: int
    kind: QuestionKind
    topic: str
    parent_turn: int | None
    question: str | None = None
    hints: tuple[Hint, ...] = ()
    transcript: Transcript | None = None
    answer: str | None = None
    source: AnswerSource | None = None
    delivery: Delivery | None = None
    skipped: bool = False
    feedback: tuple[Feedback, ...] = ()
    rival: str | None = None

    @property
    def has_outcome(self) -> bool:
        """Whether the question was answered or skipped."""
        return self.answer is not None or self.skipped

    @property
    def main_turn(self) -> int:
        """The main question that this turn belongs to."""
        return self.turn if self.parent_turn is None else self.parent_turn


@dataclass(frozen=True, slots=True)
class Quote:
    turn: int
    quote: str


@dataclass(frozen=True, slots=True)
class CompetencyResult:
    competency: str
    score: float | None
    max: int
    evidence: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class TurnReport:
    turn: int
    summary: str
    better_answer: str | None


@dataclass(frozen=True, slots=True)
class TurnComparison:
    turn: int
    candidate: float | None
    rival: float | None
    comment: str


@dataclass(frozen=True, slots=True)
class Comparison:
    winner: Winner
    candidate: float | None
    rival: float | None
    turns: tuple[TurnComparison, ...]
    lessons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LaneScore:
    lane: int
    model: str
    score: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """How the interview went; `score` of `max`, null where nothing could be scored."""

    text: str
    score: float | None
    max: int
    competencies: tuple[CompetencyResult, ...]
    strengths: tuple[str, ...]
    improvements: tuple[str, ...]
    turns: tuple[TurnReport, ...]
    unscored: tuple[int, ...]
    comparison: Comparison | None
    lanes: tuple[LaneScore, ...]


@dataclass(frozen=True, slots=True)
class PastScore:
    """What an interview's report scored a competency; `interview` is its id."""

    interview: str
    finished_at: int
    competency: str
    score: float
    max: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed question or report, which holds the interview until `generation.retry`."""

    what: Generated
    turn: int | None
    lane: int
    code: str
    message: str
    retryable: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that a model has been asked for and can't deliver yet."""

    what: Generated
    turn: int | None
    lane: int
    reason: WaitingReason
    retry_after_ms: int


@dataclass(frozen=True, slots=True)
class Stream:
    """An open stream and its text so far. `turn` is null for the report; `model` stays off the
    wire.
    """

    what: Streamed
    turn: int | None
    lane: int
    text: str = ""
    model: str | None = field(default=None, compare=False)

    @property
    def key(self) -> tuple[Streamed, int | None, int]:
        return (self.what, self.turn, self.lane)


@dataclass(frozen=True, slots=True)
class Interview:
    """The interview as `GET /interviews/{id}` answers it."""

    id: str
    phase: Phase
    paused: bool
    created_at: int
    started_at: int | None
    finished_at: int | None
    finish_reason: FinishReason | None
    remaining_ms: int | None
    config: Config
    turns: tuple[Turn, ...] = ()
    failed: Failure | None = None
    waiting: tuple[Waiting, ...] = ()
    report: Report | None = None

    @property
    def current(self) -> Turn | None:
        """The newest turn, open or not."""
        return self.turns[-1] if self.turns else None


@dataclass(frozen=True, slots=True)
class View:
    """All that a client holds after any event: the snapshot, in parts.

    `seq` and `epoch` are its position. What changes with each token (`seq`, `streaming`) lies
    outside `interview`, so that a delta copies little. `partial` is the text heard so far of an
    answer being spoken; it travels in `session.opened.audio`, not in the snapshot.
    """

    interview: Interview
    epoch: int
    seq: int = 0
    streaming: tuple[Stream, ...] = ()
    speaking: bool = False
    partial: str = field(default="", compare=False)

    def stream(self, what: Streamed, turn: int | None, lane: int = 0) -> Stream | None:
        """The open stream of that kind, turn and lane."""
        for stream in self.streaming:
            if stream.what == what and stream.turn == turn and stream.lane == lane:
                return stream
        return None
