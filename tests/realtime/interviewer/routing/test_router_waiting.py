"""The router: waits, what is said of them, and how long they may take."""

import asyncio
from contextlib import aclosing

import pytest

from realtime.interviewer.request import Answer, NoAnswer, Request, Speaking, Told, Waiting
from realtime.interviewer.routing.breaker import FAILURES_IN_A_ROW
from realtime.interviewer.routing.course import MOST_SAID, NEAR_MS, Patience
from realtime.interviewer.routing.router import Router
from realtime.interviewer.routing.window import WINDOW_MS
from tests.realtime.interviewer.routing.scripted import (
    END,
    House,
    Pause,
    Step,
    answers,
    request,
    text_of,
    trouble,
)

SECONDS = Patience(wait_ms=15_000, rounds=1)


def waits_of(came: list[Answer | NoAnswer]) -> list[Waiting]:
    return [answer for answer in came if isinstance(answer, Waiting)]


async def timed(house: House, router: Router, asked: Request) -> list[tuple[int, object]]:
    """What comes, and when."""
    return [(house.time.passed_ms, answer) async for answer in router.ask(asked)]


def test_a_full_budget_is_told_and_waited_for() -> None:
    house = House()
    house.limit("a", requests=1)
    router = house.router(house.model("a"))

    async def main() -> list[tuple[int, object]]:
        await answers(router, request())
        return await timed(house, router, request())

    came = house.time.run(main())
    assert came[0] == (0, Waiting("rate_limited", WINDOW_MS))
    assert came[1][1] == Speaking("a")
    assert came[1][0] == pytest.approx(WINDOW_MS, abs=2)


def test_a_full_budget_is_passed_over_for_a_free_one() -> None:
    house = House()
    house.limit("a", requests=1)
    router = house.router(house.model("a"), house.model("b"))

    async def main() -> list[Answer | NoAnswer]:
        await answers(router, request())
        return await answers(router, request())

    assert house.time.run(main()) == [Speaking("b"), "Hello ", "you.", Told("stop")]


def test_a_preferred_model_that_is_nearly_free_is_waited_for() -> None:
    house = House()
    house.limit("a", requests=1)
    router = house.router(house.model("a"), house.model("b"))

    async def main() -> list[Answer | NoAnswer]:
        await answers(router, request())
        await house.clock.sleep((WINDOW_MS - NEAR_MS) / 1000)
        return await answers(router, request())

    assert house.time.run(main())[:2] == [Waiting("rate_limited", NEAR_MS), Speaking("a")]


def test_nobody_is_made_to_wait_longer_than_may_be() -> None:
    house = House(patience=SECONDS)
    house.limit("a", requests=1)
    router = house.router(house.model("a"))

    async def main() -> list[Answer | NoAnswer]:
        await answers(router, request())
        return await answers(router, request())

    came = house.time.run(main())
    assert isinstance(came[0], NoAnswer)
    assert came[0].refusal == "busy"
    assert house.time.passed_ms == 0, "told at once"


def test_a_wait_that_grows_too_long_is_given_up_and_leaves_the_queue() -> None:
    house = House(patience=SECONDS)
    budget = house.limit("a", requests=2)
    model = house.model("a", ["One.", END], [Pause(2_000), trouble("rate_limited", 300_000)])
    router = house.router(model)

    async def main() -> list[list[Answer | NoAnswer]]:
        await answers(router, request())
        await house.clock.sleep((WINDOW_MS - 10_000) / 1000)
        asked = (answers(router, request(interview)) for interview in ("x", "y"))
        return list(await asyncio.gather(*asked))

    _, waited = house.time.run(main())
    assert waits_of(waited)[0] == Waiting("rate_limited", 10_000)
    assert isinstance(waited[-1], NoAnswer)
    assert waited[-1].refusal == "busy"
    assert budget.waiting == 0
    assert house.time.passed_ms == pytest.approx(WINDOW_MS - 10_000 + 3_000, abs=5)


def test_all_waits_of_a_request_count_together() -> None:
    """10 s in the queue, and after a refusal 8 s more."""
    house = House(patience=SECONDS)
    house.limit("a", requests=2)
    scripts: list[list[Step]] = [["One.", END], ["Two.", END], [trouble("rate_limited", 8_000)]]
    router = house.router(house.model("a", *scripts))

    async def main() -> list[Answer | NoAnswer]:
        await answers(router, request())
        await house.clock.sleep(8)
        await answers(router, request())
        await house.clock.sleep((WINDOW_MS - 18_000) / 1000)
        return await answers(router, request())

    waiting, refusal = house.time.run(main())
    assert waiting == Waiting("rate_limited", 10_000)
    assert isinstance(refusal, NoAnswer)
    assert house.time.passed_ms == pytest.approx(WINDOW_MS, abs=2)


def test_pauses_count_too() -> None:
    house = House(patience=Patience(wait_ms=10_000, rounds=100))
    (*_, refusal) = house.ask(house.model("a", [trouble("slow")]))
    assert isinstance(refusal, NoAnswer)
    assert 2_000 < house.time.passed_ms <= 10_000


def test_a_wait_that_grows_is_told_again() -> None:
    house = House()
    house.limit("a", requests=2)
    script: list[Step] = [Pause(2_000), trouble("rate_limited", 100_000)]
    model = house.model("a", ["One.", END], script, ["Well.", END])
    router = house.router(model)

    async def main() -> list[Answer | NoAnswer]:
        await answers(router, request())
        refused = asyncio.create_task(answers(router, request("x")))
        await asyncio.sleep(0)
        waited = await answers(router, request("y"))
        await refused
        return waited

    came = house.time.run(main())
    assert waits_of(came) == [Waiting("rate_limited", WINDOW_MS), Waiting("rate_limited", 99_000)]
    assert text_of(came) == "Well."


def test_whoever_waits_goes_elsewhere_when_that_is_better() -> None:
    house = House()
    house.limit("a", requests=2)
    house.limit("b", requests=2)
    script: list[Step] = [Pause(2_000), trouble("rate_limited", 100_000)]
    first = house.model("a", ["One.", END], script)
    router = house.router(first, house.model("b"))

    async def main() -> list[Answer | NoAnswer]:
        await answers(router, request())
        refused = asyncio.create_task(answers(router, request("x")))
        await asyncio.sleep(0)
        for _ in range(2):  # takes what b has
            await answers(router, request())
        waited = await answers(router, request("y"))
        refused.cancel()
        return waited

    came = house.time.run(main())
    assert waits_of(came)[0].retry_after_ms == WINDOW_MS
    assert Speaking("b") in came
    assert house.time.passed_ms == pytest.approx(WINDOW_MS, abs=5)


def test_whoever_comes_while_a_wait_is_said_comes_later() -> None:
    house = House()
    budget = house.limit("a", requests=1)
    router = house.router(house.model("a"))

    async def main() -> tuple[Answer, Answer]:
        await answers(router, request())
        async with (
            aclosing(router.ask(request("x"))) as first,
            aclosing(router.ask(request("y"))) as second,
        ):
            said = await anext(first), await anext(second)
            assert budget.waiting == 2
        assert budget.waiting == 0
        return said

    assert house.time.run(main()) == (
        Waiting("rate_limited", WINDOW_MS),
        Waiting("rate_limited", 2 * WINDOW_MS),
    )


def test_whoever_leaves_the_queue_gives_up_their_place() -> None:
    house = House()
    budget = house.limit("a", requests=1)
    router = house.router(house.model("a"))

    async def main() -> None:
        await answers(router, request())
        asking = asyncio.create_task(answers(router, request()))
        await house.clock.sleep(1)
        assert budget.waiting == 1
        asking.cancel()
        await asyncio.wait([asking])
        assert budget.waiting == 0
        await house.clock.sleep(WINDOW_MS / 1000)
        assert budget.wait_ms("other", 1) == 0

    house.time.run(main())


def test_a_full_queue_is_busy() -> None:
    house = House(patience=Patience(wait_ms=10**9, rounds=1))
    house.limit("a", requests=1)
    router = house.router(house.model("a"))

    async def main() -> NoAnswer | Answer:
        asking = [asyncio.create_task(answers(router, request())) for _ in range(501)]
        await house.clock.sleep(1)
        last = (await answers(router, request()))[-1]
        for each in asking:
            each.cancel()
        return last

    refusal = house.time.run(main())
    assert isinstance(refusal, NoAnswer)
    assert refusal.refusal == "busy"


# --- failover ------------------------------------------------------------------------------------


def test_a_quick_failover_is_not_said() -> None:
    house = House()
    came = house.ask(house.model("a", [Pause(900), trouble("slow")]), house.model("b"))
    assert waits_of(came) == []


def test_time_that_was_lost_in_silence_is_said() -> None:
    house = House()
    came = house.ask(house.model("a", [Pause(10_000), trouble("slow")]), house.model("b"))
    assert came[:2] == [Waiting("failover", 0), Speaking("b")]
    assert house.time.passed_ms == 10_000


def test_after_text_nothing_was_lost_in_silence() -> None:
    house = House()
    came = house.ask(house.model("a", ["x", Pause(10_000), trouble("cut")]), house.model("b"))
    assert waits_of(came) == []


def test_a_pause_is_said_as_long_as_it_is() -> None:
    house = House()
    router = house.router(house.model("a", [trouble("slow")], ["Well.", END]))
    came = house.time.run(timed(house, router, request()))
    (said_at, waiting), (spoke_at, speaking) = came[:2]
    assert said_at == 0
    assert isinstance(waiting, Waiting)
    assert waiting.reason == "failover"
    assert speaking == Speaking("a")
    assert spoke_at == pytest.approx(waiting.retry_after_ms, abs=2)


def test_a_model_that_is_left_alone_is_waited_for_where_nobody_else_speaks() -> None:
    house = House()
    dead = [[trouble("garbled")]] * FAILURES_IN_A_ROW
    router = house.router(house.model("a", *dead, ["Back.", END]))

    async def main() -> list[Answer | NoAnswer]:
        return await answers(router, request())

    came = house.time.run(main())
    assert isinstance(came[-1], NoAnswer), "five rounds, and five failures in a row"
    back = house.time.run(answers(router, request()))
    assert text_of(back) == "Back."
    (said,) = waits_of(back)
    assert said.reason == "failover"
    assert 20_000 < said.retry_after_ms <= 30_000


def test_with_a_last_resort_it_is_not_waited_for() -> None:
    house = House(patience=SECONDS)
    house.breakers.clear()
    router = house.router(house.model("a", [trouble("garbled")]))

    async def main() -> list[NoAnswer | Answer]:
        return [(await answers(router, request()))[-1] for _ in range(FAILURES_IN_A_ROW + 3)]

    ends = house.time.run(main())
    assert {end.refusal for end in ends if isinstance(end, NoAnswer)} == {"failing"}
    assert len(house.ledger.entries) == FAILURES_IN_A_ROW


def test_not_too_much_is_said() -> None:
    house = House(patience=Patience(wait_ms=10**9, rounds=100))
    came = house.ask(house.model("a", [Pause(2_000), trouble("slow")]))
    assert len(waits_of(came)) == MOST_SAID
