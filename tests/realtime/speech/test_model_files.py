"""Where models are looked for, and what is seen of them at a glance."""

import os
from pathlib import Path

from faster_whisper.utils import _MODELS as THEIRS

from realtime.speech.model_files import (
    NEEDED,
    find,
    home_of,
    hub_cache,
    incomplete,
    installed,
    repo_of,
)
from realtime.whisper_models import ALIASES, CATALOGUE, CHOICES, nearest

FILES = (*NEEDED, "vocabulary.json")


def model(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True)
    for name in names or FILES:
        (folder / name).write_bytes(b"12345")
    return folder


def snapshot(cache: Path, repo: str, revision: str) -> Path:
    return model(cache / f"models--{repo.replace('/', '--')}" / "snapshots" / revision)


def test_names_are_faster_whisper_s() -> None:
    ours = {name: known.repo for name, known in CATALOGUE.items()}
    assert ours | {name: repo_of(name) for name in ALIASES} == THEIRS
    assert not any(CATALOGUE[name].english_only for name in CHOICES)
    assert [CATALOGUE[name].pass_s for name in CHOICES] == sorted(
        CATALOGUE[name].pass_s for name in CHOICES
    )


def test_one_that_isn_t_known_costs_what_one_of_its_size_does() -> None:
    assert nearest(1) == CATALOGUE["tiny"]
    assert nearest(500) == CATALOGUE["small"]
    assert nearest(1_600) == CATALOGUE["large-v3-turbo"]


def test_nothing_is_there_at_first(tmp_path: Path) -> None:
    assert find("base", tmp_path / "home", tmp_path / "cache") is None
    assert installed(tmp_path / "home", tmp_path / "cache") == []


def test_a_folder_can_be_named(tmp_path: Path) -> None:
    folder = model(tmp_path / "ours")
    found = find(str(folder), tmp_path / "home", tmp_path / "cache")
    assert found is not None
    assert (found.folder, found.bytes, found.fault) == (folder, 20, None)
    assert find(str(tmp_path / "other"), tmp_path / "home", tmp_path / "cache") is None


def test_a_name_is_found_in_our_folder_before_the_cache(tmp_path: Path) -> None:
    home, cache = tmp_path / "home", tmp_path / "cache"
    cached = snapshot(cache, "Systran/faster-whisper-base", "abc")
    found = find("base", home, cache)
    assert found is not None and found.folder == cached
    ours = model(home / "base")
    found = find("base", home, cache)
    assert found is not None and found.folder == ours
    (ours / "model.bin").unlink()
    found = find("base", home, cache)
    assert found is not None and found.folder == cached


def test_the_newest_snapshot_is_taken(tmp_path: Path) -> None:
    repo = "owner/korean"
    newer, older = snapshot(tmp_path, repo, "a"), snapshot(tmp_path, repo, "b")
    os.utime(older, (1, 1))
    found = find(repo, tmp_path / "home", tmp_path)
    assert found is not None and found.folder == newer


def test_all_that_are_there_are_told(tmp_path: Path) -> None:
    home, cache = tmp_path / "home", tmp_path / "cache"
    model(home / "small")
    model(home / "owner--korean", "model.bin")
    model(home / ".base.part")
    snapshot(cache, "Systran/faster-whisper-tiny", "abc")
    assert [(each.name, each.fault) for each in installed(home, cache)] == [
        ("tiny", None),
        ("small", None),
        ("owner/korean", "config.json is missing"),
    ]
    assert home_of("owner/korean", home) == home / "owner--korean"
    assert home_of("turbo", home) == home / "large-v3-turbo"


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    for name in FILES:
        folder = model(tmp_path / name, *(each for each in FILES if each != name))
        assert incomplete(folder) == f"{name} is missing"


def test_the_cache_is_where_hugging_face_has_it() -> None:
    assert hub_cache({"HF_HUB_CACHE": "/a", "HF_HOME": "/b"}) == Path("/a")
    assert hub_cache({"HF_HOME": "/b"}) == Path("/b/hub")
    assert hub_cache({"XDG_CACHE_HOME": "/c"}) == Path("/c/huggingface/hub")
    assert hub_cache({}) == Path("~/.cache/huggingface/hub").expanduser()
