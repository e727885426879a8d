"""A reader that stalls (`protocol.md` 8): cut off in time, and nobody else's trouble.

Nothing can be heard of a connection that isn't read, so its end is looked for when it is read
again. These take longer than 30 s, so they are begun first.
"""

import asyncio

from tests.conformance.case import Cases, require
from tests.conformance.line import Line, SocketLine
from tests.conformance.stage import ANSWER, Place, Stage
from tests.conformance.talk import alive, hush

CASES = Cases()

STALLED = "slow consumer: fell behind the log's start, or took nothing for 30 s"
STALL_S = 30.0
LEEWAY_S = 5.0
SHORTER_S = 15.0
PILED_UP = 6


async def _scene(stage: Stage) -> tuple[Place, Line, SocketLine]:
    """An interview, its candidate, and an observer who reads no more, with little room on the
    way to it.
    """
    place, candidate = await stage.answering(questions=10, question_list=["Why?"] * 10)
    stalled = await stage.open_socket(place, role="observer", tight=True)
    stalled.socket.stop_reading()
    return place, candidate, stalled


async def _pile_up(candidate: Line) -> int:
    """Answer so much that what isn't read finds no room on the way; gives the turn to answer."""
    most = int(candidate.opened["limits"]["max_answer_chars"])
    text = "\U0001f600" * min(most, 10_000)
    for turn in range(1, PILED_UP + 1):
        await candidate.acked("answer.submit", turn=turn, text=text)
        await candidate.event("question.completed", turn=turn + 1)
    return PILED_UP + 1


@CASES.case("stall.closed", STALLED, within_s=55)
async def closed(stage: Stage) -> None:
    """A reader that takes nothing for 30 s is cut off with 4101."""
    _, candidate, stalled = await _scene(stage)
    await _pile_up(candidate)
    await hush(candidate, STALL_S + LEEWAY_S)
    stalled.socket.read_again()
    code = await stalled.end()
    # A close frame behind what can't be delivered may never come: then the connection is cut.
    require(code in (4101, 1006), f"closed with {code}, not 4101")


@CASES.case("stall.shorter", STALLED, within_s=45)
async def shorter(stage: Stage) -> None:
    """A reader that stalls for half that time loses nothing, not even its connection."""
    _, candidate, stalled = await _scene(stage)
    turn = await _pile_up(candidate)
    await hush(candidate, SHORTER_S)
    stalled.socket.read_again()
    await stalled.event("question.completed", turn=turn)
    await alive(stalled)
    from_here = stalled.opened["seq"]
    ours = [event["seq"] for event in stalled.events]
    require(ours == list(range(from_here + 1, ours[-1] + 1)), f"It got {ours}.")


@CASES.case("stall.neighbours", STALLED, within_s=45)
async def neighbours(stage: Stage) -> None:
    """Beside a stalled reader, its interview and others go on as always."""
    place, candidate, _ = await _scene(stage)
    turn = await _pile_up(candidate)
    observer = await stage.open_socket(place, role="observer")
    _, other = await stage.answering()
    await asyncio.gather(
        candidate.acked("answer.submit", turn=turn, text=ANSWER),
        other.acked("answer.submit", turn=1, text=ANSWER),
    )
    await observer.event("question.completed", turn=turn + 1)
    await other.event("report.completed")
    await candidate.acked("interview.finish")
    await candidate.event("report.completed")
    code = await candidate.end()
    require(code == 1000, f"closed with {code}, not 1000")
