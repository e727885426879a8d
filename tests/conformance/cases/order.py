"""The orders in which events come, and how an interview ends (`protocol.md` 5)."""

from typing import Any

from tests.conformance.case import BOTH, Cases, Skipped, require
from tests.conformance.course import following, of, to_the_end, types
from tests.conformance.line import Line, Message
from tests.conformance.stage import ANSWER, Place, Stage

CASES = Cases()

EACH: dict[str, Any] = {"feedback": "each"}
TWO: dict[str, Any] = {"questions": 2, "question_list": ["Why?", "And how?"]}
# So many words that they take a while to stream, and few enough for any limit.
LONG = " ".join(f"And why is it so that {number} isn't {number + 1}?" for number in range(24))
BY_REQUEST = "finish by request, in one commit: each open stream is completed with what there is"
AN_OUTCOME = "An outcome of the turn (answer, skip, finish) first closes an open hint, cancelled."


def one_after_another(events: list[Message]) -> None:
    """What is committed at once stands together in the log."""
    seqs = [event["seq"] for event in events]
    told = types(events)
    require(seqs == list(range(seqs[0], seqs[0] + len(seqs))), f"{told} are apart: {seqs}.")


def text_so_far(events: list[Message], completed: Message) -> None:
    """A stream that was cut short stands with what of it had come."""
    noun = completed["type"].partition(".")[0]
    deltas = [
        event["text"]
        for event in of(events, f"{noun}.delta")
        if event["turn"] == completed["turn"] and event["seq"] < completed["seq"]
    ]
    joined = "".join(deltas)
    require(joined == completed["text"], f"Came {joined!r}, stands {completed['text']!r}.")


@CASES.case(
    "order.text",
    "`answer.accepted`; feedback: started, delta*, completed; `question.started`",
    over=BOTH,
    within_s=30,
)
async def a_text_answers_order(stage: Stage) -> None:
    """A text answer is followed by its feedback, and that by the next question."""
    _, line = await stage.finished(**EACH, **TWO)
    asked = ["question.started", "question.completed", "answer.accepted"]
    reviewed = ["feedback.started", "feedback.completed"]
    expected = ["interview.started", *asked, *reviewed, *asked, *reviewed]
    told = types(line.events, "feedback.scored")[: len(expected)]
    require(told == expected, f"The order was {told}.")


@CASES.case(
    "order.end",
    "end: `interview.finished{completed}`, `report.started`, delta*, `report.completed`",
    over=BOTH,
)
async def an_interviews_end(stage: Stage) -> None:
    """The last answer is followed by the end, and that by the report and nothing else."""
    _, line = await stage.finished()
    code = await line.end()
    last = types(line.events)[-4:]
    expected = ["answer.accepted", "interview.finished", "report.started", "report.completed"]
    require(last == expected, f"The last events were {last}.")
    finished = of(line.events, "interview.finished")[0]
    require(finished["reason"] == "completed", f"The reason is {finished['reason']}.")
    require(code in (1000, 0), f"The connection ended with {code}.")


@CASES.case("order.end.everybody", "1000 after the log's last event, for every connection")
async def everybody_is_told(stage: Stage) -> None:
    """Observers over both transports get all there is, the report too, and the same end."""
    place, line = await stage.answering()
    observer = await stage.open(place, over="ws", role="observer")
    reader = await stage.open(place, over="sse")
    await to_the_end(line, 1)
    for each, code in ((line, 1000), (observer, 1000), (reader, 0)):
        ended = await each.end()
        require(ended == code, f"The connection ended with {ended}, and not {code}.")
        require(each.events[-1]["type"] == "report.completed", "Its last event is no report's.")


@CASES.case("order.end.late", "done: the interview is over and all of it was sent", over=BOTH)
async def late(stage: Stage) -> None:
    """Who opens a finished interview gets it in a snapshot, and then the end."""
    place, line = await stage.finished()
    await line.end()
    again = await stage.open(place)
    snapshot = again.opened["snapshot"]
    require(again.opened["resumed"] is False, "`resumed` isn't false.")
    require(snapshot["phase"] == "finished", f"The phase is {snapshot['phase']}.")
    require(snapshot["report"] == line.events[-1]["report"], "The report isn't in the snapshot.")
    ended = await again.end()
    require(ended in (1000, 0), f"The connection ended with {ended}.")
    require(not again.events, f"Behind the end came {types(again.events)}.")


# --- finish by request --------------------------------------------------------------------------


async def _finish(stage: Stage, place: Place, line: Line, turn: int) -> list[Message]:
    """Finish; the events from the closing of open streams to the end, held to what always holds."""
    ack = await line.acked("interview.finish")
    stored = await stage.stored(place)
    finished = await line.event("interview.finished")
    require(finished["reason"] == "requested", f"The reason is {finished['reason']}.")
    require(ack["seq"] >= finished["seq"], "The ack's seq is before the end that it caused.")
    require(stored["finish_reason"] == "requested", "It was acked, and HTTP doesn't know.")
    await line.event("report.completed", 30)
    last = await line.end()
    require(last in (1000, 0), f"The connection ended with {last}.")
    stored = await stage.stored(place)
    require(stored["phase"] == "finished", f"After the report the phase is {stored['phase']}.")
    ends = ("question.completed", "hint.completed", "feedback.completed", "answer.skipped")
    closing = [
        event
        for event in of(line.events, *ends, "interview.finished")
        if event.get("turn", turn) == turn
    ]
    return closing


@CASES.case("order.finish.question", BY_REQUEST, over=BOTH)
async def finish_in_mid_question(stage: Stage) -> None:
    """A finish in mid-question completes the question with what there is, and skips it."""
    place = await stage.interview(question_list=[LONG])
    line = await stage.open(place)
    await line.acked("interview.start")
    await line.event("question.delta")
    closing = await _finish(stage, place, line, 1)
    expected = ["question.completed", "answer.skipped", "interview.finished"]
    require(types(closing) == expected, f"The closing events are {types(closing)}.")
    text_so_far(line.events, closing[0])
    if closing[0]["text"] == LONG:
        raise Skipped("the question was whole before it could be cut short")
    one_after_another(closing)


@CASES.case("order.finish.answering", "`answer.skipped` if the turn has no outcome", over=BOTH)
async def finish_an_open_question(stage: Stage) -> None:
    """A finish before the answer skips the open question."""
    place, line = await stage.answering()
    closing = (await _finish(stage, place, line, 1))[1:]
    expected = ["answer.skipped", "interview.finished"]
    require(types(closing) == expected, f"The closing events are {types(closing)}.")
    one_after_another(closing)
    require((await stage.stored(place))["turns"][0]["skipped"] is True, "It isn't skipped.")


@CASES.case("order.finish.hint", BY_REQUEST, over=BOTH)
async def finish_in_mid_hint(stage: Stage) -> None:
    """A finish in mid-hint completes the hint, cancelled, before it skips the question."""
    place, line = await stage.answering()
    await line.acked("hint.request", turn=1)
    await line.event("hint.delta")
    closing = (await _finish(stage, place, line, 1))[1:]
    expected = ["hint.completed", "answer.skipped", "interview.finished"]
    require(types(closing) == expected, f"The closing events are {types(closing)}.")
    text_so_far(line.events, closing[0])
    cut_short(closing[0])
    one_after_another(closing)


@CASES.case("order.finish.feedback", BY_REQUEST, over=BOTH)
async def finish_in_mid_feedback(stage: Stage) -> None:
    """A finish in mid-feedback completes the feedback, cancelled; the answer stands."""
    place, line = await stage.answering(**EACH, **TWO)
    await line.acked("answer.submit", turn=1, text=ANSWER)
    await line.event("feedback.delta")
    closing = (await _finish(stage, place, line, 1))[1:]
    expected = ["feedback.completed", "interview.finished"]
    require(types(closing) == expected, f"The closing events are {types(closing)}.")
    text_so_far(line.events, closing[0])
    cut_short(closing[0])
    require(not _scores(line, 1), "Cancelled feedback was scored.")
    turn = (await stage.stored(place))["turns"][0]
    require(turn["answer"] == ANSWER and turn["skipped"] is False, "The answer doesn't stand.")
    require(turn["feedback"][0]["cancelled"] is True, "HTTP doesn't say that it was cancelled.")


@CASES.case("order.finish.paused", "ends early; the report follows", over=BOTH)
async def finish_while_paused(stage: Stage) -> None:
    """A paused interview that is finished gets its report."""
    place, line = await stage.answering()
    await line.acked("interview.pause")
    closing = (await _finish(stage, place, line, 1))[1:]
    require(
        types(closing) == ["answer.skipped", "interview.finished"],
        f"The closing events are {types(closing)}.",
    )


@CASES.case(
    "order.time-limit",
    "The time limit (start + limit + pauses; time while the server is down counts) does the same",
    over=BOTH,
    within_s=45,
)
async def the_time_limit(stage: Stage) -> None:
    """When the time is up the open question is skipped, and the report follows."""
    for limit in (2, 5, 10, 15, 20, 30):
        config = {"role": "backend", "language": "en", "time_limit_s": limit}
        if (await stage.http("POST", "/v1/interviews", json=config)).status_code == 201:
            break
    else:
        raise Skipped("its shortest time limit is over 30 s")
    _, line = await stage.answering(time_limit_s=limit)
    finished = await line.event("interview.finished", limit + 10)
    require(finished["reason"] == "time_limit", f"The reason is {finished['reason']}.")
    skipped = of(line.events, "answer.skipped")
    require(len(skipped) == 1, "The open question wasn't skipped.")
    one_after_another([*skipped, finished])
    await line.event("report.completed")


# --- skips, hints, cancellation -----------------------------------------------------------------


@CASES.case("order.skip", "A skip gets neither feedback nor rival.", over=BOTH)
async def a_skip(stage: Stage) -> None:
    """A question that is skipped is followed by the next one, without feedback or rival."""
    _, line = await stage.answering(**EACH, **TWO)
    await line.acked("question.skip", turn=1)
    asked = await following(line, 1)
    await line.acked("answer.submit", turn=asked["turn"], text=ANSWER)
    await following(line, asked["turn"])
    about = [event["type"] for event in line.events if event.get("turn") == 1]
    require(about[-1] == "answer.skipped", f"Of the skipped question came {about}.")
    require(bool(_scores(line, asked["turn"])), "Neither was the other answer reviewed.")


@CASES.case(
    "order.skip.follow-ups",
    "leaves the question unanswered, drops its remaining follow-ups, goes on",
    over=BOTH,
    within_s=30,
)
async def a_skip_drops_follow_ups(stage: Stage) -> None:
    """Behind a question that is skipped, main or follow-up, comes the next main question."""
    _, line = await stage.answering(**TWO, follow_ups=3)
    event: Message = {"turn": 1, "type": ""}
    while event["type"] != "report.completed":
        turn = event["turn"]
        started = of(line.events, "question.started")[-1]
        if started["kind"] == "main" and started["number"] == 1:
            await line.acked("answer.submit", turn=turn, text=ANSWER)
        else:
            await line.acked("question.skip", turn=turn)
        event = await following(line, turn)
        for asked in of(line.events, "question.started"):
            skipped_before = any(
                skipped["seq"] < asked["seq"] for skipped in of(line.events, "answer.skipped")
            )
            follows = asked["kind"] == "follow_up"
            require(not (skipped_before and follows), "A follow-up came behind a skip.")


@CASES.case("order.hint", "one streamed hint for the open question; one at a time", over=BOTH)
async def a_hint(stage: Stage) -> None:
    """A hint streams while the question stays open, and isn't cancelled if it is let end."""
    place, line = await stage.answering()
    await line.acked("hint.request", turn=1)
    hint = await line.event("hint.completed", 15)
    require(hint["turn"] == 1 and hint["cancelled"] is False, f"The hint was {hint}.")
    text_so_far(line.events, hint)
    stored = await stage.stored(place)
    require(stored["phase"] == "answering", f"The phase is {stored['phase']}.")
    expected = [{"text": hint["text"], "cancelled": False}]
    require(stored["turns"][0]["hints"] == expected, f"HTTP has {stored['turns'][0]['hints']}.")


async def _outcome_in_mid_hint(stage: Stage, outcome: str, kind: str, **fields: Any) -> None:
    _, line = await stage.answering()
    await line.acked("hint.request", turn=1)
    await line.event("hint.delta")
    await line.acked(kind, turn=1, **fields)
    event = await line.event(outcome)
    hints = of(line.events, "hint.completed")
    require(len(hints) == 1, "The hint wasn't closed before the turn's outcome.")
    cut_short(hints[0])
    text_so_far(line.events, hints[0])
    one_after_another([hints[0], event])
    await line.event("report.completed", 30)
    late = [event for event in of(line.events, "hint.delta") if event["seq"] > hints[0]["seq"]]
    require(not late, f"The hint went on: {late}.")


def cut_short(completed: Message) -> None:
    """Raises `Skipped` where the stream was too quick for us, which no page forbids."""
    if completed["cancelled"] is False:
        raise Skipped("the stream was whole before it could be cut short")
    require(completed["cancelled"] is True, f"`cancelled` is {completed['cancelled']!r}.")


@CASES.case("order.hint.answer", AN_OUTCOME, over=BOTH)
async def an_answer_closes_the_hint(stage: Stage) -> None:
    """An answer closes the open hint, cancelled, and comes right behind it."""
    await _outcome_in_mid_hint(stage, "answer.accepted", "answer.submit", text=ANSWER)


@CASES.case("order.hint.skip", AN_OUTCOME, over=BOTH)
async def a_skip_closes_the_hint(stage: Stage) -> None:
    """A skip closes the open hint, cancelled, and comes right behind it."""
    await _outcome_in_mid_hint(stage, "answer.skipped", "question.skip")


@CASES.case(
    "order.cancel.hint",
    "stops these streams of that turn (all lanes); the text so far stands",
    over=BOTH,
)
async def a_cancelled_hint(stage: Stage) -> None:
    """A cancelled hint ends with its text so far, and the question stays open."""
    place, line = await stage.answering()
    await line.acked("hint.request", turn=1)
    await line.event("hint.delta")
    await line.acked("generation.cancel", turn=1, what="hint")
    hint = await line.event("hint.completed")
    text_so_far(line.events, hint)
    cut_short(hint)
    stored = await stage.stored(place)
    expected = [{"text": hint["text"], "cancelled": True}]
    require(stored["turns"][0]["hints"] == expected, f"HTTP has {stored['turns'][0]['hints']}.")
    require(stored["phase"] == "answering", f"The phase is {stored['phase']}.")
    await line.acked("answer.submit", turn=1, text=ANSWER)
    await line.event("answer.accepted")


@CASES.case(
    "order.cancel.feedback",
    "the text so far stands, cancelled feedback is not scored",
    over=BOTH,
)
async def cancelled_feedback(stage: Stage) -> None:
    """Cancelled feedback ends with its text so far, isn't scored, and the next question comes."""
    place, line = await stage.answering(**EACH, **TWO)
    await line.acked("answer.submit", turn=1, text=ANSWER)
    await line.event("feedback.delta")
    await line.acked("generation.cancel", turn=1, what="feedback")
    feedback = await line.event("feedback.completed")
    text_so_far(line.events, feedback)
    cut_short(feedback)
    asked = await following(line, 1)
    await line.acked("question.skip", turn=asked["turn"])
    await line.event("report.completed", 30)
    require(not _scores(line, 1), "It was scored.")
    stored = (await stage.stored(place))["turns"][0]["feedback"][0]
    require(stored["text"] == feedback["text"], f"HTTP has {stored['text']!r}.")
    require(stored["cancelled"] is True and stored["scores"] is None, f"HTTP has {stored}.")


def _scores(line: Line, turn: int) -> list[Message]:
    return [
        event
        for event in of(line.events, "feedback.scored")
        if event["turn"] == turn and event["scores"] is not None
    ]
