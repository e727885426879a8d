"""Going on where one was: positions, and what is sent from them (`protocol.md` 1, 3)."""

from typing import Any

from tests.conformance.case import BOTH, Cases, Skipped, Transport, require
from tests.conformance.course import following, of, to_the_end
from tests.conformance.line import Line
from tests.conformance.stage import ANSWER, Place, Stage
from tests.conformance.view import view_of

CASES = Cases()

EACH: dict[str, Any] = {"feedback": "each"}
TWO: dict[str, Any] = {"questions": 2, "question_list": ["Why?", "And how?"]}
LONG = " ".join(f"And why is it so that {number} isn't {number + 1}?" for number in range(24))
MISSING_NONE = "the events from `resume.seq + 1` on follow, none missing, none twice"
REPLACED = "So answered: a first opening, an epoch that has gone, events no longer in the log"
AHEAD = "a position ahead of the log"
VOID = "`resumed: false`: the client's view is void"
KEPT_EVENTS = 256


def goes_on(line: Line, at_least: int) -> None:
    """The session was resumed, and knows how far the log is."""
    require(line.opened["resumed"] is True, f"It wasn't resumed: {line.opened}.")
    require(line.opened["seq"] >= at_least, f"Its seq is {line.opened['seq']}, not {at_least}.")


def replaced(line: Line, place: Place) -> None:
    """The session began with a snapshot that takes the view's place."""
    require(line.opened["resumed"] is False, "It was resumed.")
    require("snapshot" in line.opened, "There is no snapshot.")
    snapshot = line.opened["snapshot"]
    require(snapshot["id"] == place.id, f"The snapshot is of {snapshot['id']}.")
    require(snapshot["seq"] == line.opened["seq"], "The snapshot is of another seq.")
    require(isinstance(snapshot["streaming"], list), "The snapshot has no list of streams.")


def other(transport: Transport) -> Transport:
    return "sse" if transport == "ws" else "ws"


async def in_mid_question(stage: Stage) -> tuple[Place, Line]:
    """A new interview whose first question is half put."""
    place = await stage.interview(question_list=[LONG])
    line = await stage.open(place)
    await line.acked("interview.start")
    for _ in range(3):
        await line.event("question.delta")
    return place, line


# --- resumed ------------------------------------------------------------------------------------


@CASES.case("resume.mid-stream", MISSING_NONE, over=BOTH)
async def in_mid_stream(stage: Stage) -> None:
    """Who is cut off in mid-question gets the rest of it, and its text is whole."""
    place, line = await in_mid_question(stage)
    await line.drop()
    again = await stage.open(place, resume=line.position)
    goes_on(again, line.position["seq"])
    completed = await again.event("question.completed")
    require(completed["text"] == LONG, f"The question is {completed['text']!r}.")
    view = view_of(line.opened["snapshot"], line.events + again.events)
    require(view.turns[1]["question"] == LONG, "The question isn't in the view.")


@CASES.case("resume.mid-feedback", MISSING_NONE, over=BOTH, within_s=30)
async def in_mid_feedback(stage: Stage) -> None:
    """Who is cut off in mid-feedback gets the rest of it, its scores and all that follows."""
    place, line = await stage.answering(**EACH)
    await line.acked("answer.submit", turn=1, text=ANSWER)
    await line.event("feedback.delta")
    await line.drop()
    again = await stage.open(place, resume=line.position)
    goes_on(again, line.position["seq"])
    await again.event("report.completed", 30)
    view = view_of(line.opened["snapshot"], line.events + again.events)
    require(view.turns[1]["feedback"][0]["scores"], "The scores never came.")
    require(view.phase == "finished", f"The view's phase is {view.phase}.")


@CASES.case("resume.head", MISSING_NONE, over=BOTH)
async def at_the_head(stage: Stage) -> None:
    """Who resumes at the log's head gets nothing again, and then what happens next."""
    place, line = await stage.answering()
    await line.drop()
    again = await stage.open(place, resume=line.position)
    goes_on(again, line.position["seq"])
    require(again.opened["seq"] == line.position["seq"], "The log went on by itself.")
    await again.acked("answer.submit", turn=1, text=ANSWER)
    accepted = await again.event("answer.accepted")
    require(again.events[0] == accepted, f"Before it came {again.events[0]['type']}.")
    require(accepted["seq"] == line.position["seq"] + 1, f"Its seq is {accepted['seq']}.")


@CASES.case("resume.behind", MISSING_NONE, over=BOTH)
async def behind(stage: Stage) -> None:
    """From wherever one resumes, the log's events from there on come, each once."""
    place, line = await stage.answering()
    head = line.position
    for seq in range(1, head["seq"]):
        again = await stage.open(place, resume={"epoch": head["epoch"], "seq": seq})
        goes_on(again, head["seq"])
        await again.event("question.completed")
        require(again.events == line.events[seq:], f"From {seq} on came something else.")
        await again.drop()


@CASES.case("resume.zero", "is not; 0 is legal.", over=BOTH)
async def from_zero(stage: Stage) -> None:
    """Who resumes from 0 gets the log from its first event on."""
    place, line = await stage.answering()
    again = await stage.open(place, resume={"epoch": line.position["epoch"], "seq": 0})
    goes_on(again, line.position["seq"])
    await again.event("question.completed")
    require(again.events == line.events, "The log isn't what was read from it.")


@CASES.case("resume.twice", MISSING_NONE, over=BOTH)
async def from_where_one_resumed(stage: Stage) -> None:
    """Who resumes, hears nothing and is cut off again, goes on from the same position."""
    place, line = await in_mid_question(stage)
    await line.drop()
    for _ in range(3):
        await (await stage.open(place, resume=line.position)).drop()
    again = await stage.open(place, resume=line.position)
    goes_on(again, line.position["seq"])
    await again.event("question.completed")
    view = view_of(line.opened["snapshot"], line.events + again.events)
    require(view.turns[1]["question"] == LONG, "The question isn't in the view.")


@CASES.case(
    "resume.snapshot",
    "The position is the last event received, or a snapshot's `seq`",
    over=BOTH,
)
async def from_a_snapshot(stage: Stage) -> None:
    """Who got a snapshot and nothing else goes on from its `seq`."""
    place, _ = await in_mid_question(stage)
    late = await stage.open(place, over="sse")
    await late.drop()
    opened = late.opened
    again = await stage.open(place, resume={"epoch": opened["epoch"], "seq": opened["seq"]})
    goes_on(again, opened["seq"])
    await again.event("question.completed")
    view = view_of(opened["snapshot"], again.events)
    require(view.turns[1]["question"] == LONG, "The question isn't in the view.")


@CASES.case("resume.across", "continues on any node, over any transport", over=BOTH)
async def over_the_other_transport(stage: Stage) -> None:
    """A position from one transport is good on the other."""
    place, line = await in_mid_question(stage)
    await line.drop()
    again = await stage.open(place, over=other(stage.transport), resume=line.position)
    goes_on(again, line.position["seq"])
    await again.event("question.completed")
    view = view_of(line.opened["snapshot"], line.events + again.events)
    require(view.turns[1]["question"] == LONG, "The question isn't in the view.")


@CASES.case("resume.observer", "*observer* (reads; any number)")
async def an_observer(stage: Stage) -> None:
    """An observer goes on from its position, and from the candidate's."""
    place, line = await in_mid_question(stage)
    for position in (line.position, {"epoch": line.position["epoch"], "seq": 1}):
        observer = await stage.open(place, role="observer", resume=position)
        goes_on(observer, position["seq"])
        await observer.event("question.completed")
    require(line.closed is None, f"The candidate was closed ({line.closed}).")


@CASES.case("resume.unacknowledged", "acknowledged may be sent again with the same `id`", over=BOTH)
async def unacknowledged(stage: Stage) -> None:
    """A command whose ack was never read takes effect once, if it is sent again after resuming."""
    place, line = await stage.answering()
    answer = {"type": "answer.submit", "id": "answer", "turn": 1, "text": ANSWER}
    await line.send(answer)
    await line.drop()
    again = await stage.open(place, resume=line.position)
    await again.acked("answer.submit", "answer", turn=1, text=ANSWER)
    await again.event("report.completed", 30)
    accepted = of(line.events + again.events, "answer.accepted")
    require(len(accepted) == 1, f"The answer was accepted {len(accepted)} times.")


# --- replaced -----------------------------------------------------------------------------------


@CASES.case("resume.ahead", AHEAD, over=BOTH)
async def ahead_of_the_log(stage: Stage) -> None:
    """A position ahead of the log is answered with a snapshot."""
    place, line = await stage.answering()
    head = line.position
    for seq in (head["seq"] + 1, head["seq"] + 100_000):
        again = await stage.open(place, resume={"epoch": head["epoch"], "seq": seq})
        replaced(again, place)
        require(again.opened["seq"] == head["seq"], f"Its seq is {again.opened['seq']}.")
    await again.acked("question.skip", turn=1)
    skipped = await again.event("answer.skipped")
    require(skipped["seq"] == head["seq"] + 1, "The log didn't go on behind the snapshot.")


@CASES.case("resume.other-epoch", (REPLACED, VOID), over=BOTH)
async def another_epoch(stage: Stage) -> None:
    """A position of another epoch is answered with a snapshot of this one."""
    place, line = await stage.answering()
    head = line.position
    for seq in (0, 1, head["seq"]):
        again = await stage.open(place, resume={"epoch": head["epoch"] + 1, "seq": seq})
        replaced(again, place)
        require(again.opened["epoch"] == head["epoch"], f"The epoch: {again.opened['epoch']}.")
        require(again.opened["seq"] == head["seq"], f"Its seq is {again.opened['seq']}.")


async def _long_log(stage: Stage) -> tuple[Place, Line]:
    """An interview that goes on, with more events than a log has to keep."""
    place = await stage.interview(questions=3, question_list=[f"{LONG} {n}" for n in (1, 2, 3)])
    line = await stage.open(place)
    await line.acked("interview.start")
    for turn in (1, 2, 3):
        await following(line, turn - 1)
        if len(line.events) > 2 * KEPT_EVENTS:
            break
        if turn < 3:
            await line.acked("question.skip", turn=turn)
    if len(line.events) <= KEPT_EVENTS + 1:
        raise Skipped(f"it says little: {len(line.events)} events")
    return place, line


@CASES.case("resume.kept", "the last 256 events of a live interview.", over=BOTH, within_s=45)
async def what_is_kept(stage: Stage) -> None:
    """Of a live interview at least the last 256 events can be had again."""
    place, line = await _long_log(stage)
    seq = line.position["seq"] - KEPT_EVENTS
    again = await stage.open(place, resume={"epoch": line.position["epoch"], "seq": seq})
    goes_on(again, line.position["seq"])
    await again.event("question.completed", seq=line.position["seq"])
    require(again.events == line.events[-KEPT_EVENTS:], "They aren't what was read before.")


@CASES.case("resume.aged-out", REPLACED, over=BOTH, within_s=45)
async def aged_out(stage: Stage) -> None:
    """Who comes back to where the log no longer reaches gets a snapshot, and else the events."""
    place, line = await _long_log(stage)
    again = await stage.open(place, resume={"epoch": line.position["epoch"], "seq": 1})
    if again.opened["resumed"]:
        goes_on(again, line.position["seq"])
        await again.event("question.completed", seq=line.position["seq"])
        require(again.events == line.events[1:], "They aren't what was read before.")
        return
    replaced(again, place)
    require(again.opened["seq"] == line.position["seq"], "The snapshot isn't of now.")
    snapshot = view_of(again.opened["snapshot"], [])
    whole = view_of(line.opened["snapshot"], line.events)
    require(snapshot.told() == whole.told(), "The snapshot isn't what was told.")


@CASES.case("resume.finished", "the transport's own: reconnect with `resume`", over=BOTH)
async def behind_the_end(stage: Stage) -> None:
    """Who was cut off before the end gets what was missed, the report too, and the end."""
    place, line = await stage.answering()
    witness = await stage.open(place, over="sse")
    await line.acked("interview.finish")
    await line.drop()
    await witness.end(30)
    again = await stage.open(place, resume=line.position)
    ended = await again.end()
    require(ended in (1000, 0), f"The connection ended with {ended}.")
    if again.opened["resumed"]:
        require(again.events[-1]["type"] == "report.completed", "The report is missing.")
        view = view_of(line.opened["snapshot"], line.events + again.events)
    else:
        replaced(again, place)
        view = view_of(again.opened["snapshot"], again.events)
    require(view.phase == "finished" and view.report, f"The view's phase is {view.phase}.")


@CASES.case("resume.goes-on", MISSING_NONE, over=BOTH, within_s=30)
async def goes_on_commanding(stage: Stage) -> None:
    """A resumed session commands as the first one did, to the interview's end."""
    place, line = await stage.answering(**TWO)
    await line.drop()
    again = await stage.open(place, resume=line.position)
    await to_the_end(again, 1)
    code = await again.end()
    require(code in (1000, 0), f"The connection ended with {code}.")
    answered = [turn["answer"] for turn in (await stage.stored(place))["turns"]]
    require(answered == [ANSWER] * 2, f"The stored answers are {answered}.")
