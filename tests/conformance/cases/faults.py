"""A server that dies, and one that goes away in good order (`protocol.md` 1, 5, 8).

These are played alone, as everybody meets the fault; so each looks at as much as it can at once.
"""

import asyncio
from typing import Any

import httpx

from tests.conformance.case import Cases, Skipped, require
from tests.conformance.course import following, of, to_the_end, types
from tests.conformance.line import Line, Message
from tests.conformance.stage import ANSWER, Place, Stage
from tests.conformance.view import view_of

CASES = Cases()

EACH: dict[str, Any] = {"feedback": "each"}
TWO: dict[str, Any] = {"questions": 2, "question_list": ["Why?", "And how?"]}
LONG = " ".join(f"And why is it so that {number} isn't {number + 1}?" for number in range(10))
LANES = "with the answer and the lanes that were completed; then `feedback.started` for the others"
# What tells a client to come back: the transport's own codes, and the band 41xx.
COME_BACK = frozenset({1001, 1006, 1011, 1012, 1013, *range(4100, 4200)})


async def in_a_new_epoch(stage: Stage, place: Place, old: Line) -> tuple[Line, list[Message]]:
    """Come back after a crash: the session, which began with a snapshot of a new epoch, and that
    epoch's events from its first one on, up to the snapshot.
    """
    require(await old.end() in COME_BACK, f"The connection ended with {old.closed}.")
    line = await stage.open(place, resume=old.position)
    opened = line.opened
    require(opened["resumed"] is False, "A position of before the crash was resumed.")
    require(opened["epoch"] > old.position["epoch"], f"The epoch is {opened['epoch']}.")
    require(opened["snapshot"]["id"] == place.id, "The snapshot is of another interview.")
    reader = await stage.open(place, over="sse", resume={"epoch": opened["epoch"], "seq": 0})
    require(reader.opened["resumed"] is True, "The new epoch can't be read from its start.")
    await reader.wait(
        lambda: True if reader.position["seq"] >= opened["seq"] else None, "the snapshot's events"
    )
    return line, reader.events


@CASES.case(
    "fault.kill.question",
    (
        "In mid-question: `asking`, and `question.started` again.",
        "the actor was rebuilt from storage after a crash",
    ),
    needs=("kill",),
    within_s=60,
)
async def killed_in_mid_question(stage: Stage) -> None:
    """After a crash in mid-question the question is put again, in a new epoch."""
    place = await stage.interview(question_list=[LONG])
    line = await stage.open(place)
    reader = await stage.open(place, over="sse")
    await line.acked("interview.start", "start")
    await line.event("question.delta")
    await reader.event("question.delta")
    await stage.kill()
    await reader.end()
    again, events = await in_a_new_epoch(stage, place, line)
    snapshot = again.opened["snapshot"]
    require(snapshot["phase"] == "asking", f"The phase is {snapshot['phase']}.")
    ack = await again.acked("interview.start", "start")
    require(ack["repeated"] is True, "The start took effect a second time.")
    require(ack["epoch"] == again.opened["epoch"], f"The ack's epoch is {ack['epoch']}.")
    streamed = await stage.open(place, over="sse", resume=reader.position)
    require(streamed.opened["resumed"] is False, "An event stream was resumed from before.")
    completed = await again.event("question.completed")
    require(completed["text"] == LONG, f"The question is {completed['text']!r}.")
    first = [event for event in (*events, *again.events) if event["seq"] == 1]
    require(first[0]["type"] == "question.started", f"The epoch began with {first[0]['type']}.")
    require(first[0]["turn"] == 1, f"Put again was turn {first[0]['turn']}.")
    view = view_of(snapshot, again.events)
    require(list(view.turns) == [1] and view.turns[1]["question"] == LONG, "It isn't there once.")


@CASES.case("fault.kill.feedback", LANES, needs=("kill",), within_s=60)
async def killed_in_mid_feedback(stage: Stage) -> None:
    """After a crash in mid-feedback the answer stands, once, and its feedback begins anew; feedback
    that was whole stands as well.
    """
    reviewed, reader = await stage.answering(**EACH, **TWO)
    await reader.acked("answer.submit", turn=1, text=ANSWER)
    said = await reader.event("feedback.completed", 20)
    place, line = await stage.answering(**EACH, **TWO)
    await line.acked("answer.submit", "answer", turn=1, text=ANSWER)
    await line.event("feedback.delta")
    await stage.kill()
    if of(line.events, "feedback.completed"):
        raise Skipped("the feedback was whole before it could be cut short")
    again, events = await in_a_new_epoch(stage, place, line)
    snapshot = again.opened["snapshot"]
    require(snapshot["phase"] == "evaluating", f"The phase is {snapshot['phase']}.")
    turn = snapshot["turns"][0]
    require(turn["answer"] == ANSWER, f"The answer is {turn['answer']!r}.")
    require(turn["feedback"] == [], f"There is feedback already: {turn['feedback']}.")
    ack = await again.acked("answer.submit", "answer", turn=1, text=ANSWER)
    require(ack["repeated"] is True, "The answer took effect a second time.")
    require(ack["epoch"] == again.opened["epoch"], f"The ack's epoch is {ack['epoch']}.")
    await again.refused("id_reused", "answer.submit", "answer", turn=1, text=f"{ANSWER} Or not.")
    await following(again, 1)
    first = [event for event in (*events, *again.events) if event["seq"] == 1]
    require(first[0]["type"] == "feedback.started", f"The epoch began with {first[0]['type']}.")
    require(not of(again.events + events, "answer.accepted"), "The answer was accepted again.")
    view = view_of(snapshot, again.events)
    require(len(view.turns[1]["feedback"]) == 1, f"It was reviewed: {view.turns[1]['feedback']}.")
    kept = (await stage.stored(reviewed))["turns"][0]["feedback"]
    require([each["text"] for each in kept] == [said["text"]], f"The other's feedback: {kept}.")


@CASES.case(
    "fault.kill.ack",
    (
        "What was acknowledged survives `kill -9` of any process, and is there once.",
        "The answer, sent again, gets `ack` with `repeated`.",
    ),
    needs=("kill",),
    within_s=60,
)
async def killed_behind_an_ack(stage: Stage) -> None:
    """Whatever was acknowledged before a crash is there after it, once."""
    ended, line = await stage.finished()
    report = line.events[-1]["report"]
    places: dict[str, Place] = {}
    for kind in ("answer.submit", "question.skip", "interview.pause", "interview.finish"):
        places[kind], line = await stage.answering(**TWO)
        await line.acked(kind, "done", **_fields(kind))
    await stage.kill()
    for kind, place in places.items():
        stored = await stage.stored(place)
        require(_done(kind, stored), f"The effect of {kind} isn't there: {stored}.")
        again = await stage.open(place)
        ack = await again.acked(kind, "done", **_fields(kind))
        require(ack["repeated"] is True, f"{kind} took effect a second time.")
        turns = [turn["turn"] for turn in (await stage.stored(place))["turns"]]
        require(turns == sorted(set(turns)), f"The turns are {turns}.")
    late = await stage.open(ended)
    require(late.opened["snapshot"]["phase"] == "finished", "What was finished goes on.")
    require(late.opened["snapshot"]["report"] == report, "The report isn't what it was.")
    require(await late.end() == 1000, f"A finished interview ended with {late.closed}.")


def _fields(kind: str) -> Message:
    match kind:
        case "answer.submit":
            return {"turn": 1, "text": ANSWER}
        case "question.skip":
            return {"turn": 1}
    return {}


def _done(kind: str, stored: Message) -> bool:
    match kind:
        case "answer.submit":
            return bool(stored["turns"][0]["answer"] == ANSWER)
        case "question.skip":
            return stored["turns"][0]["skipped"] is True
        case "interview.pause":
            return stored["paused"] is True
    return bool(stored["finish_reason"] == "requested")


# --- in good order ------------------------------------------------------------------------------


@CASES.case(
    "fault.drain.told",
    "`reconnect_within_ms`: this node goes away; open again, anywhere, with `resume`",
    needs=("drain",),
    within_s=60,
)
async def told_of_the_draining(stage: Stage) -> None:
    """Who is connected is told to come back, and then sent away."""
    place, line = await stage.answering()
    observer = await stage.open(place, over="ws", role="observer")
    reader = await stage.open(place, over="sse")
    await stage.drain()
    for each, code in ((line, 4100), (observer, 4100), (reader, 0)):
        ended = await each.end()
        told = each.others_of("server.draining")
        require(len(told) == 1, f"It was told {len(told)} times, over {type(each).__name__}.")
        within_ms = told[0].get("reconnect_within_ms")
        require(type(within_ms) is int and within_ms > 0, f"reconnect_within_ms is {within_ms}.")
        require("seq" not in told[0], "server.draining has a place in `seq`.")
        require(ended == code, f"The connection ended with {ended}, and not {code}.")


@CASES.case(
    "fault.drain.resume", "draining: reconnect at once, anywhere", needs=("drain",), within_s=60
)
async def on_after_the_draining(stage: Stage) -> None:
    """After the draining everybody goes on, and nothing that was said is lost."""
    asking = await stage.interview(question_list=[LONG])
    asked = await stage.open(asking)
    await asked.acked("interview.start")
    await asked.event("question.delta")
    place, line = await stage.answering(**TWO)
    await line.acked("answer.submit", "answer", turn=1, text=ANSWER)
    await stage.drain()
    for each in (asked, line):
        await each.end()
    again = await stage.open(place, resume=line.position)
    ack = await again.acked("answer.submit", "answer", turn=1, text=ANSWER)
    require(ack["repeated"] is True, "The answer took effect a second time.")
    await _asked(place, line, again, 2)
    again = await stage.open(asking, resume=asked.position)
    question = await _asked(asking, asked, again, 1)
    require(question == LONG, f"The question is {question!r}.")
    await to_the_end(again, 1)


async def _asked(place: Place, old: Line, again: Line, turn: int) -> str:
    """The text of a turn's question in the view of who was cut off and came back."""

    def found() -> str | None:
        start, before = old.opened["snapshot"], old.events
        if not again.opened["resumed"]:
            start, before = again.opened["snapshot"], []
        require(start["id"] == place.id, "The snapshot is of another interview.")
        view = view_of(start, [*before, *again.events])
        return view.turns[turn]["question"] if view.phase == "answering" else None

    return await again.wait(found, f"question {turn}", 20)


@CASES.case(
    "fault.drain.refused",
    "no more interviews now; this node goes away",
    needs=("drain",),
    within_s=60,
)
async def refused_while_draining(stage: Stage) -> None:
    """While it drains it does what it is asked, or refuses it with `draining`."""
    place, line = await stage.answering()
    draining = asyncio.create_task(stage.drain())
    refusals: list[httpx.Response] = []
    while not draining.done():
        try:
            response = await stage.client.post(
                f"{place.path}/commands",
                json={"type": "answer.submit", "id": line.new_id(), "turn": 9, "text": ANSWER},
                headers=stage.bearer(),
            )
        except httpx.TransportError:
            response = None
        if response is not None and response.status_code != 409:
            refusals.append(response)
        # Slower than `commands_per_second`.
        await asyncio.wait([draining], timeout=2 / stage.target.limits["commands_per_second"])
    await draining
    for refusal in refusals:
        problem = refusal.json()
        said = (refusal.status_code, problem.get("code"))
        require(said == (503, "draining"), f"While draining it said {said}.")
        kind = refusal.headers.get("Content-Type", "")
        require(kind.startswith("application/problem+json"), f"A problem came as {kind}.")
    if not refusals:
        raise Skipped("it was gone before it could refuse anything")
    require(types(line.events)[-1] == "question.completed", "A refused command told something.")
