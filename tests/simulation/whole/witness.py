"""A reader of the log that is never cut and never slow: it sees every event the moment it is said.

What it folds is the uninterrupted view that everybody else's is compared with, and it holds each
event against `tests.simulation.rules`. It is no connection: an interview sleeps in spite of it.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from protocol.draft import State
from protocol.events import Logged
from protocol.fold import fold
from realtime.session.log import Log
from tests.simulation.client import decoded
from tests.simulation.rules import Rules

if TYPE_CHECKING:
    from tests.simulation.whole.watch import Watch

ALL = 1_000_000


class WholeRules(Rules):
    """Rules for an interview of which parts may have been stored and never said."""

    def begin_epoch(self, state: State) -> None:
        interview = state.view.interview
        self._hinting = state.hinting
        self._outcomes = {turn.turn for turn in interview.turns if turn.has_outcome}
        self._scored = {
            (turn.turn, item.lane)
            for turn in interview.turns
            for item in turn.feedback
            if not item.cancelled and (turn.turn, item.lane) not in state.awaiting
        }
        self._transcribed = {turn.turn for turn in interview.turns if turn.transcript is not None}
        self._ended = set(state.ended_by_server)
        self._cancels = self._noticed = False
        self._unsaid = False
        self._unscorable = None
        self._finished = interview.finished_at is not None
        self._over = interview.phase == "finished"
        super().begin_epoch(state)


class Witness:
    """Of one actor's log, from the state with which that began."""

    def __init__(self, log: Log, state: State, rules: Rules, watch: "Watch") -> None:
        self.log = log
        self.view = replace(state.view, epoch=log.epoch)
        self._rules = rules
        self._watch = watch
        rules.begin_epoch(state)
        watch.agrees("witness", self.view)
        log.subscribe(self.wake)
        self.wake()

    def leave(self) -> None:
        """There is a newer actor."""
        self.log.unsubscribe(self.wake)

    def wake(self) -> None:
        """Something was said."""
        for frame in self.log.read(self.view.seq, ALL):
            logged = decoded(frame)
            assert isinstance(logged, Logged)
            try:
                self._rules.see(logged.event, self.view.interview)
            except (AssertionError, LookupError) as error:
                self._watch.fail(f"{logged.event.TYPE} {logged.epoch}:{logged.seq}: {error!r}")
            self.view = fold(self.view, logged)
            self._watch.agrees("witness", self.view)
