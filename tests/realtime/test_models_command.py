"""`viva models`, as it is typed."""

import shutil
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import typer
import uvloop
from typer.testing import CliRunner

from realtime.models_command import fetched, listed, models_app
from realtime.settings import Settings, load
from tests.speech.voice import MODEL

RUN: Callable[[Coroutine[Any, Any, Any]], Any] = uvloop.run


def settings(data_dir: Path, **given: str) -> Settings:
    return load({"data_dir": str(data_dir), "whisper_folder": str(data_dir / "models"), **given})


def call(data_dir: Path, *arguments: str) -> tuple[int, str]:
    """The status, and what was said."""
    app = models_app(lambda flags: settings(data_dir, **given(flags)), RUN)
    result = CliRunner().invoke(app, [*arguments])
    return result.exit_code, result.output


def given(flags: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in flags.items() if value}


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A data directory with the tests' model in the place of tiny."""
    shutil.copytree(MODEL, tmp_path / "models" / "tiny")
    return tmp_path


def test_the_list_tells_what_there_is(tmp_path: Path) -> None:
    status, said = call(tmp_path, "list")
    assert status == 0
    assert "large-v3-turbo        1,620 MB  -" in said
    assert "distil-large-v3       1,510 MB  - (English alone)" in said
    assert "`viva models fetch " in said


def test_the_list_marks_what_a_server_uses(installed: Path) -> None:
    said = listed(settings(installed, whisper_model="tiny"))
    assert f"* tiny                      1 MB  {installed / 'models' / 'tiny'}" in said
    assert said.endswith("A server here uses tiny, on cpu.")
    (installed / "models" / "tiny" / "tokenizer.json").unlink()
    assert "NOT WHOLE: tokenizer.json is missing" in listed(settings(installed))


def test_a_folder_of_one_s_own_is_in_the_list(tmp_path: Path) -> None:
    said = listed(settings(tmp_path, whisper_model=str(MODEL)))
    assert f"A server here uses {MODEL}, on cpu." in said


def test_what_is_there_isn_t_fetched(installed: Path) -> None:
    assert "tiny is there already" in fetched(settings(installed), "tiny")


@pytest.mark.parametrize("name", ["huge", "/tmp", "a/b/c"])
def test_what_is_no_model_isn_t_fetched(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended:
        fetched(settings(tmp_path), name)
    assert ended.value.exit_code == 1
    assert f'"{name}" is no model' in capsys.readouterr().err


def test_a_model_is_tried(installed: Path) -> None:
    status, said = call(installed, "check", "tiny")
    assert status == 0
    assert f"tiny works, from {installed / 'models' / 'tiny'}." in said
    assert "a pass takes" in said


def test_one_that_won_t_do_is_told(installed: Path) -> None:
    file = installed / "models" / "tiny" / "model.bin"
    file.write_bytes(file.read_bytes()[:10_000])
    status, said = call(installed, "check", "tiny")
    assert status == 1
    assert "It won't do: RuntimeError: " in said
    status, said = call(installed, "check", "base")
    assert status == 1
    assert "`viva models fetch base` gets one." in said
