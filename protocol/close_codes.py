"""The WebSocket close codes of `protocol.md` 8, and what each tells a client to do."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

Action = Literal["done", "reconnect", "reconnect_now", "renew_token", "stop"]


class Close(IntEnum):
    """The codes that a server sends by name."""

    DONE = 1000
    GOING_AWAY = 1001
    NOT_TEXT = 1003
    TOO_BIG = 1009
    INTERNAL = 1011
    OVERLOADED = 1013
    DRAINING = 4100
    SLOW_CONSUMER = 4101
    SILENT = 4103
    REBUILT = 4104
    TOO_MANY_COMMANDS = 4106
    MALFORMED = 4400
    UNAUTHENTICATED = 4401
    FORBIDDEN = 4403
    NOT_FOUND = 4404
    NOT_OPENED = 4408
    TAKEN_OVER = 4409


@dataclass(frozen=True, slots=True)
class Meaning:
    action: Action
    text: str


MEANINGS: dict[int, Meaning] = {
    1000: Meaning("done", "the interview is over and all of it was sent"),
    1001: Meaning("reconnect", "going away"),
    1002: Meaning("stop", "broken framing"),
    1003: Meaning("stop", "a kind of frame that was not expected"),
    1006: Meaning("reconnect", "cut"),
    1007: Meaning("stop", "text that is not UTF-8"),
    1009: Meaning("stop", "a frame over the limit"),
    1011: Meaning("reconnect", "a defect of the server"),
    1012: Meaning("reconnect", "restarting"),
    1013: Meaning("reconnect", "overloaded"),
    4100: Meaning("reconnect_now", "this node goes away"),
    4101: Meaning("reconnect", "fell behind the log's start, or took nothing for 30 s"),
    4103: Meaning("reconnect", "no sign of life for two heartbeats"),
    4104: Meaning("reconnect", "the actor was rebuilt: a snapshot comes"),
    4106: Meaning("reconnect", "too many commands"),
    4400: Meaning("stop", "malformed messages"),
    4401: Meaning("renew_token", "not authenticated, or the token ran out"),
    4403: Meaning("stop", "forbidden"),
    4404: Meaning("stop", "no such interview"),
    4408: Meaning("stop", "no session.open in time"),
    4409: Meaning("stop", "another candidate connection took over"),
}


def action(code: int) -> Action:
    """What a client does after `code`; an unknown code follows its band (`protocol.md` 8).

    The transport's own codes and 41xx: reconnect. 44xx and whatever else an application may define:
    stop.
    """
    known = MEANINGS.get(code)
    if known is not None:
        return known.action
    return "reconnect" if 1000 <= code < 3000 or 4100 <= code < 4200 else "stop"
