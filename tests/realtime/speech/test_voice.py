"""Which model hears on which machine, and why none does."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from realtime.speech.machine import Machine, Sizing, cuda_devices, look, recommended, sizing
from realtime.speech.voice import NoVoice, Voice, find_voice
from realtime.speech_settings import SpeechSettings
from realtime.whisper_models import CATALOGUE
from tests.realtime.speech.test_model_files import model

GIB = 2**30
LAPTOP = Machine(cores=8, memory_bytes=16 * GIB)
WITH_CUDA = Machine(cores=16, memory_bytes=64 * GIB, cuda_devices=1)


def find(machine: Machine, data_dir: Path, given: Mapping[str, object]) -> Voice | NoVoice:
    settings = SpeechSettings.model_validate(given)
    return find_voice(settings, data_dir, machine, {"HF_HUB_CACHE": str(data_dir)})


def settings(**given: object) -> SpeechSettings:
    return SpeechSettings.model_validate(given)


def voice(machine: Machine, tmp_path: Path, **given: object) -> Voice:
    found = find(machine, tmp_path, given)
    assert isinstance(found, Voice), found.reason
    return found


def reason(machine: Machine, tmp_path: Path, **given: object) -> str:
    found = find(machine, tmp_path, given)
    assert isinstance(found, NoVoice)
    return found.reason


@pytest.mark.parametrize(
    ("machine", "name"),
    [
        (Machine(1, 1 * GIB), "tiny"),
        (Machine(8, 1 * GIB), "tiny"),
        (Machine(2, 2 * GIB), "base"),
        (LAPTOP, "base"),
        (Machine(16, 8 * GIB), "small"),
        (WITH_CUDA, "large-v3-turbo"),
    ],
)
def test_the_default_is_what_the_machine_bears(machine: Machine, name: str) -> None:
    assert recommended(machine) == name


@pytest.mark.parametrize(
    ("machine", "name", "sized"),
    [
        (Machine(1, 1 * GIB), "tiny", Sizing(workers=1, threads=1, streams=8)),
        (Machine(2, 2 * GIB), "base", Sizing(workers=1, threads=2, streams=6)),
        (LAPTOP, "base", Sizing(workers=4, threads=2, streams=27)),
        (Machine(16, 32 * GIB), "small", Sizing(workers=4, threads=4, streams=12)),
        # Memory is for one worker alone.
        (Machine(16, 4 * GIB), "small", Sizing(workers=1, threads=4, streams=3)),
        (Machine(1, 1 * GIB), "large-v3", Sizing(workers=1, threads=1, streams=1)),
        (Machine(128, 512 * GIB), "tiny", Sizing(workers=8, threads=4, streams=119)),
    ],
)
def test_workers_are_as_many_as_the_machine_bears(
    machine: Machine, name: str, sized: Sizing
) -> None:
    assert sizing(machine, CATALOGUE[name], "cpu", workers=0, threads=0) == sized


def test_what_is_set_is_taken() -> None:
    assert sizing(LAPTOP, CATALOGUE["base"], "cpu", workers=3, threads=1) == Sizing(3, 1, 12)
    assert sizing(WITH_CUDA, CATALOGUE["base"], "cuda", workers=0, threads=0).workers == 2
    assert sizing(WITH_CUDA, CATALOGUE["base"], "cuda", workers=1, threads=3) == Sizing(1, 3, 22)


def test_this_machine_can_be_looked_at() -> None:
    machine = look(for_cuda=False)
    assert machine.cores >= 1
    assert machine.memory_bytes > 100_000_000
    assert machine.cuda_devices == 0


def test_ctranslate2_is_asked_for_cuda_where_there_is_a_driver(tmp_path: Path) -> None:
    assert cuda_devices([tmp_path / "none"]) == 0
    assert cuda_devices([tmp_path]) >= 0


def test_without_a_model_it_tells_how_to_get_one(tmp_path: Path) -> None:
    found = find(LAPTOP, tmp_path, {})
    assert found == NoVoice(
        "There is no speech model here: `viva models fetch base` gets one.", "base"
    )
    assert "`viva models fetch small`" in reason(LAPTOP, tmp_path, whisper_model="small")


def test_one_that_isn_t_whole_tells_so(tmp_path: Path) -> None:
    model(tmp_path / "models" / "base", "config.json")
    assert reason(LAPTOP, tmp_path) == (
        "The speech model base isn't whole (model.bin is missing): `viva models fetch base` gets "
        "it again."
    )


def test_a_folder_that_isn_t_whole_tells_so(tmp_path: Path) -> None:
    folder = model(tmp_path / "ours", "config.json")
    found = find(LAPTOP, tmp_path, {"whisper_model": str(folder)})
    assert found == NoVoice(
        f"The speech model in {folder} isn't whole: model.bin is missing.", to_fetch=None
    )


def test_auto_takes_what_is_nearest(tmp_path: Path) -> None:
    for name in ("medium", "small", "tiny", "base"):
        model(tmp_path / "models" / name)
        assert voice(LAPTOP, tmp_path).model.name == name  # Rather small than medium, and so on.


def test_how_it_is_run_is_by_the_device(tmp_path: Path) -> None:
    model(tmp_path / "models" / "base")
    here = voice(LAPTOP, tmp_path, whisper_model="base")
    assert (here.device, here.compute_type, here.beam) == ("cpu", "int8", 1)
    there = voice(WITH_CUDA, tmp_path, whisper_model="base")
    assert (there.device, there.compute_type, there.beam) == ("cuda", "float16", 5)
    on_cpu = voice(WITH_CUDA, tmp_path, whisper_model="base", whisper_device="cpu")
    assert (on_cpu.device, on_cpu.sizing.workers) == ("cpu", 4)
    as_set = {"whisper_beam": 3, "whisper_compute_type": "float32", "whisper_workers": 2}
    given = voice(LAPTOP, tmp_path, whisper_model="base", **as_set)
    assert (given.beam, given.compute_type, given.sizing.workers) == (3, "float32", 2)


def test_cuda_that_isn_t_there_is_told(tmp_path: Path) -> None:
    assert "VIVA_WHISPER_DEVICE" in reason(LAPTOP, tmp_path, whisper_device="cuda")


def test_a_folder_of_one_s_own_is_taken(tmp_path: Path) -> None:
    folder = model(tmp_path / "ours")
    assert voice(LAPTOP, tmp_path, whisper_model=str(folder)).model.folder == folder
    model(tmp_path / "elsewhere" / "base")
    elsewhere = voice(LAPTOP, tmp_path, whisper_folder=tmp_path / "elsewhere")
    assert elsewhere.model.name == "base"


def test_it_can_be_switched_off(tmp_path: Path) -> None:
    model(tmp_path / "models" / "base")
    assert reason(LAPTOP, tmp_path, whisper_model="none") == "Spoken answers are switched off here."


@pytest.mark.parametrize("wrong", ["huge", "base!", "/nowhere", "a/b/c", "", "../nowhere"])
def test_a_model_that_can_t_be_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"expected|no such folder"):
        SpeechSettings(whisper_model=wrong)


@pytest.mark.parametrize("right", ["auto", "none", "base", "turbo", "owner/korean-1.0", "/tmp"])
def test_others_are_taken(right: str) -> None:
    assert SpeechSettings(whisper_model=right).whisper_model == right
