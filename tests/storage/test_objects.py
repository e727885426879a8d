"""No object outlives its document, and none stays without: as far as the database sees to it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from protocol.errors import ProtocolError
from storage.objects import FIRST_RETRY_MS, GRACE_MS, LAST_RETRY_MS, ObjectEntries, Outbox
from storage.objects import ObjectUnwanted as ObjectUnwanted
from storage.users import Forgotten, forget, stored_of
from tests.storage.filed import NOW, add, add_object, documents_of, noted, resume
from tests.storage.made import make
from tests.storage.migrated import new_user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.engine import URL

    from storage.database import Database
    from storage.interviews import StoredInterviews

pytestmark = pytest.mark.anyio


@pytest.fixture
async def outbox(migrated_url: URL) -> AsyncIterator[Outbox]:
    """With nothing in it that was due before."""
    outbox = Outbox(migrated_url)
    while keys := await outbox.due(now=NOW * 2, most=100):
        await outbox.done(keys)
    yield outbox
    await outbox.aclose()


async def test_a_stored_document_s_object_is_not_due(
    database: Database, overseer: Database, outbox: Outbox, user: str
) -> None:
    await add_object(database, user, f"{user} a")
    assert await noted(overseer, user) == {}
    assert await outbox.due(now=NOW + GRACE_MS, most=9) == []


async def test_an_object_without_a_document_is_due_after_the_time_of_grace(
    database: Database, overseer: Database, outbox: Outbox, user: str
) -> None:
    await ObjectEntries(database).enter(user, f"{user} a", now=NOW)
    assert await outbox.due(now=NOW + GRACE_MS - 1, most=9) == []
    assert await outbox.waiting(now=NOW + GRACE_MS - 1) == 0
    assert await outbox.waiting(now=NOW + GRACE_MS) == 1
    assert await outbox.due(now=NOW + GRACE_MS, most=9) == [f"{user} a"]
    await outbox.done([f"{user} a"])
    assert await noted(overseer, user) == {}


async def test_one_that_is_given_up_is_due_at_once(
    database: Database, outbox: Outbox, user: str
) -> None:
    entries = ObjectEntries(database)
    await entries.enter(user, f"{user} a", now=NOW)
    await entries.give_up(new_user(), f"{user} a")
    assert await outbox.due(now=NOW, most=9) == []
    await entries.give_up(user, f"{user} a")
    assert await outbox.due(now=NOW, most=9) == [f"{user} a"]


async def test_giving_up_a_stored_one_does_nothing(
    database: Database, overseer: Database, user: str
) -> None:
    await add_object(database, user, f"{user} a")
    await ObjectEntries(database).give_up(user, f"{user} a")
    assert await noted(overseer, user) == {}


async def test_where_its_deletion_has_begun_no_document_is_stored(
    database: Database, outbox: Outbox, user: str
) -> None:
    documents = documents_of(database)
    await ObjectEntries(database).enter(user, f"{user} a", now=NOW)
    assert await outbox.due(now=NOW + GRACE_MS, most=9) == [f"{user} a"]
    for key in (f"{user} a", "never noted"):
        with pytest.raises(ObjectUnwanted):
            await add(documents, user, resume(data=None, object_key=key))
    assert await documents.page(user, limit=1, cursor=None) == ([], None)


async def test_either_the_document_or_the_deletion_wins(
    database: Database, overseer: Database, outbox: Outbox, user: str
) -> None:
    """Many times at once: an object has its document, or is being deleted, and never both."""
    keys = [f"{user} {number}" for number in range(30)]
    for key in keys:
        await ObjectEntries(database).enter(user, key, now=NOW)
    documents = documents_of(database)

    async def store(key: str) -> str | None:
        try:
            await add(documents, user, resume(data=None, object_key=key))
        except ObjectUnwanted:
            return None
        return key

    async def claim() -> list[str]:
        return [each for _ in keys for each in await outbox.due(now=NOW + GRACE_MS, most=1)]

    *stored, claimed = await asyncio.gather(*map(store, keys), claim())
    kept = {each for each in stored if isinstance(each, str)}
    assert kept | set(claimed or ()) == set(keys)
    assert not kept & set(claimed or ())
    assert set(await noted(overseer, user)) == set(keys) - kept


async def test_there_is_no_object_left_of_one_that_had_no_room(
    database: Database, outbox: Outbox, user: str
) -> None:
    await add_object(database, user, f"{user} a")
    await ObjectEntries(database).enter(user, f"{user} b", now=NOW)
    with pytest.raises(ProtocolError, match="room"):
        new = resume(data=None, object_key=f"{user} b")
        await add(documents_of(database, most=1), user, new)
    assert await outbox.due(now=NOW + GRACE_MS, most=9) == [f"{user} b"]


async def test_a_deleted_document_s_object_is_due_at_once(
    database: Database, outbox: Outbox, user: str
) -> None:
    made = await add_object(database, user, f"{user} a")
    await documents_of(database).delete(user, made)
    assert await outbox.due(now=NOW, most=9) == [f"{user} a"]


async def test_each_try_puts_the_next_one_off(
    database: Database, overseer: Database, outbox: Outbox, user: str
) -> None:
    made = await add_object(database, user, f"{user} a")
    await documents_of(database).delete(user, made)
    now, waits = NOW, []
    for _ in range(10):
        assert await outbox.due(now=now, most=9) == [f"{user} a"]
        assert await outbox.due(now=now, most=9) == []
        due_at, _ = (await noted(overseer, user))[f"{user} a"]
        waits.append(due_at - now)
        now = due_at
    assert waits[:3] == [FIRST_RETRY_MS, 2 * FIRST_RETRY_MS, 4 * FIRST_RETRY_MS]
    assert waits[-1] == LAST_RETRY_MS


async def test_two_servers_never_take_the_same(
    database: Database, outbox: Outbox, migrated_url: URL, user: str
) -> None:
    for number in range(20):
        await ObjectEntries(database).enter(user, f"{user} {number}", now=NOW)
    other = Outbox(migrated_url)
    taken = await asyncio.gather(
        *(each.due(now=NOW + GRACE_MS, most=3) for each in (outbox, other) * 5)
    )
    await other.aclose()
    keys = [key for several in taken for key in several]
    assert sorted(keys) == sorted(set(keys))
    assert len(keys) == 20


# --- users ---------------------------------------------------------------------------------------


async def test_with_a_user_all_goes_and_its_objects_too(
    database: Database,
    interviews: StoredInterviews,
    migrated_url: URL,
    outbox: Outbox,
    user: str,
) -> None:
    other = new_user()
    for owner in (user, other):
        await make(interviews, owner)
        await add(documents_of(database), owner, resume())
        await add_object(database, owner, f"{owner} a")
    expected = Forgotten(interviews=1, documents=2, objects=1, model_requests=0)
    assert await stored_of(migrated_url, user) == expected
    assert await forget(migrated_url, user) == expected
    assert await outbox.due(now=NOW, most=9) == [f"{user} a"]
    assert await stored_of(migrated_url, user) is None
    assert await forget(migrated_url, user) is None
    assert await stored_of(migrated_url, other) == expected
    assert await interviews.page(user, limit=1, cursor=None) == ([], None)
    assert await documents_of(database).page(user, limit=1, cursor=None) == ([], None)
