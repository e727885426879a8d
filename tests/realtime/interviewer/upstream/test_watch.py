"""A wait ends in time, and not before."""

import pytest

from realtime.interviewer.upstream.watch import Watch
from tests.realtime.fakes import FakeClock


class Bell:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self._count = 0
        self.watch = Watch(self.clock, self._ring)

    def rung(self) -> int:
        return self._count

    def _ring(self) -> None:
        self._count += 1


@pytest.fixture
def bell() -> Bell:
    return Bell()


def test_it_ends_when_nothing_comes(bell: Bell) -> None:
    bell.watch.allow(8)
    bell.clock.advance(7.99)
    assert not bell.rung()
    bell.clock.advance(0.02)
    assert bell.rung() == 1
    assert not bell.clock.alarms


@pytest.mark.parametrize("since_look_s", [0.0, 0.3, 0.99])
def test_what_comes_lets_it_begin_anew(bell: Bell, since_look_s: float) -> None:
    bell.watch.allow(8)
    bell.clock.advance(6 + since_look_s)
    bell.watch.begin()
    bell.clock.advance(7.99)
    assert not bell.rung()
    bell.clock.advance(1.02)
    assert bell.rung() == 1


def test_a_busy_reader_waits_for_nothing(bell: Bell) -> None:
    bell.watch.allow(8)
    bell.watch.hold()
    bell.clock.advance(1000)
    assert not bell.rung()
    bell.watch.begin()
    bell.clock.advance(9.1)
    assert bell.rung() == 1


def test_stopped_it_rings_no_more(bell: Bell) -> None:
    bell.watch.allow(8)
    bell.watch.stop()
    bell.clock.advance(100)
    assert not bell.rung()
    assert not bell.clock.alarms
