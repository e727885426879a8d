"""Wrong servers: each does one thing that a server must not, and the simulator has to notice.

A mutant is a directory whose actors are made wrong as soon as they are awake; all else is real. It
reaches into what is private to them, as a defect would.
"""

from dataclasses import replace

from protocol.agenda import wanted
from protocol.codec import OFFSET_BYTES
from protocol.commands import Position
from protocol.draft import State
from protocol.effects import Delta
from protocol.messages import Ack
from protocol.progress import receive
from realtime.ports import NotStored
from realtime.session.actor import Actor, _Item, _Order, _Pending
from realtime.session.directory import Directory, _Key
from realtime.session.hearing import Hearing
from realtime.session.log import Log
from realtime.session.works import Brought, Works


class AcksEarly(Actor):
    """An `ack` before the commit."""

    def _commit(self, pending: _Pending) -> None:
        if isinstance(pending.item, _Order):
            pending.item.reply(Ack(pending.item.command.id, self.log.epoch, self.log.head))
        super()._commit(pending)


class SaysEarly(Actor):
    """Events before the commit."""

    def _commit(self, pending: _Pending) -> None:
        super()._commit(pending)
        for event in pending.step.events:
            self.log.append(event, pending.step.at)
        pending.step = type(pending.step)(pending.step.state, (), pending.step.at)


class DropsDeltas(Actor):
    """Deltas that pass by a commit are lost from the log."""

    def hear(self, delta: Delta) -> bool:
        if self._pending is None:
            return super().hear(delta)
        now = self._parts.clock.now()
        step = receive(self._pending.step.state, delta, now)
        self._pending.step = type(step)(step.state, self._pending.step.events, now)
        return True


class ForgetsDeltas(Actor):
    """A commit that fails takes back what was said meanwhile."""

    _before: State

    def _commit(self, pending: _Pending) -> None:
        self._before = self._state
        super()._commit(pending)

    def _fail(self, item: _Item, failure: Exception) -> None:
        self._state = self._before
        super()._fail(item, failure)


class ForgetsReceipts(Actor):
    """What was acknowledged is forgotten."""

    def _settle(self, taken: _Pending) -> None:
        super()._settle(taken)
        self._receipts.clear()


class GoesOnAfterTheUnknown(Actor):
    """A commit whose outcome isn't known counts as not stored."""

    def _fail(self, item: _Item, failure: Exception) -> None:
        super()._fail(item, NotStored() if type(failure).__name__ != "Unstorable" else failure)


class NeverTriesAgain(Actor):
    """What couldn't be stored is dropped."""

    def _try_again(self, items: list[_Item]) -> None:
        super()._try_again([])


class AnswersTwice(Actor):
    """Two outcomes of a refused command."""

    def _refuse(self, item: _Item, error: Exception) -> None:
        super()._refuse(item, error)  # type: ignore[arg-type]
        super()._refuse(item, error)  # type: ignore[arg-type]


class AnswersNoErrors(Actor):
    """A refused command is never heard of."""

    def _refuse(self, item: _Item, error: Exception) -> None:
        """Nobody is told."""


class SkipsEvents(Log):
    """A reader that was away for long misses one event."""

    __slots__ = ()

    def read(self, after: int, limit: int) -> list[bytes]:
        frames = super().read(after, limit)
        return frames if len(frames) < 4 else [*frames[:2], *frames[3:], frames[-1]]


class GrowsForEver(Log):
    """What was read goes on growing."""

    __slots__ = ()

    def read_through(self, seq: int) -> None:
        """Nobody notes it."""


class HoldsTooMuch(Log):
    """Resumes whoever comes, from another epoch too."""

    __slots__ = ()

    def holds(self, position: Position) -> bool:
        return self.start - 1 <= position.seq <= self.head


class BeginsTwice(Works):
    """A work is forgotten as soon as it has brought something."""

    def done(self, brought: Brought) -> None:
        if not brought.last:
            self._runs.pop(brought.output.work, None)
            brought.take()
        else:
            super().done(brought)


class StopsNothing(Works):
    """What isn't wanted any more goes on."""

    def reconcile(self, state: State) -> None:
        due = wanted(state)
        for work in [work for work in self._runs if work not in due]:
            del self._runs[work]
        super().reconcile(state)


class WorksInAPause(Works):
    """A pause holds nothing back."""

    def reconcile(self, state: State) -> None:
        interview = replace(state.view.interview, paused=False)
        super().reconcile(state.seen(replace(state.view, interview=interview)))


class CutsItShort(Hearing):
    """The end of a spoken answer is lost."""

    def follow(self, state: State) -> None:
        super().follow(state)
        if self._listening is not None and self._voice is not None and self._voice.bytes:
            self._listening.end(self._voice.bytes - 2)


class HearsItTwice(Hearing):
    """A frame that comes again is heard again."""

    def take(self, state: State, frame: bytes) -> bool:
        taken = super().take(state, frame)
        chunk = frame[OFFSET_BYTES:]
        if taken and self._listening is not None and self._listening.received > len(chunk):
            self._listening.take(self._listening.received, chunk)
        return taken


ACTORS: tuple[type[Actor], ...] = (
    AcksEarly,
    SaysEarly,
    DropsDeltas,
    ForgetsDeltas,
    ForgetsReceipts,
    GoesOnAfterTheUnknown,
    NeverTriesAgain,
    AnswersTwice,
    AnswersNoErrors,
)
LOGS: tuple[type[Log], ...] = (SkipsEvents, GrowsForEver, HoldsTooMuch)
HEARINGS: tuple[type[Hearing], ...] = (CutsItShort, HearsItTwice)
WORKS: tuple[type[Works], ...] = (BeginsTwice, StopsNothing, WorksInAPause)


# What may be wrong.
Part = Actor | Log | Hearing | Works


def infected(with_what: type[Part]) -> type[Directory]:
    """A directory whose actors have that defect."""

    class Infected(Directory):
        async def _wake(self, key: _Key) -> Actor | None:
            actor = await super()._wake(key)
            if actor is not None:
                _infect(actor, with_what)
            return actor

    return Infected


def _infect(actor: Actor, with_what: type[Part]) -> None:
    for part in (actor, actor.log, actor.hearing, actor._works):
        if issubclass(with_what, type(part)):
            part.__class__ = with_what
    # These were handed on when the actor was made.
    actor._works._say = actor.hear
    actor._later._retry = actor._try_again
