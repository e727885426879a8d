"""What becomes of a text on its way in."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.documents.clean import clean, is_clean


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("a\r\nb\rc\vd\fe\u2028f", "a\nb\nc\nd\ne\nf"),
        ("a\n\n\n\n\nb\n", "a\n\n\nb"),
        ("a \t\n  b", "a\n  b"),
        ("a\xa0b\u3000c", "a b c"),
        ("한글", "한글"),
        ("\x00a\x07\x1b[0m\x7f\x9f", "a[0m"),
        ("a\u202eb\u2066c\u200b\ufeff\xadd", "abcd"),
        ("a\U000e0041\U000e007f", "a"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("a\ud800b", "ab"),
        ("a\tb", "a\tb"),
        (" \n\u3000\n", ""),
    ],
)
def test_clean(raw: str, text: str) -> None:
    assert clean(raw) == text


@given(st.text(st.characters(exclude_categories=())))
def test_what_is_clean_stays_so(raw: str) -> None:
    text = clean(raw)
    assert clean(text) == text
    assert not text or is_clean(text)
    assert "\n\n\n\n" not in text
    assert not re.search(r"[^\n\t\x20-\x7e\x80-\U0010ffff]", text)
    assert unicodedata.is_normalized("NFC", text)
    text.encode()


@pytest.mark.parametrize(
    "text", ["", " ", "\n\t", "a\0", "a\r", "\ud800", "\u1112\u1161", "\u202e"]
)
def test_what_is_not_clean(text: str) -> None:
    assert not is_clean(text)
