"""Voice, put together from real parts, or not."""

import os
import shutil
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from realtime.clock import SystemClock
from realtime.settings import Settings
from realtime.speech.parts import voice_parts
from tests.speech.voice import MODEL

pytestmark = pytest.mark.anyio


def settings(data_dir: Path, model: Path) -> Settings:
    return Settings(data_dir=data_dir, whisper_model=str(model), whisper_workers=1)


def children() -> set[str]:
    """The processes that this one has started, and that are there yet."""
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


async def test_what_is_waited_for_is_logged_before(tmp_path: Path) -> None:
    with capture_logs() as logs:
        async with voice_parts(settings(tmp_path, MODEL), SystemClock()) as parts:
            assert parts.unavailable is None
            assert parts.listener is not None
            assert parts.decoder is not None
    assert [each["event"] for each in logs] == ["loading_model", "recognizer.loaded", "voice"]
    assert (logs[0]["model"], logs[0]["within_s"]) == (str(MODEL), 180)


async def test_without_a_model_that_can_be_loaded_there_is_no_voice(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(MODEL, folder)
    os.truncate(folder / "model.bin", 10_000)
    with capture_logs() as logs:
        async with voice_parts(settings(tmp_path, folder), SystemClock()) as parts:
            assert (parts.listener, parts.decoder) == (None, None)
            assert parts.unavailable is not None
            assert parts.unavailable.startswith(f"The speech model {folder} can't be used: ")
    assert (logs[-1]["event"], logs[-1]["log_level"]) == ("no_voice", "error")


@pytest.mark.parametrize("there", [False, True])
async def test_without_a_voice_detector_there_is_no_voice(tmp_path: Path, there: bool) -> None:
    """The server starts, says why, and leaves no process behind."""
    detector = tmp_path / "detector.onnx"
    if there:
        detector.write_bytes(b"cut off")
    before = children()
    with capture_logs() as logs:
        async with voice_parts(settings(tmp_path, MODEL), SystemClock(), detector) as parts:
            assert (parts.listener, parts.decoder) == (None, None)
            assert parts.unavailable == (
                "Spoken answers can't be heard here: the voice detector detector.onnx can't be "
                "loaded."
            )
            assert children() == before
    assert (logs[-1]["event"], logs[-1]["log_level"]) == ("no_voice", "error")


async def test_without_a_voice_detector_nobody_else_hears_either(tmp_path: Path) -> None:
    elsewhere = Settings(data_dir=tmp_path, transcriptions_base_url="http://127.0.0.1:9/v1")
    detector = tmp_path / "detector.onnx"
    async with voice_parts(elsewhere, SystemClock(), detector) as parts:
        assert parts.unavailable is not None
    async with voice_parts(elsewhere, SystemClock()) as parts:
        assert parts.unavailable is None
