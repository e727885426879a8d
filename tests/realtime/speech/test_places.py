"""Who gets a place to speak, and how long they have it."""

import pytest

from realtime.ports import Speaker
from realtime.speech.places import HELD_MS, Place, Places
from tests.realtime.fakes import FakeClock
from tests.realtime.speech.listening import BEN, MINA

HELD_S = HELD_MS / 1_000


def filled(places: Places, owner: str) -> list[Place]:
    """All the places that this user gets, in interviews of theirs."""
    taken = list[Place]()
    while not places.full_for(speaker := Speaker(owner, f"{owner}'s {len(taken)}")):
        taken.append(places.take(speaker))
    return taken


@pytest.mark.parametrize(("most", "share"), [(1, 1), (2, 1), (3, 2), (4, 2), (9, 5), (100, 50)])
def test_one_alone_has_at_most_half(most: int, share: int) -> None:
    assert len(filled(Places(most, FakeClock()), "mina")) == share


@pytest.mark.parametrize("most", [2, 3, 9, 100])
def test_everybodys_first_answer_finds_a_place_while_there_is_one(most: int) -> None:
    places = Places(most, FakeClock())
    held = len(filled(places, "mina"))
    for number in range(most - held):
        speaker = Speaker(f"user {number}", f"{number}")
        assert not places.full_for(speaker)
        places.take(speaker)
    assert places.full_for(Speaker("another", "one"))


def test_who_has_many_waits_until_as_many_are_free() -> None:
    places = Places(6, FakeClock())
    mina = filled(places, "mina")
    assert len(mina) == 3
    ben = filled(places, "ben")
    assert len(ben) == 2
    places.leave(ben[0])
    assert places.full_for(MINA)
    assert not places.full_for(BEN)
    places.leave(mina[0])
    places.leave(ben[1])
    assert not places.full_for(MINA)


def test_those_who_ask_at_once_find_what_was_promised_held() -> None:
    places = Places(2, FakeClock())
    for speaker in (MINA, BEN):
        assert not places.full_for(speaker)
        places.take(speaker)
    cleo = Speaker("cleo", "hers too")
    assert places.full_for(cleo)
    # A promise is one place, before its answer begins and after.
    places.leave(places.take(MINA))
    assert not places.full_for(cleo)


def test_an_answer_that_is_begun_anew_takes_the_place_of_the_one_before() -> None:
    places = Places(1, FakeClock())
    before = places.take(MINA)
    assert not places.full_for(MINA)
    anew = places.take(MINA)
    # The end of what was dropped comes when it comes.
    places.leave(before)
    assert places.full_for(BEN)
    places.leave(anew)
    assert not places.full_for(BEN)


def test_a_promise_that_came_to_nothing_is_forgotten() -> None:
    clock = FakeClock()
    places = Places(1, clock)
    places.take(MINA)
    assert places.full_for(BEN)
    clock.advance(HELD_S)
    assert not places.full_for(BEN)


def test_who_sends_nothing_loses_their_place_and_has_it_again_when_they_do() -> None:
    clock = FakeClock()
    places = Places(1, clock)
    mina = places.take(MINA)
    clock.advance(HELD_S - 1)
    places.use(mina, whole=False)
    clock.advance(HELD_S - 1)
    assert places.full_for(BEN)
    clock.advance(1)
    assert not places.full_for(BEN)
    ben = places.take(BEN)
    # Above the bound, as what has begun is never refused.
    places.use(mina, whole=False)
    places.leave(ben)
    assert places.full_for(BEN)


def test_who_waits_for_their_transcript_has_their_place_as_long_as_that_takes() -> None:
    clock = FakeClock()
    places = Places(1, clock)
    mina = places.take(MINA)
    places.use(mina, whole=True)
    clock.advance(100 * HELD_S)
    assert places.full_for(BEN)
    places.leave(mina)
    assert not places.full_for(BEN)
    # What comes late brings none back.
    places.use(mina, whole=True)
    assert not places.full_for(BEN)
