"""What a committed command costs the server: `python -m tests.load.commits`.

400 commands a second, which come at random, each an answer of an interview of its own, go to an
embedded PostgreSQL; the process's CPU time is divided by the commands. By the writer, and beside
it in the same run, as a transaction each by way of SQLAlchemy (with statements that are made once,
no objects). The time of a loop with nothing to do is taken off.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from pathlib import Path
from random import Random

import uvloop
from sqlalchemy import Table, bindparam, text, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from protocol.draft import State
from protocol.view import Config
from storage.connections import Limits
from storage.database import Database
from storage.embedded import EmbeddedPostgres
from storage.migrations import upgrade
from storage.models import FeedbackRow, InterviewRow, ReceiptRow, TurnRow
from storage.records import Commit, Fenced, Receipt
from storage.rows import changes
from storage.writer import Writer
from tests.protocol.play import Play

INTERVIEWS = 400
RATE = 400
SECONDS = 10
NOW = 1_700_000_000_000
QUESTION = "Tell me about a time when you had to change a design that others relied on."
ANSWER = "Our order service timed out every evening, so I added tracing and an index. " * 8

Store = Callable[[Commit], Awaitable[None]]


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix="viva-") as folder:
        async with EmbeddedPostgres(Path(folder)).running() as running:
            await upgrade(running.url)
            patient = Limits(free_connection_s=60.0)  # the other path may fall behind
            everyones = running.superuser_url.set(database=running.url.database)
            database = Database(everyones, patient, role=None)  # no policies there
            writer = Writer(running.url)
            await database.write("", _make_interviews)
            for store in (writer.commit, one_by_one(database)):  # connections, plans, caches
                await measure(store, 1)
            idle, _ = await measure(_nothing, SECONDS)
            ours, ours_ms = await measure(writer.commit, SECONDS)
            other, other_ms = await measure(one_by_one(database), SECONDS)
            await writer.aclose()
            await database.aclose()
    ours, other = ours - idle, other - idle
    print(f"{RATE} commands/s, {SECONDS} s; CPU us a command, idle loop off; p50, p99 ms to commit")
    print(f"  {ours:6.1f}          {_told(ours_ms)}  the writer (aim: 150)")
    print(f"  {other:6.1f}  {other / ours:4.2f} x  {_told(other_ms)}  SQLAlchemy, one by one")


async def measure(store: Store, seconds: int) -> tuple[float, list[float]]:
    """CPU microseconds a command, and how long each took (ms)."""
    chance = Random(1)
    before, after = step()
    took: list[float] = []

    async def command(commit: Commit) -> None:
        began = time.perf_counter()
        await store(commit)
        took.append((time.perf_counter() - began) * 1e3)

    loop = asyncio.get_running_loop()
    due = loop.time()
    began = time.process_time()
    async with asyncio.TaskGroup() as tasks:
        for number in range(RATE * seconds):
            due += chance.expovariate(RATE)
            await asyncio.sleep(due - loop.time())
            name = f"iv{number % INTERVIEWS}"
            receipt = Receipt(f"{id(took)}.{number}", bytes(16))
            commit = Commit(_named(before, name), _named(after, name), 1, number, receipt)
            tasks.create_task(command(commit))
    cost_us = (time.process_time() - began) / (RATE * seconds) * 1e6
    return cost_us, sorted(took)


def step() -> tuple[State, State]:
    """An interview before and after an answer is submitted."""
    play = Play(Config(role="backend"))
    play.start()
    play.ask(QUESTION)
    before = play.state
    play.answer(ANSWER)
    return before, play.state


def _named(state: State, name: str) -> State:
    interview = replace(state.view.interview, id=name)
    return replace(state, view=replace(state.view, interview=interview))


async def _nothing(commit: Commit) -> None:
    pass


def _told(times_ms: list[float]) -> str:
    return " ".join(f"{times_ms[int(len(times_ms) * part)]:6.2f}" for part in (0.5, 0.99))


async def _make_interviews(connection: AsyncConnection) -> None:
    await connection.execute(text(f"INSERT INTO users VALUES ('u', {NOW})"))
    await connection.execute(
        text(
            "INSERT INTO interviews (id, user_id, config, phase, paused, epoch, seq, term, "
            "created_at, hinting, time_up, ended_by_server) "
            "SELECT 'iv' || n, 'u', '{}', 'answering', false, 1, 0, 1, "
            f"{NOW}, false, false, '{{}}' FROM generate_series(0, {INTERVIEWS - 1}) AS n"
        )
    )


# --- the other path ------------------------------------------------------------------------------


def one_by_one(database: Database) -> Store:
    """Each commit in a transaction of its own: a statement for each table that it writes to."""

    async def store(commit: Commit) -> None:
        await database.write("", lambda connection: _commit(connection, commit))

    return store


def _upsert(table: Table) -> Insert:
    statement = insert(table)
    key = [column.name for column in table.primary_key]
    new = {column.name: column for column in statement.excluded if column.name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=new)


_TURN = _upsert(TurnRow.metadata.tables[TurnRow.__tablename__])
_FEEDBACK = _upsert(TurnRow.metadata.tables[FeedbackRow.__tablename__])
_RECEIPT = insert(ReceiptRow)
_INTERVIEW = update(InterviewRow).where(
    InterviewRow.id == bindparam("this"), InterviewRow.term == bindparam("newest")
)


async def _commit(connection: AsyncConnection, commit: Commit) -> None:
    name = commit.after.view.interview.id
    changed = changes(commit)
    values = {"this": name, "newest": commit.term, **changed.interview}
    if (await connection.execute(_INTERVIEW, values)).rowcount == 0:
        raise Fenced(name)
    if changed.turns:
        await connection.execute(_TURN, changed.turns)
    if changed.feedback:
        await connection.execute(_FEEDBACK, changed.feedback)
    if commit.receipt is not None:
        await connection.execute(_RECEIPT, {"interview_id": name, **asdict(commit.receipt)})


if __name__ == "__main__":
    uvloop.run(main())
