"""The router: which model answers, and what becomes of troubles."""

import asyncio
from contextlib import aclosing

import pytest
from structlog.testing import capture_logs

from realtime.interviewer.model import Stopped, Trouble
from realtime.interviewer.request import Broken, NoAnswer, Speaking, Told
from realtime.interviewer.routing.breaker import FAILURES_IN_A_ROW
from realtime.interviewer.routing.course import WITH_LAST_RESORT, Patience
from realtime.interviewer.routing.router import UNAUTHORIZED_MS
from tests.realtime.interviewer.routing.scripted import (
    END,
    USAGE,
    House,
    Pause,
    Step,
    answers,
    request,
    text_of,
    trouble,
)

ANSWERED = [Speaking("b"), "Hello ", "you.", Told("stop")]
TROUBLES: tuple[Trouble, ...] = (
    *("rate_limited", "unavailable", "slow", "cut", "garbled"),
    *("empty", "filtered", "rejected", "unauthorized"),
)
AGAIN = ("unavailable", "cut")


def test_the_preferred_model_answers() -> None:
    house = House()
    first, second = house.model("a"), house.model("b")
    assert house.ask(first, second) == [Speaking("a"), "Hello ", "you.", Told("stop")]
    assert (first.asked, second.asked) == (1, 0)
    assert house.time.passed_ms == 0


def test_it_names_its_models_in_order_and_closes_them() -> None:
    house = House()
    models = house.model("a"), house.model("b")
    router = house.router(*models)
    assert router.names == ("a", "b")
    house.time.run(router.aclose())
    assert all(model.closed for model in models)


@pytest.mark.parametrize("kind", TROUBLES)
def test_trouble_before_any_text_leads_to_the_next(kind: Trouble) -> None:
    house = House()
    first, second = house.model("a", [trouble(kind)]), house.model("b")
    assert house.ask(first, second) == ANSWERED
    assert first.asked == (2 if kind in AGAIN else 1)
    assert house.ledger.outcomes == [kind] * first.asked + ["stop"]
    assert house.time.passed_ms < 250


@pytest.mark.parametrize("kind", TROUBLES)
def test_trouble_in_mid_text_voids_it(kind: Trouble) -> None:
    house = House()
    first, second = house.model("a", ["Half ", "a ", trouble(kind)]), house.model("b")
    came = house.ask(first, second)
    assert came == [Speaking("a"), "Half ", "a ", Broken(), *ANSWERED]
    assert text_of(came) == "Hello you."
    assert first.asked == 1
    assert house.time.passed_ms == 0, "the next is asked at once"


@pytest.mark.parametrize("kind", AGAIN)
def test_a_hiccup_is_tried_again_with_the_same(kind: Trouble) -> None:
    house = House()
    first, second = house.model("a", [trouble(kind)], ["Well.", END]), house.model("b")
    assert house.ask(first, second) == [Speaking("a"), "Well.", Told("stop")]
    assert second.asked == 0


def test_a_refusal_with_a_short_wait_is_tried_again_with_the_same() -> None:
    house = House()
    first = house.model("a", [trouble("rate_limited", 900)], ["Well.", END])
    assert text_of(house.ask(first, house.model("b"))) == "Well."
    assert house.time.passed_ms == pytest.approx(900, abs=2)


def test_a_refusal_with_a_long_wait_is_not() -> None:
    house = House()
    first = house.model("a", [trouble("rate_limited", 9_000)])
    assert text_of(house.ask(first, house.model("b"))) == "Hello you."
    assert house.time.passed_ms == 0


@pytest.mark.parametrize("script", [[END], [], [Stopped("length", None)]])
def test_a_reply_without_text_or_end_is_none(script: list[Stopped]) -> None:
    house = House()
    assert house.ask(house.model("a", script), house.model("b")) == ANSWERED


def test_a_reply_that_just_ends_is_void() -> None:
    house = House()
    came = house.ask(house.model("a", ["Half "]), house.model("b"))
    assert came == [Speaking("a"), "Half ", Broken(), *ANSWERED]
    assert house.ledger.outcomes == ["cut", "stop"]


def test_a_defect_of_a_model_costs_a_failover() -> None:
    house = House()
    with capture_logs() as logs:
        assert house.ask(house.model("a", [KeyError("x")]), house.model("b")) == ANSWERED
    assert logs[0]["event"] == "model.defect"
    assert house.ledger.outcomes == ["garbled", "stop"]


@pytest.mark.parametrize("reason", ["length", "filtered"])
def test_how_it_stopped_is_told(reason: str) -> None:
    house = House()
    end = Stopped("length", USAGE) if reason == "length" else Stopped("filtered", USAGE)
    assert house.ask(house.model("a", ["Well", end])) == [Speaking("a"), "Well", Told(end.reason)]
    assert house.ledger.outcomes == [reason]


# --- the end of patience -------------------------------------------------------------------------


def refusal_of(house: House, *scripts: list[Exception]) -> NoAnswer:
    models = [house.model(name, script) for name, script in zip("abc", scripts, strict=False)]
    end = house.ask(*models)[-1]
    assert isinstance(end, NoAnswer)
    return end


def test_each_model_fails_so_often_and_then_there_is_no_answer() -> None:
    house = House(patience=Patience(wait_ms=600_000, rounds=3))
    assert refusal_of(house, [trouble("slow")], [trouble("garbled")]).refusal == "failing"
    assert house.ledger.outcomes == ["slow", "garbled"] * 3
    assert 0 < house.time.passed_ms <= 3_000, "pauses of 1 s and 2 s at most, by chance"


def test_with_a_last_resort_once_is_enough() -> None:
    house = House(patience=WITH_LAST_RESORT)
    assert refusal_of(house, [trouble("slow")], [trouble("cut")]).refusal == "failing"
    assert house.ledger.outcomes == ["slow", "cut", "cut"]
    assert house.time.passed_ms <= 250


@pytest.mark.parametrize("kind", ["rejected", "filtered"])
def test_what_would_be_refused_again_is_not_tried_again(kind: Trouble) -> None:
    house = House()
    assert refusal_of(house, [trouble(kind)]).refusal == "failing"
    assert house.ledger.outcomes == [kind]


def test_refused_by_all_is_busy() -> None:
    house = House(patience=Patience(wait_ms=10**9, rounds=5))
    assert refusal_of(house, [trouble("rate_limited", 10)]).refusal == "busy"
    assert len(house.ledger.entries) == 4, "a hiccup, and three refusals"


def test_nobody_to_ask() -> None:
    house = House()
    assert refusal_of(house).refusal == "failing"


# --- a model that is left alone ------------------------------------------------------------------


def test_a_model_that_keeps_failing_is_left_alone_and_asked_again_later() -> None:
    house = House()
    dead = [[trouble("garbled")]] * FAILURES_IN_A_ROW
    first, second = house.model("a", *dead, ["Back.", END]), house.model("b")
    router = house.router(first, second)

    async def main() -> list[str]:
        said = [text_of(await answers(router, request())) for _ in range(20)]
        assert first.asked == FAILURES_IN_A_ROW
        await house.clock.sleep(30)
        return [*said, *[text_of(await answers(router, request())) for _ in range(2)]]

    with capture_logs() as logs:
        assert house.time.run(main()) == ["Hello you."] * 20 + ["Back."] * 2
    events = [log["event"] for log in logs if log["log_level"] != "info" or "back" in log["event"]]
    assert events == ["model.left_alone", "model.back"]


def test_while_one_asks_whether_it_is_back_the_others_go_elsewhere() -> None:
    house = House()
    dead = [[trouble("garbled")]] * FAILURES_IN_A_ROW
    first = house.model("a", *dead, [Pause(5_000), "Back.", END])
    router = house.router(first, house.model("b"))

    async def main() -> list[str]:
        for _ in range(FAILURES_IN_A_ROW):
            await answers(router, request())
        await house.clock.sleep(30)
        asked = (answers(router, request()) for _ in range(3))
        return [text_of(came) for came in await asyncio.gather(*asked)]

    assert house.time.run(main()) == ["Back.", "Hello you.", "Hello you."]


def test_once_it_speaks_again_the_others_come_back_to_it() -> None:
    """And what it then breaks off is a failure."""
    house = House()
    dead = [[trouble("garbled")]] * FAILURES_IN_A_ROW
    slow: list[Step] = ["Slowly ", Pause(20_000), trouble("cut")]
    first = house.model("a", *dead, slow, ["Back.", END])
    router = house.router(first, house.model("b"))

    async def main() -> tuple[str, str]:
        for _ in range(FAILURES_IN_A_ROW):
            await answers(router, request())
        await house.clock.sleep(30)
        probing = asyncio.create_task(answers(router, request()))
        await house.clock.sleep(1)
        assert house.breakers["a"].closed
        other = text_of(await answers(router, request()))
        return text_of(await probing), other

    with capture_logs() as logs:
        assert house.time.run(main()) == ("Hello you.", "Back.")
    assert [log["event"] for log in logs].count("model.back") == 1


def test_a_prompt_that_is_rejected_says_nothing_of_the_others() -> None:
    house = House()
    first = house.model("a", *[[trouble("rejected")]] * 2 * FAILURES_IN_A_ROW, ["Well.", END])
    router = house.router(first, house.model("b"))

    async def main() -> list[str]:
        asked = range(2 * FAILURES_IN_A_ROW + 1)
        return [text_of(await answers(router, request())) for _ in asked]

    assert house.time.run(main())[-1] == "Well."


def test_a_key_that_will_not_do_is_said_once_and_left_alone_for_minutes() -> None:
    house = House()
    first, second = house.model("a", [trouble("unauthorized")]), house.model("b")
    router = house.router(first, second)

    async def main() -> None:
        for _ in range(5):
            assert text_of(await answers(router, request())) == "Hello you."
        await house.clock.sleep(UNAUTHORIZED_MS / 1000)
        await answers(router, request())

    with capture_logs() as logs:
        house.time.run(main())
    assert first.asked == 2
    assert [log["event"] for log in logs if log["log_level"] == "error"] == ["model.left_alone"]


@pytest.mark.parametrize("kind", ["rate_limited", "filtered"])
def test_a_model_that_refuses_is_at_work(kind: Trouble) -> None:
    house = House()
    first = house.model("a", [trouble(kind, 1)])
    router = house.router(first, house.model("b"))

    async def main() -> None:
        for _ in range(3 * FAILURES_IN_A_ROW):
            await answers(router, request())
            await house.clock.sleep(120)

    house.time.run(main())
    assert house.breakers["a"].closed


# --- whoever leaves ------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_closing_it_closes_the_model_and_is_recorded(steps: int) -> None:
    house = House()
    model = house.model("a", ["One ", "two ", Pause(10_000), "three.", END])
    router = house.router(model)

    async def main() -> None:
        async with aclosing(router.ask(request())) as came:
            for _ in range(steps):
                await anext(came)
            assert model.open == 1
        assert model.open == 0

    house.time.run(main())
    assert house.ledger.outcomes == ["cancelled"]
    assert house.ledger.entries[0].estimated
    assert house.breakers["a"].closed


def test_a_cancelled_task_leaves_nothing_open() -> None:
    house = House()
    model = house.model("a", [Pause(10_000), "Late.", END])
    router = house.router(model)

    async def main() -> None:
        asking = asyncio.create_task(answers(router, request()))
        await house.clock.sleep(1)
        asking.cancel()
        await asyncio.wait([asking])
        assert asking.cancelled()

    house.time.run(main())
    assert model.open == 0
    assert house.ledger.outcomes == ["cancelled"]


def test_whoever_closes_it_after_the_end_leaves_a_success() -> None:
    house = House()
    router = house.router(house.model("a"))

    async def main() -> None:
        for _ in range(3 * FAILURES_IN_A_ROW):
            async with aclosing(router.ask(request())) as came:
                while not isinstance(await anext(came), Told):
                    pass

    house.time.run(main())
    assert set(house.ledger.outcomes) == {"stop"}
