"""Nothing that was promised is lost when the server, or its database, is killed (`protocol.md` 1);
and a server that breaks the promise is found out.

Each run has a database of its own, so that all that is in it is accounted for.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import URL

from protocol.events import AnswerSkipped, Logged
from protocol.view import Config
from storage.database import Database
from storage.interviews import StoredInterviews
from storage.migrations import upgrade
from storage.writer import Writer
from tests.database import DatabaseServer
from tests.faults.candidate import Promise
from tests.faults.crash import Plan, orders, run
from tests.faults.ledger import check
from tests.faults.nodes import Node, Unreached
from tests.faults.points import POINTS, Order
from tests.faults.postgres import KILLINGS, Postgres
from tests.faults.witness import Record, Violation
from tests.ports import free_port

pytestmark = pytest.mark.anyio

CI = Plan(rounds=20, seed=1)


@pytest.fixture
def folder() -> Iterator[Path]:
    """With a name so short that PostgreSQL's socket can lie in it."""
    with tempfile.TemporaryDirectory(prefix="viva-") as name:
        yield Path(name)


@pytest.mark.timeout(600)
async def test_killed_at_each_point_the_server_loses_nothing_and_everyone_goes_on(
    folder: Path,
) -> None:
    outcome = await run(CI, folder)
    assert outcome.failure is None, outcome.failure
    killed = Counter(each.killed for each in outcome.rounds)
    assert set(killed) == set(POINTS)
    assert min(killed.values()) >= 2
    assert outcome.answers >= CI.interviews


@pytest.mark.timeout(600)
async def test_with_postgres_killed_the_server_loses_nothing_and_everyone_goes_on(
    folder: Path,
) -> None:
    outcome = await run(Plan(rounds=6, seed=1, postgres=True), folder)
    assert outcome.failure is None, outcome.failure
    assert Counter(each.killed for each in outcome.rounds) == dict.fromkeys(KILLINGS, 2)


# The run is broken off in the middle of whatever goes on, so libraries leave sockets behind.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.timeout(600)
async def test_a_server_that_acknowledges_what_it_has_not_stored_is_found_out(folder: Path) -> None:
    outcome = await run(Plan(rounds=9, interviews=20, seed=1, lying=True), folder)
    assert outcome.failure is not None
    assert "Violation" in outcome.failure


async def test_a_point_that_is_not_reached_is_no_death(folder: Path) -> None:
    postgres = Postgres(folder)
    await postgres.start()
    node = Node(free_port(), postgres.url, folder / "node.log")
    try:
        await node.start()
        await node.send_to(Order("report"))
        with pytest.raises(Unreached):
            await node.died(Order("report"), within_s=0.1)
        await node.kill()
        with pytest.raises(Unreached):
            await node.died(Order("report"))
    finally:
        await node.close()
        await postgres.stop()


def test_all_points_come_equally_often() -> None:
    counts = Counter(order.point for order in orders(CI, Random(CI.seed)))
    assert set(counts) == set(POINTS)
    assert set(counts.values()) == {2, 3}


@pytest.mark.parametrize("point", POINTS)
def test_an_order_is_read_as_it_was_written(point: str) -> None:
    order = next(each for each in orders(CI, Random(0)) if each.point == point)
    assert Order.read(order.line()) == order


def test_an_event_is_the_same_for_everyone() -> None:
    record = Record("i1")
    record.hear(Logged(1, 1, 0, AnswerSkipped(1)))
    record.hear(Logged(1, 1, 0, AnswerSkipped(1)))
    record.hear(Logged(2, 1, 0, AnswerSkipped(2)))
    with pytest.raises(Violation):
        record.hear(Logged(1, 1, 0, AnswerSkipped(2)))


async def test_the_ledger_finds_what_is_lost_and_what_nobody_sent(
    database_server: DatabaseServer, database_url: URL
) -> None:
    await upgrade(database_url)
    overseer = database_server.as_superuser(database_url)
    assert await check(overseer, []) == 0
    with pytest.raises(Violation, match=r"interviews that are lost: \[\('i1', 'finished'\)\]"):
        await check(overseer, [Promise({}, "i1")])
    database, writer = Database(database_url), Writer(database_url)
    interviews = StoredInterviews(database, writer, owner="tests", new_id=lambda: "i1")
    try:
        await interviews.create("user", Config(role="backend"), now=0, key=None)
    finally:
        await writer.aclose()
        await database.aclose()
    with pytest.raises(Violation, match=r"there twice: \[\('i1', 'created'\)\]"):
        await check(overseer, [])
