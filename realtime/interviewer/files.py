"""Reads the data files that lie beside this package, and refuses one that is not as it should be.

Every file is TOML and is decoded into a frozen dataclass. A mistake stops the program at its start,
with a sentence that names the file and the field; nothing is read after that.
"""

from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

import msgspec

DATA = files(__package__) / "data"

T = TypeVar("T")


class DataFileError(ValueError):
    """A data file can't be used: which one, where in it, and why."""

    def __init__(self, path: Traversable, reason: str) -> None:
        super().__init__(f"{path}: {reason}")


def read(path: Traversable, kind: type[T]) -> T:
    """The file at `path` as a `kind`, which is a dataclass.

    Raises:
        DataFileError: it can't be read, isn't TOML, lacks a field, has one too many, or one is
        wrong.
    """
    try:
        raw = msgspec.toml.decode(path.read_bytes())
        value = msgspec.convert(raw, kind)
    except (OSError, UnicodeDecodeError, msgspec.MsgspecError) as error:
        raise DataFileError(path, str(error)) from error
    stray = _stray(raw, msgspec.to_builtins(value), "$")
    if stray is not None:
        raise DataFileError(path, f"unknown field `{stray}`")
    return value


def _stray(raw: Any, known: Any, place: str) -> str | None:
    """The first field of `raw` that `known` has not, such as a misspelt optional one."""
    if isinstance(raw, dict):
        pairs = [(name, known.get(name), f"{place}.{name}") for name in raw]
        missing = next((path for name, _, path in pairs if name not in known), None)
        if missing is not None:
            return missing
        inner = [(raw[name], value, path) for name, value, path in pairs]
    elif isinstance(raw, list):
        inner = [
            (item, value, f"{place}[{index}]")
            for index, (item, value) in enumerate(zip(raw, known, strict=True))
        ]
    else:
        return None
    found = (_stray(*each) for each in inner)
    return next((path for path in found if path is not None), None)
