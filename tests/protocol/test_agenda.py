"""Which works should be under way, in situations that `test_orders.py` doesn't come through."""

import pytest

from protocol.agenda import asked, may_ask, may_follow_up, next_turn, wanted
from protocol.commands import GenerationRetry, HintRequest, InterviewPause, QuestionSkip
from protocol.effects import Began, Ended, Failed, QuestionBegan, Scored, Work
from protocol.view import Config, Phase
from tests.protocol.play import (
    REPORTING,
    SCORES,
    Play,
    feedback,
    hint,
    in_phase,
    question,
    rival,
    scores,
    transcript,
)

WANTED: dict[Phase, list[Work]] = {
    "created": [],
    "asking": [question(1)],
    "answering": [],
    "listening": [transcript(1)],
    "transcribing": [transcript(1)],
    "reviewing": [],
    "evaluating": [feedback(1)],
    "reporting": [REPORTING],
    "finished": [],
}


@pytest.mark.parametrize("phase", WANTED)
def test_a_phase_wants(phase: Phase) -> None:
    assert in_phase(phase).wanted == WANTED[phase]


@pytest.mark.parametrize("phase", ["asking", "answering", "reviewing", "evaluating"])
def test_while_paused_a_phase_wants_nothing_new(phase: Phase) -> None:
    assert in_phase(phase, paused=True).wanted == []


def test_what_is_open_comes_first_and_once() -> None:
    play = in_phase("evaluating", Config(role="x", models=("a", "b"), rival="beginner"))
    assert play.wanted == [feedback(1, 0), feedback(1, 1), rival(1)]
    play.bring(Began(rival(1)), Began(feedback(1, 1), "b"))
    assert play.wanted == [rival(1), feedback(1, 1), feedback(1, 0)]


def test_an_open_stream_and_what_follows_it_go_on_while_paused() -> None:
    play = in_phase("answering")
    play.do(HintRequest("c", 1))
    play.bring(Began(hint(1)))
    play.do(InterviewPause("c"))
    assert play.wanted == [hint(1)]

    play = in_phase("evaluating")
    play.bring(Began(feedback(1), "m"))
    play.do(InterviewPause("c"))
    play.bring(Ended(feedback(1)))
    assert play.wanted == [scores(1)]


def test_what_waits_for_scores_goes_on_beside_the_next_turn() -> None:
    play = in_phase("evaluating")
    play.say(feedback(1))
    play.ask()
    assert play.wanted == [scores(1)]
    play.answer()
    assert play.wanted == [scores(1), feedback(2)]
    play.bring(Scored(scores(1), SCORES))
    assert play.wanted == [feedback(2)]


def test_a_hint_goes_on_while_the_answer_is_spoken() -> None:
    play = in_phase("answering")
    play.do(HintRequest("c", 1))
    play.listen()
    assert play.wanted == [transcript(1), hint(1)]


def test_a_held_interview_still_wants_what_holds_nothing() -> None:
    play = in_phase("evaluating", Config(role="x", follow_ups=0, models=("a", "b")))
    play.say(feedback(1, 0))
    play.bring(Failed(question(2), "model_down", "No answer."))
    assert play.wanted == [scores(1), feedback(1, 1)]
    play.do(GenerationRetry("c"))
    assert play.wanted == [scores(1), feedback(1, 1), question(2)]


def follow_ups(limit: int) -> Play:
    """The newest answer is reviewed, and may be followed up as often as the limit says."""
    play = in_phase("evaluating", Config(role="x", questions=2, follow_ups=limit))
    play.review()
    return play


@pytest.mark.parametrize("limit", [0, 1, 2, 3])
def test_a_main_question_has_so_many_follow_ups(limit: int) -> None:
    play = follow_ups(limit)
    given = 0
    while may_follow_up(play.state):
        play.ask(kind="follow_up")
        play.answer()
        play.review()
        given += 1
    assert given == limit
    assert asked(play.state) == 1
    play.ask()
    play.answer()
    assert may_follow_up(play.state) == (limit > 0)


def test_a_skipped_question_is_not_followed_up() -> None:
    play = in_phase("answering", Config(role="x", questions=2, follow_ups=3))
    play.do(QuestionSkip("c", 1))
    assert not may_follow_up(play.state)
    assert may_ask(play.state)


def test_the_question_that_streams_is_not_counted_yet() -> None:
    play = in_phase("asking")
    assert (asked(play.state), next_turn(play.state)) == (0, 1)
    play.bring(QuestionBegan(question(1), "main", "work"))
    assert (asked(play.state), next_turn(play.state)) == (0, 1)
    play.bring(Ended(question(1)))
    assert (asked(play.state), next_turn(play.state)) == (1, 2)


def test_a_failed_question_keeps_its_number() -> None:
    play = in_phase("asking")
    play.bring(QuestionBegan(question(1), "main", "work"))
    play.bring(Failed(question(1), "model_down", "No answer."))
    assert (asked(play.state), next_turn(play.state)) == (0, 1)


def test_wanted_is_a_function_of_the_state() -> None:
    play = in_phase("evaluating")
    before = play.state
    assert wanted(before) == wanted(before)
    assert play.state is before
