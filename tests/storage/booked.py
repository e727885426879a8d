"""What tests of the books have in common: requests, and what was stored of them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from storage.records import RequestRecord
from storage.usage_writer import RequestWriter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncConnection

    from storage.connections import Limits
    from storage.database import Database

NOW = 1_790_000_000_000
DAY_MS = 86_400_000

# Takes the user's id, the interview's, and by name what is to be otherwise.
request = partial(
    RequestRecord,
    turn=1,
    what="question",
    lane=0,
    provider="openai",
    model="a-model",
    outcome="stop",
    input_tokens=1_000,
    cached_tokens=600,
    output_tokens=50,
    estimated=False,
    cost_micro_usd=300,
    first_token_ms=400,
    duration_ms=900,
    at=NOW,
)


@asynccontextmanager
async def books(url: URL | str, limits: Limits | None = None) -> AsyncIterator[RequestWriter]:
    """A writer that tries again at once."""
    writer = RequestWriter(url, limits, delay_s=lambda tries: 0.0)
    try:
        yield writer
    finally:
        await writer.aclose()


async def store(url: URL, *entries: RequestRecord) -> None:
    """They are in the books when this returns."""
    writer = RequestWriter(url)
    for entry in entries:
        writer.record(entry)
    await writer.aclose()


async def kept(overseer: Database, user: str) -> list[dict[str, Any]]:
    """All that is stored of the user's, in the order in which it was recorded."""
    query = text("SELECT * FROM model_requests WHERE user_id = :user ORDER BY id")

    async def look(connection: AsyncConnection) -> list[dict[str, Any]]:
        return [dict(row) for row in (await connection.execute(query, {"user": user})).mappings()]

    return await overseer.read("", look)
