"""A server of one interview, working as the actor does, but at somebody else's pace.

`realtime.session.actor` has tasks and a mailbox; here whoever plays says what happens next. The
rest is the same: decide or receive, commit what is durable, then say it, then run what is wanted.
"""

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

from protocol.agenda import wanted
from protocol.codec import decode_client, digest, encode, snapshot_of
from protocol.commands import Asked, Ping, SessionOpen
from protocol.draft import State, Step
from protocol.effects import (
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
from protocol.fold import apply
from protocol.interview import Rules as ServerRules
from protocol.interview import decide, recovered
from protocol.messages import Ack, Capabilities, Error, Limits, SessionOpened
from protocol.progress import receive
from protocol.time_limit import spared, tick
from protocol.view import View
from realtime.session.log import Log
from storage.records import Commit, Receipt, StorageUnavailable
from tests.simulation.interviewer import Interviewer
from tests.simulation.rules import Rules
from tests.simulation.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMITS = Limits()
CAPABILITIES = Capabilities(True, None, ("en", "ko"), (), ("neutral",), ())
LAST = (Ended, Scored, Reported, NothingToAsk, Transcribed)

VOICE = ServerRules(voice=True)
# So many bytes of each spoken answer arrive.
RECEIVED = 640


class Server:
    """`now` is its clock (Unix ms), `faults` how often a commit's outcome is unknown."""

    def __init__(self, store: Store, interviewer: Interviewer, chance: Random, now: int) -> None:
        self.now = now
        self.faults = 0.0
        self._keep = chance.choice((6, 40, 256))
        self.crashes = 0
        self.events = 0
        self.rules = Rules()
        self.state: State
        self.log: Log
        self._store = store
        self._interviewer = interviewer
        self._chance = chance
        self._wake()

    def _wake(self) -> None:
        woken = self._store.wake()
        self._base = woken.view.seq
        self.log = Log(woken.view.epoch, woken.view.seq, keep=self._keep)
        self.state = spared(recovered(woken), self.now)
        self._receipts = dict(self._store.receipts)
        self._runs: dict[Work, Iterator[Output]] = {}
        self.rules.begin_epoch(self.state)
        self._reconcile()
        self.tick()

    @property
    def view(self) -> View:
        """What every client that has read all holds."""
        return replace(self.state.view, epoch=self.log.epoch, seq=self.log.head)

    @property
    def running(self) -> list[Work]:
        return list(self._runs)

    # --- what happens -----------------------------------------------------------------------------

    def crash(self) -> None:
        """`kill -9`, and up again."""
        self.crashes += 1
        self._wake()

    def tick(self) -> None:
        self._take(tick(self.state, self.now, received=RECEIVED), None)

    def go_on(self, work: Work) -> None:
        """Take the next output of a running work."""
        output = next(self._runs[work], None)
        if output is None or (isinstance(output, Transcribed) and not self._transcribing()):
            return
        if isinstance(output, LAST) or (isinstance(output, Failed) and not output.retrying):
            del self._runs[work]
        if isinstance(output, NothingToAsk):
            self.rules.exhausted = True
        self._take(receive(self.state, output, self.now), None)

    def submit(self, frame: bytes) -> Ack | Error:
        """A command from whichever connection."""
        command = decode_client(frame)
        assert not isinstance(command, SessionOpen | Ping)
        return self.obey(command)

    def obey(self, command: Asked) -> Ack | Error:
        """A command, or a recording."""
        content = digest(command)
        known = self._receipts.get(command.id)
        try:
            if known is not None:
                if known != content:
                    raise ProtocolError("id_reused", "This id came with another command.")
                return Ack(command.id, self.log.epoch, self.log.head, repeated=True)
            step = decide(self.state, command, self.now, VOICE)
            if not self._take(step, command):
                raise ProtocolError("storage_unavailable", "This was perhaps not stored.")
        except ProtocolError as error:
            if error.code == "wrong_phase":
                self.rules.refuse(command)
            return Error(command.id, error.code, error.message, error.kind.retryable, error.details)
        return Ack(command.id, self.log.epoch, self.log.head)

    def open(self, frame: bytes) -> bytes:
        """The answer to a `session.open`."""
        message = decode_client(frame)
        assert isinstance(message, SessionOpen)
        resume, snapshot = message.resume, None
        resumed = resume is not None and self.log.holds(resume)
        if resume is not None:
            oldest = max(self._base, self.log.head - self._keep)
            kept = resume.epoch == self.log.epoch and oldest <= resume.seq <= self.log.head
            assert resumed == kept, "whoever is within the log goes on, and nobody else"
        if resumed and resume is not None:
            self.log.read_through(resume.seq)
        else:
            self.log.read_through(self.log.head)
            deadline = self.state.deadline_at
            remaining_ms = None if deadline is None else max(0, deadline - self.now)
            snapshot = snapshot_of(self.view, remaining_ms)
        return encode(
            SessionOpened(
                re=message.id,
                epoch=self.log.epoch,
                seq=self.log.head,
                resumed=resumed,
                heartbeat_ms=20_000,
                limits=LIMITS,
                capabilities=CAPABILITIES,
                snapshot=snapshot,
            )
        )

    # --- steps ------------------------------------------------------------------------------------

    def _take(self, step: Step, command: Asked | None) -> bool:
        """Commit the step if it has to be, then say it; false: the server was rebuilt instead."""
        if step.durable or command is not None:
            receipt = None if command is None else Receipt(command.id, digest(command))
            fault = self._fault()
            seq = self.log.head + len(step.events)
            commit = Commit(self.state, step.state, self._store.term, seq, receipt)
            try:
                self._store.commit(commit, fault)
            except StorageUnavailable:
                if fault == "after":
                    # It took effect, though nobody is told.
                    self._watch(step, command)
                self.crash()
                return False
            if receipt is not None:
                self._receipts[receipt.command_id] = receipt.digest
        self._watch(step, command)
        for event in step.events:
            self.log.append(event, step.at)
        self.events += len(step.events)
        self.state = step.state
        self._reconcile()
        return True

    def _fault(self) -> str | None:
        if self._chance.random() < self.faults:
            return self._chance.choice(("before", "after"))
        return None

    def _watch(self, step: Step, command: Asked | None) -> None:
        if command is not None:
            self.rules.obey(command)
        view = self.state.view
        for event in step.events:
            self.rules.see(event, view.interview)
            if len(step.events) > 1:
                view = apply(view, event, step.at)

    def _reconcile(self) -> None:
        due = wanted(self.state)
        for work in [work for work in self._runs if work not in due]:
            self._cancel(work)
        for work in due:
            if work not in self._runs:
                self._runs[work] = self._interviewer.perform(work, self.state)

    def _cancel(self, work: Work) -> None:
        """Stop a work; what it had under way may still arrive, and must change nothing."""
        run = self._runs.pop(work)
        late = None if work.what == "transcript" else next(run, None)
        if late is not None:
            step = receive(self.state, late, self.now)
            assert step.events == () and step.state == self.state, f"{late} came too late"

    def _transcribing(self) -> bool:
        voice = self.state.voice
        return voice is not None and voice.bytes is not None and not self.starved

    @property
    def starved(self) -> bool:
        """Whether an answer was stopped of which more audio is to come."""
        voice = self.state.voice
        return voice is not None and voice.bytes is not None and voice.bytes > RECEIVED
