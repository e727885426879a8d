"""What our dialects make of events that no provider should send."""

import json

import pytest

from realtime.interviewer.gemini import GenerateContent
from realtime.interviewer.model import ModelError, Usage
from realtime.interviewer.openai import ChatCompletions
from realtime.interviewer.upstream.client import Endpoint
from realtime.interviewer.upstream.reply import Reader

AT = Endpoint("http://127.0.0.1", "m")


@pytest.fixture(params=[ChatCompletions, GenerateContent], ids=["openai", "gemini"])
def reader(request: pytest.FixtureRequest) -> Reader:
    made = request.param(AT).reader()
    assert hasattr(made, "read")
    return made  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "event",
    [
        b'{"choices": [{"delta": {"content": "\xff"}}], "candidates": '
        b'[{"content": {"parts": [{"text": "\xff"}]}}]}',
        b'{"error": ' + b"[" * 9999,
        b'{"error": ' + b"[" * 9999 + b"]" * 9999 + b"}",
    ],
)
def test_what_cannot_be_read_is_garbled(reader: Reader, event: bytes) -> None:
    with pytest.raises(ModelError) as raised:
        reader.read(event)
    assert raised.value.trouble == "garbled"


@pytest.mark.parametrize(
    ("number", "usage"),
    [
        (7, Usage(7, 0, 2)),
        (None, Usage(0, 0, 2)),
        (-1, None),
        (7.5, None),
        ("7", None),
        (True, None),
        (10**8 + 1, None),
        (10**30, None),
        ([7], None),
    ],
)
def test_usage_that_is_no_count_is_unknown(
    reader: Reader, number: object, usage: Usage | None
) -> None:
    event = {
        "usage": {"prompt_tokens": number, "completion_tokens": 2},
        "usageMetadata": {"promptTokenCount": number, "candidatesTokenCount": 2},
    }
    assert reader.read(json.dumps(event).encode()) == ""
    assert reader.usage == usage


@pytest.mark.parametrize("reason", ["abort", "error", "insufficient_system_resource"])
def test_a_reply_that_was_broken_off_is_cut(reason: str) -> None:
    with pytest.raises(ModelError) as raised:
        ChatCompletions(AT).reader().read(
            json.dumps({"choices": [{"finish_reason": reason}]}).encode()
        )
    assert raised.value.trouble == "cut"
