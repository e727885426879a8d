"""Whole interviews on a real server, a real socket and each provider's wire format."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from protocol.effects import Work, WorkKind
from protocol.view import Language
from realtime.interviewer.model import Message, Prompt, Structure
from realtime.interviewer.offline.text import language_of
from realtime.interviewer.request import Request
from realtime.model_settings import PROVIDERS, Provider
from tests.emulators.emulator import Settings as EmulatorSettings
from tests.emulators.emulator import emulate
from tests.emulators.script import Asked, Reply, Script
from tests.realtime.interviewer.leading.answering import sensible
from tests.realtime.interviewer.whole import (
    KEY,
    MODELS,
    config_in,
    each_language,
    each_provider,
    models_of,
    server,
    took,
)

pytestmark = pytest.mark.anyio

# How each task begins.
TASKS: Mapping[str, WorkKind] = {
    "Task: ask": "question",
    "Task: give the candidate": "feedback",
    "Task: give a hint": "hint",
    "Task: score": "scores",
    "Task: write": "report",
    "할 일: 전체 질문": "question",
    "할 일: 마지막 답변에 이어지는": "question",
    "할 일: 마지막 답변에 대해": "feedback",
    "할 일: 지원자가 요청한 힌트": "hint",
    "할 일: 마지막 답변을 채점": "scores",
    "할 일: 면접이 끝났으니": "report",
}


def able(asked: Asked) -> Reply:
    """What an able model says to our prompts."""
    system, user = (said.text for said in asked.messages)
    task = user.rpartition("</turn>\n\n")[2]
    (what,) = (what for beginning, what in TASKS.items() if task.startswith(beginning))
    structure = None
    if asked.schema is not None:
        structure = Structure(asked.structure_name or "", asked.schema)
    prompt = Prompt((Message("system", system), Message("user", user)), 0, structure=structure)
    turn = len(re.findall("<turn ", user)) + 1
    return Reply(sensible(Request("", "", Work(what, turn), prompt)))


@each_language
@each_provider
async def test_a_whole_interview_reaches_its_report(
    provider: Provider, language: Language, migrated_url: URL, tmp_path: Path
) -> None:
    async with (
        emulate(provider, Script(able), EmulatorSettings(key=KEY)) as emulator,
        server(migrated_url, tmp_path, {provider: emulator.url}) as running,
    ):
        candidate = await took(running, config_in(language))
        assert models_of(candidate) == {MODELS[provider]}
    assert (candidate.notices, candidate.failures) == ([], [])
    interview = candidate.interview
    assert interview.report is not None
    assert interview.report.score is not None
    assert interview.report.unscored == ()
    assert all(language_of(turn.question or "") == language for turn in interview.turns)
    assert {seen.asked.structure_name for seen in emulator.requests} == {
        *(None, "scores", "report_parts")
    }


@each_language
@each_provider
async def test_what_breaks_goes_on_with_the_other(
    provider: Provider, language: Language, migrated_url: URL, tmp_path: Path
) -> None:
    (other,) = set(PROVIDERS) - {provider}
    bad = Script(able, every=("cut@2", 1))
    async with (
        emulate(provider, bad, EmulatorSettings(key=KEY)) as first,
        emulate(other, Script(able), EmulatorSettings(key=KEY)) as second,
        server(migrated_url, tmp_path, {provider: first.url, other: second.url}) as running,
    ):
        candidate = await took(running, config_in(language))
        assert models_of(candidate) == {MODELS[other]}
    assert candidate.notices == []
    assert candidate.failures
    assert all(failure.retrying for failure in candidate.failures)
    assert candidate.interview.report is not None


@each_language
async def test_an_outage_of_all_ends_no_interview(
    language: Language, migrated_url: URL, tmp_path: Path
) -> None:
    async with (
        emulate("openai", Script(able), EmulatorSettings(key=KEY)) as emulator,
        server(migrated_url, tmp_path, {"openai": emulator.url}) as running,
    ):
        emulator.down = True
        candidate = await took(running, replace(config_in(language), questions=1, follow_ups=0))
        assert models_of(candidate) == {"offline"}
    assert [notice.code for notice in candidate.notices] == ["interviewer_offline"]
    assert language_of(candidate.notices[0].message) == language
    assert candidate.interview.report is not None
