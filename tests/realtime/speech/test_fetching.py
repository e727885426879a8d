"""Models are fetched by Hugging Face's own library, from a hub that is emulated."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from realtime.speech.fetching import CannotFetch, fetch
from realtime.speech.model_files import damaged, find, incomplete, read_manifest
from realtime.speech.whisper import Whisper
from realtime.speech.wire import WhisperOptions
from tests.realtime.speech.hub import REPO, REVISION, Hub, serving
from tests.speech.voice import MODEL


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving(MODEL) as made:
        yield made


def ignore(there_bytes: int, total_bytes: int) -> None:
    pass


def test_a_model_is_fetched_and_can_be_loaded(hub: Hub, tmp_path: Path) -> None:
    hub.files |= {"README.md": b"Read me.", "pytorch_model.bin": b"x" * 200_000}
    told: list[tuple[int, int]] = []
    folder = fetch("tiny", tmp_path, lambda there, total: told.append((there, total)), hub.url)
    assert folder == tmp_path / "tiny"
    found = find("tiny", tmp_path, tmp_path / "cache")
    assert found is not None and found.folder == folder and found.fault is None
    assert damaged(folder) is None
    assert not (folder / "README.md").exists() and not (folder / "pytorch_model.bin").exists()
    manifest = read_manifest(folder)
    assert manifest is not None and (manifest.repo, manifest.revision) == (REPO, REVISION)
    total_bytes = sum(entry.bytes for entry in manifest.files.values())
    assert told[-1] == (total_bytes, total_bytes)
    assert told == sorted(told)
    Whisper(WhisperOptions(str(folder)))


def test_an_id_will_do_for_a_name(hub: Hub, tmp_path: Path) -> None:
    assert fetch(REPO, tmp_path, ignore, hub.url) == tmp_path / "Systran--faster-whisper-tiny"
    found = find(REPO, tmp_path, tmp_path / "cache")
    assert found is not None and found.fault is None


def test_a_line_that_breaks_is_taken_up_again(hub: Hub, tmp_path: Path) -> None:
    hub.cuts = 1
    assert damaged(fetch("tiny", tmp_path, ignore, hub.url)) is None
    assert hub.cuts == 0


def test_what_comes_damaged_is_no_model_and_comes_anew(hub: Hub, tmp_path: Path) -> None:
    hub.damaged = True
    with pytest.raises(CannotFetch, match=r"model\.bin came damaged"):
        fetch("tiny", tmp_path, ignore, hub.url)
    assert find("tiny", tmp_path, tmp_path / "cache") is None
    hub.damaged = False
    assert damaged(fetch("tiny", tmp_path, ignore, hub.url)) is None


def test_what_was_there_and_isn_t_whole_is_replaced(hub: Hub, tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "model.bin").write_bytes(b"half")
    assert incomplete(folder) == "config.json is missing"
    assert damaged(fetch("tiny", tmp_path, ignore, hub.url)) is None


@pytest.mark.parametrize(
    ("status", "reason"),
    [(404, "there is no such model"), (403, "the hub answered 403")],
)
def test_a_refusal_is_told(hub: Hub, tmp_path: Path, status: int, reason: str) -> None:
    hub.status = status
    with pytest.raises(CannotFetch, match=rf"{REPO} can't be fetched: {reason}"):
        fetch("tiny", tmp_path, ignore, hub.url)


def test_what_is_no_model_is_told(hub: Hub, tmp_path: Path) -> None:
    del hub.files["tokenizer.json"]
    with pytest.raises(CannotFetch, match=r"is no model .* it has no tokenizer\.json"):
        fetch("tiny", tmp_path, ignore, hub.url)


def test_without_a_network_it_is_told(tmp_path: Path) -> None:
    with serving(MODEL) as gone:
        pass
    with pytest.raises(CannotFetch, match="the hub can't be reached"):
        fetch("tiny", tmp_path, ignore, gone.url)


def test_a_folder_that_can_t_be_written_is_told(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CannotFetch, match="Not a directory"):
        fetch("tiny", tmp_path / "file", ignore, hub.url)


def test_a_file_that_is_changed_is_seen(hub: Hub, tmp_path: Path) -> None:
    folder = fetch("tiny", tmp_path, ignore, hub.url)
    content = bytearray((folder / "model.bin").read_bytes())
    content[1_000] ^= 1
    (folder / "model.bin").write_bytes(content)
    assert incomplete(folder) is None
    assert damaged(folder) == "model.bin isn't what was fetched"
    (folder / "model.bin").write_bytes(content[:-1])
    fault = f"model.bin has {len(content) - 1} bytes instead of {len(content)}"
    assert incomplete(folder) == damaged(folder) == fault
    shutil.rmtree(folder)
    assert incomplete(folder) == "there is no such folder"
