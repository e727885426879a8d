"""What an interview asks of the world, and what comes back.

A `Work` is asked for by being on the agenda (`protocol/agenda.py`); everything else here is an
output that a work may bring back, in the order that `realtime/ports.py` tells.
"""

from dataclasses import dataclass
from typing import Literal

from protocol.view import (
    Delivery,
    QuestionKind,
    Report,
    Score,
    Transcript,
    WaitingReason,
    Word,
)

WorkKind = Literal["question", "feedback", "scores", "hint", "rival", "report", "transcript"]


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of slow work. `turn` is null for the report."""

    what: WorkKind
    turn: int | None
    lane: int = 0


# --- what comes back ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Began:
    """The first of a stream's text is near; `model` says whose it is."""

    work: Work
    model: str = ""


@dataclass(frozen=True, slots=True)
class QuestionBegan:
    """As `Began`, for a question: which kind it is, and what it is about."""

    work: Work
    kind: QuestionKind
    topic: str


@dataclass(frozen=True, slots=True)
class Delta:
    work: Work
    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A question, feedback, hint or rival's answer is whole."""

    work: Work


@dataclass(frozen=True, slots=True)
class NothingToAsk:
    """No follow-up is worth asking, and no main question is left."""

    work: Work


@dataclass(frozen=True, slots=True)
class Scored:
    """The scores of a feedback, or null and why there are none."""

    work: Work
    scores: tuple[Score, ...] | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """The report is whole; its text is what was streamed."""

    work: Work
    report: Report


@dataclass(frozen=True, slots=True)
class Delayed:
    """A model can't begin yet."""

    work: Work
    reason: WaitingReason
    retry_after_ms: int


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something beside the work that people should know."""

    work: Work
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A work failed. `retrying`: it begins again by itself, with another `Began`."""

    work: Work
    code: str
    message: str
    retrying: bool = False
    retryable: bool = True


@dataclass(frozen=True, slots=True)
class Speech:
    """The speaker began or stopped speaking, `at_ms` within the answer's audio."""

    work: Work
    speaking: bool
    at_ms: int


@dataclass(frozen=True, slots=True)
class Heard:
    """A partial transcript, as `transcript.partial` tells it."""

    work: Work
    from_: int
    text: str
    stable: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """The server ends the answer at `bytes`, because of silence or a limit."""

    work: Work
    bytes: int
    reason: Literal["silence", "limit"]


@dataclass(frozen=True, slots=True)
class Transcribed:
    """What was said, and how; `words`: the transcript's."""

    work: Work
    transcript: Transcript
    delivery: Delivery
    words: tuple[Word, ...] = ()


Output = (
    Began
    | QuestionBegan
    | Delta
    | Ended
    | NothingToAsk
    | Scored
    | Reported
    | Delayed
    | Noticed
    | Failed
    | Speech
    | Heard
    | Stopped
    | Transcribed
)
