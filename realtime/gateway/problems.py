"""Answers over HTTP: JSON, and errors as `application/problem+json` (RFC 9457; `protocol.md` 7).

Whatever goes wrong in a request ends here. What isn't foreseen is a defect: it is logged, and the
client gets `internal`, which tells nothing of it.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from protocol.errors import ProtocolError, malformed
from realtime.ports import CorruptRecord, StorageUnavailable

logger = structlog.get_logger(__name__)


class Json(Response):
    """Anything that orjson writes, dataclasses too. Not to be kept by caches: it is one user's."""

    media_type = "application/json"

    def __init__(
        self, content: Any, status_code: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(content, status_code)
        self.headers["Cache-Control"] = "no-store"
        self.headers["X-Content-Type-Options"] = "nosniff"
        self.headers.update(headers or {})

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content)


class Problem(Json):
    """An error, for programs (`code`) and for people (`detail`).

    `status` is the code's own, but where HTTP knows better.
    """

    media_type = "application/problem+json"

    def __init__(
        self,
        error: ProtocolError,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        status = status or error.kind.status
        body = {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": error.message,
            "code": error.code,
            "retryable": error.kind.retryable,
            "details": error.details,
        }
        retry_after_ms = error.details.get("retry_after_ms")
        if retry_after_ms is not None:
            headers = {"Retry-After": str(-(-retry_after_ms // 1_000)), **(headers or {})}
        if status == HTTPStatus.UNAUTHORIZED:
            headers = {"WWW-Authenticate": "Bearer", **(headers or {})}
        super().__init__(body, status, headers)


async def on_error(request: Request, error: Exception) -> Problem:
    """The answer to an error that a handler foresaw."""
    assert isinstance(error, ProtocolError)
    return Problem(error)


async def on_storage(request: Request, error: Exception) -> Problem:
    """Storage doesn't answer."""
    logger.warning("storage_unavailable", reason=str(error))
    return Problem(ProtocolError("storage_unavailable", "The database doesn't answer; try again."))


async def on_corrupt(request: Request, error: Exception) -> Problem:
    """What is stored isn't what it should be."""
    return Problem(corrupt(error))


def corrupt(error: Exception) -> ProtocolError:
    """What a client is told of a `CorruptRecord`, whose own words are for the log: they name what
    it is of, and the place.
    """
    logger.error("corrupt_record", reason=str(error))
    return ProtocolError("internal", "What is stored can't be read; the server's log says where.")


async def on_http(request: Request, error: Exception) -> Problem:
    """What the router refuses: a path that leads nowhere, a method that isn't for it."""
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.NOT_FOUND:
        return Problem(ProtocolError("not_found", "There is nothing here."))
    refusal = malformed(f"{request.method} is not for this.", "method")
    return Problem(refusal, error.status_code, error.headers)


HANDLERS = {
    ProtocolError: on_error,
    StorageUnavailable: on_storage,
    CorruptRecord: on_corrupt,
    HTTPException: on_http,
}


class Defects:
    """Answers what no handler foresaw. Stands inside CORS, so that a page can read the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def note(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, note)
        except ClientDisconnect:
            pass  # Nobody is left to be told.
        except Exception:
            if begun:
                raise
            logger.exception("request_failed", method=scope["method"], path=scope["path"])
            error = ProtocolError("internal", "A defect of this server; try again.")
            await Problem(error)(scope, receive, send)
