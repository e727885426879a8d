"""How many bytes are held, of all and of one user."""

from contextlib import ExitStack

import pytest

from protocol.errors import ProtocolError
from realtime.gateway.room import Held, Room, Space


def filled(room: Room, stack: ExitStack, user: str, count: int) -> Held:
    """A body of that user's, of which so many bytes have arrived."""
    held = stack.enter_context(room.body(user))
    held.more(count)
    return held


def refused(held: Held, count: int) -> None:
    with pytest.raises(ProtocolError) as refusal:
        held.more(count)
    assert refusal.value.code == "overloaded"
    assert refusal.value.details["retry_after_ms"] > 0


def test_so_many_are_held_until_they_are_let_go() -> None:
    room = Room(Space(bytes=100, bytes_of_a_user=60, bodies_of_a_user=9))
    with ExitStack() as stack:
        for user in "ab":
            refused(filled(room, stack, user, 40), 21)
        other = filled(room, stack, "c", 20)
        refused(other, 1)
        assert len(room) == 100
    assert len(room) == 0
    with ExitStack() as stack:
        refused(filled(room, stack, "a", 60), 1)


def test_what_was_held_may_be_let_go_for_what_comes_of_it() -> None:
    room = Room(Space(bytes=100, bytes_of_a_user=60, bodies_of_a_user=9))
    with ExitStack() as stack:
        held = filled(room, stack, "a", 60)
        held.let_go()
        assert (len(room), held.bytes) == (0, 0)
        refused(held, 61)
        held.more(30)
        refused(filled(room, stack, "a", 30), 1)
        assert len(room) == 60
    assert len(room) == 0


def test_bodies_that_bring_nothing_keep_nobody_out() -> None:
    room = Room(Space(bytes=100, bytes_of_a_user=100, bodies_of_a_user=3))
    with ExitStack() as stack:
        for user in "abcdefgh" * 3:
            stack.enter_context(room.body(user))
        with pytest.raises(ProtocolError, match="Too many at once"), room.body("a"):
            pass
        filled(room, stack, "i", 100)


def test_what_ends_badly_is_let_go() -> None:
    room = Room(Space(bytes=100, bytes_of_a_user=100, bodies_of_a_user=1))
    for _ in range(3):
        with pytest.raises(LookupError), room.body("a") as held:
            held.more(90)
            raise LookupError
    assert len(room) == 0
