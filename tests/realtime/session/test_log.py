"""The log: numbering, resuming, bounded length, growing tails."""

import pytest

from protocol.codec import decode_server
from protocol.commands import Position
from protocol.events import (
    FeedbackDelta,
    Logged,
    Notice,
    QuestionCompleted,
    QuestionDelta,
)
from realtime.session.log import FellBehindError, Log


def texts(frames: list[bytes]) -> list[str]:
    found = []
    for frame in frames:
        logged = decode_server(frame)
        assert isinstance(logged, Logged)
        found.append(getattr(logged.event, "text", ""))
    return found


def test_events_are_numbered_without_a_gap() -> None:
    log = Log(epoch=3)
    for _ in range(5):
        log.append(Notice("a", "b"), 1)
    numbers = [decode_server(frame) for frame in log.read(0, 10)]
    assert [logged.seq for logged in numbers if isinstance(logged, Logged)] == [1, 2, 3, 4, 5]


def test_an_unread_tail_takes_in_what_follows() -> None:
    log = Log(1)
    for word in ("a", "b", "c"):
        log.append(QuestionDelta(1, word), 1)
    assert log.head == 1
    assert texts(log.read(0, 10)) == ["abc"]


def test_what_was_read_never_changes() -> None:
    log = Log(1)
    log.append(QuestionDelta(1, "a"), 1)
    first = log.read(0, 10)
    log.append(QuestionDelta(1, "b"), 2)
    log.append(QuestionDelta(1, "c"), 3)
    assert log.read(0, 10)[:1] == first
    assert texts(log.read(0, 10)) == ["a", "bc"]


def test_opening_counts_as_reading() -> None:
    log = Log(1)
    log.append(QuestionDelta(1, "a"), 1)
    log.read_through(1)
    log.append(QuestionDelta(1, "b"), 1)
    assert texts(log.read(0, 10)) == ["a", "b"]


def test_the_tails_of_two_streams_grow_side_by_side() -> None:
    log = Log(1)
    for word in "abc":
        log.append(FeedbackDelta(1, 0, word), 1)
        log.append(FeedbackDelta(1, 1, word.upper()), 1)
    assert texts(log.read(0, 10)) == ["abc", "ABC"]


def test_a_tail_ends_with_its_stream() -> None:
    log = Log(1)
    log.append(QuestionDelta(1, "a"), 1)
    log.append(QuestionCompleted(1, "a"), 1)
    log.append(QuestionDelta(1, "b"), 1)
    assert texts(log.read(0, 10)) == ["a", "a", "b"]


def test_a_tail_keeps_the_time_of_its_first_write() -> None:
    log = Log(1)
    log.append(QuestionDelta(1, "a"), 10)
    log.append(QuestionDelta(1, "b"), 20)
    logged = decode_server(log.read(0, 1)[0])
    assert isinstance(logged, Logged) and logged.at == 10


def test_the_log_is_bounded_and_tells_who_fell_behind() -> None:
    log = Log(1, keep=4)
    for _ in range(6):
        log.append(Notice("a", "b"), 1)
    assert log.start == 3
    assert len(log.read(2, 10)) == 4
    with pytest.raises(FellBehindError):
        log.read(1, 10)


@pytest.mark.parametrize(
    ("epoch", "seq", "held"),
    [(1, 2, True), (1, 6, True), (1, 1, False), (1, 7, False), (2, 4, False), (0, 0, False)],
)
def test_which_positions_it_holds(epoch: int, seq: int, held: bool) -> None:
    log = Log(1, keep=4)
    for _ in range(6):
        log.append(Notice("a", "b"), 1)
    assert log.holds(Position(epoch, seq)) is held


def test_a_new_epoch_holds_its_beginning() -> None:
    assert Log(5).holds(Position(5, 0))
    assert Log(5, head=9).holds(Position(5, 9))
    assert not Log(5, head=9).holds(Position(5, 8))


def test_readers_are_woken_until_they_leave() -> None:
    woken = []
    log = Log(1)

    def wake() -> None:
        woken.append(1)

    log.subscribe(wake)
    log.append(Notice("a", "b"), 1)
    log.unsubscribe(wake)
    log.append(Notice("a", "b"), 1)
    assert woken == [1]


def test_an_event_is_encoded_once() -> None:
    log = Log(1)
    log.append(Notice("a", "b"), 1)
    assert log.read(0, 1)[0] is log.read(0, 1)[0]
