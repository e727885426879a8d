"""What a provider's refusal means."""

import json

import pytest

from realtime.interviewer.model import Trouble
from realtime.interviewer.upstream.failures import MAX_RETRY_AFTER_MS, broken_off, refused

NOW_MS = 1_700_000_000_000
DATE = "Tue, 14 Nov 2023 22:13:50 GMT"  # Thirty seconds after NOW_MS.


def retry_after_ms(headers: dict[str, str], error: object = None) -> int | None:
    body = json.dumps({"error": error or {}}).encode()
    return refused("openai", 429, headers, body, NOW_MS).retry_after_ms


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7000),
        ({"Retry-After": "0.5"}, 500),
        ({"Retry-After": "7", "retry-after-ms": "6321"}, 6321),
        ({"Retry-After": DATE}, 30_000),
        ({"Retry-After": "Tue, 14 Nov 2023 22:00:00 GMT"}, 0),
        ({"Retry-After": "999999999"}, MAX_RETRY_AFTER_MS),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "nan"}, None),
    ],
)
def test_when_to_ask_again(headers: dict[str, str], expected: int | None) -> None:
    assert retry_after_ms(headers) == expected


@pytest.mark.parametrize(("delay", "expected"), [("34.07s", 34_070), ("1s", 1000), (3, None)])
def test_google_says_it_in_the_body(delay: object, expected: int | None) -> None:
    detail = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}
    assert retry_after_ms({}, {"code": 429, "details": [detail]}) == expected


@pytest.mark.parametrize(
    ("status", "error", "trouble"),
    [
        (400, {"details": [{"reason": "API_KEY_INVALID"}]}, "unauthorized"),
        (400, {"code": "context_length_exceeded"}, "rejected"),
        (400, {"code": "content_filter"}, "filtered"),
        (402, {}, "unauthorized"),
        (403, {"type": "invalid_request_error"}, "unauthorized"),
        (408, {}, "unavailable"),
        (418, {}, "rejected"),
        (302, {}, "rejected"),
        (429, {"code": "insufficient_quota"}, "unauthorized"),
        (429, {"code": 429, "status": "RESOURCE_EXHAUSTED"}, "rate_limited"),
        (529, {}, "unavailable"),
    ],
)
def test_a_status_and_its_words(status: int, error: object, trouble: Trouble) -> None:
    body = json.dumps({"error": error}).encode()
    assert refused("openai", status, {}, body, NOW_MS).trouble == trouble


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"3", b'{"error": "no"}', b"\xff{", b'"\xff"', b"[" * 9999]
)
def test_a_body_may_be_anything(body: bytes) -> None:
    assert refused("openai", 503, {}, body, NOW_MS).trouble == "unavailable"


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        ({"type": "server_error", "message": "x"}, "unavailable"),
        ({"code": 429, "message": "x"}, "rate_limited"),
        ({"code": "rate_limit_exceeded"}, "rate_limited"),
        ({"type": "invalid_request_error"}, "rejected"),
        ({"code": 503, "status": "UNAVAILABLE"}, "unavailable"),
        ("overloaded", "unavailable"),
    ],
)
def test_an_error_within_a_stream(error: object, trouble: Trouble) -> None:
    assert broken_off("gemini", error).trouble == trouble


def test_neither_key_nor_text_is_repeated() -> None:
    error = {
        "code": "the candidate said so",
        "message": "Incorrect API key provided: sk-secret",
        "type": "invalid_request_error",
    }
    said = str(refused("openai", 401, {}, json.dumps({"error": error}).encode(), NOW_MS))
    assert said == "openai answered 401 (invalid_request_error)"
