"""A reply is read by as many as like, asked for once more if it can't be used, and ends."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing
from itertools import count
from typing import Any

import pytest

from realtime.interviewer.leading.fair_copy import Form
from realtime.interviewer.leading.guard import Guard
from realtime.interviewer.leading.prompting import Prompts
from realtime.interviewer.leading.reply import (
    ATTEMPTS,
    Ask,
    Means,
    Reply,
    Said,
    Section,
    Unusable,
    gather,
    rest,
)
from realtime.interviewer.leading.sections import Opened
from realtime.interviewer.model import Message, Prompt
from realtime.interviewer.request import Broken, NoAnswer, Request, Speaking, Told, Waiting
from tests.realtime.interviewer.leading.answering import (
    MODEL,
    OTHER,
    Script,
    ScriptedModels,
    Step,
    key_of,
    mark,
    prompt_of,
    refused,
    smoothly,
    spoken,
)
from tests.realtime.interviewer.leading.talk import settled
from tests.realtime.interviewer.play import StillClock

pytestmark = pytest.mark.anyio

FORM = Form({"hint": (), "end": ()}, needed=frozenset({"hint"}))
VALUES = {"question": "Why?", "hints": "none"}

Open = Callable[..., Reply]


@pytest.fixture
async def open_reply(prompts: Mapping[str, Prompts]) -> AsyncIterator[Open]:
    """Opens replies, and closes them. Nothing is left behind, and no error that nobody saw."""
    made: list[Reply] = []
    loop = asyncio.get_running_loop()
    defects: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: defects.append(context))

    def opened(models: ScriptedModels, *, shown: str = "", attempts: int = ATTEMPTS) -> Reply:
        request = Request("u", "iv", "hint", 1, Prompt((Message("system", "Be."),), 100))
        ask = Ask(request, shown, "hint", lambda _: VALUES, FORM, attempts)
        words, numbers = prompts["en"], count()

        def guard(careful: bool) -> Guard:
            return Guard(words.own, words.unobserved, careful=careful)

        means = Means(models, lambda: f"key{next(numbers):03d}", StillClock())
        made.append(Reply(ask, means, words, guard))
        return made[-1]

    yield opened
    for each in made:
        await each.aclose()
    made.clear()
    gc.collect()
    await settled()
    assert not any("Reply" in repr(task.get_coro()) for task in asyncio.all_tasks())
    assert defects == []
    loop.set_exception_handler(None)


async def read(reply: Reply, at: int = 0) -> list[Said]:
    return [said async for said in reply.read(at)]


async def test_all_of_it_is_read_from_any_place_by_anybody(open_reply: Open) -> None:
    reply = open_reply(ScriptedModels())
    first, second = await asyncio.gather(read(reply), read(reply))
    assert first == second == await read(reply)
    assert first[:2] == [Speaking(MODEL), Opened("hint")]
    assert await read(reply, 2) == first[2:]
    assert await read(reply, len(first)) == []
    assert reply.ended


async def test_it_goes_on_while_nobody_reads(open_reply: Open) -> None:
    models = ScriptedModels()
    reply = open_reply(models)
    await settled()
    assert reply.ended
    assert models.open == 0
    assert len(models.requests) == 1


async def test_a_reader_waits_for_what_comes(open_reply: Open) -> None:
    more = asyncio.Event()
    models = ScriptedModels(lambda request: [*halved(request), more, " more.", Told("stop")])
    reply = open_reply(models)
    async with aclosing(reply.read()) as said:
        while await anext(said) != "Half":
            pass
        assert not reply.ended
        more.set()
        assert "".join([str(each) async for each in said]) == " more."


def halved(request: Request) -> list[Step]:
    return [Speaking(MODEL), f"{mark(request, 'hint')}\n", "Half"]


async def test_closing_it_closes_what_is_upstream_and_its_readers_end(open_reply: Open) -> None:
    models = ScriptedModels(lambda request: [*halved(request), asyncio.Event()])
    reply = open_reply(models)
    reading = asyncio.create_task(read(reply))
    await settled()
    assert models.open == 1
    await reply.aclose()
    assert models.open == 0
    with pytest.raises(Unusable, match="closed"):
        await reading
    await reply.aclose()


async def test_closing_it_before_it_has_begun_ends_its_readers_too(open_reply: Open) -> None:
    models = ScriptedModels()
    made: list[Reply] = []

    async def opening() -> list[Said]:
        made.append(open_reply(models))
        return await read(made[0])

    async def closing() -> None:
        await made[0].aclose()

    # The reply's own task has no turn between these two.
    reading, ending = asyncio.create_task(opening()), asyncio.create_task(closing())
    await asyncio.gather(ending)
    await settled()
    assert reading.done()
    assert isinstance(reading.exception(), Unusable)
    assert models.requests == []


@pytest.mark.parametrize("cancelled", [True, False])
async def test_a_reader_that_leaves_leaves_the_reply(open_reply: Open, cancelled: bool) -> None:
    more = asyncio.Event()
    models = ScriptedModels(lambda request: [*halved(request), more, " more.", Told("stop")])
    reply = open_reply(models)
    reading = asyncio.create_task(read(reply))
    await settled()
    if cancelled:
        reading.cancel()
        await asyncio.wait([reading])
    more.set()
    assert (await read(reply))[-1] == " more."
    await asyncio.wait([reading])


# --- what can't be used ---------------------------------------------------------------------------


def one_after_the_other(*scripts: Script) -> Script:
    left = iter(scripts)
    return lambda request: next(left)(request)


UNFIT: dict[str, Script] = {
    "no mark": lambda _: spoken("Think."),
    "nothing": lambda _: [Speaking(MODEL), Told("stop")],
    "blank": lambda request: spoken(f"{mark(request, 'hint')}\n\n"),
    "another key": lambda _: spoken("@@k7q3mx hint\nThink."),
    "the prompt": lambda request: spoken(f"{mark(request, 'hint')}\n{prompt_of(request)}"),
}


@pytest.mark.parametrize("fault", UNFIT)
async def test_what_is_unfit_is_void_and_asked_for_once_more(fault: str, open_reply: Open) -> None:
    models = ScriptedModels(one_after_the_other(UNFIT[fault], smoothly))
    said = await read(open_reply(models))
    assert said.count(Broken()) == 1
    sections: list[Section] = []
    for each in said:
        gather(sections, each)
    assert [section.mark.name for section in sections] == ["hint", "end"]
    first, second = models.requests
    assert "could not be used" not in prompt_of(first)
    assert "could not be used" in prompt_of(second)
    assert key_of(first) != key_of(second)


@pytest.mark.parametrize("attempts", [1, 2])
async def test_what_stays_unfit_is_no_answer(attempts: int, open_reply: Open) -> None:
    models = ScriptedModels(lambda _: spoken("Think."))
    reply = open_reply(models, attempts=attempts)
    for _ in range(2):
        with pytest.raises(Unusable, match="hint"):
            await read(reply)
    assert len(models.requests) == attempts


async def test_no_answer_is_everybodys_who_reads_to_the_end(open_reply: Open) -> None:
    reply = open_reply(ScriptedModels(refused("spent")))
    for _ in range(2):
        with pytest.raises(NoAnswer) as caught:
            await read(reply)
        assert caught.value.refusal == "spent"


class Defective(ScriptedModels):
    """Has a defect, after some words."""

    async def ask(self, request: Request) -> AsyncIterator[Any]:  # type: ignore[override]
        for each in halved(request):
            yield each
        raise RuntimeError("a defect")


@pytest.mark.parametrize("readers", [0, 1, 2])
async def test_a_defect_is_whoevers_who_reads(readers: int, open_reply: Open) -> None:
    reply = open_reply(Defective())
    for _ in range(readers):
        with pytest.raises(RuntimeError, match="a defect"):
            await read(reply)
    await settled()


# --- keys and bounds ------------------------------------------------------------------------------


async def test_no_key_stands_in_what_is_shown(open_reply: Open) -> None:
    models = ScriptedModels()
    await read(open_reply(models, shown="An answer with @@key000 and key001. "))
    (request,) = models.requests
    assert key_of(request) == "key002"
    assert prompt_of(request).startswith("An answer with @@key000 and key001. Task:")


async def test_a_new_key_is_drawn_for_each_request(open_reply: Open) -> None:
    models = ScriptedModels(lambda _: spoken("Think."))
    with pytest.raises(Unusable):
        await read(open_reply(models))
    assert [key_of(each) for each in models.requests] == ["key000", "key001"]


async def test_what_is_endless_is_cut_off_upstream(open_reply: Open) -> None:
    models = ScriptedModels(lambda request: [*halved(request), *[" word"] * 100_000])
    said = await read(open_reply(models))
    assert models.open == 0
    assert len(said) < 5_000
    assert said[-1] == "…"


async def test_a_break_gives_the_next_model_all_its_room(open_reply: Open) -> None:
    def script(request: Request) -> Iterator[Step]:
        yield from halved(request)
        yield " word" * 150
        yield Broken()
        yield Speaking(OTHER)
        yield f"{mark(request, 'hint')}\n" + "word " * 150
        yield "word end."
        yield Told("stop")

    said = await read(open_reply(ScriptedModels(script)))
    assert str(said[-1]).endswith("word end.")


# --- sections -------------------------------------------------------------------------------------


async def test_the_rest_is_whole_sections_and_the_waits_before_them(open_reply: Open) -> None:
    def script(request: Request) -> Iterator[Step]:
        yield Waiting("rate_limited", 5)
        yield from halved(request)
        yield Broken()
        yield Waiting("failover", 0)
        yield from spoken(f"{mark(request, 'hint')}\nThink of it.\n{mark(request, 'end')}")

    came = [each async for each in rest(open_reply(ScriptedModels(script)))]
    assert came == [
        Waiting("rate_limited", 5),
        Waiting("failover", 0),
        [Section(Opened("hint"), "Think of it."), Section(Opened("end"), "")],
    ]
