"""Commands in flight. What becomes of them over a connection is in the cases (`commands.json`)."""

import pytest

from protocol.client.data import Acked, Refused
from protocol.client.errors import TooManyInFlightError
from protocol.client.in_flight import MOST_IN_FLIGHT, PATIENCE, CommandsInFlight
from protocol.commands import InterviewFinish, InterviewPause
from protocol.messages import Ack, Error

PAUSE = InterviewPause("a")
FINISH = InterviewFinish("b")


def refusal(**details: object) -> Error:
    return Error("a", "internal", "Later.", True, dict(details))


def with_both() -> CommandsInFlight:
    commands = CommandsInFlight()
    assert commands.add(PAUSE)
    assert commands.add(FINISH)
    return commands


def test_the_same_command_is_taken_once_and_another_of_its_id_not_at_all() -> None:
    commands = with_both()
    assert not commands.add(PAUSE)
    with pytest.raises(ValueError, match="'a'"):
        commands.add(InterviewFinish("a"))
    assert commands.all == (PAUSE, FINISH)


def test_they_are_bounded() -> None:
    commands = CommandsInFlight()
    for number in range(MOST_IN_FLIGHT):
        commands.add(InterviewPause(f"c{number}"))
    with pytest.raises(TooManyInFlightError):
        commands.add(FINISH)
    commands.acked(Ack("c0", 1, 1))
    assert commands.add(FINISH)


def test_an_outcome_is_had_once() -> None:
    commands = with_both()
    ack = Ack("a", 1, 1)
    assert commands.acked(ack) == (PAUSE, Acked(ack))
    assert commands.acked(ack) is None
    assert commands.refused(refusal(), 0, 0) is None
    error = Error("b", "wrong_phase", "No.", False)
    assert commands.refused(error, 0, 0) == (FINISH, Refused(error))
    assert commands.all == ()


@pytest.mark.parametrize(
    ("details", "again_at"),
    [({}, 1_500), ({"retry_after_ms": 700}, 2_200), ({"retry_after_ms": "soon"}, 1_500)],
)
def test_a_refusal_for_now_waits(details: dict[str, object], again_at: int) -> None:
    commands = with_both()
    assert commands.refused(refusal(**details), 1_000, 0.5) is None
    assert commands.wake_at == again_at
    assert commands.due(again_at - 1) == []
    assert commands.due(again_at) == [PAUSE]
    assert commands.wake_at is None


def test_patience_ends() -> None:
    commands = with_both()
    for _ in range(PATIENCE - 1):
        assert commands.refused(refusal(), 0, 0) is None
    assert commands.refused(refusal(), 0, 0) == (PAUSE, Refused(refusal()))


def test_one_is_posted_at_a_time_and_the_first_holds_up_the_rest() -> None:
    commands = with_both()
    assert commands.to_post(0) == PAUSE
    assert commands.to_post(0) is None
    assert commands.resend() == [FINISH]
    commands.lost("a", 1_000, 0.5)
    assert commands.to_post(1_249) is None
    assert commands.to_post(1_250) == PAUSE
    commands.lost("nobodys", 0, 0)
    assert commands.acked(Ack("a", 1, 1)) is not None
    assert commands.to_post(1_250) == FINISH


def test_all_are_sent_again_and_all_are_given_up() -> None:
    commands = with_both()
    commands.refused(refusal(), 0, 0.5)
    assert commands.resend() == [PAUSE, FINISH]
    assert commands.wake_at is None
    assert commands.abandon() == ["a", "b"]
    assert commands.all == ()
