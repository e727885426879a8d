"""The built page, served from memory.

Its files are read once. What a name may be is what was found, so no request can reach beyond the
folder. A file whose name holds a hash of its content never changes; all else is asked for anew
each time, by its `ETag`.
"""

from collections.abc import Mapping
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketClose

from realtime.gateway.negotiation import etag_of, has

NOT_BUILT = "The page was not built: install Node 20 and run `make setup`, then start again.\n"

INDEX = "index.html"
HASHED = "assets/"

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}

# Everything from this server, nothing inline. A WebSocket to it is `'self'` as well (CSP 3).
_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "media-src 'self' blob:",
        "worker-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    ]
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
}


class Page:
    """`files`: their content, by their path in the folder of the built page. None: it wasn't
    built.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = {name: _Made(name, content) for name, content in files.items()}

    @classmethod
    def read(cls, folder: Path) -> "Page":
        """The page that was built into `folder`. Blocks."""
        found = sorted(path for path in folder.rglob("*") if path.is_file())
        return cls({path.relative_to(folder).as_posix(): path.read_bytes() for path in found})

    @property
    def built(self) -> bool:
        return INDEX in self._files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """To be asked last, for every path that is left and by whatever method."""
        if scope["type"] == "http":
            response = self._response(Request(scope))
            await response(scope, receive, send)
        else:
            await WebSocketClose()(scope, receive, send)

    def _response(self, request: Request) -> Response:
        name = _name(request.scope)
        file = self._files.get(name)
        if file is None and name != INDEX:
            raise HTTPException(404)
        if request.method not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        if file is None:
            return PlainTextResponse(NOT_BUILT, 404, {"Cache-Control": "no-store"})
        return file.response(request.headers.get("if-none-match"))


def _name(scope: Scope) -> str:
    """The file that is asked for, with the path taken off that the server lies under."""
    path: str = scope["path"]
    under = scope.get("root_path", "") + "/"
    return path.removeprefix(under).removeprefix("/") or INDEX


class _Made:
    """A file, and the headers that it is sent with."""

    def __init__(self, name: str, content: bytes) -> None:
        self._content = content
        self._etag = etag_of(content)
        suffix = Path(name).suffix.lower()
        self._headers = {
            "Content-Type": _TYPES.get(suffix, "application/octet-stream"),
            "Cache-Control": "public, max-age=31536000, immutable"
            if name.startswith(HASHED)
            else "no-cache",
            "ETag": self._etag,
            **HEADERS,
        }

    def response(self, if_none_match: str | None) -> Response:
        if has(if_none_match, self._etag):
            headers = {name: self._headers[name] for name in ("Cache-Control", "ETag")}
            return Response(status_code=304, headers=headers)
        return Response(self._content, headers=self._headers)
