"""The clips that wait for a worker, and which of them is next. Pure: no clock, no process.

Finals go before partials. Within each, owners take turns by rounds: an owner's job is of the round
after his last one's, or of the one being served if that is later, and the lowest round is next (the
start tags of fair queueing: Goyal, Vin, Cheng, SIGCOMM 1996). So whoever wants more than others
waits for them, a round has one job of each owner's, and who is alone has it all.

An owner has at most one partial waiting, the newest. Of too many partials those of the latest round
are passed over, so that it isn't always the same owner's.
"""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from realtime.speech.clip import Urgency

T = TypeVar("T")


@dataclass(slots=True, order=True)
class _Place(Generic[T]):
    """Where a job stands: by its round, and within that by when it came."""

    round: int
    arrival: int
    owner: str = field(compare=False)
    what: T = field(compare=False)


@dataclass(slots=True)
class _Line(Generic[T]):
    """Those who wait for one kind of job."""

    round: int = 0
    last: dict[str, int] = field(default_factory=dict)
    waiting: list[_Place[T]] = field(default_factory=list)

    def add(self, arrival: int, owner: str, what: T) -> None:
        turn = max(self.round, self.last.get(owner, -1) + 1)
        self.last[owner] = turn
        self.waiting.append(_Place(turn, arrival, owner, what))

    def take(self) -> T:
        following = min(self.waiting)
        self.waiting.remove(following)
        self.round = following.round
        # Whose last round is over begins as if he were new.
        self.last = {owner: turn for owner, turn in self.last.items() if turn >= self.round}
        return following.what


class JobQueue(Generic[T]):
    """Jobs, each of an owner; compared by identity."""

    def __init__(self) -> None:
        self._again: list[T] = []
        self._finals = _Line[T]()
        self._partials = _Line[T]()
        self._arrivals = 0

    @property
    def finals(self) -> int:
        """How many finals wait."""
        return len(self._again) + len(self._finals.waiting)

    @property
    def partials(self) -> int:
        """How many partials wait."""
        return len(self._partials.waiting)

    def add(self, what: T, owner: str, urgency: Urgency) -> list[T]:
        """Let a job wait. Returns the older partial that a partial takes the place of, if any."""
        self._arrivals += 1
        if urgency == "final":
            self._finals.add(self._arrivals, owner, what)
            return []
        for place in self._partials.waiting:
            if place.owner == owner:
                older, place.what = place.what, what
                return [older]
        self._partials.add(self._arrivals, owner, what)
        return []

    def put_back(self, what: T) -> None:
        """Let a final be the next one, as it was taken before and came to nothing."""
        self._again.append(what)

    def take(self) -> T | None:
        """The next job, which waits no more; null: none does."""
        if self._again:
            return self._again.pop(0)
        line = self._finals if self._finals.waiting else self._partials
        return line.take() if line.waiting else None

    def keep_partials(self, most: int) -> list[T]:
        """Let `most` partials wait on, those who are next. Returns the others."""
        places = sorted(self._partials.waiting)
        self._partials.waiting = places[:most]
        return [place.what for place in places[most:]]

    def discard(self, what: T) -> None:
        """Let it wait no more, if it does."""
        self._again = [each for each in self._again if each is not what]
        for line in (self._finals, self._partials):
            line.waiting = [place for place in line.waiting if place.what is not what]
