"""What was asked of models, and what it cost: recorded, and added up.

Rules that hold inside:

- A user's spending is that user's alone, and counts deleted interviews.
- Where no price was known, a request counts as free.
- There is no text in the books.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median_low

from sqlalchemy import URL, RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.connections import WRITER, Limits
from storage.database import NOBODY, Database
from storage.models import InterviewRow, ModelRequestRow
from storage.records import RequestRecord, Spent
from storage.usage_reader import SpendingReader
from storage.usage_writer import RequestWriter

WINDOW_MS = 86_400_000


class StoredLedger:
    """The books of the database at a URL (`postgresql://…`), of all users. Connects when first
    used. `now` is Unix time in milliseconds.

    Raises:
        ValueError: the URL is none of PostgreSQL's.
    """

    def __init__(
        self, url: str | URL, now: Callable[[], int], limits: Limits | None = None
    ) -> None:
        self._writer = RequestWriter(url, limits)
        self._reader = SpendingReader(url, limits)
        self._now = now

    async def spent(self, user_id: str, interview_id: str) -> Spent:
        """What an interview has cost, and its user in the last 24 hours. What was recorded a
        moment ago may be missing.

        Raises:
            StorageUnavailable: the database didn't answer, within bounded time.
        """
        return await self._reader.spent(user_id, interview_id, self._now() - WINDOW_MS)

    def record(self, entry: RequestRecord) -> None:
        """Have it stored in a while. Never waits, and raises nothing."""
        self._writer.record(entry)

    async def aclose(self) -> None:
        """Store what was recorded, in bounded time, and close the connections."""
        await asyncio.gather(self._writer.aclose(), self._reader.aclose())


@dataclass(frozen=True, slots=True)
class WorkUsage:
    """What one work of an interview took of one model: the question of turn 3, say.

    `turn` is null for the report. `outcomes`: how many requests ended how. `estimated`: how many
    requests' tokens the provider didn't count. `cost_micro_usd` is of those with a known price;
    null: none has one. `first_token_ms` is the (lower) median; null: none ever came.
    """

    turn: int | None
    what: str
    lane: int
    provider: str
    model: str
    requests: int
    outcomes: dict[str, int]
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    estimated: int
    cost_micro_usd: int | None
    first_token_ms: int | None


async def usage_of(url: str | URL, interview_id: str) -> list[WorkUsage] | None:
    """What an interview has taken, whosoever it is, in the order of its works: for operators.
    Null: there is no such interview.

    Raises:
        StorageUnavailable: the database didn't answer.
    """
    if not interview_id.isprintable():
        return None
    exists = select(InterviewRow.id).where(InterviewRow.id == interview_id)
    requests = select(ModelRequestRow).where(ModelRequestRow.interview_id == interview_id)
    requests = requests.order_by(ModelRequestRow.at, ModelRequestRow.id)

    async def look(connection: AsyncConnection) -> list[WorkUsage] | None:
        if (await connection.execute(exists)).first() is None:
            return None
        return _by_work((await connection.execute(requests)).mappings().all())

    database = Database(url, role=WRITER)  # which sees all of them
    try:
        return await database.read(NOBODY, look)
    finally:
        await database.aclose()


def _by_work(rows: Sequence[RowMapping]) -> list[WorkUsage]:
    """In the order in which the works' first requests ended."""
    works: dict[tuple[int | None, str, int, str, str], list[RowMapping]] = {}
    for row in rows:
        key = (row["turn"], row["what"], row["lane"], row["provider"], row["model"])
        works.setdefault(key, []).append(row)
    return [
        WorkUsage(
            *key,
            requests=len(of_work),
            outcomes=dict(Counter(row["outcome"] for row in of_work)),
            input_tokens=sum(row["input_tokens"] for row in of_work),
            cached_tokens=sum(row["cached_tokens"] for row in of_work),
            output_tokens=sum(row["output_tokens"] for row in of_work),
            estimated=sum(row["estimated"] for row in of_work),
            cost_micro_usd=_total([row["cost_micro_usd"] for row in of_work]),
            first_token_ms=_median([row["first_token_ms"] for row in of_work]),
        )
        for key, of_work in works.items()
    ]


def _total(costs: list[int | None]) -> int | None:
    known = [cost for cost in costs if cost is not None]
    return sum(known) if known else None


def _median(values: list[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return median_low(known) if known else None
