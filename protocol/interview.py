"""The interview: a pure state machine (`protocol.md` 4 and 5).

`decide` takes a command, `receive` (`progress.py`) what a work brings, `tick` (`time_limit.py`) the
time; each gives the next state and the events to publish. Which works should then be under way,
`protocol.agenda.wanted` tells. No function of theirs knows a clock, a socket, a database or a
model, and none raises but `decide`, which raises `ProtocolError` and has then changed nothing.

The order of checks is `protocol.md` 4's: the edge has seen to `malformed` and `forbidden`, the
actor to a known id; then `wrong_phase`, `wrong_turn`, the rest.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from protocol.agenda import asks_next, may_ask, reviews, said
from protocol.commands import (
    AnswerSubmit,
    Asked,
    AudioCancel,
    AudioRecord,
    AudioStart,
    AudioStop,
    GenerationCancel,
    GenerationRetry,
    HintRequest,
    InterviewFinish,
    InterviewPause,
    InterviewResume,
    InterviewStart,
    QuestionSkip,
)
from protocol.draft import Draft, State, Step, Voice
from protocol.errors import ProtocolError
from protocol.events import (
    AnswerAccepted,
    AnswerSkipped,
    AudioCancelled,
    AudioStarted,
    AudioStopped,
    FeedbackCompleted,
    FeedbackScored,
    HintCompleted,
    InterviewFinished,
    InterviewPaused,
    InterviewResumed,
    InterviewStarted,
    QuestionCompleted,
    RivalCompleted,
    StopReason,
)
from protocol.messages import Limits
from protocol.states import LEGAL, LEGAL_WHILE_PAUSED
from protocol.view import FinishReason, Stream

UNSCORED_AT_FINISH = "the interview was finished before this could be scored"


@dataclass(frozen=True, slots=True)
class Rules:
    """What depends on the server: whether speech is recognised, and how long an answer may be.
    `full`: no further answer can be heard just now.
    """

    voice: bool = False
    full: bool = False
    max_answer_chars: int = Limits().max_answer_chars


def decide(state: State, command: Asked, now: int, rules: Rules) -> Step:
    """What `command` does at `now` (Unix ms).

    Raises:
        ProtocolError: `wrong_phase`, `wrong_turn`, `too_large`, `voice_unavailable`, `overloaded`.
    """
    if isinstance(command, AudioStop) and command.turn in state.ended_by_server:
        return Step(state)
    _check_phase(state, command)
    _check_turn(state, command)
    _check_rules(command, rules)
    draft = Draft(state, now)
    _COMMANDS[type(command)](draft, command)
    settle(draft)
    return draft.step()


def recovered(state: State) -> State:
    """The state that a rebuilt actor begins with: as stored, but a question that is due is being
    asked.

    A crash in mid-question leaves `evaluating` in storage, as `question.started` is not committed
    (`protocol.md` 5, "a crash").
    """
    interview = state.view.interview
    if interview.phase != "evaluating" or not asks_next(state):
        return state
    asking = replace(interview, phase="asking")
    return replace(state, view=replace(state.view, interview=asking))


# --- legality -------------------------------------------------------------------------------------


def _check_phase(state: State, command: Asked) -> None:
    interview = state.view.interview
    # A recording is a voice answer too.
    kind = AudioStart if isinstance(command, AudioRecord) else type(command)
    if isinstance(command, GenerationCancel):
        legal = any(_streams_of(state, command))
    elif interview.paused:
        legal = kind in LEGAL_WHILE_PAUSED
    else:
        legal = kind in LEGAL[interview.phase]
    if kind is GenerationRetry:
        legal = legal and interview.failed is not None and not state.retrying
    if kind is HintRequest:
        legal = legal and not state.hinting
    if not legal:
        raise ProtocolError(
            "wrong_phase",
            f"{command.TYPE} is not possible now.",
            details={"phase": interview.phase, "paused": interview.paused},
        )


def _check_turn(state: State, command: Asked) -> None:
    turn = getattr(command, "turn", None)
    current = state.view.interview.current
    if turn is None or current is None or isinstance(command, GenerationCancel):
        return
    if turn != current.turn:
        raise ProtocolError(
            "wrong_turn",
            f"Turn {turn} is not the open one.",
            details={"turn": current.turn},
        )


def _check_rules(command: Asked, rules: Rules) -> None:
    if isinstance(command, AudioStart | AudioRecord):
        _check_voice(rules)
    if isinstance(command, AnswerSubmit) and len(command.text) > rules.max_answer_chars:
        raise ProtocolError(
            "too_large",
            f"An answer has at most {rules.max_answer_chars} characters.",
            details={"limit": rules.max_answer_chars, "field": "text"},
        )


def _check_voice(rules: Rules) -> None:
    if not rules.voice:
        raise ProtocolError("voice_unavailable", "No speech model here; text answers work.")
    if rules.full:
        raise ProtocolError(
            "overloaded", "Too many answers are spoken just now: try again soon, or type yours."
        )


def _streams_of(state: State, command: GenerationCancel) -> list[Stream]:
    return [
        stream
        for stream in state.view.streaming
        if stream.what == command.what and stream.turn == command.turn
    ]


# --- commands -------------------------------------------------------------------------------------


def _start(draft: Draft, command: InterviewStart) -> None:
    limit_s = draft.state.view.interview.config.time_limit_s
    remaining_ms = None if limit_s is None else limit_s * 1_000
    draft.emit(InterviewStarted(remaining_ms))
    _run_clock(draft, remaining_ms)


def _run_clock(draft: Draft, remaining_ms: int | None) -> None:
    deadline_at = None if remaining_ms is None else draft.now + remaining_ms
    draft.state = replace(draft.state, deadline_at=deadline_at)


def _pause(draft: Draft, command: InterviewPause) -> None:
    deadline_at = draft.state.deadline_at
    draft.emit(InterviewPaused(None if deadline_at is None else max(0, deadline_at - draft.now)))
    draft.state = replace(draft.state, deadline_at=None)


def _resume(draft: Draft, command: InterviewResume) -> None:
    remaining_ms = draft.state.view.interview.remaining_ms
    draft.emit(InterviewResumed(remaining_ms))
    _run_clock(draft, remaining_ms)


def _finish(draft: Draft, command: InterviewFinish) -> None:
    finish(draft, "requested")


def _submit(draft: Draft, command: AnswerSubmit) -> None:
    spoken = draft.state.view.interview.phase == "reviewing"
    close_hint(draft)
    draft.emit(
        AnswerAccepted(
            command.turn,
            command.text,
            source="voice" if spoken else "text",
            delivery=draft.state.delivery if spoken else None,
        )
    )
    draft.state = replace(draft.state, delivery=None)


def _skip(draft: Draft, command: QuestionSkip) -> None:
    close_hint(draft)
    draft.emit(AnswerSkipped(command.turn))
    draft.state = replace(draft.state, delivery=None)


def _hint(draft: Draft, command: HintRequest) -> None:
    draft.state = replace(draft.state, hinting=True)


def _cancel(draft: Draft, command: GenerationCancel) -> None:
    for stream in _streams_of(draft.state, command):
        close_stream(draft, stream)


def _retry(draft: Draft, command: GenerationRetry) -> None:
    draft.state = replace(draft.state, retrying=True)


def _audio_start(draft: Draft, command: AudioStart) -> None:
    voice = Voice(command.id, command.turn, command.sample_rate, command.silence_ms, command.review)
    _listen(draft, voice)


def _audio_record(draft: Draft, command: AudioRecord) -> None:
    voice = Voice(command.id, command.turn, command.sample_rate, None, command.review)
    _listen(draft, replace(voice, recording=command.recording))
    stop_listening(draft, command.bytes, "requested")


def _listen(draft: Draft, voice: Voice) -> None:
    draft.emit(AudioStarted(voice.turn, voice.sample_rate, voice.silence_ms, voice.review))
    draft.state = replace(
        draft.state,
        voice=voice,
        delivery=None,
        words=(),
        ended_by_server=draft.state.ended_by_server - {voice.turn},
    )


def _audio_stop(draft: Draft, command: AudioStop) -> None:
    stop_listening(draft, command.bytes, "requested")


def _audio_cancel(draft: Draft, command: AudioCancel) -> None:
    cancel_audio(draft)


_COMMANDS: dict[type[Asked], Callable[[Draft, Any], None]] = {
    InterviewStart: _start,
    InterviewPause: _pause,
    InterviewResume: _resume,
    InterviewFinish: _finish,
    AnswerSubmit: _submit,
    QuestionSkip: _skip,
    HintRequest: _hint,
    GenerationCancel: _cancel,
    GenerationRetry: _retry,
    AudioStart: _audio_start,
    AudioRecord: _audio_record,
    AudioStop: _audio_stop,
    AudioCancel: _audio_cancel,
}


# --- what several inputs bring about --------------------------------------------------------------


def settle(draft: Draft) -> None:
    """The end comes by itself: nothing is left to ask, to say or to score."""
    state = draft.state
    interview = state.view.interview
    if interview.phase not in ("asking", "evaluating") or interview.paused:
        return
    if may_ask(state) or state.awaiting or state.view.streaming or not said(state):
        return
    if not any(reviews(state)):
        finish(draft, "completed")


def finish(draft: Draft, reason: FinishReason) -> None:
    """End the interview in one commit: each open stream is completed with what there is."""
    for stream in draft.state.view.streaming:
        close_stream(draft, stream)
    for turn, lane in sorted(draft.state.awaiting):
        draft.emit(FeedbackScored(turn, lane, None, UNSCORED_AT_FINISH))
    current = draft.state.view.interview.current
    if current is not None and not current.has_outcome:
        draft.emit(AnswerSkipped(current.turn))
    draft.emit(InterviewFinished(reason))
    draft.state = replace(
        draft.state,
        deadline_at=None,
        awaiting=frozenset(),
        given_up=frozenset(),
        hinting=False,
        retrying=False,
        time_up=False,
        voice=None,
        delivery=None,
    )


def close_stream(draft: Draft, stream: Stream) -> None:
    """Complete an open stream early, cancelled where its event can say so."""
    turn = stream.turn or 0
    match stream.what:
        case "question":
            draft.emit(QuestionCompleted(turn, stream.text))
        case "hint":
            draft.emit(HintCompleted(turn, stream.text, cancelled=True))
            draft.state = replace(draft.state, hinting=False)
        case "feedback":
            model = stream.model or ""
            draft.emit(FeedbackCompleted(turn, stream.lane, model, stream.text, cancelled=True))
        case "rival":
            draft.emit(RivalCompleted(turn, stream.text))
        case "report":
            raise ValueError("a report is never closed early")


def cancel_audio(draft: Draft) -> None:
    """Drop the answer that is being spoken, transcribed or reviewed."""
    draft.emit(AudioCancelled(_open_turn(draft.state)))
    draft.state = replace(draft.state, voice=None, delivery=None, words=())
    if draft.state.time_up:
        finish(draft, "time_limit")


def close_hint(draft: Draft) -> None:
    """An outcome of the turn closes its open hint, cancelled, and drops one that hasn't begun."""
    for stream in draft.state.view.streaming:
        if stream.what == "hint":
            close_stream(draft, stream)
    draft.state = replace(draft.state, hinting=False)


def stop_listening(draft: Draft, length: int, reason: StopReason) -> None:
    """End the spoken answer, which has `length` bytes."""
    voice = draft.state.voice
    if voice is None:
        raise ValueError("no answer is being spoken")
    draft.emit(AudioStopped(voice.turn, length, reason))
    ended = draft.state.ended_by_server
    draft.state = replace(
        draft.state,
        voice=replace(voice, bytes=length),
        ended_by_server=ended if reason == "requested" else ended | {voice.turn},
    )


def _open_turn(state: State) -> int:
    current = state.view.interview.current
    if current is None:
        raise ValueError("no turn is open")
    return current.turn
