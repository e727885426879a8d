"""The files of speech models: where they are, and whether they are whole.

A model is looked for in three places: as the folder that was named, in our own folder for models,
where `fetching.py` puts them, and in the cache of Hugging Face, where other programs have.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from realtime.whisper_models import ALIASES, CATALOGUE

# What makes up a model that was converted for CTranslate2, beside its vocabulary.
NEEDED = ("model.bin", "config.json", "tokenizer.json")
VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
PATTERNS = (*NEEDED, "preprocessor_config.json", "vocabulary.*")

_MANIFEST = "fetched.json"


class FileEntry(msgspec.Struct, frozen=True):
    """A file as it was fetched."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What was fetched, whence."""

    repo: str
    revision: str
    files: dict[str, FileEntry]


@dataclass(frozen=True, slots=True)
class Found:
    """A model that is there. `fault`: what is missing of it, or null."""

    name: str
    folder: Path
    bytes: int
    fault: str | None

    @property
    def megabytes(self) -> float:
        return self.bytes / 1e6


def find(model: str, home: Path, cache: Path) -> Found | None:
    """The model of that name, id or folder; null: it isn't there. One that is whole comes first."""
    found = [_found(model, folder) for folder in _places(model, home, cache) if folder.is_dir()]
    return min(found, key=lambda each: each.fault is not None, default=None)


def installed(home: Path, cache: Path) -> list[Found]:
    """All that are there: those of known names, from the cheapest on, then others in `home`."""
    known = [found for name in CATALOGUE if (found := find(name, home, cache))]
    taken = {found.folder for found in known}
    others = sorted(home.iterdir()) if home.is_dir() else []
    return known + [
        _found(folder.name.replace("--", "/"), folder)
        for folder in others
        if folder.is_dir() and not folder.name.startswith(".") and folder not in taken
    ]


def home_of(model: str, home: Path) -> Path:
    """Where a model is kept in our own folder."""
    return home / ALIASES.get(model, model).replace("/", "--")


def repo_of(model: str) -> str:
    """A model's id on Hugging Face."""
    known = CATALOGUE.get(ALIASES.get(model, model))
    return known.repo if known else model


def is_folder(model: str) -> bool:
    """Whether a folder was named, rather than a model."""
    return model.startswith(("/", "./", "../", "~"))


def hub_cache(environment: Mapping[str, str]) -> Path:
    """Where Hugging Face's library keeps what it has fetched."""
    if given := environment.get("HF_HUB_CACHE"):
        return Path(given).expanduser()
    general = environment.get("XDG_CACHE_HOME", "~/.cache")
    return Path(environment.get("HF_HOME", f"{general}/huggingface")).expanduser() / "hub"


def _places(model: str, home: Path, cache: Path) -> list[Path]:
    if is_folder(model):
        return [Path(model).expanduser().absolute()]
    snapshots = cache / f"models--{repo_of(model).replace('/', '--')}" / "snapshots"
    fetched = sorted(snapshots.iterdir(), key=os.path.getmtime) if snapshots.is_dir() else []
    return [home_of(model, home), *reversed(fetched)]


def _found(name: str, folder: Path) -> Found:
    size_bytes = sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
    return Found(name, folder, size_bytes, incomplete(folder))


def incomplete(folder: Path) -> str | None:
    """What is missing of a model, at a glance: by names, and by sizes if it was fetched by us."""
    if not folder.is_dir():
        return "there is no such folder"
    for name in NEEDED:
        if not (folder / name).is_file():
            return f"{name} is missing"
    if not any((folder / name).is_file() for name in VOCABULARIES):
        return "vocabulary.json is missing"
    manifest = read_manifest(folder)
    for name, entry in manifest.files.items() if manifest else ():
        file = folder / name
        if not file.is_file():
            return f"{name} is missing"
        if (size_bytes := file.stat().st_size) != entry.bytes:
            return f"{name} has {size_bytes} bytes instead of {entry.bytes}"
    return None


def damaged(folder: Path) -> str | None:
    """As `incomplete`, and whether each file is still what was fetched. It reads all of them."""
    manifest = read_manifest(folder)
    if (fault := incomplete(folder)) or manifest is None:
        return fault
    for name, entry in manifest.files.items():
        if sha256_of(folder / name) != entry.sha256:
            return f"{name} isn't what was fetched"
    return None


def sha256_of(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def read_manifest(folder: Path) -> Manifest | None:
    """What was fetched into a folder; null: it wasn't fetched by us."""
    try:
        return msgspec.json.decode((folder / _MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError):
        return None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    (folder / _MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
