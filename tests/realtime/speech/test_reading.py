"""How many syllables are read aloud: each line spells out how."""

import pytest

from realtime.speech.reading import syllables


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("… ♪ -", 0),
        ("저는 개발자입니다.", 8),
        ("2024년", len("이천이십사년")),
        ("0", len("영")),
        ("10", len("십")),
        ("11", len("십일")),
        ("110", len("백십")),
        ("1,000", len("천")),
        ("10,500명", len("만오백명")),
        ("11000", len("만천")),
        ("20000", len("이만")),
        ("100000", len("십만")),
        ("110000", len("십일만")),
        ("100000000", len("일억")),
        ("100010000", len("일억만")),
        ("1억", len("일억")),
        ("3.5%", len("삼점오퍼센트")),
        ("010", len("공일공")),
        ("12345678901234567", 17),
        ("API 서버를", len("에이피아이서버를")),
        ("CSS와", len("씨에스에스와")),
        ("AWS", len("에이더블유에스")),
        ("k", 1),
        ("Python", 2),
        ("database", 3),
        ("code", 1),
        ("table", 2),
        ("the", 1),
        ("C++", len("씨플러스플러스")),
    ],
)
def test_syllables(text: str, count: int) -> None:
    assert syllables(text) == count
