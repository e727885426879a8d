"""The fold: from a view and the next event to the next view (`protocol.md` 3 and 5).

The server makes its snapshots with it, and a client its picture of the interview. It is total: an
event that doesn't fit what was seen before changes what it can and raises nothing, because a client
must be able to follow a server newer than itself.

`remaining_ms` is what the newest `interview.started`, `paused` or `resumed` said; a server puts the
value of now into a snapshot.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from protocol.events import (
    AnswerAccepted,
    AnswerSkipped,
    AudioCancelled,
    AudioStarted,
    AudioStopped,
    Event,
    FeedbackCompleted,
    FeedbackDelta,
    FeedbackScored,
    FeedbackStarted,
    GenerationFailed,
    GenerationWaiting,
    HintCompleted,
    HintDelta,
    HintStarted,
    InterviewFinished,
    InterviewPaused,
    InterviewResumed,
    InterviewStarted,
    Logged,
    QuestionCompleted,
    QuestionDelta,
    QuestionStarted,
    ReportCompleted,
    ReportDelta,
    ReportStarted,
    RivalCompleted,
    RivalDelta,
    RivalStarted,
    SpeechStarted,
    SpeechStopped,
    TranscriptCompleted,
    TranscriptPartial,
)
from protocol.states import ENTERS
from protocol.view import (
    Failure,
    Feedback,
    Generated,
    Hint,
    Interview,
    Stream,
    Streamed,
    Transcript,
    Turn,
    View,
    Waiting,
)


def fold(view: View, logged: Logged) -> View:
    """The view after `logged`, which is the event behind the last one that the view has seen."""
    return apply(replace(view, epoch=logged.epoch, seq=logged.seq), logged.event, logged.at)


def apply(view: View, event: Event, at: int) -> View:
    """The view after `event`, its position left alone."""
    handler = _HANDLERS.get(type(event))
    if handler is not None:
        view = handler(view, event, at)
    phase = ENTERS.get(type(event))
    if phase is not None:
        view = replace(view, interview=replace(view.interview, phase=phase))
    return view


# --- pieces ---------------------------------------------------------------------------------------


def _with(view: View, interview: Interview) -> View:
    return replace(view, interview=interview)


def _turn(view: View, turn: int, change: Callable[[Turn], Turn]) -> View:
    turns = view.interview.turns
    if not 1 <= turn <= len(turns):
        return view
    changed = (*turns[: turn - 1], change(turns[turn - 1]), *turns[turn:])
    return _with(view, replace(view.interview, turns=changed))


def _open(view: View, stream: Stream) -> View:
    view = _close(view, *stream.key)
    return replace(view, streaming=(*view.streaming, stream))


def _close(view: View, what: Streamed, turn: int | None, lane: int = 0) -> View:
    """Without that stream, and without what was said about waiting for it."""
    key = (what, turn, lane)
    view = _not_waiting(view, *key)
    if any(stream.key == key for stream in view.streaming):
        rest = tuple(stream for stream in view.streaming if stream.key != key)
        view = replace(view, streaming=rest)
    return view


def _not_waiting(view: View, what: Generated, turn: int | None, lane: int = 0) -> View:
    key = (what, turn, lane)
    waiting = view.interview.waiting
    rest = tuple(item for item in waiting if (item.what, item.turn, item.lane) != key)
    return view if len(rest) == len(waiting) else _with(view, replace(view.interview, waiting=rest))


def _append(view: View, what: Streamed, turn: int | None, lane: int, text: str) -> View:
    """With a delta added. Written out, without `replace`: this runs once a token."""
    streaming = list(view.streaming)
    for index, stream in enumerate(streaming):
        if stream.what == what and stream.turn == turn and stream.lane == lane:
            streaming[index] = Stream(what, turn, lane, stream.text + text, stream.model)
    grown = tuple(streaming)
    return View(view.interview, view.epoch, view.seq, grown, view.speaking, view.partial)


# --- the interview --------------------------------------------------------------------------------


def _interview_started(view: View, event: InterviewStarted, at: int) -> View:
    return _with(view, replace(view.interview, started_at=at, remaining_ms=event.remaining_ms))


def _interview_paused(view: View, event: InterviewPaused, at: int) -> View:
    """What waited to begin doesn't wait any more; the scores of what was said still do."""
    waiting = tuple(item for item in view.interview.waiting if item.what == "scores")
    return _with(
        view, replace(view.interview, paused=True, remaining_ms=event.remaining_ms, waiting=waiting)
    )


def _interview_resumed(view: View, event: InterviewResumed, at: int) -> View:
    return _with(view, replace(view.interview, paused=False, remaining_ms=event.remaining_ms))


def _interview_finished(view: View, event: InterviewFinished, at: int) -> View:
    view = _with(
        view,
        replace(
            view.interview,
            paused=False,
            finished_at=at,
            finish_reason=event.reason,
            remaining_ms=None,
            failed=None,
            waiting=(),
        ),
    )
    return replace(view, streaming=(), speaking=False, partial="")


# --- questions and hints --------------------------------------------------------------------------


def _question_started(view: View, event: QuestionStarted, at: int) -> View:
    turn = Turn(event.turn, event.number, event.kind, event.topic, event.parent_turn)
    before = view.interview.turns[: event.turn - 1]
    view = _with(view, replace(view.interview, turns=(*before, turn), failed=None))
    return _open(view, Stream("question", event.turn, 0))


def _question_delta(view: View, event: QuestionDelta, at: int) -> View:
    return _append(view, "question", event.turn, 0, event.text)


def _question_completed(view: View, event: QuestionCompleted, at: int) -> View:
    view = _close(view, "question", event.turn)
    return _turn(view, event.turn, lambda turn: replace(turn, question=event.text))


def _hint_started(view: View, event: HintStarted, at: int) -> View:
    return _open(view, Stream("hint", event.turn, 0))


def _hint_delta(view: View, event: HintDelta, at: int) -> View:
    return _append(view, "hint", event.turn, 0, event.text)


def _hint_completed(view: View, event: HintCompleted, at: int) -> View:
    hint = Hint(event.text, event.cancelled)
    view = _close(view, "hint", event.turn)
    return _turn(view, event.turn, lambda turn: replace(turn, hints=(*turn.hints, hint)))


# --- answers --------------------------------------------------------------------------------------


def _audio_started(view: View, event: AudioStarted, at: int) -> View:
    return replace(view, speaking=False, partial="")


def _audio_stopped(view: View, event: AudioStopped, at: int) -> View:
    return replace(view, speaking=False)


def _audio_cancelled(view: View, event: AudioCancelled, at: int) -> View:
    view = replace(view, speaking=False, partial="")
    return _turn(view, event.turn, lambda turn: replace(turn, transcript=None))


def _speech_started(view: View, event: SpeechStarted, at: int) -> View:
    return replace(view, speaking=True)


def _speech_stopped(view: View, event: SpeechStopped, at: int) -> View:
    return replace(view, speaking=False)


def _transcript_partial(view: View, event: TranscriptPartial, at: int) -> View:
    return replace(view, partial=view.partial[: event.from_] + event.text)


def _transcript_completed(view: View, event: TranscriptCompleted, at: int) -> View:
    transcript = Transcript(
        event.text, event.language, event.confidence, event.duration_ms, event.needs_review
    )
    view = replace(view, partial="")
    view = _turn(view, event.turn, lambda turn: replace(turn, transcript=transcript))
    return _with(view, replace(view.interview, phase="reviewing")) if event.needs_review else view


def _answer_accepted(view: View, event: AnswerAccepted, at: int) -> View:
    return _turn(
        _not_waiting(view, "hint", event.turn),
        event.turn,
        lambda turn: replace(turn, answer=event.text, source=event.source, delivery=event.delivery),
    )


def _answer_skipped(view: View, event: AnswerSkipped, at: int) -> View:
    view = replace(_not_waiting(view, "hint", event.turn), speaking=False, partial="")
    return _turn(view, event.turn, lambda turn: replace(turn, skipped=True))


# --- feedback, rival, report ----------------------------------------------------------------------


def _feedback_started(view: View, event: FeedbackStarted, at: int) -> View:
    return _open(view, Stream("feedback", event.turn, event.lane, model=event.model))


def _feedback_delta(view: View, event: FeedbackDelta, at: int) -> View:
    return _append(view, "feedback", event.turn, event.lane, event.text)


def _feedback_completed(view: View, event: FeedbackCompleted, at: int) -> View:
    given = Feedback(event.lane, event.model, event.text, None, event.cancelled)

    def add(turn: Turn) -> Turn:
        others = (item for item in turn.feedback if item.lane != event.lane)
        lanes = sorted((*others, given), key=lambda item: item.lane)
        return replace(turn, feedback=tuple(lanes))

    view = _close(view, "feedback", event.turn, event.lane)
    return _turn(view, event.turn, add)


def _feedback_scored(view: View, event: FeedbackScored, at: int) -> View:
    def score(turn: Turn) -> Turn:
        scored = tuple(
            replace(item, scores=event.scores) if item.lane == event.lane else item
            for item in turn.feedback
        )
        return replace(turn, feedback=scored)

    view = _not_waiting(view, "scores", event.turn, event.lane)
    return _turn(view, event.turn, score)


def _rival_started(view: View, event: RivalStarted, at: int) -> View:
    return _open(view, Stream("rival", event.turn, 0))


def _rival_delta(view: View, event: RivalDelta, at: int) -> View:
    return _append(view, "rival", event.turn, 0, event.text)


def _rival_completed(view: View, event: RivalCompleted, at: int) -> View:
    view = _close(view, "rival", event.turn)
    return _turn(view, event.turn, lambda turn: replace(turn, rival=event.text))


def _generation_waiting(view: View, event: GenerationWaiting, at: int) -> View:
    view = _not_waiting(view, event.what, event.turn, event.lane)
    item = Waiting(event.what, event.turn, event.lane, event.reason, event.retry_after_ms)
    return _with(view, replace(view.interview, waiting=(*view.interview.waiting, item)))


def _generation_failed(view: View, event: GenerationFailed, at: int) -> View:
    if event.what == "scores":
        view = _not_waiting(view, event.what, event.turn, event.lane)
    else:
        view = _close(view, event.what, event.turn, event.lane)
    if event.retrying or event.what not in ("question", "report"):
        return view
    failure = Failure(
        event.what, event.turn, event.lane, event.code, event.message, event.retryable
    )
    return _with(view, replace(view.interview, failed=failure))


def _report_started(view: View, event: ReportStarted, at: int) -> View:
    view = _with(view, replace(view.interview, failed=None))
    return _open(view, Stream("report", None, 0))


def _report_delta(view: View, event: ReportDelta, at: int) -> View:
    return _append(view, "report", None, 0, event.text)


def _report_completed(view: View, event: ReportCompleted, at: int) -> View:
    view = _close(view, "report", None)
    return _with(view, replace(view.interview, report=event.report))


_HANDLERS: dict[type[Event], Callable[[View, Any, int], View]] = {
    InterviewStarted: _interview_started,
    InterviewPaused: _interview_paused,
    InterviewResumed: _interview_resumed,
    InterviewFinished: _interview_finished,
    QuestionStarted: _question_started,
    QuestionDelta: _question_delta,
    QuestionCompleted: _question_completed,
    HintStarted: _hint_started,
    HintDelta: _hint_delta,
    HintCompleted: _hint_completed,
    AudioStarted: _audio_started,
    AudioStopped: _audio_stopped,
    AudioCancelled: _audio_cancelled,
    SpeechStarted: _speech_started,
    SpeechStopped: _speech_stopped,
    TranscriptPartial: _transcript_partial,
    TranscriptCompleted: _transcript_completed,
    AnswerAccepted: _answer_accepted,
    AnswerSkipped: _answer_skipped,
    FeedbackStarted: _feedback_started,
    FeedbackDelta: _feedback_delta,
    FeedbackCompleted: _feedback_completed,
    FeedbackScored: _feedback_scored,
    RivalStarted: _rival_started,
    RivalDelta: _rival_delta,
    RivalCompleted: _rival_completed,
    GenerationWaiting: _generation_waiting,
    GenerationFailed: _generation_failed,
    ReportStarted: _report_started,
    ReportDelta: _report_delta,
    ReportCompleted: _report_completed,
}
