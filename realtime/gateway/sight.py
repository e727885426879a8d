"""A user's interview, as it stands.

One that is awake is told of by its actor; one that sleeps is told of as it is stored, and left
asleep.
"""

from dataclasses import dataclass, replace
from typing import Any

from protocol.codec import interview_json
from protocol.errors import ProtocolError
from protocol.time_limit import remaining_ms
from protocol.view import Interview
from realtime.ports import Clock, Interviews, Woken
from realtime.session.directory import Directory


@dataclass(frozen=True, slots=True)
class Seen:
    """An interview, where its log stands."""

    interview: Interview
    epoch: int
    seq: int

    def json(self) -> dict[str, Any]:
        return interview_json(self.interview, self.epoch, self.seq)


class Sight:
    """Looks interviews up, awake or asleep."""

    def __init__(self, directory: Directory, interviews: Interviews, clock: Clock) -> None:
        self._directory = directory
        self._interviews = interviews
        self._clock = clock

    async def find(self, user_id: str, interview_id: str) -> Seen:
        """That user's interview.

        Raises:
            ProtocolError: `not_found`.
        """
        awake = self.awake(user_id, interview_id)
        if awake is not None:
            return awake
        stored = await self._interviews.load(user_id, interview_id)
        if stored is None:
            raise no_such_interview()
        return self.stored(stored)

    def awake(self, user_id: str, interview_id: str) -> Seen | None:
        """That user's interview, if it is awake."""
        actor = self._directory.awake(user_id, interview_id)
        if actor is None:
            return None
        snapshot = actor.snapshot()
        return Seen(snapshot.interview, snapshot.epoch, snapshot.seq)

    def stored(self, woken: Woken) -> Seen:
        """An interview that sleeps, its clock as it is now."""
        left_ms = remaining_ms(woken.state, self._clock.now())
        interview = replace(woken.state.view.interview, remaining_ms=left_ms)
        return Seen(interview, woken.epoch, woken.seq)


def no_such_interview() -> ProtocolError:
    """There is none of that name, or it is another user's."""
    return ProtocolError("not_found", "There is no such interview.")
