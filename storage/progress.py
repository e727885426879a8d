"""How a user's finished interviews were scored, read from their reports.

Rules that hold inside:

- The reports are read in the database, and no more of them than a page takes: an index leads from
  the newest on, and what there is of a report besides its scores stays there.
- A user's scores are found by the user's id. Row-level security says so a second time.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from sqlalchemy import ColumnElement, RowMapping, Select, and_, column, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from protocol.view import PastScore
from storage.database import Database
from storage.models import InterviewRow
from storage.paging import decoded, encoded, not_ours, possible
from storage.records import CorruptRecord

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
# When the interview was finished (Unix ms), its id, and the place of a score in its report, from 1.
_PLACE = msgspec.json.Decoder(tuple[_Count, str, _Count])

# A report's competencies, one a row.
_RESULTS = (
    func.jsonb_array_elements(InterviewRow.report["competencies"])
    .table_valued(column("result", JSONB), with_ordinality="place", joins_implicitly=True)
    .render_derived()
)


class StoredProgress:
    """The scores of all reports of a database, of whichever user.

    Every method raises `StorageUnavailable` within bounded time if the database doesn't answer, and
    `CorruptRecord` if it holds what is no score.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, user_id: str, *, limit: int, cursor: str | None
    ) -> tuple[list[PastScore], str | None]:
        """At most `limit` of the user's scores, and the cursor of the next page: those of the
        interview that was finished last come first, and of one interview in its report's order.
        What wasn't scored is left out.

        Raises:
            ProtocolError: `malformed`, for a cursor that isn't ours.
        """
        query = _scores(user_id)
        if cursor is not None:
            query = query.where(_after(cursor))
        query = query.limit(limit + 1)

        async def look(connection: AsyncConnection) -> Sequence[RowMapping]:
            return (await connection.execute(query)).mappings().all()

        rows = await self._database.read(user_id, look)
        items = [_score(row) for row in rows[:limit]]
        return items, _cursor(rows[limit - 1]) if len(rows) > limit else None


def _scores(user_id: str) -> Select[tuple[object, ...]]:
    result = _RESULTS.c.result
    query = select(
        InterviewRow.id.label("interview"),
        InterviewRow.finished_at,
        *(result[name].label(name) for name in ("competency", "score", "max")),
        _RESULTS.c.place,
    )
    query = query.where(
        InterviewRow.user_id == user_id,
        InterviewRow.report.is_not(None),
        result["score"].astext.is_not(None),
    )
    newest = (InterviewRow.finished_at.desc(), InterviewRow.id.desc())
    return query.order_by(*newest, _RESULTS.c.place)


def _after(cursor: str) -> ColumnElement[bool]:
    finished_at, interview_id, place = decoded(cursor, _PLACE)
    if not possible(interview_id):
        raise not_ours()
    interview, last = tuple_(InterviewRow.finished_at, InterviewRow.id), (finished_at, interview_id)
    return and_(interview <= last, or_(interview < last, _RESULTS.c.place > place))


def _cursor(row: RowMapping) -> str:
    return encoded((row["finished_at"], row["interview"], row["place"]))


def _score(row: RowMapping) -> PastScore:
    try:
        return msgspec.convert({name: row[name] for name in PastScore.__slots__}, PastScore)
    except msgspec.ValidationError as error:
        raise CorruptRecord(f"interview {row['interview']}: {error}") from error
