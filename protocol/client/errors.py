"""What a client raises at an application."""

from protocol.client.data import Stopped
from protocol.messages import Error


class StoppedError(Exception):
    """The client has stopped, and not because the interview is over; or before it was known what
    became of a command. `stopped` tells why, with what the server said.
    """

    def __init__(self, stopped: Stopped) -> None:
        self.stopped = stopped
        said = "" if stopped.error is None else f": {stopped.error.message}"
        super().__init__(f"{stopped.action} ({stopped.code}){said}")


class RefusedError(Exception):
    """The server refuses a command; `error` tells why (`protocol.md` 7)."""

    def __init__(self, error: Error) -> None:
        self.error = error
        super().__init__(f"{error.code}: {error.message}")


class TooManyInFlightError(Exception):
    """So many commands are unanswered that no more are taken. Wait for an outcome."""
