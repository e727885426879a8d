"""The client's connection, without its network: when to open one, over which transport, with which
token, how to know that it is dead, and what its end means (`protocol.md` 2, 3 and 8).

Of the interview it knows only how the session stands. Times are milliseconds.

The interview's end is not the end of what was promised (`protocol.md` 4): a command may have been
committed by a server that died before its ack, and the interview have ended before the client was
back. So while commands are unanswered the client is `Ending` first: connected no more, it POSTs
them, for a minute at most, and stops once each has its outcome.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from protocol.client.answers import NO_CONTENT, passes, read_problem
from protocol.client.backoff import backoff_ms
from protocol.client.data import (
    Connect,
    Connecting,
    Disconnect,
    Ending,
    Idle,
    Link,
    Open,
    Output,
    Renewing,
    Send,
    Stopped,
    Waiting,
    WantToken,
)
from protocol.client.transports import TransportChoice
from protocol.close_codes import Close, action
from protocol.codec import encode
from protocol.commands import Ping, Position, SessionOpen
from protocol.messages import SessionOpened

# Longer than this and an attempt to connect, or a probe, has failed (`protocol.md` 3 gives the
# server as long).
PATIENCE_MS = 10_000
# A connection that lasted so long was a good one: the backoff begins anew after it.
STEADY_MS = 10_000
# An event stream has a comment every 15 s.
SILENT_STREAM_MS = 45_000
# So long after the interview's end what is unanswered is POSTed; a server starts anew in less.
ENDING_MS = 60_000
CUT = 1006
# While an answer is being spoken, the wait is 4 s at most: nobody should talk to a dead line.
_LAST_DOUBLING_SPEAKING = 3

# What a WebSocket would have been closed with where an event stream is refused.
_CLOSES = {401: Close.UNAUTHENTICATED, 403: Close.FORBIDDEN, 404: Close.NOT_FOUND}


@dataclass(frozen=True, slots=True)
class Options:
    """`random` gives numbers in [0, 1), `new_id` command ids that were not used before.

    With `signs_in` a token is asked for at the start, and again when it has run out.
    """

    random: Callable[[], float]
    new_id: Callable[[], str]
    signs_in: bool = False
    ticket: str | None = None
    observer: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """`position` is null before the first snapshot; `finished`: the log has come to its end;
    `unanswered`: commands are in flight.
    """

    position: Position | None
    speaking: bool
    finished: bool
    unanswered: bool


class Line:
    """At most one connection at a time. Every input returns what is to be done about it."""

    def __init__(self, options: Options, standing: Callable[[], Standing]) -> None:
        self.link: Link = Idle()
        self.token: str | None = None
        self._options = options
        self._standing = standing
        self._transports = TransportChoice()
        self._heartbeat_ms = 0
        self._just_renewed = False
        self._post_refused = False
        self._failures = 0
        self._openings = 0

    @property
    def wake_at(self) -> float | None:
        """When `tick` has something to do, or null."""
        match self.link:
            case Connecting(since=since):
                return since + PATIENCE_MS
            case Waiting(until=until) | Ending(until=until):
                return until
            case Open() as link:
                quiet_until = self._quiet_until(link)
                return quiet_until if link.move_at is None else min(quiet_until, link.move_at)
        return None

    @property
    def posts(self) -> bool:
        """Whether commands are POSTed now."""
        match self.link:
            case Open(over="events") | Ending(renewing=False):
                return True
        return False

    # --- beginning and end ------------------------------------------------------------------------

    def start(self, now: float) -> list[Output]:
        """Begin, or begin again after a stop."""
        if not isinstance(self.link, Idle | Stopped):
            return []
        self._failures = 0
        self._just_renewed = False
        self._post_refused = False
        if self._options.signs_in and self.token is None:
            self.link = Renewing()
            return [WantToken()]
        return self._connect(now)

    def renewed(self, token: str, now: float) -> list[Output]:
        """A token, from now on the one to use."""
        self.token = token
        match self.link:
            case Renewing():
                self._just_renewed = True
                return self._connect(now)
            case Ending(renewing=True) as link:
                self._just_renewed = True
                self.link = replace(link, renewing=False)
        return []

    def leave(self) -> list[Output]:
        """Stop for good."""
        connected = isinstance(self.link, Connecting | Open)
        self.link = Stopped("left", None)
        return [Disconnect()] if connected else []

    # --- what is heard ----------------------------------------------------------------------------

    def heard(self, now: float) -> None:
        """Something came: the connection lives."""
        if isinstance(self.link, Open):
            self.link = replace(self.link, heard_at=now, probed_at=None)

    def opened(self, link: Connecting, message: SessionOpened, now: float) -> None:
        """The session is open."""
        self._heartbeat_ms = message.heartbeat_ms
        self._just_renewed = False
        if link.over == "websocket":
            self._post_refused = False
        move_at = self._transports.opened(link.over, now, speaking=self._standing().speaking)
        self.link = Open(link.over, now, message.seq, heard_at=now, move_at=move_at)

    def draining(self, link: Open, within_ms: int, now: float) -> None:
        """The server goes away: move within that time, but not all clients at once."""
        move_at = now + self._options.random() * within_ms
        self.link = replace(link, move_at=move_at, draining=True)

    def drop(self, now: float) -> list[Output]:
        """Give a connection up that is no use."""
        return [Disconnect(), *self.closed(CUT, now)]

    # --- its end ----------------------------------------------------------------------------------

    def closed(self, code: int, now: float) -> list[Output]:
        """The connection ended; 1006 if without a close frame, as an event stream does."""
        link = self.link
        if not isinstance(link, Connecting | Open):
            return []
        if isinstance(link, Connecting) and code == CUT:
            self._transports.unreached(link.over, now)
        else:
            self._transports.heard(link.over)
        if link.over == "events" and self._standing().finished:
            code = Close.DONE
        error = link.error if isinstance(link, Connecting) else None
        todo = action(code)
        if todo == "done":
            unanswered = self._standing().unanswered
            self.link = Ending(now + ENDING_MS) if unanswered else Stopped("done", Close.DONE)
            # Whatever token it was got through.
            self._just_renewed = False
            return []
        if todo == "stop":
            self.link = Stopped("stop", code, error)
            return []
        if todo == "renew_token":
            return self._renew(Renewing(), Stopped("renew_token", code, error))
        # At once, but not over and over: a refusal while opening waits like any other failure.
        at_once = isinstance(link, Open) and (todo == "reconnect_now" or link.draining)
        return self._connect(now) if at_once else self._wait(link, now)

    def refused(self, status: int, body: bytes, now: float) -> list[Output]:
        """Something answered an attempt to connect, but not with what was asked for."""
        link = self.link
        if not isinstance(link, Connecting):
            return []
        if link.over == "websocket":
            if status >= 400 and passes(status):
                return self.closed(CUT, now)
            # Not the last word: how the event stream is answered tells what it means.
            self._transports.not_spoken(now)
            return self._connect(now)
        if status == NO_CONTENT:
            return self.closed(Close.DONE, now)
        error = read_problem(status, body)
        if error is None or error.retryable:
            return self.closed(CUT, now)
        self.link = replace(link, error=error)
        return self.closed(_CLOSES.get(status, Close.MALFORMED), now)

    def unauthorized(self, now: float) -> list[Output]:
        """A POST was refused for its token."""
        match self.link:
            case Open(over="events"):
                # The stream opens with a token that POSTs may be refused for: whoever is refused
                # twice in a row was refused with a new one.
                self._just_renewed, self._post_refused = self._post_refused, True
                return [Disconnect(), *self.closed(Close.UNAUTHENTICATED, now)]
            case Ending() as link:
                return self._renew(replace(link, renewing=True), Stopped("done", Close.DONE))
        return []

    def got_through(self) -> None:
        """A POST was answered, and its token was not refused."""
        self._post_refused = False

    def settled(self) -> None:
        """Every command has had its outcome."""
        if isinstance(self.link, Ending):
            self.link = Stopped("done", Close.DONE)

    # --- time -------------------------------------------------------------------------------------

    def tick(self, now: float) -> list[Output]:
        """Time has passed."""
        match self.link:
            case Waiting(until=until) if now >= until:
                return self._connect(now)
            case Connecting(since=since) if now >= since + PATIENCE_MS:
                return self.drop(now)
            case Open(move_at=move_at) if move_at is not None and now >= move_at:
                return [Disconnect(), *self._connect(now)]
            case Open() as link if now >= self._quiet_until(link):
                mute = link.over == "events" or link.probed_at is not None
                return self.drop(now) if mute else self._probe(link, now)
            case Ending(until=until) if now >= until:
                self.link = Stopped("done", Close.DONE)
        return []

    def nudge(self, now: float) -> list[Output]:
        """The network may have changed (the device is online again, or awake): try now."""
        match self.link:
            case Waiting():
                return self._connect(now)
            case Open(over="websocket", probed_at=None) as link:
                return self._probe(link, now)
        return []

    def _quiet_until(self, link: Open) -> float:
        """When silence has lasted too long."""
        if link.over == "events":
            return link.heard_at + SILENT_STREAM_MS
        if link.probed_at is not None:
            return link.probed_at + PATIENCE_MS
        return link.heard_at + self._heartbeat_ms

    def _probe(self, link: Open, now: float) -> list[Output]:
        self.link = replace(link, probed_at=now)
        return [Send(encode(Ping()).decode())]

    # --- attempts ---------------------------------------------------------------------------------

    def _connect(self, now: float) -> list[Output]:
        over = self._transports.choose(now)
        self.link = Connecting(over, now)
        self._openings += 1
        opening = SessionOpen(
            f"open-{self._openings}",
            token=self.token,
            ticket=self._options.ticket,
            role="observer" if self._options.observer else "candidate",
            resume=self._standing().position,
        )
        return [Connect(over, opening)]

    def _wait(self, link: Connecting | Open, now: float) -> list[Output]:
        if isinstance(link, Open) and now - link.since >= STEADY_MS:
            self._failures = 0
        self._just_renewed = False
        self._post_refused = False
        speaking = self._standing().speaking
        n = min(self._failures, _LAST_DOUBLING_SPEAKING) if speaking else self._failures
        self.link = Waiting(now + backoff_ms(n, self._options.random()))
        self._failures += 1
        return []

    def _renew(self, meanwhile: Renewing | Ending, otherwise: Stopped) -> list[Output]:
        """Ask for a new token, unless this was one. The refused one is not tried again."""
        self.token = None
        if not self._options.signs_in or self._just_renewed:
            self.link = otherwise
            return []
        self.link = meanwhile
        return [WantToken()]
