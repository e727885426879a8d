"""The embedded PostgreSQL's life and deaths: real processes, really killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import anyio
import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from storage.embedded import EmbeddedPostgres, EmbeddedPostgresError
from storage.embedded.cluster import FileLock
from storage.embedded.watchdog import BoundedLog, attend
from tests.database import connect
from tests.storage.embedded_host import (
    children_of,
    eventually,
    hosting,
    kill_all_of_postgres,
    launch,
    parent_of,
    postmaster_of,
    process_state,
    stranger,
)

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import URL

pytestmark = pytest.mark.anyio


async def store(url: URL, value: int) -> None:
    connection = await connect(url)
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS kept (value int)")
        await connection.execute("INSERT INTO kept VALUES ($1)", value)
    finally:
        await connection.close()


async def stored(url: URL) -> list[int]:
    connection = await connect(url)
    try:
        return [row["value"] for row in await connection.fetch("SELECT value FROM kept")]
    finally:
        await connection.close()


async def test_it_serves_sqlalchemy_as_a_role_that_bypasses_nothing(tmp_path: Path) -> None:
    async with EmbeddedPostgres(tmp_path).running() as running:
        engine = create_async_engine(running.url)
        async with engine.connect() as connection:
            facts = (
                await connection.execute(
                    text(
                        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication "
                        "FROM pg_roles WHERE rolname = current_user"
                    )
                )
            ).one()
            owner = await connection.scalar(
                text("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'viva'")
            )
        await engine.dispose()

    assert not any(facts)
    assert owner == running.url.username != running.superuser_url.username


async def test_data_survives_a_restart(tmp_path: Path) -> None:
    for value in (1, 2):
        async with EmbeddedPostgres(tmp_path).running() as running:
            await store(running.url, value)

    async with EmbeddedPostgres(tmp_path).running() as running:
        assert await stored(running.url) == [1, 2]


async def test_it_is_closed_to_others(tmp_path: Path) -> None:
    async with EmbeddedPostgres(tmp_path).running() as running:
        superuser = await connect(running.superuser_url)
        listening = await superuser.fetchval("SHOW listen_addresses")
        methods = await superuser.fetch("SELECT DISTINCT type, auth_method FROM pg_hba_file_rules")
        await superuser.close()
        for url in (running.url, running.superuser_url):
            with pytest.raises(asyncpg.InvalidPasswordError):
                await connect(url.set(password="guessed"))
        home = tmp_path / "postgres"
        modes = {path.name: path.stat().st_mode & 0o777 for path in home.iterdir()}

    assert listening == ""
    assert {tuple(row) for row in methods} == {("local", "scram-sha-256"), ("host", "reject")}
    assert modes == {
        "cluster": 0o700,
        "socket": 0o700,
        "passwords.json": 0o600,
        "server.log": 0o600,
        "owner.lock": 0o600,
        "running.lock": 0o600,
    }


async def test_the_log_holds_no_values(tmp_path: Path) -> None:
    async with EmbeddedPostgres(tmp_path).running() as running:
        connection = await connect(running.url)
        await connection.execute("CREATE TABLE answers (text text PRIMARY KEY)")
        for _ in range(2):
            with pytest.raises(asyncpg.UniqueViolationError):
                await connection.execute("INSERT INTO answers VALUES ('my answer'), ('my answer')")
        await connection.close()

    log = running.log.read_text()
    assert "duplicate key" in log
    assert "my answer" not in log


async def test_a_second_server_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    embedded = EmbeddedPostgres(tmp_path)
    async with embedded.running() as running:
        for second in (embedded, EmbeddedPostgres(tmp_path)):
            with pytest.raises(EmbeddedPostgresError, match="Another server is running") as refused:
                async with second.running():
                    pass
        with hosting(launch(tmp_path)) as other:
            assert other.error == str(refused.value)
        assert str(tmp_path) in str(refused.value)
        await store(running.url, 1)  # the first is none the worse for it


@pytest.mark.parametrize("deep", [(), ("a-folder-with-a-long-name",) * 8], ids=["near", "deep"])
async def test_the_server_of_another_program_can_be_reached(
    tmp_path: Path, deep: tuple[str, ...]
) -> None:
    folder = tmp_path.joinpath(*deep)
    async with EmbeddedPostgres(folder).at_work() as nowhere:
        assert nowhere is None
    assert deep == () or not folder.exists()
    async with EmbeddedPostgres(folder).running() as running:
        await store(running.url, 1)
        async with EmbeddedPostgres(folder).at_work() as url:
            assert url is not None
            assert await stored(url) == [1]
        await store(running.url, 2)  # it is none the worse for it
    async with EmbeddedPostgres(folder).at_work() as nowhere:
        assert nowhere is None


async def test_kill_9_of_the_program_stops_postgres_in_good_order(tmp_path: Path) -> None:
    with hosting(launch(tmp_path)) as program:
        await store(program.url, 1)
        held_open = await connect(program.url)  # a client that doesn't leave holds nothing up
        postmaster = postmaster_of(tmp_path)
        watchdog = parent_of(postmaster)
        program.kill()
        await eventually(lambda: process_state(postmaster) is None)
        await eventually(lambda: process_state(watchdog) is None)
    held_open.terminate()
    assert "database system is shut down" in (tmp_path / "postgres/server.log").read_text()

    async with EmbeddedPostgres(tmp_path).running() as running:
        assert await stored(running.url) == [1]
    assert "automatic recovery" not in running.log.read_text()


async def test_the_next_start_need_not_wait_after_kill_9(tmp_path: Path) -> None:
    for value in range(3):
        with hosting(launch(tmp_path)) as program:
            assert program.error is None
            await store(program.url, value)
            program.kill()

    async with EmbeddedPostgres(tmp_path).running() as running:
        assert await stored(running.url) == [0, 1, 2]


async def test_signals_of_a_terminal_or_a_service_manager_leave_postgres_to_the_program(
    tmp_path: Path,
) -> None:
    async with EmbeddedPostgres(tmp_path).running() as running:
        postmaster = postmaster_of(tmp_path)
        watchdog = parent_of(postmaster)
        assert os.getsid(watchdog) == os.getsid(postmaster) != os.getsid(0)
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(watchdog, signum)
        await store(running.url, 1)
        assert parent_of(postmaster) == watchdog


@pytest.mark.parametrize("file", ["cluster/postmaster.pid", "socket/.s.PGSQL.5432.lock"])
async def test_what_a_kill_left_is_cleared_though_its_process_number_lives_again(
    tmp_path: Path, file: str
) -> None:
    with hosting(launch(tmp_path)) as program:
        await store(program.url, 1)
        postmaster = postmaster_of(tmp_path)
        kill_all_of_postgres(tmp_path)
        program.kill()
        await eventually(lambda: process_state(postmaster) is None)
    left = tmp_path / "postgres" / file
    # PostgreSQL respects the number of a process of its own account only.
    with stranger(left.stat().st_uid) as alive:
        left.write_text(left.read_text().replace(str(postmaster), str(alive), 1))
        async with EmbeddedPostgres(tmp_path).running() as running:
            assert await stored(running.url) == [1]


async def test_an_unfinished_pid_file_is_cleared(tmp_path: Path) -> None:
    async with EmbeddedPostgres(tmp_path).running():
        pass
    (tmp_path / "postgres/cluster/postmaster.pid").touch()

    async with EmbeddedPostgres(tmp_path).running():
        pass


async def test_a_server_that_lost_program_and_watchdog_is_stopped_by_the_next(
    tmp_path: Path,
) -> None:
    with hosting(launch(tmp_path)) as program:
        await store(program.url, 1)
        postmaster = postmaster_of(tmp_path)
        program.process.send_signal(signal.SIGSTOP)  # it must not see the watchdog go
        os.kill(parent_of(postmaster), signal.SIGKILL)
        program.kill()
    assert process_state(postmaster) is not None

    async with EmbeddedPostgres(tmp_path).running() as running:
        assert postmaster_of(tmp_path) != postmaster
        assert await stored(running.url) == [1]
    assert "automatic recovery" not in running.log.read_text()


async def test_the_end_of_postgres_is_told(tmp_path: Path) -> None:
    async with EmbeddedPostgres(tmp_path).running() as running:
        os.kill(postmaster_of(tmp_path), signal.SIGKILL)
        with pytest.raises(EmbeddedPostgresError, match=r"(?s)stopped by itself.*exit status -9"):
            with anyio.fail_after(30):
                await running.wait()


async def test_the_end_of_the_watchdog_is_told_and_ends_postgres(tmp_path: Path) -> None:
    async with EmbeddedPostgres(tmp_path).running() as running:
        postmaster = postmaster_of(tmp_path)
        os.kill(parent_of(postmaster), signal.SIGKILL)
        with pytest.raises(EmbeddedPostgresError, match="stopped by itself"):
            with anyio.fail_after(30):
                await running.wait()
    await eventually(lambda: process_state(postmaster) is None)


async def test_a_start_that_is_cancelled_leaves_nothing_running(tmp_path: Path) -> None:
    embedded = EmbeddedPostgres(tmp_path)
    # It has the second name once it is made, which may be before anybody looks.
    in_the_making = [tmp_path / "postgres" / name for name in ("cluster.new", "cluster")]

    async def start() -> None:
        async with embedded.running():
            pytest.fail("it was to be cancelled")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(start)
        await eventually(lambda: any(path.exists() for path in in_the_making))
        tasks.cancel_scope.cancel()

    async with embedded.running() as running:
        await store(running.url, 1)


async def test_a_first_start_that_was_killed_begins_anew(tmp_path: Path) -> None:
    """When its `initdb`, which lives on, has ended: the lock tells."""
    with launch(tmp_path) as program:
        await eventually((tmp_path / "postgres/cluster.new/PG_VERSION").exists)
        (initdb,) = children_of(program.pid)
        os.kill(initdb, signal.SIGSTOP)
        program.kill()
        program.wait()
        assert not FileLock(tmp_path / "postgres/running.lock").try_acquire()
        os.kill(initdb, signal.SIGCONT)
    assert not (tmp_path / "postgres/cluster").exists()

    async with EmbeddedPostgres(tmp_path).running() as running:
        await store(running.url, 1)


def test_a_server_that_does_not_stop_in_good_order_is_made_to(tmp_path: Path) -> None:
    deaf = "from signal import *; import time; signal(SIGINT, SIG_IGN); signal(SIGQUIT, SIG_DFL); "
    deaf += "print('up'); time.sleep(600)"
    log = BoundedLog(tmp_path / "server.log")
    lifeline, other_end = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-u", "-c", deaf], stdout=subprocess.PIPE, bufsize=0
    ) as postgres:
        assert postgres.stdout is not None
        assert postgres.stdout.readline() == b"up\n"
        os.close(other_end)
        assert attend(postgres, lifeline, log, fast_stop_s=0.1) == -signal.SIGQUIT
    os.close(lifeline)
    log.close()
