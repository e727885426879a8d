"""The time limit, where an answer is being spoken; elsewhere `test_interview.py` has it."""

import pytest

from protocol.commands import AudioCancel, AudioStop
from protocol.events import InterviewFinished
from protocol.time_limit import SPARED_MS, remaining_ms, spared, tick
from protocol.view import Config, Phase
from tests.protocol.play import Play, in_phase, names, transcript

LIMITED = Config(role="backend", questions=2, follow_ups=0, time_limit_s=60)


def stopped(length: int = 6_400) -> Play:
    """An answer of so many bytes was stopped."""
    play = in_phase("listening", LIMITED)
    play.do(AudioStop("stop", 1, length))
    play.told()
    return play


def length_of(play: Play) -> int | None:
    assert play.state.voice is not None
    return play.state.voice.bytes


@pytest.mark.parametrize("received", [0, 3_200])
def test_what_was_stopped_and_never_arrives_is_cut_off(received: int) -> None:
    """So that what is there is transcribed, and the interview ends."""
    play = stopped()
    play.pass_ms(60_000, received=received)
    assert (play.state.time_up, length_of(play)) == (True, 6_400)
    play.pass_ms(SPARED_MS - 1, received=received)
    assert length_of(play) == 6_400
    play.pass_ms(1, received=received)
    assert (play.told(), length_of(play)) == ([], received)
    assert play.wanted == [transcript(1)]
    assert play.state.deadline_at is None
    play.transcribe("I did." if received else "")
    told = play.told()
    outcome = "answer.accepted" if received else "answer.skipped"
    assert names(told) == ["transcript.completed", outcome, "interview.finished"]
    assert told[-1] == InterviewFinished("time_limit")


@pytest.mark.parametrize("length", [6_400, 6_401])
def test_what_arrives_meanwhile_is_part_of_the_answer(length: int) -> None:
    play = stopped(length)
    play.pass_ms(60_000)
    play.pass_ms(SPARED_MS, received=6_400)
    assert length_of(play) == 6_400


def test_more_than_the_answer_has_is_not_taken() -> None:
    play = stopped(3_200)
    play.pass_ms(60_000, received=6_400)
    play.pass_ms(SPARED_MS, received=6_400)
    assert length_of(play) == 3_200


def test_while_it_is_waited_for_it_can_be_cancelled() -> None:
    play = stopped()
    play.pass_ms(60_000)
    play.do(AudioCancel("c", 1))
    assert play.told()[-1] == InterviewFinished("time_limit")
    assert play.state.deadline_at is None


def test_a_crash_while_it_is_waited_for_gives_time_again() -> None:
    """Also where the server itself had stopped it: the audio is lost with the actor."""
    for play in (stopped(), in_phase("listening", LIMITED)):
        play.pass_ms(60_000, received=6_400)
        play.crash()
        late = play.now + 5_000
        again = tick(spared(play.state, late), late).state
        assert again.time_up
        assert again.deadline_at == late + SPARED_MS
        assert again.voice == play.state.voice


def test_an_answer_that_was_being_spoken_has_time_to_be_brought_again() -> None:
    listening = in_phase("listening", LIMITED).state
    assert listening.deadline_at is not None
    late = listening.deadline_at + 5_000
    assert spared(listening, late).deadline_at == late + SPARED_MS
    assert spared(listening, 0) == listening
    phases: tuple[Phase, ...] = ("answering", "transcribing")
    for phase in phases:
        state = in_phase(phase, LIMITED).state
        assert spared(state, late) == state
    unlimited = in_phase("listening").state
    assert spared(unlimited, late) == unlimited


def test_what_is_left_of_it() -> None:
    play = in_phase("listening", LIMITED)
    assert remaining_ms(play.state, play.now + 1_000) == 59_000
    assert remaining_ms(play.state, play.now + 61_000) == 0
    play.pass_ms(60_000)
    assert remaining_ms(play.state, play.now) == 0
    assert remaining_ms(spared(play.state, play.now), play.now) == 0
    paused = in_phase("answering", LIMITED, paused=True)
    assert remaining_ms(paused.state, paused.now + 1_000) == 60_000
    assert remaining_ms(in_phase("answering").state, 0) is None
