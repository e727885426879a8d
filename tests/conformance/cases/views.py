"""However one reads an interview, one view of it comes out (`protocol.md` 1, 3, 5)."""

import asyncio
from functools import partial
from typing import Any

from tests.conformance.case import BOTH, Cases, Violation, require
from tests.conformance.course import tour
from tests.conformance.line import Line, Message
from tests.conformance.stage import Place, Stage
from tests.conformance.view import View, view_of

CASES = Cases()

A_TOUR: dict[str, Any] = {
    "questions": 2,
    "follow_ups": 1,
    "feedback": "each",
    "question_list": ["Why 😀?", "And how?"],
}
SAME = "A snapshot and the events after it lead to the same view as an uninterrupted connection."


async def _several(line: Line, seen: int, most: int) -> list[Message]:
    """The events behind those that were seen, when there are several of them, or the last came."""

    def found() -> list[Message] | None:
        new = line.events[seen:]
        over = bool(line.events) and line.events[-1]["type"] == "report.completed"
        return new if len(new) >= most or over else None

    return await line.wait(found, f"{most} more events", 30)


def _same(view: View, other: View, what: str, *, streaming: bool = True) -> None:
    """Raises a violation that names what differs."""
    ours, theirs = view.told(streaming=streaming), other.told(streaming=streaming)
    for name, value in ours.items():
        require(value == theirs[name], f"{what}: {name} is {theirs[name]!r}, and not {value!r}.")


async def _dropping(stage: Stage, place: Place, line: Line, every: int) -> list[Message]:
    """Read an interview to its end, cut off and resumed after every so many events."""
    events: list[Message] = []
    while True:
        await _several(line, 0, every)
        await line.drop()
        events += line.events
        if events[-1]["type"] == "report.completed":
            return events
        line = await _reader(stage, place, line.position)
        require(line.opened["resumed"] is True, f"Not resumed at {events[-1]['seq']}.")


async def _reader(stage: Stage, place: Place, resume: dict[str, int] | None) -> Line:
    if stage.transport == "ws":
        return await stage.open(place, role="observer", resume=resume)
    return await stage.open(place, resume=resume)


async def _dropped(stage: Stage, every: int) -> None:
    place = await stage.interview(**A_TOUR)
    line = await stage.open(place, over="ws")
    reader = await _reader(stage, place, None)
    events, _ = await asyncio.gather(_dropping(stage, place, reader, every), tour(line))
    require(events == line.events, "Who was cut off read other events than who was not.")
    whole = view_of(line.opened["snapshot"], line.events)
    _same(whole, view_of(reader.opened["snapshot"], events), "Who was cut off")


for _every in (1, 7):
    _play = partial(_dropped, every=_every)
    _play.__doc__ = (
        f"Who is cut off after every {_every} events and resumes reads what others read."
        if _every > 1
        else "Who is cut off after every event and resumes reads what others read."
    )
    CASES.case(
        f"view.dropped.{_every}",
        "continues on any node, over any transport",
        over=BOTH,
        within_s=45,
    )(_play)


@CASES.case("view.snapshots", SAME, over=BOTH, within_s=45)
async def snapshots(stage: Stage) -> None:
    """A snapshot, taken at whatever moment, and what follows it make the view of who was there."""
    place = await stage.interview(**A_TOUR)
    line = await stage.open(place, over="ws")
    late: list[Line] = []

    async def come_late() -> None:
        seen = 0
        while not line.events or line.events[-1]["type"] != "report.completed":
            late.append(await _reader(stage, place, None))
            seen += len(await _several(line, seen, 30))

    await asyncio.gather(come_late(), tour(line))
    start = line.opened["snapshot"]
    whole = view_of(start, line.events)
    for each in late:
        await each.end()
        opened = each.opened
        before = [event for event in line.events if event["seq"] <= opened["seq"]]
        at = f"The snapshot at {opened['seq']}"
        _same(view_of(start, before), view_of(opened["snapshot"], []), at)
        _same(whole, view_of(opened["snapshot"], each.events), f"{at} and what followed")
    require(len(late) > 5, f"There were {len(late)} snapshots only.")


@CASES.case(
    "view.streaming", "the interview (section 9) and `streaming: [{what, turn, lane, text}]`"
)
async def what_is_streaming(stage: Stage) -> None:
    """A snapshot in mid-question has its text so far, and its deltas go on from there."""
    question = " ".join(f"And why is {number} not {number + 1}?" for number in range(16))
    place = await stage.interview(question_list=[question])
    line = await stage.open(place)
    await line.acked("interview.start")
    await line.event("question.delta")
    late = await stage.open(place, over="sse")
    streams = late.opened["snapshot"]["streaming"]
    require(len(streams) == 1, f"The streams are {streams}.")
    stream = streams[0]
    require((stream["what"], stream["turn"]) == ("question", 1), f"The stream is {stream}.")
    require(bool(stream["text"]), "The stream has no text so far.")
    require(question.startswith(stream["text"]), f"The text so far is {stream['text']!r}.")
    await late.event("question.completed")
    rest = "".join(event["text"] for event in late.events if event["type"] == "question.delta")
    require(stream["text"] + rest == question, "The text so far and the deltas aren't the whole.")


@CASES.case("view.http", "**The interview**:", over=BOTH, within_s=45)
async def as_http_has_it(stage: Stage) -> None:
    """The interview as HTTP has it is the view of who has read as far."""
    place = await stage.interview(**A_TOUR)
    line = await stage.open(place)
    compared = 0

    async def ask() -> None:
        nonlocal compared
        seen = 0
        while not line.events or line.events[-1]["type"] != "report.completed":
            seen += len(await _several(line, seen, 20))
            stored = await stage.stored(place)
            await line.wait(partial(_reached, line, stored["seq"]), "what HTTP knows", 30)
            before = [event for event in line.events if event["seq"] <= stored["seq"]]
            view = view_of(line.opened["snapshot"], before)
            if not any(what == "question" for what, _, _ in view.streaming):
                _same(view, View(stored), f"HTTP at {stored['seq']}", streaming=False)
                compared += 1

    await asyncio.gather(ask(), tour(line))
    require(compared > 3, f"HTTP was compared {compared} times only.")


def _reached(line: Line, seq: int) -> bool | None:
    return True if line.position["seq"] >= seq else None


@CASES.case("view.same", "What has been read never changes; nothing is dropped or reordered.")
async def everybody_reads_the_same(stage: Stage) -> None:
    """Whoever reads an event, when and over whichever transport, reads the same."""
    place = await stage.interview(question_list=["Why 😀, and how?"], feedback="each")
    line = await stage.open(place)
    readers = [
        await stage.open(place, over="ws", role="observer"),
        await stage.open(place, over="sse"),
    ]
    epoch = line.opened["epoch"]

    async def come_later() -> None:
        seen = 0
        while not line.events or line.events[-1]["type"] != "report.completed":
            seen += len(await _several(line, seen, 40))
            readers.append(await stage.open(place, over="sse", resume={"epoch": epoch, "seq": 0}))

    await asyncio.gather(come_later(), tour(line))
    told = {event["seq"]: event for event in line.events}
    for reader in readers:
        if reader.opened["resumed"] or reader.opened["seq"] == 0:
            await reader.end()
            seqs = [event["seq"] for event in reader.events]
            require(seqs == list(told), f"A reader read {len(seqs)} events of {len(told)}.")
        for event in reader.events:
            if event != told[event["seq"]]:
                raise Violation(f"One read {told[event['seq']]}, another {event}.")
