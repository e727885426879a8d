"""The errors of `protocol.md` 7: a table, and the one exception that carries a row of it.

`ProtocolError` is the peer's fault (or the server's state), and knows its wire code. A misuse of
this code by our own is an ordinary Python error.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """A row of the table: the HTTP status, and whether sending the same again can help."""

    status: int
    retryable: bool


ERRORS: dict[str, ErrorKind] = {
    "malformed": ErrorKind(400, retryable=False),
    "unknown_type": ErrorKind(400, retryable=False),
    "unauthenticated": ErrorKind(401, retryable=False),
    "forbidden": ErrorKind(403, retryable=False),
    "not_found": ErrorKind(404, retryable=False),
    "not_acceptable": ErrorKind(406, retryable=False),
    "wrong_phase": ErrorKind(409, retryable=False),
    "wrong_turn": ErrorKind(409, retryable=False),
    "id_reused": ErrorKind(409, retryable=False),
    "too_large": ErrorKind(413, retryable=False),
    "audio_gap": ErrorKind(409, retryable=True),
    "audio_not_open": ErrorKind(409, retryable=False),
    "audio_format": ErrorKind(415, retryable=False),
    "unsupported_media": ErrorKind(415, retryable=False),
    "rate_limited": ErrorKind(429, retryable=True),
    "voice_unavailable": ErrorKind(503, retryable=False),
    "overloaded": ErrorKind(503, retryable=True),
    "draining": ErrorKind(503, retryable=True),
    "storage_unavailable": ErrorKind(503, retryable=True),
    "internal": ErrorKind(500, retryable=True),
}


class ProtocolError(Exception):
    """An error with its wire code, a sentence for a person, and details.

    `re` is the id of the command it answers, where that could be read.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        details: dict[str, Any] | None = None,
        re: str | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = ERRORS[code]
        self.code = code
        self.message = message
        self.details = details or {}
        self.re = re


def malformed(message: str, field: str | None = None, *, re: str | None = None) -> ProtocolError:
    """A `malformed` error that names the field, as a path such as `question_list[2]`."""
    details = {} if field is None else {"field": field}
    return ProtocolError("malformed", message, details=details, re=re)
