"""The patterns of each language see what they are for, and no more."""

from typing import get_args

import pytest

from protocol.view import Language
from realtime.interviewer.offline.lexicon import Aspect, Form, Level
from realtime.interviewer.offline.library import Library

SHOWS: list[tuple[Language, Aspect, str]] = [
    ("en", "situation", "at my last company orders timed out"),
    ("en", "task", "i was asked to find out why"),
    ("en", "action", "then i quickly wrote an index"),
    ("en", "action", "we split the table"),
    ("en", "result", "as a result it fell to half"),
    ("en", "numbers", "it took 300 ms"),
    ("en", "numbers", "three weeks later"),
    ("en", "numbers", "sales doubled"),
    ("en", "reason", "because it was cheaper"),
    ("en", "plan", "first, i'd look at the graphs"),
    ("en", "learning", "since then i always ask"),
    ("en", "hedge", "it was kind of slow"),
    ("ko", "situation", "작년에 다니던 회사에서 있었던 일입니다"),
    ("ko", "task", "원인을 찾는 것이 제 과제였습니다"),
    ("ko", "action", "인덱스를 추가했습니다"),
    ("ko", "action", "표를 둘로 나눴습니다"),
    ("ko", "result", "응답 시간이 줄었습니다"),
    ("ko", "numbers", "3주가 걸렸습니다"),
    ("ko", "numbers", "절반으로 줄었습니다"),
    ("ko", "own", "제가 제안했습니다"),
    ("ko", "team", "저희는 함께 정했습니다"),
    ("ko", "reason", "비용이 적기 때문입니다"),
    ("ko", "plan", "먼저 그래프를 보겠습니다"),
    ("ko", "learning", "미리 물어야 한다는 것을 배웠습니다"),
    ("ko", "hedge", "좋았던 것 같습니다"),
]
SHOWS_NOT: list[tuple[Language, Aspect, str]] = [
    ("en", "numbers", "it happened in 2023"),
    ("en", "numbers", "one of them"),
    ("en", "action", "i needed help"),
    ("en", "plan", "we would have lost orders"),
    ("en", "own", "tools i.e. editors"),
    ("ko", "numbers", "2023년에 있었던 일입니다"),
    ("ko", "action", "도움이 필요했습니다"),
    ("ko", "own", "문제가 많았습니다"),
    ("ko", "plan", "잘 모르겠습니다"),
]


@pytest.mark.parametrize(("language", "aspect", "sentence"), SHOWS)
def test_a_cue_sees(language: Language, aspect: Aspect, sentence: str, library: Library) -> None:
    assert library.lexicons[language].cues[aspect].search(sentence)


@pytest.mark.parametrize(("language", "aspect", "sentence"), SHOWS_NOT)
def test_a_cue_passes_over(
    language: Language, aspect: Aspect, sentence: str, library: Library
) -> None:
    assert not library.lexicons[language].cues[aspect].search(sentence)


@pytest.mark.parametrize("language", get_args(Language))
def test_cues_are_written_in_lower_case(language: Language, library: Library) -> None:
    for aspect, cue in library.lexicons[language].cues.items():
        classes = ("\\B", "\\D", "\\S", "\\W")
        plain = cue.pattern
        for each in classes:
            plain = plain.replace(each, "")
        assert plain == plain.lower(), aspect


@pytest.mark.parametrize(
    ("language", "question", "form"),
    [
        ("en", "Tell me about a time you failed.", "experience"),
        ("en", "How would you find out?", "case"),
        ("en", "What makes a good team?", "view"),
        ("ko", "실패한 경험을 말씀해 주세요.", "experience"),
        ("ko", "어떻게 확인하시겠어요?", "case"),
        ("ko", "좋은 팀이란 무엇인가요?", "view"),
    ],
)
def test_the_form_of_a_question(
    language: Language, question: str, form: Form, library: Library
) -> None:
    assert library.lexicons[language].form(question) == form


@pytest.mark.parametrize(
    ("words", "level"),
    [
        ("Senior", "senior"),
        ("8 years", "senior"),
        ("junior developer", "junior"),
        ("신입", "junior"),
        ("3년차", "mid"),
        ("시니어", "senior"),
        ("mid-level", "mid"),
        ("backend", None),
    ],
)
def test_a_level_in_free_words(words: str, level: Level | None, library: Library) -> None:
    found = (lexicon.level(words) for lexicon in library.lexicons.values())
    assert next(filter(None, found), None) == level
