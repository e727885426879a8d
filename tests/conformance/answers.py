"""What an answer over HTTP has to look like: problems, and the objects of `protocol.md` 9.

A server may send more fields (`protocol.md` 2); these are the least.
"""

from collections.abc import Mapping
from typing import Any

import httpx
import orjson

from tests.conformance.case import Violation, require
from tests.conformance.line import Message, parsed
from tests.conformance.shapes import (
    REPORT,
    SCORES,
    WORKS,
    Shape,
    any_of,
    count,
    flag,
    list_of,
    moment,
    null,
    number,
    one_of,
    ordinal,
    record,
    text,
)

PROBLEM = "application/problem+json"
FAILED: dict[str, Shape] = {
    "what": WORKS,
    "turn": any_of(ordinal, null),
    "lane": any_of(count, null),
    "code": text,
    "message": text,
    "retryable": flag,
}
WAITING = FAILED | {
    "reason": one_of("rate_limited", "failover"),
    "retry_after_ms": any_of(count, null),
}
TRANSCRIPT: dict[str, Shape] = {
    "text": text,
    "language": any_of(text, null),
    "confidence": any_of(number, null),
    "duration_ms": count,
    "needs_review": flag,
}
FEEDBACK: dict[str, Shape] = {
    "lane": count,
    "model": text,
    "text": text,
    "scores": any_of(SCORES, null),
    "cancelled": flag,
}
TURN: dict[str, Shape] = {
    "turn": ordinal,
    "number": ordinal,
    "kind": one_of("main", "follow_up"),
    "topic": any_of(text, null),
    "parent_turn": any_of(ordinal, null),
    "question": any_of(text, null),
    "hints": list_of(record({"text": text, "cancelled": flag})),
    "transcript": any_of(record(TRANSCRIPT), null),
    "answer": any_of(text, null),
    "source": any_of(one_of("text", "voice"), null),
    "delivery": any_of(record({"duration_ms": count}), null),
    "skipped": flag,
    "feedback": list_of(record(FEEDBACK)),
    "rival": any_of(text, null),
}
CONFIG: dict[str, Shape] = {
    "role": text,
    "language": one_of("en", "ko"),
    "persona": one_of("neutral", "friendly", "pressing"),
    "questions": ordinal,
    "follow_ups": count,
    "feedback": one_of("each", "end"),
}
INTERVIEW: dict[str, Shape] = {
    "id": text,
    "phase": one_of(
        *("created", "asking", "answering", "listening", "transcribing"),
        *("reviewing", "evaluating", "reporting", "finished"),
    ),
    "paused": flag,
    "epoch": count,
    "seq": count,
    "created_at": moment,
    "started_at": any_of(moment, null),
    "finished_at": any_of(moment, null),
    "finish_reason": any_of(one_of("completed", "requested", "time_limit"), null),
    "remaining_ms": any_of(count, null),
    "config": record(CONFIG),
    "turns": list_of(record(TURN)),
    "failed": any_of(record(FAILED), null),
    "waiting": list_of(record(WAITING)),
    "report": any_of(record(REPORT), null),
}


def hold(value: object, shape: Mapping[str, Shape], what: str) -> None:
    """Hold an object to the fields that it must have; `what` names it for people.

    Raises:
        Violation: one of them isn't there, or is something else.
    """
    if not isinstance(value, dict):
        raise Violation(f"{what} is no object: {value!r}")
    for name, right in shape.items():
        require(name in value, f"{what} has no `{name}`.")
        require(right(value[name]), f"{what} has `{name}`: {value[name]!r}")


def whole(response: httpx.Response, status: int = 200) -> Message:
    """The JSON object of a response that has this status.

    Raises:
        Violation: it is another answer.
    """
    _arrived(response, status)
    return parsed(response.text)


def array(response: httpx.Response) -> list[Any]:
    """The JSON array of a response that has the status 200.

    Raises:
        Violation: it is another answer.
    """
    _arrived(response, 200)
    found = orjson.loads(response.content)
    if not isinstance(found, list):
        raise Violation("The answer is no JSON array.")
    return found


def _arrived(response: httpx.Response, status: int) -> None:
    require(
        response.status_code == status,
        f"{status} was to come, not {response.status_code}: {response.text[:200]}",
    )
    require(media_type(response) == "application/json", "The answer isn't application/json.")


def problem(response: httpx.Response, status: int, code: str) -> Message:
    """The problem that a response tells, which has to be this one (`protocol.md` 7, RFC 9457).

    Raises:
        Violation: it is another answer, or isn't told as the page has it.
    """
    require(
        response.status_code == status,
        f"{status} {code} was to come, not {response.status_code}: {response.text[:200]}",
    )
    require(media_type(response) == PROBLEM, f"A problem isn't {PROBLEM}.")
    told = parsed(response.text)
    require(told.get("code") == code, f"The code isn't {code}: {told}")
    hold(told, {"retryable": flag, "details": record({})}, "The problem")
    # RFC 9457 3.1: each of these may be left out; what is there has to be right.
    require(told.get("status", status) == status, "`status` isn't the HTTP status.")
    for name in ("type", "title", "detail", "instance"):
        require(isinstance(told.get(name, ""), str), f"`{name}` is no text.")
    return told


def malformed(response: httpx.Response, field: str) -> None:
    """The response must tell that this field is `malformed`; of one within it, `details.field`
    begins with its name.

    Raises:
        Violation: it tells something else.
    """
    named = problem(response, 400, "malformed")["details"].get("field")
    right = isinstance(named, str) and named.partition(".")[0].partition("[")[0] == field
    require(right, f"`details.field` is {named!r}, not {field!r}.")


def media_type(response: httpx.Response) -> str:
    """The media type of a response, without its parameters."""
    return str(response.headers.get("Content-Type", "")).partition(";")[0].strip().lower()


def never_was(id: str) -> str:
    """An id like this one, of an interview that there has never been."""
    place = len(id) - 2
    return f"{id[:place]}{'3' if id[place] == '2' else '2'}{id[place + 1 :]}"
