"""The OpenAPI document is valid, complete and true to the errors' table; that the server is as it
says is shown in `tests/realtime/test_contract.py`.
"""

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from protocol.errors import ERRORS
from protocol.reference import openapi
from protocol.reference.openapi import PROBLEM
from protocol.reference.operations import OPERATIONS

DOCUMENT = openapi()
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
OPERATIONS_BY_ID: dict[str, Any] = {
    operation["operationId"]: operation
    for methods in DOCUMENT["paths"].values()
    for operation in methods.values()
}


def _problems(content: dict[str, Any]) -> list[str]:
    """What is wrong with the examples of `content`, by its schema."""
    examples = [each["value"] for each in content.get("examples", {}).values()]
    if "example" in content:
        examples.append(content["example"])
    validator = Draft202012Validator({**content["schema"], "components": DOCUMENT["components"]})
    return [error.message for example in examples for error in validator.iter_errors(example)]


def test_it_is_openapi() -> None:
    validate(DOCUMENT)


def test_every_schema_is_json_schema() -> None:
    for rules in SCHEMAS.values():
        Draft202012Validator.check_schema(rules)


def test_every_operation_is_there_once() -> None:
    assert len(OPERATIONS_BY_ID) == len(OPERATIONS)
    assert {operation.id for operation in OPERATIONS} == set(OPERATIONS_BY_ID)


@pytest.mark.parametrize("name", OPERATIONS_BY_ID)
def test_its_examples_are_as_they_should_be(name: str) -> None:
    operation = OPERATIONS_BY_ID[name]
    bodies = [operation["requestBody"]] if "requestBody" in operation else []
    for part in (*bodies, *operation["responses"].values()):
        for content in part.get("content", {}).values():
            assert _problems(content) == []


def test_an_example_that_is_wrong_is_found_out() -> None:
    content = OPERATIONS_BY_ID["sendCommand"]["requestBody"]["content"]["application/json"]
    wrong = {"type": "answer.submit", "id": "c1", "turn": 0, "text": "x"}
    assert _problems({"schema": content["schema"], "example": wrong})


@pytest.mark.parametrize("name", OPERATIONS_BY_ID)
def test_a_code_stands_behind_its_own_status(name: str) -> None:
    for status, response in OPERATIONS_BY_ID[name]["responses"].items():
        if PROBLEM in response.get("content", {}):
            narrowed = response["content"][PROBLEM]["schema"]["allOf"][1]["properties"]
            assert {ERRORS[code].status for code in narrowed["code"]["enum"]} == {int(status)}


def test_nothing_is_told_that_nothing_leads_to() -> None:
    told, left = set[str](), [str(DOCUMENT["paths"])]
    while left:
        names = {part.partition("'")[0] for part in left.pop().split("#/components/schemas/")[1:]}
        left += [str(SCHEMAS[name]) for name in names - told]
        told |= names
    assert told == set(SCHEMAS)


def test_the_server_is_where_it_is_published() -> None:
    assert openapi("/viva")["servers"] == [{"url": "/viva"}]
    assert DOCUMENT["servers"] == [{"url": "/"}]
