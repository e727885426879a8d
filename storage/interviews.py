"""Interviews in PostgreSQL: made, woken, committed to, looked at, deleted.

Rules that hold inside:

- A user's interviews are found by the user's id and their own together, never by their own
  alone: another user's interview is as good as none.
- Whoever writes to an interview locks its row before all else. So a commit is either seen by
  whoever wakes the interview, or refused: the epoch is raised and compared in that row, under that
  lock.
- A receipt is in the transaction of the effect that it vouches for.
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Annotated

import msgspec
from sqlalchemy import RowMapping, and_, delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from protocol.draft import State
from protocol.errors import ProtocolError, malformed
from protocol.view import Config, Interview
from storage.database import Database
from storage.models import FeedbackRow, InterviewRow, ReceiptRow, TurnRow, UserRow
from storage.records import Commit, Fenced, Woken
from storage.rows import Values, changes, new_interview, states

_PLACE = msgspec.json.Decoder(tuple[Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)], str])


class StoredInterviews:
    """All interviews of a database, of whichever user. `new_id` names new ones, each differently.

    Every method raises `StorageUnavailable` within bounded time if the database doesn't answer, and
    `CorruptRecord` if it holds what is no interview. A caller may be cancelled: what was begun is
    then done to its end.
    """

    def __init__(self, database: Database, new_id: Callable[[], str]) -> None:
        self._database = database
        self._new_id = new_id

    async def create(self, user_id: str, config: Config, *, now: int, key: str | None) -> Interview:
        """A new interview, created at `now` (Unix ms); with an idempotency `key` seen before, the
        one that it made, as stored now.

        Raises:
            ProtocolError: `id_reused`, for a key that came with another config.
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
        state = await self._database.write(lambda connection: _create(connection, values))
        if state.view.interview.config != config:
            raise ProtocolError("id_reused", "This key came with another interview before.")
        return state.view.interview

    async def wake(self, user_id: str, interview_id: str) -> Woken | None:
        """Fetch an interview to run it, under a new epoch that is stored when this returns; a
        finished one keeps its epoch. Null: not this user's.
        """
        if not _possible(interview_id):
            return None
        return await self._database.write(
            lambda connection: _wake(connection, user_id, interview_id)
        )

    async def commit(self, commit: Commit) -> None:
        """Store a step, whole or not at all.

        Raises:
            Fenced: the interview isn't at that epoch any more, or was deleted; nothing was stored.
        """
        await self._database.write(lambda connection: _commit(connection, commit))

    async def load(self, user_id: str, interview_id: str) -> Woken | None:
        """As stored, without waking it; null: not this user's."""
        if not _possible(interview_id):
            return None
        query = select(InterviewRow).where(
            InterviewRow.id == interview_id, InterviewRow.user_id == user_id
        )

        async def look(connection: AsyncConnection) -> list[State]:
            return await _states(connection, (await connection.execute(query)).mappings().all())

        found = await self._database.read(look)
        return _seen(user_id, found[0]) if found else None

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
            query = query.where(place < _place(cursor))
        query = query.order_by(InterviewRow.created_at.desc(), InterviewRow.id.desc())
        query = query.limit(limit + 1)

        async def look(connection: AsyncConnection) -> tuple[list[State], bool]:
            rows = (await connection.execute(query)).mappings().all()
            return await _states(connection, rows[:limit]), len(rows) > limit

        found, more = await self._database.read(look)
        items = [_seen(user_id, state) for state in found]
        return items, _cursor(found[-1].view.interview) if more else None

    async def delete(self, user_id: str, interview_id: str) -> bool:
        """Delete it and all that hangs on it; false: not this user's."""
        if not _possible(interview_id):
            return False
        statement = delete(InterviewRow).where(
            InterviewRow.id == interview_id, InterviewRow.user_id == user_id
        )

        async def remove(connection: AsyncConnection) -> bool:
            return (await connection.execute(statement)).rowcount > 0

        return await self._database.write(remove)


# --- transactions --------------------------------------------------------------------------------


def _upsert(table: type[TurnRow] | type[FeedbackRow]) -> Insert:
    """Insert a row, or put it in the place of the one with its key."""
    statement = insert(table)
    key = [column.name for column in table.__table__.primary_key]
    new = {column.name: column for column in statement.excluded if column.name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=new)


_TURN = _upsert(TurnRow)
_FEEDBACK = _upsert(FeedbackRow)


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
    return (await _states(connection, [row]))[0]


async def _wake(connection: AsyncConnection, user_id: str, interview_id: str) -> Woken | None:
    """The turns are read by statements of their own, after the row is locked: one statement's
    snapshot would be older than a commit that it had to wait for.
    """
    this = and_(InterviewRow.id == interview_id, InterviewRow.user_id == user_id)
    statement = (
        update(InterviewRow)
        .where(this, InterviewRow.phase != "finished")
        .values(epoch=InterviewRow.epoch + 1, seq=0)
        .returning(InterviewRow)
    )
    rows = (await connection.execute(statement)).mappings().all()
    if not rows:
        rows = (await connection.execute(select(InterviewRow).where(this))).mappings().all()
    if not rows:
        return None
    state = (await _states(connection, rows))[0]
    query = select(ReceiptRow.command_id, ReceiptRow.digest)
    query = query.where(ReceiptRow.interview_id == interview_id)
    receipts = {name: digest for name, digest in await connection.execute(query)}
    return Woken(user_id, state, state.view.epoch, state.view.seq, receipts)


async def _commit(connection: AsyncConnection, commit: Commit) -> None:
    interview_id = commit.after.view.interview.id
    changed = changes(commit)
    statement = update(InterviewRow).where(
        InterviewRow.id == interview_id, InterviewRow.epoch == commit.epoch
    )
    done = await connection.execute(statement.values(changed.interview))
    if done.rowcount == 0:
        raise Fenced(f"interview {interview_id} is not at epoch {commit.epoch}")
    if changed.turns:
        await connection.execute(_TURN, changed.turns)
    if changed.feedback:
        await connection.execute(_FEEDBACK, changed.feedback)
    if commit.receipt is not None:
        values = {"interview_id": interview_id, **asdict(commit.receipt)}
        await connection.execute(insert(ReceiptRow).values(values))


async def _states(connection: AsyncConnection, rows: Sequence[RowMapping]) -> list[State]:
    """The states of the interviews of these rows, in their order."""
    ids = [row["id"] for row in rows]
    turns = select(TurnRow).where(TurnRow.interview_id.in_(ids)).order_by(TurnRow.turn)
    feedback = select(FeedbackRow).where(FeedbackRow.interview_id.in_(ids))
    feedback = feedback.order_by(FeedbackRow.turn, FeedbackRow.lane)
    return states(
        rows,
        (await connection.execute(turns)).mappings().all(),
        (await connection.execute(feedback)).mappings().all(),
    )


def _seen(user_id: str, state: State) -> Woken:
    return Woken(user_id, state, state.view.epoch, state.view.seq, receipts={})


# --- cursors -------------------------------------------------------------------------------------


def _cursor(last: Interview) -> str:
    """Where a page ended: as text that a URL takes as it is."""
    place = msgspec.json.encode((last.created_at, last.id))
    return base64.urlsafe_b64encode(place).decode().rstrip("=")


def _place(cursor: str) -> tuple[int, str]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        created_at, interview_id = _PLACE.decode(base64.b64decode(padded, b"-_", validate=True))
    except (ValueError, msgspec.MsgspecError) as error:
        raise malformed("This cursor is none of ours.", "cursor") from error
    if not _possible(interview_id):
        raise malformed("This cursor is none of ours.", "cursor")
    return created_at, interview_id


def _possible(interview_id: str) -> bool:
    """Whether PostgreSQL can be asked about it: there are texts that it can't hold."""
    return interview_id.isprintable()
