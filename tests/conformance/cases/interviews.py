"""Making interviews, listing them and deleting them (`protocol.md` 9)."""

import asyncio
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from tests.conformance.answers import INTERVIEW, hold, malformed, never_was, problem, whole
from tests.conformance.case import BOTH, Cases, require
from tests.conformance.line import Message
from tests.conformance.stage import SHORT, Place, Stage

CASES = Cases()

MADE = "→ 201, the interview, `Location`"
CONFIG = "`config` as posted, defaults filled"
RANGES = (
    "questions (1–20, 5), follow_ups (at most so many a main question, 0–3, 1), feedback "
    '("each","end")'
)
WRONG = "a field missing, of the wrong type or out of range (`details.field`)"
CHOICES = 'language ("en","ko"), persona ("neutral","friendly","pressing")'
KEY = "`POST /interviews` takes `Idempotency-Key` (per user; the same body: the same interview"
LISTS = 'Lists take `?limit=&cursor=` and answer `{"items":[…],"next_cursor":…}`'
TEXT = "U+0000 and lone surrogates are `malformed`"
ROUTES = "`GET /interviews`, `GET /interviews/{id}`, `DELETE /interviews/{id}` (204)"
LEAST = {
    "role": "backend",
    "language": "en",
    "persona": "neutral",
    "feedback": "end",
}


async def make(stage: Stage, body: Any, key: str | None = None, **options: Any) -> httpx.Response:
    """What POSTing an interview is answered with."""
    headers = {} if key is None else {"Idempotency-Key": key}
    return await stage.http("POST", "/v1/interviews", json=body, headers=headers, **options)


async def refuses(stage: Stage, field: str, *wrong: Any) -> None:
    """Each of these values of a field of the config must be `malformed`."""
    for value in wrong:
        malformed(await make(stage, SHORT | {field: value}), field)


def fresh(place: Place) -> str:
    """A key that hasn't been used: a new interview's id stands in for chance."""
    return f"k-{place.id}"[:64]


@CASES.case("interviews.make", MADE)
async def make_one(stage: Stage) -> None:
    """An interview is made: 201, the interview, and where it is."""
    response = await make(stage, SHORT)
    made = whole(response, 201)
    hold(made, INTERVIEW, "The interview")
    require(made["phase"] == "created", f"Its phase is {made['phase']}.")
    where = urljoin(str(response.url), response.headers.get("Location", ""))
    require(urlsplit(where).path.endswith(f"/v1/interviews/{made['id']}"), f"It is at {where}.")
    found = whole(await stage.http("GET", where))
    require(found["id"] == made["id"], "`Location` leads elsewhere.")


@CASES.case("interviews.epoch", "An epoch (an integer from 1, growing)")
async def epoch(stage: Stage) -> None:
    """An interview's epoch is from 1, also before anybody has opened it."""
    place = await stage.interview()
    for told in (place.made, await stage.stored(place)):
        require(told["epoch"] >= 1, f"Its epoch is {told['epoch']}.")


@CASES.case("interviews.config.defaults", CONFIG)
async def defaults(stage: Stage) -> None:
    """What the config leaves out is filled: 5 questions, 1 follow-up each."""
    made = whole(await make(stage, LEAST), 201)
    config = made["config"]
    require(config.get("questions") == 5, f"`questions` is {config.get('questions')}.")
    require(config.get("follow_ups") == 1, f"`follow_ups` is {config.get('follow_ups')}.")
    for name, value in LEAST.items():
        require(config.get(name) == value, f"`{name}` is {config.get(name)!r}.")


@CASES.case("interviews.config.kept", CONFIG)
async def kept(stage: Stage) -> None:
    """All of the config is kept as it was posted."""
    posted: Message = {
        "role": "frontend",
        "level": "senior",
        "language": "ko",
        "persona": "pressing",
        "questions": 2,
        "follow_ups": 3,
        "feedback": "each",
        "time_limit_s": 1800,
        "job_description": "무엇이든 \U0001f680\nand a second line",
        "question_list": ["First?", "  Second, with space around?  "],
        "competencies": [{"name": "Depth", "description": "How far down."}],
    }
    made = whole(await make(stage, posted), 201)
    stored = await stage.stored(Place(made["id"], made))
    for name, value in posted.items():
        for config in (made["config"], stored["config"]):
            require(config.get(name) == value, f"`{name}` is {config.get(name)!r}.")


@CASES.case("interviews.config.choices", CHOICES)
async def choices(stage: Stage) -> None:
    """Each language and persona that the page names is taken."""
    for name, values in (
        ("language", ("en", "ko")),
        ("persona", ("neutral", "friendly", "pressing")),
        ("feedback", ("each", "end")),
    ):
        for value in values:
            made = whole(await make(stage, SHORT | {name: value}), 201)
            require(made["config"].get(name) == value, f"`{name}` isn't {value}.")


@CASES.case("interviews.config.rival", 'rival? ("beginner","intermediate","advanced")')
async def rivals(stage: Stage) -> None:
    """A rival of each level that the page names is taken."""
    for value in ("beginner", "intermediate", "advanced"):
        made = whole(await make(stage, SHORT | {"rival": value}), 201)
        require(made["config"].get("rival") == value, f"`rival` isn't {value}.")


@CASES.case("interviews.config.bounds", RANGES)
async def bounds(stage: Stage) -> None:
    """1 to 20 questions and 0 to 3 follow-ups are taken, no others."""
    for field, good in (("questions", (1, 20)), ("follow_ups", (0, 3))):
        for value in good:
            made = whole(await make(stage, LEAST | {field: value}), 201)
            require(made["config"][field] == value, f"`{field}` isn't {value}.")
    await refuses(stage, "questions", 0, 21, -1, "5", 1.5, True)
    await refuses(stage, "follow_ups", -1, 4, "1", 0.5, False)


@CASES.case("interviews.config.malformed", WRONG)
async def wrong(stage: Stage) -> None:
    """A value that a field can't have is `malformed`, and `details.field` names the field."""
    await refuses(stage, "role", 5, None, [], "")
    await refuses(stage, "level", 5, {})
    await refuses(stage, "language", "xx", 5)
    await refuses(stage, "persona", "rude", 5)
    await refuses(stage, "feedback", "never", True)
    await refuses(stage, "time_limit_s", "soon", 1.5, True, -1)
    await refuses(stage, "job_description", 5, [])
    await refuses(stage, "document_ids", "x", [5])
    await refuses(stage, "question_list", "Why?", [5], [""])
    await refuses(stage, "rival", "expert", 5)


@CASES.case("interviews.config.competencies.malformed", "competencies? (`[{name, description}]`")
async def wrong_competencies(stage: Stage) -> None:
    """A competency without its name or description is `malformed`."""
    await refuses(
        stage,
        "competencies",
        "Depth",
        ["Depth"],
        [{"name": "Depth"}],
        [{"description": "How far down."}],
        [{"name": 5, "description": "How far down."}],
    )


@CASES.case("interviews.config.models.malformed", "several `models` (1–4, distinct)")
async def wrong_models(stage: Stage) -> None:
    """No model, five of them or one twice is `malformed`."""
    names = [each if isinstance(each, str) else "" for each in stage.target.capabilities["models"]]
    known = next((name for name in names if name), "a")
    await refuses(stage, "models", [], [known, known], ["a", "b", "c", "d", "e"], known, [5])


@CASES.case("interviews.role.missing", "a field missing")
async def no_role(stage: Stage) -> None:
    """An interview without a role isn't made."""
    body = {name: value for name, value in SHORT.items() if name != "role"}
    malformed(await make(stage, body), "role")


@CASES.case("interviews.text", TEXT)
async def texts(stage: Stage) -> None:
    """U+0000, lone surrogates and blank text are `malformed`."""
    for wrong in ("a\\u0000b", "a\\ud800b", " \\n"):
        body = f'{{"role":"backend","job_description":"{wrong}"}}'
        headers = {"Content-Type": "application/json"}
        response = await stage.http("POST", "/v1/interviews", content=body, headers=headers)
        malformed(response, "job_description")


@CASES.case("interviews.body.malformed", "not JSON, not an object, no `type`")
async def no_object(stage: Stage) -> None:
    """A body that is no JSON object makes no interview."""
    for body in (b"", b"{", b"[]", b"null", b'"role"', b'{"role":"\xff"}'):
        headers = {"Content-Type": "application/json"}
        response = await stage.http("POST", "/v1/interviews", content=body, headers=headers)
        problem(response, 400, "malformed")


@CASES.case("interviews.unknown-fields", "Unknown fields are ignored by both sides")
async def unknown_fields(stage: Stage) -> None:
    """A field that the server doesn't know changes nothing."""
    made = whole(await make(stage, SHORT | {"shoe_size": 43, "x": {"y": [None]}}), 201)
    require(made["config"]["role"] == SHORT["role"], "The config isn't the one posted.")


@CASES.case("interviews.key.same", KEY)
async def same_key(stage: Stage) -> None:
    """The same key with the same body leads to the same interview, also at the same time."""
    key = fresh(await stage.interview())
    responses = await asyncio.gather(*(make(stage, SHORT, key) for _ in range(4)))
    responses.append(await make(stage, SHORT, key))
    require(all(each.is_success for each in responses), "One was refused.")
    made = {whole(each, each.status_code)["id"] for each in responses}
    require(len(made) == 1, f"{len(made)} interviews were made.")
    other = whole(await make(stage, SHORT, f"{key[:60]}-2"), 201)
    require(other["id"] not in made, "Another key made the same interview.")


@CASES.case("interviews.key.reused", "the same interview; another: `id_reused`")
async def reused_key(stage: Stage) -> None:
    """The same key with another body is `id_reused`."""
    key = fresh(await stage.interview())
    whole(await make(stage, SHORT, key), 201)
    told = problem(await make(stage, SHORT | {"questions": 2}, key), 409, "id_reused")
    require(told["retryable"] is False, "`id_reused` is retryable.")


@CASES.case("interviews.key.per-user", KEY, needs=("second-user",))
async def key_per_user(stage: Stage) -> None:
    """Two users may use the same key."""
    key = fresh(await stage.interview())
    one = whole(await make(stage, SHORT, key), 201)
    other = await make(stage, SHORT | {"questions": 2}, key, token=stage.target.other_token)
    require(whole(other, 201)["id"] != one["id"], "Two users have one interview.")


async def listed(stage: Stage, limit: int, wanted: set[str]) -> list[Message]:
    """The interviews of the list, page by page, until all that are wanted were there."""
    found: list[Message] = []
    cursor = ""
    while True:
        page = whole(await stage.http("GET", f"/v1/interviews?limit={limit}{cursor}"))
        require(isinstance(page.get("items"), list), "The page has no `items`.")
        require("next_cursor" in page, "The page has no `next_cursor`.")
        require(len(page["items"]) <= limit, f"A page has {len(page['items'])} items.")
        found += page["items"]
        if page["next_cursor"] is None or wanted <= {each["id"] for each in found}:
            return found
        require(isinstance(page["next_cursor"], str), "`next_cursor` is no text.")
        cursor = f"&cursor={page['next_cursor']}"


@CASES.case("interviews.list.pages", LISTS, within_s=30)
async def pages(stage: Stage) -> None:
    """A list comes in pages of at most the limit, and tells each interview once."""
    mine = {(await stage.interview()).id for _ in range(5)}
    ids = [each["id"] for each in await listed(stage, 4, mine)]
    require(mine <= set(ids), "An interview isn't listed.")
    require(len(ids) == len(set(ids)), "An interview is listed twice.")


@CASES.case("interviews.list.end", LISTS, within_s=30)
async def last_page(stage: Stage) -> None:
    """Following the cursors leads to an end."""
    place = await stage.interview()
    ids = [each["id"] for each in await listed(stage, 100, {place.id, "no such"})]
    require(ids.count(place.id) == 1, f"The interview is listed {ids.count(place.id)} times.")


@CASES.case("interviews.list.malformed", WRONG)
async def wrong_pages(stage: Stage) -> None:
    """A limit or a cursor that is none is `malformed`."""
    for limit in ("x", "0", "-1", "1.5"):
        malformed(await stage.http("GET", f"/v1/interviews?limit={limit}"), "limit")
    for cursor in ("x", "%00", "!!!!"):
        malformed(await stage.http("GET", f"/v1/interviews?cursor={cursor}"), "cursor")


@CASES.case("interviews.list.own", "An *interview* belongs to one user", needs=("second-user",))
async def own(stage: Stage) -> None:
    """A list has the user's own interviews alone."""
    place = await stage.interview(token=stage.target.other_token)
    ids = [each["id"] for each in await listed(stage, 100, {place.id})]
    require(place.id not in ids, "Another user's interview is listed.")


@CASES.case("interviews.get", ROUTES)
async def get(stage: Stage) -> None:
    """An interview is told as it was made."""
    place = await stage.interview()
    stored = await stage.stored(place)
    hold(stored, INTERVIEW, "The interview")
    for name in ("id", "phase", "created_at", "config", "turns"):
        require(stored[name] == place.made[name], f"`{name}` was made otherwise.")


@CASES.case("interviews.delete", ROUTES)
async def delete(stage: Stage) -> None:
    """A deleted interview is no more: 404 everywhere, and not in the list."""
    place = await stage.interview()
    response = await stage.http("DELETE", place.path)
    require(response.status_code == 204, f"DELETE was answered {response.status_code}.")
    require(not response.content, "A 204 has a body.")
    for method, path, body in (
        ("GET", "", None),
        ("DELETE", "", None),
        ("GET", "/report", None),
        ("POST", "/tickets", {}),
        ("POST", "/commands", {"type": "interview.start", "id": "s1"}),
    ):
        answer = await stage.http(method, f"{place.path}{path}", json=body)
        problem(answer, 404, "not_found")
    page = whole(await stage.http("GET", "/v1/interviews?limit=50"))
    require(place.id not in [each["id"] for each in page["items"]], "It is listed.")


@CASES.case("interviews.delete.closes", "no such interview, another user's, or deleted", over=BOTH)
async def delete_closes(stage: Stage) -> None:
    """Who is connected to an interview that is deleted is closed with 4404; a stream ends."""
    place, line = await stage.answering()
    watcher = await stage.open_socket(place, role="observer")
    response = await stage.http("DELETE", place.path)
    require(response.status_code == 204, f"DELETE was answered {response.status_code}.")
    require(await line.end() == (0 if stage.transport == "sse" else 4404), f"It: {line.closed}")
    require(await watcher.end() == 4404, f"An observer was closed with {watcher.closed}.")


@CASES.case("interviews.unknown", "no such interview, or another user's")
async def unknown(stage: Stage) -> None:
    """An interview that there isn't is answered 404 `not_found`."""
    place = await stage.interview()
    for path in (f"/v1/interviews/{never_was(place.id)}", "/v1/interviews/x"):
        for method in ("GET", "DELETE"):
            told = problem(await stage.http(method, path), 404, "not_found")
            require(told["retryable"] is False, "`not_found` is retryable.")
