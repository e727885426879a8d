"""Commands that are POSTed (`protocol.md` 2, 4), and what they are answered with (7)."""

import asyncio
import time
from typing import Any

import httpx
import orjson

from tests.conformance.answers import hold, malformed, never_was, problem, whole
from tests.conformance.case import SSE, Cases, Skipped, require
from tests.conformance.line import Message
from tests.conformance.shapes import flag, ordinal, text
from tests.conformance.stage import ANSWER, Place, Stage

CASES = Cases()

REPLY = "the reply is the `ack` (200) or the error (section 7)"
PROBLEM = "RFC 9457 `application/problem+json` with the same `code`, `retryable`, `details`"
BESIDE = "POSTed commands work beside a WebSocket and take nothing over"
ACK = {"type": text, "re": text, "epoch": ordinal, "seq": ordinal, "repeated": flag}
# What can only be said again after something else has changed.


async def post(stage: Stage, place: Place, message: Any, **options: Any) -> httpx.Response:
    """POST a command: an object as JSON, a string or bytes as they are."""
    raw = isinstance(message, str | bytes)
    content = message if raw else orjson.dumps(message)
    headers = {"Content-Type": "application/json"}
    return await stage.http(
        "POST", f"{place.path}/commands", content=content, headers=headers, **options
    )


async def asked(stage: Stage, **config: Any) -> Place:
    """An interview whose first question is put; nobody is connected."""
    place, line = await stage.answering(**config)
    await line.drop()
    return place


def acked(response: httpx.Response, id: str, *, repeated: bool) -> Message:
    """The ack that a response must be."""
    ack = whole(response)
    hold(ack, ACK, "The ack")
    require((ack["type"], ack["re"]) == ("ack", id), f"This is no ack of {id}: {ack}")
    require(ack["repeated"] is repeated, f"`repeated` is {ack['repeated']}.")
    return ack


def final(told: Message) -> None:
    """A problem that the same command will meet again isn't `retryable`."""
    require(told["retryable"] is False, f"{told['code']} is retryable.")


@CASES.case("post.ack", REPLY, over=SSE)
async def acknowledged(stage: Stage) -> None:
    """A POSTed command is answered with its ack."""
    place = await stage.interview()
    line = await stage.open(place)
    response = await post(stage, place, {"type": "interview.start", "id": "Start_1.0-a"})
    ack = acked(response, "Start_1.0-a", repeated=False)
    started = await line.event("interview.started")
    require(ack["epoch"] == started["epoch"], "The ack's epoch isn't the event's.")
    require(ack["seq"] >= started["seq"], "The ack's seq lies before its effect.")


@CASES.case("post.repeated", "is acked again, `repeated: true`", over=SSE)
async def repeated(stage: Stage) -> None:
    """A command that is POSTed twice takes effect once."""
    place = await stage.interview()
    start = {"type": "interview.start", "id": "s1"}
    acked(await post(stage, place, start), "s1", repeated=False)
    acked(await post(stage, place, start), "s1", repeated=True)
    acked(await post(stage, place, {"extra": [1], **start}), "s1", repeated=True)


@CASES.case(
    "post.repeated.other-transport",
    "however often it is sent, over whichever transport, to whichever node",
    over=SSE,
)
async def repeated_elsewhere(stage: Stage) -> None:
    """A command's id counts over both transports."""
    place = await stage.interview()
    socket = await stage.open_socket(place)
    await socket.acked("interview.start", "s1")
    acked(await post(stage, place, {"type": "interview.start", "id": "s1"}), "s1", repeated=True)
    await socket.event("question.completed")
    answer = {"type": "answer.submit", "id": "a1", "turn": 1, "text": ANSWER}
    acked(await post(stage, place, answer), "a1", repeated=False)
    again = await socket.acked("answer.submit", "a1", turn=1, text=ANSWER)
    require(again["repeated"] is True, "The WebSocket doesn't know the POSTed id.")
    reused = await post(stage, place, answer | {"text": "Another one."})
    final(problem(reused, 409, "id_reused"))


@CASES.case("post.race", "one `id` takes effect at most once per interview", over=SSE)
async def race(stage: Stage) -> None:
    """Of the same command POSTed many times at once, one takes effect."""
    place = await asked(stage)
    answer = {"type": "answer.submit", "id": "a1", "turn": 1, "text": ANSWER}
    responses = await asyncio.gather(*(post(stage, place, answer) for _ in range(6)))
    acks = [whole(response) for response in responses]
    first = [ack for ack in acks if ack["repeated"] is False]
    require(len(first) == 1, f"{len(first)} of them took effect.")
    line = await stage.open(place, resume={"epoch": first[0]["epoch"], "seq": 0})
    await line.wait(lambda: line.closed, "the end of the interview", 15)
    accepted = [event for event in line.events if event["type"] == "answer.accepted"]
    require(len(accepted) == 1, f"The answer was accepted {len(accepted)} times.")


@CASES.case("post.beside", BESIDE, over=SSE)
async def beside(stage: Stage) -> None:
    """A POSTed command beside a WebSocket works, and the WebSocket stays the candidate's."""
    place = await stage.interview()
    socket = await stage.open_socket(place)
    acked(await post(stage, place, {"type": "interview.start", "id": "p1"}), "p1", repeated=False)
    await socket.event("question.completed")
    require(not socket.others_of("ack"), "The WebSocket was told another's ack.")
    await socket.acked("answer.submit", turn=1, text=ANSWER)
    require(socket.closed in (None, 1000), f"The WebSocket was closed with {socket.closed}.")


@CASES.case("post.nobody-connected", "commands by `POST /v1/interviews/{id}/commands`", over=SSE)
async def alone(stage: Stage) -> None:
    """POSTed commands work where nobody is connected, to the interview's end."""
    place = await stage.interview()
    acked(await post(stage, place, {"type": "interview.start", "id": "p1"}), "p1", repeated=False)
    finish = {"type": "interview.finish", "id": "p2"}
    acked(await post(stage, place, finish), "p2", repeated=False)
    line = await stage.open(place)
    await line.wait(lambda: line.closed, "the end of the interview", 15)
    stored = await stage.stored(place)
    require(stored["finish_reason"] == "requested", f"It finished: {stored['finish_reason']}")


@CASES.case("post.malformed.json", "not JSON, not an object, no `type`", over=SSE)
async def no_object(stage: Stage) -> None:
    """What is no JSON object with a type is answered 400 `malformed`."""
    place = await stage.interview()
    for body in ("", "{", "[]", '"x"', "null", "1", '{"id":"a"}', '{"type":1,"id":"a"}', b"\xff{}"):
        final(problem(await post(stage, place, body), 400, "malformed"))


@CASES.case("post.malformed.field", "a field missing, of the wrong type or out of range", over=SSE)
async def wrong_field(stage: Stage) -> None:
    """A field that is missing or wrong is named in `details.field`."""
    wrong: Any
    place = await asked(stage)
    answer: Message = {"type": "answer.submit", "id": "a1", "turn": 1, "text": ANSWER}
    for field, wrong in (("id", 5), ("id", ""), ("id", "a b"), ("id", "x" * 65)):
        malformed(await post(stage, place, answer | {field: wrong}), field)
    for field, wrong in (("turn", "1"), ("turn", True), ("turn", 1.5), ("text", 1), ("text", " ")):
        malformed(await post(stage, place, answer | {field: wrong}), field)
    for field in ("id", "turn", "text"):
        left = {name: value for name, value in answer.items() if name != field}
        malformed(await post(stage, place, left), field)
    acked(await post(stage, place, answer), "a1", repeated=False)


@CASES.case("post.unknown-type", "a command type the server doesn't know", over=SSE)
async def unknown_type(stage: Stage) -> None:
    """A type that isn't known is answered 400 `unknown_type`."""
    place = await stage.interview()
    response = await post(stage, place, {"type": "interview.levitate", "id": "a1"})
    final(problem(response, 400, "unknown_type"))


@CASES.case("post.wrong-phase", "not possible now (`details.phase`, `details.paused`)", over=SSE)
async def wrong_phase(stage: Stage) -> None:
    """A command that isn't legal in the phase is answered 409 `wrong_phase`."""
    place = await stage.interview()
    answer = {"type": "answer.submit", "id": "a1", "turn": 1, "text": ANSWER}
    told = problem(await post(stage, place, answer), 409, "wrong_phase")
    require(told["details"].get("phase") == "created", f"`details`: {told['details']}")
    require(told["details"].get("paused") is False, f"`details`: {told['details']}")


@CASES.case("post.wrong-turn", "not the open turn (`details.turn`)", over=SSE)
async def wrong_turn(stage: Stage) -> None:
    """A command for another turn is answered 409 `wrong_turn`."""
    place = await asked(stage)
    answer = {"type": "answer.submit", "id": "a1", "turn": 2, "text": ANSWER}
    told = problem(await post(stage, place, answer), 409, "wrong_turn")
    require(told["details"].get("turn") == 1, f"`details`: {told['details']}")


@CASES.case("post.error-frees-id", "An error leaves the id free.", over=SSE)
async def id_stays_free(stage: Stage) -> None:
    """The id of a POSTed command that was refused may be used again."""
    place = await stage.interview()
    finish = {"type": "question.skip", "id": "a1", "turn": 1}
    problem(await post(stage, place, finish), 409, "wrong_phase")
    acked(await post(stage, place, {"type": "interview.start", "id": "a1"}), "a1", repeated=False)


@CASES.case("post.too-large.text", "over a limit (`details.limit`)", over=SSE)
async def too_long(stage: Stage) -> None:
    """An answer of the limit's code points is taken, one of one more isn't."""
    place = await asked(stage)
    limit = stage.target.limits["max_answer_chars"]
    answer = {"type": "answer.submit", "id": "a1", "turn": 1, "text": "x" * (limit + 1)}
    told = problem(await post(stage, place, answer), 413, "too_large")
    final(told)
    require(told["details"].get("limit") == limit, f"`details`: {told['details']}")
    answer["text"] = "x" * (limit - 1) + "\U0001f680"
    acked(await post(stage, place, answer), "a1", repeated=False)


@CASES.case("post.too-large.body", "the same JSON as the body", over=SSE)
async def too_large(stage: Stage) -> None:
    """A body over the limit of a text frame is answered 413 `too_large`, one at it is taken."""
    place = await stage.interview()
    limit = stage.target.limits["max_frame_bytes"]
    start = {"type": "interview.start", "id": "s1", "pad": ""}
    room = limit - len(orjson.dumps(start))
    over = orjson.dumps(start | {"pad": "x" * (room + 1)})
    told = problem(await post(stage, place, over), 413, "too_large")
    require(told["details"].get("limit") == limit, f"`details`: {told['details']}")
    at = orjson.dumps(start | {"pad": "x" * room})
    acked(await post(stage, place, at), "s1", repeated=False)


@CASES.case("post.rate-limited", "`details.retry_after_ms`, HTTP also `Retry-After`", over=SSE)
async def rate_limited(stage: Stage) -> None:
    """Commands POSTed faster than the limit are answered 429, with when to come again."""
    place = await stage.interview()
    limit = stage.target.limits["commands_per_second"]
    refused: list[httpx.Response] = []
    passed = 0

    async def hurry(name: str) -> None:
        nonlocal passed
        for each in range(limit * 3):
            skip = {"type": "question.skip", "id": f"{name}-{each}", "turn": 1}
            response = await post(stage, place, skip)
            if response.status_code == 429:
                refused.append(response)
            passed += response.status_code == 409
            if refused:
                return

    began = time.monotonic()
    await asyncio.gather(*(hurry(name) for name in "abcdefgh"))
    if not refused and passed < 1.5 * limit * (time.monotonic() - began):
        raise Skipped("the server, or this machine, is too slow to be hurried")
    require(refused, f"{passed} commands in a row were all let through.")
    require(passed, "Not one command was let through.")
    for response in refused:
        told = problem(response, 429, "rate_limited")
        require(told["retryable"] is True, "It isn't retryable.")
        after = told["details"].get("retry_after_ms")
        require(ordinal(after), f"`details`: {told['details']}")
        header = response.headers.get("Retry-After", "")
        require(header.isdigit(), f"`Retry-After` is {header!r}.")
        require(int(header) * 1000 >= after, "`Retry-After` is sooner than `retry_after_ms`.")


@CASES.case("post.method", "commands by `POST /v1/interviews/{id}/commands`", over=SSE)
async def other_methods(stage: Stage) -> None:
    """Nothing but POST gives a command."""
    place = await stage.interview()
    start = orjson.dumps({"type": "interview.start", "id": "s1"})
    for method in ("GET", "PUT", "DELETE"):
        response = await stage.http(method, f"{place.path}/commands", content=start)
        require(400 <= response.status_code < 500, f"{method} gets {response.status_code}.")
    require((await stage.stored(place))["phase"] == "created", "The interview was begun.")


@CASES.case("post.problem", PROBLEM, over=SSE)
async def same_error(stage: Stage) -> None:
    """A POSTed command and one over a WebSocket are refused in the same words."""
    place = await stage.interview()
    socket = await stage.open_socket(place)
    for code, command in (
        ("wrong_phase", {"type": "question.skip", "turn": 1}),
        ("malformed", {"type": "question.skip", "turn": "1"}),
        ("unknown_type", {"type": "interview.levitate"}),
    ):
        fields = {name: value for name, value in command.items() if name != "type"}
        error = await socket.refused(code, str(command["type"]), "e1", **fields)
        response = await post(stage, place, command | {"id": "e1"})
        told = problem(response, response.status_code, code)
        for name in ("code", "retryable", "details"):
            require(error.get(name) == told[name], f"`{name}`: {error.get(name)}, {told[name]}")


@CASES.case("post.unknown", "no such interview, or another user's", over=SSE)
async def unknown(stage: Stage) -> None:
    """A command for an interview that there isn't is answered 404."""
    place = await stage.interview()
    nowhere = Place(never_was(place.id), {})
    start = {"type": "interview.start", "id": "s1"}
    final(problem(await post(stage, nowhere, start), 404, "not_found"))


@CASES.case("post.unauthenticated", "`Authorization: Bearer`", over=SSE, needs=("sign-in",))
async def unauthenticated(stage: Stage) -> None:
    """A POSTed command without a valid token is answered 401, and does nothing."""
    place = await stage.interview()
    start = {"type": "interview.start", "id": "s1"}
    for token in (None, "no.such.token"):
        response = await post(stage, place, start, token=token)
        problem(response, 401, "unauthenticated")
    require((await stage.stored(place))["phase"] == "created", "The interview was begun.")
