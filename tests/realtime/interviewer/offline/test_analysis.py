"""What is read from an answer."""

import pytest

from protocol.view import Language
from realtime.interviewer.offline.analysis import Analysis, Standing, analyse
from realtime.interviewer.offline.library import Library
from tests.realtime.interviewer.contract import GOOD, POOR


def read(answer: str, library: Library, language: Language = "en") -> Analysis:
    return analyse(answer, language, library.lexicons)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_good_answer_has_all_the_parts(language: Language, library: Library) -> None:
    analysis = read(GOOD[language], library, language)
    assert analysis.standing == "full"
    for aspect in ("situation", "task", "action", "result", "numbers", "own", "reason"):
        assert analysis.has(aspect), aspect
    assert all(each in GOOD[language] for each in analysis.sentences)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_words_without_anything_in_them_show_nothing(language: Language, library: Library) -> None:
    analysis = read(POOR[language], library, language)
    assert not analysis.has("action")
    assert not analysis.has("result")
    assert set(analysis.hollow) == set(analysis.sentences)


def test_a_plan_is_no_deed(library: Library) -> None:
    analysis = read("I would start by measuring it. If it fell I'd stop.", library)
    assert analysis.has("plan")
    assert not analysis.has("action")
    assert not analysis.has("result")
    analysis = read("측정부터 하겠습니다. 줄었다면 멈추겠습니다.", library, "ko")
    assert analysis.has("plan")
    assert not analysis.has("result")


def test_a_launch_at_the_beginning_is_no_outcome(library: Library) -> None:
    analysis = read("Last year we launched an app. I wrote the tests for it.", library)
    assert not analysis.has("result")


STANDINGS: list[tuple[Language, str, Standing]] = [
    ("en", "Yes.", "empty"),
    ("en", "…", "empty"),
    ("en", "👍👍", "empty"),
    ("en", "42", "empty"),
    ("en", "I don't know.", "unknown"),
    ("en", "I’m not sure", "unknown"),
    ("en", "Pass", "unknown"),
    ("en", "asdf qwer zxcv uiop", "unclear"),
    ("en", "test " * 100, "unclear"),
    ("en", "x" * 5_000, "unclear"),
    ("en", "私は日本語で答えます。", "unclear"),
    ("en", "저는 인덱스를 추가했습니다. 그래서 빨라졌습니다.", "foreign"),
    ("en", "I wrote an index for the orders table.", "brief"),
    ("en", GOOD["en"], "full"),
    ("en", GOOD["en"] * 10, "long"),
    ("en", "I don't know the exact figure, but I wrote an index and it fell to 3 s.", "brief"),
    ("ko", "네", "empty"),
    ("ko", "ㅋㅋㅋㅋ", "unclear"),
    ("ko", "잘 모르겠습니다.", "unknown"),
    ("ko", "그런 경험이 없습니다.", "unknown"),
    ("ko", "가나다라 마바사 아자차카 타파하", "unclear"),
    ("ko", "I wrote an index because it was slow.", "foreign"),
    ("ko", "인덱스를 추가했습니다.", "brief"),
    ("ko", GOOD["ko"], "full"),
    ("ko", GOOD["ko"] * 15, "long"),
]


@pytest.mark.parametrize(("language", "answer", "standing"), STANDINGS)
def test_the_standing_of_an_answer(
    language: Language, answer: str, standing: Standing, library: Library
) -> None:
    analysis = read(answer, library, language)
    assert analysis.standing == standing
    assert analysis.judgeable == (standing not in ("empty", "unknown", "unclear"))


def test_an_answer_in_the_other_language_is_read_in_it(library: Library) -> None:
    analysis = read(GOOD["ko"], library, "en")
    assert analysis.language == "ko"
    assert analysis.has("result")


def test_repeating_oneself_is_noticed_and_read_once(library: Library) -> None:
    analysis = read("I wrote an index. It was slow before. " * 20, library)
    assert analysis.repeats
    assert len(analysis.sentences) == 2


def test_seconds_are_those_of_unhurried_speech(library: Library) -> None:
    assert read("word " * 140, library).seconds == 60
    assert read("가" * 320, library, "ko").seconds == 60
