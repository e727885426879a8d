"""`viva forget`: a user's end, also while a server is at work, and in the object store."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from realtime.document_parts import object_store
from realtime.forgetting import forget_user, look_up
from realtime.settings import Settings
from storage.database import Database
from storage.interviews import StoredInterviews
from storage.users import Forgotten
from tests.realtime.documents.s3 import BUCKET, S3, s3
from tests.realtime.viva import serving, viva
from tests.storage.filed import add, add_object, documents_of, resume
from tests.storage.made import make
from tests.storage.migrated import new_user

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

pytestmark = pytest.mark.anyio


@pytest.fixture
def url(migrated_url: "URL") -> str:
    return migrated_url.render_as_string(hide_password=False)


@pytest.fixture(scope="module")
async def store(anyio_backend: tuple[str, dict[str, bool]]) -> AsyncIterator[S3]:
    async with s3() as store:
        yield store


def settings_of(url: str, store: S3 | None = None) -> Settings:
    usual = {"database_url": url}
    if store is not None:
        usual |= {"s3_bucket": BUCKET, "s3_endpoint_url": store.url}
        usual |= {"s3_access_key_id": "a-key", "s3_secret_access_key": "its-secret"}
    return Settings.model_validate(usual)


async def test_all_that_is_a_user_s_goes_and_nothing_else(
    url: str, interviews: StoredInterviews, database: Database
) -> None:
    user, other = new_user(), new_user()
    for owner in (user, other):
        await make(interviews, owner)
        await add(documents_of(database), owner, resume())
    ended = await viva("forget", user, "--yes", "--database-url", url)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out == (
        f"Deleted {user}: 1 interview, 1 document, 0 files in the object store, "
        "0 requests to models.\n"
    )
    assert await look_up(settings_of(url), user) is None
    assert await look_up(settings_of(url), other) == Forgotten(1, 1, 0, 0)
    again = await viva("forget", user, "--yes", "--database-url", url)
    assert (again.status, again.out, again.err) == (1, "", f'There is no user "{user}".\n')


async def test_it_asks_first(url: str, interviews: StoredInterviews) -> None:
    user = new_user()
    await make(interviews, user)
    ended = await viva("forget", user, "--database-url", url)  # nobody answers
    assert (ended.status, ended.out.strip()) == (1, "")
    assert f"Delete {user}: 1 interview, " in ended.err
    assert await look_up(settings_of(url), user) is not None


async def test_a_name_that_no_user_can_have(url: str) -> None:
    ended = await viva("forget", " ", "--yes", "--database-url", url)
    assert (ended.status, ended.out) == (2, "")


async def test_objects_go_too(url: str, database: Database, store: S3) -> None:
    user = new_user()
    settings = settings_of(url, store)
    objects = object_store(settings)
    assert objects is not None
    for key in ("one", "two"):
        await objects.put(key, b"data")
        await add_object(database, user, key)
    gone = await forget_user(settings, user)
    assert gone is not None
    assert (gone.forgotten, gone.left) == (Forgotten(0, 2, 2, 0), 0)
    assert await store.keys() == []


@pytest.mark.parametrize(
    ("chosen", "why"), [(None, "VIVA_S3_BUCKET isn't set"), (S3("http://127.0.0.1:1"), "failed")]
)
async def test_what_the_object_store_still_has_is_told(
    url: str, database: Database, chosen: S3 | None, why: str
) -> None:
    user = new_user()
    await add_object(database, user, f"{user} key")
    gone = await forget_user(settings_of(url, chosen), user)
    assert gone is not None
    assert (gone.forgotten.objects, gone.left) == (1, 1)
    assert why in gone.why


@pytest.mark.parametrize("forgotten", [False, True])
async def test_objects_of_documents_that_went_before_go_too(
    url: str, database: Database, store: S3, forgotten: bool
) -> None:
    """Be the user still known, or gone already when the object store couldn't be reached."""
    user = new_user()
    settings = settings_of(url, store)
    objects = object_store(settings)
    assert objects is not None
    await objects.put(f"{user} key", b"data")
    made = await add_object(database, user, f"{user} key")
    if forgotten:
        away = await forget_user(settings_of(url), user)
        assert away is not None
        assert (away.left, "VIVA_S3_BUCKET" in away.why) == (1, True)
    else:
        await documents_of(database).delete(user, made)
    gone = await forget_user(settings, user)
    assert gone is not None
    assert gone.forgotten == Forgotten(0, 0, 1 if forgotten else 0, 0)
    assert (gone.left, await store.keys()) == (0, [])
    assert await forget_user(settings, user) is None


async def test_a_user_who_isnt_there(url: str) -> None:
    assert await forget_user(settings_of(url), new_user()) is None


async def test_a_server_may_be_at_work_meanwhile(tmp_path: Path) -> None:
    async with serving("--data-dir", str(tmp_path)) as running, running.client() as client:
        made = await client.post("/v1/interviews", json={"role": "backend"})
        files, data = {"file": ("mina.txt", b"Mina Kim.")}, {"kind": "resume"}
        assert (await client.post("/v1/documents", files=files, data=data)).status_code == 201
        ended = await viva("forget", "local", "--yes", "--data-dir", str(tmp_path))
        assert ended.status == 0, ended
        assert ended.out.startswith("Deleted local: 1 interview, 1 document, ")
        path = f"/v1/interviews/{made.json()['id']}"
        assert (await client.get(path)).status_code == 404
        assert (await client.get("/v1/documents")).json()["items"] == []
        # And who was forgotten may come again.
        assert (await client.post("/v1/documents", files=files, data=data)).status_code == 201


async def test_no_database_is_made_to_look_into(tmp_path: Path) -> None:
    ended = await viva("forget", "mina", "--data-dir", str(tmp_path))
    assert (ended.status, ended.out) == (1, "")
    assert f"There is no database in {tmp_path} yet." in ended.err
