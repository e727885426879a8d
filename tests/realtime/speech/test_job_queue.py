"""Who is next."""

import pytest

from realtime.speech.clip import Urgency
from realtime.speech.job_queue import JobQueue


def queue(*names: str, urgency: Urgency = "final") -> JobQueue[str]:
    """Jobs in the order of their coming; a name's first letter is the owner's."""
    made = JobQueue[str]()
    for name in names:
        made.add(name, name[0], urgency)
    return made


def taken(jobs: JobQueue[str]) -> list[str]:
    return list(iter(jobs.take, None))


def test_nothing_waits_at_first() -> None:
    assert taken(JobQueue()) == []


def test_who_is_alone_is_served_in_order() -> None:
    assert taken(queue("a1", "a2", "a3")) == ["a1", "a2", "a3"]


def test_owners_take_turns() -> None:
    assert taken(queue("a1", "a2", "a3", "b1", "b2", "c1")) == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_who_comes_later_is_of_the_round_being_served() -> None:
    jobs = queue("a1", "a2", "a3", "a4")
    assert [jobs.take(), jobs.take()] == ["a1", "a2"]
    jobs.add("b1", "b", "final")
    jobs.add("b2", "b", "final")
    assert taken(jobs) == ["b1", "a3", "b2", "a4"]


def test_who_wants_much_isn_t_starved_by_a_stream_of_others() -> None:
    jobs = queue("a1", "a2")
    served = []
    for number in range(10):
        jobs.add(f"x{number}", f"other {number % 3}", "final")
        served.append(jobs.take())
    assert served[:5] == ["a1", "x0", "x1", "x2", "a2"]


def test_finals_go_before_partials() -> None:
    jobs = queue("a1", urgency="partial")
    jobs.add("b1", "b", "final")
    assert (jobs.finals, jobs.partials) == (1, 1)
    assert taken(jobs) == ["b1", "a1"]


def test_an_owner_s_newest_partial_takes_the_place_of_the_older() -> None:
    jobs = queue("a1", "b1", urgency="partial")
    assert jobs.add("a2", "a", "partial") == ["a1"]
    assert taken(jobs) == ["a2", "b1"]


def test_finals_don_t_take_each_other_s_place() -> None:
    assert queue("a1").add("a2", "a", "final") == []


def test_of_too_many_partials_those_go_who_had_more() -> None:
    jobs = queue("a1", "b1", urgency="partial")
    assert taken(jobs) == ["a1", "b1"]
    jobs.add("a2", "a", "partial")
    jobs.add("c1", "c", "partial")
    assert jobs.keep_partials(1) == ["a2"]
    assert jobs.keep_partials(0) == ["c1"]
    assert taken(jobs) == []


@pytest.mark.parametrize("urgency", ["final", "partial"])
def test_a_job_can_be_taken_back(urgency: Urgency) -> None:
    jobs = queue("a1", "b1", urgency=urgency)
    jobs.discard("a1")
    jobs.discard("a1")
    assert taken(jobs) == ["b1"]


def test_what_is_put_back_is_next() -> None:
    jobs = queue("a1", "a2", "b1")
    first = jobs.take()
    assert first == "a1"
    jobs.put_back(first)
    assert jobs.finals == 3
    assert jobs.take() == "a1"
    jobs.put_back(first)
    jobs.discard(first)
    assert taken(jobs) == ["b1", "a2"]
