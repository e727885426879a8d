"""The session actor: all that happens to one interview happens here, one thing at a time.

Rules of this file:
- Commands, outputs of works and alarms go into one mailbox. Whoever puts something in also empties
  it, unless a step is being stored: then it waits for that to end. So an idle interview has no
  task, and a token no hop.
- Committed, then said: a step that has durable events or a receipt is stored before any of it is in
  the log. A step that isn't stored is forgotten, as states are frozen.
- Deltas alone pass by a step that is being stored, if it leaves their stream open: storage that
  takes its time, or is away, stops no stream.
- What is known not to have been stored costs nothing: a command is refused, all else is tried
  again.
- A commit whose outcome isn't known ends this actor. The next one is rebuilt from storage, under a
  new epoch.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import structlog

from protocol.close_codes import Close
from protocol.codec import digest, snapshot_of
from protocol.commands import Asked
from protocol.draft import Step
from protocol.effects import Delta, Failed
from protocol.errors import ProtocolError
from protocol.interview import recovered
from protocol.messages import Ack, Snapshot
from protocol.progress import receive
from protocol.time_limit import remaining_ms, spared, tick
from realtime.ports import (
    Alarm,
    Commit,
    Conversation,
    Fenced,
    NotStored,
    Receipt,
    StorageUnavailable,
    Unstorable,
    Woken,
)
from realtime.session.audience import Audience, Connection
from realtime.session.hearing import Hearing, Performers
from realtime.session.later import Later
from realtime.session.log import Log
from realtime.session.parts import Parts
from realtime.session.refusals import defective, not_stored, perhaps_not_stored
from realtime.session.works import Brought, Works, defect

logger = structlog.get_logger(__name__)

Reply = Callable[[Ack | ProtocolError], None]

BUSY_MAILBOX = 512


@dataclass(frozen=True, slots=True)
class _Order:
    """A command, and whom to tell what became of it."""

    command: Asked
    reply: Reply


@dataclass(frozen=True, slots=True)
class _Tick:
    """The time may be up."""


_Item = _Order | Brought | _Tick


@dataclass(slots=True)
class _Pending:
    """The step that is being stored, and what brought it about."""

    step: Step
    item: _Item
    receipt: Receipt | None


class Actor:
    """The one who runs an interview, from its waking to its retirement.

    `on_quiet` is called when the last connection has gone, and when the actor has stopped by
    itself.
    """

    def __init__(
        self,
        woken: Woken,
        conversation: Conversation,
        parts: Parts,
        on_quiet: Callable[["Actor"], None],
    ) -> None:
        self.id = woken.state.view.interview.id
        self.user_id = woken.user_id
        self.log = Log(woken.epoch, woken.seq)
        self.retired = False
        self.audience = Audience(self.log)
        self._on_quiet = on_quiet
        self._state = spared(recovered(woken.state), parts.clock.now())
        self._term = woken.term
        self._receipts = woken.receipts
        self._parts = parts
        self._mailbox: deque[_Item] = deque()
        self._working = False
        self._pending: _Pending | None = None
        self._storing: asyncio.Task[None] | None = None
        self._later = Later[_Item](parts.clock, self._try_again)
        self._alarm: Alarm | None = None
        self._logger = logger.bind(interview=self.id, epoch=woken.epoch)
        self.hearing = Hearing(parts.listener, woken.user_id)
        both, within_s = Performers(conversation, self.hearing), parts.works_end_within_s
        self._works = Works(both, self.hear, self._post, self._logger, within_s)

    # --- from outside ---------------------------------------------------------------------------

    def begin(self) -> None:
        """Take up what was under way when the interview was stored."""
        self.hearing.follow(self._state)
        self._post(_Tick())

    def attach(self, connection: Connection, *, candidate: bool) -> Connection | None:
        """Let `connection` look on. A candidate's takes the place of the one before, which is
        returned.
        """
        return self.audience.attach(connection, candidate=candidate)

    def detach(self, connection: Connection) -> None:
        """Let `connection` go."""
        self.audience.detach(connection)
        if not self.audience:
            self._on_quiet(self)

    def submit(self, command: Asked, reply: Reply) -> None:
        """Take `command`; `reply` is called once, with its ack or its error."""
        order = _Order(command, reply)
        if self.retired or len(self._mailbox) >= BUSY_MAILBOX:
            self._refuse(order, perhaps_not_stored())
        else:
            self._post(order)

    def listen(self, frame: bytes) -> bool:
        """Take a candidate's audio; raises and returns as `Hearing.take`."""
        return not self.retired and self.hearing.take(self._state, frame)

    def snapshot(self) -> Snapshot:
        """The interview as of now, which counts as reading the log through its head."""
        self.log.read_through(self.log.head)
        view = replace(self._state.view, epoch=self.log.epoch, seq=self.log.head)
        return snapshot_of(view, self.remaining_ms)

    @property
    def remaining_ms(self) -> int | None:
        """What is left of the time limit, null where none runs."""
        return remaining_ms(self._state, self._parts.clock.now())

    @property
    def ended(self) -> bool:
        """Whether the log's last event has been said."""
        return self._state.view.interview.phase == "finished"

    @property
    def watched(self) -> bool:
        """Whether anybody looks on."""
        return bool(self.audience)

    @property
    def idle(self) -> bool:
        """Whether nobody looks on, and nothing is under way but to wait for audio, without end."""
        waits = self.hearing.starved and self._state.deadline_at is None
        working = len(self._works) > waits
        return not (self.audience or working or self._pending or self._mailbox or self._later)

    async def retire(self, code: Close) -> None:
        """Stop for good: tell the connections `code`, await the commit under way, end the works."""
        self._stop(code)
        if self._storing is not None:
            await asyncio.wait([self._storing])
        await self._works.aclose()

    def _stop(self, code: Close) -> None:
        if self.retired:
            return
        self.retired = True
        if self._alarm is not None:
            self._alarm.cancel()
        self._later.cancel()
        self._works.cancel()
        self.audience.dismiss(code)
        while self._mailbox:
            self._refuse(self._mailbox.popleft(), perhaps_not_stored())
        self._on_quiet(self)

    # --- the mailbox ----------------------------------------------------------------------------

    def _post(self, item: _Item) -> None:
        if self.retired:
            return
        self._mailbox.append(item)
        self._work()

    def _work(self) -> None:
        """Empty the mailbox, until a commit has to be waited for."""
        if self._working:
            return
        self._working = True
        try:
            while self._mailbox and self._pending is None and not self.retired:
                item = self._mailbox.popleft()
                with self._defects_of(item):
                    self._handle(item)
        finally:
            self._working = False

    @contextmanager
    def _defects_of(self, item: _Item) -> Iterator[None]:
        """A defect in here ends this actor, and no other."""
        try:
            yield
        except Exception:
            self._logger.exception("step_failed", item=type(item).__name__)
            self._refuse(item, defective())
            self._stop(Close.INTERNAL)

    def _handle(self, item: _Item) -> None:
        now = self._parts.clock.now()
        if isinstance(item, _Order):
            self._obey(item, now)
        elif isinstance(item, Brought):
            if self._works.fits(item):
                self._take(receive(self._state, item.output, now), item)
        elif item not in self._later:
            self._take(tick(self._state, now, received=self.hearing.received), item)

    def _obey(self, order: _Order, now: int) -> None:
        command = order.command
        content = digest(command)
        known = self._receipts.get(command.id)
        if known is not None:
            order.reply(
                Ack(command.id, self.log.epoch, self.log.head, repeated=True)
                if known == content
                else ProtocolError("id_reused", "This id came with another command.", re=command.id)
            )
            return
        try:
            step = self._parts.decide(self.user_id, self._state, command, now)
        except ProtocolError as error:
            self._refuse(order, error)
            return
        self._commit(_Pending(step, order, Receipt(command.id, content)))

    def _refuse(self, item: _Item, error: ProtocolError) -> None:
        if isinstance(item, _Order):
            error.re = item.command.id
            item.reply(error)

    def _take(self, step: Step, item: _Item) -> None:
        taken = _Pending(step, item, None)
        if step.durable:
            self._commit(taken)
        else:
            self._settle(taken)

    def _settle(self, taken: _Pending) -> None:
        """Say a step that is stored, or that needn't be, and see to what follows from it."""
        item = taken.item
        self._say(taken.step)
        if taken.receipt is not None:
            self._receipts[taken.receipt.command_id] = taken.receipt.digest
        if isinstance(item, Brought):
            self._works.done(item)
        self._reconcile()
        # Last, as a defect in the above is a reply too.
        if isinstance(item, _Order):
            item.reply(Ack(item.command.id, self.log.epoch, self.log.head))

    def _say(self, step: Step) -> None:
        self._state = step.state
        for event in step.events:
            self.log.append(event, step.at)

    def hear(self, delta: Delta) -> bool:
        """Say `delta` at once; false if the step that is being stored may close its stream.

        The state and the step's state differ in that step alone, and a delta commutes with any that
        leaves its stream open: both take it in.
        """
        if self.retired:
            return True
        now = self._parts.clock.now()
        if self._pending is not None:
            after = receive(self._pending.step.state, delta, now)
            if not after.events:
                return False
            self._pending.step = replace(self._pending.step, state=after.state)
        self._say(receive(self._state, delta, now))
        return True

    # --- commits --------------------------------------------------------------------------------

    def _commit(self, pending: _Pending) -> None:
        # Deltas that pass by may move the head on: `seq` is exact where no stream is left, which is
        # where it lasts longer than this epoch.
        seq = self.log.head + len(pending.step.events)
        commit = Commit(self._state, pending.step.state, self._term, seq, pending.receipt)
        self._pending = pending
        self._storing = asyncio.create_task(self._store(commit, pending))

    async def _store(self, commit: Commit, pending: _Pending) -> None:
        """Store a step, then say it. A task of its own: no connection's end can cancel it."""
        failure: Exception | None = None
        try:
            await self._parts.store.commit(commit)
        except Exception as error:
            failure = error
        self._pending = None
        self._storing = None
        with self._defects_of(pending.item):
            if failure is None:
                self._later.recovered()
                self._settle(pending)
            else:
                self._fail(pending.item, failure)
        self._work()

    def _fail(self, item: _Item, failure: Exception) -> None:
        if isinstance(failure, NotStored):
            self._put_off(item)
        elif isinstance(failure, Unstorable):
            self._give_up(item, failure)
        else:
            if not isinstance(failure, StorageUnavailable | Fenced):
                self._logger.error("commit_failed", exc_info=failure)
            self._refuse(item, perhaps_not_stored())
            self._stop(Close.REBUILT)

    def _put_off(self, item: _Item) -> None:
        """Storage is away. The commands that wait needn't wait to find it out each by itself."""
        items = [item, *self._mailbox]
        self._mailbox.clear()
        for each in items:
            self._refuse(each, not_stored())
        lasting = [each for each in items if not isinstance(each, _Order)]
        if not (self.retired or all(self._later.put(each) for each in lasting)):
            self._stop(Close.REBUILT)

    def _give_up(self, item: _Item, failure: Unstorable) -> None:
        """Storage will never take it."""
        self._logger.error("step_refused", item=type(item).__name__, exc_info=failure)
        if isinstance(item, Brought) and not isinstance(item.output, Failed):
            self._mailbox.appendleft(Brought(defect(item.output.work), item.run))
            if not item.last:
                item.run.cancel()
        elif isinstance(item, _Order):
            self._refuse(item, defective())
        else:
            self._stop(Close.INTERNAL)

    def _try_again(self, items: list[_Item]) -> None:
        self._mailbox.extendleft(reversed(items))
        self._work()

    # --- what follows from the state ------------------------------------------------------------

    def _reconcile(self) -> None:
        if self.retired:
            return
        self.hearing.follow(self._state)
        self._works.reconcile(self._state)
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        deadline = self._state.deadline_at
        if deadline is not None:
            delay_s = max(0, deadline - self._parts.clock.now()) / 1000
            self._alarm = self._parts.clock.call_later(delay_s, lambda: self._post(_Tick()))
