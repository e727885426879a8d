"""Which rows a step writes, and that none of the view's fields is forgotten."""

from __future__ import annotations

from dataclasses import fields, replace

from protocol.commands import AudioCancel
from protocol.draft import State
from protocol.effects import Began, Delta, Ended, QuestionBegan
from protocol.view import Config, Feedback, Interview, Turn
from storage.models import Base
from storage.records import Commit
from storage.rows import WRITTEN, changes, new_interview
from tests.protocol.play import Play, feedback, in_phase, question
from tests.storage.made import WORDS, transcribe

CONFIG = Config(role="backend", questions=3, follow_ups=0)


def answered_twice() -> Play:
    play = Play(CONFIG)
    play.start()
    for _ in range(2):
        play.ask()
        play.answer()
        play.review()
    return play


def test_a_step_writes_only_what_it_changed() -> None:
    play = answered_twice()
    play.ask()
    before = play.state
    play.answer("Well.")
    written = changes(Commit(before, play.state, 1, 5, None))
    assert [(row["turn"], row["answer"]) for row in written.turns] == [(3, "Well.")]
    assert written.feedback == []
    assert written.interview["phase"] == "evaluating"
    assert written.interview["seq"] == 5


def test_feedback_is_written_without_its_turn() -> None:
    play = answered_twice()
    play.ask()
    play.answer()
    before = play.state
    play.say(feedback(3), "Good.", model="m")
    written = changes(Commit(before, play.state, 1, 5, None))
    assert written.turns == []
    assert [(row["turn"], row["text"], row["scored"]) for row in written.feedback] == [
        (3, "Good.", False)
    ]


def test_scores_that_are_not_to_be_had_are_written() -> None:
    """Then nothing of the feedback changes, but that it awaits none."""
    play = answered_twice()
    key = (2, 0)
    before = replace(play.state, awaiting=frozenset({key}))
    written = changes(Commit(before, play.state, 1, 5, None))
    assert [(row["turn"], row["lane"], row["scored"]) for row in written.feedback] == [(2, 0, True)]


def test_what_streams_is_not_written() -> None:
    play = Play(CONFIG)
    play.start()
    before = play.state
    play.bring(QuestionBegan(question(1), "main", "work"), Delta(question(1), "Wh"))
    assert changes(Commit(before, play.state, 1, 5, None)).turns == []
    play.bring(Ended(question(1)))
    play.answer()
    before = play.state
    play.bring(Began(feedback(1), "m"), Delta(feedback(1), "Go"))
    written = changes(Commit(before, play.state, 1, 5, None))
    assert (written.turns, written.feedback) == ([], [])


def test_a_transcript_is_written_with_its_words() -> None:
    play = answered_twice()
    play.ask()
    play.listen()
    play.stop()
    before = play.state
    transcribe(play, needs_review=True)
    written = changes(Commit(before, play.state, 1, 5, None))
    assert written.words == [{"interview_id": "i1", "turn": 3, "words": WORDS}]
    before = play.state
    play.answer("I did it.")
    assert changes(Commit(before, play.state, 1, 6, None)).words == []


def test_of_a_cancelled_transcript_no_words_are_left() -> None:
    play = in_phase("transcribing")
    transcribe(play, needs_review=True)
    before = play.state
    play.do(AudioCancel("x", 1))
    written = changes(Commit(before, play.state, 1, 5, None))
    assert written.words == [{"interview_id": "i1", "turn": 1, "words": None}]


def test_every_field_has_its_column() -> None:
    """A field that is added to the view or state, and not here, would be lost silently."""
    play = answered_twice()
    play.ask()
    play.listen()
    play.stop()
    transcribe(play)
    play.review()
    empty = replace(play.state, view=replace(play.state.view, interview=Play(CONFIG).interview))
    written = changes(Commit(empty, play.state, 1, 5, None))
    tables = Base.metadata.tables
    of_a_turn = {field.name for field in fields(Turn)} - {"feedback"}
    assert written.turns[0].keys() == of_a_turn | {"interview_id"}
    assert written.turns[0].keys() == set(tables["turns"].columns.keys())
    of_feedback = {field.name for field in fields(Feedback)}
    assert written.feedback[0].keys() == of_feedback | {"interview_id", "turn", "scored"}
    assert written.feedback[0].keys() == set(tables["feedback"].columns.keys())
    assert written.words[0].keys() == set(tables["transcript_words"].columns.keys())
    row = new_interview(play.interview, "user", None)
    of_an_interview = {field.name for field in fields(Interview)} - {"turns", "failed", "waiting"}
    assert of_an_interview <= row.keys()
    assert row.keys() == set(tables["interviews"].columns.keys())
    lost = {"given_up", "retrying", "exhausted"}  # what is made or tried again
    elsewhere = {"view", "awaiting", "words"}
    assert {field.name for field in fields(State)} - lost - elsewhere <= row.keys()
    constant = {"id", "user_id", "idempotency_key", "config", "created_at"}
    assert set(WRITTEN) == written.interview.keys()
    assert set(WRITTEN) == row.keys() - constant - {"epoch", "term", "owner"}
