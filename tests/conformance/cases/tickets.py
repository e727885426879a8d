"""Tickets (`protocol.md` 2, 9), and tokens that run out."""

import asyncio
import base64
import time
from typing import Any

import orjson

from tests.conformance.answers import hold, malformed, never_was, problem, whole
from tests.conformance.case import BOTH, SSE, Cases, Skipped, Violation, require
from tests.conformance.line import Line
from tests.conformance.shapes import moment, text
from tests.conformance.stage import Place, RefusedError, Stage
from tests.conformance.stream import NoStreamError

CASES = Cases()

READS = "reads one interview as an observer, on any node, over either transport"
OFTEN = "as often as one likes until it expires"
GIVEN = "`{expires_in_s? (60–86400, 600)}` → `{ticket, expires_at}`"
FORBIDDEN = "a valid one without the right, or an observer that commands"
RAN_OUT = "not authenticated, or the token ran out (an event stream ends)"


async def opened(stage: Stage, place: Place, ticket: str) -> Line:
    """A session that is opened with a ticket and nothing else."""
    if stage.transport == "sse":
        return await stage.open_stream(place, ticket=ticket)
    return await stage.open_socket(place, token=None, ticket=ticket, role="observer")


async def refused(stage: Stage, place: Place, ticket: str) -> tuple[int, str]:
    """How a ticket is refused: the close code, or 4000 and the status, and the error's code."""
    try:
        await opened(stage, place, ticket)
    except RefusedError as refusal:
        return refusal.closed, str(refusal.error.get("code"))
    except NoStreamError as refusal:
        status = refusal.response.status_code
        told = orjson.loads(refusal.response.content)
        problem(refusal.response, status, told.get("code"))
        return 4000 + status, told["code"]
    raise Violation("The ticket was let in.")


async def given(stage: Stage, place: Place, **body: Any) -> dict[str, Any]:
    """A ticket, as it is told."""
    response = await stage.http("POST", f"{place.path}/tickets", json=body)
    require(response.is_success, f"No ticket was given: {response.text}")
    told = whole(response, response.status_code)
    hold(told, {"ticket": text, "expires_at": moment}, "The ticket")
    return told


@CASES.case("ticket.given", GIVEN)
async def fields(stage: Stage) -> None:
    """A ticket is given with when it expires; the time that is left out is 600 s."""
    place = await stage.interview()
    default = await given(stage, place)
    longer = await given(stage, place, expires_in_s=3600)
    apart = longer["expires_at"] - default["expires_at"]
    require(abs(apart - 3_000_000) < 30_000, f"3600 s and the default are {apart} ms apart.")


@CASES.case("ticket.bounds", GIVEN)
async def bounds(stage: Stage) -> None:
    """A ticket lasts 60 s to 86,400 s; anything else is `malformed`."""
    place = await stage.interview()
    for seconds in (60, 86_400):
        await given(stage, place, expires_in_s=seconds)
    for wrong in (59, 86_401, 0, -60, "600", 600.5, True):
        response = await stage.http("POST", f"{place.path}/tickets", json={"expires_in_s": wrong})
        malformed(response, "expires_in_s")


@CASES.case("ticket.reads", READS, over=BOTH)
async def reads(stage: Stage) -> None:
    """A ticket reads an interview over either transport, and no other token is needed."""
    place = await stage.interview()
    candidate = await stage.open_socket(place)
    line = await opened(stage, place, await stage.ticket(place))
    require(line.opened["snapshot"]["id"] == place.id, "The snapshot is of another interview.")
    await candidate.acked("interview.start")
    await line.event("question.completed")
    require(candidate.closed is None, "The candidate was closed.")


@CASES.case("ticket.resumes", READS, over=BOTH)
async def resumes(stage: Stage) -> None:
    """A ticket resumes, as a token does."""
    place, line = await stage.answering()
    ticket = await stage.ticket(place)
    resume = {"epoch": line.position["epoch"], "seq": 1}
    if stage.transport == "sse":
        again: Line = await stage.open_stream(place, ticket=ticket, resume=resume)
    else:
        again = await stage.open_socket(
            place, token=None, ticket=ticket, role="observer", resume=resume
        )
    require(again.opened["resumed"] is True, "It wasn't resumed.")
    await again.event("question.completed")


@CASES.case("ticket.often", OFTEN, over=BOTH)
async def often(stage: Stage) -> None:
    """One ticket is good for many connections, at once and one after another."""
    place = await stage.interview()
    ticket = await stage.ticket(place)
    for _ in range(2):
        lines = await asyncio.gather(*(opened(stage, place, ticket) for _ in range(3)))
        require(all(line.closed is None for line in lines), "One took another's place.")
        for line in lines:
            await line.drop()


@CASES.case("ticket.other-interview", READS, over=BOTH)
async def other_interview(stage: Stage) -> None:
    """A ticket doesn't read another interview, of the same user's."""
    one, other = await stage.interview(), await stage.interview()
    found = await refused(stage, other, await stage.ticket(one))
    allowed = ((4401, "unauthenticated"), (4403, "forbidden"), (4404, "not_found"))
    require(found in allowed, f"It was refused with {found}.")


@CASES.case("ticket.commands", FORBIDDEN)
async def commands(stage: Stage) -> None:
    """A ticket that commands over its WebSocket is `forbidden`, and stays connected."""
    place = await stage.interview()
    line = await opened(stage, place, await stage.ticket(place))
    error = await line.refused("forbidden", "interview.start")
    require(error["retryable"] is False, "`forbidden` is retryable.")
    candidate = await stage.open_socket(place)
    await candidate.acked("interview.start")
    await line.event("question.completed")


@CASES.case("ticket.commands.posted", FORBIDDEN, over=SSE, needs=("sign-in",))
async def posts(stage: Stage) -> None:
    """A ticket doesn't command by POST, wherever it is put."""
    place = await stage.interview()
    ticket = await stage.ticket(place)
    start = {"type": "interview.start", "id": "s1"}
    for query, token in (("", ticket), (f"?ticket={ticket}", None)):
        path = f"{place.path}/commands{query}"
        response = await stage.http("POST", path, json=start, token=token)
        code = "unauthenticated" if response.status_code == 401 else "forbidden"
        problem(response, 401 if code == "unauthenticated" else 403, code)
    require((await stage.stored(place))["phase"] == "created", "The interview was begun.")


@CASES.case("ticket.candidate", '`ticket`, with `role: "observer"`')
async def candidate(stage: Stage) -> None:
    """A ticket doesn't make a candidate."""
    place = await stage.interview()
    ticket = await stage.ticket(place)
    try:
        await stage.open_socket(place, token=None, ticket=ticket, role="candidate")
    except RefusedError as refusal:
        found = (refusal.closed, refusal.error.get("code"))
        require(found == (4403, "forbidden"), f"It was refused with {found}.")
    else:
        raise Violation("A ticket made a candidate.")


@CASES.case("ticket.invalid", "no valid token; a valid one", over=BOTH, needs=("sign-in",))
async def invalid(stage: Stage) -> None:
    """What is no ticket opens nothing."""
    place = await stage.interview()
    ticket = await stage.ticket(place)
    for wrong in ("x", ticket[:-4] + ("aaaa" if ticket[-4:] != "aaaa" else "bbbb")):
        found = await refused(stage, place, wrong)
        require(found == (4401, "unauthenticated"), f"It was refused with {found}.")


@CASES.case("ticket.unknown", "no such interview, or another user's")
async def unknown(stage: Stage) -> None:
    """There is no ticket for an interview that there isn't."""
    place = await stage.interview()
    nowhere = f"/v1/interviews/{never_was(place.id)}/tickets"
    problem(await stage.http("POST", nowhere, json={}), 404, "not_found")


@CASES.case("ticket.runs-out", OFTEN, over=BOTH, needs=("patience",), within_s=90)
async def runs_out(stage: Stage) -> None:
    """When a ticket expires its connections end (4401), and it opens no others."""
    place = await stage.interview()
    ticket = await stage.ticket(place, expires_in_s=60)
    line = await opened(stage, place, ticket)
    code = await line.end(75)
    require(code == (0 if stage.transport == "sse" else 4401), f"It ended with {code}.")
    found = await refused(stage, place, ticket)
    require(found == (4401, "unauthenticated"), f"It was refused with {found}.")


@CASES.case("token.runs-out", RAN_OUT, over=BOTH, needs=("sign-in", "brief-token"), within_s=50)
async def token_runs_out(stage: Stage) -> None:
    """When a token runs out its WebSocket is closed with 4401, its event stream ends."""
    token = stage.target.brief_token or ""
    left_s = _expires_at(token) - time.time()
    if left_s < 1:
        raise Skipped("the brief token ran out before its turn came")
    place = await stage.interview()
    line = await stage.open(place, token=token)
    # RFC 7519 4.1.4 lets a server go on for a moment, as clocks differ.
    code = await line.end(left_s + 20)
    require(code == (0 if stage.transport == "sse" else 4401), f"It ended with {code}.")
    response = await stage.http("GET", place.path, token=token)
    problem(response, 401, "unauthenticated")
    try:
        await stage.open(place, token=token)
    except NoStreamError as refusal:
        problem(refusal.response, 401, "unauthenticated")
    except RefusedError as refusal:
        found = (refusal.closed, refusal.error.get("code"))
        require(found == (4401, "unauthenticated"), f"It was refused with {found}.")
    else:
        raise Violation("A token that ran out opened a session.")


def _expires_at(token: str) -> int:
    """A token's `exp`: Unix time in seconds (RFC 7519 4.1.4)."""
    body = token.split(".")[1]
    claims = orjson.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return int(claims["exp"])
