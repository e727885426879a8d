"""The fold: what the server's snapshots and a client's picture of the interview are made with."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.codec import decode_server, encode_event
from protocol.commands import HintRequest, InterviewPause
from protocol.effects import Began, Delayed, Delta, Ended
from protocol.events import (
    EVENTS,
    AudioCancelled,
    AudioStarted,
    AudioStopped,
    Event,
    FeedbackCompleted,
    FeedbackScored,
    FeedbackStarted,
    GenerationFailed,
    HintCompleted,
    InterviewFinished,
    Logged,
    Notice,
    QuestionCompleted,
    QuestionDelta,
    QuestionStarted,
    SpeechStarted,
    TranscriptCompleted,
    TranscriptPartial,
)
from protocol.fold import apply, fold
from protocol.view import Feedback, Hint, Stream, View
from tests.protocol.play import NOW, Play, feedback, hint, in_phase, joined, scores
from tests.protocol.strategies import TEXT, one_of

START = in_phase("created").state.view


def folded(*events: Event, view: View = START) -> View:
    """What `events` make of `view`."""
    for event in events:
        view = apply(view, event, NOW)
    return view


def over_the_wire(logged: Logged) -> Logged:
    message = decode_server(encode_event(logged))
    assert isinstance(message, Logged)
    return message


# --- properties -----------------------------------------------------------------------------------


def near(event: Any, turn: int) -> Event:
    """The event, brought near to the turns that there are, so that it often fits."""
    changes: dict[str, Any] = {}
    if isinstance(getattr(event, "turn", None), int):
        changes["turn"] = turn
    if hasattr(event, "lane"):
        changes["lane"] = abs(event.lane) % 3
    fitting: Event = replace(event, **changes)
    return fitting


EVENT = st.builds(near, one_of(EVENTS.values()), st.integers(0, 3))
HISTORY = st.lists(EVENT, max_size=30)


@given(HISTORY, st.integers(0, 30))
def test_a_client_follows_any_history_from_anywhere(history: list[Event], joining: int) -> None:
    """From the start, or from a snapshot in the middle: the view is the server's."""
    server = first = START
    late: View | None = None
    for seq, event in enumerate(history, start=1):
        if seq == joining:
            late = joined(server)
        logged = Logged(1, seq, NOW + seq, event)
        server = fold(server, logged)
        first = fold(first, over_the_wire(logged))
        if late is not None:
            late = fold(late, over_the_wire(logged))
    assert first == server
    assert late is None or late == server


@given(EVENT)
def test_an_event_moves_the_position(event: Event) -> None:
    view = fold(START, Logged(7, 9, NOW, event))
    assert (view.epoch, view.seq) == (7, 9)


@given(st.lists(TEXT, max_size=6))
def test_deltas_join(parts: list[str]) -> None:
    view = folded(QuestionStarted(1, 1, "main", "t", None))
    view = folded(*(QuestionDelta(1, part) for part in parts), view=view)
    stream = view.stream("question", 1)
    assert stream is not None
    assert stream.text == "".join(parts)


# --- streams and turns ----------------------------------------------------------------------------


def test_a_question_is_null_until_it_is_complete() -> None:
    view = folded(QuestionStarted(1, 1, "main", "t", None), QuestionDelta(1, "Why?"))
    assert view.interview.turns[0].question is None
    assert view.streaming == (Stream("question", 1, 0, "Why?"),)
    view = folded(QuestionCompleted(1, "Why?"), view=view)
    assert view.interview.turns[0].question == "Why?"
    assert view.streaming == ()


def test_a_question_that_begins_again_takes_its_own_place() -> None:
    view = folded(
        QuestionStarted(1, 1, "main", "first", None),
        QuestionDelta(1, "Wh"),
        GenerationFailed(1, "question", 0, "model_down", "x", False, True),
        QuestionStarted(1, 1, "main", "second", None),
    )
    assert [turn.topic for turn in view.interview.turns] == ["second"]
    assert view.streaming == (Stream("question", 1, 0),)
    assert view.interview.failed is None


def test_lanes_stand_in_their_order() -> None:
    play = in_phase("evaluating")
    view = folded(
        FeedbackStarted(1, 1, "b"),
        FeedbackCompleted(1, 1, "b", "B", False),
        FeedbackCompleted(1, 0, "a", "A", False),
        FeedbackScored(1, 1, (), None),
        view=play.state.view,
    )
    assert view.interview.turns[0].feedback == (
        Feedback(0, "a", "A", None, False),
        Feedback(1, "b", "B", (), False),
    )


def test_hints_gather() -> None:
    play = in_phase("answering")
    view = folded(HintCompleted(1, "A", False), HintCompleted(1, "B", True), view=play.state.view)
    assert view.interview.turns[0].hints == (Hint("A", False), Hint("B", True))


def test_the_end_closes_whatever_is_open() -> None:
    play = in_phase("evaluating")
    play.bring(Began(feedback(1), "m"), Delta(feedback(1), "x"))
    view = folded(InterviewFinished("requested"), view=play.state.view)
    assert view.streaming == ()
    assert view.interview.phase == "reporting"
    assert view.interview.finished_at == NOW
    assert view.interview.finish_reason == "requested"


# --- speech ---------------------------------------------------------------------------------------


def test_speaking_and_what_was_heard() -> None:
    view = in_phase("listening").state.view
    view = folded(SpeechStarted(1, 0), TranscriptPartial(1, 0, "I did", 1), view=view)
    assert (view.speaking, view.partial) == (True, "I did")
    stopped = folded(AudioStopped(1, 8, "requested"), view=view)
    assert (stopped.speaking, stopped.partial) == (False, "I did")
    done = folded(TranscriptCompleted(1, "I did.", "en", 1.0, 9, True), view=stopped)
    assert (done.interview.phase, done.partial) == ("reviewing", "")
    dropped = folded(AudioCancelled(1), view=done)
    assert dropped.interview.phase == "answering"
    assert dropped.interview.turns[0].transcript is None
    again = folded(AudioStarted(1, 8_000, None, False), view=view)
    assert (again.speaking, again.partial) == (False, "")


# --- waiting --------------------------------------------------------------------------------------


def test_an_outcome_ends_the_waiting_for_a_hint() -> None:
    play = in_phase("answering")
    play.do(HintRequest("c", 1))
    play.bring(Delayed(hint(1), "rate_limited", 500))
    play.answer()
    assert play.interview.waiting == ()


def test_a_pause_ends_the_waiting_for_what_has_not_begun() -> None:
    play = in_phase("evaluating")
    play.bring(Delayed(feedback(1), "rate_limited", 500))
    play.do(InterviewPause("c"))
    assert play.interview.waiting == ()


def test_scores_are_waited_for_beyond_a_pause() -> None:
    play = in_phase("evaluating")
    play.bring(Began(feedback(1), "m"), Ended(feedback(1)))
    play.bring(Delayed(scores(1), "rate_limited", 500))
    play.do(InterviewPause("c"))
    assert [item.what for item in play.interview.waiting] == ["scores"]


# --- what doesn't fit -----------------------------------------------------------------------------


@pytest.mark.parametrize("turn", [-1, 0, 2, 9])
def test_an_event_of_an_unknown_turn_changes_no_turn(turn: int) -> None:
    view = in_phase("answering").state.view
    for event in (
        QuestionDelta(turn, "x"),
        QuestionCompleted(turn, "x"),
        HintCompleted(turn, "x", False),
        FeedbackCompleted(turn, 0, "m", "x", False),
        FeedbackScored(turn, 0, (), None),
    ):
        assert folded(event, view=view).interview.turns == view.interview.turns


def test_a_notice_changes_nothing() -> None:
    view = in_phase("answering").state.view
    assert folded(Notice("x", "y"), view=view) is view


def test_a_delta_leaves_the_interview_alone() -> None:
    """What changes with each token lies outside of what is copied rarely."""
    play = Play()
    play.start()
    view = folded(QuestionStarted(1, 1, "main", "t", None), view=play.state.view)
    assert folded(QuestionDelta(1, "x"), view=view).interview is view.interview
