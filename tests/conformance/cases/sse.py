"""The event stream (`protocol.md` 2): its lines, where it begins, where it ends."""

import asyncio
from functools import partial
from typing import Any

import httpx
import orjson

from tests.conformance.answers import media_type, never_was, problem
from tests.conformance.case import SSE, Cases, Violation, require
from tests.conformance.line import UNNUMBERED, Line, Message, StreamLine
from tests.conformance.stage import ANSWER, Place, Stage
from tests.conformance.stream import EventStream, NoStreamError

CASES = Cases()

RESUME = "`Last-Event-ID: <epoch>:<seq>`, else `?last_event_id=`; the header wins"
EVENT = "`id: <epoch>:<seq>`, `event: <type>`, `data: <the same JSON>`"
OPENED = "it has an `id:` line when it carries a snapshot; then the log"
READS = "Event streams only read; POSTed commands work beside a WebSocket and take nothing over."
AT_THE_END = "opened again at the log's end it answers 204, so that `EventSource` stops"


async def refusal(stage: Stage, place: Place, **options: Any) -> httpx.Response:
    """What a stream that isn't opened is answered with."""
    try:
        await stage.open_stream(place, **options)
    except NoStreamError as error:
        return error.response
    raise Violation("A stream was opened.")


async def said(stage: Stage, place: Place, query: str, **headers: str) -> tuple[Message, Message]:
    """The first two messages of a stream that is asked for with these headers."""
    stream = await EventStream.connect(
        stage.client,
        f"{place.path}/events{query}",
        stage.transcript,
        "said",
        headers=stage.bearer() | headers,
    )
    try:
        found: list[Message] = []
        async for block in stream.blocks():
            if block.message is not None:
                found.append(block.message)
            if len(found) == 2:
                return found[0], found[1]
    finally:
        await stream.drop()
    raise Violation("The stream ended before an event came.")


async def asked(stage: Stage, **config: Any) -> tuple[Place, StreamLine]:
    """An interview whose first question is put, and the stream that told all of it."""
    place = await stage.interview(**config)
    line = await stage.open_stream(place)
    await line.acked("interview.start")
    await line.event("question.completed")
    return place, line


@CASES.case("sse.media-type", "Server-Sent Events + HTTP", over=SSE)
async def stream_media_type(stage: Stage) -> None:
    """An event stream is `text/event-stream`."""
    line = await stage.open_stream(await stage.interview())
    found = media_type(line.stream.response)
    require(found == "text/event-stream", f"The stream is {found}.")


@CASES.case("sse.retry", "`retry: 1000` at the start", over=SSE)
async def retry(stage: Stage) -> None:
    """An event stream begins with `retry: 1000`."""
    line = await stage.open_stream(await stage.interview())
    require(line.blocks[0].fields.get("retry") == "1000", "No `retry: 1000` is at the start.")


@CASES.case("sse.comment", "a comment line every 15 s", over=SSE, within_s=45)
async def comments(stage: Stage) -> None:
    """An idle event stream gets a comment line every 15 s."""
    place = await stage.interview()
    stream = await EventStream.connect(
        stage.client, f"{place.path}/events", stage.transcript, headers=stage.bearer()
    )
    try:
        blocks = stream.blocks()
        while (await anext(blocks)).message is None:
            pass
        for _ in range(2):
            async with asyncio.timeout(20):
                block = await anext(blocks)
            require(block.comments, f"An idle stream got {block.fields}.")
    finally:
        await stream.drop()


@CASES.case("sse.lines", EVENT, over=SSE)
async def lines(stage: Stage) -> None:
    """Every event has its `id`, its `event` and its `data`."""
    _, line = await asked(stage)
    await line.acked("interview.finish")
    await line.end()
    told = [block for block in line.blocks if block.message is not None]
    require(len(told) > 5, "The stream told too little to say.")
    for block in told:
        message = block.message or {}
        require(block.fields.get("event") == message["type"], f"A wrong `event`: {block.fields}")
        if message["type"] not in UNNUMBERED:
            expected = f"{message['epoch']}:{message['seq']}"
            require(block.fields.get("id") == expected, f"A wrong `id`: {block.fields}")
            require("\n" not in block.fields["data"], "An event's JSON takes more than one line.")


@CASES.case("sse.opened.id", OPENED, over=SSE)
async def opened_with_id(stage: Stage) -> None:
    """`session.opened` with a snapshot has an `id` line, and the log follows."""
    line = await stage.open_stream(await stage.interview())
    block = line.blocks[-1]
    require(line.opened.get("snapshot"), "The first opening has no snapshot.")
    expected = f"{line.opened['epoch']}:{line.opened['seq']}"
    require(block.fields.get("id") == expected, f"Its `id` isn't {expected}: {block.fields}")
    await line.acked("interview.start")
    started = await line.event("interview.started")
    require(started["seq"] == line.opened["seq"] + 1, "The log doesn't follow.")


@CASES.case("sse.opened.no-id", OPENED, over=SSE)
async def resumed_without_id(stage: Stage) -> None:
    """`session.opened` without a snapshot has no `id` line, as it is no position."""
    place, line = await asked(stage)
    again = await stage.open_stream(place, resume={"epoch": line.position["epoch"], "seq": 1})
    require(again.opened["resumed"] is True, "The stream wasn't resumed.")
    require("snapshot" not in again.opened, "A resumed stream has a snapshot.")
    opened = next(each for each in again.blocks if each.message is not None)
    require("id" not in opened.fields, f"It has an `id` line: {opened.fields}")


@CASES.case("sse.resume.header", RESUME, over=SSE)
async def resume_by_header(stage: Stage) -> None:
    """`Last-Event-ID` resumes behind that event."""
    place, line = await asked(stage)
    epoch = line.position["epoch"]
    opened, event = await said(stage, place, "", **{"Last-Event-ID": f"{epoch}:1"})
    require(opened["resumed"] is True, "The stream wasn't resumed.")
    require(event == line.events[1], f"After seq 1 came {event}.")


@CASES.case("sse.resume.query", RESUME, over=SSE)
async def resume_by_query(stage: Stage) -> None:
    """`?last_event_id=` resumes behind that event."""
    place, line = await asked(stage)
    epoch = line.position["epoch"]
    opened, event = await said(stage, place, f"?last_event_id={epoch}:1")
    require(opened["resumed"] is True, "The stream wasn't resumed.")
    require(event == line.events[1], f"After seq 1 came {event}.")


@CASES.case("sse.resume.header-wins", RESUME, over=SSE)
async def header_wins(stage: Stage) -> None:
    """Of a header and a query that differ, the header counts."""
    place, line = await asked(stage)
    epoch = line.position["epoch"]
    query = f"?last_event_id={epoch}:0"
    _, event = await said(stage, place, query, **{"Last-Event-ID": f"{epoch}:1"})
    require(event["seq"] == 2, f"The query won: seq {event['seq']} came.")
    query = f"?last_event_id={epoch}:1"
    _, event = await said(stage, place, query, **{"Last-Event-ID": f"{epoch}:0"})
    require(event["seq"] == 1, f"The query won: seq {event['seq']} came.")


@CASES.case("sse.resume.zero", "0 is legal", over=SSE)
async def resume_from_zero(stage: Stage) -> None:
    """The position before the first event can be resumed from."""
    place, line = await asked(stage)
    again = await stage.open_stream(place, resume={"epoch": line.position["epoch"], "seq": 0})
    require(again.opened["resumed"] is True, "The stream wasn't resumed.")
    await again.event("question.completed")
    require(again.events == line.events[: len(again.events)], "What was told is told otherwise.")


@CASES.case("sse.resume.other-epoch", "an epoch that has gone", over=SSE)
async def other_epoch(stage: Stage) -> None:
    """A `Last-Event-ID` of another epoch is answered with a snapshot that has an `id`."""
    place, line = await asked(stage)
    epoch = line.position["epoch"] + 1
    again = await stage.open_stream(place, headers={"Last-Event-ID": f"{epoch}:1"})
    require(again.opened["resumed"] is False, "Another epoch was resumed.")
    require(again.opened["snapshot"]["id"] == place.id, "There is no snapshot.")


@CASES.case("sse.resume.ahead", "a position ahead of the log", over=SSE)
async def ahead(stage: Stage) -> None:
    """A `Last-Event-ID` ahead of the log is answered with a snapshot."""
    place, line = await asked(stage)
    position = line.position
    ahead = f"{position['epoch']}:{position['seq'] + 1000}"
    again = await stage.open_stream(place, headers={"Last-Event-ID": ahead})
    require(again.opened["resumed"] is False, "A position ahead of the log was resumed.")
    require(again.opened["seq"] < position["seq"] + 1000, "The log's head moved.")


@CASES.case("sse.resume.malformed", RESUME, over=SSE)
async def malformed_position(stage: Stage) -> None:
    """A `Last-Event-ID` that is no position resumes nothing: a snapshot, or `malformed`."""
    place, _ = await asked(stage)
    for position in ("x", "1", "1:", ":1", "1:2:3", "1:-1", "1.5:2", "99999999999999999999:1"):
        try:
            line = await stage.open_stream(place, headers={"Last-Event-ID": position})
        except NoStreamError as error:
            problem(error.response, 400, "malformed")
        else:
            require(line.opened["resumed"] is False, f"{position} was resumed from.")
            require(line.opened["snapshot"]["id"] == place.id, f"{position} gets no snapshot.")


@CASES.case("sse.end", "the stream ends; opened again at the log's end it answers 204", over=SSE)
async def ends(stage: Stage) -> None:
    """A stream ends after the log's last event."""
    _, line = await stage.finished()
    require(await line.end() == 0, "The stream didn't end.")
    require(line.events[-1]["type"] == "report.completed", f"It ends in {line.events[-1]['type']}.")


@CASES.case("sse.end.no-content", AT_THE_END, over=SSE)
async def no_content(stage: Stage) -> None:
    """Opened again at the log's end, by header or by query, a stream is answered 204."""
    place, line = await stage.finished()
    await line.end()
    last = f"{line.position['epoch']}:{line.position['seq']}"
    for again in (
        await refusal(stage, place, headers={"Last-Event-ID": last}),
        await refusal(stage, place, query=f"?last_event_id={last}"),
    ):
        require(again.status_code == 204, f"At the log's end came {again.status_code}.")
        require(not again.content, "A 204 has a body.")


@CASES.case("sse.end.behind", "the events from `resume.seq + 1` on follow", over=SSE)
async def behind_the_end(stage: Stage) -> None:
    """Opened again before the log's end, a finished interview's stream tells the rest and ends."""
    place, line = await stage.finished()
    await line.end()
    resume = {"epoch": line.position["epoch"], "seq": line.position["seq"] - 1}
    again = await stage.open_stream(place, resume=resume)
    await again.end()
    if again.opened["resumed"]:
        require(again.events == line.events[-1:], f"The rest was {again.events}.")
    else:
        require(again.opened["snapshot"]["phase"] == "finished", "The snapshot isn't of the end.")


@CASES.case("sse.end.first", "the stream ends; opened again", over=SSE)
async def finished_before(stage: Stage) -> None:
    """A first stream of a finished interview tells its snapshot, and ends."""
    place, line = await stage.finished()
    await line.end()
    again = await stage.open_stream(place)
    require(again.opened["snapshot"]["phase"] == "finished", "The snapshot isn't of the end.")
    require(await again.end() == 0, "The stream doesn't end.")
    require(again.events == [], f"After the end came {again.events}.")


@CASES.case("sse.parity.events", "Every transport is a view of this one log", over=SSE)
async def parity(stage: Stage) -> None:
    """A WebSocket and an event stream tell every event of an interview in the same JSON."""
    place = await stage.interview(
        questions=2, question_list=["Why so?", "What else?"], feedback="each"
    )
    socket, stream = await stage.open_socket(place), await stage.open_stream(place)
    await socket.acked("interview.start")
    await socket.event("question.completed")
    await socket.acked("hint.request", turn=1)
    await socket.event("hint.completed")
    await socket.acked("answer.submit", turn=1, text=f"{ANSWER} \U0001f680 é 한")
    question = await stream.event("question.completed", 30, turn=2)
    await stream.acked("answer.submit", turn=question["turn"], text=ANSWER)
    await asyncio.gather(socket.end(30), stream.end(30))
    require(len(socket.events) == len(stream.events), "They tell a different number of events.")
    for one, other in zip(socket.events, stream.events, strict=True):
        same = orjson.dumps(one) == orjson.dumps(other)
        require(same, f"One event, two tales: {one} and {other}")


@CASES.case("sse.parity.opened", "`session.opened`, the same", over=SSE)
async def parity_of_opening(stage: Stage) -> None:
    """A WebSocket and an event stream get the same `session.opened`."""
    place, line = await asked(stage)
    socket, stream = await stage.open_socket(place), await stage.open_stream(place)
    await line.drop()
    for name in ("protocol", "epoch", "seq", "resumed", "heartbeat_ms", "limits", "capabilities"):
        one, other = socket.opened.get(name), stream.opened.get(name)
        require(one == other and one is not None, f"`{name}`: {one} and {other}")
    one, other = socket.opened["snapshot"], stream.opened["snapshot"]
    require(one == other, f"The snapshots differ: {one} and {other}")


@CASES.case("sse.continue.other-transport", "continues on any node, over any transport", over=SSE)
async def across(stage: Stage) -> None:
    """A position from a WebSocket is continued over an event stream, and the other way round."""
    place = await stage.interview()
    socket = await stage.open_socket(place)
    await socket.acked("interview.start")
    first = await socket.event("interview.started")
    await socket.drop()
    stream = await stage.open_stream(place, resume={"epoch": first["epoch"], "seq": first["seq"]})
    require(stream.opened["resumed"] is True, "The event stream wasn't resumed.")
    completed = await stream.event("question.completed")
    await stream.drop()
    resume = {"epoch": completed["epoch"], "seq": completed["seq"]}
    again = await stage.open_socket(place, resume=resume)
    require(again.opened["resumed"] is True, "The WebSocket wasn't resumed.")
    await again.acked("interview.finish")
    skipped = await again.event("answer.skipped")
    require(skipped["seq"] == completed["seq"] + 1, "An event is missing in between.")


@CASES.case("sse.reads-only", READS, over=SSE)
async def takes_nothing_over(stage: Stage) -> None:
    """An event stream beside a candidate's WebSocket doesn't take its place."""
    place = await stage.interview()
    socket = await stage.open_socket(place)
    streams = [await stage.open_stream(place) for _ in range(3)]
    await socket.acked("interview.start")
    heard: list[Line] = [socket, *streams]
    await asyncio.gather(*(line.event("question.completed") for line in heard))
    require(socket.closed is None, f"The WebSocket was closed with {socket.closed}.")


@CASES.case("sse.unknown", "no such interview, or another user's", over=SSE)
async def unknown(stage: Stage) -> None:
    """The stream of an interview that there isn't is answered 404."""
    place = await stage.interview()
    answer = await refusal(stage, Place(never_was(place.id), {}))
    problem(answer, 404, "not_found")


@CASES.case("sse.deleted", "no such interview, another user's, or deleted", over=SSE)
async def deleted(stage: Stage) -> None:
    """The stream of an interview that is deleted ends, and isn't opened again."""
    place, line = await asked(stage)
    response = await stage.http("DELETE", place.path)
    require(response.status_code == 204, f"DELETE was answered {response.status_code}.")
    require(await line.end() == 0, "The stream doesn't end.")
    problem(await refusal(stage, place, resume=line.position), 404, "not_found")


@CASES.case("sse.unauthenticated", "no valid token; a valid one", over=SSE, needs=("sign-in",))
async def unauthenticated(stage: Stage) -> None:
    """A stream without a valid token, or with one in the URL, is answered 401."""
    place = await stage.interview()
    ask = partial(refusal, stage, place)
    problem(await ask(token=None), 401, "unauthenticated")
    problem(await ask(token="no.such.token"), 401, "unauthenticated")
    answer = await ask(token=None, query=f"?token={stage.target.token}")
    problem(answer, 401, "unauthenticated")
