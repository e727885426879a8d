"""The emulated interviewer: what it says, and that what it fills in fits."""

from typing import Any

import jsonschema
import orjson
import pytest

from tests.emulators.filling import Filling
from tests.emulators.interviewing import PROSE, interviewing, kind_of, quote
from tests.emulators.script import Asked, Said, UnplayableError

SCORES: dict[str, Any] = {
    "type": "object",
    "properties": {
        "scores": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "competency": {"type": "string", "enum": ["relevance", "structure"]},
                    "score": {"type": "integer", "minimum": 0, "maximum": 5},
                    "evidence": {"type": "array", "items": {"type": "string"}},
                },
                "required": ["competency", "score", "evidence"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["scores"],
    "additionalProperties": False,
}
REPORT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "strengths": {"type": "array", "items": {"type": "string"}, "minItems": 2},
        "note": {"anyOf": [{"type": "null"}, {"type": "string", "maxLength": 10}]},
        "winner": {"const": "candidate"},
        "share": {"type": "number", "minimum": 0, "maximum": 1},
        "turns": {"type": "array", "items": {"$ref": "#/$defs/turn"}, "maxItems": 1},
        "hired": {"type": ["null", "boolean"]},
    },
    "required": ["strengths", "note", "winner", "share", "turns", "hired"],
    "$defs": {
        "turn": {
            "type": "object",
            "properties": {"turn": {"type": "integer"}, "quote": {"type": "string"}},
            "required": ["turn", "quote"],
        }
    },
}


def asked(text: str, schema: dict[str, Any] | None = None, number: int = 1) -> Asked:
    messages = (Said("system", "Interview."), Said("user", text))
    name = None if schema is None else "scores"
    return Asked("openai", "any", messages, name, schema, True, None, {}, number, {})


@pytest.mark.parametrize("schema", [SCORES, REPORT])
@pytest.mark.parametrize("number", range(8))
def test_what_is_filled_in_fits(schema: dict[str, Any], number: int) -> None:
    reply = interviewing(asked("<answer>I built it alone.</answer>", schema, number))
    jsonschema.validate(orjson.loads(reply.text), schema)


def test_each_named_value_has_its_item_with_words_of_the_answer() -> None:
    text = "Score this.\n<answer>\nI cut the  delay by half.\n</answer>\nA long task to end with."
    scores = orjson.loads(interviewing(asked(text, SCORES)).text)["scores"]
    assert [each["competency"] for each in scores] == ["relevance", "structure"]
    assert all(each["evidence"] == ["I cut the  delay by half."] for each in scores)


def test_geminis_own_schemas_are_read() -> None:
    schema = {"type": "OBJECT", "properties": {"n": {"type": "INTEGER", "nullable": True}}}
    assert orjson.loads(interviewing(asked("Ask.", schema)).text) == {"n": 2}


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"$ref": "#/$defs/none"},
        {"type": "object", "properties": {"again": {"$ref": "#"}}},
    ],
)
def test_a_schema_without_end_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(UnplayableError):
        Filling(schema, str, 0).fill()


def test_a_quote_without_tags_is_of_the_longest_line() -> None:
    assert quote("Short.\nOne two three four five six seven eight nine ten\nEnd.") == (
        "One two three four five six seven eight"
    )
    assert quote("") == ""


@pytest.mark.parametrize(
    ("prompt", "kind"),
    [
        ("The hint was good.\n\nAsk the next question.", "question"),
        ("Give a hint to this question.", "hint"),
        ("Ask.\n\nGive feedback, and ask no question.", "feedback"),
        ("면접 보고서를 작성해 주세요.", "report"),
        ("Go on.", "question"),
    ],
)
def test_the_task_is_the_last_paragraphs(prompt: str, kind: str) -> None:
    assert kind_of(prompt) == kind


def test_it_speaks_the_language_of_the_prompt_and_varies() -> None:
    english = {interviewing(asked("Ask a question.", None, n)).text for n in range(5)}
    korean = {interviewing(asked("다음 질문을 해 주세요.", None, n)).text for n in range(5)}
    assert english == set(PROSE["question"]["en"])
    assert korean == set(PROSE["question"]["ko"])
