"""How this server is addressed: under which path, by which name, and by whose page."""

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from protocol.errors import ProtocolError
from realtime.gateway.problems import Problem

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


class UnderPath:
    """Serves an application under `prefix` (such as `/viva`; empty: none).

    Whether a proxy takes the prefix off before it hands a request on, or doesn't, is all the same.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._prefix:
            if scope["type"] == "http" and scope["path"] == self._prefix:
                # What the page asks for, it asks for relative to its own path.
                to_page = RedirectResponse(self._prefix.rpartition("/")[2] + "/")
                await to_page(scope, receive, send)
                return
            scope["root_path"] = self._prefix
        await self._app(scope, receive, send)


class OnlyByName:
    """Turns away whoever calls this server by another name than `origins` have, or loopback's own.

    For a server where nobody has to sign in: a strange page in the user's browser may point a name
    of its own at this machine (DNS rebinding), and would then be of the same origin.
    """

    def __init__(self, app: ASGIApp, origins: frozenset[str]) -> None:
        self._app = app
        self._any = "*" in origins
        self._names = _LOOPBACK | {_name(origin.partition("://")[2]) for origin in origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        names = {_name(host) for host in Headers(scope=scope).getlist("host")}
        if self._any or names <= self._names:
            await self._app(scope, receive, send)
            return
        message = "This server isn't known by that name; VIVA_ALLOWED_ORIGINS can make it so."
        await Problem(ProtocolError("forbidden", message))(scope, receive, send)


def origin_allowed(asked: HTTPConnection, allowed: frozenset[str]) -> bool:
    """Whether the page that asks may: none named, its own server's, or one on the list.

    Browsers always name one with a WebSocket (RFC 6455 10.2) and with a POST (Fetch 3.2); one that
    names none may still say that it is another site's.
    """
    origin = asked.headers.get("origin")
    if origin is None:
        return asked.headers.get("sec-fetch-site") != "cross-site" or "*" in allowed
    if origin in allowed or "*" in allowed:
        return True
    host = asked.headers.get("host", "")
    return origin.partition("://")[2].lower() == host.lower()


def _name(host: str) -> str:
    """A host without its port."""
    name, separator, port = host.rpartition(":")
    return (name if separator and port.isdecimal() else host).lower()
