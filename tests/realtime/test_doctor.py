"""The checks that need no server of their own; `test_cli.py` has the others."""

from contextlib import aclosing
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import URL

from realtime.check import Check
from realtime.doctor import examine
from realtime.gateway.page import INDEX
from realtime.settings import NAMES, Settings, variable
from realtime.trust import PUBLISHED_SECRETS
from storage.connections import WRITER
from storage.database import Database
from storage.embedded import EmbeddedPostgres
from storage.interviews import StoredInterviews
from storage.migrations import upgrade
from storage.records import Commit
from storage.writer import Writer
from tests.database import DatabaseServer, connect
from tests.storage.made import finished_like, make, wake

pytestmark = pytest.mark.anyio

NOWHERE = "postgresql://viva:hunter2@127.0.0.1:1/viva"


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of whoever runs the tests."""
    for name in NAMES:
        monkeypatch.delenv(variable(name), raising=False)


async def checks(folder: Path, page: Path, **settings: Any) -> dict[str, Check]:
    usual = Settings(database_url=SecretStr(NOWHERE), data_dir=folder, page_dir=page)
    chosen = usual.model_copy(update=settings)
    return {check.name: check for check in await examine(chosen)}


async def test_every_check_says_something(tmp_path: Path) -> None:
    found = await checks(tmp_path, tmp_path)
    assert list(found) == [
        *("python", "page", "data_dir", "sign_in", "origins", "tls"),
        *("database", "reader", "scanner", "files", "interviewer", "openai", "gemini", "voice"),
    ]
    assert all(check.found for check in found.values())
    assert found["python"].ok
    assert found["interviewer"].ok
    assert found["voice"].ok is None


async def test_a_page_that_was_not_built_is_no_failure(tmp_path: Path) -> None:
    assert (await checks(tmp_path, tmp_path))["page"].ok is None
    (tmp_path / INDEX).touch()
    assert (await checks(tmp_path, tmp_path))["page"].ok


async def test_the_data_directory_may_be_made_later_but_not_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert (await checks(tmp_path / "a" / "b", tmp_path))["data_dir"].ok
    refused = (await checks(tmp_path / "file" / "b", tmp_path))["data_dir"]
    assert refused.ok is False
    assert str(tmp_path / "file") in refused.found
    assert not (tmp_path / "a").exists()


async def test_a_database_that_isnt_there_is_told_without_its_password(tmp_path: Path) -> None:
    refused = (await checks(tmp_path, tmp_path))["database"]
    assert refused.ok is False
    assert "no connection" in refused.found
    assert "hunter2" not in refused.found


# --- who may get in ----------------------------------------------------------------------------

SECRET = SecretStr("correct horse battery staple, and then some")


@pytest.mark.parametrize(
    ("settings", "name", "ok", "found"),
    [
        ({}, "sign_in", None, "nobody has to"),
        ({"jwt_secret": SECRET}, "sign_in", True, "a shared secret"),
        ({"jwks_url": "https://auth.example/keys"}, "sign_in", True, "published keys"),
        ({"jwks_url": "http://127.0.0.1:9999/keys"}, "sign_in", True, "published keys"),
        ({"jwks_url": "http://auth.example/keys"}, "sign_in", False, "plain HTTP"),
        (
            {"jwt_secret": SecretStr(sorted(PUBLISHED_SECRETS)[0])},
            *("sign_in", False, "it is in a manual"),
        ),
        ({"jwt_secret": SECRET}, "audience", None, "VIVA_JWT_AUDIENCE"),
        ({"jwks_url": "https://auth.example/keys"}, "tickets", None, "VIVA_TICKET_SECRET"),
        ({"allowed_origins": frozenset({"*"})}, "origins", False, "every page"),
        ({"allowed_origins": frozenset({"https://a.example"})}, "origins", True, "a.example"),
        ({"jwt_secret": SECRET, "host": "0.0.0.0"}, "tls", False, "0.0.0.0"),
        (
            {
                "jwt_secret": SECRET,
                "host": "0.0.0.0",
                "trusted_proxies": frozenset({"10.0.0.1"}),
            },
            *("tls", None, "left to the proxies"),
        ),
    ],
)
async def test_what_is_insecure_is_named(
    tmp_path: Path, settings: dict[str, Any], name: str, ok: bool | None, found: str
) -> None:
    check = (await checks(tmp_path, tmp_path, **settings))[name]
    assert check.ok is ok
    assert found in check.found
    assert SECRET.get_secret_value() not in check.found


async def test_what_is_settled_is_not_mentioned(tmp_path: Path) -> None:
    found = await checks(tmp_path, tmp_path, jwt_secret=SECRET, jwt_audience="authenticated")
    assert not {"audience", "tickets"} & found.keys()


async def test_a_database_role_that_no_policy_binds_is_named(
    tmp_path: Path, migrated_url: URL, database_server: DatabaseServer
) -> None:
    async def asked(url: URL) -> Check:
        chosen = SecretStr(url.render_as_string(hide_password=False))
        found = await examine(Settings(database_url=chosen, data_dir=tmp_path, page_dir=tmp_path))
        return {check.name: check for check in found}["database_role"]

    assert (await asked(migrated_url)).ok
    unbound = await asked(database_server.as_superuser(migrated_url))
    assert unbound.ok is False
    assert "NOBYPASSRLS" in unbound.found


async def test_open_interviews_are_counted_whosoever_they_are(
    tmp_path: Path, database_url: URL
) -> None:
    await upgrade(database_url)
    names = map(str, count())
    async with (
        aclosing(Database(database_url)) as database,
        aclosing(Writer(database_url)) as writer,
    ):
        interviews = StoredInterviews(database, writer, owner="tests", new_id=lambda: next(names))
        _, over, _ = [await make(interviews, user) for user in ("mina", "ada", "ada")]
        woken = await wake(interviews, "ada", over)
        await interviews.commit(Commit(woken.state, finished_like(woken.state), 1, 1, None))
    url = SecretStr(database_url.render_as_string(hide_password=False))
    check = (await checks(tmp_path, tmp_path, database_url=url))["open_interviews"]
    assert (check.ok, check.found) == (None, "2 not finished")


async def test_a_login_that_may_not_take_on_the_roles_is_told_what_to_run(tmp_path: Path) -> None:
    async with EmbeddedPostgres(tmp_path / "data").running() as running:
        await upgrade(running.url)
        superuser = await connect(running.superuser_url)
        await superuser.execute(f"REVOKE {WRITER} FROM {running.url.username}")
        await superuser.close()
        url = SecretStr(running.url.render_as_string(hide_password=False))
        check = (await checks(tmp_path, tmp_path, database_url=url))["database_role"]
    assert check.ok is False
    assert f"run: GRANT {WRITER} TO {running.url.username}" in check.found
