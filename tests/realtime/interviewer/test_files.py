"""Data files that are wrong are refused, with the file and the field."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
from msgspec import Meta

from realtime.interviewer.files import DATA, DataFileError, read


@dataclass(frozen=True, slots=True)
class Item:
    text: Annotated[str, Meta(min_length=2)]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Stock:
    items: tuple[Item, ...]
    counts: dict[str, int]


RIGHT = '[[items]]\ntext = "ab"\n[counts]\na = 1\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "stock.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_right_file_is_read(tmp_path: Path) -> None:
    assert read(written(tmp_path, RIGHT), Stock) == Stock((Item("ab"),), {"a": 1})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (RIGHT.replace('"ab"', '"a"'), r"items\[0\].text"),
        (RIGHT.replace('"ab"', "7"), r"items\[0\].text"),
        (RIGHT.replace('text = "ab"', 'text = "ab"\nntoe = "x"'), r"items\[0\].ntoe"),
        (RIGHT.replace("[counts]\na = 1", ""), "counts"),
        (RIGHT + "b = 1.5\n", "counts"),
        ("more = 1\n" + RIGHT, r"\$\.more"),
        ("[[items]\n", "line 1"),
    ],
)
def test_a_wrong_file_is_named_with_the_field(tmp_path: Path, text: str, told: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(DataFileError, match=told) as caught:
        read(path, Stock)
    assert str(caught.value).startswith(f"{path}: ")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r"nowhere\.toml"):
        read(tmp_path / "nowhere.toml", Stock)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "stock.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(DataFileError, match=r"stock\.toml"):
        read(path, Stock)


def test_the_data_lies_beside_the_package() -> None:
    assert (DATA / "rubric.toml").is_file()
