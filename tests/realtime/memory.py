"""Storage in memory, whole: for the actors and for HTTP. It can be made to fail."""

from dataclasses import replace

from protocol.view import Config, Interview, PastScore, Word
from storage.records import Woken
from tests.realtime.fakes import MemoryStore, interview


class MemoryStorage(MemoryStore):
    """`raises` is what every read then raises."""

    raises: Exception | None = None

    async def create(self, user_id: str, config: Config, *, now: int, key: str | None) -> Interview:
        await self._check()
        state = interview(f"iv{len(self.states)}", config)
        made = replace(state.view.interview, created_at=now)
        self.states[made.id] = replace(state, view=replace(state.view, interview=made))
        self.receipts[made.id] = {}
        self.epochs[made.id] = (1, 0)
        self.terms[made.id] = 0
        return made

    async def load(self, user_id: str, interview_id: str) -> Woken | None:
        await self._check()
        state = self.states.get(interview_id)
        if state is None or user_id != self.user_id:
            return None
        epoch, seq = self.epochs[interview_id]
        return Woken(user_id, state, epoch, seq, self.terms[interview_id], {})

    async def words(self, user_id: str, interview_id: str, turn: int) -> tuple[Word, ...] | None:
        found = await self.load(user_id, interview_id)
        return None if found is None else self.spoken.get((interview_id, turn))

    async def page(
        self, user_id: str, *, limit: int, cursor: str | None
    ) -> tuple[list[Woken], str | None]:
        found = [await self.load(user_id, name) for name in self.states]
        return [each for each in found if each is not None][:limit], None

    async def delete(self, user_id: str, interview_id: str) -> bool:
        await self._check()
        return user_id == self.user_id and self.states.pop(interview_id, None) is not None

    async def _check(self) -> None:
        await self._reached()
        if self.raises is not None:
            raise self.raises


class MemoryProgress:
    """The scores that it was given, by user. `raises` is what a page then raises."""

    def __init__(self, scores: dict[str, list[PastScore]] | None = None) -> None:
        self.scores = scores or {}
        self.raises: Exception | None = None

    async def page(
        self, user_id: str, *, limit: int, cursor: str | None
    ) -> tuple[list[PastScore], str | None]:
        if self.raises is not None:
            raise self.raises
        start, found = int(cursor or 0), self.scores.get(user_id, [])
        end = start + limit
        return found[start:end], str(end) if end < len(found) else None
