"""What the works bring: the other half of the state machine (`protocol.md` 5).

An output that fits nothing (its work was cancelled, or closed by a command, while it was on its
way) changes nothing: the mailbox may hold such at any time.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from protocol.agenda import asked, may_ask_main, may_follow_up, wanted
from protocol.draft import Draft, State, Step
from protocol.effects import (
    Began,
    Delayed,
    Delta,
    Ended,
    Failed,
    Heard,
    NothingToAsk,
    Noticed,
    Output,
    QuestionBegan,
    Reported,
    Scored,
    Speech,
    Stopped,
    Transcribed,
    Work,
)
from protocol.events import (
    AnswerAccepted,
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
    Notice,
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
from protocol.fold import apply
from protocol.interview import cancel_audio, close_hint, finish, settle, stop_listening
from protocol.view import QuestionKind, Stream

NO_SCORES = "the scores could not be made"


def receive(state: State, output: Output, now: int) -> Step:
    """What `output` does at `now` (Unix ms)."""
    if isinstance(output, Delta):
        return _delta(state, output, now)
    draft = Draft(state, now)
    _OUTPUTS[type(output)](draft, output)
    settle(draft)
    return draft.step()


def _stream(state: State, work: Work) -> Stream | None:
    if work.what == "scores" or work.what == "transcript":
        return None
    return state.view.stream(work.what, work.turn, work.lane)


# --- streams --------------------------------------------------------------------------------------


def _began(draft: Draft, output: Began) -> None:
    work = output.work
    if _stream(draft.state, work) is not None or work not in wanted(draft.state):
        return
    turn = work.turn or 0
    match work.what:
        case "feedback":
            draft.emit(FeedbackStarted(turn, work.lane, output.model))
        case "hint":
            draft.emit(HintStarted(turn))
        case "rival":
            draft.emit(RivalStarted(turn))
        case "report":
            draft.emit(ReportStarted())
            draft.state = replace(draft.state, retrying=False)


def _question_began(draft: Draft, output: QuestionBegan) -> None:
    if _stream(draft.state, output.work) is None and output.work in wanted(draft.state):
        _open_question(draft, output.work, output.kind, output.topic)


def _open_question(draft: Draft, work: Work, kind: QuestionKind, topic: str) -> None:
    """Say `question.started`; a kind that may not be asked any more becomes the one that may."""
    state = draft.state
    follows = may_follow_up(state) and (kind == "follow_up" or not may_ask_main(state))
    turn = work.turn or 0
    if follows:
        main = state.view.interview.turns[turn - 2].main_turn
        number = state.view.interview.turns[main - 1].number
        draft.emit(QuestionStarted(turn, number, "follow_up", topic, main))
    else:
        draft.emit(QuestionStarted(turn, asked(state) + 1, "main", topic, None))
    draft.state = replace(draft.state, retrying=False)


def _delta(state: State, output: Delta, now: int) -> Step:
    """A token. It can bring nothing about but itself, so it takes the short way."""
    work = output.work
    if _stream(state, work) is None:
        return Step(state)
    turn = work.turn or 0
    event: Event
    match work.what:
        case "question":
            event = QuestionDelta(turn, output.text)
        case "feedback":
            event = FeedbackDelta(turn, work.lane, output.text)
        case "hint":
            event = HintDelta(turn, output.text)
        case "rival":
            event = RivalDelta(turn, output.text)
        case _:
            event = ReportDelta(output.text)
    return Step(state.seen(apply(state.view, event, now)), (event,), now)


def _ended(draft: Draft, output: Ended) -> None:
    work = output.work
    stream = _stream(draft.state, work)
    if stream is None:
        return
    turn = work.turn or 0
    match work.what:
        case "question":
            draft.emit(QuestionCompleted(turn, stream.text))
        case "hint":
            draft.emit(HintCompleted(turn, stream.text, cancelled=False))
            draft.state = replace(draft.state, hinting=False)
        case "rival":
            draft.emit(RivalCompleted(turn, stream.text))
        case "feedback":
            model = stream.model or ""
            draft.emit(FeedbackCompleted(turn, work.lane, model, stream.text, cancelled=False))
            draft.state = replace(draft.state, awaiting=draft.state.awaiting | {(turn, work.lane)})


def _reported(draft: Draft, output: Reported) -> None:
    stream = _stream(draft.state, output.work)
    if stream is not None:
        report = replace(output.report, text=stream.text)
        draft.emit(ReportCompleted(stream.text, report))


# --- the rest -------------------------------------------------------------------------------------


def _nothing_to_ask(draft: Draft, output: NothingToAsk) -> None:
    if output.work in wanted(draft.state):
        draft.state = replace(draft.state, exhausted=True)


def _scored(draft: Draft, output: Scored) -> None:
    key = (output.work.turn or 0, output.work.lane)
    if key in draft.state.awaiting:
        draft.state = replace(draft.state, awaiting=draft.state.awaiting - {key})
        draft.emit(FeedbackScored(*key, output.scores, output.reason))


def _delayed(draft: Draft, output: Delayed) -> None:
    work = output.work
    if work.what != "transcript" and work in wanted(draft.state):
        draft.emit(
            GenerationWaiting(work.turn, work.what, work.lane, output.reason, output.retry_after_ms)
        )


def _noticed(draft: Draft, output: Noticed) -> None:
    if output.work in wanted(draft.state):
        draft.emit(Notice(output.code, output.message))


def _failed(draft: Draft, output: Failed) -> None:
    work = output.work
    if work not in wanted(draft.state):
        return
    if work.what == "transcript":
        draft.emit(Notice(output.code, output.message))
        cancel_audio(draft)
        ended = draft.state.ended_by_server | {work.turn or 0}
        draft.state = replace(draft.state, ended_by_server=ended)
        return
    if work.what == "question" and _stream(draft.state, work) is None and not output.retrying:
        # `generation.retry` is legal in `asking`, and it is `question.started` that leads there.
        _open_question(draft, work, "main", "")
    draft.emit(
        GenerationFailed(
            work.turn,
            work.what,
            work.lane,
            output.code,
            output.message,
            output.retrying,
            output.retryable,
        )
    )
    if output.retrying:
        return
    match work.what:
        case "question" | "report":
            draft.state = replace(draft.state, retrying=False)
        case "feedback" | "rival":
            draft.state = replace(draft.state, given_up=draft.state.given_up | {work})
        case "hint":
            draft.state = replace(draft.state, hinting=False)
        case "scores":
            _scored(draft, Scored(work, None, NO_SCORES))


# --- speech ---------------------------------------------------------------------------------------


def _listening_to(draft: Draft, work: Work) -> bool:
    interview = draft.state.view.interview
    current = interview.current
    return interview.phase == "listening" and current is not None and work.turn == current.turn


def _speech(draft: Draft, output: Speech) -> None:
    if _listening_to(draft, output.work):
        kind = SpeechStarted if output.speaking else SpeechStopped
        draft.emit(kind(output.work.turn or 0, output.at_ms))


def _heard(draft: Draft, output: Heard) -> None:
    if _listening_to(draft, output.work):
        draft.emit(
            TranscriptPartial(output.work.turn or 0, output.from_, output.text, output.stable)
        )


def _stopped(draft: Draft, output: Stopped) -> None:
    if _listening_to(draft, output.work):
        stop_listening(draft, output.bytes, output.reason)


def _transcribed(draft: Draft, output: Transcribed) -> None:
    state = draft.state
    current = state.view.interview.current
    if state.view.interview.phase != "transcribing" or current is None:
        return
    if current.turn != output.work.turn:
        return
    heard = output.transcript
    asked = state.voice is not None and state.voice.review
    needs_review = heard.needs_review or asked or not heard.text.strip()
    draft.emit(
        TranscriptCompleted(
            current.turn,
            heard.text,
            heard.language,
            heard.confidence,
            heard.duration_ms,
            needs_review,
        )
    )
    draft.state = replace(draft.state, voice=None, delivery=output.delivery, words=output.words)
    if needs_review and not state.time_up:
        return
    if heard.text.strip():
        close_hint(draft)
        draft.emit(AnswerAccepted(current.turn, heard.text, "voice", output.delivery))
        draft.state = replace(draft.state, delivery=None)
    if state.time_up:
        finish(draft, "time_limit")


_OUTPUTS: dict[type[Output], Callable[[Draft, Any], None]] = {
    Began: _began,
    QuestionBegan: _question_began,
    Ended: _ended,
    NothingToAsk: _nothing_to_ask,
    Scored: _scored,
    Reported: _reported,
    Delayed: _delayed,
    Noticed: _noticed,
    Failed: _failed,
    Speech: _speech,
    Heard: _heard,
    Stopped: _stopped,
    Transcribed: _transcribed,
}
