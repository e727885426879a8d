"""What the parts of an emulator say to each other: a request as it came, a page that answers at
once, the acts of a streamed reply, and the roles of an API and of its voice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from tests.emulators.faults import Api, Finish, Odd, Refuse
from tests.emulators.script import Asked, Reply


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """`path` without its query, decoded; `headers` have their names in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """A response that is whole at once."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a response that comes in chunks."""

    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: float


@dataclass(frozen=True, slots=True)
class Half:
    """Half of these bytes, announced as all of them; then the connection is closed."""

    of: bytes


class Cue(Enum):
    """BEAT: time for the next token. STALL: nothing, for ever. RESET: the connection is."""

    BEAT = auto()
    STALL = auto()
    RESET = auto()


# Bytes are written as an HTTP chunk of their own. The end of the acts is that of the response.
Act = bytes | Page | Head | Pause | Half | Cue


class Voice(Protocol):
    """Says one reply as its API does. An event is its JSON; text comes as the inside of a JSON
    string.

    headers: of the response.
    newline: how this API ends its lines.
    between: what stands between two parts of one event's text.
    done: the data that follows the last event; or nothing.
    """

    @property
    def headers(self) -> tuple[tuple[str, str], ...]: ...

    @property
    def newline(self) -> bytes: ...

    @property
    def between(self) -> bytes: ...

    @property
    def done(self) -> bytes: ...

    def opening(self) -> tuple[bytes, ...]:
        """The events before the first token."""
        ...

    def text(self, escaped: bytes) -> bytes: ...

    def odd(self, event: Odd) -> bytes: ...

    def closing(self, finish: Finish, count: int) -> tuple[bytes, ...]:
        """The events after the last of `count` tokens."""
        ...

    def whole(self, escaped: bytes, finish: Finish, count: int, odd: Odd | None) -> bytes:
        """The reply of `count` tokens that isn't streamed; `odd` are thoughts and refusals."""
        ...


class Server(Protocol):
    """An API: reads requests, and says what isn't a reply."""

    @property
    def name(self) -> Api: ...

    def unauthorized(self, request: HttpRequest, key: str) -> Page | None:
        """The refusal of a request that doesn't bear `key`."""
        ...

    def read(self, request: HttpRequest, number: int) -> Asked | Page:
        """A request for a reply; all others are answered."""
        ...

    def voice(self, asked: Asked, reply: Reply, usage: bool) -> Voice: ...

    def refusal(self, refuse: Refuse, seconds: float, model: str) -> Page: ...

    def unsupported(self, parameter: str) -> Page:
        """The refusal of a parameter that the model doesn't take."""
        ...

    def unplayable(self, sentence: str) -> Page:
        """The refusal of a model's name that doesn't say how to reply."""
        ...
