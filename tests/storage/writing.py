"""What tests of the writer have in common: interviews to write to, and what was stored of it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from storage.records import Commit
from storage.writer import Writer
from tests.protocol.play import Play
from tests.storage.made import CONFIG, RECEIPT, changed, make, named, wake
from tests.storage.migrated import new_user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.engine import URL

    from storage.connections import Limits
    from storage.interviews import StoredInterviews
    from storage.records import Woken

# Holds up every commit that comes after, on a writer that is connected.
HOLD = "LOCK TABLE receipts"


@asynccontextmanager
async def opened(url: URL | str, limits: Limits | None = None) -> AsyncIterator[Writer]:
    writer = Writer(url, limits)
    try:
        yield writer
    finally:
        await writer.aclose()


@pytest.fixture
async def writer(migrated_url: URL, interviews: StoredInterviews) -> AsyncIterator[Writer]:
    """One that is connected."""
    async with opened(migrated_url) as writer:
        (woken,) = await several(interviews, new_user(), 1)
        await writer.commit(changed(woken))
        yield writer


async def several(interviews: StoredInterviews, user: str, count: int) -> list[Woken]:
    return [await wake(interviews, user, await make(interviews, user)) for _ in range(count)]


def answered(woken: Woken, words: str) -> Commit:
    """A question, asked and answered in one step; `words` may be what no candidate can send."""
    play = Play(CONFIG)
    play.start()
    play.ask()
    play.answer()
    after = named(play.state, woken.state.view.interview.id)
    interview = after.view.interview
    interview = replace(interview, turns=(replace(interview.turns[0], answer=words),))
    after = replace(after, view=replace(after.view, interview=interview))
    return Commit(woken.state, after, woken.term, 1, RECEIPT)


async def stored(interviews: StoredInterviews, woken: Woken) -> dict[str, bytes]:
    """The receipts that were stored, by the time that the interview is woken again."""
    return (await wake(interviews, woken.user_id, woken.state.view.interview.id)).receipts
