"""The hot write: the commits of all interviews, as many at once as have come together.

Rules that hold inside:

- One connection, one batch after the other. What comes while a batch is being stored goes together
  into the next: no timer delays any, and the more there is to do, the less each costs.
- A row that PostgreSQL refuses fails its own commit alone: its batch is tried again in halves.
- Every wait is bounded. If PostgreSQL doesn't answer, the outcome of what it was given is not known
  (`StorageUnavailable`), and what it was not given yet is given up (`NotStored`).
- Batches are stored by a task of the writer's: whoever waits for a commit may be cancelled.
- What waits is bounded by the interviews that are awake: each has one commit at a time.
"""

import asyncio
from collections import deque
from dataclasses import dataclass

from sqlalchemy import URL

from storage.batch import STORE_COMMITS, encoded
from storage.connections import Limits, dsn
from storage.pen import Pen
from storage.records import Commit, Fenced, NotStored, StorageUnavailable

MOST_COMMITS = 256
MOST_BYTES = 1 << 20


@dataclass(slots=True, eq=False)
class _Waiting:
    """A commit, encoded, and whom to tell what became of it."""

    interview_id: str
    row: bytes
    outcome: asyncio.Future[None]

    def tell(self, error: Exception | None = None) -> None:
        if self.outcome.done():
            return  # Whoever waited was cancelled.
        if error is None:
            self.outcome.set_result(None)
        else:
            self.outcome.set_exception(error)


class Writer:
    """Stores commits in the database at a URL (`postgresql://…`). Connects when first used.

    Raises:
        ValueError: the URL is none of PostgreSQL's.
    """

    def __init__(self, url: str | URL, limits: Limits | None = None) -> None:
        self._address = dsn(url)
        self._limits = limits or Limits()
        self._pen: Pen | None = None
        self._waiting: deque[_Waiting] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._closed = False

    async def commit(self, commit: Commit) -> None:
        """Store a step, whole or not at all.

        Raises:
            NotStored: the database can't take it now, or another transaction has the interview's
                row; nothing was stored.
            StorageUnavailable: the database didn't answer; whether it was stored is not known.
            Fenced: the interview isn't of that term any more, or was deleted; nothing was stored.
            Unstorable: PostgreSQL refuses what the commit holds; nothing was stored.
            asyncpg.PostgresError: PostgreSQL refuses it for another reason; nothing was stored.
        """
        if self._closed:
            raise NotStored("the database was closed")
        outcome = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(commit.after.view.interview.id, encoded(commit), outcome))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        await outcome

    async def aclose(self) -> None:
        """Take no more commits, wait for those that were taken, and close the connection."""
        self._closed = True
        if self._writing is not None:
            await asyncio.wait([self._writing])
        self._drop_pen()

    async def _write(self) -> None:
        try:
            while self._waiting:
                await self._store(self._next())
        finally:
            self._writing = None

    def _next(self) -> list[_Waiting]:
        """The first of those that wait, as many as one batch may hold."""
        batch = [self._waiting.popleft()]
        interviews = {batch[0].interview_id}
        size = len(batch[0].row)
        while self._waiting and len(batch) < MOST_COMMITS:
            following = self._waiting[0]
            size += len(following.row)
            if size > MOST_BYTES or following.interview_id in interviews:
                break
            interviews.add(following.interview_id)
            batch.append(self._waiting.popleft())
        return batch

    async def _store(self, batch: list[_Waiting]) -> None:
        """Store `batch`, and tell everyone what became of it."""
        parts = [batch]
        while parts:
            part = parts.pop()
            try:
                left_out = await self._put(part)
            except StorageUnavailable as outage:
                self._drop_pen()
                for each in part:
                    each.tell(type(outage)(*outage.args))
                self._give_up(parts)
                return
            except Exception as refusal:
                middle = len(part) // 2
                if middle:
                    parts += [part[:middle], part[middle:]]
                else:
                    part[0].tell(refusal)
            else:
                for each in part:
                    each.tell(_error(each.interview_id, left_out.get(each.interview_id)))

    async def _put(self, part: list[_Waiting]) -> dict[str, bool]:
        if self._pen is None or not self._pen.usable:
            self._pen = await Pen.at(self._address, self._limits, STORE_COMMITS)
        rows = [each.row for each in part]
        left_out = await self._pen.put(rows, self._limits.transaction_s)
        return {interview_id: same_term for interview_id, same_term in left_out}

    def _give_up(self, parts: list[list[_Waiting]]) -> None:
        """The database doesn't answer: nobody else is to wait for it in vain."""
        for each in (*(each for part in parts for each in part), *self._waiting):
            each.tell(NotStored("the database didn't answer the commit before"))
        self._waiting.clear()

    def _drop_pen(self) -> None:
        if self._pen is not None:
            self._pen.drop()
            self._pen = None


def _error(interview_id: str, same_term: bool | None) -> Exception | None:
    """Why an interview was left out; null: it wasn't."""
    if same_term is None:
        return None
    if same_term:
        return NotStored(f"another transaction has a lock on interview {interview_id}")
    return Fenced(f"interview {interview_id} is of another term, or gone")
