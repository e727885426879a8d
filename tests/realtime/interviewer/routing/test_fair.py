"""The queue: one of each interview in turn, in their order, and what is said of the order is so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.interviewer.routing.fair import FairQueue

Item = tuple[str, int]
OWNERS = "abcd"


def queue_of(owners: str) -> FairQueue[Item]:
    queue: FairQueue[Item] = FairQueue()
    for number, owner in enumerate(owners):
        queue.push(owner, (owner, number))
    return queue


def emptied(queue: FairQueue[Item]) -> list[Item]:
    return [queue.pop() for _ in range(len(queue))]


def test_each_owner_gets_one_in_turn() -> None:
    assert "".join(owner for owner, _ in emptied(queue_of("aaabbc"))) == "abcaba"


def test_whoever_was_served_goes_to_the_end() -> None:
    queue = queue_of("aab")
    assert queue.pop() == ("a", 0)
    queue.push("c", ("c", 3))
    assert "".join(owner for owner, _ in emptied(queue)) == "bac"


def test_nobody_waits() -> None:
    queue: FairQueue[Item] = FairQueue()
    assert queue.peek() is None
    assert list(queue) == []
    with pytest.raises(IndexError):
        queue.pop()


@given(st.text(OWNERS))
def test_within_an_owner_it_is_first_come_first_served(owners: str) -> None:
    served = emptied(queue_of(owners))
    for each in OWNERS:
        mine = [number for owner, number in served if owner == each]
        assert mine == sorted(mine)


@given(st.text(OWNERS))
def test_nobody_gets_two_more_than_another_who_waits(owners: str) -> None:
    """At any time, of two who both wait yet, neither was served twice more often."""
    served = [owner for owner, _ in emptied(queue_of(owners))]
    for until in range(len(served)):
        waiting = set(served[until:])
        counts = [served[:until].count(each) for each in waiting]
        assert not counts or max(counts) - min(counts) <= 1


# What is done to a queue: who comes, is served (null), or leaves (upper case: their last).
CHANGES = st.lists(st.sampled_from([*OWNERS, None, *OWNERS.upper()]), max_size=40)


def changed(changes: list[str | None]) -> FairQueue[Item]:
    queue: FairQueue[Item] = FairQueue()
    for number, change in enumerate(changes):
        if change is None:
            if queue:
                queue.pop()
        elif change in OWNERS:
            queue.push(change, (change, number))
        else:
            mine = [item for item in queue if item[0] == change.lower()]
            if mine:
                queue.remove(change.lower(), mine[-1])
    return queue


@given(CHANGES)
def test_it_is_walked_through_in_the_order_of_service(changes: list[str | None]) -> None:
    queue = changed(changes)
    order = list(queue)
    assert queue.peek() == (order[0] if order else None)
    assert len(queue) == len(order)
    assert emptied(queue) == order


@given(CHANGES, st.sampled_from(OWNERS))
def test_a_newcomer_knows_who_is_before_them(changes: list[str | None], newcomer: str) -> None:
    queue = changed(changes)
    before = list(queue.before_next_of(newcomer))
    queue.push(newcomer, (newcomer, 1_000))
    served = emptied(queue)
    assert before == served[: served.index((newcomer, 1_000))]
