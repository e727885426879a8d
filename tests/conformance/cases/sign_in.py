"""Who one is: tokens, and what another user is told (`protocol.md` 2, 7, 9)."""

import base64
from typing import Any

import orjson

from tests.conformance.case import BOTH, Cases, Skipped, require
from tests.conformance.stage import Place, Stage
from tests.conformance.talk import alive, refusal, told

CASES = Cases()

NO_TOKEN = "no valid token; a valid one without the right, or an observer that commands"
OTHERS = "no such interview, or another user's (the two can't be told apart)"


def _parts(stage: Stage) -> tuple[str, str, str]:
    """Head, body and signature of the first user's token.

    Raises:
        Skipped: it is no JWT.
    """
    parts = (stage.target.token or "").split(".")
    if len(parts) != 3:
        raise Skipped("the token is no JWT")
    return parts[0], parts[1], parts[2]


def _read(part: str) -> dict[str, Any]:
    found = orjson.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return dict(found)


def _written(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).rstrip(b"=").decode()


def _missing(place: Place) -> Place:
    """An interview that doesn't exist, with an id like this one's."""
    return Place(place.id[:-1] + ("1" if place.id[-1] == "0" else "0"), {})


@CASES.case(
    "sign-in.token",
    "the first message, `session.open`, carries `token` (or a ticket)",
    over=BOTH,
    needs=("sign-in",),
)
async def with_token(stage: Stage) -> None:
    """With a user's token, the user's interview opens."""
    place = await stage.interview()
    line = await stage.open(place)
    await line.acked("interview.start")


@CASES.case("sign-in.none", NO_TOKEN, over=BOTH, needs=("sign-in",))
async def without_token(stage: Stage) -> None:
    """Without a token, nothing opens."""
    place = await stage.interview()
    await refusal(stage, place, "unauthenticated", token=None)


@CASES.case("sign-in.observer", NO_TOKEN, needs=("sign-in",))
async def observer_without_token(stage: Stage) -> None:
    """An observer needs a token or a ticket as well."""
    place = await stage.interview()
    await refusal(stage, place, "unauthenticated", token=None, role="observer")


@CASES.case("sign-in.nonsense", NO_TOKEN, over=BOTH, needs=("sign-in",))
async def nonsense(stage: Stage) -> None:
    """A token that is none opens nothing."""
    place = await stage.interview()
    for token in ("nonsense", "a.b.c", "..", "x" * 4000):
        await refusal(stage, place, "unauthenticated", token=token)


@CASES.case("sign-in.signature", NO_TOKEN, over=BOTH, needs=("sign-in",))
async def wrong_signature(stage: Stage) -> None:
    """A token whose signature is another opens nothing."""
    place = await stage.interview()
    head, body, signature = _parts(stage)
    turned = ("A" if signature[0] != "A" else "B") + signature[1:]
    for wrong in (turned, signature[:-8], ""):
        await refusal(stage, place, "unauthenticated", token=f"{head}.{body}.{wrong}")


@CASES.case("sign-in.changed", NO_TOKEN, over=BOTH, needs=("sign-in",))
async def changed(stage: Stage) -> None:
    """A token that was changed after it was signed opens nothing."""
    place = await stage.interview()
    head, body, signature = _parts(stage)
    claims = _read(body)
    later = _written(claims | {"exp": claims["exp"] + 3600})
    other = _written(claims | {"sub": f"{claims['sub']}-2"})
    for wrong in (later, other):
        await refusal(stage, place, "unauthenticated", token=f"{head}.{wrong}.{signature}")


@CASES.case("sign-in.algorithm", NO_TOKEN, over=BOTH, needs=("sign-in",))
async def algorithm(stage: Stage) -> None:
    """A token that names another algorithm, or none, opens nothing."""
    place = await stage.interview()
    head, body, signature = _parts(stage)
    header = _read(head)
    for name in ("none", "None", "NONE", "", "HS1", "HS512", "RS256", None):
        wrong = _written(header | {"alg": name})
        await refusal(stage, place, "unauthenticated", token=f"{wrong}.{body}.")
        await refusal(stage, place, "unauthenticated", token=f"{wrong}.{body}.{signature}")


@CASES.case(
    "sign-in.expired", "not authenticated, or the token ran out", over=BOTH, needs=("sign-in",)
)
async def expired(stage: Stage) -> None:
    """A token that has run out opens nothing."""
    if stage.target.expired_token is None:
        raise Skipped("there is no token that has run out (--expired-token)")
    place = await stage.interview()
    await refusal(stage, place, "unauthenticated", token=stage.target.expired_token)


@CASES.case("sign-in.url", "carries `token` (or a ticket); never the URL", needs=("sign-in",))
async def in_url(stage: Stage) -> None:
    """A token in a WebSocket's URL signs nobody in."""
    place = await stage.interview()
    token = stage.target.token
    for name in ("token", "access_token", "authorization"):
        # What the path goes on with, `/ws`, becomes a part of the query.
        socket = await stage.socket(Place(f"{place.id}/ws?{name}={token}&rest=", {}))
        await socket.send(stage.opening(token=None))
        first = str(await socket.receive())
        require('"unauthenticated"' in first, f"?{name}= was answered with {first[:200]}")


@CASES.case("sign-in.other-user", OTHERS, over=BOTH, needs=("sign-in", "second-user"))
async def other_user(stage: Stage) -> None:
    """Another user's interview, and one that doesn't exist, get the same answer."""
    place = await stage.interview()
    missing = _missing(place)
    token = stage.target.other_token
    theirs = await refusal(stage, place, "not_found", token=token)
    none = await refusal(stage, missing, "not_found", token=token)
    require(
        told(theirs, place) == told(none, missing),
        f"The two can be told apart: {theirs} and {none}",
    )


@CASES.case("sign-in.other-user.observer", OTHERS, needs=("sign-in", "second-user"))
async def other_user_observes(stage: Stage) -> None:
    """Another user doesn't observe an interview either, nor take it over."""
    place = await stage.interview()
    line = await stage.open(place)
    token = stage.target.other_token
    await refusal(stage, place, "not_found", token=token, role="observer")
    await refusal(stage, place, "not_found", token=token)
    await alive(line)


@CASES.case("sign-in.nothing-told", OTHERS, over=BOTH, needs=("sign-in",))
async def nothing_told(stage: Stage) -> None:
    """Without a valid token one doesn't learn whether an interview exists."""
    place = await stage.interview()
    missing = _missing(place)
    there = await refusal(stage, place, "unauthenticated", token="nonsense")
    none = await refusal(stage, missing, "unauthenticated", token="nonsense")
    require(
        told(there, place) == told(none, missing),
        f"The two can be told apart: {there} and {none}",
    )
