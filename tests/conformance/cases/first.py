"""What a client says first on a WebSocket, when, and how often (`protocol.md` 3, 8)."""

import asyncio

from tests.conformance.case import Cases, Violation, require
from tests.conformance.line import parsed
from tests.conformance.socket import Closed
from tests.conformance.stage import Stage
from tests.conformance.talk import ending, held_error

CASES = Cases()

FIRST = (
    "too many malformed messages, or the first message is no `session.open`, or a second one came"
)
OPEN_WITHIN_S = 10.0
LEEWAY_S = 3.0


async def _refused_first(stage: Stage, message: str | bytes) -> None:
    """This, said first, ends the connection with 4400; nothing but errors come before."""
    socket = await stage.socket(await stage.interview())
    await socket.send(message)
    said, end = await ending(socket)
    require(all(each.get("type") == "error" for each in said), f"{message!r} got {said}.")
    require(end.code == 4400, f"{message!r}: closed with {end.code}, not 4400")


@CASES.case("first.command", FIRST)
async def first_command(stage: Stage) -> None:
    """A command before the opening ends the connection with 4400, and does nothing."""
    place = await stage.interview()
    socket = await stage.socket(place)
    await socket.send({"type": "interview.start", "id": "c1", "token": stage.target.token})
    said, end = await ending(socket)
    require(end.code == 4400, f"closed with {end.code}, not 4400")
    require(not any(each.get("type") == "ack" for each in said), f"It was acknowledged: {said}")
    stored = await stage.stored(place)
    require(stored["phase"] == "created", f"The interview is {stored['phase']}.")


@CASES.case("first.ping", FIRST)
async def first_ping(stage: Stage) -> None:
    """A ping message before the opening ends the connection with 4400."""
    await _refused_first(stage, '{"type":"ping"}')


@CASES.case("first.unknown", FIRST)
async def first_unknown(stage: Stage) -> None:
    """An unknown type before the opening ends the connection with 4400."""
    await _refused_first(stage, '{"type":"session.begin","id":"c1"}')


@CASES.case("first.malformed", FIRST)
async def first_malformed(stage: Stage) -> None:
    """What is no JSON object before the opening ends the connection with 4400."""
    for text in ("hello", "[]", "null", "{}", '{"type":null}'):
        await _refused_first(stage, text)


@CASES.case("first.binary", FIRST)
async def first_binary(stage: Stage) -> None:
    """A binary frame before the opening ends the connection with 4400."""
    await _refused_first(stage, bytes(8) + b"\x01\x02")


@CASES.case("first.id.malformed", "A refused opening gets an `error`, then the close code.")
async def first_id_malformed(stage: Stage) -> None:
    """An opening whose `id` is none is refused as malformed, with `re` null."""
    place = await stage.interview()
    for id in ("x" * 65, "a b", "é", "", 7):
        socket = await stage.socket(place)
        await socket.send(stage.opening(id=id))
        said, end = await ending(socket)
        require(len(said) == 1, f"{id!r} got {said}.")
        error = held_error(said[0], "malformed", None)
        field = error["details"].get("field")
        require(field == "id", f"{id!r}: `details.field` is {field!r}.")
        require(end.code == 4400, f"{id!r}: closed with {end.code}, not 4400")


@CASES.case("first.second", FIRST)
async def second(stage: Stage) -> None:
    """A second opening on the same connection ends it with 4400."""
    line = await stage.open(await stage.interview())
    await line.send(stage.opening(id="again"))
    code = await line.end()
    require(code == 4400, f"closed with {code}, not 4400")
    require(not line.others_of("session.opened"), "The session was opened a second time.")


@CASES.case("first.late", "no `session.open` in time", within_s=20)
async def late(stage: Stage) -> None:
    """Who says nothing for 10 s is closed with 4408, and not sooner."""
    socket = await stage.socket(await stage.interview())
    clock = asyncio.get_running_loop().time
    began = clock()
    said, end = await ending(socket, OPEN_WITHIN_S + LEEWAY_S)
    require(end.code == 4408, f"closed with {end.code}, not 4408")
    require(clock() - began > OPEN_WITHIN_S - 0.5, f"closed after {clock() - began:.1f} s already")
    require(all(each.get("type") == "error" for each in said), f"It was told {said}.")


@CASES.case("first.patience", "The client's first message, within 10 s:", within_s=25)
async def patience(stage: Stage) -> None:
    """An opening that comes after 8 s is still answered."""
    socket = await stage.socket(await stage.interview())
    try:
        async with asyncio.timeout(OPEN_WITHIN_S - 2):
            raise Violation(f"Before the opening came {await socket.receive()!r}.")
    except TimeoutError:
        await socket.send(stage.opening())
    async with asyncio.timeout(LEEWAY_S):
        first = await socket.receive()
    if isinstance(first, Closed):
        raise Violation(f"closed with {first.code}")
    require(parsed(first).get("type") == "session.opened", f"answered {first!r}")
