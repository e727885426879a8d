"""Commands and the time (`protocol.md` 4 and 5): what they do, beyond where they are legal."""

import pytest

from protocol.commands import (
    AnswerSubmit,
    AudioCancel,
    AudioStart,
    AudioStop,
    GenerationCancel,
    GenerationRetry,
    HintRequest,
    InterviewFinish,
    InterviewPause,
    InterviewResume,
)
from protocol.effects import Began, Delta, Ended, Failed, QuestionBegan, Scored, Stopped
from protocol.errors import ProtocolError
from protocol.events import (
    AnswerAccepted,
    AnswerSkipped,
    AudioStopped,
    Event,
    FeedbackCompleted,
    FeedbackScored,
    HintCompleted,
    InterviewFinished,
    InterviewPaused,
    InterviewResumed,
    InterviewStarted,
    QuestionCompleted,
    RivalCompleted,
)
from protocol.interview import Rules, decide
from protocol.time_limit import tick
from protocol.view import Config, FinishReason, Phase
from tests.protocol.play import (
    NOW,
    ONE_QUESTION,
    REPORTING,
    SCORES,
    VOICE,
    Play,
    feedback,
    hint,
    in_phase,
    names,
    question,
    rival,
    scores,
    transcript,
)

LIMITED = Config(role="backend", questions=2, follow_ups=0, time_limit_s=60)
IN_PROGRESS: list[Phase] = [
    "asking",
    "answering",
    "listening",
    "transcribing",
    "reviewing",
    "evaluating",
]
SILENT: list[Phase] = ["asking", "answering", "reviewing", "evaluating"]


# --- the clock ------------------------------------------------------------------------------------


def test_the_clock_runs_from_the_start() -> None:
    play = Play(LIMITED)
    play.start()
    assert play.told() == [InterviewStarted(60_000)]
    assert play.state.deadline_at == NOW + 60_000
    assert play.interview.started_at == NOW


def test_without_a_limit_there_is_no_clock() -> None:
    play = Play(ONE_QUESTION)
    play.start()
    play.do(InterviewPause("c"))
    play.do(InterviewResume("c"))
    assert play.told() == [InterviewStarted(None), InterviewPaused(None), InterviewResumed(None)]
    play.pass_ms(10**9)
    assert play.told() == []


def test_the_clock_stands_while_paused() -> None:
    play = in_phase("answering", LIMITED)
    play.pass_ms(20_000)
    play.do(InterviewPause("c"))
    play.pass_ms(10**6)
    assert play.told() == [InterviewPaused(40_000)]
    play.do(InterviewResume("c"))
    assert play.told() == [InterviewResumed(40_000)]
    play.pass_ms(39_999)
    assert play.told() == []
    play.pass_ms(1)
    assert play.told()[-1] == InterviewFinished("time_limit")


def test_a_pause_after_the_time_is_up_leaves_none() -> None:
    play = in_phase("answering", LIMITED)
    play.now += 60_001
    play.do(InterviewPause("c"))
    play.do(InterviewResume("c"))
    assert play.told() == [InterviewPaused(0), InterviewResumed(0)]
    play.pass_ms(0)
    assert play.told()[-1] == InterviewFinished("time_limit")


@pytest.mark.parametrize("phase", SILENT)
def test_the_time_limit_ends_the_interview(phase: Phase) -> None:
    play = in_phase(phase, LIMITED)
    play.pass_ms(60_000)
    told = play.told()
    assert told[-1] == InterviewFinished("time_limit")
    skipped = phase in ("answering", "reviewing")
    assert names(told[:-1]) == (["answer.skipped"] if skipped else [])
    assert play.wanted == [REPORTING]


@pytest.mark.parametrize("phase", ["created", "reporting", "finished"])
def test_elsewhere_the_time_does_nothing(phase: Phase) -> None:
    play = in_phase(phase, LIMITED)
    play.pass_ms(10**9)
    assert play.told() == []


def test_the_time_limit_stops_the_audio_and_takes_the_transcript() -> None:
    play = in_phase("listening", LIMITED)
    play.pass_ms(60_000, received=6_400)
    assert play.told() == [AudioStopped(1, 6_400, "limit")]
    assert play.wanted == [transcript(1)]
    play.pass_ms(1_000)
    assert play.told() == []
    play.transcribe("I did.")
    told = play.told()
    assert names(told) == ["transcript.completed", "answer.accepted", "interview.finished"]
    assert told[-1] == InterviewFinished("time_limit")


def test_at_the_time_limit_nothing_was_heard_unless_told() -> None:
    play = in_phase("listening", LIMITED)
    step = tick(play.state, play.now + 60_000)
    assert step.events == (AudioStopped(1, 0, "limit"),)


def test_the_time_limit_takes_the_transcript_that_is_being_made() -> None:
    play = in_phase("transcribing", LIMITED)
    play.pass_ms(60_000)
    assert play.told() == []
    play.transcribe("I did.", needs_review=True)
    assert names(play.told()) == ["transcript.completed", "answer.accepted", "interview.finished"]


def test_at_the_time_limit_silence_is_no_answer() -> None:
    play = in_phase("listening", LIMITED)
    play.do(HintRequest("c", 1))
    play.bring(Began(hint(1)))
    play.pass_ms(60_000)
    play.told()
    play.transcribe("")
    assert play.names() == [
        "transcript.completed",
        "hint.completed",
        "answer.skipped",
        "interview.finished",
    ]


def test_after_the_time_limit_a_cancelled_answer_ends_the_interview() -> None:
    play = in_phase("listening", LIMITED)
    play.pass_ms(60_000)
    play.told()
    play.do(AudioCancel("c", 1))
    told = play.told()
    assert names(told) == ["audio.cancelled", "answer.skipped", "interview.finished"]
    assert told[-1] == InterviewFinished("time_limit")


# --- pause ----------------------------------------------------------------------------------------


def test_while_paused_open_streams_finish_and_nothing_new_starts() -> None:
    play = in_phase("evaluating")
    play.bring(Began(feedback(1), "m"), Delta(feedback(1), "Good"))
    play.do(InterviewPause("c"))
    assert play.wanted == [feedback(1)]
    play.bring(Delta(feedback(1), "."), Ended(feedback(1)), Scored(scores(1), SCORES))
    assert play.wanted == []
    play.told()
    play.bring(QuestionBegan(question(2), "main", "work"))
    assert play.told() == []
    play.do(InterviewResume("c"))
    assert play.wanted == [question(2)]


def test_a_question_finishes_while_paused() -> None:
    play = in_phase("asking")
    play.bring(QuestionBegan(question(1), "main", "work"), Delta(question(1), "Why"))
    play.do(InterviewPause("c"))
    play.bring(Delta(question(1), "?"), Ended(question(1)))
    assert play.phase == "answering"
    assert play.interview.paused


def test_a_hint_that_was_asked_for_waits_for_the_pause_to_end() -> None:
    play = in_phase("answering")
    play.do(HintRequest("c", 1))
    play.do(InterviewPause("c"))
    assert play.wanted == []
    play.bring(Began(hint(1)))
    assert names(play.told()) == ["interview.paused"]
    play.do(InterviewResume("c"))
    assert play.wanted == [hint(1)]


def test_the_end_waits_for_the_pause_to_end() -> None:
    play = in_phase("evaluating", ONE_QUESTION)
    play.bring(Began(feedback(1), "m"))
    play.do(InterviewPause("c"))
    play.bring(Ended(feedback(1)), Scored(scores(1), SCORES))
    assert play.phase == "evaluating"
    play.told()
    play.do(InterviewResume("c"))
    assert play.names() == ["interview.resumed", "interview.finished"]


# --- finish by request ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phase", "paused"),
    [(phase, False) for phase in IN_PROGRESS] + [(phase, True) for phase in SILENT],
)
def test_finish_from(phase: Phase, paused: bool) -> None:
    play = in_phase(phase, paused=paused)
    step = play.do(InterviewFinish("c"))
    expected: list[Event] = [InterviewFinished("requested")]
    if phase not in ("asking", "evaluating"):
        expected.insert(0, AnswerSkipped(1))
    assert list(step.events) == expected
    assert play.phase == "reporting"
    assert not play.interview.paused
    assert play.wanted == [REPORTING]


def finished(play: Play, reason: FinishReason = "requested") -> list[Event]:
    """What one finish says, before `interview.finished`."""
    play.told()
    play.do(InterviewFinish("c"))
    *before, last = play.told()
    assert last == InterviewFinished(reason)
    return before


def test_finish_completes_an_open_question() -> None:
    play = in_phase("asking")
    play.bring(QuestionBegan(question(1), "main", "work"), Delta(question(1), "Wh"))
    assert finished(play) == [QuestionCompleted(1, "Wh"), AnswerSkipped(1)]


def test_finish_completes_an_open_hint() -> None:
    play = in_phase("answering")
    play.do(HintRequest("c", 1))
    play.bring(Began(hint(1)), Delta(hint(1), "Th"))
    assert finished(play) == [HintCompleted(1, "Th", cancelled=True), AnswerSkipped(1)]


def test_finish_completes_all_lanes_and_the_rival() -> None:
    play = in_phase("evaluating", Config(role="x", models=("a", "b"), rival="beginner"))
    play.bring(Began(feedback(1, 0), "a"), Began(feedback(1, 1), "b"), Began(rival(1)))
    play.bring(Delta(feedback(1, 1), "G"), Delta(rival(1), "I"))
    assert finished(play) == [
        FeedbackCompleted(1, 0, "a", "", cancelled=True),
        FeedbackCompleted(1, 1, "b", "G", cancelled=True),
        RivalCompleted(1, "I"),
    ]


def test_finish_tells_why_a_score_will_not_come() -> None:
    play = in_phase("evaluating")
    play.say(feedback(1))
    (scored,) = finished(play)
    assert isinstance(scored, FeedbackScored)
    assert scored.scores is None
    assert scored.reason


def test_finish_ends_a_question_that_failed() -> None:
    play = in_phase("asking")
    play.bring(Failed(question(1), "model_down", "No answer."))
    assert finished(play) == [AnswerSkipped(1)]
    assert play.interview.failed is None


# --- retry, cancel --------------------------------------------------------------------------------


def test_a_retry_asks_again_with_the_same_turn() -> None:
    play = in_phase("asking")
    play.bring(QuestionBegan(question(1), "main", "work"), Delta(question(1), "Wh"))
    play.bring(Failed(question(1), "model_down", "No answer."))
    assert play.wanted == []
    play.do(GenerationRetry("c"))
    assert play.wanted == [question(1)]
    play.bring(QuestionBegan(question(1), "main", "work"))
    assert play.interview.failed is None
    assert play.names()[-2:] == ["generation.failed", "question.started"]


def test_a_cancelled_hint_stands_as_far_as_it_came() -> None:
    play = in_phase("answering")
    play.do(HintRequest("c", 1))
    play.bring(Began(hint(1)), Delta(hint(1), "Think"))
    play.told()
    play.do(GenerationCancel("c", 1, "hint"))
    assert play.told() == [HintCompleted(1, "Think", cancelled=True)]
    assert play.wanted == []


# --- an answer that the server ended --------------------------------------------------------------


@pytest.mark.parametrize("way", ["silence", "limit"])
def test_a_late_audio_stop_is_acked_without_effect_in_any_phase(way: str) -> None:
    play = in_phase("listening")
    play.bring(Stopped(transcript(1), 6_400, "silence" if way == "silence" else "limit"))
    assert play.phase == "transcribing"
    late = AudioStop("late", 1, 9_600)
    for go_on in (
        play.transcribe,
        play.review,
        play.ask,
        lambda: play.do(InterviewPause("c")),
        lambda: play.do(InterviewFinish("c")),
        play.report,
    ):
        step = decide(play.state, late, play.now, VOICE)
        assert step.events == ()
        assert step.state == play.state
        go_on()
    assert decide(play.state, late, play.now, VOICE).events == ()


def test_a_new_answer_to_the_same_question_can_be_stopped() -> None:
    play = in_phase("listening")
    play.bring(Stopped(transcript(1), 6_400, "silence"))
    play.do(AudioCancel("c", 1))
    play.listen()
    play.told()
    play.do(AudioStop("c", 1, 3_200))
    assert play.told() == [AudioStopped(1, 3_200, "requested")]


def test_what_was_heard_before_says_nothing_of_a_new_answer() -> None:
    play = in_phase("answering")
    play.listen(review=True)
    play.do(AudioCancel("c", 1))
    play.do(AudioStart("c", 1, 48_000))
    play.stop()
    play.transcribe()
    assert isinstance(play.told()[-1], AnswerAccepted)


def test_an_answer_has_so_many_code_points() -> None:
    play = in_phase("answering")
    rules = Rules(max_answer_chars=3)
    with pytest.raises(ProtocolError) as caught:
        decide(play.state, AnswerSubmit("a", 1, "🙂🙂🙂🙂"), play.now, rules)
    assert (caught.value.code, caught.value.details["limit"]) == ("too_large", 3)
    with pytest.raises(ProtocolError) as caught:
        decide(play.state, AnswerSubmit("a", 2, "🙂🙂🙂🙂"), play.now, rules)
    assert caught.value.code == "wrong_turn"
    assert decide(play.state, AnswerSubmit("a", 1, "🙂🙂🙂"), play.now, rules).durable
