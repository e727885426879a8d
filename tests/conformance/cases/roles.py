"""Candidate and observers, takeover (`protocol.md` 2)."""

import asyncio

from tests.conformance.case import Cases, Violation, require
from tests.conformance.line import Line, Message, SocketLine, parsed
from tests.conformance.socket import Closed
from tests.conformance.stage import ANSWER, Place, Stage
from tests.conformance.talk import alive, answer, closes, ending, held_error, refusal

CASES = Cases()

TAKEOVER = (
    "A second candidate WebSocket takes the place of the first, which is closed with 4409 before "
    "the new one gets `session.opened`."
)
ROLES = "On a WebSocket one is *candidate* (may command) or *observer* (reads; any number)."
STREAMS = "Event streams only read; POSTed commands work beside"
OBSERVER_COMMANDS = "no valid token; a valid one without the right, or an observer that commands"


async def _observer(stage: Stage, place: Place) -> SocketLine:
    return await stage.open_socket(place, role="observer")


async def _forbidden(line: Line, kind: str, id: str | None = None, **fields: object) -> Message:
    """This command is refused with `forbidden`, and the connection stays open."""
    reply = await line.command(kind, id, **fields)
    held_error(reply, "forbidden", reply.get("re") or "")
    await alive(line)
    return reply


# --- takeover -----------------------------------------------------------------------------------


@CASES.case("takeover.closes", (TAKEOVER, "| 4409 | another candidate connection took over |"))
async def takeover_closes(stage: Stage) -> None:
    """A second candidate opens, and the first is closed with 4409."""
    place = await stage.interview()
    first = await stage.open_socket(place)
    second = await stage.open_socket(place)
    await closes(first, 4409)
    await second.acked("interview.start")


@CASES.case("takeover.order", TAKEOVER)
async def takeover_order(stage: Stage) -> None:
    """The first candidate hears nothing of what happens after the second one is open."""
    for _ in range(5):
        place = await stage.interview()
        first = await stage.open_socket(place)
        second = await stage.open_socket(place)
        await second.acked("interview.start")
        await second.event("question.completed")
        await closes(first, 4409)
        heard = [event["type"] for event in first.events]
        require(not heard, f"The one that was replaced heard {heard}.")


@CASES.case("takeover.commands", TAKEOVER)
async def takeover_commands(stage: Stage) -> None:
    """A command of the one that was replaced has no effect any more."""
    place = await stage.interview()
    first = await stage.open_socket(place)
    second = await stage.open_socket(place)
    await first.socket.send({"type": "interview.start", "id": "late"})
    await closes(first, 4409)
    require(not first.others_of("ack"), "It was acknowledged.")
    reply = await second.acked("interview.start", id="late")
    require(reply.get("repeated") is False, "The late command took effect.")


@CASES.case("takeover.goes-on", TAKEOVER)
async def takeover_goes_on(stage: Stage) -> None:
    """The new candidate resumes where the old one was, in the same epoch."""
    place, first = await stage.answering()
    second = await stage.open(place, over="ws", resume=first.position)
    require(second.opened["resumed"] is True, "It wasn't resumed.")
    require(second.opened["epoch"] == first.opened["epoch"], "The epoch changed.")
    require(await first.end() == 4409, f"The first was closed with {first.closed}.")
    await second.acked("answer.submit", turn=1, text=ANSWER)
    await second.event("answer.accepted", turn=1)


@CASES.case("takeover.race", TAKEOVER)
async def takeover_race(stage: Stage) -> None:
    """Of ten candidates that open at once, one stays, and nine are closed with 4409."""
    place = await stage.interview()
    sockets = [await stage.socket(place) for _ in range(10)]
    await asyncio.gather(*(socket.send(stage.opening()) for socket in sockets))
    ends = {asyncio.ensure_future(ending(socket, 15)): socket for socket in sockets}
    left = set(ends)
    while len(left) > 1:
        done, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
        codes = {(await end)[1].code for end in done}
        require(codes == {4409}, f"closed with {codes}")
    require(len(left) == 1, "None of them stayed.")
    (last,) = left
    last.cancel()
    await asyncio.wait(left)
    await ends[last].send({"type": "interview.start", "id": "mine"})
    while True:
        message = await ends[last].receive()
        if isinstance(message, Closed):
            raise Violation(f"The last one was closed too, with {message.code}.")
        if parsed(message).get("type") == "ack":
            return


@CASES.case("takeover.not-by-observer", TAKEOVER)
async def takeover_not_by_observer(stage: Stage) -> None:
    """An observer takes nothing over, and a candidate takes nothing from observers."""
    place = await stage.interview()
    candidate = await stage.open_socket(place)
    observer = await _observer(stage, place)
    await alive(candidate)
    new = await stage.open_socket(place)
    await closes(candidate, 4409)
    await alive(observer)
    await new.acked("interview.start")
    await observer.event("interview.started")


@CASES.case("takeover.not-by-refused", TAKEOVER, needs=("sign-in",))
async def takeover_not_by_refused(stage: Stage) -> None:
    """An opening that is refused takes nothing over."""
    place = await stage.interview()
    candidate = await stage.open_socket(place)
    await refusal(stage, place, "unauthenticated", token="nonsense")
    await refusal(stage, place, "malformed", role="examiner")
    await alive(candidate)
    await candidate.acked("interview.start")


@CASES.case("takeover.not-by-ticket", TAKEOVER)
async def takeover_not_by_ticket(stage: Stage) -> None:
    """Who has a ticket takes nothing over, whatever role is asked for."""
    place = await stage.interview()
    candidate = await stage.open_socket(place)
    ticket = await stage.ticket(place)
    for role in ("candidate", None):
        await refusal(stage, place, "forbidden", token=None, role=role, ticket=ticket)
    await stage.open(place, token=None, role="observer", ticket=ticket)
    await alive(candidate)


@CASES.case("takeover.not-by-stream", STREAMS)
async def takeover_not_by_stream(stage: Stage) -> None:
    """An event stream and POSTed commands work beside a WebSocket, and take nothing over."""
    place = await stage.interview()
    candidate = await stage.open_socket(place)
    stream = await stage.open(place, over="sse")
    await stream.acked("interview.start")
    await candidate.event("question.completed")
    await candidate.acked("answer.submit", turn=1, text=ANSWER)
    await stream.event("answer.accepted", turn=1)
    await alive(candidate)


# --- observers ----------------------------------------------------------------------------------


@CASES.case("observer.reads", ROLES)
async def observer_reads(stage: Stage) -> None:
    """Observers, any number of them, get the events that the candidate gets."""
    place = await stage.interview()
    candidate = await stage.open_socket(place)
    observers = [await _observer(stage, place) for _ in range(6)]
    await candidate.acked("interview.start")
    last = await candidate.event("question.completed")
    for observer in observers:
        await observer.event("question.completed")
        await alive(observer)
        ours = [each for each in observer.events if each["seq"] <= last["seq"]]
        theirs = [each for each in candidate.events if each["seq"] <= last["seq"]]
        require(ours == theirs, "An observer's events aren't the candidate's.")


@CASES.case("observer.commands", OBSERVER_COMMANDS)
async def observer_commands(stage: Stage) -> None:
    """An observer's command is forbidden, does nothing, and leaves the connection open."""
    place = await stage.interview()
    observer = await _observer(stage, place)
    await _forbidden(observer, "interview.start")
    stored = await stage.stored(place)
    require(stored["phase"] == "created", f"The interview is {stored['phase']}.")


@CASES.case("observer.order", "this order: `malformed`, `forbidden`, a known id (`id_reused`")
async def observer_order(stage: Stage) -> None:
    """An observer's command is looked at as malformed, then as forbidden, then as known."""
    place = await stage.interview()
    candidate = await stage.open_socket(place)
    await candidate.acked("interview.start", id="known")
    observer = await _observer(stage, place)
    await _forbidden(observer, "interview.start", "known")
    await _forbidden(observer, "interview.finish", "known")
    await _forbidden(observer, "answer.submit", turn=7, text="In no phase.")
    reply = await observer.command("answer.submit", "bad", turn="one", text="Two")
    held_error(reply, "malformed", "bad")


@CASES.case("observer.ping", "liveness | RFC 6455 pings from the server every `heartbeat_ms`")
async def observer_ping(stage: Stage) -> None:
    """An observer's ping message is answered."""
    observer = await _observer(stage, await stage.interview())
    await alive(observer, "here")


@CASES.case("observer.end", "1000 after the log's last event, for every connection")
async def observer_end(stage: Stage) -> None:
    """Candidate, observers and event stream all get the last event, then the end."""
    place, candidate = await stage.answering()
    lines = [candidate, await _observer(stage, place), await _observer(stage, place)]
    stream = await stage.open(place, over="sse")
    await candidate.acked("answer.submit", turn=1, text=ANSWER)
    for line in [*lines, stream]:
        code = await line.end(15)
        require(line.events[-1]["type"] == "report.completed", f"It ended with {line.events[-1]}.")
        expected = 0 if line is stream else 1000
        require(code == expected, f"ended with {code}, not {expected}")


@CASES.case("observer.binary", OBSERVER_COMMANDS, needs=("voice",))
async def observer_binary(stage: Stage) -> None:
    """An observer's audio is forbidden too."""
    place, candidate = await stage.answering()
    await candidate.acked("audio.start", turn=1, sample_rate=16000)
    observer = await _observer(stage, place)
    held_error(await answer(observer, bytes(8) + bytes(640)), "forbidden", None)
