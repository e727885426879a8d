"""What a request brings: its method, who asks, a body, numbers and keys, each checked once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from protocol.codec import valid_id
from protocol.errors import ProtocolError, malformed
from realtime.gateway.auth import Authenticator, Caller

IDEMPOTENCY_KEY = "Idempotency-Key"


class TurnConvertor(IntegerConvertor):
    """A turn's number in a path. No interview has turns of more digits, and Python takes no number
    of thousands.
    """

    regex = "[0-9]{1,9}"


register_url_convertor("turn", TurnConvertor())

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Intake:
    """What is taken of a body: so many bytes, if they are there within so many seconds."""

    max_bytes: int = 262_144
    within_s: float = 30.0


def route(path: str, **handlers: Handler) -> Route:
    """One route for all methods of a path, so that a 405 names every one of them."""

    async def handle(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await handlers[method](request)

    return Route(path, handle, methods=list(handlers))


async def caller_of(request: Request, authenticator: Authenticator) -> Caller:
    """Who asks (`Authorization: Bearer`).

    Raises:
        ProtocolError: `unauthenticated`; `overloaded`, if that can't be told just now.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return await authenticator.caller(token.strip() if scheme.lower() == "bearer" else None)


async def user_of(request: Request, authenticator: Authenticator) -> str:
    """The user who asks, as `caller_of` tells."""
    return (await caller_of(request, authenticator)).user_id


async def json_body(request: Request, intake: Intake) -> bytes:
    """The body of a request that says it is JSON.

    Raises:
        ProtocolError: `unsupported_media`, `too_large`; `malformed` if it doesn't arrive.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        # This also keeps other sites' forms out: for JSON a browser asks for leave first (CORS).
        raise ProtocolError("unsupported_media", "Send JSON, as application/json.")
    try:
        async with asyncio.timeout(intake.within_s):
            return await _body(request, intake.max_bytes)
    except TimeoutError:
        raise malformed("The body didn't arrive in time.") from None


def announces_more(request: Request, most: int) -> bool:
    """Whether a request says that its body has more than `most` bytes."""
    announced = request.headers.get("content-length", "0")
    return announced.isdecimal() and int(announced) > most


async def _body(request: Request, most: int) -> bytes:
    if announces_more(request, most):
        raise _too_large(most)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise _too_large(most)
    return bytes(body)


def _too_large(most: int) -> ProtocolError:
    return ProtocolError("too_large", f"A body has at most {most} bytes.", details={"limit": most})


def idempotency_key(request: Request) -> str | None:
    """What the client calls this request, so that it can send it again.

    Raises:
        ProtocolError: `malformed`: it isn't as a command's id is.
    """
    key = request.headers.get(IDEMPOTENCY_KEY)
    if key is not None and valid_id(key) is None:
        raise malformed(
            f"{IDEMPOTENCY_KEY}: 1 to 64 characters of A-Z a-z 0-9 . _ - are expected.",
            IDEMPOTENCY_KEY,
        )
    return key


def limit(request: Request, *, default: int = 20, most: int = 100) -> int:
    """How many items a list may have.

    Raises:
        ProtocolError: `malformed`.
    """
    given = request.query_params.get("limit")
    if given is None:
        return default
    if not (given.isascii() and given.isdecimal() and 1 <= int(given[:9]) <= most):
        raise malformed(f"limit: a number from 1 to {most} is expected.", "limit")
    return int(given)
