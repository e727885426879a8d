"""What a case is: an id that never changes, the words of `protocol.md` that it holds a server to,
and a function that plays it.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tests.conformance.stage import Stage

Level = Literal["MUST", "SHOULD"]
Transport = Literal["ws", "sse"]
# What a server, or the command line, has to offer for a case to be played.
Need = Literal[
    "voice",
    "speech",
    "sign-in",
    "open",
    "second-user",
    "kill",
    "drain",
    "brief-token",
    "patience",
]
Play = Callable[["Stage"], Awaitable[None]]

WS: tuple[Transport, ...] = ("ws",)
SSE: tuple[Transport, ...] = ("sse",)
BOTH: tuple[Transport, ...] = ("ws", "sse")


class Violation(Exception):
    """The server does what the page forbids, or doesn't do what it demands. Says what, for
    people.
    """


class Skipped(Exception):
    """The case can't be played against this server; says why."""


def require(condition: object, message: str) -> None:
    """Hold the server to it.

    Raises:
        Violation: `condition` doesn't hold.
    """
    if not condition:
        raise Violation(message)


@dataclass(frozen=True, slots=True)
class Case:
    """`cites` are the words that the case holds the server to, as the page has them. A case that
    is `alone` is played when no other is, as it does something to the server as a whole.
    """

    id: str
    cites: tuple[str, ...]
    title: str
    play: Play
    level: Level
    over: tuple[Transport, ...]
    needs: tuple[Need, ...]
    within_s: float
    alone: bool

    def named_by(self, names: Iterable[str]) -> bool:
        """Whether one of `names` is its id, or (`documents.`) what its id begins with."""
        return any(
            self.id.startswith(name) if name.endswith(".") else self.id == name for name in names
        )


class Cases:
    """The cases of one chapter, in the order in which they are written."""

    def __init__(self) -> None:
        self._cases: dict[str, Case] = {}

    def __iter__(self) -> Iterator[Case]:
        return iter(self._cases.values())

    def case(
        self,
        id: str,
        cites: str | tuple[str, ...],
        *,
        level: Level = "MUST",
        over: tuple[Transport, ...] = WS,
        needs: tuple[Need, ...] = (),
        within_s: float = 20.0,
    ) -> Callable[[Play], Play]:
        """Add the function below as a case; the first paragraph of its docstring is the title.

        Raises:
            ValueError: the id is taken.
        """

        def add(play: Play) -> Play:
            if id in self._cases:
                raise ValueError(f"there are two cases {id}")
            title = " ".join((play.__doc__ or "").strip().partition("\n\n")[0].split())
            alone = "kill" in needs or "drain" in needs
            words = (cites,) if isinstance(cites, str) else cites
            self._cases[id] = Case(id, words, title, play, level, over, needs, within_s, alone)
            return play

        return add
