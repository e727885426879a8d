"""HTTP as a whole (`protocol.md` 7, 9): who may ask, what is public, and how a refusal is told."""

from typing import Any

import httpx
import orjson

from tests.conformance.answers import malformed, media_type, never_was, problem, whole
from tests.conformance.case import Cases, Skipped, require
from tests.conformance.shapes import EVENTS
from tests.conformance.stage import SHORT, Place, Stage

CASES = Cases()

PUBLIC = "the published contract (no token, like `/capabilities` and `/rubric`)"
PUBLISHED = (
    "The published reference (AsyncAPI 3 for the socket and the event stream, OpenAPI 3.1 for HTTP"
)
STRANGER = "no such interview, or another user's (the two can't be told apart)"
BEARER = "`Authorization: Bearer <JWT>` (`sub`: the user, required"
TOLD = "what `session.opened` tells as `capabilities`, and `limits`"
COMMANDS = (
    *("interview.start", "answer.submit", "audio.start", "audio.stop", "audio.cancel"),
    *("question.skip", "hint.request", "generation.cancel", "generation.retry"),
    *("interview.pause", "interview.resume", "interview.finish", "ping", "session.open"),
)
# Every route of an interview, with a body that is right where one is due.
START = {"type": "interview.start", "id": "s1"}
OF_AN_INTERVIEW: tuple[tuple[str, str, Any], ...] = (
    ("GET", "", None),
    ("GET", "/turns/1/words", None),
    ("GET", "/report", None),
    ("POST", "/tickets", {}),
    ("GET", "/events", None),
    ("POST", "/commands", START),
    ("DELETE", "", None),
)
OF_A_USER: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/v1/interviews", None),
    ("POST", "/v1/interviews", SHORT),
)


async def ask(stage: Stage, method: str, path: str, body: Any, token: str | None) -> httpx.Response:
    """A request that has this body as JSON, or none."""
    options = {} if body is None else {"json": body}
    return await stage.http(method, path, token=token, **options)


async def all_refused(stage: Stage, place: Place, token: str | None) -> None:
    """Every route that wants a token must refuse this one."""
    for method, path, body in OF_A_USER:
        answer = await ask(stage, method, path, body, token)
        told = problem(answer, 401, "unauthenticated")
        require(told["retryable"] is False, "`unauthenticated` is retryable.")
    for method, path, body in OF_AN_INTERVIEW:
        answer = await ask(stage, method, f"{place.path}{path}", body, token)
        problem(answer, 401, "unauthenticated")
    require((await stage.stored(place))["phase"] == "created", "Something was done.")


@CASES.case("http.no-token", "no valid token; a valid one", needs=("sign-in",))
async def no_token(stage: Stage) -> None:
    """Without a token, every route that is a user's is answered 401."""
    await all_refused(stage, await stage.interview(), None)


@CASES.case("http.bad-token", "no valid token; a valid one", needs=("sign-in",))
async def bad_token(stage: Stage) -> None:
    """A token that is none, isn't signed or was changed is answered 401."""
    place = await stage.interview()
    token = stage.target.token or ""
    head, body, signature = token.split(".")
    changed = ("A" if signature[0] != "A" else "B") + signature[1:]
    unsigned = f"eyJhbGciOiJub25lIn0.{body}."  # {"alg":"none"}
    for wrong in ("x", f"{head}.{body}.{changed}", f"{head}.{body}.", unsigned):
        await all_refused(stage, place, wrong)


@CASES.case("http.expired-token", "`exp`: required", needs=("sign-in",))
async def expired_token(stage: Stage) -> None:
    """A token that has run out is answered 401."""
    if stage.target.expired_token is None:
        raise Skipped("there is no token that has run out (--expired-token)")
    await all_refused(stage, await stage.interview(), stage.target.expired_token)


@CASES.case("http.bearer", BEARER, needs=("sign-in",))
async def bearer(stage: Stage) -> None:
    """A token counts in the `Authorization` header as a Bearer's, and nowhere else."""
    place = await stage.interview()
    token = stage.target.token
    headers = {"Authorization": f"Basic {token}"}
    answer = await stage.http("GET", place.path, token=None, headers=headers)
    problem(answer, 401, "unauthenticated")
    for name in ("token", "access_token"):
        answer = await stage.http("GET", f"{place.path}?{name}={token}", token=None)
        problem(answer, 401, "unauthenticated")
    # RFC 9110 11.1: a scheme's name is read in any case.
    headers = {"Authorization": f"bearer {token}"}
    whole(await stage.http("GET", place.path, token=None, headers=headers))


@CASES.case("http.stranger", STRANGER, needs=("second-user",))
async def stranger(stage: Stage) -> None:
    """Another user's interview is answered, on every route, as one that never was."""
    place = await stage.interview()
    nowhere = never_was(place.id)
    token = stage.target.other_token
    for method, path, body in OF_AN_INTERVIEW:
        theirs = await ask(stage, method, f"{place.path}{path}", body, token)
        none = await ask(stage, method, f"/v1/interviews/{nowhere}{path}", body, token)
        problem(theirs, 404, "not_found")
        problem(none, 404, "not_found")
        same = theirs.text.replace(place.id, nowhere) == none.text
        require(same, f"{method} {path} tells the two apart: {theirs.text} {none.text}")
        one, other = (sorted(set(each.headers) - {"date"}) for each in (theirs, none))
        require(one == other, f"The headers tell the two apart: {one} {other}")
    require((await stage.stored(place))["phase"] == "created", "Something was done.")


@CASES.case("http.stranger.malformed", STRANGER, needs=("second-user",))
async def stranger_with_nonsense(stage: Stage) -> None:
    """Nor does a wrong request tell another user's interview from one that never was."""
    place = await stage.interview()
    token = stage.target.other_token
    for path, body in (("/commands", {"type": 1}), ("/tickets", {"expires_in_s": "x"})):
        answers = [
            await ask(stage, "POST", f"/v1/interviews/{id}{path}", body, token)
            for id in (place.id, never_was(place.id))
        ]
        theirs, none = ((each.status_code, each.text) for each in answers)
        require(theirs[0] in (400, 404), f"It is answered {theirs[0]}.")
        same = (theirs[0], theirs[1].replace(place.id, never_was(place.id))) == none
        require(same, f"{path} tells the two apart: {theirs} {none}")


@CASES.case("http.public", PUBLIC)
async def public(stage: Stage) -> None:
    """The contract, the capabilities and the rubric are there for everybody."""
    for path in ("capabilities", "rubric", "schema", "openapi.json", "asyncapi.json"):
        response = await stage.http("GET", f"/v1/{path}", token=None)
        require(response.status_code == 200, f"/v1/{path} is answered {response.status_code}.")
        require("json" in media_type(response), f"/v1/{path} is {media_type(response)}.")
        orjson.loads(response.content)


@CASES.case("http.capabilities", TOLD)
async def capabilities(stage: Stage) -> None:
    """`/capabilities` tells what `session.opened` tells."""
    told = whole(await stage.http("GET", "/v1/capabilities", token=None))
    line = await stage.open(await stage.interview())
    require(told.get("limits") == line.opened["limits"], "The limits are others.")
    for name, value in line.opened["capabilities"].items():
        require(told.get(name) == value, f"`{name}` is {told.get(name)}, not {value}.")


@CASES.case("http.rubric", "the competencies and what each score means, by language")
async def rubric(stage: Stage) -> None:
    """The rubric has something to say in each language."""
    told = await stage.http("GET", "/v1/rubric", token=None)
    require(told.status_code == 200, f"The rubric is answered {told.status_code}.")
    found = orjson.loads(told.content)
    require(isinstance(found, dict | list) and found, f"The rubric is {found!r}.")
    for language in stage.target.capabilities["languages"]:
        require(f'"{language}"' in told.text, f"The rubric has no word of {language!r}.")


@CASES.case("http.openapi", PUBLISHED)
async def openapi(stage: Stage) -> None:
    """The published OpenAPI is 3.1 and has the routes of the page."""
    told = whole(await stage.http("GET", "/v1/openapi.json", token=None))
    require(str(told.get("openapi")).startswith("3.1."), f"It is {told.get('openapi')}.")
    paths = " ".join(told["paths"])
    for route in ("/interviews", "/report", "/tickets", "/commands", "/events", "/capabilities"):
        require(route in paths, f"{route} isn't described.")


@CASES.case("http.asyncapi", PUBLISHED)
async def asyncapi(stage: Stage) -> None:
    """The published AsyncAPI is 3 and has every event of the page."""
    response = await stage.http("GET", "/v1/asyncapi.json", token=None)
    told = whole(response)
    require(str(told.get("asyncapi")).startswith("3."), f"It is {told.get('asyncapi')}.")
    for kind in EVENTS:
        require(f'"{kind}"' in response.text, f"{kind} isn't described.")


@CASES.case("http.schema", "JSON Schema for every")
async def schema(stage: Stage) -> None:
    """The published JSON Schema has every event and command of the page."""
    response = await stage.http("GET", "/v1/schema", token=None)
    require(response.status_code == 200, f"It is answered {response.status_code}.")
    for kind in (*EVENTS, *COMMANDS):
        require(f'"{kind}"' in response.text, f"{kind} isn't described.")


@CASES.case("http.health", "outside `/v1`, no token")
async def health(stage: Stage) -> None:
    """`/healthz` and `/readyz` are answered without a token."""
    for path in ("/healthz", "/readyz"):
        response = await stage.http("GET", path, token=None)
        require(response.status_code == 200, f"{path} is answered {response.status_code}.")


@CASES.case("http.problem", "Over HTTP: RFC 9457 `application/problem+json`")
async def problems(stage: Stage) -> None:
    """Whatever a request does wrong, it is told as a problem."""
    place = await stage.interview()
    malformed(await stage.http("POST", "/v1/interviews", json={}), "role")
    malformed(await stage.http("GET", "/v1/interviews?limit=x"), "limit")
    problem(await stage.http("GET", f"/v1/interviews/{never_was(place.id)}"), 404, "not_found")
    problem(await stage.http("GET", f"{place.path}/report"), 409, "wrong_phase")
    response = await stage.http("POST", f"{place.path}/commands", json={"type": "x", "id": "1"})
    problem(response, 400, "unknown_type")
