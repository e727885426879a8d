"""What has to hold, whatever happens. Whoever sees it broken says so to `Watch.fail`.

Nothing here raises: it is called from within the code that is under test, which would take an
exception for a fault of its own and go on.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import orjson
from starlette.types import Message
from structlog.typing import EventDict

from protocol.agenda import wanted
from protocol.codec import ServerMessage, decode_server, digest
from protocol.commands import Command
from protocol.draft import State
from protocol.effects import Work
from protocol.events import (
    EPHEMERAL,
    InterviewPaused,
    InterviewResumed,
    Logged,
    ReportCompleted,
)
from protocol.interview import recovered
from protocol.messages import Ack, Error, SessionOpened
from protocol.view import Interview, View
from realtime.session.log import Log
from storage.records import Commit
from tests.simulation.client import assert_kept
from tests.simulation.simulation import assert_effect
from tests.simulation.store import Store
from tests.simulation.whole.chronicle import Chronicle
from tests.simulation.whole.loop import PROCESS, Process
from tests.simulation.whole.stored import assert_heard, is_stored
from tests.simulation.whole.witness import WholeRules, Witness

USER = "u1"
INTERVIEW = "i1"
# After this a work that was stopped has ended.
TICK_S = 0.1


@lru_cache(maxsize=4_096)
def decoded(frame: str) -> ServerMessage:
    """The same words say the same to everybody."""
    return decode_server(frame)


@dataclass(slots=True)
class Running:
    """A work under way, in which process, and whether it has brought anything."""

    process: Process | None
    begun: bool = False


class Watch:
    """Over one interview. `witnessed`: whether somebody reads each event the moment it is said,
    which keeps deltas from growing.
    """

    interview_id = INTERVIEW

    def __init__(
        self,
        store: Store,
        chronicle: Chronicle,
        now: Callable[[], float],
        *,
        witnessed: bool,
    ) -> None:
        self.chronicle = chronicle
        self.failures: list[str] = []
        self.events = 0
        self.acks = 0
        self.resumed = 0
        self.kept: State | None = None
        self.works: dict[tuple[object, Work], Running] = {}
        # What was made to happen, and is logged as an error, so often.
        self.expected: Counter[str] = Counter()
        self._store = store
        self.now = now
        self._rules = WholeRules() if witnessed else None
        self._witness: Witness | None = None
        self._woken: dict[int, State] = {}
        self._commands: dict[tuple[str, bytes], Command] = {}
        self._arrived: Counter[str] = Counter()
        self._frames: dict[tuple[int, int], str] = {}
        self._views: dict[tuple[int, int], View] = {}
        self._first_acks: set[str] = set()
        self._end: tuple[int, int] | None = None
        self._stored_at = 0.0
        # Stored and said: how often it was paused (true), and went on (false).
        self._pauses: Counter[bool] = Counter()

    def fail(self, what: str) -> None:
        """`what` must not be."""
        self.chronicle.note("watch", f"FAILED: {what}")
        self.failures.append(what)

    def logged(self, entry: EventDict) -> None:
        """The server has logged that."""
        if entry["log_level"] in ("error", "critical"):
            self.expected[entry["event"]] -= 1
            if self.expected[entry["event"]] < 0:
                self.fail(f"logged: {entry}")

    # --- the database ---------------------------------------------------------------------------

    def woken(self, state: State) -> None:
        """Storage hands out `state`: nothing that was committed is missing from it."""
        if self.kept is not None:
            self._holds(assert_kept, self.kept.view.interview, state.view.interview)
        self._woken[state.view.epoch] = recovered(state)

    def commits(self, commit: Commit) -> None:
        """`commit` is about to be stored."""
        self._stored_at = self.now()
        after = commit.after.view.interview
        receipt = commit.receipt
        if self.kept is not None:
            before = self.kept.view.interview
            if before.phase == "finished":
                self.fail("a commit to a finished interview")
            self._holds(assert_kept, before, after)
        self.kept = commit.after
        self._holds(assert_sound, after)
        self._holds(assert_heard, commit)
        if commit.before.view.interview.paused != after.paused:
            self._pauses[after.paused] += 1
        if receipt is None:
            return
        if receipt.command_id in dict(self._store.receipts):
            self.fail(f"{receipt.command_id} takes effect twice")
        command = self._commands[receipt.command_id, receipt.digest]
        if self._rules is not None:
            self._holds(self._rules.obey, command)

    def stirred(self) -> None:
        """Storage has said what became of something."""
        self._stored_at = self.now()

    # --- the model ------------------------------------------------------------------------------

    def exhausted(self) -> None:
        """The interviewer has nothing more to ask."""
        if self._rules is not None:
            self._rules.exhausted = True

    def work_begins(self, talk: object, work: Work, state: State) -> None:
        interview = state.view.interview
        self.chronicle.note("model", f"begins {work.what} {work.turn} {work.lane}")
        if (talk, work) in self.works:
            self.fail(f"{work} is begun twice")
        if work not in wanted(state):
            self.fail(f"{work} is begun, and nobody wants it")
        if interview.phase == "finished" or (interview.paused and work.what != "scores"):
            self.fail(f"{work} is begun in {interview.phase}, paused: {interview.paused}")
        self.works[talk, work] = Running(PROCESS.get())

    def hearing_begins(self, answer: object, work: Work) -> None:
        """An answer is listened to."""
        self.chronicle.note("listener", f"begins turn {work.turn}")
        if (answer, work) in self.works:
            self.fail(f"{work} is begun twice")
        self.works[answer, work] = Running(PROCESS.get(), begun=True)

    def work_brings(self, talk: object, work: Work) -> None:
        self.works[talk, work].begun = True

    def work_ends(self, talk: object, work: Work) -> None:
        self.chronicle.note("model", f"ends {work.what} {work.turn} {work.lane}")
        self.works.pop((talk, work), None)

    def looks_at_works(self, node: Process) -> None:
        """What runs on `node` is what may."""
        if self.kept is None or not self.calm_since(0.0):
            return
        interview = self.kept.view.interview
        for (_, work), running in self.works.items():
            if running.process is not node:
                continue
            if interview.phase == "finished":
                self.fail(f"{work} runs for a finished interview")
            elif interview.paused and work.what != "scores" and not running.begun:
                self.fail(f"{work} runs for a paused interview")

    def calm_since(self, moment: float) -> bool:
        """Whether nothing has happened for a while, in the database nor since that moment."""
        return self.now() - max(self._stored_at, moment) > TICK_S

    # --- the log --------------------------------------------------------------------------------

    def look_at(self, log: Log) -> None:
        """An actor has just begun, with this log."""
        if self._rules is None:
            return
        if self._witness is not None:
            if self._witness.log is log or self._witness.log.epoch > log.epoch:
                return
            self._witness.leave()
        self._witness = Witness(log, self._woken[log.epoch], self._rules, self)

    def agrees(self, who: str, view: View) -> None:
        """Whoever is at that position sees the same."""
        key = (view.epoch, view.seq)
        # What is left of the time runs on between two snapshots.
        ours = view
        if view.interview.remaining_ms is not None:
            ours = replace(view, interview=replace(view.interview, remaining_ms=None))
        theirs = self._views.setdefault(key, ours)
        if theirs is ours:
            self._holds(assert_sound, view.interview)
        elif theirs != ours:
            self.fail(f"{who} at {key} sees {ours}, and others {theirs}")

    def said(self, logged: Logged, frame: str) -> None:
        """A connection is sent `logged`."""
        key = (logged.epoch, logged.seq)
        known = self._frames.setdefault(key, frame)
        if known is not frame:
            if known != frame:
                self.fail(f"{key} was {known}, and is {frame}")
            return
        self.events += 1
        if self._end is not None and key > self._end:
            self.fail(f"{logged.event.TYPE} {key} after the log's last event")
        if isinstance(logged.event, ReportCompleted):
            self._end = key
        if type(logged.event) not in EPHEMERAL and not (
            self.kept is not None and is_stored(logged.event, self.kept)
        ):
            self.fail(f"{logged.event.TYPE} {key} is said and not stored")
        if isinstance(logged.event, InterviewPaused | InterviewResumed):
            paused = isinstance(logged.event, InterviewPaused)
            self._pauses[paused] -= 1
            if self._pauses[paused] < 0:
                self.fail(f"{logged.event.TYPE} {key} is said more often than stored")

    # --- commands -------------------------------------------------------------------------------

    def meant(self, command: Command) -> None:
        """A client is going to send `command`."""
        self._commands[command.id, digest(command)] = command

    def arrives(self, command_id: str) -> None:
        """A copy of that command has reached a node."""
        self._arrived[command_id] += 1

    def answered(self, answer: Ack | Error) -> None:
        """A node answers a command."""
        receipts = dict(self._store.receipts)
        if isinstance(answer, Error):
            if answer.retryable or answer.code == "id_reused":
                return
            if self._arrived[answer.re or ""] == 1 and answer.re in receipts:
                self.fail(f"{answer.re} is refused ({answer.code}), and took effect")
            return
        self.acks += 1
        if answer.re not in receipts:
            self.fail(f"{answer.re} is acknowledged and not stored")
            return
        if not answer.repeated:
            if answer.re in self._first_acks:
                self.fail(f"{answer.re} is acknowledged twice as if for the first time")
            self._first_acks.add(answer.re)
        assert self.kept is not None
        command = self._commands[answer.re, receipts[answer.re]]
        self._holds(assert_effect, command, self.kept.view.interview)

    def accounts(self) -> None:
        """At the end: each command that was acknowledged is stored once, with its effect."""
        counts = Counter(command_id for command_id, _ in self._store.receipts)
        for command_id in self._first_acks:
            if counts[command_id] != 1:
                self.fail(f"{command_id} is stored {counts[command_id]} times")
        for command_id, content in self._store.receipts:
            assert self.kept is not None
            command = self._commands[command_id, content]
            self._holds(assert_effect, command, self.kept.view.interview)

    def _holds(self, check: Callable[..., None], *values: Any) -> None:
        try:
            check(*values)
        except AssertionError as error:
            self.fail(f"{check.__name__}: {error}")


class Ear:
    """Listens at the node's end of one wire."""

    def __init__(self, watch: Watch, name: str) -> None:
        self.open: bool | None = None
        self._watch = watch
        self._name = name
        self._at: tuple[int, int] | None = None
        self._asked: Counter[str] = Counter()
        self._stirred_at = 0.0

    @property
    def unanswered(self) -> list[str]:
        """The commands that have reached the node and were not answered."""
        return list(self._asked.elements())

    def looks_at_answers(self) -> None:
        """Nothing holds the node up: no command waits for its outcome."""
        if self.unanswered and self._watch.calm_since(self._stirred_at):
            self._watch.fail(f"{self._name} has no answer to {self.unanswered}")

    def reaches(self, message: Message) -> None:
        """A frame, or a request's body, has reached the node."""
        frame = message.get("text") or message.get("body")
        if not frame:
            return
        self._stirred_at = self._watch.now()
        self._watch.chronicle.note(f"{self._name} >", str(frame))
        raw = orjson.loads(frame)
        if raw["type"] not in ("session.open", "ping"):
            self._asked[raw["id"]] += 1
            self._watch.arrives(raw["id"])

    def says(self, frame: str) -> None:
        """The node says a frame, or an event's data."""
        self._stirred_at = self._watch.now()
        self._watch.chronicle.note(f"{self._name} <", frame)
        message = decoded(frame)
        if isinstance(message, Logged):
            key = (message.epoch, message.seq)
            if self._at is None or key != (self._at[0], self._at[1] + 1):
                self._watch.fail(f"{self._name} is sent {key} after {self._at}")
            self._at = key
            self._watch.said(message, frame)
        elif isinstance(message, SessionOpened):
            self._opens(message)
        elif isinstance(message, Ack | Error):
            self._answers(message)

    def closes(self, code: int) -> None:
        """The node closes."""
        self.open = False
        self._watch.chronicle.note(f"{self._name} <", f"closed {code}")

    def answers(self, status: int, body: bytes) -> None:
        """The node answers a POST."""
        self._watch.chronicle.note(f"{self._name} <", f"{status} {body.decode()}")
        if status == 200:
            message = decode_server(body)
            assert isinstance(message, Ack)
            self._answers(message)
        else:
            raw = orjson.loads(body)
            (asked,) = self.unanswered
            self._answers(Error(asked, raw["code"], raw["detail"], raw["retryable"]))

    def resumes(self, epoch: int, seq: int) -> None:
        """The terminal asks for what follows that position."""
        self._at = (epoch, seq)

    def _opens(self, message: SessionOpened) -> None:
        if self.open is not None:
            self._watch.fail(f"{self._name} is opened twice")
        self.open = True
        if message.resumed:
            self._watch.resumed += 1
            if self._at is None or self._at[0] != message.epoch or self._at[1] > message.seq:
                self._watch.fail(f"{self._name} is resumed at {message.seq} from {self._at}")
        else:
            self._at = (message.epoch, message.seq)

    def _answers(self, answer: Ack | Error) -> None:
        if answer.re is None or (self.open is not True and answer.re not in self._asked):
            return
        if self._asked[answer.re] == 0:
            self._watch.fail(f"{answer.re} is answered more often than it was sent")
            return
        self._asked[answer.re] -= 1
        self._watch.answered(answer)


def assert_sound(interview: Interview) -> None:
    """One turn is open at most, and each phase has what it is about."""
    turns = interview.turns
    assert [turn.turn for turn in turns] == list(range(1, len(turns) + 1)), "turns have a gap"
    assert all(turn.has_outcome for turn in turns[:-1]), "two turns are open"
    if interview.phase in ("answering", "listening", "transcribing", "reviewing"):
        assert turns and turns[-1].question is not None, "no question is open"
        assert not turns[-1].has_outcome, "the open question has an outcome"
    if interview.phase in ("evaluating", "reporting", "finished"):
        assert all(turn.has_outcome for turn in turns), "a turn is open"
    assert (interview.report is not None) == (interview.phase == "finished"), "the report"
