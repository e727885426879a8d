"""The phase table of `protocol.md` 4, as data.

Rules of this file: what may happen in a phase is written here and nowhere else. `ENTERS` says which
event leads into which phase, `LEGAL` which commands a phase takes. Three things stand beside the
table, because they depend on more than the phase: `paused` (`LEGAL_WHILE_PAUSED`),
`generation.cancel` (legal wherever such a stream is open), and `generation.retry` (legal only after
a failure).
"""

from protocol.commands import (
    AnswerSubmit,
    AudioCancel,
    AudioStart,
    AudioStop,
    Command,
    GenerationCancel,
    GenerationRetry,
    HintRequest,
    InterviewFinish,
    InterviewPause,
    InterviewResume,
    InterviewStart,
    QuestionSkip,
)
from protocol.events import (
    AnswerAccepted,
    AnswerSkipped,
    AudioCancelled,
    AudioStarted,
    AudioStopped,
    Event,
    InterviewFinished,
    InterviewStarted,
    QuestionCompleted,
    QuestionStarted,
    ReportCompleted,
)
from protocol.view import Phase

ENTERS: dict[type[Event], Phase] = {
    InterviewStarted: "asking",
    QuestionStarted: "asking",
    QuestionCompleted: "answering",
    AudioCancelled: "answering",
    AudioStarted: "listening",
    AudioStopped: "transcribing",
    # transcript.completed enters "reviewing" only with `needs_review`: see protocol/fold.py.
    AnswerAccepted: "evaluating",
    AnswerSkipped: "evaluating",
    InterviewFinished: "reporting",
    ReportCompleted: "finished",
}

LEGAL: dict[Phase, frozenset[type[Command]]] = {
    "created": frozenset({InterviewStart}),
    "asking": frozenset({InterviewPause, InterviewFinish, GenerationRetry}),
    "answering": frozenset(
        {AnswerSubmit, AudioStart, QuestionSkip, HintRequest, InterviewPause, InterviewFinish}
    ),
    "listening": frozenset({AudioStop, AudioCancel, HintRequest, InterviewFinish}),
    "transcribing": frozenset({AudioCancel, InterviewFinish}),
    "reviewing": frozenset(
        {AnswerSubmit, AudioCancel, QuestionSkip, InterviewPause, InterviewFinish}
    ),
    "evaluating": frozenset({InterviewPause, InterviewFinish}),
    "reporting": frozenset({GenerationRetry}),
    "finished": frozenset(),
}

LEGAL_WHILE_PAUSED: frozenset[type[Command]] = frozenset(
    {InterviewResume, InterviewFinish, GenerationCancel}
)
