"""The way to a WebSocket: subprotocol and Origin (`protocol.md` 2)."""

from tests.conformance.case import Cases, Violation, require
from tests.conformance.socket import SUBPROTOCOL, RefusedError, Socket
from tests.conformance.stage import Place, Stage

CASES = Cases()

WITHOUT = "subprotocol `viva.v1` (without it: HTTP 400, no upgrade)"
ORIGIN = "The Origin is checked before the upgrade (403)"
ASKED = ("Sec-WebSocket-Protocol", SUBPROTOCOL)


async def _status(stage: Stage, place: Place, *headers: tuple[str, str]) -> int:
    """How the server answers an upgrade with these headers: 101, or a refusal's status."""
    try:
        await stage.socket(place, headers=headers)
    except RefusedError as refused:
        return refused.status
    return 101


@CASES.case("upgrade.subprotocol", "`GET /v1/interviews/{id}/ws`, subprotocol `viva.v1`")
async def subprotocol(stage: Stage) -> None:
    """An upgrade that asks for viva.v1 gets it, and nothing else."""
    place = await stage.interview()
    socket: Socket = await stage.socket(place)
    require(socket.subprotocol == SUBPROTOCOL, f"The subprotocol is {socket.subprotocol!r}.")


@CASES.case("upgrade.subprotocol.among", "`GET /v1/interviews/{id}/ws`, subprotocol `viva.v1`")
async def subprotocol_among(stage: Stage) -> None:
    """Of several subprotocols that are asked for, viva.v1 is chosen."""
    place = await stage.interview()
    for asked in ("chat, viva.v1", "viva.v1, viva.v2"):
        socket = await stage.socket(place, headers=[("Sec-WebSocket-Protocol", asked)])
        require(socket.subprotocol == SUBPROTOCOL, f"Of {asked}, {socket.subprotocol!r}.")


@CASES.case("upgrade.subprotocol.missing", WITHOUT)
async def subprotocol_missing(stage: Stage) -> None:
    """Without a subprotocol there is no upgrade, but HTTP 400."""
    place = await stage.interview()
    status = await _status(stage, place)
    require(status == 400, f"answered {status}")


@CASES.case("upgrade.subprotocol.other", WITHOUT)
async def subprotocol_other(stage: Stage) -> None:
    """With another subprotocol only, there is no upgrade, but HTTP 400."""
    place = await stage.interview()
    for other in ("viva.v2", "viva", "viva.v1.1", "chat"):
        status = await _status(stage, place, ("Sec-WebSocket-Protocol", other))
        require(status == 400, f"{other}: answered {status}")


@CASES.case("upgrade.origin.foreign", ORIGIN)
async def origin_foreign(stage: Stage) -> None:
    """A page of another site gets HTTP 403, no upgrade."""
    place = await stage.interview()
    for origin in ("https://attacker.example", "http://attacker.example:8000", "null"):
        status = await _status(stage, place, ASKED, ("Origin", origin))
        require(status == 403, f"{origin}: answered {status}")


@CASES.case("upgrade.origin.look-alike", ORIGIN)
async def origin_look_alike(stage: Stage) -> None:
    """A site whose name begins or ends like the server's own is another site."""
    place = await stage.interview()
    own = stage.target.netloc
    name, _, port = own.partition(":")
    for host in (f"{name}.attacker.example:{port or 80}", f"attacker-{own}", f"{own}0.example"):
        status = await _status(stage, place, ASKED, ("Origin", f"http://{host}"))
        require(status == 403, f"{host}: answered {status}")


@CASES.case("upgrade.origin.none", ORIGIN)
async def origin_none(stage: Stage) -> None:
    """A client that is no browser's page, and so names no Origin, is upgraded."""
    place = await stage.interview()
    status = await _status(stage, place, ASKED)
    if status != 101:
        raise Violation(f"answered {status}")
