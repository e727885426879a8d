"""Who gets a place to speak, and how long he has it."""

import pytest

from realtime.speech.places import HELD_MS, Place, Places
from tests.realtime.fakes import FakeClock

HELD_S = HELD_MS / 1_000


def filled(places: Places, owner: str) -> list[Place]:
    """All the places that this owner gets."""
    taken = list[Place]()
    while not places.full_for(owner):
        places.expect(owner)
        taken.append(places.take(owner))
    return taken


@pytest.mark.parametrize(("most", "share"), [(1, 1), (2, 1), (3, 2), (4, 2), (9, 5), (100, 50)])
def test_one_alone_has_at_most_half(most: int, share: int) -> None:
    assert len(filled(Places(most, FakeClock()), "mina")) == share


@pytest.mark.parametrize("most", [2, 3, 9, 100])
def test_everybodys_first_answer_finds_a_place_while_there_is_one(most: int) -> None:
    places = Places(most, FakeClock())
    held = len(filled(places, "mina"))
    for number in range(most - held):
        assert not places.full_for(f"user {number}")
        places.take(f"user {number}")
    assert places.full_for("another")


def test_who_has_many_waits_until_as_many_are_free() -> None:
    places = Places(6, FakeClock())
    mina = filled(places, "mina")
    assert len(mina) == 3
    ben = filled(places, "ben")
    assert len(ben) == 2
    places.leave(ben[0])
    assert places.full_for("mina")
    assert not places.full_for("ben")
    places.leave(mina[0])
    places.leave(ben[1])
    assert not places.full_for("mina")


def test_those_who_ask_at_once_find_what_was_promised_held() -> None:
    places = Places(2, FakeClock())
    for owner in ("mina", "ben"):
        assert not places.full_for(owner)
        places.expect(owner)
    assert places.full_for("cleo")
    # A promise is one place, before its answer begins and after.
    places.leave(places.take("mina"))
    assert not places.full_for("cleo")


def test_a_promise_that_came_to_nothing_is_forgotten() -> None:
    clock = FakeClock()
    places = Places(1, clock)
    places.expect("mina")
    assert places.full_for("ben")
    clock.advance(HELD_S)
    assert not places.full_for("ben")


def test_who_sends_nothing_loses_his_place_and_has_it_again_when_he_does() -> None:
    clock = FakeClock()
    places = Places(1, clock)
    mina = places.take("mina")
    clock.advance(HELD_S - 1)
    places.use(mina, whole=False)
    clock.advance(HELD_S - 1)
    assert places.full_for("ben")
    clock.advance(1)
    assert not places.full_for("ben")
    ben = places.take("ben")
    # Above the bound, as what has begun is never refused.
    places.use(mina, whole=False)
    places.leave(ben)
    assert places.full_for("ben")


def test_who_waits_for_his_transcript_has_his_place_as_long_as_that_takes() -> None:
    clock = FakeClock()
    places = Places(1, clock)
    mina = places.take("mina")
    places.use(mina, whole=True)
    clock.advance(100 * HELD_S)
    assert places.full_for("ben")
    places.leave(mina)
    assert not places.full_for("ben")
    # What comes late brings none back.
    places.use(mina, whole=True)
    assert not places.full_for("ben")
