"""Adds up what was spent, for as many as ask at once: every request to a model asks before.

Rules that hold inside:

- One connection, one query after the other. Who asks while one is under way goes together with all
  others into the next; so the more ask, the less each costs.
- It sees the requests of all users, as the writer does; each question names its user, and is
  answered of that user's rows alone.
- Every wait is bounded. If the database doesn't answer, nobody who asked is answered.
"""

import asyncio
from collections import deque
from dataclasses import dataclass

import orjson
from sqlalchemy import URL

from storage.connections import Limits, dsn
from storage.pen import Pen
from storage.records import NotStored, Spent, StorageUnavailable

MOST_ASKED = 256

# The user is no condition of the first sum, lest it be searched among all that the user ever asked.
_ADD_UP = """
SELECT (
    SELECT coalesce(sum(cost_micro_usd) FILTER (WHERE one.user_id = each.user_id), 0)
    FROM model_requests AS one WHERE one.interview_id = each.interview_id
), (
    SELECT coalesce(sum(cost_micro_usd), 0)
    FROM model_requests AS one WHERE one.user_id = each.user_id AND one.at > each.since
)
FROM ROWS FROM (
    jsonb_to_recordset($1) AS (user_id text, interview_id text, since bigint)
) WITH ORDINALITY AS each (user_id, interview_id, since, place)
ORDER BY each.place
"""


@dataclass(slots=True, eq=False)
class _Asked:
    row: bytes
    answer: asyncio.Future[Spent]


class SpendingReader:
    """Reads from the database at a URL (`postgresql://…`). Connects when first used.

    Raises:
        ValueError: the URL is none of PostgreSQL's.
    """

    def __init__(self, url: str | URL, limits: Limits | None = None) -> None:
        self._address = dsn(url)
        self._limits = limits or Limits()
        self._pen: Pen | None = None
        self._asked: deque[_Asked] = deque()
        self._reading: asyncio.Task[None] | None = None
        self._closed = False

    async def spent(self, user_id: str, interview_id: str, since: int) -> Spent:
        """What the user's interview has cost, and all of the user's requests that ended after
        `since` (Unix ms).

        Raises:
            StorageUnavailable: the database didn't answer.
        """
        if self._closed:
            raise NotStored("the database was closed")
        try:
            row = orjson.dumps({"user_id": user_id, "interview_id": interview_id, "since": since})
        except orjson.JSONEncodeError:
            return Spent(0, 0)  # There are texts that PostgreSQL can't hold.
        if "\0" in user_id or "\0" in interview_id:
            return Spent(0, 0)
        answer: asyncio.Future[Spent] = asyncio.get_running_loop().create_future()
        self._asked.append(_Asked(row, answer))
        if self._reading is None:
            self._reading = asyncio.create_task(self._read())
        return await answer

    async def aclose(self) -> None:
        """Answer no more, but those who have asked; in bounded time."""
        self._closed = True
        if self._reading is not None:
            await asyncio.wait([self._reading])
        self._drop_pen()

    async def _read(self) -> None:
        try:
            while self._asked:
                count = min(len(self._asked), MOST_ASKED)
                batch = [self._asked.popleft() for _ in range(count)]
                try:
                    sums = await self._sums([each.row for each in batch])
                except Exception as error:
                    self._drop_pen()
                    self._fail([*batch, *self._asked], error)
                    self._asked.clear()
                    return
                for each, spent in zip(batch, sums, strict=True):
                    if not each.answer.done():  # Else whoever asked was cancelled.
                        each.answer.set_result(spent)
        finally:
            self._reading = None

    async def _sums(self, rows: list[bytes]) -> list[Spent]:
        if self._pen is None or not self._pen.usable:
            self._pen = await Pen.at(self._address, self._limits, _ADD_UP)
        found = await self._pen.put(rows, self._limits.transaction_s)
        return [Spent(int(of_interview), int(of_user)) for of_interview, of_user in found]

    def _fail(self, asked: list[_Asked], error: Exception) -> None:
        for each in asked:
            if not each.answer.done():
                each.answer.set_exception(StorageUnavailable(str(error)))

    def _drop_pen(self) -> None:
        if self._pen is not None:
            self._pen.drop()
            self._pen = None
