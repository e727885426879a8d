"""An event stream as its client sees it (WHATWG HTML 9.2), each block with all its fields."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class Block:
    """What stands between two empty lines; a comment has none of the fields."""

    id: str | None = None
    event: str | None = None
    data: str | None = None
    retry: str | None = None

    @property
    def json(self) -> dict[str, Any]:
        assert self.data is not None
        message: dict[str, Any] = json.loads(self.data)
        return message

    @classmethod
    def read(cls, lines: list[str]) -> "Block":
        fields = [line.partition(": ")[::2] for line in lines if not line.startswith(":")]
        assert len(dict(fields)) == len(fields), "a field came twice"
        found = dict(fields)
        assert found.keys() <= {"id", "event", "data", "retry"}
        return cls(found.get("id"), found.get("event"), found.get("data"), found.get("retry"))


class Stream:
    """The blocks of a response, as they come."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._chunks = response.aiter_bytes()
        self._unread = b""

    async def next(self) -> Block | None:
        """The next block; null: the stream has ended."""
        async with asyncio.timeout(30):
            while b"\n\n" not in self._unread:
                chunk = await anext(self._chunks, None)
                if chunk is None:
                    assert not self._unread, "the stream ended within a block"
                    return None
                self._unread += chunk
        found, _, self._unread = self._unread.partition(b"\n\n")
        return Block.read(found.decode().split("\n"))

    async def block(self) -> Block:
        """The next block, which must be there."""
        found = await self.next()
        assert found is not None, "the stream has ended"
        return found

    async def until(self, event: str) -> list[Block]:
        """All blocks through the next of that event."""
        blocks = [await self.block()]
        while blocks[-1].event != event:
            blocks.append(await self.block())
        return blocks

    async def rest(self) -> list[Block]:
        """All blocks to the end."""
        blocks = []
        while (found := await self.next()) is not None:
            blocks.append(found)
        return blocks


@asynccontextmanager
async def events(
    client: httpx.AsyncClient,
    name: str,
    after: str | None = None,
    *,
    params: Mapping[str, str] | None = None,
) -> AsyncIterator[Stream]:
    """The event stream of an interview; `after`: as `Last-Event-ID`."""
    headers = {} if after is None else {"Last-Event-ID": after}
    path = f"/v1/interviews/{name}/events"
    async with client.stream("GET", path, headers=headers, params=params) as response:
        yield Stream(response)
