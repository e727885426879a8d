"""Places for answers that are spoken at once: so many in all, shared out among owners.

Rules of this file:
- An interview holds one place at most. An answer that is begun anew takes that of the one before,
  whether or not that has come to its end.
- A place is held while audio comes, and from when all of it is there until the transcript is made.
  Who sends nothing for a while has lost it, so that nobody who has left keeps others out.
- Who holds n places gets another while more than n are free. So one alone has at most half of them,
  rounded up, and everybody's first answer finds one while there is any.
- An answer that has begun is never refused: when its audio goes on it holds a place again, even
  above the bound.
"""

from dataclasses import dataclass

from realtime.ports import Clock, Speaker

# Speech comes several times a second; a connection that is lost is back well before that.
HELD_MS = 30_000


@dataclass(slots=True, eq=False)
class Place:
    """An answer's. `used_at`: when audio came (Unix milliseconds). `whole`: all of its audio is
    there. `left`: it is held no more, whatever comes.
    """

    speaker: Speaker
    used_at: int
    whole: bool = False
    left: bool = False


class Places:
    """`most` of them."""

    def __init__(self, most: int, clock: Clock) -> None:
        self._most = most
        self._clock = clock
        self._held = dict[str, Place]()

    def full_for(self, speaker: Speaker) -> bool:
        """Whether there is none for an answer of theirs now."""
        since = self._clock.now() - HELD_MS
        self._held = {
            interview: each
            for interview, each in self._held.items()
            if each.whole or each.used_at > since
        }
        others = [each for at, each in self._held.items() if at != speaker.interview]
        own = sum(each.speaker.owner == speaker.owner for each in others)
        return len(others) + own >= self._most

    def take(self, speaker: Speaker) -> Place:
        """One for an answer that begins, or is about to: those who ask before it has are to find
        its place held.
        """
        place = self._held[speaker.interview] = Place(speaker, self._clock.now())
        return place

    def use(self, place: Place, *, whole: bool) -> None:
        """Audio came; `whole`: that was the last of it."""
        if not place.left:
            place.used_at, place.whole = self._clock.now(), whole
            self._held[place.speaker.interview] = place

    def leave(self, place: Place) -> None:
        """Its answer is heard, or dropped."""
        place.left = True
        if self._held.get(place.speaker.interview) is place:
            del self._held[place.speaker.interview]
