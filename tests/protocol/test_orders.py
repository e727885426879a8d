"""The orders of `protocol.md` 5, as histories from the start to the log's last event."""

from protocol.agenda import wanted
from protocol.commands import (
    AnswerSubmit,
    AudioCancel,
    GenerationCancel,
    HintRequest,
    InterviewFinish,
    QuestionSkip,
)
from protocol.effects import (
    Began,
    Delta,
    Ended,
    Heard,
    NothingToAsk,
    QuestionBegan,
    Reported,
    Scored,
    Speech,
)
from protocol.events import (
    AnswerAccepted,
    FeedbackCompleted,
    FeedbackScored,
    InterviewFinished,
    QuestionCompleted,
    QuestionStarted,
    ReportCompleted,
    TranscriptCompleted,
)
from protocol.view import Config, Feedback
from tests.protocol.play import (
    DELIVERY,
    ONE_QUESTION,
    REPORT,
    REPORTING,
    SCORES,
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

LANES = Config(role="backend", questions=2, follow_ups=0, models=("a", "b"))
RIVAL = Config(role="backend", questions=2, follow_ups=1, rival="advanced")
AT_THE_END = Config(role="backend", questions=1, follow_ups=0, feedback="end")


def test_a_text_interview_from_start_to_report() -> None:
    play = Play(ONE_QUESTION)
    play.start()
    play.ask("Why", "?")
    play.answer("Because.")
    play.review()
    play.report()
    assert play.names() == [
        "interview.started",
        "question.started",
        "question.delta",
        "question.delta",
        "question.completed",
        "answer.accepted",
        "feedback.started",
        "feedback.delta",
        "feedback.delta",
        "feedback.completed",
        "feedback.scored",
        "interview.finished",
        "report.started",
        "report.delta",
        "report.completed",
    ]
    assert InterviewFinished("completed") in [logged.event for logged in play.log]
    assert play.phase == "finished"
    assert play.wanted == []


def test_a_completed_text_is_its_deltas_joined() -> None:
    play = Play(ONE_QUESTION)
    play.start()
    play.ask("Why", " ", "this?")
    play.answer()
    play.say(feedback(1), "Good. ", "Go on.", model="m")
    play.bring(Scored(scores(1), SCORES))
    play.bring(Began(REPORTING), Delta(REPORTING, "Well "), Delta(REPORTING, "done."))
    play.bring(Reported(REPORTING, REPORT))
    told = play.told()
    assert QuestionCompleted(1, "Why this?") in told
    assert FeedbackCompleted(1, 0, "m", "Good. Go on.", False) in told
    last = told[-1]
    assert isinstance(last, ReportCompleted)
    assert last.text == last.report.text == "Well done."


def test_the_next_question_comes_after_the_feedback_and_beside_its_scores() -> None:
    play = in_phase("evaluating")
    assert play.wanted == [feedback(1)]
    play.say(feedback(1))
    assert play.wanted == [scores(1), question(2)]
    play.bring(QuestionBegan(question(2), "main", "work"))
    play.bring(Scored(scores(1), SCORES))
    play.bring(Delta(question(2), "And?"), Ended(question(2)))
    assert play.names()[-4:] == [
        "question.started",
        "feedback.scored",
        "question.delta",
        "question.completed",
    ]


def test_a_voice_answer() -> None:
    play = in_phase("answering")
    play.listen()
    play.bring(Speech(transcript(1), True, 200), Heard(transcript(1), 0, "I d", 0))
    play.bring(Heard(transcript(1), 2, "did", 5), Speech(transcript(1), False, 900))
    play.stop()
    play.transcribe("I did.")
    told = play.told()
    assert names(told) == [
        "audio.started",
        "speech.started",
        "transcript.partial",
        "transcript.partial",
        "speech.stopped",
        "audio.stopped",
        "transcript.completed",
        "answer.accepted",
    ]
    assert told[-2:] == [
        TranscriptCompleted(1, "I did.", "en", 0.9, 4_000, False),
        AnswerAccepted(1, "I did.", "voice", DELIVERY),
    ]


def test_a_voice_answer_with_review() -> None:
    play = in_phase("answering")
    play.listen(review=True)
    play.stop()
    play.transcribe("I dit.")
    assert play.phase == "reviewing"
    play.do(AnswerSubmit("c", 1, "I did."))
    told = play.told()
    assert names(told)[2:] == ["transcript.completed", "answer.accepted"]
    assert told[2:] == [
        TranscriptCompleted(1, "I dit.", "en", 0.9, 4_000, True),
        AnswerAccepted(1, "I did.", "voice", DELIVERY),
    ]


def test_a_review_that_is_dropped_leaves_nothing() -> None:
    play = in_phase("reviewing")
    play.do(AudioCancel("c", 1))
    assert play.names() == ["audio.cancelled"]
    assert play.phase == "answering"
    assert play.interview.turns[0].transcript is None
    play.answer("In writing, then.")
    assert play.told() == [AnswerAccepted(1, "In writing, then.", "text", None)]


def test_lanes_stream_at_once_and_only_the_first_holds_the_question() -> None:
    play = in_phase("evaluating", LANES)
    assert play.wanted == [feedback(1, 0), feedback(1, 1)]
    play.bring(Began(feedback(1, 1), "b"), Began(feedback(1, 0), "a"))
    play.bring(Delta(feedback(1, 1), "B"), Delta(feedback(1, 0), "A"), Ended(feedback(1, 0)))
    assert question(2) in play.wanted
    play.ask()
    assert play.phase == "answering"
    play.bring(Delta(feedback(1, 1), "!"), Ended(feedback(1, 1)))
    assert FeedbackCompleted(1, 1, "b", "B!", False) in play.told()


def test_the_first_lane_holds_the_question_when_another_is_done() -> None:
    play = in_phase("evaluating", LANES)
    play.say(feedback(1, 1), model="b")
    assert question(2) not in play.wanted


def test_the_rival_holds_the_question() -> None:
    play = in_phase("evaluating", RIVAL)
    assert play.wanted == [feedback(1), rival(1)]
    play.review()
    assert play.wanted == [rival(1)]
    play.say(rival(1), "I would", " not.")
    assert play.wanted == [question(2)]
    assert play.interview.turns[0].rival == "I would not."


def test_the_rival_answers_main_questions_only() -> None:
    play = in_phase("evaluating", RIVAL)
    play.review()
    play.say(rival(1))
    play.ask(kind="follow_up")
    play.answer()
    assert play.wanted == [feedback(2)]


def test_the_end_waits_for_every_lane_and_every_score() -> None:
    play = in_phase("evaluating", Config(role="x", questions=1, follow_ups=0, models=("a", "b")))
    play.say(feedback(1, 0))
    play.bring(Scored(scores(1, 0), SCORES))
    assert play.phase == "evaluating"
    play.say(feedback(1, 1))
    assert play.phase == "evaluating"
    play.bring(Scored(scores(1, 1), None, "too short"))
    assert play.told()[-2:] == [
        FeedbackScored(1, 1, None, "too short"),
        InterviewFinished("completed"),
    ]


def test_with_feedback_at_the_end_there_is_none_before() -> None:
    play = in_phase("answering", AT_THE_END)
    play.answer()
    assert play.names() == ["answer.accepted", "interview.finished"]
    assert play.wanted == [REPORTING]


def test_a_skip_gets_neither_feedback_nor_rival_nor_follow_ups() -> None:
    config = Config(role="backend", questions=2, follow_ups=3, rival="beginner")
    play = in_phase("answering", config)
    play.do(QuestionSkip("c", 1))
    assert play.names() == ["answer.skipped"]
    assert play.wanted == [question(2)]
    play.ask(kind="follow_up")
    started = next(event for event in play.told() if isinstance(event, QuestionStarted))
    assert (started.number, started.kind, started.parent_turn) == (2, "main", None)


def test_skipping_a_follow_up_drops_the_remaining_ones() -> None:
    play = in_phase("evaluating", Config(role="backend", questions=2, follow_ups=3))
    play.review()
    play.ask(kind="follow_up")
    play.do(QuestionSkip("c", 2))
    play.ask(kind="follow_up")
    assert [turn.kind for turn in play.interview.turns] == ["main", "follow_up", "main"]


def test_skipping_the_last_question_ends_the_interview() -> None:
    play = in_phase("answering", ONE_QUESTION)
    play.do(QuestionSkip("c", 1))
    assert play.names() == ["answer.skipped", "interview.finished"]


def test_an_answer_first_closes_an_open_hint() -> None:
    play = in_phase("answering")
    play.do(HintRequest("c", 1))
    play.bring(Began(hint(1)), Delta(hint(1), "Think"))
    play.answer()
    assert play.names() == ["hint.started", "hint.delta", "hint.completed", "answer.accepted"]
    assert play.interview.turns[0].hints[0].text == "Think"
    assert play.interview.turns[0].hints[0].cancelled
    assert hint(1) not in wanted(play.state)


def test_a_hint_that_had_not_begun_is_dropped_by_the_outcome() -> None:
    play = in_phase("answering")
    play.do(HintRequest("c", 1))
    assert play.wanted == [hint(1)]
    play.do(QuestionSkip("c", 1))
    assert play.names() == ["answer.skipped"]
    assert hint(1) not in play.wanted


def test_a_spoken_answer_closes_a_hint_too() -> None:
    play = in_phase("answering")
    play.do(HintRequest("c", 1))
    play.bring(Began(hint(1)))
    play.listen()
    play.stop()
    play.transcribe()
    assert play.names()[-3:] == ["transcript.completed", "hint.completed", "answer.accepted"]


def test_cancelled_feedback_stands_unscored_and_the_interview_goes_on() -> None:
    play = in_phase("evaluating")
    play.bring(Began(feedback(1), "m"), Delta(feedback(1), "Goo"))
    play.do(GenerationCancel("c", 1, "feedback"))
    assert play.interview.turns[0].feedback == (Feedback(0, "m", "Goo", None, cancelled=True),)
    assert play.wanted == [question(2)]


def test_cancelling_stops_all_lanes() -> None:
    play = in_phase("evaluating", LANES)
    play.bring(Began(feedback(1, 0), "a"), Began(feedback(1, 1), "b"))
    play.do(GenerationCancel("c", 1, "feedback"))
    assert [item.cancelled for item in play.interview.turns[0].feedback] == [True, True]


def test_cancelling_the_last_feedback_ends_the_interview() -> None:
    play = in_phase("evaluating", ONE_QUESTION)
    play.bring(Began(feedback(1), "m"))
    play.told()
    play.do(GenerationCancel("c", 1, "feedback"))
    assert play.names() == ["feedback.completed", "interview.finished"]


def test_follow_ups_carry_the_number_of_their_main_question() -> None:
    play = in_phase("evaluating", Config(role="backend", questions=2, follow_ups=2))
    for kind in ("follow_up", "follow_up", "follow_up"):
        play.review()
        play.ask(kind=kind)
        play.answer()
    turns = play.interview.turns
    assert [turn.turn for turn in turns] == [1, 2, 3, 4]
    assert [turn.number for turn in turns] == [1, 1, 1, 2]
    assert [turn.parent_turn for turn in turns] == [None, 1, 1, None]


def test_the_list_of_questions_says_how_many_there_are() -> None:
    config = Config(role="x", questions=5, follow_ups=0, question_list=("One?", "Two?"))
    play = in_phase("evaluating", config)
    play.review()
    play.ask()
    play.answer()
    play.review()
    assert play.phase == "reporting"


def test_nothing_more_to_ask_ends_the_interview_after_its_scores() -> None:
    play = in_phase("evaluating", Config(role="x", questions=1, follow_ups=2))
    play.say(feedback(1))
    assert play.wanted == [scores(1), question(2)]
    play.bring(NothingToAsk(question(2)))
    assert play.phase == "evaluating"
    play.bring(Scored(scores(1), SCORES))
    assert play.told()[-1] == InterviewFinished("completed")


def test_finish_by_request_before_any_question() -> None:
    play = in_phase("asking")
    play.do(InterviewFinish("c"))
    assert play.told() == [InterviewFinished("requested")]
    assert play.wanted == [REPORTING]
