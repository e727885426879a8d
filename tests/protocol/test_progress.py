"""What the works bring (`protocol.md` 5): streams, waiting, failures, transcripts, and misfits."""

from typing import get_args

import pytest

from protocol.commands import GenerationRetry, HintRequest, InterviewFinish
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
    FeedbackScored,
    FeedbackStarted,
    GenerationFailed,
    GenerationWaiting,
    HintStarted,
    InterviewFinished,
    QuestionStarted,
    ReportStarted,
    RivalStarted,
    TranscriptCompleted,
)
from protocol.progress import receive
from protocol.view import Config, Failure, Generated, Phase, Waiting
from tests.protocol.play import (
    DELIVERY,
    ONE_QUESTION,
    REPORT,
    REPORTING,
    SCORES,
    Play,
    feedback,
    heard,
    hint,
    in_phase,
    names,
    question,
    rival,
    scores,
    transcript,
)

RIVAL = Config(role="backend", questions=2, follow_ups=0, rival="advanced")


def waiting_for(work: Work) -> Play:
    """An interview in which `work` is wanted and hasn't begun."""
    phase: dict[str, Phase] = {
        "question": "asking",
        "hint": "answering",
        "feedback": "evaluating",
        "rival": "evaluating",
        "scores": "evaluating",
        "report": "reporting",
    }
    play = in_phase(phase[work.what], RIVAL)
    if work.what == "hint":
        play.do(HintRequest("c", 1))
    if work.what == "scores":
        play.say(feedback(1))
    assert work in play.wanted
    play.told()
    return play


def begin(play: Play, work: Work) -> None:
    began = QuestionBegan(work, "main", "t") if work.what == "question" else Began(work, "m")
    play.bring(began, Delta(work, "Wh"))


def generated(work: Work) -> Generated:
    assert work.what != "transcript"
    return work.what


def texts(play: Play) -> list[str]:
    """Of the open streams, so far."""
    return [stream.text for stream in play.state.view.streaming]


STREAMS = [question(1), hint(1), feedback(1), rival(1), REPORTING]
GENERATED = [*STREAMS, scores(1)]
# Nothing of this is expected while an answer in text is awaited.
MISFITS: list[Output] = [
    QuestionBegan(question(1), "main", "t"),
    QuestionBegan(question(3), "main", "t"),
    Began(feedback(1)),
    Began(feedback(2)),
    Began(feedback(1, 1)),
    Began(hint(1)),
    Began(rival(1)),
    Began(REPORTING),
    Delta(feedback(1), "x"),
    Ended(hint(1)),
    Scored(scores(1), SCORES),
    NothingToAsk(question(1)),
    Delayed(feedback(1), "failover", 100),
    Noticed(feedback(1), "interviewer_offline", "No model answers."),
    Failed(question(2), "model_down", "No answer."),
    Failed(hint(1), "model_down", "No answer."),
    Failed(scores(1), "model_down", "No answer."),
    Failed(transcript(1), "model_down", "No answer."),
    Speech(transcript(1), True, 1),
    Heard(transcript(1), 0, "x", 0),
    Stopped(transcript(1), 2, "silence"),
    Transcribed(transcript(1), heard(), DELIVERY),
    Reported(REPORTING, REPORT),
]


of = pytest.mark.parametrize


def each_of(works: list[Work]) -> pytest.MarkDecorator:
    """Runs the test with each of them as `work`."""
    return of("work", works, ids=lambda work: work.what)


# --- streams --------------------------------------------------------------------------------------


@each_of(STREAMS)
def test_a_stream_is_opened_once(work: Work) -> None:
    play = waiting_for(work)
    begin(play, work)
    begin(play, work)
    assert play.names() == [f"{work.what}.{part}" for part in ("started", "delta", "delta")]


def test_what_a_stream_is_opened_with() -> None:
    for work, expected in (
        (question(1), QuestionStarted(1, 1, "main", "t", None)),
        (hint(1), HintStarted(1)),
        (feedback(1), FeedbackStarted(1, 0, "m")),
        (rival(1), RivalStarted(1)),
        (REPORTING, ReportStarted()),
    ):
        play = waiting_for(work)
        begin(play, work)
        assert play.told()[0] == expected


@each_of(STREAMS)
def test_a_stream_without_a_beginning_says_nothing(work: Work) -> None:
    play = waiting_for(work)
    play.bring(Delta(work, "Wh"), Ended(work), Reported(REPORTING, REPORT))
    assert play.told() == []


def test_the_misfits_are_of_every_kind() -> None:
    assert {type(output) for output in MISFITS} == set(get_args(Output))


@of("output", MISFITS, ids=repr)
def test_an_output_that_fits_nothing_changes_nothing(output: Output) -> None:
    play = in_phase("answering")
    step = receive(play.state, output, play.now)
    assert step.events == ()
    assert step.state == play.state


def test_the_outputs_of_a_cancelled_work_come_too_late() -> None:
    play = in_phase("evaluating")
    play.bring(Began(feedback(1), "m"))
    play.do(InterviewFinish("c"))
    play.told()
    play.bring(Delta(feedback(1), "x"), Ended(feedback(1)), Scored(scores(1), SCORES))
    assert play.told() == []


def test_a_follow_up_that_may_not_be_asked_becomes_a_main_question() -> None:
    play = in_phase("asking")
    play.bring(QuestionBegan(question(1), "follow_up", "work"))
    assert play.told() == [QuestionStarted(1, 1, "main", "work", None)]


def test_a_main_question_that_may_not_be_asked_becomes_a_follow_up() -> None:
    play = in_phase("evaluating", Config(role="x", questions=1, follow_ups=1))
    play.review()
    play.told()
    play.bring(QuestionBegan(question(2), "main", "work"))
    assert play.told() == [QuestionStarted(2, 1, "follow_up", "work", 1)]


# --- waiting --------------------------------------------------------------------------------------


@each_of(GENERATED)
def test_waiting_is_told(work: Work) -> None:
    play = waiting_for(work)
    play.bring(Delayed(work, "failover", 100), Delayed(work, "rate_limited", 2_000))
    assert play.told()[-1] == GenerationWaiting(
        work.turn, generated(work), work.lane, "rate_limited", 2_000
    )
    assert play.interview.waiting == (
        Waiting(generated(work), work.turn, work.lane, "rate_limited", 2_000),
    )


@each_of(STREAMS)
def test_waiting_ends_when_the_stream_begins(work: Work) -> None:
    play = waiting_for(work)
    play.bring(Delayed(work, "failover", 100))
    begin(play, work)
    assert play.interview.waiting == ()


@of("retrying", [False, True])
@each_of(GENERATED)
def test_waiting_ends_with_a_failure(work: Work, retrying: bool) -> None:
    play = waiting_for(work)
    play.bring(Delayed(work, "failover", 100))
    play.bring(Failed(work, "model_down", "No answer.", retrying=retrying))
    assert play.interview.waiting == ()


def test_waiting_ends_when_the_scores_are_there() -> None:
    play = waiting_for(scores(1))
    play.bring(Delayed(scores(1), "failover", 100), Scored(scores(1), SCORES))
    assert play.interview.waiting == ()


# --- failures -------------------------------------------------------------------------------------


def failure(work: Work, *, retrying: bool) -> GenerationFailed:
    return GenerationFailed(
        work.turn, generated(work), work.lane, "model_down", "No answer.", retrying, True
    )


@each_of(STREAMS)
def test_a_failure_closes_the_stream_and_failover_begins_it_again(work: Work) -> None:
    play = waiting_for(work)
    begin(play, work)
    play.told()
    play.bring(Failed(work, "model_down", "No answer.", retrying=True))
    assert play.told() == [failure(work, retrying=True)]
    assert texts(play) == []
    assert play.interview.failed is None
    assert work in play.wanted
    begin(play, work)
    assert play.names() == [f"{work.what}.started", f"{work.what}.delta"]
    assert texts(play) == ["Wh"]


@of("begun", [False, True])
@each_of([question(1), REPORTING])
def test_a_failed_question_or_report_holds_the_interview(work: Work, begun: bool) -> None:
    play = waiting_for(work)
    if begun:
        begin(play, work)
    play.bring(Failed(work, "model_down", "No answer.", retryable=False))
    assert play.interview.failed == Failure(
        generated(work), work.turn, 0, "model_down", "No answer.", False
    )
    assert play.wanted == []
    play.do(GenerationRetry("c"))
    assert play.wanted == [work]
    play.bring(Failed(work, "model_down", "No answer."))
    assert play.wanted == []
    play.do(GenerationRetry("c"))
    begin(play, work)
    assert play.interview.failed is None


def test_a_question_that_failed_in_evaluating_can_be_retried_in_asking() -> None:
    play = in_phase("evaluating")
    play.review()
    play.told()
    play.bring(Failed(question(2), "model_down", "No answer."))
    assert play.told() == [
        QuestionStarted(2, 2, "main", "", None),
        failure(question(2), retrying=False),
    ]
    assert play.phase == "asking"
    play.do(GenerationRetry("c"))
    play.ask()
    assert [turn.question for turn in play.interview.turns] == ["Why?", "Why?"]


def test_after_a_failed_question_nothing_more_to_ask_ends_the_interview() -> None:
    play = in_phase("evaluating", Config(role="x", questions=1, follow_ups=1))
    play.review()
    play.bring(Failed(question(2), "model_down", "No answer."))
    play.do(GenerationRetry("c"))
    play.bring(NothingToAsk(question(2)))
    assert play.told()[-1] == InterviewFinished("completed")


@of("begun", [False, True])
@each_of([feedback(1), rival(1)])
def test_failed_feedback_and_rivals_hold_nothing(work: Work, begun: bool) -> None:
    play = waiting_for(work)
    if begun:
        begin(play, work)
    play.bring(Failed(work, "model_down", "No answer."))
    assert play.interview.failed is None
    other = rival(1) if work.what == "feedback" else feedback(1)
    assert play.wanted == [other]
    play.say(other)
    assert question(2) in play.wanted
    assert work not in play.wanted


def test_the_last_feedback_that_fails_ends_the_interview() -> None:
    play = in_phase("evaluating", ONE_QUESTION)
    play.bring(Failed(feedback(1), "model_down", "No answer."))
    assert play.names() == ["generation.failed", "interview.finished"]


@of("begun", [False, True])
def test_a_failed_hint_holds_nothing_and_can_be_asked_for_again(begun: bool) -> None:
    play = waiting_for(hint(1))
    if begun:
        begin(play, hint(1))
    play.bring(Failed(hint(1), "model_down", "No answer."))
    assert play.wanted == []
    play.do(HintRequest("c", 1))
    assert play.wanted == [hint(1)]


def test_failed_scores_are_told_as_missing() -> None:
    play = waiting_for(scores(1))
    play.bring(Failed(scores(1), "model_down", "No answer.", retrying=True))
    assert scores(1) in play.wanted
    play.bring(Failed(scores(1), "model_down", "No answer."))
    told = play.told()
    assert names(told) == ["generation.failed", "generation.failed", "feedback.scored"]
    scored = told[-1]
    assert isinstance(scored, FeedbackScored)
    assert scored.scores is None
    assert scored.reason
    assert scores(1) not in play.wanted


# --- speech ---------------------------------------------------------------------------------------


@of(
    ("review", "needs_review", "text", "phase"),
    [
        (False, False, "I did.", "evaluating"),
        (True, False, "I did.", "reviewing"),
        (False, True, "I did.", "reviewing"),
        (False, False, "", "reviewing"),
        (False, False, " \n", "reviewing"),
    ],
)
def test_a_transcript_waits_for_review(
    review: bool, needs_review: bool, text: str, phase: Phase
) -> None:
    play = in_phase("answering")
    play.listen(review=review)
    play.stop()
    play.transcribe(text, needs_review=needs_review)
    assert play.phase == phase
    completed = next(event for event in play.told() if isinstance(event, TranscriptCompleted))
    assert completed.needs_review == (phase == "reviewing")
    assert completed.text == text


def test_no_partial_after_the_audio_was_stopped() -> None:
    play = in_phase("transcribing")
    play.bring(Heard(transcript(1), 0, "x", 0), Speech(transcript(1), True, 1))
    assert play.told() == []


def test_partials_replace_from_a_code_point_on() -> None:
    play = in_phase("listening")
    play.bring(Heard(transcript(1), 0, "나는 했", 0), Heard(transcript(1), 3, "하였다", 3))
    assert play.state.view.partial == "나는 하였다"


@of("reason", ["silence", "limit"])
def test_the_server_ends_an_answer(reason: str) -> None:
    play = in_phase("listening")
    play.bring(Stopped(transcript(1), 640, "silence" if reason == "silence" else "limit"))
    assert play.names() == ["audio.stopped"]
    assert play.phase == "transcribing"
    assert play.wanted == [transcript(1)]
