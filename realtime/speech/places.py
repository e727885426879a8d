"""Places for answers that are spoken at once: so many in all, shared out among owners.

Rules of this file:
- A place is held while audio comes, and from when all of it is there until the transcript is made.
  Who sends nothing for a while has lost it, so that nobody who has left keeps others out.
- Who holds n places gets another while more than n are free. So one alone has at most half of them,
  rounded up, and everybody's first answer finds one while there is any.
- An answer that has begun is never refused: when its audio goes on it holds a place again, even
  above the bound.
"""

from dataclasses import dataclass

from realtime.ports import Clock

# Speech comes several times a second; a connection that is lost is back well before that.
HELD_MS = 30_000


@dataclass(slots=True, eq=False)
class Place:
    """An answer's. `used_at`: when audio came (Unix milliseconds). `taken`: its answer has begun.
    `whole`: all of its audio is there. `left`: it is held no more, whatever comes.
    """

    owner: str
    used_at: int
    taken: bool = False
    whole: bool = False
    left: bool = False


class Places:
    """`most` of them."""

    def __init__(self, most: int, clock: Clock) -> None:
        self._most = most
        self._clock = clock
        self._held = set[Place]()

    def full_for(self, owner: str) -> bool:
        """Whether that owner gets no further one now."""
        since = self._clock.now() - HELD_MS
        self._held = {each for each in self._held if each.whole or each.used_at > since}
        own = sum(each.owner == owner for each in self._held)
        return len(self._held) + own >= self._most

    def expect(self, owner: str) -> None:
        """Hold one for an answer of that owner's, which is about to begin: those who ask before it
        has are to find it held.
        """
        self._held.add(Place(owner, self._clock.now()))

    def take(self, owner: str) -> Place:
        """One for an answer that begins: that which is held for it, if one is."""
        expected = (each for each in self._held if each.owner == owner and not each.taken)
        place = next(expected, None) or Place(owner, self._clock.now())
        place.taken = True
        self._held.add(place)
        return place

    def use(self, place: Place, *, whole: bool) -> None:
        """Audio came; `whole`: that was the last of it."""
        if not place.left:
            place.used_at, place.whole = self._clock.now(), whole
            self._held.add(place)

    def leave(self, place: Place) -> None:
        """Its answer is heard, or dropped."""
        place.left = True
        self._held.discard(place)
