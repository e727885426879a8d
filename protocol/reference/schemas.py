"""The messages as JSON Schema.

Clients in other languages take their types from it, and the tables of `protocol.md` 4, 7 and 8 from
its `x-` keywords.

What stands in the schema is what stands on the wire: a message carries its `type`, an event also
its place in the log, a snapshot is flat. A server leaves no field out but those in `_ABSENT`, so in
what it sends all else is required; in what a client sends a field with a default may be missing.
"""

import inspect
from typing import Any, get_args

import msgspec

from protocol.close_codes import MEANINGS
from protocol.commands import Command, Ping, SessionOpen
from protocol.errors import ERRORS
from protocol.events import Event
from protocol.messages import PROTOCOL, ConnectionMessage, Pong, SessionOpened, Snapshot
from protocol.states import LEGAL, LEGAL_WHILE_PAUSED
from protocol.view import Config, Interview, Stream, Word

Schema = dict[str, Any]

# Names that would hide a built-in one in most languages that types are generated for.
RENAMED = {"Error": "ErrorMessage"}
# Fields that the server leaves out where they have nothing to say (`protocol.md` 3).
_ABSENT = {SessionOpened.__name__: {"snapshot", "audio"}, Pong.__name__: {"nonce"}}
# Fields that never travel.
_INTERNAL = {Stream.__name__: {"model"}}
_PLACE: dict[str, Schema] = {
    "epoch": {"type": "integer"},
    "seq": {"type": "integer"},
    "at": {"type": "integer", "description": "When it was first written, Unix milliseconds."},
}
_POSITION = {"epoch": _PLACE["epoch"], "seq": _PLACE["seq"]}


def schema() -> Schema:
    """JSON Schema (2020-12): a definition for each message and object, and the tables beside."""
    definitions = _sent_by_clients() | _sent_by_servers()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": PROTOCOL,
        "$defs": dict(sorted(definitions.items())),
        "x-phases": {phase: _names(commands) for phase, commands in LEGAL.items()},
        "x-legal-while-paused": _names(LEGAL_WHILE_PAUSED),
        "x-errors": {
            code: {"status": kind.status, "retryable": kind.retryable}
            for code, kind in ERRORS.items()
        },
        "x-close-codes": {
            str(code): {"action": meaning.action, "meaning": meaning.text}
            for code, meaning in MEANINGS.items()
        },
    }


def _sent_by_clients() -> dict[str, Schema]:
    kinds: list[type[Any]] = [SessionOpen, Ping, *get_args(Command)]
    definitions = components([*kinds, Config])
    for kind in kinds:
        definitions[kind.__name__] = _typed(definitions[kind.__name__], kind.TYPE)
    definitions["NewInterview"] = definitions.pop(Config.__name__) | {"title": "NewInterview"}
    definitions["Command"] = _union(get_args(Command))
    definitions["ClientMessage"] = _union([SessionOpen, Ping, *get_args(Command)])
    return definitions


def _sent_by_servers() -> dict[str, Schema]:
    events: tuple[type[Any], ...] = get_args(Event)
    others: tuple[type[Any], ...] = get_args(ConnectionMessage)
    definitions = said_by_servers([*events, *others, Word])
    for kind in others:
        definitions[kind.__name__] = _typed(definitions[kind.__name__], kind.TYPE)
    for kind in events:
        placed = _with(definitions[kind.__name__], _PLACE)
        definitions[kind.__name__] = _typed(placed, kind.TYPE)
    interview = _with(definitions[Interview.__name__], _POSITION)
    definitions[Interview.__name__] = interview
    definitions[Snapshot.__name__] = _flat(definitions[Snapshot.__name__], interview)
    definitions["LogEvent"] = _union(events)
    definitions["ServerMessage"] = _union([*others, *events])
    for name, renamed in RENAMED.items():
        definitions[renamed] = definitions.pop(name) | {"title": renamed}
    return definitions


def said_by_servers(types: list[type[Any]]) -> dict[str, Schema]:
    """These types and all that they hold, as a server sends them: with nothing left out."""
    return {name: _complete(name, component) for name, component in components(types).items()}


def components(types: list[type[Any]]) -> dict[str, Schema]:
    """What msgspec knows of these types and of all that they hold."""
    _, found = msgspec.json.schema_components(types, ref_template="#/$defs/{name}")
    for component in found.values():
        if "description" in component:
            component["description"] = inspect.cleandoc(component["description"])
        properties = component["properties"]
        # A field named by a Python keyword ends in `_` here, and doesn't on the wire.
        component["properties"] = {name.rstrip("_"): value for name, value in properties.items()}
        component["required"] = [name.rstrip("_") for name in component.get("required", ())]
    return found


def _complete(name: str, component: Schema) -> Schema:
    """With every field required that a server always sends; a default says nothing then."""
    absent = _ABSENT.get(name, set())
    properties = {
        field: _said(rules, nullable=field not in absent)
        for field, rules in component["properties"].items()
        if field not in _INTERNAL.get(name, set())
    }
    required = [field for field in properties if field not in absent]
    return component | {"properties": properties, "required": required}


def _said(rules: Schema, *, nullable: bool) -> Schema:
    """The rules of a field that is there: without its default, and without null where it is left
    out instead.
    """
    rules = {key: value for key, value in rules.items() if key != "default"}
    if not nullable:
        options = [option for option in rules["anyOf"] if option != {"type": "null"}]
        rules = options[0] if len(options) == 1 else {"anyOf": options}
    return (
        {"type": "object", "additionalProperties": True} if rules == {"type": "object"} else rules
    )


def _typed(component: Schema, wire_name: str) -> Schema:
    return _with(component, {"type": {"const": wire_name}})


def _with(component: Schema, first: dict[str, Schema]) -> Schema:
    """With these properties before its own."""
    properties = first | component["properties"]
    return component | {"properties": properties, "required": [*first, *component["required"]]}


def _flat(snapshot: Schema, interview: Schema) -> Schema:
    properties = interview["properties"] | snapshot["properties"]
    del properties["interview"]
    return snapshot | {"properties": properties, "required": list(properties)}


def _union(kinds: Any) -> Schema:
    names = [RENAMED.get(kind.__name__, kind.__name__) for kind in kinds]
    return {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in names]}


def _names(commands: frozenset[type[Command]]) -> list[str]:
    return sorted(kind.TYPE for kind in commands)
