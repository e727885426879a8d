"""Fetches a speech model from Hugging Face, or from a mirror of it (`HF_ENDPOINT`).

A model lies under another name until it is whole: the size and checksum of each file are what the
hub says. Where the line is cut, the hub's library takes it up again, a few times; after that the
next attempt goes on with the first file that isn't whole. All here blocks, for minutes.
"""

import contextlib
import fnmatch
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)
from huggingface_hub.utils.tqdm import disable_progress_bars

from realtime.speech.model_files import (
    NEEDED,
    PATTERNS,
    FileEntry,
    Manifest,
    home_of,
    repo_of,
    sha256_of,
    write_manifest,
)

# Bytes that are there, and bytes in all.
Progress = Callable[[int, int], None]

_TELL_EVERY_S = 0.5
_ANSWERS_WITHIN_S = 15.0


class CannotFetch(Exception):
    """A model can't be had; the message is a sentence for the operator."""


@dataclass(frozen=True, slots=True)
class _Listed:
    """A file on the hub. `sha256`: null for small ones."""

    name: str
    bytes: int
    sha256: str | None


def fetch(model: str, home: Path, progress: Progress, endpoint: str | None = None) -> Path:
    """Fetch a model into `home`, and tell how far it has come. Returns its folder.

    Raises:
        CannotFetch: with the reason. The files that have come are kept.
    """
    repo, folder = repo_of(model), home_of(model, home)
    partial = folder.with_name(f".{folder.name}.part")
    try:
        partial.mkdir(parents=True, exist_ok=True)
        revision, files = _listing(repo, endpoint)
        total_bytes = sum(file.bytes for file in files)
        _check_room(home, total_bytes - _there_bytes(partial))
        disable_progress_bars()
        with _told(partial, total_bytes, progress):
            for file in files:
                hf_hub_download(
                    repo, file.name, revision=revision, local_dir=partial, endpoint=endpoint
                )
        entries = {file.name: _checked(partial / file.name, file) for file in files}
        write_manifest(partial, Manifest(repo, revision, entries))
        shutil.rmtree(partial / ".cache", ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
    except CannotFetch:
        raise
    except Exception as error:  # Of the hub's library, its HTTP client, or the disk.
        raise CannotFetch(f"{repo} can't be fetched: {_reason(error)}.") from error
    return folder


def _listing(repo: str, endpoint: str | None) -> tuple[str, list[_Listed]]:
    """The newest revision, and its files that make up a model."""
    api = HfApi(endpoint=endpoint)
    info = api.model_info(repo, files_metadata=True, timeout=_ANSWERS_WITHIN_S)
    files = [
        _Listed(file.rfilename, file.size or 0, file.lfs.sha256 if file.lfs else None)
        for file in info.siblings or ()
        if any(fnmatch.fnmatch(file.rfilename, pattern) for pattern in PATTERNS)
    ]
    missing = set(NEEDED) - {file.name for file in files}
    if missing or info.sha is None:
        raise CannotFetch(f"{repo} is no model for faster-whisper: it has no {min(missing)}.")
    return info.sha, files


def _check_room(home: Path, bytes_to_come: int) -> None:
    free_bytes = shutil.disk_usage(home).free
    if free_bytes < bytes_to_come:
        raise CannotFetch(
            f"{home} has {free_bytes / 1e6:,.0f} MB left, and {bytes_to_come / 1e6:,.0f} MB are to "
            "come."
        )


def _there_bytes(partial: Path) -> int:
    """What has come. A file is under another name until it is whole."""
    there_bytes = 0
    for file in partial.rglob("*"):
        with contextlib.suppress(OSError):  # It was renamed meanwhile.
            there_bytes += file.stat().st_size if file.is_file() else 0
    return there_bytes


@contextlib.contextmanager
def _told(partial: Path, total_bytes: int, progress: Progress) -> Iterator[None]:
    """Looks how much has come, every half second and in the end."""
    over = threading.Event()

    def tell() -> None:
        while not over.wait(_TELL_EVERY_S):
            progress(min(_there_bytes(partial), total_bytes), total_bytes)

    teller = threading.Thread(target=tell, daemon=True)
    progress(min(_there_bytes(partial), total_bytes), total_bytes)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()
    progress(total_bytes, total_bytes)


def _checked(file: Path, listed: _Listed) -> FileEntry:
    """Raises `CannotFetch` where a file isn't what the hub has: the next time it comes anew."""
    entry = FileEntry(file.stat().st_size, sha256_of(file))
    if entry.bytes != listed.bytes or listed.sha256 not in (None, entry.sha256):
        file.unlink()
        raise CannotFetch(f"{listed.name} came damaged: try again.")
    return entry


def _reason(error: Exception) -> str:
    if isinstance(error, GatedRepoError):
        return "its owner wants to know who fetches it (set HF_TOKEN)"
    if isinstance(error, RepositoryNotFoundError):
        return "there is no such model on Hugging Face"
    if isinstance(error, OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE is set"
    if isinstance(error, HfHubHTTPError) and error.response is not None:
        return f"the hub answered {error.response.status_code}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"the hub can't be reached ({type(error).__name__})"
