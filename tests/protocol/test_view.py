"""The objects of `protocol.md` 9, typed from there, and what can be read off them."""

from dataclasses import fields
from typing import Any

import pytest

from protocol.codec import interview_json, snapshot_json, snapshot_of
from protocol.view import (
    Comparison,
    Competency,
    CompetencyResult,
    Config,
    Delivery,
    Failure,
    Feedback,
    Hint,
    LaneScore,
    Mark,
    Quote,
    Report,
    Score,
    Span,
    Stream,
    Transcript,
    Turn,
    TurnComparison,
    TurnReport,
    View,
    Waiting,
    Word,
)
from tests.protocol.play import in_phase

INTERVIEW = (
    "id phase paused epoch seq created_at started_at finished_at finish_reason remaining_ms config "
    "turns failed waiting report"
)
OBJECTS: dict[type[Any], str] = {
    Config: (
        "role level language persona questions follow_ups feedback time_limit_s job_description "
        "document_ids question_list competencies models rival"
    ),
    Competency: "name description",
    Failure: "what turn lane code message retryable",
    Waiting: "what turn lane reason retry_after_ms",
    Turn: (
        "turn number kind topic parent_turn question hints transcript answer source delivery "
        "skipped feedback rival"
    ),
    Hint: "text cancelled",
    Transcript: "text language confidence duration_ms needs_review",
    Feedback: "lane model text scores cancelled",
    Score: "competency score max evidence supported",
    Delivery: "duration_ms speech_ms pace pace_unit fillers pauses hedges repeated",
    Mark: "text at_ms",
    Span: "start_ms end_ms",
    Word: "text start_ms end_ms probability",
    Report: "text score max competencies strengths improvements turns unscored comparison lanes",
    CompetencyResult: "competency score max evidence",
    Quote: "turn quote",
    TurnReport: "turn summary better_answer",
    Comparison: "winner candidate rival turns lessons",
    TurnComparison: "turn candidate rival comment",
    LaneScore: "lane model score",
}


@pytest.mark.parametrize("kind", OBJECTS, ids=lambda kind: kind.__name__)
def test_what_an_object_has(kind: type[Any]) -> None:
    assert {item.name for item in fields(kind)} == set(OBJECTS[kind].split())


def test_what_the_interview_has() -> None:
    interview = in_phase("evaluating").interview
    assert set(interview_json(interview, 3, 118)) == set(INTERVIEW.split())


def test_what_a_snapshot_has() -> None:
    view = in_phase("evaluating").state.view
    wire = snapshot_json(snapshot_of(view, None))
    assert set(wire) == {*INTERVIEW.split(), "streaming", "speaking"}
    assert (wire["epoch"], wire["seq"]) == (view.epoch, view.seq)


@pytest.mark.parametrize(
    ("config", "main_questions", "lanes"),
    [
        (Config("x"), 5, 1),
        (Config("x", questions=3), 3, 1),
        (Config("x", questions=3, question_list=("One?",)), 1, 1),
        (Config("x", models=("a",)), 5, 1),
        (Config("x", models=("a", "b", "c")), 5, 3),
    ],
    ids=repr,
)
def test_what_a_config_comes_to(config: Config, main_questions: int, lanes: int) -> None:
    assert (config.main_questions, config.lanes) == (main_questions, lanes)


def test_a_turn_has_an_outcome_when_it_was_answered_or_skipped() -> None:
    turn = Turn(3, 2, "follow_up", "work", 2, question="Why?")
    assert not turn.has_outcome
    assert Turn(3, 2, "follow_up", "work", 2, answer="Because.").has_outcome
    assert Turn(3, 2, "follow_up", "work", 2, skipped=True).has_outcome
    assert turn.main_turn == 2
    assert Turn(2, 2, "main", "work", None).main_turn == 2


def test_the_current_turn_is_the_newest() -> None:
    assert in_phase("asking").interview.current is None
    play = in_phase("evaluating")
    play.review()
    play.ask()
    assert play.interview.current == play.interview.turns[1]


def test_a_stream_is_found_by_what_it_is_of() -> None:
    first = Stream("feedback", 1, 0, "A")
    second = Stream("feedback", 1, 1, "B")
    view = View(in_phase("created").interview, epoch=1, streaming=(first, second))
    assert view.stream("feedback", 1) is first
    assert view.stream("feedback", 1, 1) is second
    assert view.stream("feedback", 2) is None
    assert view.stream("hint", 1) is None
