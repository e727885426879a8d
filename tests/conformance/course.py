"""Ways through an interview, for cases that are about what is told on the way."""

from collections.abc import Sequence

from tests.conformance.line import Line, Message
from tests.conformance.stage import ANSWER

AN_ANSWER_S = 30.0


async def following(line: Line, turn: int, within_s: float = AN_ANSWER_S) -> Message:
    """The first `question.completed` behind that turn, or `report.completed`."""

    def found() -> Message | None:
        for event in line.events:
            later = event["type"] == "question.completed" and event["turn"] > turn
            if later or event["type"] == "report.completed":
                return event
        return None

    return await line.wait(found, f"what follows turn {turn}", within_s)


async def to_the_end(line: Line, turn: int, answer: str = ANSWER) -> None:
    """Answer the open question and whatever else is asked, until the report is there."""
    while True:
        await line.acked("answer.submit", turn=turn, text=answer)
        event = await following(line, turn)
        if event["type"] == "report.completed":
            return
        turn = event["turn"]


async def tour(line: Line, answer: str = ANSWER) -> None:
    """Take a new interview to its end with one of everything: a hint, a pause, answers, and the
    second main question skipped.
    """
    await line.acked("interview.start")
    event = await following(line, 0)
    await line.acked("hint.request", turn=1)
    await line.event("hint.completed")
    await line.acked("interview.pause")
    await line.acked("interview.resume")
    while event["type"] != "report.completed":
        turn = event["turn"]
        if _number(line, turn) == 2:
            await line.acked("question.skip", turn=turn)
        else:
            await line.acked("answer.submit", turn=turn, text=answer)
        event = await following(line, turn)


def _number(line: Line, turn: int) -> int:
    started = of(line.events, "question.started")
    return next(int(event["number"]) for event in started if event["turn"] == turn)


def of(events: Sequence[Message], *kinds: str) -> list[Message]:
    """The events of these types."""
    return [event for event in events if event["type"] in kinds]


def types(events: Sequence[Message], *without: str) -> list[str]:
    """The types in their order, without deltas and those that are named."""
    return [
        event["type"]
        for event in events
        if not event["type"].endswith(".delta") and event["type"] not in without
    ]
