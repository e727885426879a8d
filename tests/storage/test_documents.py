"""Documents in a real database: what comes back, whose they are, how many there may be."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from protocol.errors import ProtocolError
from storage.database import Database
from storage.records import CorruptRecord, Paper
from storage.users import forget, stored_of
from tests.storage.filed import NOW, PROFILE, TEXT, add, documents_of, resume
from tests.storage.made import CONFIG
from tests.storage.migrated import new_user

if TYPE_CHECKING:
    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncConnection

    from storage.interviews import StoredInterviews

pytestmark = pytest.mark.anyio


async def test_a_document_comes_back_as_it_was_stored(database: Database, user: str) -> None:
    documents = documents_of(database)
    made = await add(documents, user, resume())
    assert (made.kind, made.name, made.chars) == ("resume", "mina.pdf", len(TEXT))
    assert (made.created_at, made.profile) == (NOW, PROFILE)
    assert await documents.load(user, made.id) == made.with_text(TEXT)
    assert await documents.page(user, limit=5, cursor=None) == ([made], None)


async def test_its_file_is_in_the_database(
    database: Database, overseer: Database, user: str
) -> None:
    made = await add(documents_of(database), user, resume())
    query = text("SELECT data, object_key, size_bytes FROM documents WHERE id = :id")

    async def look(connection: AsyncConnection) -> object:
        return tuple((await connection.execute(query, {"id": made.id})).one())

    assert await overseer.read("", look) == (b"%PDF", None, 4)


async def test_without_a_profile_there_is_none(database: Database, user: str) -> None:
    documents = documents_of(database)
    made = await add(documents, user, resume(profile=None))
    found = await documents.load(user, made.id)
    assert found is not None
    assert found.profile is None


async def test_pages_are_newest_first_and_complete(database: Database, user: str) -> None:
    documents = documents_of(database)
    # Some of them at the same time.
    made = [(await add(documents, user, resume(), now=NOW + n // 2)).id for n in range(7)]
    found: list[str] = []
    cursor = None
    while True:
        items, cursor = await documents.page(user, limit=2, cursor=cursor)
        found += [each.id for each in items]
        if cursor is None:
            break
    assert sorted(found) == sorted(made)
    assert [made.index(each) // 2 for each in found] == [3, 2, 2, 1, 1, 0, 0]


@pytest.mark.parametrize("cursor", ["x", "WzEsMl0", "WzEsIlx1MDAwMCJd", "é"])
async def test_a_cursor_that_is_none_of_ours(database: Database, user: str, cursor: str) -> None:
    with pytest.raises(ProtocolError) as refusal:
        await documents_of(database).page(user, limit=1, cursor=cursor)
    assert (refusal.value.code, refusal.value.details) == ("malformed", {"field": "cursor"})


async def test_deleting_it_once(database: Database, user: str) -> None:
    documents = documents_of(database)
    made = await add(documents, user, resume())
    assert await documents.delete(user, made.id)
    assert not await documents.delete(user, made.id)
    assert await documents.load(user, made.id) is None


async def test_another_user_neither_sees_nor_deletes_it(database: Database, user: str) -> None:
    documents, other = documents_of(database), new_user()
    made = await add(documents, user, resume())
    assert await documents.load(other, made.id) is None
    assert await documents.page(other, limit=5, cursor=None) == ([], None)
    assert await documents.papers(other, [made.id]) == ()
    assert not await documents.delete(other, made.id)
    assert await documents.load(user, made.id) == made.with_text(TEXT)


async def test_an_id_that_postgresql_cant_hold_is_nobody_s(database: Database, user: str) -> None:
    documents = documents_of(database)
    assert await documents.load(user, "a\0b") is None
    assert not await documents.delete(user, "a\0b")
    assert await documents.papers(user, ["a\0b"]) == ()


# --- as interviews read them ---------------------------------------------------------------------


async def test_papers_come_in_the_order_in_which_they_are_named(
    database: Database, user: str
) -> None:
    documents = documents_of(database)
    first = await add(documents, user, resume())
    gone = await add(documents, user, resume())
    job = resume(kind="job_description", text="We look for …", profile=None)
    second = await add(documents, user, job)
    await documents.delete(user, gone.id)
    found = await documents.papers(user, [second.id, gone.id, first.id, second.id, "unheard of"])
    assert found == (
        Paper("job_description", "We look for …", None),
        Paper("resume", TEXT, PROFILE),
    )


async def test_an_interview_takes_the_user_s_documents_and_no_others(
    database: Database, interviews: StoredInterviews, user: str
) -> None:
    documents = documents_of(database)
    mine = (await add(documents, user, resume())).id
    theirs = (await add(documents, new_user(), resume())).id
    config = replace(CONFIG, document_ids=(mine, mine))
    made = await interviews.create(user, config, now=NOW, key="once")
    assert made.config.document_ids == (mine, mine)
    for named in ((theirs,), (mine, theirs), ("unheard of",), ("\x7f",)):
        config = replace(CONFIG, document_ids=named)
        with pytest.raises(ProtocolError) as refusal:
            await interviews.create(user, config, now=NOW, key=None)
        assert refusal.value.details == {"field": "document_ids"}
    assert len((await interviews.page(user, limit=9, cursor=None))[0]) == 1


async def test_a_repeated_creation_is_the_same_when_its_document_was_deleted(
    database: Database, interviews: StoredInterviews, user: str
) -> None:
    documents = documents_of(database)
    mine = (await add(documents, user, resume())).id
    config = replace(CONFIG, document_ids=(mine,))
    made = await interviews.create(user, config, now=NOW, key="once")
    await documents.delete(user, mine)
    assert (await interviews.create(user, config, now=NOW, key="once")).id == made.id


# --- how many ------------------------------------------------------------------------------------


async def test_there_is_room_for_so_many(database: Database, user: str) -> None:
    documents = documents_of(database, most=2)
    first = await add(documents, user, resume())
    since = await documents.admit(user, now=NOW)
    await add(documents, user, resume())
    for refused in (
        documents.admit(user, now=NOW),
        documents.add(user, resume(), now=NOW, since=since),
    ):
        with pytest.raises(ProtocolError) as refusal:
            await refused
        assert refusal.value.code == "forbidden"
        assert refusal.value.details == {"reason": "too_many_documents", "limit": 2}
    await add(documents, new_user(), resume())
    await documents.delete(user, first.id)
    await add(documents, user, resume())


async def test_no_two_come_in_where_there_is_room_for_one(database: Database, user: str) -> None:
    """Twenty at once, on as many connections as there are, all admitted while there was room."""
    documents = documents_of(database, most=3)
    since = await documents.admit(user, now=NOW)
    outcomes = await asyncio.gather(
        *(documents.add(user, resume(), now=NOW, since=since) for _ in range(20)),
        return_exceptions=True,
    )
    refused = [each for each in outcomes if isinstance(each, ProtocolError)]
    assert len(refused) == 17
    assert len((await documents.page(user, limit=50, cursor=None))[0]) == 3


# --- whose they are ------------------------------------------------------------------------------


async def test_whoever_is_admitted_is_known(database: Database, user: str) -> None:
    """What is asked of models for a first document is booked before that is stored."""
    documents = documents_of(database)
    at_once = await asyncio.gather(*(documents.admit(user, now=NOW + n) for n in range(10)))
    assert len(set(at_once)) == 1
    assert await documents.admit(user, now=NOW * 2) == at_once[0]
    assert await documents.page(user, limit=1, cursor=None) == ([], None)


@pytest.mark.parametrize("again", [False, True])
async def test_a_user_who_was_forgotten_meanwhile_gets_nothing_stored(
    database: Database, migrated_url: URL, user: str, again: bool
) -> None:
    """Also where they have come again."""
    documents = documents_of(database)
    since = await documents.admit(user, now=NOW)
    assert await forget(migrated_url, user) is not None
    if again:
        await documents.admit(user, now=NOW + 1)
    with pytest.raises(ProtocolError) as refusal:
        await documents.add(user, resume(), now=NOW, since=since)
    assert (refusal.value.code, refusal.value.details) == ("forbidden", {"reason": "forgotten"})
    assert await documents.page(user, limit=1, cursor=None) == ([], None)
    assert (await stored_of(migrated_url, user) is not None) == again


async def test_nothing_stays_of_who_is_forgotten_at_the_same_time(
    database: Database, migrated_url: URL
) -> None:
    """Many times at once: what is stored goes, what comes later is refused, and nothing breaks."""
    documents, users = documents_of(database), [new_user() for _ in range(20)]

    async def store(user: str, since: int) -> None:
        with suppress(ProtocolError):
            await documents.add(user, resume(), now=NOW, since=since)

    for user in users:
        since = await documents.admit(user, now=NOW)
        await asyncio.gather(
            *(store(user, since) for _ in range(3)),
            forget(migrated_url, user),
            *(store(user, since) for _ in range(3)),
        )
    assert [await stored_of(migrated_url, user) for user in users] == [None] * len(users)


# --- what isn't as it should be ------------------------------------------------------------------


async def test_a_profile_that_is_none_is_named(
    database: Database, overseer: Database, user: str
) -> None:
    documents = documents_of(database)
    made = await add(documents, user, resume())
    damage = text("""UPDATE documents SET profile = '{"skills": 7}' WHERE id = :id""")
    await overseer.write("", lambda connection: connection.execute(damage, {"id": made.id}))
    for asked in (
        documents.load(user, made.id),
        documents.page(user, limit=1, cursor=None),
        documents.papers(user, [made.id]),
    ):
        with pytest.raises(CorruptRecord, match=made.id):
            await asked


async def test_nothing_is_asked_of_a_database_that_is_away(migrated_url: URL) -> None:
    database = Database(migrated_url)
    await database.aclose()
    with pytest.raises(Exception, match="closed"):
        await documents_of(database).papers("mina", ["one"])
