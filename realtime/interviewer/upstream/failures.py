"""What a provider says when it won't answer, as the `ModelError` it means.

Both APIs say it in one shape, `{"error": {…}}`, before a stream as the body of a status, within one
as an event; compatible servers leave out this and that. A provider's own message may repeat a key
or the prompt: of what it says, only short technical words (`rate_limit_exceeded`) get through.
"""

import math
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from realtime.interviewer.model import ModelError, Trouble

# A provider that names a later time is as good as gone; its word is not for breaking arithmetic.
MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000

_BY_STATUS: dict[int, Trouble] = {
    401: "unauthorized",
    402: "unauthorized",
    403: "unauthorized",
    408: "unavailable",
    409: "unavailable",
    425: "unavailable",
    429: "rate_limited",
}
# These words say more than the status: some say 400 to a wrong key, 429 to an empty purse.
_BY_WORD: dict[str, Trouble] = {
    "API_KEY_INVALID": "unauthorized",
    "insufficient_quota": "unauthorized",
    "invalid_api_key": "unauthorized",
    "authentication_error": "unauthorized",
    "UNAUTHENTICATED": "unauthorized",
    "PERMISSION_DENIED": "unauthorized",
    "content_filter": "filtered",
    "content_policy_violation": "filtered",
    "rate_limit_exceeded": "rate_limited",
    "rate_limit_error": "rate_limited",
    "RESOURCE_EXHAUSTED": "rate_limited",
}
# And these less: they matter within a stream, where there is no status.
_BY_KIND: dict[str, Trouble] = {
    "context_length_exceeded": "rejected",
    "invalid_request_error": "rejected",
    "INVALID_ARGUMENT": "rejected",
    "FAILED_PRECONDITION": "rejected",
    "NOT_FOUND": "rejected",
}
_WORD = re.compile(r"[A-Za-z][\w.-]{1,47}", re.ASCII)
_SECONDS = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)s?", re.ASCII)


def refused(
    provider: str, status: int, headers: Mapping[str, str], body: bytes, now_ms: int
) -> ModelError:
    """What an answer with another status than 200 means. `headers` find their keys in any case;
    `now_ms` is Unix time.
    """
    error = _error_in(body)
    retry_after_ms = _retry_after_ms(headers, error, now_ms)
    return _as_error(f"{provider} answered {status}", status, error, retry_after_ms)


def broken_off(provider: str, error: object) -> ModelError:
    """What an error within a stream means: `error` is what stands under that name."""
    found = error if isinstance(error, dict) else {"message": error}
    code = found.get("code")
    status = code if isinstance(code, int) and 400 <= code < 600 else 500
    retry_after_ms = _retry_after_ms({}, found, 0)
    return _as_error(f"{provider} broke off with an error", status, found, retry_after_ms)


def no_stream(provider: str, body: bytes | bytearray) -> ModelError:
    """What a page or a document means that came instead of a stream, or of the rest of one."""
    error = _error_in(body)
    if any(name in error for name in ("code", "message", "status", "type")):
        return broken_off(provider, error)
    return ModelError("garbled", f"{provider} sent no stream of events")


def _as_error(
    what: str, status: int, error: dict[str, Any], retry_after_ms: int | None
) -> ModelError:
    words = _words_in(error)
    trouble = (
        next((_BY_WORD[word] for word in words if word in _BY_WORD), None)
        or _BY_STATUS.get(status)
        or next((_BY_KIND[word] for word in words if word in _BY_KIND), None)
        # A redirect is a wrong base URL: a key isn't carried on.
        or ("unavailable" if status >= 500 else "rejected")
    )
    said = f" ({', '.join(words)})" if words else ""
    return ModelError(trouble, f"{what}{said}", retry_after_ms=retry_after_ms)


def _error_in(body: bytes | bytearray) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(body)
    except (ValueError, RecursionError):  # Neither JSON nor, perhaps, UTF-8.
        return {}
    if isinstance(found, list) and found:  # Gemini's stream without `alt=sse` is a list.
        found = found[0]
    error = found.get("error", found) if isinstance(found, dict) else None
    return error if isinstance(error, dict) else {}


def _words_in(error: dict[str, Any]) -> list[str]:
    """The most telling first. Each has the shape of a word, so that no key and no text is one."""
    reasons = (detail.get("reason") for detail in _details_of(error))
    told = (*reasons, *(error.get(name) for name in ("code", "type", "status", "param")))
    words = [word for word in told if isinstance(word, str) and _WORD.fullmatch(word)]
    return list(dict.fromkeys(words))


def _details_of(error: dict[str, Any]) -> list[dict[str, Any]]:
    details = error.get("details")
    return [each for each in details if isinstance(each, dict)] if isinstance(details, list) else []


def _retry_after_ms(headers: Mapping[str, str], error: dict[str, Any], now_ms: int) -> int | None:
    """`retry-after-ms` (OpenAI), `Retry-After` (RFC 9110, 10.2.3: seconds, or a date), or
    `google.rpc.RetryInfo` (Gemini).
    """
    if (exact := _number(headers.get("retry-after-ms"))) is not None:
        return _bounded(exact)
    given = headers.get("Retry-After")
    if (seconds := _number(given)) is not None:
        return _bounded(seconds * 1000)
    if given is not None and (at_ms := _date_ms(given)) is not None:
        return _bounded(at_ms - now_ms)
    for detail in _details_of(error):
        if (delay := _number(detail.get("retryDelay"))) is not None:
            return _bounded(delay * 1000)
    return None


def _number(given: object) -> float | None:
    matched = _SECONDS.fullmatch(given.strip()) if isinstance(given, str) else None
    return float(matched[1]) if matched else None


def _date_ms(given: str) -> float | None:
    try:
        return parsedate_to_datetime(given).timestamp() * 1000
    except (ValueError, OverflowError):
        return None


def _bounded(delay_ms: float) -> int:
    return min(max(math.ceil(delay_ms), 0), MAX_RETRY_AFTER_MS)
