"""An event stream, as it comes: blocks of lines, none of them hidden."""

import codecs
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Self

import httpx
import orjson

from tests.conformance.case import Violation
from tests.conformance.transcript import Transcript

MOST_BYTES = 16 << 20


class NoStreamError(Exception):
    """The server answered something else than a stream; its body has been read."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(f"HTTP {response.status_code}")
        self.response = response


@dataclass(frozen=True, slots=True)
class Block:
    """What stands between two empty lines. `comments` are the lines that begin with a colon."""

    fields: dict[str, str] = field(default_factory=dict)
    comments: tuple[str, ...] = ()

    @property
    def message(self) -> dict[str, Any] | None:
        """The JSON object that is its data, if it has any.

        Raises:
            Violation: the data is no JSON object.
        """
        if "data" not in self.fields:
            return None
        try:
            message = orjson.loads(self.fields["data"])
        except orjson.JSONDecodeError as error:
            raise Violation(f"The data of an event isn't JSON: {error}") from error
        if not isinstance(message, dict):
            raise Violation("The data of an event is no JSON object.")
        return message


class EventStream:
    """An open event stream."""

    def __init__(
        self, response: httpx.Response, stack: AsyncExitStack, transcript: Transcript, name: str
    ) -> None:
        self.response = response
        self._stack = stack
        self._lines = _lines(response)
        self._transcript = transcript
        self._name = name

    @classmethod
    async def connect(
        cls,
        client: httpx.AsyncClient,
        url: str,
        transcript: Transcript,
        name: str = "sse",
        *,
        headers: dict[str, str],
    ) -> Self:
        """Open a stream.

        Raises:
            NoStreamError: the server answered something else.
            httpx.TransportError: it can't be reached.
        """
        transcript.note(name, "->", f"GET {url} {_shown(headers)}")
        stack = AsyncExitStack()
        response = await stack.enter_async_context(client.stream("GET", url, headers=headers))
        transcript.note(name, "<-", f"HTTP {response.status_code}")
        if response.status_code != 200:
            await response.aread()
            transcript.note(name, "<-", response.text)
            await stack.aclose()
            raise NoStreamError(response)
        return cls(response, stack, transcript, name)

    async def blocks(self) -> AsyncIterator[Block]:
        """What comes, until the stream ends or is cut."""
        fields: dict[str, str] = {}
        comments: list[str] = []
        try:
            async for line in self._lines:
                if line:
                    self._transcript.note(self._name, "<-", line)
                    name, _, value = line.partition(":")
                    value = value.removeprefix(" ")
                    if not name:
                        comments.append(value)
                    elif name == "data" and "data" in fields:
                        fields["data"] += f"\n{value}"
                    else:
                        fields[name] = value
                elif fields or comments:
                    yield Block(fields, tuple(comments))
                    fields, comments = {}, []
        except httpx.TransportError as error:
            self._transcript.note(self._name, "--", f"cut: {type(error).__name__}")
        else:
            self._transcript.note(self._name, "--", "ended")

    async def drop(self) -> None:
        """Cut it."""
        await self._stack.aclose()


async def _lines(response: httpx.Response) -> AsyncIterator[str]:
    """The lines of a stream, which CR, LF and both together end and nothing else does (WHATWG HTML
    9.2.5); not so httpx's own, which U+2028 ends as well.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    unended = ""
    async for data in response.aiter_bytes():
        unended += decoder.decode(data)
        held = unended.endswith("\r")
        whole = unended[:-1] if held else unended
        *lines, unended = whole.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        unended += "\r" if held else ""
        for line in lines:
            yield line


def _shown(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() != "authorization"}
