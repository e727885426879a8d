"""The AsyncAPI document, held against the specification's own schema.

`asyncapi-3.0.0.json` is `schemas/3.0.0-without-$id.json` of the package `@asyncapi/specs` 6.11.1
(Apache-2.0), unchanged.
"""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from protocol.commands import COMMANDS
from protocol.events import EVENTS
from protocol.reference import asyncapi

SPECIFICATION = json.loads((Path(__file__).parent / "asyncapi-3.0.0.json").read_text())
DOCUMENT = asyncapi()
MESSAGES: dict[str, Any] = DOCUMENT["components"]["messages"]


def _is_valid(document: dict[str, Any]) -> bool:
    return Draft7Validator(SPECIFICATION).is_valid(document)


def _behind(reference: dict[str, str]) -> Any:
    """What a reference within the document leads to, through others."""
    found: Any = DOCUMENT
    for part in reference["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return _behind(found) if "$ref" in found else found


def _references(part: Any) -> list[dict[str, str]]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            return [part]
        return [found for each in part.values() for found in _references(each)]
    return [found for each in part for found in _references(each)] if isinstance(part, list) else []


def _told(operation: str) -> set[str]:
    """The types of what is said in an operation."""
    return {_behind(each)["name"] for each in DOCUMENT["operations"][operation]["messages"]}


def test_it_is_asyncapi() -> None:
    assert _is_valid(DOCUMENT)
    assert _is_valid(asyncapi("/viva"))


@pytest.mark.parametrize("part", ["info", "asyncapi", ("operations", "tell", "action")])
def test_what_is_not_asyncapi_is_found_out(part: str | tuple[str, ...]) -> None:
    broken = deepcopy(DOCUMENT)
    *way, last = [part] if isinstance(part, str) else part
    place = broken
    for step in way:
        place = place[step]
    del place[last]
    assert not _is_valid(broken)


def test_every_reference_leads_somewhere() -> None:
    assert all(_behind(each) is not None for each in _references(DOCUMENT))


def test_every_command_is_taken_and_every_event_is_sent() -> None:
    assert _told("command") == set(COMMANDS)
    assert _told("tell") >= set(EVENTS)
    assert _told("stream") == set(EVENTS) | {"session.opened", "server.draining"}


def test_what_is_said_in_an_operation_is_of_its_channel() -> None:
    for operation in DOCUMENT["operations"].values():
        channel = operation["channel"]["$ref"]
        said = [*operation["messages"], *operation.get("reply", {}).get("messages", ())]
        assert all(each["$ref"].startswith(f"{channel}/messages/") for each in said)


@pytest.mark.parametrize("name", MESSAGES)
def test_its_examples_are_as_they_should_be(name: str) -> None:
    message = MESSAGES[name]
    if "examples" not in message:
        assert message["contentType"] == "application/octet-stream"
        return
    rules = {**message["payload"], "components": DOCUMENT["components"]}
    for example in message["examples"]:
        Draft202012Validator(rules).validate(example["payload"])
