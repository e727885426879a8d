"""The guards that longer histories pass by: what comes for another turn or in another form than was
asked for, and states that no history leads to, which must not be made worse.
"""

from dataclasses import replace

import pytest

from protocol.commands import (
    AnswerSubmit,
    AudioCancel,
    AudioRecord,
    AudioStart,
    AudioStop,
    Command,
    GenerationCancel,
    HintRequest,
    InterviewFinish,
    QuestionSkip,
)
from protocol.draft import State, Voice
from protocol.effects import (
    Began,
    Delayed,
    Delta,
    Failed,
    Heard,
    Noticed,
    QuestionBegan,
    Speech,
    Stopped,
    Transcribed,
    Work,
)
from protocol.errors import ProtocolError
from protocol.events import (
    AudioCancelled,
    AudioStarted,
    AudioStopped,
    HintCompleted,
    Notice,
    QuestionStarted,
    SpeechStarted,
    SpeechStopped,
    TranscriptPartial,
)
from protocol.interview import Rules, decide
from protocol.time_limit import tick
from protocol.view import Config, Phase, Word
from tests.protocol.play import (
    DELIVERY,
    NOW,
    REPORTING,
    VOICE,
    Play,
    feedback,
    heard,
    hint,
    in_phase,
    question,
    scores,
    transcript,
)

FOLLOWED_UP = Config(role="backend", questions=3, follow_ups=1)
LIMITED = Config(role="backend", time_limit_s=60)


# --- questions ------------------------------------------------------------------------------------


def after_answers(count: int) -> Play:
    """An interview in which so many main questions were answered, and the next is due."""
    play = Play(FOLLOWED_UP)
    play.start()
    for _ in range(count):
        play.ask()
        play.answer()
        play.review()
    play.told()
    return play


def test_a_main_question_is_one_though_a_follow_up_could_be_asked() -> None:
    play = after_answers(1)
    play.bring(QuestionBegan(question(2), "main", "work"))
    assert play.told() == [QuestionStarted(2, 2, "main", "work", None)]


def test_a_follow_up_has_its_own_main_questions_number() -> None:
    play = after_answers(2)
    play.bring(QuestionBegan(question(3), "follow_up", "work"))
    assert play.told() == [QuestionStarted(3, 2, "follow_up", "work", 2)]


def test_nothing_is_asked_while_the_last_scores_are_made() -> None:
    play = in_phase("evaluating", Config(role="backend", questions=1, follow_ups=0))
    play.say(feedback(1))
    assert play.phase == "evaluating"
    assert play.wanted == [scores(1)]


def test_a_question_that_fails_in_mid_stream_is_not_started_again() -> None:
    play = in_phase("asking")
    play.bring(QuestionBegan(question(1), "main", "work"), Delta(question(1), "Wh"))
    play.told()
    play.bring(Failed(question(1), "model_down", "No answer."))
    assert play.names() == ["generation.failed"]


def test_a_question_that_will_be_tried_again_is_not_started_by_its_failure() -> None:
    play = in_phase("asking")
    play.bring(Failed(question(1), "busy", "Busy.", retrying=True))
    assert play.names() == ["generation.failed"]


def test_a_hint_that_comes_to_its_end_was_not_cancelled() -> None:
    play = in_phase("answering")
    play.do(HintRequest("c", 1))
    play.say(hint(1))
    assert play.told()[-1] == HintCompleted(1, "Good.", cancelled=False)


def test_what_streams_of_an_earlier_turn_can_be_cancelled() -> None:
    play = in_phase("evaluating", Config(role="backend", models=("one", "two")))
    play.review()
    play.bring(Began(feedback(1, 1), "two"))
    play.ask()
    play.told()
    play.do(GenerationCancel("c", 1, "feedback"))
    assert play.names() == ["feedback.completed"]


# --- speech ---------------------------------------------------------------------------------------


def test_a_transcript_that_is_late_is_nothing_that_clients_are_told() -> None:
    play = in_phase("transcribing")
    play.bring(Delayed(transcript(1), "rate_limited", 2_000))
    assert play.told() == []


@pytest.mark.parametrize("phase", ["listening", "transcribing"])
def test_an_answer_that_cant_be_heard_is_dropped_and_may_be_given_again(phase: Phase) -> None:
    play = in_phase(phase)
    play.bring(Failed(transcript(1), "speech_failed", "Not heard."))
    assert play.told() == [Notice("speech_failed", "Not heard."), AudioCancelled(1)]
    assert (play.phase, play.state.voice) == ("answering", None)
    # Its candidate may just have stopped it.
    assert play.do(AudioStop("s", 1, 640)).events == ()
    play.do(AudioStart("c", 1, 16_000))
    assert not play.state.ended_by_server


def test_an_answer_that_cant_be_heard_when_the_time_is_up_is_the_last() -> None:
    play = in_phase("listening", LIMITED)
    play.pass_ms(60_000, received=640)
    assert play.phase == "transcribing"
    play.told()
    play.bring(Failed(transcript(1), "speech_failed", "Not heard."))
    assert play.names() == [
        *("notice", "audio.cancelled", "answer.skipped", "interview.finished"),
    ]
    assert not play.state.time_up


def test_what_failed_before_it_was_dropped_drops_no_other() -> None:
    play = in_phase("listening")
    play.do(AudioCancel("c", 1))
    play.told()
    play.bring(Failed(transcript(1), "speech_failed", "Not heard."))
    assert play.told() == []


def test_what_is_heard_is_told_of_its_turn() -> None:
    play = in_phase("listening")
    work = transcript(1)
    play.bring(Speech(work, True, 100), Heard(work, 0, "I", 1), Speech(work, False, 900))
    play.bring(Stopped(work, 3_200, "silence"))
    assert play.told() == [
        SpeechStarted(1, 100),
        TranscriptPartial(1, 0, "I", 1),
        SpeechStopped(1, 900),
        AudioStopped(1, 3_200, "silence"),
    ]
    assert play.state.ended_by_server == {1}


def test_what_is_heard_of_another_turn_is_not_told() -> None:
    play = in_phase("listening")
    work = transcript(7)
    play.bring(Speech(work, True, 100), Heard(work, 0, "I", 1), Stopped(work, 3_200, "silence"))
    assert play.told() == []


@pytest.mark.parametrize(
    "command", [AnswerSubmit("c", 1, "I did."), QuestionSkip("c", 1), AudioCancel("c", 1)]
)
def test_how_an_answer_was_spoken_is_kept_no_longer_than_the_answer(command: Command) -> None:
    play = in_phase("reviewing")
    assert play.state.delivery is not None
    play.do(command)
    assert play.state.delivery is None


def test_an_answer_that_needs_no_review_keeps_nothing_of_how_it_was_spoken() -> None:
    play = in_phase("transcribing")
    play.transcribe("I did.")
    assert play.phase == "evaluating"
    assert play.state.delivery is None


def test_a_review_is_asked_for_one_answer() -> None:
    for end in (Play.transcribe, lambda play: play.do(AudioCancel("c", 1))):
        play = in_phase("answering")
        play.listen(review=True)
        play.stop()
        end(play)
        assert play.state.voice is None


def test_a_voice_answer_is_known_as_it_was_begun_until_its_transcript_is_there() -> None:
    play = in_phase("answering")
    play.do(AudioStart("c", 1, 48_000, silence_ms=1_000, review=True))
    begun = Voice("c", 1, 48_000, 1_000, review=True)
    assert play.state.voice == begun
    play.do(AudioStop("d", 1, 9_600))
    assert play.state.voice == replace(begun, bytes=9_600)
    play.transcribe("I did.")
    assert play.state.voice is None


def test_a_recording_is_begun_and_stopped_in_one_step() -> None:
    play = in_phase("answering")
    step = play.do(AudioRecord("c", 1, "5e1f", 16_000, bytes=6_400, review=True))
    assert step.events == (
        AudioStarted(1, 16_000, None, review=True),
        AudioStopped(1, 6_400, "requested"),
    )
    assert play.phase == "transcribing"
    assert play.state.voice == Voice(
        *("c", 1, 16_000, None), review=True, bytes=6_400, recording="5e1f"
    )
    assert not play.state.ended_by_server


@pytest.mark.parametrize("phase", ["created", "asking", "listening", "evaluating"])
def test_a_recording_is_taken_where_a_voice_answer_is(phase: Phase) -> None:
    with pytest.raises(ProtocolError, match=r"audio\.record is not possible now"):
        in_phase(phase).do(AudioRecord("c", 1, "5e1f", 16_000, bytes=6_400))


def test_a_recording_needs_a_speech_model() -> None:
    play = in_phase("answering")
    with pytest.raises(ProtocolError) as refused:
        decide(play.state, AudioRecord("c", 1, "5e1f", 16_000, bytes=2), play.now, Rules())
    assert refused.value.code == "voice_unavailable"


def test_the_words_of_the_newest_transcript_are_known_until_the_next_is_begun() -> None:
    play = in_phase("transcribing")
    words = (Word("I", 0, 100, 0.9), Word("did.", 100, 400, 0.8))
    play.bring(Transcribed(transcript(1), heard("I did.", needs_review=True), DELIVERY, words))
    assert play.state.words == words
    play.do(AudioCancel("c", 1))
    assert not play.state.words


def test_what_the_time_limit_stopped_was_ended_by_the_server() -> None:
    play = in_phase("listening", LIMITED)
    play.pass_ms(60_000, received=6_400)
    step = play.do(AudioStop("c", 1, 9_600))
    assert step.events == ()


# --- the time -------------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", ["created", "reporting", "finished"])
def test_a_deadline_ends_nothing_that_is_not_in_progress(phase: Phase) -> None:
    late = replace(in_phase(phase).state, deadline_at=NOW)
    assert tick(late, NOW).events == ()


@pytest.mark.parametrize("phase", ["asking", "answering", "reviewing", "evaluating"])
def test_a_deadline_ends_nothing_that_is_paused(phase: Phase) -> None:
    late = replace(in_phase(phase, paused=True).state, deadline_at=NOW)
    assert tick(late, NOW).events == ()


def test_no_deadline_stands_while_paused() -> None:
    play = in_phase("answering", LIMITED, paused=True)
    assert play.state.deadline_at is None


def test_nothing_is_under_way_in_an_interview_that_was_finished() -> None:
    begun = in_phase("answering", LIMITED)
    busy = replace(
        begun.state,
        given_up=frozenset({feedback(1)}),
        hinting=True,
        retrying=True,
        time_up=True,
        voice=Voice("v", 1, 16_000, None, review=True),
        delivery=DELIVERY,
    )
    state = decide(busy, InterviewFinish("c"), begun.now, VOICE).state
    assert state == State(state.view)


# --- notices --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phase", "work"),
    [
        ("asking", question(1)),
        ("listening", transcript(1)),
        ("evaluating", feedback(1)),
        ("reporting", REPORTING),
    ],
    ids=lambda each: each if isinstance(each, str) else each.what,
)
def test_a_notice_is_told_while_its_work_is_wanted(phase: Phase, work: Work) -> None:
    play = in_phase(phase)
    before = play.interview
    play.told()
    play.bring(Noticed(work, "interviewer_offline", "No model answers."))
    assert play.told() == [Notice("interviewer_offline", "No model answers.")]
    assert play.interview == before
    assert work in play.wanted
