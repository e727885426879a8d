"""What HTTP answers mean (`protocol.md` 7)."""

import orjson
import pytest

from protocol.client.answers import passes, read_ack, read_problem
from protocol.codec import encode
from protocol.errors import ERRORS
from protocol.messages import Ack, Error, Pong


@pytest.mark.parametrize("status", [200, 302, 408, 425, 429, 500, 502, 503, 504])
def test_some_may_be_otherwise_in_a_while(status: int) -> None:
    assert passes(status)
    assert read_problem(status, b"<html>", "a") is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 415])
def test_and_some_may_not(status: int) -> None:
    assert not passes(status)
    error = read_problem(status, b"<html>", "a")
    assert error == Error("a", "internal", f"HTTP status {status}", False)


@pytest.mark.parametrize("code", ERRORS)
def test_a_problem_is_the_error_that_it_says(code: str) -> None:
    kind = ERRORS[code]
    details = {"retry_after_ms": 5}
    problem = {"title": "T", "detail": "D.", "code": code, "retryable": kind.retryable}
    body = orjson.dumps(problem | {"details": details})
    expected = Error("a", code, "D.", kind.retryable, details)
    assert read_problem(kind.status, body, "a") == expected


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        ({"code": "x", "title": "T"}, Error("a", "x", "T", False)),
        ({"code": "x", "details": []}, Error("a", "x", "x", False)),
        ({"code": 5}, Error("a", "internal", "HTTP status 400", False)),
        ([], Error("a", "internal", "HTTP status 400", False)),
    ],
)
def test_a_problem_may_be_half_of_one(problem: object, expected: Error) -> None:
    assert read_problem(400, orjson.dumps(problem), "a") == expected


def test_an_acknowledgement_is_that_of_the_command() -> None:
    ack = Ack("a", 1, 5)
    assert read_ack(encode(ack), "a") == ack
    assert read_ack(encode(ack), "b") is None
    assert read_ack(encode(Pong()), "a") is None
    assert read_ack(b"<html>", "a") is None
