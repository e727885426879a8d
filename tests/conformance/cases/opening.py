"""Opening a session (`protocol.md` 3): what is asked with, and what the server's first message
says.
"""

from typing import Any

from tests.conformance.case import BOTH, Cases, require
from tests.conformance.line import Message
from tests.conformance.stage import Stage
from tests.conformance.talk import refusal

CASES = Cases()

LIMITS = {
    "max_frame_bytes": 65536,
    "max_answer_chars": 10000,
    "max_answer_ms": 600000,
    "max_audio_bytes": 26214400,
    "commands_per_second": 20,
}
INTERVIEW = (
    "id, phase, paused, epoch, seq, created_at, started_at, finished_at, finish_reason, "
    "remaining_ms, config, turns, failed, waiting, report"
)
TURN = (
    "turn, number, kind, topic, parent_turn, question, hints, transcript, answer, source, "
    "delivery, skipped, feedback, rival"
)
OPENED = (
    '{"type":"session.opened","re":"c1","protocol":"viva.v1","epoch":3,"seq":131,"resumed":true,'
    '"heartbeat_ms":20000,"limits":{…},"capabilities":{…}}'
)


def _whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _has(message: Message, names: str, what: str) -> None:
    missing = [name for name in names.split(", ") if name not in message]
    require(not missing, f"{what} lacks {', '.join(missing)}.")


@CASES.case("open.snapshot", "So answered: a first opening", over=BOTH)
async def first_opening(stage: Stage) -> None:
    """A first opening is answered with a snapshot."""
    place = await stage.interview()
    line = await stage.open(place)
    require(line.opened["resumed"] is False, "`resumed` isn't false.")
    require(line.opened["snapshot"]["id"] == place.id, "The snapshot is of another interview.")


@CASES.case("open.fields", OPENED, over=BOTH)
async def fields(stage: Stage) -> None:
    """The server's first message has all its fields, each of its type."""
    opened = (await stage.open(await stage.interview())).opened
    require(opened["type"] == "session.opened", f"The first message is {opened['type']}.")
    require(opened.get("protocol") == "viva.v1", f"`protocol`: {opened.get('protocol')!r}")
    require(_whole(opened.get("epoch"), 1), f"`epoch`: {opened.get('epoch')!r}")
    require(_whole(opened.get("seq"), 0), f"`seq`: {opened.get('seq')!r}")
    require(isinstance(opened.get("resumed"), bool), f"`resumed`: {opened.get('resumed')!r}")
    require(_whole(opened.get("heartbeat_ms"), 1), f"`heartbeat_ms`: {opened.get('heartbeat_ms')}")
    require(isinstance(opened.get("limits"), dict), "`limits` is no object.")
    require(isinstance(opened.get("capabilities"), dict), "`capabilities` is no object.")


@CASES.case("open.re", OPENED)
async def re(stage: Stage) -> None:
    """The server's first message names the `id` of the opening."""
    place = await stage.interview()
    for id in ("c1", "A-z.0_9", "x" * 64):
        line = await stage.open(place, id=id, role="observer")
        require(line.opened.get("re") == id, f"`re` is {line.opened.get('re')!r}, not {id!r}.")


@CASES.case(
    "open.limits",
    "`limits`: `max_frame_bytes` 65536 (a text frame, or a binary one with its header)",
    over=BOTH,
)
async def limits(stage: Stage) -> None:
    """The limits are told, all of them, the same as over HTTP."""
    opened = (await stage.open(await stage.interview())).opened
    for name in LIMITS:
        value = opened["limits"].get(name)
        require(_whole(value, 1), f"`{name}`: {value!r}")
    require(
        opened["limits"] == stage.target.limits,
        f"{opened['limits']} here, {stage.target.limits} at /v1/capabilities",
    )


@CASES.case(
    "open.limits.values",
    "`max_answer_chars` 10000, `max_answer_ms` 600000, `max_audio_bytes` 26214400 "
    "(an HTTP recording), `commands_per_second` 20",
    level="SHOULD",
)
async def limits_values(stage: Stage) -> None:
    """The limits are those of the page."""
    opened = (await stage.open(await stage.interview())).opened
    for name, value in LIMITS.items():
        found = opened["limits"].get(name)
        require(found == value, f"`{name}` is {found!r}, not {value}.")


@CASES.case(
    "open.capabilities",
    "`capabilities`: `voice`, `voice_unavailable` (a reason, or null), `languages`, `roles`, "
    "`personas`, `models`",
    over=BOTH,
)
async def capabilities(stage: Stage) -> None:
    """What the server can do is told, and is the same as over HTTP."""
    found = (await stage.open(await stage.interview())).opened["capabilities"]
    require(isinstance(found.get("voice"), bool), f"`voice`: {found.get('voice')!r}")
    _has(found, "voice_unavailable", "`capabilities`")
    reason = found["voice_unavailable"]
    if found["voice"]:
        require(reason is None, f"There is voice, and a reason why not: {reason!r}")
    else:
        require(isinstance(reason, str) and reason.strip(), f"No reason is given: {reason!r}")
    for name in ("languages", "roles", "personas", "models"):
        items = found.get(name)
        right = isinstance(items, list) and all(isinstance(each, str) for each in items)
        require(right, f"`{name}`: {items!r}")
    for name, value in found.items():
        there = stage.target.capabilities.get(name)
        require(value == there, f"`{name}` is {value!r} here, {there!r} at /v1/capabilities.")


@CASES.case(
    "open.snapshot.whole",
    "`snapshot`: the interview (section 9) and `streaming: [{what, turn, lane, text}]`, `speaking`",
    over=BOTH,
)
async def snapshot_whole(stage: Stage) -> None:
    """A snapshot has all that an interview and its turns have, and what streams."""
    place, line = await stage.answering(questions=1)
    await line.drop()
    opened = (await stage.open(place)).opened
    snapshot = opened["snapshot"]
    _has(snapshot, f"{INTERVIEW}, streaming, speaking", "The snapshot")
    require(snapshot["streaming"] == [], f"Nothing streams, but {snapshot['streaming']}.")
    require(len(snapshot["turns"]) == 1, f"One question was put: {snapshot['turns']}")
    _has(snapshot["turns"][0], TURN, "The turn")
    require(snapshot["phase"] == "answering", f"The phase is {snapshot['phase']}.")
    require(snapshot["seq"] == opened["seq"], "The snapshot's `seq` isn't the message's.")
    require(snapshot["epoch"] == opened["epoch"], "The snapshot's `epoch` isn't the message's.")


@CASES.case("open.snapshot.stored", "`snapshot`: the interview (section 9)", over=BOTH)
async def snapshot_stored(stage: Stage) -> None:
    """A quiet interview's snapshot is the interview as HTTP tells it."""
    place = await stage.interview(level="senior")
    snapshot = (await stage.open(place)).opened["snapshot"]
    stored = await stage.stored(place)
    # The epoch of an interview that slept is one less until somebody wakes it.
    for name in INTERVIEW.split(", "):
        if name not in ("epoch", "seq"):
            require(
                snapshot.get(name) == stored.get(name),
                f"`{name}`: {snapshot.get(name)!r} here, {stored.get(name)!r} over HTTP",
            )


@CASES.case("open.role.default", "`role` defaults to `candidate`")
async def role_default(stage: Stage) -> None:
    """Who names no role is the candidate."""
    line = await stage.open(await stage.interview(), role=None)
    await line.acked("interview.start")


@CASES.case("open.role.candidate", "On a WebSocket one is *candidate* (may command) or *observer*")
async def role_candidate(stage: Stage) -> None:
    """Who opens as the candidate may command."""
    line = await stage.open(await stage.interview(), role="candidate")
    await line.acked("interview.start")


@CASES.case("open.role.unknown", "A refused opening gets an `error`, then the close code.")
async def role_unknown(stage: Stage) -> None:
    """A role that doesn't exist is refused as malformed."""
    place = await stage.interview()
    for role in ("examiner", "", 1, True, ["candidate"]):
        error = await refusal(stage, place, "malformed", role=role)
        field = error["details"].get("field")
        require(field == "role", f"{role!r}: `details.field` is {field!r}.")


@CASES.case("open.resume.malformed", "A refused opening gets an `error`, then the close code.")
async def resume_malformed(stage: Stage) -> None:
    """A position that is none is refused as malformed."""
    place = await stage.interview()
    wrong: list[Any] = [
        "1:0",
        [1, 0],
        {"epoch": 1},
        {"seq": 0},
        {"epoch": "1", "seq": 0},
        {"epoch": 1, "seq": -1},
        {"epoch": 1, "seq": 0.5},
        {"epoch": True, "seq": 0},
        {"epoch": 1, "seq": False},
    ]
    for resume in wrong:
        error = await refusal(stage, place, "malformed", resume=resume)
        field = str(error["details"].get("field"))
        require(field.startswith("resume"), f"{resume}: `details.field` is {field!r}.")


@CASES.case(
    "open.token.optional",
    "may be left out where the server runs without authentication",
    over=BOTH,
    needs=("open",),
)
async def token_optional(stage: Stage) -> None:
    """Where the server runs without authentication, a session opens without a token."""
    place = await stage.interview()
    line = await stage.open(place, token=None)
    await line.acked("interview.start")


@CASES.case("open.id.free", "Its `id` is no command id.")
async def id_free(stage: Stage) -> None:
    """The `id` of an opening may be a command's, and another opening's, too."""
    place = await stage.interview()
    line = await stage.open(place, id="same")
    reply = await line.acked("interview.start", id="same")
    require(reply.get("repeated") is False, "The opening's `id` counts as a command's.")
    again = await stage.open(place, id="same")
    require(again.opened.get("re") == "same", "The second opening isn't answered by its `id`.")


@CASES.case("open.unknown-fields", "Unknown fields are ignored by both sides")
async def unknown_fields(stage: Stage) -> None:
    """Unknown fields of an opening are ignored."""
    place = await stage.interview()
    line = await stage.open(place, wish="none", colour={"a": [1, None]}, lang="fr")
    require(line.opened["resumed"] is False, "`resumed` isn't false.")


@CASES.case("open.unknown", "no such interview, or another user's", over=BOTH)
async def unknown(stage: Stage) -> None:
    """An interview that doesn't exist is not found."""
    place = await stage.interview()
    last = "1" if place.id[-1] == "0" else "0"
    for id in (place.id[:-1] + last, "nonsense"):
        await refusal(stage, type(place)(id, {}), "not_found")


@CASES.case("open.deleted", "forbidden; no such interview, another user's, or deleted", over=BOTH)
async def deleted(stage: Stage) -> None:
    """An interview that was deleted is not found."""
    place = await stage.interview()
    response = await stage.http("DELETE", place.path)
    require(response.status_code == 204, f"not deleted: {response.status_code}")
    await refusal(stage, place, "not_found")


@CASES.case(
    "open.deleted.under-way", "forbidden; no such interview, another user's, or deleted", over=BOTH
)
async def deleted_under_way(stage: Stage) -> None:
    """An open connection ends when its interview is deleted: with 4404."""
    place, line = await stage.answering()
    response = await stage.http("DELETE", place.path)
    require(response.status_code == 204, f"not deleted: {response.status_code}")
    code = await line.end()
    expected = 4404 if stage.transport == "ws" else 0
    require(code == expected, f"ended with {code}, not {expected}")


@CASES.case("interview.whole", "`report.completed` (the log's last event)", over=BOTH)
async def whole(stage: Stage) -> None:
    """An interview is answered to its end."""
    _, line = await stage.finished()
    code = await line.end()
    require(code in (1000, 0), f"closed with {code}")
