"""Files in an object store: a real one (moto, as a process), and ones that fail."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace

import pytest

from realtime.documents.objects import (
    SWEEP_EVERY_S,
    Bucket,
    ObjectFiles,
    ObjectStore,
    Sweeper,
    sweep,
)
from realtime.ports import StorageUnavailable
from tests.realtime.documents.s3 import S3, s3
from tests.realtime.fakes import START, FakeClock, until
from tests.realtime.gateway.house import eventually

pytestmark = pytest.mark.anyio

NOWHERE = Bucket("documents", "http://127.0.0.1:1", "eu-central-1", "a-key", "its-secret", "")


@pytest.fixture(scope="module")
async def server(anyio_backend: tuple[str, dict[str, bool]]) -> AsyncIterator[S3]:
    async with s3() as server:
        yield server


class Notes:
    """Plays both sides of the outbox, in memory: when which object is to be deleted."""

    def __init__(self) -> None:
        self.due_at: dict[str, int] = {}
        self.fails = False
        self.asked = 0

    async def enter(self, user_id: str, key: str, *, now: int) -> None:
        self._reached()
        self.due_at[key] = now + 600_000

    async def give_up(self, user_id: str, key: str) -> None:
        self._reached()
        self.due_at[key] = 0

    async def due(self, *, now: int, most: int) -> list[str]:
        self.asked += 1
        self._reached()
        keys = [key for key, due_at in self.due_at.items() if due_at <= now][:most]
        self.due_at |= dict.fromkeys(keys, now + 30_000)
        return keys

    async def done(self, keys: Sequence[str]) -> None:
        for key in keys:
            del self.due_at[key]

    def _reached(self) -> None:
        if self.fails:
            raise StorageUnavailable("nobody there")


# --- the store -----------------------------------------------------------------------------------


async def test_an_object_is_there_whole_until_it_is_deleted(server: S3) -> None:
    store = ObjectStore(server.bucket())
    data = bytes(range(256)) * 40_960  # 10 MiB
    await store.put("one", data)
    assert await server.read("viva/files/one") == data
    await store.delete("one")
    assert "viva/files/one" not in await server.keys()
    await store.delete("one")  # a second time there is nothing to do


async def test_the_bucket_is_reached(server: S3) -> None:
    await ObjectStore(server.bucket()).reach()
    with pytest.raises(StorageUnavailable, match="no such bucket"):
        await ObjectStore(server.bucket("another")).reach()


async def test_a_bucket_that_isnt_there_takes_nothing(server: S3) -> None:
    with pytest.raises(StorageUnavailable, match="object store failed"):
        await ObjectStore(server.bucket("another")).put("one", b"data")


async def test_a_store_that_isnt_there_says_so_and_no_secret() -> None:
    store = ObjectStore(NOWHERE)
    for failing in (store.put("one", b"data"), store.delete("one"), store.reach()):
        with pytest.raises(StorageUnavailable) as failure:
            await failing
        assert "its-secret" not in str(failure.value)


# --- files ---------------------------------------------------------------------------------------


async def test_a_file_is_noted_before_it_is_put(server: S3) -> None:
    notes, clock = Notes(), FakeClock()
    files = ObjectFiles(ObjectStore(server.bucket()), notes, clock)
    key = await files.put("mina", b"data")
    assert notes.due_at == {key: START + 600_000}
    assert await server.read(f"viva/files/{key}") == b"data"
    assert "mina" not in key


async def test_where_it_cant_be_noted_nothing_is_put(server: S3) -> None:
    notes = Notes()
    notes.fails = True
    before = await server.keys()
    with pytest.raises(StorageUnavailable):
        await ObjectFiles(ObjectStore(server.bucket()), notes, FakeClock()).put("mina", b"data")
    assert await server.keys() == before


async def test_what_may_not_have_been_put_is_deleted_after_the_time_of_grace() -> None:
    """It may still arrive; deleted before that, it would stay for ever."""
    notes = Notes()
    with pytest.raises(StorageUnavailable):
        await ObjectFiles(ObjectStore(NOWHERE), notes, FakeClock()).put("mina", b"data")
    assert list(notes.due_at.values()) == [START + 600_000]


async def test_so_is_what_was_being_put_when_somebody_left() -> None:
    notes, asked = Notes(), asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read()
        writer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as silent:
        port = silent.sockets[0].getsockname()[1]
        store = ObjectStore(replace(NOWHERE, endpoint_url=f"http://127.0.0.1:{port}"))
        putting = asyncio.create_task(ObjectFiles(store, notes, FakeClock()).put("mina", b"data"))
        await asked.wait()
        putting.cancel()
        await asyncio.wait([putting])
    assert list(notes.due_at.values()) == [START + 600_000]


async def test_giving_up_raises_nothing() -> None:
    notes = Notes()
    notes.fails = True
    await ObjectFiles(ObjectStore(NOWHERE), notes, FakeClock()).give_up("mina", "one")


# --- sweeping ------------------------------------------------------------------------------------


async def test_what_is_due_is_deleted_and_nothing_else(server: S3) -> None:
    store, notes, clock = ObjectStore(server.bucket()), Notes(), FakeClock()
    files = ObjectFiles(store, notes, clock)
    kept, unwanted = await files.put("mina", b"kept"), await files.put("mina", b"unwanted")
    await files.give_up("mina", unwanted)
    notes.due_at["never put"] = 0
    assert await sweep(store, notes, clock.now()) == 2
    keys = await server.keys()
    assert f"viva/files/{kept}" in keys
    assert f"viva/files/{unwanted}" not in keys
    assert list(notes.due_at) == [kept]


async def test_what_cant_be_deleted_is_kept_in_mind() -> None:
    notes = Notes()
    notes.due_at["one"] = 0
    with pytest.raises(StorageUnavailable):
        await sweep(ObjectStore(NOWHERE), notes, START)
    assert list(notes.due_at) == ["one"]


async def test_the_sweeper_comes_again_and_again(server: S3) -> None:
    store, notes, clock = ObjectStore(server.bucket()), Notes(), FakeClock()
    async with aclosing(Sweeper(store, notes, clock)):
        await until(lambda: clock.alarms == 1)
        notes.fails = True
        clock.advance(SWEEP_EVERY_S)
        await until(lambda: clock.alarms == 1)
        notes.fails = False
        notes.due_at["one"] = 0
        clock.advance(SWEEP_EVERY_S)
        await eventually(lambda: clock.alarms == 1 and not notes.due_at)
    assert notes.asked == 4  # the last one found that there is nothing more
