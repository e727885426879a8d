"""The caps: kept with what the ledger knows, what is under way, and what it doesn't know yet."""

import asyncio
from random import Random

import pytest
from structlog.testing import capture_logs

from realtime.interviewer.routing import spending as module
from realtime.interviewer.routing.spending import (
    ANSWER_WITHIN_S,
    DAY_MS,
    LEFT_ALONE_MS,
    Caps,
    Spending,
)
from realtime.ports import RequestRecord, Spent, StorageUnavailable
from tests.realtime.fakes import FakeClock, until
from tests.realtime.interviewer.routing.scripted import MemoryLedger

pytestmark = pytest.mark.anyio

CAPS = Caps(interview_micro_usd=100, user_micro_usd=250)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


@pytest.fixture
def spending(ledger: MemoryLedger, clock: FakeClock) -> Spending:
    return Spending(ledger, clock, CAPS)


def entry(cost: int | None, at: int, interview: str = "iv", user: str = "u") -> RequestRecord:
    return RequestRecord(
        user_id=user,
        interview_id=interview,
        turn=1,
        what="feedback",
        lane=0,
        provider="openai",
        model="m",
        outcome="stop",
        input_tokens=1,
        cached_tokens=0,
        output_tokens=1,
        estimated=False,
        cost_micro_usd=cost,
        first_token_ms=1,
        duration_ms=1,
        at=at,
    )


def room(spending: Spending, interview: str = "iv", user: str = "u") -> int:
    """The dearest request that may be made; -1: none."""
    costs = (cost for cost in range(300, -1, -1) if spending.affords(user, interview, cost))
    return next(costs, -1)


async def test_without_caps_nobody_is_asked(ledger: MemoryLedger, clock: FakeClock) -> None:
    spending = Spending(ledger, clock, Caps())
    await spending.look_up("u", "iv")
    assert ledger.asked == 0
    assert spending.affords("u", "iv", 10**12)
    with spending.held("u", "iv", 10**12):
        spending.record(entry(5, clock.now()))
    assert len(ledger.entries) == 1


async def test_what_the_ledger_knows_counts(ledger: MemoryLedger, spending: Spending) -> None:
    ledger.before = Spent(60, 70)
    await spending.look_up("u", "iv")
    assert room(spending) == 40
    ledger.before = Spent(60, 240)
    await spending.look_up("u", "iv")
    assert room(spending) == 10, "the user's cap is the nearer one"
    assert room(spending, "another") == 10
    assert room(spending, "another", "somebody") == 100


async def test_what_is_under_way_counts_until_it_has_ended(spending: Spending) -> None:
    with spending.held("u", "iv", 70):
        assert room(spending) == 30
        with spending.held("u", "iv", 30):
            assert room(spending) == 0
            assert not spending.affords("u", "iv", 1)
    assert room(spending) == 100


async def test_what_was_recorded_counts_before_the_ledger_knows_it(
    ledger: MemoryLedger, spending: Spending, clock: FakeClock
) -> None:
    spending.record(entry(30, clock.now()))
    spending.record(entry(None, clock.now()))
    assert room(spending) == 70
    await spending.look_up("u", "iv")
    assert room(spending) == 70, "the ledger still says 0"
    ledger.before = Spent(30, 30)
    await spending.look_up("u", "iv")
    assert room(spending) == 70, "it isn't counted twice"
    assert len(ledger.entries) == 2


async def test_the_costs_of_a_user_are_forgotten_after_a_day(
    spending: Spending, clock: FakeClock
) -> None:
    spending.record(entry(100, clock.now(), "one"))
    clock.advance(DAY_MS / 2000)
    spending.record(entry(100, clock.now(), "two"))
    assert room(spending, "three") == 50
    clock.advance(DAY_MS / 2000 + 60)
    assert room(spending, "three") == 100
    assert room(spending, "two") == 0, "an interview's are not"


async def test_a_ledger_that_fails_is_left_alone_for_a_while(
    ledger: MemoryLedger, spending: Spending, clock: FakeClock
) -> None:
    ledger.error = StorageUnavailable("down")
    spending.record(entry(30, clock.now()))
    with capture_logs() as logs:
        for _ in range(3):
            await spending.look_up("u", "iv")
            assert room(spending) == 70
        clock.advance(LEFT_ALONE_MS / 1000)
        await spending.look_up("u", "iv")
        ledger.error = None
        clock.advance(LEFT_ALONE_MS / 1000)
        await spending.look_up("u", "iv")
    assert ledger.asked == 3
    assert [log["event"] for log in logs] == ["spending.unknown", "spending.known_again"]


async def test_nobody_waits_long_for_the_ledger(
    ledger: MemoryLedger, spending: Spending, clock: FakeClock
) -> None:
    ledger.held = asyncio.Event()
    looking = asyncio.create_task(spending.look_up("u", "iv"))
    await until(lambda: clock.alarms == 1)
    clock.advance(ANSWER_WITHIN_S)
    await looking
    assert clock.alarms == 0


async def test_whoever_leaves_meanwhile_is_let_go(
    ledger: MemoryLedger, spending: Spending, clock: FakeClock
) -> None:
    ledger.held = asyncio.Event()
    looking = asyncio.create_task(spending.look_up("u", "iv"))
    await until(lambda: clock.alarms == 1)
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking
    assert clock.alarms == 0


async def test_no_more_are_remembered_than_may_be(spending: Spending, clock: FakeClock) -> None:
    """Those of which something is under way are kept."""
    with spending.held("u", "first", 40):
        for number in range(module.MOST_REMEMBERED + 10):
            spending.record(entry(1, clock.now(), f"iv{number}", f"user{number}"))
        assert room(spending, "first") == 60
    assert room(spending, "iv0", "user0") == 100, "forgotten: the ledger knows"


async def test_requests_made_at_once_never_pass_the_cap_together(
    ledger: MemoryLedger, spending: Spending, clock: FakeClock
) -> None:
    """Each costs what it may cost at most, or less."""
    chance = Random(1)
    spent = {"a": 0, "b": 0, "c": 0}

    async def one(interview: str) -> None:
        most = chance.randint(1, 60)
        await spending.look_up("u", interview)
        await asyncio.sleep(0)
        if not spending.affords("u", interview, most):
            return
        with spending.held("u", interview, most):
            await asyncio.sleep(0)
            cost = chance.randint(0, most)
            spent[interview] += cost
            spending.record(entry(cost, clock.now(), interview))

    await asyncio.gather(*(one(chance.choice("abc")) for _ in range(60)))
    assert max(spent.values()) <= 100
    assert sum(spent.values()) <= 250
    assert sum(spent.values()) > 125, "and something was made"


async def test_a_clock_set_back_does_not_leave_the_ledger_alone(
    ledger: MemoryLedger, spending: Spending, clock: FakeClock
) -> None:
    ledger.error = StorageUnavailable("down")
    await spending.look_up("u", "iv")
    clock.advance(-3_600)
    await spending.look_up("u", "iv")
    assert ledger.asked == 2
