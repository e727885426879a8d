"""Too many commands, too fast (`protocol.md` 7)."""

from tests.conformance.case import Cases, require
from tests.conformance.line import Message, SocketLine
from tests.conformance.stage import ANSWER, Stage
from tests.conformance.talk import alive, closes, held_error, hush, raw_line

CASES = Cases()

LIMITED = "over `commands_per_second`; `details.retry_after_ms`, HTTP also `Retry-After`"
FLOOD = "More than 100 `rate_limited` in a minute: 4106."


def _most(line: SocketLine) -> int:
    return int(line.opened["limits"]["commands_per_second"])


async def _burst(line: SocketLine, count: int, first: int = 0) -> None:
    """So many commands at once, that are refused by the phase where they aren't by the rate."""
    for index in range(first, first + count):
        await line.send({"type": "hint.request", "id": f"b{index}", "turn": 1})


async def _outcomes(line: SocketLine, count: int) -> list[Message]:
    """That many outcomes."""
    await line.wait(lambda: len(line.others) >= count or None, f"{count} outcomes")
    return list(line.others)


async def _alive_after(line: SocketLine, late: list[Message]) -> None:
    """Wait as long as was told, and see that the connection lives."""
    if late:
        await hush(line, late[-1]["details"]["retry_after_ms"] / 1000 + 0.05)
    await alive(line)


@CASES.case("rate.allowed", LIMITED)
async def allowed(stage: Stage) -> None:
    """As many commands at once as a second may have are all looked at."""
    line = await raw_line(stage)
    await _burst(line, _most(line))
    codes = {each.get("code") for each in await _outcomes(line, _most(line))}
    require(codes == {"wrong_phase"}, f"They were answered with {codes}.")


@CASES.case("rate.limited", LIMITED)
async def limited(stage: Stage) -> None:
    """Of too many commands at once each gets one outcome, and some are `rate_limited`."""
    line = await raw_line(stage)
    count = 3 * _most(line)
    await _burst(line, count)
    found = await _outcomes(line, count)
    names = sorted(str(each.get("re")) for each in found)
    require(names == sorted(f"b{index}" for index in range(count)), f"Answered were {names}.")
    late = [each for each in found if each.get("code") == "rate_limited"]
    require(late, f"{count} commands at once, and none is rate_limited.")
    for error in late:
        held_error(error, "rate_limited", error["re"])
        after = error["details"].get("retry_after_ms")
        right = isinstance(after, int) and not isinstance(after, bool) and after > 0
        require(right, f"`details.retry_after_ms`: {error}")
        require(error["retryable"] is True, f"It isn't retryable: {error}")
    others = {each.get("code") for each in found} - {"rate_limited"}
    require(others == {"wrong_phase"}, f"The others were answered with {others}.")


@CASES.case("rate.again", "An error leaves the id free.")
async def again(stage: Stage) -> None:
    """After `retry_after_ms`, a command that was `rate_limited` is taken, with the same id."""
    line = await raw_line(stage)
    count = 3 * _most(line)
    await _burst(line, count)
    await line.send({"type": "interview.start", "id": "begin"})
    found = (await _outcomes(line, count + 1))[-1]
    require(found.get("code") == "rate_limited" and found["re"] == "begin", f"answered {found}")
    await hush(line, found["details"]["retry_after_ms"] / 1000 + 0.05)
    reply = await line.acked("interview.start", id="begin")
    require(reply.get("repeated") is False, "A command that was refused took effect.")


@CASES.case("rate.neighbours", LIMITED)
async def neighbours(stage: Stage) -> None:
    """One connection's flood limits no other interview's commands."""
    flooding = await raw_line(stage)
    quiet = await raw_line(stage)
    await _burst(flooding, 3 * _most(flooding))
    await quiet.acked("interview.start")
    await quiet.event("question.completed")
    await quiet.acked("answer.submit", turn=1, text=ANSWER)


@CASES.case("rate.flood", (FLOOD, "| 4106 | too many commands |"))
async def flood(stage: Stage) -> None:
    """More than a hundred commands too many end the connection with 4106, and not fewer."""
    line = await raw_line(stage)
    most = _most(line)
    await _burst(line, 80 + most)
    found = await _outcomes(line, 80 + most)
    late = [each for each in found if each.get("code") == "rate_limited"]
    require(len(late) <= 100, "80 commands too many were more than a hundred.")
    await _alive_after(line, late)
    for burst in range(1, 11):
        if line.closed is None:
            await _burst(line, 2 * most, first=1000 * burst)
    await closes(line, 4106)
    errors = [each for each in line.others if each.get("code") == "rate_limited"]
    require(len(errors) >= 100, f"closed after {len(errors)} rate_limited already")
