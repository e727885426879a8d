"""The HTTP side as OpenAPI 3.1, from the table in `operations.py` and the types' schemas.

An error's response names the codes that can stand behind its status, so that a client knows which
it has to meet where.
"""

import json
from http import HTTPStatus
from typing import Any

from protocol.errors import ERRORS
from protocol.messages import PROTOCOL
from protocol.reference import examples
from protocol.reference.objects import objects
from protocol.reference.operations import OPERATIONS, Answer, Operation, errors_of
from protocol.reference.schemas import Schema, schema

PROBLEM = "application/problem+json"

_ID = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[A-Za-z0-9._-]+$"}
_POSITION = {"type": "string", "pattern": "^([0-9]{1,15}:[0-9]{1,15})?$"}
_PARAMETERS: dict[str, Schema] = {
    "InterviewId": {
        "name": "id",
        "in": "path",
        "required": True,
        "description": "The interview's `id`.",
        "schema": {"type": "string", "minLength": 1},
        "example": examples.ID,
    },
    "DocumentId": {
        "name": "id",
        "in": "path",
        "required": True,
        "description": "The document's `id`.",
        "schema": {"type": "string", "minLength": 1},
        "example": examples.DOCUMENT.id,
    },
    "Turn": {
        "name": "turn",
        "in": "path",
        "required": True,
        "description": "The question's `turn`, from 1.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
        "example": 1,
    },
    "Limit": {
        "name": "limit",
        "in": "query",
        "description": "At most so many items.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
    },
    "Cursor": {
        "name": "cursor",
        "in": "query",
        "description": "The `next_cursor` of the page before.",
        "schema": {"type": "string"},
    },
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "The client's name for this request: sent again, it does nothing again.",
        "schema": _ID,
        "example": "order-4711",
    },
    "RecordingId": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "description": "The recording's command id: sent again, it counts once.",
        "schema": _ID,
        "example": "a7",
    },
    "Review": {
        "name": "review",
        "in": "query",
        "description": "Whether the transcript is to wait for `answer.submit`.",
        "schema": {"type": "boolean", "default": False},
    },
    "LastEventId": {
        "name": "Last-Event-ID",
        "in": "header",
        "description": "Go on after this `<epoch>:<seq>`; before `last_event_id`.",
        "schema": _POSITION,
        "example": "3:118",
    },
    "LastEventIdInQuery": {
        "name": "last_event_id",
        "in": "query",
        "description": "Go on after this `<epoch>:<seq>`.",
        "schema": _POSITION,
        "example": "3:118",
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The `ETag` of what the client has.",
        "schema": {"type": "string"},
    },
}
_HEADERS: dict[str, Schema] = {
    "Location": {
        "description": "Where what was made is, relative to this path.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "ETag": {
        "description": "This version of the document.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Retry-After": {
        "description": "With `rate_limited`: in how many seconds there is room again.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "WWW-Authenticate": {
        "description": "That a bearer token is wanted.",
        "required": True,
        "schema": {"type": "string"},
    },
}
_ERROR_HEADERS = {401: ("WWW-Authenticate",), 429: ("Retry-After",)}
_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "`sub` is the user, `exp` is required. A server may run without authentication; "
    "then it isn't looked at.",
}
_TICKET = {
    "type": "apiKey",
    "in": "query",
    "name": "ticket",
    "description": "For an `EventSource`, which can't set headers: good for one interview.",
}


def openapi(prefix: str = "") -> Schema:
    """The document. `prefix` is the path that the server is published under, such as `/viva`."""
    messages = schema()["$defs"]
    extra: dict[str, Schema] = {
        "Contract": {"type": "object", "additionalProperties": True},
        "Text": {"type": "string"},
        "Recording": {"type": "string", "format": "binary"},
        "File": {"type": "string", "format": "binary"},
        "Words": {"type": "array", "items": {"$ref": "#/$defs/Word"}},
    }
    paths: dict[str, Schema] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation)
    found: Schema = {
        "openapi": "3.1.1",
        "info": {
            "title": "Viva",
            "summary": "Real-time interviews",
            "description": "The HTTP side of viva.v1. What is said over a WebSocket and in an "
            "event stream stands in the AsyncAPI document, `/v1/asyncapi.json`.",
            "version": PROTOCOL.rpartition(".v")[2],
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": prefix or "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted((_needed(messages) | objects() | extra).items())),
            "parameters": _PARAMETERS,
            "headers": _HEADERS,
            "securitySchemes": {"token": _TOKEN, "ticket": _TICKET},
        },
    }
    return moved(found, "#/components/schemas/")


def moved(document: Schema, place: str) -> Schema:
    """`document` with its definitions referred to where they are now."""
    text = json.dumps(document, ensure_ascii=False)
    moved_there: Schema = json.loads(text.replace('"#/$defs/', f'"{place}'))
    return moved_there


def _needed(definitions: dict[str, Schema]) -> dict[str, Schema]:
    """Those that something asked for over HTTP leads to."""
    wanted = ["NewInterview", "Interview", "Report", "Command", "Ack", "Word", "Limits"]
    needed: dict[str, Schema] = {}
    while wanted:
        name = wanted.pop()
        if name not in needed:
            needed[name] = definitions[name]
            parts = json.dumps(definitions[name]).split('"#/$defs/')[1:]
            wanted += [part.partition('"')[0] for part in parts]
    return needed


def _operation(operation: Operation) -> Schema:
    found: Schema = {"operationId": operation.id, "summary": operation.told}
    if not operation.signed_in:
        found["security"] = []
    elif operation.ticket:
        found["security"] = [{"token": []}, {"ticket": []}]
    if operation.parameters:
        found["parameters"] = [
            {"$ref": f"#/components/parameters/{name}"} for name in operation.parameters
        ]
    if operation.body is not None:
        content = _content(operation.body)
        found["requestBody"] = {"required": True, "content": {operation.takes: content}}
    responses = {str(answer.status): _response(answer) for answer in operation.answers}
    by_status: dict[int, list[str]] = {}
    for code in errors_of(operation):
        by_status.setdefault(ERRORS[code].status, []).append(code)
    for status, codes in sorted(by_status.items()):
        problem = _problem(status, codes)
        known = responses.setdefault(str(status), problem)
        known["content"] |= problem["content"]
    found["responses"] = dict(sorted(responses.items()))
    return found


def _content(name: str) -> Schema:
    """An object, with its examples."""
    content: Schema = {"schema": {"$ref": f"#/$defs/{name}"}}
    if name == "Command":
        content["examples"] = {
            command.TYPE: {"value": examples.of_messages()[command.TYPE][0]}
            for command in examples.COMMANDS
        }
    elif name == "Ack":
        content["example"] = examples.of_messages()["ack"][0]
    elif name in (written := examples.of_objects()):
        content["example"] = written[name]
    return content


def _response(answer: Answer) -> Schema:
    found: Schema = {"description": answer.told}
    if answer.headers:
        found["headers"] = _headers(answer.headers)
    if answer.content:
        found["content"] = {kind: _content(name) for kind, name in answer.content.items()}
    return found


def _problem(status: int, codes: list[str]) -> Schema:
    """The errors of one status."""
    phrase = HTTPStatus(status).phrase
    narrowed = {"properties": {"status": {"const": status}, "code": {"enum": codes}}}
    kind = ERRORS[codes[0]]
    example = {
        **examples.PROBLEM,
        "title": phrase,
        "status": status,
        "detail": "A sentence for a person.",
        "code": codes[0],
        "retryable": kind.retryable,
    }
    content: dict[str, Any] = {
        "schema": {"allOf": [{"$ref": "#/$defs/Problem"}, narrowed]},
        "example": example,
    }
    found: Schema = {
        "description": f"{phrase}: {', '.join(f'`{code}`' for code in codes)}.",
        "content": {PROBLEM: content},
    }
    if status in _ERROR_HEADERS:
        found["headers"] = _headers(_ERROR_HEADERS[status])
    return found


def _headers(names: tuple[str, ...]) -> Schema:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
