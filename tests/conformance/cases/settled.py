"""What is said is settled: stored at once, scored in its place, and still while it is paused
(`protocol.md` 1, 4, 5).
"""

import asyncio
from functools import partial
from typing import Any

from tests.conformance.case import BOTH, Cases, require
from tests.conformance.course import following, of, to_the_end, tour
from tests.conformance.line import Line, Message
from tests.conformance.stage import ANSWER, Place, Stage

CASES = Cases()

EACH: dict[str, Any] = {"feedback": "each"}
TWO: dict[str, Any] = {"questions": 2, "question_list": ["Why?", "And how?"]}
A_TOUR: dict[str, Any] = {"questions": 2, "follow_ups": 1, "question_list": None, **EACH}
# How long nothing has to come where nothing may: far longer than a question takes to begin.
QUIET_S = 1.5


# --- scores -------------------------------------------------------------------------------------


@CASES.case(
    "scored.place",
    "after that lane's `feedback.completed`, at the latest before `interview.finished`",
    over=BOTH,
    within_s=45,
)
async def scored_in_its_place(stage: Stage) -> None:
    """All feedback is scored once, after its text and before the interview is finished."""
    _, line = await stage.finished(**A_TOUR)
    finished = of(line.events, "interview.finished")[0]
    completed = of(line.events, "feedback.completed")
    require(len(completed) >= 2, "There was hardly any feedback.")
    for feedback in completed:
        about = (feedback["turn"], feedback["lane"])
        scored = [
            event
            for event in of(line.events, "feedback.scored")
            if (event["turn"], event["lane"]) == about
        ]
        require(len(scored) == 1, f"{about} was scored {len(scored)} times.")
        seq = scored[0]["seq"]
        require(seq > feedback["seq"], f"{about} was scored before its text was whole.")
        require(seq < finished["seq"], f"{about} was scored after the end.")


@CASES.case("scored.evidence", 'evidence: ["words of the answer"]', over=BOTH, within_s=30)
async def evidence(stage: Stage) -> None:
    """What a score rests on are words of the answer, and a score is one of its scale."""
    answer = "I halved the 응답 시간 😀 by caching; I measured it twice, before and after."
    place = await stage.interview(**EACH)
    line = await stage.open(place)
    await line.acked("interview.start")
    await line.event("question.completed")
    await to_the_end(line, 1, answer)
    scored = of(line.events, "feedback.scored")[0]
    require(bool(scored["scores"]), f"An answer was not scored: {scored}.")
    for score in scored["scores"]:
        require(0 <= score["score"] <= score["max"], f"A score isn't of its scale: {score}.")
        for words in score["evidence"]:
            require(words and words in answer, f"The answer doesn't say {words!r}.")
    report = line.events[-1]["report"]
    for competency in report["competencies"]:
        for quoted in competency["evidence"]:
            require(quoted["quote"] in answer, f"The answer doesn't say {quoted['quote']!r}.")


@CASES.case(
    "scored.competencies",
    "(`[{name, description}]` instead of the standard rubric's)",
    over=BOTH,
)
async def named_competencies(stage: Stage) -> None:
    """Scores are of the competencies that the interview names."""
    named = [
        {"name": "Candour", "description": "Says what went wrong."},
        {"name": "Measuring", "description": "Says what was measured."},
    ]
    _, line = await stage.finished(**EACH, competencies=named)
    scored = of(line.events, "feedback.scored")[0]
    found = {score["competency"] for score in scored["scores"] or []}
    require(found == {"Candour", "Measuring"}, f"Scored was {found}.")


@CASES.case("feedback.end", 'With `feedback: "end"` there are no feedback events', over=BOTH)
async def feedback_at_the_end(stage: Stage) -> None:
    """With feedback at the end there are no feedback events, and the report speaks of all turns."""
    _, line = await stage.finished(**TWO, feedback="end")
    feedback = [event for event in line.events if event["type"].startswith("feedback.")]
    require(not feedback, f"There were {len(feedback)} feedback events.")
    asked = {event["turn"] for event in of(line.events, "question.started")}
    told = {turn["turn"] for turn in line.events[-1]["report"]["turns"]}
    require(told == asked, f"Asked were {asked}, the report speaks of {told}.")


@CASES.case("report.whole", "`text`; completed: `report`", over=BOTH)
async def the_report(stage: Stage) -> None:
    """The report that closes its stream is the one that HTTP has, with the same text."""
    place, line = await stage.finished()
    event = line.events[-1]
    require(event["report"]["text"] == event["text"], "The report's text isn't its stream's.")
    response = await stage.http(
        "GET", f"{place.path}/report", headers={"Accept": "application/json"}
    )
    require(response.status_code == 200, f"HTTP has no report: {response.status_code}.")
    require(response.json() == event["report"], "HTTP has another report.")


# --- pauses -------------------------------------------------------------------------------------


@CASES.case(
    "pause.feedback", "open streams finish, nothing new starts, the clock stands", over=BOTH
)
async def a_pause_in_mid_feedback(stage: Stage) -> None:
    """While it is paused the open feedback finishes, and the next question doesn't begin."""
    place, line = await stage.answering(**EACH, **TWO)
    await line.acked("answer.submit", turn=1, text=ANSWER)
    await line.event("feedback.delta")
    await line.acked("interview.pause")
    await line.event("interview.paused")
    feedback = await line.wait(
        lambda: next(iter(of(line.events, "feedback.completed")), None), "the feedback's end"
    )
    require(feedback["cancelled"] is False, "The pause cancelled the feedback.")
    await asyncio.sleep(QUIET_S)
    require((await stage.stored(place))["paused"] is True, "HTTP doesn't say that it is paused.")
    await line.acked("interview.resume")
    resumed = await line.event("interview.resumed")
    asked = await line.event("question.started", turn=2)
    early = [
        event
        for event in line.events
        if event["type"].endswith(".started") and feedback["seq"] < event["seq"] < resumed["seq"]
    ]
    require(not early, f"In the pause began {early}.")
    require(asked["seq"] > resumed["seq"], "The next question didn't wait.")


@CASES.case(
    "pause.question", "open streams finish, nothing new starts, the clock stands", over=BOTH
)
async def a_pause_in_mid_question(stage: Stage) -> None:
    """While it is paused the open question finishes, whole."""
    question = " ".join(f"And why is {number} not {number + 1}?" for number in range(12))
    place = await stage.interview(question_list=[question])
    line = await stage.open(place)
    await line.acked("interview.start")
    await line.event("question.delta")
    await line.acked("interview.pause")
    asked = await line.event("question.completed")
    require(asked["text"] == question, f"The question ended as {asked['text']!r}.")
    await line.refused("wrong_phase", "answer.submit", turn=1, text=ANSWER)
    await line.acked("interview.resume")
    await line.acked("answer.submit", turn=1, text=ANSWER)
    await line.event("report.completed", 30)


@CASES.case("pause.clock", "open streams finish, nothing new starts, the clock stands", over=BOTH)
async def the_clock_stands(stage: Stage) -> None:
    """While it is paused the remaining time stays what it was."""
    place, line = await stage.answering(time_limit_s=600)
    started = of(line.events, "interview.started")[0]["remaining_ms"]
    require(0 < started <= 600_000, f"At the start {started} ms remain of 600 s.")
    await line.acked("interview.pause")
    paused = (await line.event("interview.paused"))["remaining_ms"]
    require(paused <= started, f"The pause gave time: {paused} ms, and {started} before.")
    await asyncio.sleep(QUIET_S)
    stored = (await stage.stored(place))["remaining_ms"]
    await line.acked("interview.resume")
    resumed = (await line.event("interview.resumed"))["remaining_ms"]
    require(stored == paused, f"In the pause {paused} ms became {stored}.")
    require(resumed == paused, f"In the pause {paused} ms became {resumed}.")


@CASES.case("pause.no-limit", "`remaining_ms` (or null)", over=BOTH)
async def no_clock(stage: Stage) -> None:
    """Where there is no time limit, no time remains to be told."""
    _, line = await stage.answering()
    await line.acked("interview.pause")
    await line.acked("interview.resume")
    await line.event("interview.resumed")
    for event in of(line.events, "interview.started", "interview.paused", "interview.resumed"):
        told = event["remaining_ms"]
        require(told is None, f"{event['type']} says that {told} ms remain.")


# --- what is said is stored ---------------------------------------------------------------------


# The events of which the stored interview keeps what they say.
STORED = frozenset(
    {
        *("interview.started", "question.completed", "answer.accepted", "answer.skipped"),
        *("hint.completed", "feedback.completed", "feedback.scored"),
        *("interview.finished", "report.completed"),
    }
)


def _stands(event: Message, stored: Message) -> bool:
    """Whether the stored interview has what one of the events above says."""
    turns = {turn["turn"]: turn for turn in stored["turns"]}
    turn = turns.get(event.get("turn"), {})
    match event["type"]:
        case "interview.started":
            return stored["started_at"] is not None
        case "question.completed":
            return bool(turn["question"] == event["text"])
        case "answer.accepted":
            return bool((turn["answer"], turn["source"]) == (event["text"], event["source"]))
        case "answer.skipped":
            return turn["skipped"] is True
        case "hint.completed":
            return {"text": event["text"], "cancelled": event["cancelled"]} in turn["hints"]
        case "feedback.completed":
            return any(each["text"] == event["text"] for each in turn["feedback"])
        case "feedback.scored":
            return any(each["scores"] == event["scores"] for each in turn["feedback"])
        case "interview.finished":
            return bool(stored["finish_reason"] == event["reason"])
        case "report.completed":
            return bool(stored["phase"] == "finished" and stored["report"] == event["report"])
    raise AssertionError(f"nothing is known of {event['type']}")


async def _watch(stage: Stage, place: Place, line: Line) -> None:
    """Ask HTTP after each event that must be stored by the time it is sent."""
    seen = 0
    while True:
        events = await line.wait(partial(_behind, line, seen), "an event", 30)
        seen += len(events)
        for event in events:
            await _stored(stage, place, event)
            if event["type"] == "report.completed":
                return


def _behind(line: Line, seen: int) -> list[Message] | None:
    return line.events[seen:] or None


async def _stored(stage: Stage, place: Place, event: Message) -> None:
    if event["type"] not in STORED:
        return
    stored = await stage.stored(place)
    require(_stands(event, stored), f"{event['type']} was sent, and HTTP doesn't have it.")
    require(stored["seq"] >= event["seq"], f"HTTP's seq {stored['seq']} is before {event['seq']}.")


@CASES.case(
    "durable.event",
    "committed before it is sent",
    over=BOTH,
    within_s=45,
)
async def events_are_stored(stage: Stage) -> None:
    """Whatever an event says is stored by the time it comes."""
    place = await stage.interview(**A_TOUR)
    line = await stage.open(place)
    await asyncio.gather(tour(line), _watch(stage, place, line))


@CASES.case(
    "durable.ack", "An `ack` means *committed to the database*, with its effect.", over=BOTH
)
async def acks_are_stored(stage: Stage) -> None:
    """Whatever a command does is stored by the time of its ack."""
    place, line = await stage.answering(**TWO)

    async def after(kind: str, **fields: Any) -> Message:
        ack = await line.acked(kind, **fields)
        stored = await stage.stored(place)
        require(stored["seq"] >= ack["seq"], f"HTTP's seq is before that of {kind}'s ack.")
        return stored

    require((await after("interview.pause"))["paused"] is True, "The pause isn't stored.")
    require((await after("interview.resume"))["paused"] is False, "Its end isn't stored.")
    stored = await after("answer.submit", turn=1, text=ANSWER)
    require(stored["turns"][0]["answer"] == ANSWER, "The answer isn't stored.")
    turn = (await following(line, 1))["turn"]
    stored = await after("question.skip", turn=turn)
    require(stored["turns"][turn - 1]["skipped"] is True, "The skip isn't stored.")


@CASES.case(
    "durable.start", "An `ack` means *committed to the database*, with its effect.", over=BOTH
)
async def a_start_is_stored(stage: Stage) -> None:
    """An interview whose start was acknowledged has started."""
    place = await stage.interview()
    line = await stage.open(place)
    ack = await line.acked("interview.start")
    stored = await stage.stored(place)
    require(stored["started_at"] is not None, "HTTP doesn't know of its start.")
    require(stored["phase"] != "created", "HTTP says that it is yet to start.")
    started = await line.event("interview.started")
    require(ack["seq"] >= started["seq"], "The ack's seq is before what it caused.")
