"""Notices when nothing has come for too long, at next to no cost for what does come.

Whatever comes only sets a number back; an alarm looks at that number a few times in the time that
is allowed. A wait therefore ends between the time allowed and an eighth more, and neither a step of
the system's time nor a busy reader ends it too early.
"""

from collections.abc import Callable

from realtime.ports import Alarm, Clock

_LOOKS = 9


class Watch:
    """One wait after another. `expired` is called once, and then nothing is watched any more."""

    def __init__(self, clock: Clock, expired: Callable[[], None]) -> None:
        self._clock = clock
        self._expired = expired
        self._alarm: Alarm | None = None
        self._period_s = 0.0
        self._left = 0
        self._held = False

    def allow(self, seconds: float) -> None:
        """From now on, that long and not longer."""
        self.stop()
        self._period_s = seconds / (_LOOKS - 1)
        self._left = _LOOKS - 1  # The first look is a whole period away, unlike after `begin`.
        self._held = False
        self._alarm = self._clock.call_later(self._period_s, self._look)

    def begin(self) -> None:
        """The wait begins anew: something has come."""
        self._left = _LOOKS
        self._held = False

    def hold(self) -> None:
        """Nobody waits, until `begin`: whoever reads is busy with what came."""
        self._held = True

    def stop(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _look(self) -> None:
        if not self._held:
            self._left -= 1
        if self._left <= 0:
            self._alarm = None
            self._expired()
        else:
            self._alarm = self._clock.call_later(self._period_s, self._look)
