"""Tamperings with HTTP: what is asked, and what is answered.

A request is chosen by `METHOD /path`; a `*` in the path stands for one step of it, `**` for any.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.conformance.line import Message
from tests.conformance.wrong.messages import changed
from tests.conformance.wrong.tampering import Link, Memory, Request, Response, Tampering


@dataclass(frozen=True, eq=False)
class Exchange(Tampering):
    """A tampering with requests of that kind, or with the `nth` of them."""

    what: str
    nth: int | None = field(default=None, kw_only=True)

    def chooses(self, request: Request) -> bool:
        method, _, path = self.what.partition(" ")
        steps = (
            ".*" if step == "**" else "[^/]+" if step == "*" else re.escape(step)
            for step in path.split("/")
        )
        return method in ("*", request.method) and bool(re.fullmatch("/".join(steps), request.path))

    def counted(self, memory: Memory) -> bool:
        """Whether this is the one; asked once for each that is chosen."""
        memory.counts[self] += 1
        return (self.nth or memory.counts[self]) == memory.counts[self]


@dataclass(frozen=True, eq=False)
class Ask(Exchange):
    """Take a request for another: with these headers and query parameters (null: without), this
    path, or these values in its JSON.
    """

    headers: Mapping[str, str | None] = field(default_factory=dict, kw_only=True)
    query: Mapping[str, str | None] = field(default_factory=dict, kw_only=True)
    body: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    method: str | None = field(default=None, kw_only=True)
    raw: bytes | None = field(default=None, kw_only=True)

    def request(self, request: Request, memory: Memory) -> Request | Response:
        if not self.chooses(request) or not self.counted(memory):
            return request
        request.headers = with_headers(request.headers, self.headers)
        query = {**request.query, **self.query}
        request.query = {name: value for name, value in query.items() if value is not None}
        request.method = self.method or request.method
        if self.body:
            request.body = _with_values(request.body, self.body)
        if self.raw is not None:
            request.body = self.raw
        return request


@dataclass(frozen=True, eq=False)
class Answer(Exchange):
    """Answer otherwise: with this status, these headers (null: without) and these values in the
    JSON, where the right status was `was` or whatever it was.
    """

    status: int | None = field(default=None, kw_only=True)
    headers: Mapping[str, str | None] = field(default_factory=dict, kw_only=True)
    to: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    raw: bytes | None = field(default=None, kw_only=True)
    was: int | None = field(default=None, kw_only=True)

    def response(self, request: Request, response: Response, memory: Memory) -> Response:
        chosen = self.chooses(request) and self.was in (None, response.status)
        if not chosen or not self.counted(memory):
            return response
        body = response.body if self.raw is None else self.raw
        return Response(
            self.status or response.status,
            with_headers(response.headers, self.headers),
            _with_values(body, self.to) if self.to else body,
        )


@dataclass(frozen=True, eq=False)
class Unasked(Exchange):
    """Answer without doing anything."""

    status: int = field(default=200, kw_only=True)
    headers: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    json: Any = field(default=None, kw_only=True)

    def request(self, request: Request, memory: Memory) -> Request | Response:
        if not self.chooses(request) or not self.counted(memory):
            return request
        body = b"" if self.json is None else orjson.dumps(self.json)
        headers = {"content-type": "application/json", **self.headers}
        return Response(self.status, list(headers.items()), body)


@dataclass(frozen=True, eq=False)
class Trusting(Tampering):
    """Take whoever asks for the first user, over HTTP and in `session.open`, with whatever."""

    def request(self, request: Request, memory: Memory) -> Request | Response:
        bearer = None if memory.token is None else f"Bearer {memory.token}"
        request.headers = with_headers(request.headers, {"Authorization": bearer})
        request.query.pop("ticket", None)
        return request

    def command(self, command: Message, link: Link) -> list[Message]:
        if command.get("type") != "session.open":
            return [command]
        kept = {name: command[name] for name in command if name not in ("token", "ticket")}
        return [kept if link.memory.token is None else {**kept, "token": link.memory.token}]


def with_headers(
    headers: list[tuple[str, str]], to: Mapping[str, str | None]
) -> list[tuple[str, str]]:
    """Headers with these in place of those of the same name."""
    names = {name.lower() for name in to}
    kept = [(name, value) for name, value in headers if name.lower() not in names]
    return kept + [(name, value) for name, value in to.items() if value is not None]


def _with_values(body: bytes, to: Mapping[str, Any]) -> bytes:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body
    for path, value in to.items():
        changed(document, path, value)
    return orjson.dumps(document)
