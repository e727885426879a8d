"""A request's way through the models, beside what `test_router*.py` show of it."""

from random import Random

from realtime.interviewer.model import Usage
from realtime.interviewer.routing.breaker import Breaker
from realtime.interviewer.routing.budget import Budget
from realtime.interviewer.routing.course import (
    LONGEST_PAUSE_MS,
    WITHOUT_LAST_RESORT,
    Course,
    Terms,
    Upstream,
)
from tests.realtime.fakes import FakeClock
from tests.realtime.interviewer.routing.scripted import ScriptedModel, request, trouble


def test_a_clock_set_back_makes_no_long_pause() -> None:
    clock, chance = FakeClock(), Random(1)
    upstream = Upstream(ScriptedModel(clock, "a"), Budget(clock, chance), Breaker(clock, chance))
    terms = Terms(WITHOUT_LAST_RESORT, clock, chance)
    course = Course(request(), Usage(1, 0, 1), [upstream], terms, lambda _: True)
    course.failed(course.choose().standing, trouble("slow"), 0)
    clock.advance(-3_600)
    assert 0 < course.choose().pause_ms <= LONGEST_PAUSE_MS
