"""The published contract: `/v1/schema`, `/v1/openapi.json`, `/v1/asyncapi.json` (`protocol.md` 9).

It is the same for everybody, and needs no token.
"""

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from protocol.reference import Schema, asyncapi, openapi, schema
from realtime.gateway.negotiation import etag_of, has
from realtime.gateway.requests import route


class Contract:
    """The routes that tell it; `prefix` is the path that the server is published under."""

    def __init__(self, prefix: str = "") -> None:
        self._documents = {
            "/v1/schema": _Document(schema()),
            "/v1/openapi.json": _Document(openapi(prefix)),
            "/v1/asyncapi.json": _Document(asyncapi(prefix)),
        }

    def routes(self) -> list[Route]:
        return [route(path, GET=document.read) for path, document in self._documents.items()]


class _Document:
    """One of them, written once."""

    def __init__(self, content: Schema) -> None:
        self._content = orjson.dumps(content)
        self._headers = {
            "Cache-Control": "no-cache",
            "ETag": etag_of(self._content),
            "X-Content-Type-Options": "nosniff",
        }

    async def read(self, request: Request) -> Response:
        if has(request.headers.get("if-none-match"), self._headers["ETag"]):
            return Response(status_code=304, headers=self._headers)
        return Response(self._content, headers=self._headers, media_type="application/json")
