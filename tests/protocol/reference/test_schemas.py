"""The published schema says what the codec does: it is read here as a stranger would read it, and
what it allows is put through the codec (`protocol.md` 2 to 5, 9).
"""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from protocol.codec import (
    Unknown,
    decode_client,
    decode_config,
    decode_server,
    encode,
    encode_event,
)
from protocol.commands import COMMANDS
from protocol.errors import ProtocolError
from protocol.events import EVENTS, Logged
from protocol.reference import schema

SCHEMA = schema()
DEFINITIONS: dict[str, dict[str, Any]] = SCHEMA["$defs"]
PAGE = Path(__file__).parents[3] / "web_demo" / "src" / "client" / "contract" / "schema.json"


def _members(union: str) -> list[str]:
    return [option["$ref"].rpartition("/")[2] for option in DEFINITIONS[union]["oneOf"]]


def _sample(rules: dict[str, Any]) -> Any:
    """A value that the rules allow: every property there, nothing null that needn't be."""
    if "$ref" in rules:
        return _sample(DEFINITIONS[rules["$ref"].rpartition("/")[2]])
    if "const" in rules:
        return rules["const"]
    if "enum" in rules:
        return rules["enum"][0]
    if "anyOf" in rules:
        return _sample(rules["anyOf"][0])
    if rules["type"] == "array":
        return [_sample(rules["items"])]
    if rules["type"] == "object":
        return {name: _sample(value) for name, value in rules.get("properties", {}).items()}
    if rules["type"] == "integer":
        return rules.get("minimum", 1)
    return {"string": "x", "number": 0.5, "boolean": True}[rules["type"]]


def _through_the_codec(frame: dict[str, Any]) -> Any:
    message = decode_server(orjson.dumps(frame))
    assert not isinstance(message, Unknown)
    return orjson.loads(encode_event(message) if isinstance(message, Logged) else encode(message))


@pytest.mark.parametrize("name", _members("ClientMessage"))
def test_what_the_schema_lets_a_client_send_is_taken_as_it_stands(name: str) -> None:
    sample = _sample(DEFINITIONS[name])
    assert orjson.loads(encode(decode_client(orjson.dumps(sample)))) == sample


@pytest.mark.parametrize("name", _members("ClientMessage"))
def test_what_the_schema_requires_of_a_client_is_required(name: str) -> None:
    sample = _sample(DEFINITIONS[name])
    required = DEFINITIONS[name]["required"]
    decode_client(orjson.dumps({field: sample[field] for field in required}))
    for missing in required:
        rest = {field: value for field, value in sample.items() if field != missing}
        with pytest.raises(ProtocolError):
            decode_client(orjson.dumps(rest))


@pytest.mark.parametrize("name", _members("ServerMessage"))
def test_a_server_s_message_has_the_fields_that_the_schema_names(name: str) -> None:
    sample = _sample(DEFINITIONS[name])
    assert _through_the_codec(sample) == sample


@pytest.mark.parametrize("name", _members("ServerMessage"))
def test_a_server_sends_every_field_that_the_schema_requires(name: str) -> None:
    required = DEFINITIONS[name]["required"]
    sample = {field: _sample(DEFINITIONS[name]["properties"][field]) for field in required}
    assert set(_through_the_codec(sample)) == set(required)


def test_a_new_interview_needs_only_its_role() -> None:
    assert DEFINITIONS["NewInterview"]["required"] == ["role"]
    decode_config(orjson.dumps(_sample(DEFINITIONS["NewInterview"])))
    assert set(DEFINITIONS["Config"]["required"]) == set(DEFINITIONS["NewInterview"]["properties"])


def test_of_several_models_no_two_are_the_same() -> None:
    models, null = DEFINITIONS["NewInterview"]["properties"]["models"]["anyOf"]
    assert (models["uniqueItems"], models["minItems"], models["maxItems"]) == (True, 1, 4)
    assert null == {"type": "null"}


def test_every_message_is_there_under_its_wire_name() -> None:
    names = {DEFINITIONS[name]["properties"]["type"]["const"] for name in _members("Command")}
    assert names == set(COMMANDS)
    names = {DEFINITIONS[name]["properties"]["type"]["const"] for name in _members("LogEvent")}
    assert names == set(EVENTS)


def test_every_reference_leads_somewhere() -> None:
    text = json.dumps(SCHEMA)
    for part in text.split('"#/$defs/')[1:]:
        assert part.partition('"')[0] in DEFINITIONS


def test_the_page_has_the_newest_schema() -> None:
    """`make reference`."""
    assert json.loads(PAGE.read_text()) == SCHEMA
