"""A section as a stream: its beginning, its text, what is void, and how far it was read."""

from collections.abc import Iterator
from contextlib import aclosing

import pytest

from protocol.effects import Began, Delayed, Delta, Failed, Output, Work
from protocol.view import Config
from realtime.interviewer.leading.fair_copy import Form
from realtime.interviewer.leading.reply import Section
from realtime.interviewer.leading.scene import Order, Scene, Size
from realtime.interviewer.leading.sections import Opened
from realtime.interviewer.leading.telling import Opening, Telling
from realtime.interviewer.request import Broken, NoAnswer, Request, Speaking, Told, Waiting
from tests.realtime.interviewer.conftest import MakeKit
from tests.realtime.interviewer.leading.answering import (
    MODEL,
    OTHER,
    Script,
    ScriptedModels,
    Step,
    mark,
    spoken,
)
from tests.realtime.interviewer.leading.scenes import scene_of
from tests.realtime.interviewer.play import new_interview

pytestmark = pytest.mark.anyio

WORK = Work("question", 1)
FORM = Form({"hint": (), "report": (), "end": ()}, needed=frozenset({"hint"}), bare=True)
ORDER = Order("hint", lambda _: {"question": "Why?", "hints": "none"}, FORM, Size(100, 0.0))


def began(mark: Opened, model: str) -> Began:
    return Began(WORK, model)


async def told(
    kit_of: MakeKit,
    script: Script,
    opening: Opening = began,
    *,
    name: str = "hint",
    at: int = 0,
    to_end: bool = False,
) -> tuple[Telling, list[Output], NoAnswer | None]:
    scene: Scene = scene_of(kit_of(ScriptedModels(script)), WORK, new_interview(Config("sales")))
    reply = scene.ask((), ORDER)
    telling = Telling(scene, reply, name, opening, at=at, to_end=to_end)
    outputs: list[Output] = []
    error: NoAnswer | None = None
    try:
        async with aclosing(telling.outputs()) as came:
            async for output in came:
                outputs.append(output)
    except NoAnswer as refusal:
        error = refusal
    finally:
        await reply.aclose()
    return telling, outputs, error


def two_sections(request: Request) -> Iterator[Step]:
    yield from spoken(f"{mark(request, 'hint')}\nThink.\n{mark(request, 'report')}\nWell.")


async def test_it_begins_with_its_text_and_ends_where_the_next_begins(kit_of: MakeKit) -> None:
    telling, outputs, _ = await told(kit_of, two_sections)
    assert outputs == [Began(WORK, MODEL), Delta(WORK, "Think.")]
    assert telling.begun
    assert telling.mark == Opened("hint")
    assert telling.others == []
    # From there the next section can be read.
    after, outputs, _ = await told(kit_of, two_sections, name="report", at=telling.at)
    assert outputs == [Began(WORK, ""), Delta(WORK, "Well.")]
    assert after.begun


async def test_to_its_end_the_others_are_gathered(kit_of: MakeKit) -> None:
    telling, outputs, _ = await told(kit_of, two_sections, to_end=True)
    assert outputs == [Began(WORK, MODEL), Delta(WORK, "Think.")]
    assert telling.others == [Section(Opened("report"), "Well.")]


async def test_a_section_that_does_not_come_brings_nothing(kit_of: MakeKit) -> None:
    telling, outputs, _ = await told(kit_of, two_sections, name="end")
    assert (outputs, telling.begun, telling.mark) == ([], False, None)


async def test_one_without_a_text_has_its_mark_alone(kit_of: MakeKit) -> None:
    def script(request: Request) -> Iterator[Step]:
        return spoken(f"{mark(request, 'hint')}\n{mark(request, 'end')}")

    telling, outputs, _ = await told(kit_of, script)
    assert (outputs, telling.begun, telling.mark) == ([], False, Opened("hint"))


async def test_a_text_that_is_not_wanted_is_not_told(kit_of: MakeKit) -> None:
    telling, outputs, _ = await told(kit_of, two_sections, lambda _, model: None)
    assert (outputs, telling.begun, telling.mark) == ([], False, Opened("hint"))


async def test_waits_are_told_and_what_is_void_begins_again(kit_of: MakeKit) -> None:
    def script(request: Request) -> Iterator[Step]:
        yield Waiting("rate_limited", 7)
        yield Speaking(OTHER)
        yield f"{mark(request, 'hint')}\nOne"
        yield Broken()
        yield Waiting("failover", 0)
        yield Speaking(OTHER)
        yield f"{mark(request, 'hint')}\n"
        yield Broken()
        yield Speaking(MODEL)
        yield f"{mark(request, 'hint')}\nTwo"
        yield Told("stop")

    _, outputs, _ = await told(kit_of, script)
    kinds = [type(output) for output in outputs]
    assert kinds == [Delayed, Began, Delta, Failed, Delayed, Began, Delta]
    assert outputs[0] == Delayed(WORK, "rate_limited", 7)
    assert outputs[1:3] == [Began(WORK, OTHER), Delta(WORK, "One")]
    assert isinstance(outputs[3], Failed)
    assert outputs[3].retrying
    assert outputs[-2:] == [Began(WORK, MODEL), Delta(WORK, "Two")]


async def test_what_is_void_is_void_of_the_others_too(kit_of: MakeKit) -> None:
    def script(request: Request) -> Iterator[Step]:
        yield from [*two_sections(request)][:-1]
        yield Broken()
        yield from two_sections(request)

    telling, _, _ = await told(kit_of, script, to_end=True)
    assert telling.others == [Section(Opened("report"), "Well.")]


async def test_no_answer_comes_after_what_was_said(kit_of: MakeKit) -> None:
    def script(request: Request) -> Iterator[Step]:
        yield Speaking(MODEL)
        yield f"{mark(request, 'hint')}\nOne"
        yield NoAnswer("spent", "none")

    _, outputs, error = await told(kit_of, script)
    assert outputs == [Began(WORK, MODEL), Delta(WORK, "One")]
    assert error is not None
    assert error.refusal == "spent"
