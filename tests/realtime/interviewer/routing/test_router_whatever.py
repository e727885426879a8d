"""The router under whatever models do, and whoever leaves: what holds always."""

import asyncio
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.interviewer.model import Stopped, Trouble
from realtime.interviewer.request import Answer, Broken, NoAnswer, Speaking, Told, Waiting
from realtime.interviewer.routing.course import Patience
from realtime.interviewer.routing.spending import Caps
from tests.realtime.interviewer.routing.scripted import (
    END,
    House,
    Pause,
    Step,
    answers,
    request,
    trouble,
)

TROUBLES: tuple[Trouble, ...] = (
    *("rate_limited", "unavailable", "slow", "cut", "garbled"),
    *("empty", "filtered", "rejected", "unauthorized"),
)
ENDS: st.SearchStrategy[Step] = st.one_of(
    st.just(END),
    st.just(Stopped("length", None)),
    st.builds(trouble, st.sampled_from(TROUBLES), st.sampled_from([None, 1, 900, 5_000, 10**7])),
)
SCRIPTS = st.builds(
    lambda middle, end: [*middle, end],
    st.lists(st.one_of(st.just("word "), st.builds(Pause, st.integers(0, 12_000))), max_size=4),
    ENDS,
)
MODELS = st.lists(st.lists(SCRIPTS, min_size=1, max_size=6), min_size=1, max_size=3)
# When they come, which interview it is, and after how long they leave, ms; null: not at all.
ASKING = st.tuples(
    st.integers(0, 60_000), st.sampled_from("abc"), st.one_of(st.none(), st.integers(0, 90_000))
)


def is_in_order(came: list[Answer | NoAnswer]) -> bool:
    """Whether this is how answers come: `Waiting`s; `Speaking` and text; then `Told`, or `Broken`
    and so on; a refusal only where no text stands.
    """
    speaking = False
    for index, answer in enumerate(came):
        last = index == len(came) - 1
        match answer:
            case Waiting() | Speaking() if speaking:
                return False
            case NoAnswer():
                return last and not speaking
            case Told():
                return last and speaking and isinstance(came[index - 1], str)
            case str() | Broken() if not speaking:
                return False
            case Broken():
                speaking = False
            case Speaking():
                speaking = True
    return False


@settings(max_examples=200)
@given(
    MODELS,
    st.lists(ASKING, min_size=1, max_size=12),
    st.one_of(st.none(), st.integers(1, 3)),
    st.sampled_from([Patience(15_000, 1), Patience(180_000, 5)]),
    st.one_of(st.none(), st.integers(0, 10_000)),
)
def test_whatever_happens(
    scripts: list[list[list[Step]]],
    asking: list[tuple[int, str, int | None]],
    limit: int | None,
    patience: Patience,
    cap: int | None,
) -> None:
    house = House(patience=patience, caps=Caps(cap, None))
    models = [house.model(f"m{n}", *each) for n, each in enumerate(scripts)]
    budget = house.limit("m0", requests=limit)
    router = house.router(*models)
    came: list[list[Answer | NoAnswer]] = []

    async def one(after_ms: int, interview: str, leaves_ms: int | None) -> None:
        await house.clock.sleep(after_ms / 1000)
        task = asyncio.create_task(answers(router, request(interview, max_tokens=200)))
        if leaves_ms is not None:
            await asyncio.wait([task], timeout=leaves_ms / 1000)
            task.cancel()
        with suppress(asyncio.CancelledError):
            came.append(await task)

    async def main() -> None:
        await asyncio.gather(*(one(*each) for each in asking))

    house.time.run(main())
    assert all(map(is_in_order, came))
    assert len(house.ledger.entries) == sum(model.asked for model in models)
    assert all(model.open == 0 for model in models)
    assert budget.waiting == 0
    if limit is not None:
        times = models[0].asked_at
        assert all(sum(at <= t < at + 60_000 for t in times) <= limit for at in times)
    if cap is not None:
        for interview in "abc":
            mine = [each for each in house.ledger.entries if each.interview_id == interview]
            assert sum(each.cost_micro_usd or 0 for each in mine) <= cap
