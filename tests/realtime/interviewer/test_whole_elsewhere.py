"""Whole interviews led by a model server that nobody here wrote (aimock), with its chaos on too."""

from collections.abc import Mapping
from pathlib import Path

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

# Of five requests, four go wrong in one way or another.
CHAOS = Manner(drop=0.35, malformed=0.35, disconnect=0.35, rate_limit=0.2)

QUESTION: Mapping[Language, str] = {
    "en": "How did you find out what made the service slow?",
    "ko": "서비스가 느려진 원인은 어떻게 찾으셨나요?",
}
FEEDBACK: Mapping[Language, str] = {
    "en": "You name a cause and a figure. Say what you ruled out.",
    "ko": "원인과 수치를 함께 말씀해 주신 점이 좋습니다.",
}
HINT: Mapping[Language, str] = {
    "en": "Think of one evening on which it happened.",
    "ko": "그 일이 있었던 하루를 떠올려 보세요.",
}
TOLD: Mapping[Language, str] = {
    "en": "You told of one case, and backed it with figures.",
    "ko": "한 가지 사례를 수치와 함께 말씀해 주셨습니다.",
}


def fixtures(language: Language) -> list[Fixture]:
    """What the server says, by what the form of a task names, whatever is shown before it. Its
    scores quote the good answer, whichever was given.
    """
    quote = GOOD[language].partition(".")[0]
    scores = [f"@@{{key}} score {each.id} 3\n{quote}" for each in rubric().languages[language]]
    question = f"@@{{key}} question main\n{QUESTION[language]}"
    told = TOLD[language]
    turns = [f"@@{{key}} turn {turn}\n@@{{key}} summary\n{told}" for turn in (1, 2, 3, 4)]
    said = {
        " feedback\n": [f"@@{{key}} feedback\n{FEEDBACK[language]}", question, *scores],
        " hint\n": [f"@@{{key}} hint\n{HINT[language]}"],
        " topic\n": [f"@@{{key}} topic\n{told} | {told}"],
        " report\n": [
            *(f"@@{{key}} report\n{told}", f"@@{{key}} strength\n{told}"),
            f"@@{{key}} improvement\n{told}",
        ],
        " summary\n": [f"{turn}\n@@{{key}} better\n{told}" for turn in turns],
        " question ": [question],
        " score ": scores,
    }
    made = [
        Fixture("\n".join([*lines, "@@{key} end"]), user=words) for words, lines in said.items()
    ]
    return [*made, Fixture("Hm.")]


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
    for turn in interview.turns:
        supported = {each.supported for each in turn.feedback[0].scores or ()}
        assert supported == {turn.answer == GOOD[language]}
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
    # Hardly ever do all requests get through: somebody took over.
    assert "offline" in models_of(candidate) or candidate.notices
