"""The session actor: all that happens to one interview happens here, one thing at a time.

Rules of this file: - Commands, outputs of works and alarms go into one mailbox. Whoever puts
something in also empties it, unless a
  commit is under way: then it waits for that to end. So an idle interview has no task, and a token
  no hop.
- Committed, then said: a step that has durable events or a receipt is stored before any of it is in
the log. A
  step that isn't stored is forgotten, as states are frozen.
- Works are reconciled, not ordered: after each step, those that `wanted` names run, and no others.
- A commit whose outcome isn't known ends this actor. The next one is rebuilt from storage, under a
new epoch.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Protocol

import structlog

from protocol.agenda import wanted
from protocol.close_codes import Close
from protocol.codec import digest, snapshot_of
from protocol.commands import Command
from protocol.draft import State, Step
from protocol.effects import (
    Delta,
    Ended,
    Failed,
    NothingToAsk,
    Output,
    Reported,
    Scored,
    Transcribed,
    Work,
)
from protocol.errors import ProtocolError
from protocol.interview import Rules, decide, recovered, tick
from protocol.messages import Ack, Snapshot
from protocol.progress import receive
from realtime.ports import (
    Alarm,
    Clock,
    Commit,
    Conversation,
    Fenced,
    InterviewerError,
    Receipt,
    StorageUnavailable,
    Store,
    Woken,
)
from realtime.session.log import Log

logger = structlog.get_logger(__name__)

Reply = Callable[[Ack | ProtocolError], None]

# The last thing that a work brings.
_LAST = (Ended, Scored, Reported, NothingToAsk, Transcribed)
BUSY_MAILBOX = 512


class Connection(Protocol):
    """A view of the interview: a cursor on the log, and a way to be told of the end."""

    def wake(self) -> None:
        """There is more to read, or the interview's end."""
        ...

    def drop(self, code: Close) -> None:
        """Go away, with this close code."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What every actor works with."""

    store: Store
    clock: Clock
    rules: Rules = field(default_factory=Rules)


@dataclass(frozen=True, slots=True)
class _Order:
    """A command, and whom to tell what became of it."""

    command: Command
    reply: Reply


class _Tick:
    """The time may be up."""


@dataclass(frozen=True, slots=True)
class _Brought:
    """What a run of a work brings: a run that was cancelled and begun anew is another."""

    output: Output
    run: asyncio.Task[None] | None


_Item = _Order | _Brought | _Tick


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
        self._connections: set[Connection] = set()
        self._candidate: Connection | None = None
        self._on_quiet = on_quiet
        self._state = recovered(woken.state)
        self._term = woken.term
        self._receipts = woken.receipts
        self._conversation = conversation
        self._parts = parts
        self._mailbox: deque[_Item] = deque()
        self._working = False
        self._committing: asyncio.Task[None] | None = None
        self._works: dict[Work, asyncio.Task[None]] = {}
        self._alarm: Alarm | None = None
        self._logger = logger.bind(interview=self.id, epoch=woken.epoch)

    # --- from outside ---------------------------------------------------------------------------

    def begin(self) -> None:
        """Take up what was under way when the interview was stored."""
        self._post(_Tick())
        self._reconcile()

    def attach(self, connection: Connection, *, candidate: bool) -> Connection | None:
        """Let `connection` look on. A candidate's takes the place of the one before, which is
        returned.
        """
        before = self._candidate if candidate else None
        if candidate:
            self._candidate = connection
        self._connections.add(connection)
        self.log.subscribe(connection.wake)
        return before

    def detach(self, connection: Connection) -> None:
        """Let `connection` go."""
        self.log.unsubscribe(connection.wake)
        self._connections.discard(connection)
        if self._candidate is connection:
            self._candidate = None
        if not self._connections:
            self._on_quiet(self)

    def submit(self, command: Command, reply: Reply) -> None:
        """Take `command`; `reply` is called once, with its ack or its error."""
        order = _Order(command, reply)
        if self.retired or len(self._mailbox) >= BUSY_MAILBOX:
            self._refuse(order, _send_again())
        else:
            self._post(order)

    def snapshot(self) -> Snapshot:
        """The interview as of now, which counts as reading the log through its head."""
        self.log.read_through(self.log.head)
        view = replace(self._state.view, epoch=self.log.epoch, seq=self.log.head)
        return snapshot_of(view, self.remaining_ms)

    @property
    def remaining_ms(self) -> int | None:
        """What is left of the time limit, null where none runs."""
        if self._state.deadline_at is None:
            return self._state.view.interview.remaining_ms
        return max(0, self._state.deadline_at - self._parts.clock.now())

    @property
    def ended(self) -> bool:
        """Whether the log's last event has been said."""
        return self._state.view.interview.phase == "finished"

    @property
    def watched(self) -> bool:
        """Whether anybody looks on."""
        return bool(self._connections)

    @property
    def idle(self) -> bool:
        """Whether nothing is under way and nobody looks on."""
        return not (self._connections or self._works or self._committing or self._mailbox)

    async def retire(self, code: Close) -> None:
        """Stop for good: tell the connections `code`, await the commit under way, end the works."""
        self._stop(code)
        under_way = [*self._works.values(), *filter(None, [self._committing])]
        if under_way:
            await asyncio.wait(under_way)
        await self._conversation.aclose()

    def _stop(self, code: Close) -> None:
        if self.retired:
            return
        self.retired = True
        if self._alarm is not None:
            self._alarm.cancel()
        for task in self._works.values():
            task.cancel()
        for connection in tuple(self._connections):
            connection.drop(code)
        while self._mailbox:
            self._refuse(self._mailbox.popleft(), _send_again())
        self._on_quiet(self)

    # --- the mailbox ----------------------------------------------------------------------------

    def _post(self, item: _Item) -> None:
        if self.retired:
            return
        self._mailbox.append(item)
        if not self._working:
            self._work()

    def _work(self) -> None:
        """Empty the mailbox, until a commit has to be waited for."""
        self._working = True
        try:
            while self._mailbox and self._committing is None and not self.retired:
                self._handle(self._mailbox.popleft())
        finally:
            self._working = False

    def _handle(self, item: _Item) -> None:
        try:
            if isinstance(item, _Order):
                self._obey(item)
            elif isinstance(item, _Tick):
                self._take(tick(self._state, self._parts.clock.now()))
            elif self._works.get(item.output.work) is item.run:
                self._hear(item.output)
        except Exception:
            self._logger.exception("step_failed", item=type(item).__name__)
            self._refuse(item, ProtocolError("internal", "A defect of this server; try again."))
            self._stop(Close.INTERNAL)

    def _hear(self, output: Output) -> None:
        step = receive(self._state, output, self._parts.clock.now())
        if isinstance(output, Delta):
            self._say(step)
            return
        if isinstance(output, _LAST) or (isinstance(output, Failed) and not output.retrying):
            self._works.pop(output.work, None)
        self._take(step)

    def _obey(self, order: _Order) -> None:
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
            step = decide(self._state, command, self._parts.clock.now(), self._parts.rules)
        except ProtocolError as error:
            self._refuse(order, error)
            return
        self._commit(step, order, Receipt(command.id, content))

    def _refuse(self, item: _Item, error: ProtocolError) -> None:
        if isinstance(item, _Order):
            error.re = item.command.id
            item.reply(error)

    def _take(self, step: Step) -> None:
        if step.durable:
            self._commit(step, None, None)
        else:
            self._say(step)
            self._reconcile()

    def _say(self, step: Step) -> None:
        self._state = step.state
        for event in step.events:
            self.log.append(event, step.at)

    # --- commits --------------------------------------------------------------------------------

    def _commit(self, step: Step, order: _Order | None, receipt: Receipt | None) -> None:
        self._committing = asyncio.create_task(self._store(step, order, receipt))

    async def _store(self, step: Step, order: _Order | None, receipt: Receipt | None) -> None:
        """Store `step`, then say it. A task of its own: no connection's end can cancel it."""
        seq = self.log.head + len(step.events)
        commit = Commit(self._state, step.state, self._term, seq, receipt)
        try:
            await self._parts.store.commit(commit)
        except Exception as error:
            if not isinstance(error, StorageUnavailable | Fenced):
                self._logger.exception("commit_failed")
            self._committing = None
            if order is not None:
                self._refuse(order, _send_again())
            self._stop(Close.REBUILT)
            return
        self._committing = None
        self._say(step)
        if receipt is not None:
            self._receipts[receipt.command_id] = receipt.digest
        if order is not None:
            order.reply(Ack(order.command.id, self.log.epoch, self.log.head))
        self._reconcile()
        self._work()

    # --- works ----------------------------------------------------------------------------------

    def _reconcile(self) -> None:
        """Start the works that are wanted and not under way, stop those no longer wanted."""
        if self.retired:
            return
        due = wanted(self._state)
        for work in [work for work in self._works if work not in due]:
            self._works.pop(work).cancel()
        for work in due:
            if work not in self._works and work.what != "transcript":
                self._works[work] = asyncio.create_task(self._perform(work, self._state))
        self._set_alarm()

    async def _perform(self, work: Work, state: State) -> None:
        """Do `work`, and put what comes of it into the mailbox."""
        run = asyncio.current_task()
        try:
            async with aclosing(self._conversation.perform(work, state)) as outputs:
                async for output in outputs:
                    self._post(_Brought(output, run))
                    if isinstance(output, _LAST):
                        return
                    if self._committing is not None:
                        # At most one output of each work waits in the mailbox.
                        await asyncio.wait([self._committing])
            raise InterviewerError("internal", "The interviewer broke off.")
        except InterviewerError as error:
            failed = Failed(work, error.code, error.message, retryable=error.retryable)
            self._post(_Brought(failed, run))
        except Exception:
            self._logger.exception("work_failed", what=work.what, turn=work.turn)
            failed = Failed(work, "internal", "A defect of this server; try again.")
            self._post(_Brought(failed, run))

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        deadline = self._state.deadline_at
        if deadline is not None:
            delay_s = max(0, deadline - self._parts.clock.now()) / 1000
            self._alarm = self._parts.clock.call_later(delay_s, lambda: self._post(_Tick()))


def _send_again() -> ProtocolError:
    return ProtocolError("storage_unavailable", "This was perhaps not stored: send it again.")
