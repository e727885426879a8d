"""A network between the core and a simulated server that loses, delays and blocks as it is told.

The server is `tests.simulation`'s: the real state machine and the real log, over a store that can
fail. What the core has sent and not yet been answered waits here until somebody moves it on.
"""

import math
from collections import Counter, deque
from dataclasses import dataclass, field
from random import Random

from protocol.client.core import Core
from protocol.client.data import (
    Abandoned,
    Acked,
    Connect,
    Connecting,
    Disconnect,
    Ending,
    Open,
    Outcome,
    Output,
    Post,
    Refused,
    Renewing,
    Replaced,
    Send,
    Settle,
    Tell,
    Transport,
    Update,
    WantToken,
)
from protocol.client.line import ENDING_MS, Options
from protocol.close_codes import Close
from protocol.codec import decode_client, encode
from protocol.commands import Command, Ping, SessionOpen
from protocol.errors import ERRORS
from protocol.events import Logged
from protocol.messages import Ack, Error, Limits, Pong, ServerDraining
from realtime.session.log import FellBehindError
from tests.simulation.interviewer import Interviewer, Mood
from tests.simulation.server import Server
from tests.simulation.simulation import NOW, random_config
from tests.simulation.store import Store

CUT = 1006
OK = 200
LIMITS = Limits()


@dataclass
class Connection:
    """`at` is the server's cursor on the log, null before the opening."""

    over: Transport
    opening: SessionOpen
    up: deque[bytes] = field(default_factory=deque)
    down: deque[bytes] = field(default_factory=deque)
    at: tuple[int, int] | None = None


class World:
    """One client, one server, and what lies between."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.store = Store(random_config(self.chance), NOW)
        self.mood = Mood(delay=0.2, failover=0.1, failure=0.1)
        self.server = Server(self.store, Interviewer(self.chance, self.mood), self.chance, NOW)
        self.server.faults = 0.05
        self.core = Core(Options(self.chance.random, lambda: "own", signs_in=True))
        self.now = 0.0
        self.blocked = False
        self.given: dict[str, Command] = {}
        self.outcomes: dict[str, list[Outcome]] = {}
        self.last: tuple[int, int] | None = None
        self._connection: Connection | None = None
        self._posts: deque[Post] = deque()
        self._ended_at = math.inf
        self._tokens = 0
        self._valid: str | None = None
        self.perform(self.core.start(self.now))

    # --- what the core wants ----------------------------------------------------------------------

    def perform(self, outputs: list[Output]) -> None:
        if isinstance(self.core.link, Ending):
            self._ended_at = min(self._ended_at, self.now)
        for output in outputs:
            self._perform_one(output)

    def _perform_one(self, output: Output) -> None:
        match output:
            case Connect(over=over, opening=opening):
                self._connection = Connection(over, opening)
                if over == "websocket":
                    self._connection.up.append(encode(opening))
            case Disconnect():
                self._connection = None
            case Send(frame=str(frame)):
                assert self._connection is not None and self._connection.over == "websocket"
                self._connection.up.append(frame.encode())
            case Post():
                assert isinstance(self.core.link, Open | Ending) and not self._posts
                self._posts.append(output)
            case Settle(id=command_id, outcome=outcome):
                self._assert_over(outcome)
                self.outcomes.setdefault(command_id, []).append(outcome)
            case Tell(update=update):
                self._told(update)
            case WantToken():
                self._valid = None

    def _told(self, update: Update) -> None:
        """Nothing twice, nothing left out."""
        match update:
            case Replaced(view=view):
                self.last = (view.epoch, view.seq)
            case Logged(epoch=epoch, seq=seq):
                assert self.last is not None
                assert (epoch, seq) == (self.last[0], self.last[1] + 1)
                self.last = (epoch, seq)

    def _assert_over(self, outcome: Outcome) -> None:
        """Nothing is abandoned before the interview's end, nor until a minute after it."""
        if isinstance(outcome, Abandoned):
            assert self.now >= self._ended_at + ENDING_MS

    def renew(self) -> bool:
        """The application brings a token, if one is wanted."""
        link = self.core.link
        if not isinstance(link, Renewing) and not (isinstance(link, Ending) and link.renewing):
            return False
        self._tokens += 1
        self._valid = f"t{self._tokens}"
        self.perform(self.core.renewed(self._valid, self.now))
        return True

    def revoke(self) -> None:
        """The token runs out; the connection is closed at once, or when somebody notices."""
        if isinstance(self.core.link, Open):
            self._valid = None
            if self.chance.random() < 0.5:
                self.close(Close.UNAUTHENTICATED)

    def give(self, command: Command) -> None:
        """The application gives a command."""
        self.given[command.id] = command
        self.perform(self.core.send(command, self.now))

    # --- what the network does --------------------------------------------------------------------

    def up(self) -> bool:
        """The oldest of what the client has sent arrives; false if there is nothing."""
        connection = self._connection
        if connection is None:
            return False
        if connection.over == "websocket" and self.blocked:
            self._refuse(connection)
        elif connection.over == "events" and connection.at is None:
            self._open(connection, connection.opening)
        elif connection.up:
            self._arrived(connection, connection.up.popleft())
        else:
            return False
        return True

    def _refuse(self, connection: Connection) -> None:
        self._connection = None
        if isinstance(self.core.link, Connecting) and self.chance.random() < 0.5:
            self.perform(self.core.refused(403, b"<html>", self.now))
        else:
            self.perform(self.core.closed(CUT, self.now))

    def _arrived(self, connection: Connection, frame: bytes) -> None:
        message = decode_client(frame)
        if isinstance(message, SessionOpen):
            self._open(connection, message)
        elif isinstance(message, Ping):
            connection.down.append(encode(Pong()))
        else:
            connection.down.append(encode(self.server.submit(frame)))

    def _open(self, connection: Connection, opening: SessionOpen) -> None:
        if opening.token != self._valid:
            self.close(Close.UNAUTHENTICATED)
            return
        log = self.server.log
        resumed = opening.resume is not None and log.holds(opening.resume)
        connection.down.append(self.server.open(encode(opening)))
        seq = opening.resume.seq if resumed and opening.resume is not None else log.head
        connection.at = (log.epoch, seq)

    def read(self) -> bool:
        """The server sends of its log; false if there is nothing."""
        connection = self._connection
        if connection is None or connection.at is None:
            return False
        epoch, seq = connection.at
        log = self.server.log
        if epoch != log.epoch:
            self.close(Close.REBUILT)
            return True
        try:
            frames = log.read(seq, self.chance.choice((1, 4, 64)))
        except FellBehindError:
            self.close(Close.SLOW_CONSUMER)
            return True
        connection.down.extend(frames)
        connection.at = (epoch, seq + len(frames))
        return bool(frames)

    def down(self) -> bool:
        """The oldest of what the server has sent arrives; false if there is nothing."""
        connection = self._connection
        if connection is None or not connection.down:
            return False
        self.perform(self.core.received(connection.down.popleft().decode(), self.now))
        return True

    def answer_post(self, *, lost: bool = False) -> bool:
        """A POSTed command arrives and is answered, but for `lost`; false if there is none."""
        if not self._posts:
            return False
        post = self._posts.popleft()
        if post.token != self._valid:
            self.perform(self.core.posted(post.id, 401, b"", self.now))
            return True
        answer = self.server.submit(post.body)
        if lost:
            self.perform(self.core.unposted(post.id, self.now))
            return True
        status = OK if isinstance(answer, Ack) else ERRORS[answer.code].status
        body = encode(answer)
        if isinstance(answer, Error):
            body = body.replace(b'"message"', b'"detail"')
        self.perform(self.core.posted(post.id, status, body, self.now))
        return True

    def lose_post(self) -> None:
        """A POSTed command never arrives."""
        if self._posts:
            self.perform(self.core.unposted(self._posts.popleft().id, self.now))

    def close(self, code: int) -> None:
        """The connection ends; what was under way on it is lost, both ways."""
        connection = self._connection
        if connection is not None:
            self._connection = None
            unauthorized = code == Close.UNAUTHENTICATED and connection.over == "events"
            if unauthorized and isinstance(self.core.link, Connecting):
                self.perform(self.core.refused(401, b"", self.now))
            else:
                code = code if connection.over == "websocket" else CUT
                self.perform(self.core.closed(code, self.now))

    def end_of_log(self) -> bool:
        """The log was sent to its end; false if that isn't so yet. Commands that are under way get
        no answer any more.
        """
        connection = self._connection
        finished = self.server.view.interview.phase == "finished"
        if connection is None or not finished or connection.down:
            return False
        if connection.at != (self.server.log.epoch, self.server.log.head):
            return False
        self.close(Close.DONE)
        return True

    def drain(self) -> None:
        if self._connection is not None and self._connection.at is not None:
            self._connection.down.append(encode(ServerDraining(1_000)))

    def wake(self) -> None:
        """Time passes until the core wants to know."""
        if self.core.wake_at is not None:
            self.now = max(self.now, self.core.wake_at)
            self.perform(self.core.tick(self.now))

    # --- what has to hold -------------------------------------------------------------------------

    def assert_kept(self) -> None:
        """Every command has had one outcome, and the effect that it says."""
        receipts = Counter(command_id for command_id, _ in self.store.receipts)
        assert all(count == 1 for count in receipts.values())
        assert set(self.outcomes) == set(self.given)
        for command_id, outcomes in self.outcomes.items():
            (outcome,) = outcomes
            if isinstance(outcome, Acked):
                assert command_id in receipts
            elif isinstance(outcome, Refused) and not outcome.error.retryable:
                assert command_id not in receipts
