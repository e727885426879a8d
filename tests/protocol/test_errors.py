"""The table of `protocol.md` 7, and the exception that carries a row of it."""

import pytest

from protocol.errors import ERRORS, ProtocolError, malformed

STATUSES = {
    "malformed": 400,
    "unknown_type": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "not_acceptable": 406,
    "wrong_phase": 409,
    "wrong_turn": 409,
    "id_reused": 409,
    "too_large": 413,
    "audio_gap": 409,
    "audio_not_open": 409,
    "audio_format": 415,
    "unsupported_media": 415,
    "rate_limited": 429,
    "voice_unavailable": 503,
    "overloaded": 503,
    "draining": 503,
    "storage_unavailable": 503,
    "internal": 500,
}
# Those that the same message, sent again, may pass by.
RETRYABLE = {
    "audio_gap",
    "rate_limited",
    "overloaded",
    "draining",
    "storage_unavailable",
    "internal",
}


def test_the_codes_and_their_statuses() -> None:
    assert {code: kind.status for code, kind in ERRORS.items()} == STATUSES


def test_what_can_be_sent_again() -> None:
    assert {code for code, kind in ERRORS.items() if kind.retryable} == RETRYABLE


def test_an_error_knows_its_row() -> None:
    error = ProtocolError("rate_limited", "Slower.", details={"retry_after_ms": 50}, re="c1")
    assert str(error) == error.message == "Slower."
    assert (error.code, error.kind.status, error.kind.retryable) == ("rate_limited", 429, True)
    assert (error.details, error.re) == ({"retry_after_ms": 50}, "c1")


def test_an_error_of_ours_is_in_the_table() -> None:
    with pytest.raises(KeyError):
        ProtocolError("no_such_code", "x")


def test_malformed_names_the_field() -> None:
    assert malformed("x", "resume.seq").details == {"field": "resume.seq"}
    assert malformed("x").details == {}
    assert malformed("x", re="c1").re == "c1"
