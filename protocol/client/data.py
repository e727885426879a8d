"""What goes out of the client's core, and what can be seen of it: plain, frozen data.

Times are milliseconds of one clock that doesn't go back.
"""

from dataclasses import dataclass
from typing import Literal

from protocol.commands import SessionOpen
from protocol.events import Logged
from protocol.messages import Ack, Error
from protocol.view import View

Transport = Literal["websocket", "events"]


# --- how a command ended --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Acked:
    """It is committed, with its effect."""

    ack: Ack


@dataclass(frozen=True, slots=True)
class Refused:
    """It has had no effect; or, where the error is retryable and was met again and again, it is not
    known to have had one.
    """

    error: Error


@dataclass(frozen=True, slots=True)
class Abandoned:
    """The client stopped first: whether it took effect is not known."""


Outcome = Acked | Refused | Abandoned


# --- what an application is told ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Replaced:
    """The view was replaced as a whole: what led to `view` is not told event by event."""

    view: View


# Also an error that answers no command: what was wrong with a frame (`protocol.md` 7).
Update = Logged | Replaced | Error


# --- outputs --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Connect:
    """Open a connection; any before it is to be forgotten.

    Over a WebSocket `opening` is the first message. An event stream has its parts elsewhere: the
    token or the ticket in the request, `resume` as `Last-Event-ID` (`protocol.md` 2).
    """

    over: Transport
    opening: SessionOpen


@dataclass(frozen=True, slots=True)
class Send:
    """Send a frame over the WebSocket: text, or (audio) binary."""

    frame: str | bytes


@dataclass(frozen=True, slots=True)
class Post:
    """POST a command: beside the event stream, or after the interview's end. A connection's end
    doesn't end it.
    """

    id: str
    body: bytes
    token: str | None


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Close the connection and hear no more of it."""


@dataclass(frozen=True, slots=True)
class Settle:
    """A command has had its one outcome."""

    id: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Tell:
    """Something has happened; the view has taken it in already."""

    update: Update


@dataclass(frozen=True, slots=True)
class WantToken:
    """A new token is needed before anything else: `Core.renewed` takes it."""


Output = Connect | Send | Post | Disconnect | Settle | Tell | WantToken


# --- the connection, as it stands -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Idle:
    """Not begun."""


@dataclass(frozen=True, slots=True)
class Renewing:
    """Waiting for a token."""


@dataclass(frozen=True, slots=True)
class Connecting:
    """`error` is what the server refused the opening with, before it closes."""

    over: Transport
    since: float
    error: Error | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """`opened_at_seq`: the newest event when this connection began; what comes through it happened
    before. `probed_at`: when a `ping` was sent that nothing has followed. `move_at`: when to open
    another connection in its stead. `draining`: the server has said that it goes.
    """

    over: Transport
    since: float
    opened_at_seq: int
    heard_at: float
    probed_at: float | None = None
    move_at: float | None = None
    draining: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """Until the next attempt."""

    until: float


@dataclass(frozen=True, slots=True)
class Ending:
    """The interview is over, and no connection is needed any more. What is unanswered is POSTed,
    but not while a token is awaited (`renewing`); `until`: when what is left is given up.
    """

    until: float
    renewing: bool = False


@dataclass(frozen=True, slots=True)
class Stopped:
    """The end. `code` is the close code, null where the client left by itself.

    `done`: the interview is over, and every command has its outcome, or its time is up.
    `renew_token`: a new token is needed and none can be had, or the newest is refused too. `stop`:
    trying again would not help.
    """

    action: Literal["done", "renew_token", "stop", "left"]
    code: int | None
    error: Error | None = None


Link = Idle | Renewing | Connecting | Open | Waiting | Ending | Stopped
