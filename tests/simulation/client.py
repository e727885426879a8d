"""A client: a cursor on the log, what it folds from there, and the commands it has sent.

All that it gets went over the wire as bytes. It checks what a client may rely on: no event is
missing or comes twice, and nothing that was committed is ever taken back.
"""

from dataclasses import replace
from functools import lru_cache
from random import Random

from protocol.codec import ServerMessage, decode_server, encode, view_of
from protocol.commands import Asked, AudioRecord, Position, SessionOpen
from protocol.events import Logged
from protocol.fold import fold
from protocol.messages import Ack, Error, SessionOpened
from protocol.view import Interview, Turn, View
from realtime.session.log import FellBehindError
from tests.simulation.server import Server


@lru_cache(maxsize=4_096)
def decoded(frame: bytes) -> ServerMessage:
    """The same bytes say the same to every client."""
    return decode_server(frame)


class Client:
    """`view` is what it has folded; null before its first opening."""

    def __init__(self, server: Server) -> None:
        self.connected = False
        self.view: View | None = None
        self.acked: dict[str, Asked] = {}
        self.unanswered: list[Asked] = []
        self._server = server

    # --- reading ----------------------------------------------------------------------------------

    def open(self, chance: Random) -> None:
        """Connect: go on where it was, or (sometimes) from a position that makes no sense."""
        resume = None
        if self.view is not None and chance.random() < 0.9:
            resume = Position(self.view.epoch, self.view.seq)
        elif chance.random() < 0.3:
            resume = Position(chance.randrange(4), chance.randrange(60))
        answer = decode_server(self._server.open(encode(SessionOpen("c1", resume=resume))))
        assert isinstance(answer, SessionOpened)
        self.connected = True
        if answer.resumed:
            assert answer.snapshot is None and resume is not None
            assert (answer.epoch, resume.epoch) == (self._server.log.epoch, answer.epoch)
            if self.view is None or resume != Position(self.view.epoch, self.view.seq):
                # It made the position up, and holds nothing to go on from.
                self.connected = False
            return
        assert answer.snapshot is not None
        snapshot = view_of(answer.snapshot)
        assert (snapshot.epoch, snapshot.seq) == (answer.epoch, answer.seq)
        if self.view is not None:
            assert_kept(self.view.interview, snapshot.interview)
        self.view = snapshot

    def drop(self) -> None:
        self.connected = False

    def read(self, limit: int) -> None:
        """Take what is next in the log."""
        if self.view is None or not self.connected:
            return
        if self.view.epoch != self._server.log.epoch:
            # 4104: the actor was rebuilt.
            self.drop()
            return
        try:
            frames = self._server.log.read(self.view.seq, limit)
        except FellBehindError:
            self.drop()
            return
        for frame in frames:
            logged = decoded(frame)
            assert isinstance(logged, Logged)
            assert (logged.epoch, logged.seq) == (self.view.epoch, self.view.seq + 1)
            self.view = fold(self.view, logged)
        if self.view.seq == self._server.log.head:
            self.assert_agrees()

    def assert_agrees(self) -> None:
        """What it folded is what the server holds; what is left of the time runs on meanwhile."""
        assert self.view is not None
        ours, theirs = self.view, self._server.view
        remaining_ms = theirs.interview.remaining_ms
        assert replace(ours, interview=replace(ours.interview, remaining_ms=remaining_ms)) == theirs

    # --- commands ---------------------------------------------------------------------------------

    def send(self, command: Asked, *, lost: bool = False) -> None:
        """Send a command, or send it again; `lost`: the answer doesn't arrive."""
        known = self.acked.get(command.id)
        before = self._server.state
        if isinstance(command, AudioRecord):  # which is no message
            answer = self._server.obey(command)
        else:
            answer = self._server.submit(encode(command))
        assert answer.re == command.id
        if known is not None:
            assert self._server.state is before, "a command takes effect once"
            if known == command:
                assert isinstance(answer, Ack)
                assert answer.repeated
            else:
                assert isinstance(answer, Error)
                assert answer.code == "id_reused"
            return
        if lost:
            if command not in self.unanswered:
                self.unanswered.append(command)
            return
        if isinstance(answer, Error) and answer.code == "storage_unavailable":
            self.unanswered.append(command)
            return
        if command in self.unanswered:
            self.unanswered.remove(command)
        if isinstance(answer, Ack):
            self.acked[command.id] = command
        else:
            assert self._server.state is before, "what is refused changes nothing"


# --- what was committed ---------------------------------------------------------------------------


def assert_kept(before: Interview, after: Interview) -> None:
    """Whatever was committed at `before` is there `after`."""
    for name in ("started_at", "finished_at", "finish_reason", "report"):
        assert getattr(before, name) in (None, getattr(after, name)), f"{name} has changed"
    for turn in before.turns:
        if turn.question is not None or turn.has_outcome:
            _assert_turn_kept(turn, after.turns[turn.turn - 1])


def _assert_turn_kept(before: Turn, after: Turn) -> None:
    for name in ("number", "kind", "topic", "parent_turn"):
        assert getattr(before, name) == getattr(after, name)
    for name in ("question", "answer", "source", "delivery", "rival"):
        assert getattr(before, name) in (None, getattr(after, name)), f"{name} has changed"
    assert after.skipped or not before.skipped
    assert after.hints[: len(before.hints)] == before.hints
    given = {item.lane: item for item in after.feedback}
    for item in before.feedback:
        scores = given[item.lane].scores
        assert item.scores in (None, scores)
        assert replace(item, scores=scores) == given[item.lane]
