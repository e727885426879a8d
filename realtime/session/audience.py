"""Who looks on at an interview: any number of observers, and one candidate."""

from typing import Protocol

from protocol.close_codes import Close
from realtime.session.log import Log


class Connection(Protocol):
    """A view of the interview: a cursor on the log, and a way to be told of the end."""

    def wake(self) -> None:
        """There is more to read, or the interview's end."""
        ...

    def drop(self, code: Close) -> None:
        """Go away, with this close code."""
        ...


class Audience:
    """The connections that are told of what is added to `log`, in the order in which they came."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._connections: dict[Connection, None] = {}
        self._candidate: Connection | None = None

    def __len__(self) -> int:
        return len(self._connections)

    @property
    def candidate(self) -> Connection | None:
        """The one who answers, where they are connected."""
        return self._candidate

    def attach(self, connection: Connection, *, candidate: bool) -> Connection | None:
        """Let `connection` look on. A candidate's takes the place of the one before, which is
        returned.
        """
        before = self._candidate if candidate else None
        if candidate:
            self._candidate = connection
        self._connections[connection] = None
        self._log.subscribe(connection.wake)
        return before

    def detach(self, connection: Connection) -> None:
        """Let `connection` go."""
        self._log.unsubscribe(connection.wake)
        self._connections.pop(connection, None)
        if self._candidate is connection:
            self._candidate = None

    def dismiss(self, code: Close) -> None:
        """Send them all away."""
        for connection in tuple(self._connections):
            connection.drop(code)
