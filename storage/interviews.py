"""Interviews in PostgreSQL: made, woken, committed to, looked at, deleted.

Rules that hold inside:

- A user's interviews are found by the user's id and their own together, never by their own
  alone: another user's interview is as good as none. Row-level security says so a second time.
- Whoever writes to an interview locks its row before all else. So a commit is either seen by
  whoever wakes the interview, or refused: the term is raised and compared in that row, under that
  lock.
- A receipt is in the transaction of the effect that it vouches for (`storage.writer`).
"""

from collections.abc import Callable, Sequence

from sqlalchemy import URL, RowMapping, case, delete, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from protocol.draft import State
from protocol.errors import ProtocolError, malformed
from protocol.view import Config, Interview, Word
from storage.connections import WRITER
from storage.database import NOBODY, Database
from storage.documents import kept
from storage.models import (
    FeedbackRow,
    InterviewRow,
    ReceiptRow,
    TranscriptWordsRow,
    TurnRow,
    UserRow,
)
from storage.paging import cursor_of, place_of, possible
from storage.records import Commit, Woken
from storage.rows import Values, new_interview, states, words_of
from storage.writer import Writer

# No turn has a higher number: the column is PostgreSQL's `integer`.
MOST_TURNS = 2**31 - 1


class StoredInterviews:
    """All interviews of a database, of whichever user.

    `owner` names this server at this start of it, as no other: whoever has woken an interview.
    `new_id` names new interviews, each differently.

    Every method raises `StorageUnavailable` within bounded time if the database doesn't answer, and
    `CorruptRecord` if it holds what is no interview. A caller may be cancelled: what was begun is
    then done to its end.
    """

    def __init__(
        self, database: Database, writer: Writer, *, owner: str, new_id: Callable[[], str]
    ) -> None:
        self._database = database
        self._writer = writer
        self._owner = owner
        self._new_id = new_id

    async def create(self, user_id: str, config: Config, *, now: int, key: str | None) -> Interview:
        """A new interview, created at `now` (Unix ms); with an idempotency `key` seen before, the
        one that it made, as stored now.

        Raises:
            ProtocolError: `id_reused`, for a key that came with another config; `malformed`, for a
                document that isn't the user's.
        """
        new = Interview(
            id=self._new_id(),
            phase="created",
            paused=False,
            created_at=now,
            started_at=None,
            finished_at=None,
            finish_reason=None,
            remaining_ms=None,
            config=config,
        )
        values = new_interview(new, user_id, key)
        state = await self._database.write(user_id, lambda connection: _create(connection, values))
        if state.view.interview.config != config:
            raise ProtocolError("id_reused", "This key came with another interview before.")
        return state.view.interview

    async def wake(self, user_id: str, interview_id: str) -> Woken | None:
        """Fetch an interview to run it, under a new term and epoch that are stored when this
        returns; a finished one keeps its epoch, a new one has its first. Null: not this user's.
        """
        if not possible(interview_id):
            return None
        return await self._database.write(
            user_id, lambda connection: _wake(connection, user_id, interview_id, self._owner)
        )

    async def commit(self, commit: Commit) -> None:
        """Store a step, whole or not at all.

        Raises:
            NotStored: it can't be stored now, and wasn't.
            Fenced: the interview isn't of that term any more, or was deleted; nothing was stored.
        """
        await self._writer.commit(commit)

    async def load(self, user_id: str, interview_id: str) -> Woken | None:
        """As stored, without waking it; null: not this user's."""
        if not possible(interview_id):
            return None
        query = select(InterviewRow).where(
            InterviewRow.id == interview_id, InterviewRow.user_id == user_id
        )

        async def look(connection: AsyncConnection) -> list[Woken]:
            return await _seen(connection, (await connection.execute(query)).mappings().all())

        found = await self._database.read(user_id, look)
        return found[0] if found else None

    async def words(self, user_id: str, interview_id: str, turn: int) -> tuple[Word, ...] | None:
        """The words of a turn's transcript, in order; null: not this user's interview, no such
        turn, or nothing of it was spoken.
        """
        if not possible(interview_id) or turn > MOST_TURNS:
            return None
        query = select(TranscriptWordsRow.words).join(
            InterviewRow, InterviewRow.id == TranscriptWordsRow.interview_id
        )
        query = query.where(
            InterviewRow.id == interview_id,
            InterviewRow.user_id == user_id,
            TranscriptWordsRow.turn == turn,
        )

        async def look(connection: AsyncConnection) -> object:
            return (await connection.execute(query)).scalar_one_or_none()

        found = await self._database.read(user_id, look)
        return None if found is None else words_of(interview_id, found)

    async def page(
        self, user_id: str, *, limit: int, cursor: str | None
    ) -> tuple[list[Woken], str | None]:
        """At most `limit` of the user's interviews, newest first, and the cursor of the next page.

        Raises:
            ProtocolError: `malformed`, for a cursor that isn't ours.
        """
        place = tuple_(InterviewRow.created_at, InterviewRow.id)
        query = select(InterviewRow).where(InterviewRow.user_id == user_id)
        if cursor is not None:
            query = query.where(place < place_of(cursor))
        query = query.order_by(InterviewRow.created_at.desc(), InterviewRow.id.desc())
        query = query.limit(limit + 1)

        async def look(connection: AsyncConnection) -> tuple[list[Woken], bool]:
            rows = (await connection.execute(query)).mappings().all()
            return await _seen(connection, rows[:limit]), len(rows) > limit

        items, more = await self._database.read(user_id, look)
        return items, _next(items[-1]) if more else None

    async def delete(self, user_id: str, interview_id: str) -> bool:
        """Delete it and all that hangs on it; false: not this user's."""
        if not possible(interview_id):
            return False
        statement = delete(InterviewRow).where(
            InterviewRow.id == interview_id, InterviewRow.user_id == user_id
        )

        async def remove(connection: AsyncConnection) -> bool:
            return (await connection.execute(statement)).rowcount > 0

        return await self._database.write(user_id, remove)


async def unfinished(url: str | URL) -> int:
    """How many interviews aren't finished, whosoever they are: for operators.

    Raises:
        StorageUnavailable: the database didn't answer.
    """
    query = select(func.count()).select_from(InterviewRow).where(InterviewRow.phase != "finished")

    async def count(connection: AsyncConnection) -> int:
        return (await connection.execute(query)).scalar_one()

    database = Database(url, role=WRITER)  # which sees all of them
    try:
        return await database.read(NOBODY, count)
    finally:
        await database.aclose()


# --- transactions --------------------------------------------------------------------------------


async def _create(connection: AsyncConnection, values: Values) -> State:
    """Where the key is known, the row is touched, not changed: so it is locked, and returned."""
    user = insert(UserRow).values(id=values["user_id"], created_at=values["created_at"])
    await connection.execute(user.on_conflict_do_nothing())
    statement = insert(InterviewRow).values(values)
    statement = statement.on_conflict_do_update(
        index_elements=[InterviewRow.user_id, InterviewRow.idempotency_key],
        set_={"idempotency_key": statement.excluded.idempotency_key},
    )
    row = (await connection.execute(statement.returning(InterviewRow))).mappings().one()
    named = values["config"].document_ids or ()
    # Of one that was made before, documents may have been deleted since.
    if row["id"] == values["id"] and len(await kept(connection, named)) < len(set(named)):
        raise malformed("document_ids: there is no such document.", "document_ids")
    return (await _states(connection, [row]))[0]


async def _wake(
    connection: AsyncConnection, user_id: str, interview_id: str, owner: str
) -> Woken | None:
    """The turns are read by statements of their own, after the row is locked: one statement's
    snapshot would be older than a commit that it had to wait for.
    """
    # Of a finished interview, and of one that nobody has woken yet, no history was lost.
    whole = or_(InterviewRow.phase == "finished", InterviewRow.term == 0)
    statement = (
        update(InterviewRow)
        .where(InterviewRow.id == interview_id, InterviewRow.user_id == user_id)
        .values(
            term=InterviewRow.term + 1,
            owner=owner,
            epoch=case((whole, InterviewRow.epoch), else_=InterviewRow.epoch + 1),
            seq=case((whole, InterviewRow.seq), else_=0),
        )
        .returning(InterviewRow)
    )
    rows = (await connection.execute(statement)).mappings().all()
    if not rows:
        return None
    state = (await _states(connection, rows))[0]
    query = select(ReceiptRow.command_id, ReceiptRow.digest)
    query = query.where(ReceiptRow.interview_id == interview_id)
    receipts = {name: digest for name, digest in await connection.execute(query)}
    return _woken(rows[0], state, receipts)


async def _states(connection: AsyncConnection, rows: Sequence[RowMapping]) -> list[State]:
    """The states of the interviews of these rows, in their order."""
    if not rows:
        return []
    ids = [row["id"] for row in rows]
    turns = select(TurnRow).where(TurnRow.interview_id.in_(ids)).order_by(TurnRow.turn)
    feedback = select(FeedbackRow).where(FeedbackRow.interview_id.in_(ids))
    feedback = feedback.order_by(FeedbackRow.turn, FeedbackRow.lane)
    return states(
        rows,
        (await connection.execute(turns)).mappings().all(),
        (await connection.execute(feedback)).mappings().all(),
    )


async def _seen(connection: AsyncConnection, rows: Sequence[RowMapping]) -> list[Woken]:
    """The interviews of these rows as they are stored, in their order."""
    found = await _states(connection, rows)
    return [_woken(row, state, {}) for row, state in zip(rows, found, strict=True)]


def _next(last: Woken) -> str:
    interview = last.state.view.interview
    return cursor_of(interview.created_at, interview.id)


def _woken(row: RowMapping, state: State, receipts: dict[str, bytes]) -> Woken:
    return Woken(row["user_id"], state, row["epoch"], row["seq"], row["term"], receipts)
