"""The checks that need no server of their own; `test_cli.py` has the others."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from realtime.doctor import Check, examine
from realtime.gateway.page import INDEX
from realtime.settings import Settings

pytestmark = pytest.mark.anyio

NOWHERE = "postgresql://viva:hunter2@127.0.0.1:1/viva"


async def checks(folder: Path, page: Path) -> dict[str, Check]:
    chosen = Settings(database_url=SecretStr(NOWHERE), data_dir=folder, page_dir=page)
    return {check.name: check for check in await examine(chosen)}


async def test_every_check_says_something(tmp_path: Path) -> None:
    found = await checks(tmp_path, tmp_path)
    assert list(found) == ["python", "page", "data_dir", "database", "interviewer", "voice"]
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
