"""Whole interviews led by a model server that nobody here wrote (aimock), with its chaos on too."""

from collections.abc import Mapping
from pathlib import Path

import orjson
import pytest
from sqlalchemy.engine import URL

from protocol.view import Language
from realtime.interviewer.offline.text import language_of
from realtime.interviewer.rubric import rubric
from realtime.model_settings import Provider
from tests.emulators.aimock import Fixture, Manner, aimock
from tests.realtime.interviewer.contract import GOOD, POOR
from tests.realtime.interviewer.whole import (
    MODELS,
    config_in,
    each_language,
    each_provider,
    models_of,
    server,
    took,
)

pytestmark = pytest.mark.anyio

# Of four requests, three go wrong in one way or another.
CHAOS = Manner(drop=0.2, malformed=0.2, disconnect=0.2, rate_limit=0.15)

# What a task begins with, and what is said to it.
SAID: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "Task: ask": "How did you find out what made the service slow?",
        "Task: give the candidate": "You name a cause and a figure. Say what you ruled out.",
        "Task: give a hint": "Think of one evening on which it happened.",
        "Task: write": "You told of one case, and backed it with figures.",
    },
    "ko": {
        "할 일: 전체 질문": "서비스가 느려진 원인은 어떻게 찾으셨나요?",
        "할 일: 마지막 답변에 이어지는": "그 방법을 고르신 이유는 무엇인가요?",
        "할 일: 마지막 답변에 대해": "원인과 수치를 함께 말씀해 주신 점이 좋습니다.",
        "할 일: 지원자가 요청한 힌트": "그 일이 있었던 하루를 떠올려 보세요.",
        "할 일: 면접이 끝났으니": "한 가지 사례를 수치와 함께 말씀해 주셨습니다.",
    },
}
SCORING: Mapping[Language, str] = {"en": "Task: score", "ko": "할 일: 마지막 답변을 채점"}


def fixtures(language: Language) -> list[Fixture]:
    """What the server says. Its scores quote the good answer, whichever was given."""
    quote = GOOD[language].partition(".")[0]
    scores = [
        {"competency": each.id, "score": 3, "evidence": [quote]}
        for each in rubric().languages[language]
    ]
    scoring = orjson.dumps({"reason": "", "scores": scores}).decode()
    said = [Fixture(text, user=task) for task, text in SAID[language].items()]
    return [Fixture(scoring, user=SCORING[language]), *said, Fixture("Hm.")]


@each_language
@each_provider
async def test_a_whole_interview_reaches_its_report(
    provider: Provider, language: Language, migrated_url: URL, tmp_path: Path
) -> None:
    async with (
        aimock(fixtures(language)) as url,
        server(migrated_url, tmp_path, {provider: url}) as running,
    ):
        candidate = await took(running, config_in(language))
    assert models_of(candidate) == {MODELS[provider]}
    assert (candidate.notices, candidate.failures) == ([], [])
    interview = candidate.interview
    assert interview.report is not None
    assert interview.report.score == 3
    # The quotation is in the good answers alone.
    scored = {each.answer for each in interview.turns if each.feedback[0].scores}
    assert scored == {GOOD[language]}
    assert POOR[language] in {each.answer for each in interview.turns}
    assert all(language_of(turn.question or "") == language for turn in interview.turns)


@each_language
@each_provider
async def test_chaos_ends_no_interview(
    provider: Provider, language: Language, migrated_url: URL, tmp_path: Path
) -> None:
    async with (
        aimock(fixtures(language), CHAOS) as url,
        server(migrated_url, tmp_path, {provider: url}) as running,
    ):
        candidate = await took(running, config_in(language))
    assert candidate.interview.report is not None
    assert [turn.answer for turn in candidate.interview.turns].count(None) == 0
    assert all(failure.retrying for failure in candidate.failures)
    # Of some twenty requests hardly one gets through twice in a row: somebody took over.
    assert "offline" in models_of(candidate) or candidate.notices
