"""Whole interviews on a real server, a real socket and each provider's wire format."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from protocol.view import Language
from realtime.interviewer.offline.text import language_of
from realtime.model_settings import PROVIDERS, Provider
from tests.emulators.emulator import Seen, emulate
from tests.emulators.emulator import Settings as EmulatorSettings
from tests.emulators.forms import MARK
from tests.emulators.script import Asked, Reply, Script
from tests.realtime.interviewer.leading.answering import reply_to
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


def forms(seen: Sequence[Seen]) -> Counter[str]:
    """How often each task was asked for, by the first mark in its form."""
    return Counter(MARK.findall(each.asked.messages[-1].text)[0][1] for each in seen)


def able(asked: Asked) -> Reply:
    """What an able model says to our prompts."""
    return Reply(reply_to(asked.messages[-1].text))


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
    # An answer takes one request.
    answers = len(interview.turns)
    assert forms(emulator.requests) == {
        **{"feedback": answers, "question": 1, "topic": 1, "hint": 1},
        **{"report": 1, "turn": 1},
    }


@each_language
@each_provider
async def test_what_breaks_goes_on_with_the_other(
    provider: Provider, language: Language, migrated_url: URL, tmp_path: Path
) -> None:
    (other,) = set(PROVIDERS) - {provider}
    bad = Script(able, every=("cut@10", 1))
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
