"""What stands after a crash, in a new epoch (`protocol.md` 1, 5 and 6)."""

import pytest

from protocol.commands import (
    AnswerSubmit,
    AudioCancel,
    GenerationRetry,
    HintRequest,
    InterviewPause,
    InterviewResume,
)
from protocol.effects import Began, Delta, Ended, Failed, NothingToAsk, QuestionBegan, Scored
from protocol.events import InterviewFinished
from protocol.view import Config, Phase
from tests.protocol.play import (
    ONE_QUESTION,
    REPORTING,
    SCORES,
    feedback,
    hint,
    in_phase,
    question,
    scores,
    transcript,
)

LANES = Config(role="backend", questions=2, follow_ups=0, models=("a", "b"))
LIMITED = Config(role="backend", questions=2, follow_ups=0, time_limit_s=60)


@pytest.mark.parametrize(
    "phase",
    ["created", "answering", "listening", "transcribing", "reviewing", "reporting", "finished"],
)
def test_a_phase_survives(phase: Phase) -> None:
    play = in_phase(phase)
    before = play.interview
    play.crash()
    assert play.interview == before


@pytest.mark.parametrize("text", ["", "Wh"])
def test_in_mid_question_it_is_asked_again(text: str) -> None:
    play = in_phase("evaluating")
    play.review()
    play.bring(QuestionBegan(question(2), "main", "work"), Delta(question(2), text))
    play.crash()
    assert play.phase == "asking"
    assert play.turn == 1
    assert play.wanted == [question(2)]
    play.ask()
    assert play.names() == ["question.started", "question.delta", "question.completed"]


def test_in_mid_feedback_the_answer_and_the_completed_lanes_stand() -> None:
    play = in_phase("evaluating", LANES)
    play.say(feedback(1, 1), model="b")
    play.bring(Scored(scores(1, 1), SCORES))
    play.bring(Began(feedback(1, 0), "a"), Delta(feedback(1, 0), "Go"))
    play.crash()
    assert play.phase == "evaluating"
    assert play.state.view.streaming == ()
    (turn,) = play.interview.turns
    assert turn.answer == "Because."
    assert [item.lane for item in turn.feedback] == [1]
    assert play.wanted == [feedback(1, 0)]
    play.say(feedback(1, 0), model="a")
    assert play.names() == ["feedback.started", "feedback.delta", "feedback.completed"]


def test_scores_that_were_not_committed_are_made_again() -> None:
    play = in_phase("evaluating")
    play.say(feedback(1))
    play.crash()
    assert play.wanted == [scores(1), question(2)]


def test_the_next_question_waits_for_lane_0_again() -> None:
    play = in_phase("evaluating")
    play.bring(Failed(feedback(1), "model_down", "No answer."))
    play.bring(QuestionBegan(question(2), "main", "work"))
    play.do(InterviewPause("c"))
    play.crash()
    play.do(InterviewResume("c"))
    assert play.phase == "asking"
    assert play.wanted == [feedback(1)]
    play.review()
    assert play.wanted == [question(2)]


def test_a_failed_question_is_tried_again() -> None:
    play = in_phase("asking")
    play.bring(Failed(question(1), "model_down", "No answer."))
    play.crash()
    assert play.interview.failed is None
    assert play.wanted == [question(1)]


def test_a_retry_that_was_acknowledged_stands() -> None:
    play = in_phase("reporting")
    play.bring(Failed(REPORTING, "model_down", "No answer."))
    play.do(GenerationRetry("c"))
    play.crash()
    assert play.wanted == [REPORTING]


def test_a_hint_that_was_acknowledged_is_still_to_come() -> None:
    play = in_phase("answering")
    play.do(HintRequest("c", 1))
    play.bring(Began(hint(1)), Delta(hint(1), "Th"))
    play.crash()
    assert play.wanted == [hint(1)]
    play.say(hint(1), "Think.")
    assert [item.text for item in play.interview.turns[0].hints] == ["Think."]


def test_a_pause_stands_and_the_clock_with_it() -> None:
    play = in_phase("answering", LIMITED)
    play.pass_ms(20_000)
    play.do(InterviewPause("c"))
    play.crash()
    play.pass_ms(10**6)
    play.do(InterviewResume("c"))
    assert play.state.deadline_at == play.now + 40_000


def test_the_time_while_the_server_is_down_counts() -> None:
    play = in_phase("evaluating", LIMITED)
    play.crash()
    play.pass_ms(60_000)
    assert play.told() == [InterviewFinished("time_limit")]


def test_the_time_limit_stands_when_it_came_while_the_answer_was_transcribed() -> None:
    play = in_phase("transcribing", LIMITED)
    play.pass_ms(60_000)
    play.crash()
    play.pass_ms(0)
    play.transcribe()
    assert play.told()[-1] == InterviewFinished("time_limit")


def test_a_spoken_answer_goes_on() -> None:
    play = in_phase("answering")
    play.listen(review=True)
    play.crash()
    assert play.wanted == [transcript(1)]
    play.stop()
    play.crash()
    assert play.wanted == [transcript(1)]
    play.transcribe()
    assert play.phase == "reviewing"
    play.crash()
    play.do(AnswerSubmit("c", 1, "I did."))
    assert play.interview.turns[0].source == "voice"
    assert play.interview.turns[0].delivery is not None


def test_a_cancelled_answer_stays_cancelled() -> None:
    play = in_phase("reviewing")
    play.do(AudioCancel("c", 1))
    play.crash()
    assert play.phase == "answering"
    assert play.interview.turns[0].transcript is None


def test_that_there_is_nothing_more_to_ask_is_found_again() -> None:
    play = in_phase("evaluating", Config(role="x", questions=1, follow_ups=1))
    play.say(feedback(1))
    play.bring(NothingToAsk(question(2)))
    play.crash()
    assert play.phase == "asking"
    play.bring(Scored(scores(1), SCORES))
    play.bring(NothingToAsk(question(2)))
    assert play.told()[-1] == InterviewFinished("completed")


def test_a_crash_at_the_end_leads_to_the_report() -> None:
    play = in_phase("evaluating", ONE_QUESTION)
    play.bring(Began(feedback(1), "m"), Ended(feedback(1)))
    play.crash()
    play.bring(Scored(scores(1), SCORES))
    play.crash()
    assert play.phase == "reporting"
    play.report()
    assert play.interview.report is not None
