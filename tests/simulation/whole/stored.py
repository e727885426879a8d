"""Whether what an event says is stored (`protocol.md` 1, the promise)."""

from collections.abc import Callable
from typing import Any

from protocol.draft import State
from protocol.events import (
    AnswerAccepted,
    AnswerSkipped,
    Event,
    FeedbackCompleted,
    FeedbackScored,
    HintCompleted,
    InterviewFinished,
    InterviewStarted,
    QuestionCompleted,
    ReportCompleted,
    RivalCompleted,
)
from protocol.view import Turn
from storage.records import Commit

Check = Callable[[Any, Turn], bool]


def _feedback(event: FeedbackCompleted, turn: Turn) -> bool:
    told = (event.lane, event.text, event.cancelled)
    return any((item.lane, item.text, item.cancelled) == told for item in turn.feedback)


def _hint(event: HintCompleted, turn: Turn) -> bool:
    return any((hint.text, hint.cancelled) == (event.text, event.cancelled) for hint in turn.hints)


_OF_A_TURN: dict[type[Event], Check] = {
    QuestionCompleted: lambda event, turn: turn.question == event.text,
    AnswerAccepted: lambda event, turn: turn.answer == event.text,
    AnswerSkipped: lambda event, turn: turn.skipped,
    RivalCompleted: lambda event, turn: turn.rival == event.text,
    FeedbackCompleted: _feedback,
    HintCompleted: _hint,
}


def is_stored(event: Event, kept: State) -> bool:
    """Whether `kept`, the state that was stored last, holds what `event` says. Pausing and resuming
    leave nothing behind by which they could be told.
    """
    interview = kept.view.interview
    check = _OF_A_TURN.get(type(event))
    if check is not None:
        turn = getattr(event, "turn", 0)
        return turn <= len(interview.turns) and check(event, interview.turns[turn - 1])
    match event:
        case InterviewStarted():
            return interview.started_at is not None
        case InterviewFinished():
            return interview.finish_reason == event.reason
        case ReportCompleted():
            return interview.report == event.report
        case FeedbackScored():
            return (event.turn, event.lane) not in kept.awaiting
    return True


def assert_heard(commit: Commit) -> None:
    """The state knows of a spoken answer what its phase tells; a transcript is of all its bytes."""
    before, after = commit.before.voice, commit.after.voice
    interview = commit.after.view.interview
    assert (after is not None) == (interview.phase in ("listening", "transcribing")), "the voice"
    assert after is None or (after.bytes is None) == (interview.phase == "listening"), "its bytes"
    if before is not None and after is None:
        transcript = interview.turns[before.turn - 1].transcript
        heard = None if transcript is None else transcript.text.removesuffix(" bytes.")
        assert heard is None or int(heard or 0) == before.bytes, f"{heard} of {before}"
