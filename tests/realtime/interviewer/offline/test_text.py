"""Sentences, excerpts and stems."""

import pytest

from protocol.view import Language
from realtime.interviewer.offline.library import Library
from realtime.interviewer.offline.text import (
    excerpt,
    language_of,
    length,
    lower,
    pieces,
    sentences,
    stems,
)

LONG_EN = (
    "I added tracing to the order service and found that one query scanned the whole table, "
    "so I wrote a composite index, because a cache would have shown old prices"
)
LONG_KO = (
    "저는 슬로우 쿼리 로그를 모아 분석했고, 주문 테이블 전체를 훑는 쿼리를 찾아 "
    "복합 인덱스를 추가했더니 응답이 4초에서 0.3초로 줄었습니다"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ("One.", "Two!", "Three?")),
        ("It took 3.5 s, e.g. at noon. Then less.", ("It took 3.5 s, e.g. at noon.", "Then less.")),
        ("First line\nSecond line", ("First line", "Second line")),
        ("했습니다.그래서 바꿨습니다.", ("했습니다.", "그래서 바꿨습니다.")),
        ("... !!! …", ()),
        ("  spaced  .  out ", ("spaced  .", "out")),
    ],
)
def test_sentences(text: str, expected: tuple[str, ...]) -> None:
    assert sentences(text) == expected


def test_speech_without_marks_is_cut_where_a_listener_would() -> None:
    spoken = "저는 로그를 분석했습니다 " * 12 + "그래서 고쳤습니다 " * 12
    assert len(sentences(spoken)) == 24
    spoken = "I looked at the logs for a whole day " * 8 + "and then I wrote an index"
    assert len(sentences(spoken)) == 2


def test_no_sentence_is_longer_than_one_is() -> None:
    parts = sentences("word " * 1_000 + "x" * 1_000)
    assert max(map(len, parts)) <= 400
    assert "".join(parts).replace(" ", "") == "word" * 1_000 + "x" * 1_000


@pytest.mark.parametrize(("sentence", "language"), [(LONG_EN, "en"), (LONG_KO, "ko")])
@pytest.mark.parametrize("limit", [10, 25, 40, 60, 90, 200])
def test_an_excerpt_is_a_slice_within_the_limit(
    sentence: str, language: Language, limit: int, library: Library
) -> None:
    words = excerpt(sentence, library.lexicons[language], limit)
    assert words in sentence
    assert 0 < len(words) <= limit


def test_an_excerpt_keeps_whole_clauses_around_its_cue(library: Library) -> None:
    english, korean = library.lexicons["en"], library.lexicons["ko"]
    assert excerpt(LONG_EN, english, 60) == "I added tracing to the order service"
    because = excerpt(LONG_EN, english, 60, english.cues["reason"])
    assert because == "because a cache would have shown old prices"
    assert excerpt(LONG_KO, korean, 50).endswith("0.3초로 줄었습니다")


def test_an_excerpt_leaves_out_how_one_gets_started(library: Library) -> None:
    english = library.lexicons["en"]
    assert excerpt("um, so, I rewrote the parser.", english, 80) == "I rewrote the parser"
    assert excerpt("For example, " + LONG_EN, english, 50).startswith("For example, I added")
    assert excerpt("I rewrote the parser and the", english, 80) == "I rewrote the parser and the"


def test_an_excerpt_of_a_single_long_word_is_cut(library: Library) -> None:
    assert excerpt("x" * 500, library.lexicons["en"], 30) == "x" * 30
    assert excerpt("가" * 500, library.lexicons["ko"], 30) == "가" * 30


def test_stems_meet_across_endings() -> None:
    assert stems("deployments deployed") & stems("deploying")
    assert stems("인덱스를 추가했습니다") == stems("인덱스가 추가된")
    assert stems("Redis를 도입했다") & stems("redis")
    assert stems("the and 그리고 12 저는") == frozenset()
    assert stems("x" * 10_000) == frozenset()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I wrote an index.", "en"),
        ("Kubernetes HPA와 Cluster Autoscaler를 설정했습니다", "ko"),
        ("My colleague 민수 and I built it together in one week.", "en"),
        ("私は日本語で答えます。", None),
        ("12345 …", None),
    ],
)
def test_language_of(text: str, language: Language | None) -> None:
    assert language_of(text) == language


def test_length_counts_words_and_syllables() -> None:
    assert length("I wrote 3 indexes", "en") == 4
    assert length("API를 3개 만들었다", "ko") == 3 + 1 + 3 + 1 + 4


def test_lower_keeps_every_character_in_its_place() -> None:
    assert lower("ABC가") == "abc가"
    assert len(lower("İstanbul GmbH")) == len("İstanbul GmbH")


@pytest.mark.parametrize("text", ["one two  three\n\nfour ", "한 마디 말", "x", "  lead"])
def test_pieces_are_words_and_make_up_the_text(text: str) -> None:
    assert "".join(pieces(text)) == text
    assert all(len(piece.split()) == 1 for piece in pieces(text))
