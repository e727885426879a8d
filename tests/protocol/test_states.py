"""The phase table of `protocol.md` 4, every cell of it."""

import pytest

from protocol.commands import (
    COMMANDS,
    AnswerSubmit,
    AudioCancel,
    AudioStart,
    AudioStop,
    Command,
    GenerationCancel,
    GenerationRetry,
    HintRequest,
    InterviewFinish,
    InterviewPause,
    InterviewResume,
    InterviewStart,
    QuestionSkip,
)
from protocol.effects import Began, Failed, QuestionBegan
from protocol.errors import ProtocolError
from protocol.interview import Rules, decide
from protocol.states import ENTERS, LEGAL, LEGAL_WHILE_PAUSED
from protocol.view import Phase
from tests.protocol.play import (
    REPORTING,
    VOICE,
    Play,
    feedback,
    hint,
    in_phase,
    question,
)

# Typed from the table; `generation.retry` and `generation.cancel` have rules of their own below.
LEGAL_COMMANDS: dict[Phase, set[str]] = {
    "created": {"interview.start"},
    "asking": {"interview.pause", "interview.finish"},
    "answering": {
        "answer.submit",
        "audio.start",
        "question.skip",
        "hint.request",
        "interview.pause",
        "interview.finish",
    },
    "listening": {"audio.stop", "audio.cancel", "hint.request", "interview.finish"},
    "transcribing": {"audio.cancel", "interview.finish"},
    "reviewing": {
        "answer.submit",
        "audio.cancel",
        "question.skip",
        "interview.pause",
        "interview.finish",
    },
    "evaluating": {"interview.pause", "interview.finish"},
    "reporting": set(),
    "finished": set(),
}
PAUSABLE: list[Phase] = ["asking", "answering", "reviewing", "evaluating"]


def commands(turn: int) -> dict[str, Command]:
    """One of each command, for `turn`."""
    each: list[Command] = [
        InterviewStart("c"),
        AnswerSubmit("c", turn, "Because."),
        AudioStart("c", turn, 16_000),
        AudioStop("c", turn, 3_200),
        AudioCancel("c", turn),
        QuestionSkip("c", turn),
        HintRequest("c", turn),
        GenerationCancel("c", turn, "hint"),
        GenerationRetry("c"),
        InterviewPause("c"),
        InterviewResume("c"),
        InterviewFinish("c"),
    ]
    return {command.TYPE: command for command in each}


def assert_legal(play: Play, name: str, legal: bool) -> None:
    command = commands(max(1, play.turn))[name]
    if legal:
        decide(play.state, command, play.now, VOICE)
        return
    with pytest.raises(ProtocolError) as refused:
        decide(play.state, command, play.now, VOICE)
    assert refused.value.code == "wrong_phase"
    assert refused.value.details == {"phase": play.phase, "paused": play.interview.paused}


def test_every_command_is_looked_at() -> None:
    assert set(commands(1)) == set(COMMANDS)
    assert set(LEGAL_COMMANDS) == set(LEGAL)


@pytest.mark.parametrize("name", commands(1))
@pytest.mark.parametrize("phase", LEGAL_COMMANDS)
def test_a_phase_takes(phase: Phase, name: str) -> None:
    assert_legal(in_phase(phase), name, name in LEGAL_COMMANDS[phase])


@pytest.mark.parametrize("name", commands(1))
@pytest.mark.parametrize("phase", PAUSABLE)
def test_while_paused_a_phase_takes(phase: Phase, name: str) -> None:
    paused = in_phase(phase, paused=True)
    assert_legal(paused, name, name in {"interview.resume", "interview.finish"})


@pytest.mark.parametrize("phase", LEGAL_COMMANDS)
def test_what_the_published_table_says(phase: Phase) -> None:
    retry = {"generation.retry"} if phase in ("asking", "reporting") else set()
    assert {kind.TYPE for kind in LEGAL[phase]} == LEGAL_COMMANDS[phase] | retry
    assert {kind.TYPE for kind in LEGAL_WHILE_PAUSED} == {
        "interview.resume",
        "interview.finish",
        "generation.cancel",
    }


def test_what_enters_a_phase() -> None:
    assert {kind.TYPE: phase for kind, phase in ENTERS.items()} == {
        "interview.started": "asking",
        "question.started": "asking",
        "question.completed": "answering",
        "audio.cancelled": "answering",
        "audio.started": "listening",
        "audio.stopped": "transcribing",
        "answer.accepted": "evaluating",
        "answer.skipped": "evaluating",
        "interview.finished": "reporting",
        "report.completed": "finished",
    }


# --- generation.retry -----------------------------------------------------------------------------


def failed(phase: Phase) -> Play:
    """An interview that is held by a failure."""
    play = in_phase(phase)
    work = REPORTING if phase == "reporting" else question(play.turn + 1)
    play.bring(Failed(work, "model_down", "No answer."))
    return play


@pytest.mark.parametrize("phase", ["asking", "reporting"])
def test_a_retry_is_legal_after_a_failure_and_once(phase: Phase) -> None:
    play = failed(phase)
    assert_legal(play, "generation.retry", True)
    play.do(GenerationRetry("c"))
    assert_legal(play, "generation.retry", False)


def test_a_retry_is_illegal_while_the_server_itself_begins_again() -> None:
    play = in_phase("asking")
    play.bring(Failed(question(1), "busy", "Busy.", retrying=True))
    assert_legal(play, "generation.retry", False)


def test_a_retry_is_illegal_after_what_holds_nothing_failed() -> None:
    play = in_phase("evaluating")
    play.bring(Failed(feedback(1), "model_down", "No answer."))
    play.bring(QuestionBegan(question(2), "main", "work"))
    assert_legal(play, "generation.retry", False)


def test_a_retry_is_illegal_while_paused() -> None:
    play = failed("asking")
    play.do(InterviewPause("c"))
    assert_legal(play, "generation.retry", False)
    play.do(InterviewResume("c"))
    assert_legal(play, "generation.retry", True)


# --- generation.cancel ----------------------------------------------------------------------------


def with_hint(phase: Phase) -> Play:
    """An open hint on turn 1, in `phase`."""
    play = in_phase("answering")
    play.do(HintRequest("c", 1))
    play.bring(Began(hint(1)))
    if phase != "answering":
        play.listen()
    if phase in ("transcribing", "reviewing"):
        play.stop()
    if phase == "reviewing":
        play.transcribe(needs_review=True)
    return play


@pytest.mark.parametrize("phase", ["answering", "listening", "transcribing", "reviewing"])
def test_a_hint_can_be_cancelled_wherever_it_is_open(phase: Phase) -> None:
    play = with_hint(phase)
    assert play.phase == phase
    assert_legal(play, "generation.cancel", True)


def test_a_stream_can_be_cancelled_while_paused() -> None:
    play = with_hint("answering")
    play.do(InterviewPause("c"))
    assert_legal(play, "generation.cancel", True)


def feedback_beside_a_question() -> Play:
    """Turn 1's lane 1 still streams when turn 2 is answered."""
    play = in_phase("evaluating")
    play.bring(Began(feedback(1), "m"))
    return play


@pytest.mark.parametrize(
    ("turn", "what", "legal"),
    [(1, "feedback", True), (1, "hint", False), (2, "feedback", False)],
)
def test_only_such_a_stream_of_that_turn_can_be_cancelled(
    turn: int, what: str, legal: bool
) -> None:
    play = feedback_beside_a_question()
    command = GenerationCancel("c", turn, "feedback" if what == "feedback" else "hint")
    if legal:
        decide(play.state, command, play.now, VOICE)
    else:
        with pytest.raises(ProtocolError, match="not possible now"):
            decide(play.state, command, play.now, VOICE)


# --- the order of the checks ----------------------------------------------------------------------

OF_A_TURN = [name for name, command in commands(1).items() if hasattr(command, "turn")]


@pytest.mark.parametrize("name", [name for name in OF_A_TURN if name != "generation.cancel"])
def test_the_phase_is_checked_before_the_turn(name: str) -> None:
    play = next(in_phase(phase) for phase in LEGAL_COMMANDS if name in LEGAL_COMMANDS[phase])
    with pytest.raises(ProtocolError) as refused:
        decide(play.state, commands(7)[name], play.now, VOICE)
    assert refused.value.code == "wrong_turn"
    assert refused.value.details == {"turn": 1}

    elsewhere = in_phase("reporting")
    with pytest.raises(ProtocolError) as refused:
        decide(elsewhere.state, commands(7)[name], elsewhere.now, VOICE)
    assert refused.value.code == "wrong_phase"


def test_the_turn_is_checked_before_the_voice() -> None:
    play = in_phase("answering")
    for turn, code in ((2, "wrong_turn"), (1, "voice_unavailable")):
        with pytest.raises(ProtocolError) as refused:
            decide(play.state, AudioStart("c", turn, 16_000), play.now, Rules())
        assert refused.value.code == code


def test_one_hint_at_a_time() -> None:
    play = in_phase("answering")
    play.do(HintRequest("c", 1))
    assert_legal(play, "hint.request", False)
    play.say(hint(1))
    assert_legal(play, "hint.request", True)
