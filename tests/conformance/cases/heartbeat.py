"""Signs of life (`protocol.md` 2, 8): the server's pings, and messages for clients that can't see
those.

These take as long as two heartbeats do, so they are begun first.
"""

from tests.conformance.case import Cases, Skipped, require
from tests.conformance.line import SocketLine
from tests.conformance.stage import Stage
from tests.conformance.talk import alive, closes, hush, raw_line

CASES = Cases()

PINGS = "RFC 6455 pings from the server every `heartbeat_ms`"
MESSAGES = "`ping`/`pong` messages for clients that can't see those"
DEAD = "no sign of life for two heartbeats"
PONG = "`pong` with the same `nonce`; has no `id`"
LONGEST_S = 20.0
LEEWAY_S = 2.5


def _heartbeat_s(line: SocketLine) -> float:
    """How often this server's heart beats.

    Raises:
        Skipped: so seldom that the case would take too long.
    """
    beat = float(line.opened["heartbeat_ms"]) / 1000
    if beat > LONGEST_S:
        raise Skipped(f"the server's heart beats every {beat:g} s only")
    return beat


@CASES.case("heartbeat.pings", PINGS, within_s=55)
async def pings(stage: Stage) -> None:
    """The server pings every heartbeat, and a client that only answers those stays connected."""
    line = await raw_line(stage)
    beat = _heartbeat_s(line)
    await hush(line, beat + LEEWAY_S)
    require(line.socket.pings >= 1, f"There was no ping within {beat + LEEWAY_S:g} s.")
    await hush(line, beat - LEEWAY_S / 2)
    found = line.socket.pings
    require(found >= 2, f"There were {found} pings in {2 * beat:g} s.")
    require(found <= 3, f"There were {found} pings in {2 * beat:g} s, one is due every {beat:g} s.")


@CASES.case("heartbeat.silent", DEAD, within_s=55)
async def silent(stage: Stage) -> None:
    """A client that gives no sign of life is closed with 4103 after two heartbeats, not sooner."""
    line = await raw_line(stage)
    beat = _heartbeat_s(line)
    line.socket.answers_pings = False
    await hush(line, 2 * beat - LEEWAY_S)
    await closes(line, 4103, 3 * LEEWAY_S)


@CASES.case("heartbeat.silent.observer", DEAD, within_s=55)
async def silent_observer(stage: Stage) -> None:
    """An observer that gives no sign of life is closed with 4103 too, beside one that does."""
    place = await stage.interview()
    candidate = await raw_line(stage, place)
    line = await raw_line(stage, place, role="observer")
    beat = _heartbeat_s(line)
    line.socket.answers_pings = False
    await closes(line, 4103, 2 * (beat + LEEWAY_S))
    await alive(candidate)


@CASES.case("heartbeat.messages", MESSAGES, within_s=55)
async def messages(stage: Stage) -> None:
    """A client that answers no pings, but says `ping` itself, stays connected."""
    line = await raw_line(stage)
    beat = _heartbeat_s(line)
    line.socket.answers_pings = False
    for count in range(5):
        await alive(line, f"n{count}")
        await hush(line, (2 * beat + LEEWAY_S) / 5)
    await alive(line, "last")


@CASES.case("ping.nonce", PONG)
async def nonce(stage: Stage) -> None:
    """A ping is answered by a pong with the same nonce, in whatever script."""
    line = await raw_line(stage)
    for text in ("a", "0", "한국어", "😀", "with a space", '"quoted"\\'):
        pong = await alive(line, text)
        require(pong["nonce"] == text, f"{text!r} came back as {pong['nonce']!r}.")


@CASES.case("ping.order", PONG)
async def order(stage: Stage) -> None:
    """Pings are answered each once, in their order."""
    line = await raw_line(stage)
    sent = [f"n{count}" for count in range(10)]
    for text in sent:
        await line.send({"type": "ping", "nonce": text})
    await line.wait(lambda: len(line.others) >= len(sent) or None, "ten pongs")
    await alive(line)
    found = [each.get("nonce") for each in line.others_of("pong")]
    require(found == [*sent, "alive"], f"The pongs' nonces are {found}.")


@CASES.case("ping.unnumbered", "they are not in the log and have no place in `seq`")
async def unnumbered(stage: Stage) -> None:
    """A pong has no `seq`, and moves nobody's position."""
    line = await raw_line(stage)
    pong = await alive(line)
    require("seq" not in pong, f"The pong has a seq: {pong}")
    await line.acked("interview.start")
    event = await line.event("interview.started")
    require(event["seq"] == line.opened["seq"] + 1, f"The first event's seq is {event['seq']}.")
