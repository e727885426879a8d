"""What is asked instead of what was refused."""

import json

import pytest

from realtime.interviewer.model import Message, Prompt
from realtime.interviewer.upstream.parameters import Parameter, Parameters, left_out

PROMPT = Prompt((Message("user", "Hello."),), max_tokens=5)
GIVEN = Parameters(
    {
        "limit": Parameter(
            ("maxtokens", "maxcompletiontokens"),
            (lambda p: {"max_tokens": p.max_tokens}, lambda p: {"max_completion_tokens": 5}),
        ),
        "temperature": Parameter(("temperature",), (lambda p: {"temperature": 0.7}, left_out)),
    }
)
OPENAI = {
    "error": {
        "message": "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
        "param": "max_tokens",
    }
}
VLLM = {"object": "error", "message": "('body', 'temperature'): extra_forbidden", "code": 400}
FASTAPI = {"detail": [{"loc": ["body", "temperature"], "msg": "Extra inputs"}]}


def after(*bodies: object) -> dict[str, object] | None:
    parameters: Parameters | None = GIVEN
    for body in bodies:
        assert parameters is not None
        parameters = parameters.without(json.dumps(body).encode())
    return None if parameters is None else parameters.fields(PROMPT)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (OPENAI, {"max_completion_tokens": 5, "temperature": 0.7}),
        (VLLM, {"max_tokens": 5}),
        (FASTAPI, {"max_tokens": 5}),
        ({"error": {"message": "temperature is hot", "param": "messages"}}, None),
        ({"error": {"message": "no such model"}}, None),
    ],
)
def test_the_parameter_that_is_named_takes_its_next_form(
    body: object, fields: dict[str, object] | None
) -> None:
    assert after(body) == fields


def test_forms_end() -> None:
    assert after(OPENAI, VLLM) == {"max_completion_tokens": 5}
    assert after(OPENAI, OPENAI) is None
    assert after(VLLM, VLLM) is None


def test_what_is_given_never_changes() -> None:
    GIVEN.without(json.dumps(VLLM).encode())
    assert GIVEN.fields(PROMPT) == {"max_tokens": 5, "temperature": 0.7}


@pytest.mark.parametrize("body", [b'{"error": {"param": "\xff"}} temperature', b"[" * 9999])
def test_a_refusal_may_be_anything(body: bytes) -> None:
    assert (GIVEN.without(body) is None) == (b"temperature" not in body)


def test_what_was_refused_of_two_requests_at_once_is_lowered_in_both() -> None:
    one = GIVEN.without(json.dumps(VLLM).encode())
    other = GIVEN.without(json.dumps(OPENAI).encode())
    assert one is not None
    assert other is not None
    for both in (one.lowered_to(other), other.lowered_to(one)):
        assert both.fields(PROMPT) == {"max_completion_tokens": 5}
    assert one.lowered_to(GIVEN).fields(PROMPT) == one.fields(PROMPT)
