"""The router's books: a record for every request to a model, and the caps."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from realtime.interviewer.estimate import prompt_tokens
from realtime.interviewer.model import Prompt, Stopped, Trouble, Usage
from realtime.interviewer.request import NoAnswer, Speaking
from realtime.interviewer.routing.exchange import MOST_TOKENS, Books, Exchange
from realtime.interviewer.routing.spending import Caps
from realtime.ports import RequestRecord, Spent
from tests.realtime.fakes import FakeClock
from tests.realtime.interviewer.routing.scripted import (
    END,
    House,
    MemoryLedger,
    Pause,
    ScriptedModel,
    answers,
    price,
    request,
    text_of,
    trouble,
)

PROMPT_TOKENS = prompt_tokens(request().prompt)
# What `request()` may cost at most, by the scripted price.
MOST_COST = 10 * (PROMPT_TOKENS + request().prompt.max_tokens)


def test_a_whole_reply_is_recorded_as_the_provider_counts() -> None:
    house = House()
    house.ask(house.model("a", [Pause(300), "Well.", Pause(200), END]))
    assert house.ledger.entries == [
        RequestRecord(
            user_id="u",
            interview_id="iv",
            turn=1,
            what="feedback",
            lane=0,
            provider="openai",
            model="a",
            outcome="stop",
            input_tokens=100,
            cached_tokens=40,
            output_tokens=20,
            estimated=False,
            cost_micro_usd=1_200,
            first_token_ms=300,
            duration_ms=500,
            at=house.time.start + 500,
        )
    ]


def test_what_the_provider_does_not_count_is_estimated() -> None:
    house = House()
    house.ask(house.model("a", ["Well, ", "well.", Stopped("stop", None)]))
    (entry,) = house.ledger.entries
    assert entry.estimated
    assert (entry.input_tokens, entry.output_tokens) == (PROMPT_TOKENS, 3)
    assert entry.cost_micro_usd == 10 * (PROMPT_TOKENS + 3)


@pytest.mark.parametrize(
    "usage",
    [
        Usage(100, 0, 0),
        Usage(-1, 0, 20),
        Usage(100, -1, 20),
        Usage(100, 0, -1),
        Usage(MOST_TOKENS + 1, 0, 20),
        Usage(100, 0, MOST_TOKENS + 1),
    ],
)
def test_a_count_that_cannot_be_is_estimated_instead(usage: Usage) -> None:
    house = House()
    house.ask(house.model("a", ["Well, ", "well.", Stopped("stop", usage)]))
    (entry,) = house.ledger.entries
    assert entry.estimated
    assert (entry.input_tokens, entry.cached_tokens, entry.output_tokens) == (PROMPT_TOKENS, 0, 3)


def test_a_reply_without_text_may_have_taken_none() -> None:
    house = House()
    house.ask(house.model("a", [Stopped("stop", Usage(100, 0, 0))]), house.model("b"))
    entry = house.ledger.entries[0]
    assert (entry.input_tokens, entry.output_tokens, entry.estimated) == (100, 0, False)


@pytest.mark.anyio
async def test_a_clock_set_back_makes_no_negative_times() -> None:
    clock = FakeClock()
    ledger = MemoryLedger()

    class Slow(ScriptedModel):
        async def stream(self, prompt: Prompt) -> AsyncGenerator[str | Stopped, None]:
            clock.advance(-60)
            yield "Well."
            yield END

    exchange = Exchange(Slow(clock, "a"), request(), Books(clock, price, ledger.record))
    assert [each async for each in exchange.run()][1] == "Well."
    (entry,) = ledger.entries
    assert (entry.first_token_ms, entry.duration_ms) == (0, 0)


@pytest.mark.parametrize("kind", ["slow", "cut", "garbled", "empty", "filtered"])
def test_a_failed_request_may_have_cost_its_prompt(kind: Trouble) -> None:
    house = House()
    house.ask(house.model("a", [trouble(kind)]), house.model("b"))
    entry = house.ledger.entries[0]
    assert (entry.outcome, entry.input_tokens, entry.estimated) == (kind, PROMPT_TOKENS, True)
    assert entry.first_token_ms is None


@pytest.mark.parametrize("kind", ["rate_limited", "unavailable", "rejected", "unauthorized"])
def test_a_refused_request_costs_nothing(kind: Trouble) -> None:
    house = House()
    house.ask(house.model("a", [trouble(kind)]), house.model("b"))
    assert house.ledger.entries[0].cost_micro_usd == 0


def test_a_price_that_is_not_known_is_recorded_so() -> None:
    house = House(caps=Caps(1, 1))
    house.ask(house.model("free"))
    assert house.ledger.entries[0].cost_micro_usd is None


def test_a_budget_learns_what_a_reply_took() -> None:
    """60 tokens are counted beforehand, 120 were taken."""
    house = House()
    budget = house.limit("a", tokens=190)
    house.ask(house.model("a"))
    assert budget.wait_ms("iv", 70) == 0
    assert budget.wait_ms("iv", 71) != 0


# --- caps ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("spent", [Spent(1, 0), Spent(0, 1)])
def test_over_the_cap_nobody_is_asked(spent: Spent) -> None:
    house = House(caps=Caps(MOST_COST, MOST_COST))
    model = house.model("a")
    house.ledger.before = spent
    (refusal,) = house.ask(model)
    assert isinstance(refusal, NoAnswer)
    assert refusal.refusal == "spent"
    assert model.asked == 0


def test_up_to_the_cap_they_are() -> None:
    house = House(caps=Caps(MOST_COST, MOST_COST))
    assert text_of(house.ask(house.model("a"))) == "Hello you."


def test_a_model_that_costs_nothing_is_asked_instead() -> None:
    house = House(caps=Caps(MOST_COST, None))
    house.ledger.before = Spent(1, 1)
    assert Speaking("free") in house.ask(house.model("a"), house.model("free"))


def test_two_at_once_do_not_pass_the_cap_together() -> None:
    house = House(caps=Caps(2 * MOST_COST - 1, None))
    router = house.router(house.model("a", [Pause(1_000), "Well.", END]))

    async def main() -> list[str]:
        asked = (answers(router, request()) for _ in range(2))
        return [text_of(came) for came in await asyncio.gather(*asked)]

    assert sorted(house.time.run(main())) == ["", "Well."]


def test_two_in_the_queue_do_not_either() -> None:
    """Both could be paid for when they lined up; what the first took is known by then."""
    house = House(caps=Caps(MOST_COST + 1_200, None))
    house.limit("a", requests=1)
    router = house.router(house.model("a"))

    async def main() -> list[str]:
        asked = (answers(router, request()) for _ in range(3))
        return [text_of(came) for came in await asyncio.gather(*asked)]

    assert sorted(house.time.run(main())) == ["", "Hello you.", "Hello you."]
    assert sum(entry.cost_micro_usd or 0 for entry in house.ledger.entries) == 2_400


def test_what_a_failure_cost_counts() -> None:
    house = House(caps=Caps(MOST_COST, None))
    (*_, refusal) = house.ask(house.model("a", [trouble("slow")]), house.model("b"))
    assert isinstance(refusal, NoAnswer)
    assert refusal.refusal == "spent"
    assert house.ledger.outcomes == ["slow"]
