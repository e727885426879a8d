"""Stores what was asked of models: as much at once as has come together, and never in anybody's
way.

Rules that hold inside:

- Whoever records waits for nothing. Rows gather until the batch before them is stored, and are then
  stored together: no timer delays any.
- A row has its id before it is stored. So a batch whose outcome is not known is stored again, and
  is there once.
- While the database is away a bounded number of rows is kept, the newest. What is lost is counted,
  and told in the log, as is the beginning of each outage and its end.
- A row that PostgreSQL refuses is lost alone: its batch is tried again in halves.
- An interview may be deleted meanwhile. Its requests are stored all the same, as nobody's but the
  user's.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from random import random
from uuid import UUID

import orjson
import structlog
from sqlalchemy import URL

from protocol.client.backoff import backoff_ms
from storage.connections import Limits, dsn
from storage.models import ModelRequestRow
from storage.pen import Pen
from storage.records import RequestRecord, StorageUnavailable

MOST_WAITING = 10_000
MOST_ROWS = 512

logger = structlog.get_logger(__name__)

_COLUMNS = [column.name for column in ModelRequestRow.__table__.columns]
_TAKEN_OVER = [name for name in _COLUMNS if name not in ("id", "interview_id")]

# The lock holds off a deletion of the interview, or waits for one: a foreign key that is checked
# at the end would fail.
_STORE_REQUESTS = f"""
WITH given AS MATERIALIZED (
    SELECT each.id AS request_id, new.* FROM jsonb_to_recordset($1) AS each (id uuid, entry jsonb),
        jsonb_populate_record(NULL::model_requests, each.entry) AS new
), kept AS MATERIALIZED (
    SELECT id, user_id FROM interviews WHERE id IN (SELECT interview_id FROM given) FOR KEY SHARE
)
INSERT INTO model_requests (id, interview_id, {", ".join(_TAKEN_OVER)})
SELECT request_id, kept.id, {", ".join(f"given.{name}" for name in _TAKEN_OVER)}
FROM given
LEFT JOIN kept ON kept.id = given.interview_id AND kept.user_id = given.user_id
ON CONFLICT (id) DO NOTHING
"""


def _delay_s(tries: int) -> float:
    return backoff_ms(tries, random()) / 1_000


class RequestWriter:
    """Stores records in the database at a URL (`postgresql://…`). Connects when first used.

    `series`: 96 bits that no other writer has; ids count on from there. `delay_s` tells how long to
    wait after so many failures (from 0), in seconds.

    Raises:
        ValueError: the URL is none of PostgreSQL's.
    """

    def __init__(
        self,
        url: str | URL,
        limits: Limits | None = None,
        *,
        series: int | None = None,
        delay_s: Callable[[int], float] = _delay_s,
    ) -> None:
        self._address = dsn(url)
        self._limits = limits or Limits()
        self._next_id = (secrets.randbits(96) if series is None else series) << 32
        self._delay_s = delay_s
        self._waiting: deque[bytes] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._pen: Pen | None = None
        self._closing = asyncio.Event()
        self._failures = 0
        self._lost = 0

    def record(self, entry: RequestRecord) -> None:
        """Have it stored. What comes after `aclose` is lost, as is what can't be stored."""
        self._next_id += 1
        try:
            row = orjson.dumps({"id": UUID(int=self._next_id), "entry": entry})
        except orjson.JSONEncodeError as error:
            logger.error("request_not_storable", reason=str(error))
            return
        if self._closing.is_set():
            self._lose(1)
            return
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
            self._lose(1)
        self._waiting.append(row)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())

    async def aclose(self) -> None:
        """Take no more, and store what is there: tried once more, in bounded time."""
        self._closing.set()
        if self._writing is not None:
            within_s = self._limits.new_connection_s + self._limits.transaction_s
            _, late = await asyncio.wait([self._writing], timeout=within_s)
            for writing in late:
                writing.cancel()
                await asyncio.wait([writing])
        self._drop_pen()
        self._lost += len(self._waiting)
        self._waiting.clear()
        if self._lost:
            logger.error("requests_lost", count=self._lost)

    async def _write(self) -> None:
        try:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_ROWS))]
                try:
                    await self._store(batch)
                except StorageUnavailable as outage:
                    self._drop_pen()
                    if self._closing.is_set():
                        return
                    await self._hold_on(outage)
                else:
                    self._stored()
        finally:
            self._writing = None

    async def _store(self, batch: list[bytes]) -> None:
        """Store `batch`, or put back what wasn't stored of it.

        Raises:
            StorageUnavailable: the database can't do it now.
        """
        parts = [batch]
        while parts:
            part = parts.pop()
            try:
                await self._put(part)
            except (StorageUnavailable, asyncio.CancelledError):
                self._put_back([row for each in (part, *reversed(parts)) for row in each])
                raise
            except Exception as refusal:
                middle = len(part) // 2
                if middle:
                    parts += [part[middle:], part[:middle]]
                else:
                    logger.error("request_not_storable", reason=str(refusal))

    async def _put(self, rows: list[bytes]) -> None:
        if self._pen is None or not self._pen.usable:
            self._pen = await Pen.at(self._address, self._limits, _STORE_REQUESTS)
        await self._pen.put(rows, self._limits.transaction_s)

    def _put_back(self, rows: list[bytes]) -> None:
        """In front of what has come since, as far as there is room: the newest are kept."""
        room = MOST_WAITING - len(self._waiting)
        self._lose(max(0, len(rows) - room))
        self._waiting.extendleft(reversed(rows[max(0, len(rows) - room) :]))

    async def _hold_on(self, outage: StorageUnavailable) -> None:
        """Wait before the next try, but not when all comes to its end."""
        if self._failures == 0:
            logger.warning("requests_not_stored", reason=str(outage))
        delay_s = self._delay_s(self._failures)
        self._failures += 1
        with suppress(TimeoutError):
            async with asyncio.timeout(delay_s):
                await self._closing.wait()

    def _stored(self) -> None:
        if self._failures or self._lost:
            logger.info("requests_stored_again", lost=self._lost)
        self._failures = self._lost = 0

    def _lose(self, count: int) -> None:
        if count and not self._lost:
            logger.error("requests_being_lost")
        self._lost += count

    def _drop_pen(self) -> None:
        if self._pen is not None:
            self._pen.drop()
            self._pen = None
