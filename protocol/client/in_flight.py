"""Commands in flight (`protocol.md` 1 and 4).

Each keeps its id until it has its one outcome, however often it is sent: on a new connection all
that is unanswered is sent again, in the order it was given, and a refusal that the server calls
retryable is tried again a few times. What the interview's end leaves unanswered is POSTed. Pure:
times come in, in milliseconds.
"""

from dataclasses import dataclass

from protocol.client.backoff import backoff_ms
from protocol.client.data import Acked, Outcome, Refused
from protocol.client.errors import TooManyInFlightError
from protocol.commands import Command
from protocol.messages import Ack, Error

# So often a command is refused for now before the refusal is its outcome.
PATIENCE = 5
# Sent again together they stay far below the rate that closes a connection (4106).
MOST_IN_FLIGHT = 32


@dataclass(slots=True)
class _Entry:
    """`again_at`: when to send it again; null where it is on its way. `posting`: a POST of it has
    not been answered; until then it is sent nowhere else, so that no copy comes late.
    """

    command: Command
    refusals: int = 0
    losses: int = 0
    again_at: float | None = None
    posting: bool = False


class CommandsInFlight:
    """In the order they were given."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}

    @property
    def all(self) -> tuple[Command, ...]:
        return tuple(entry.command for entry in self._entries.values())

    @property
    def wake_at(self) -> float | None:
        """When `due` has something next, or null."""
        times = [entry.again_at for entry in self._entries.values() if entry.again_at is not None]
        return min(times, default=None)

    @property
    def post_at(self) -> float | None:
        """When `to_post` has something again, or null."""
        if any(entry.posting for entry in self._entries.values()):
            return None
        entry = next(iter(self._entries.values()), None)
        return None if entry is None else entry.again_at

    def add(self, command: Command) -> bool:
        """Take a command in; false if just this one is in flight already.

        Raises:
            ValueError: another command of that id is in flight.
            TooManyInFlightError: 32 others are.
        """
        known = self._entries.get(command.id)
        if known is not None:
            if known.command != command:
                raise ValueError(f"another command with the id {command.id!r} is in flight")
            return False
        if len(self._entries) >= MOST_IN_FLIGHT:
            raise TooManyInFlightError(f"{MOST_IN_FLIGHT} commands are in flight")
        self._entries[command.id] = _Entry(command)
        return True

    # --- sending ----------------------------------------------------------------------------------

    def resend(self) -> list[Command]:
        """What to send on a new WebSocket: all, but what is being POSTed."""
        free = [entry for entry in self._entries.values() if not entry.posting]
        for entry in free:
            entry.again_at = None
        return [entry.command for entry in free]

    def due(self, now: float) -> list[Command]:
        """What to send again over the WebSocket now."""
        entries = [
            entry
            for entry in self._entries.values()
            if entry.again_at is not None and entry.again_at <= now
        ]
        for entry in entries:
            entry.again_at = None
        return [entry.command for entry in entries]

    def to_post(self, now: float) -> Command | None:
        """What to POST now, if anything.

        One at a time, because requests may overtake each other; so the first holds up the rest.
        """
        if any(entry.posting for entry in self._entries.values()):
            return None
        entry = next(iter(self._entries.values()), None)
        if entry is None or (entry.again_at is not None and entry.again_at > now):
            return None
        entry.again_at = None
        entry.posting = True
        return entry.command

    # --- outcomes ---------------------------------------------------------------------------------

    def acked(self, ack: Ack) -> tuple[Command, Outcome] | None:
        """The command and its outcome; null where it has had one, or is nobody's."""
        entry = self._entries.pop(ack.re, None)
        return None if entry is None else (entry.command, Acked(ack))

    def refused(self, error: Error, now: float, chance: float) -> tuple[Command, Outcome] | None:
        """The command and its outcome; null where it will be tried again, or is nobody's."""
        entry = None if error.re is None else self._entries.get(error.re)
        if entry is None:
            return None
        entry.posting = False
        entry.refusals += 1
        if error.retryable and entry.refusals < PATIENCE:
            asked = error.details.get("retry_after_ms")
            wait_ms = asked if isinstance(asked, int | float) else 0
            entry.again_at = now + wait_ms + backoff_ms(entry.refusals, chance)
            return None
        del self._entries[entry.command.id]
        return entry.command, Refused(error)

    def lost(self, command_id: str, now: float, chance: float) -> None:
        """A POST of it was not answered. It is sent again, however often that happens."""
        entry = self._entries.get(command_id)
        if entry is not None:
            entry.posting = False
            entry.again_at = now + backoff_ms(entry.losses, chance)
            entry.losses += 1

    def abandon(self) -> list[str]:
        """Give all up, and tell the ids."""
        ids = list(self._entries)
        self._entries.clear()
        return ids
