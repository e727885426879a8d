"""A server that refuses a parameter is asked otherwise, and that is remembered."""

from dataclasses import replace

import pytest

from realtime.interviewer.gemini import GeminiModel
from realtime.interviewer.openai import OpenAIModel
from realtime.interviewer.upstream.client import Endpoint
from tests.emulators.emulator import Settings, emulate
from tests.emulators.script import Reply, saying
from tests.realtime.fakes import FakeClock
from tests.realtime.interviewer.models.contract import (
    PROMPT,
    SAYS_TEXT,
    TEXT,
    TIMEOUTS,
    heard,
    trouble_with,
    world,
)
from tests.realtime.interviewer.models.ways import Way

pytestmark = pytest.mark.anyio

REFUSED = {
    "openai": ("max_tokens", "temperature", "stream_options", "reasoning_effort"),
    "gemini": ("temperature", "thinkingConfig"),
}


def refusing(*names: str) -> Reply:
    return replace(SAYS_TEXT, refuses=names)


async def test_what_is_refused_is_left_out_or_renamed_for_good(ours: Way) -> None:
    refused = REFUSED[ours.api]
    async with world(ours, refusing(*refused)) as its:
        assert (await heard(its.model))[0] == TEXT
        tries = len(its.emulator.requests)
        assert tries > len(refused)
        assert (await heard(its.model))[0] == TEXT
        last = its.emulator.requests[-1].asked
    assert len(its.emulator.requests) == tries + 1
    assert last.max_tokens == PROMPT.max_tokens
    assert not set(refused) & {*last.body, *last.body.get("generationConfig", {})}


async def test_what_cannot_be_left_out_is_rejected(ours: Way) -> None:
    name = {"openai": ("max_tokens", "max_completion_tokens"), "gemini": ("maxOutputTokens",)}
    async with world(ours, refusing(*name[ours.api])) as its:
        assert (await trouble_with(its.model)).trouble == "rejected"
        assert len(its.emulator.requests) <= 2


async def test_another_400_is_not_asked_again(ours: Way) -> None:
    async with world(ours) as its:
        its.emulator.fault = "400"
        assert (await trouble_with(its.model)).trouble == "rejected"
        assert len(its.emulator.requests) == 1


async def test_a_kept_connection_that_was_closed_is_not_noticed(ours: Way) -> None:
    async with world(ours) as its:
        await heard(its.model)
        its.emulator.stop()
        assert (await heard(its.model))[0] == TEXT


MODELS: dict[str, type[OpenAIModel] | type[GeminiModel]] = {
    "openai": OpenAIModel,
    "gemini": GeminiModel,
}


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
async def test_a_check_says_whether_key_and_model_work(ours: Way, tls: bool) -> None:
    async with emulate(ours.api, saying(TEXT), Settings(key="k-1", tls=tls)) as emulator:
        at = Endpoint(f"{emulator.url}/v1", "no-such", key="k-1", ca_file=emulator.certificate)
        known = {"openai": "gpt-4.1-mini", "gemini": "gemini-2.5-flash"}[ours.api]
        make = MODELS[ours.api]
        if ours.api == "gemini":
            at = replace(at, base_url=emulator.url)
        works = await make(replace(at, model=known), TIMEOUTS, FakeClock()).check()
        assert works.ok, works.found
        assert works.found.startswith(known)
        wrong_key = await make(replace(at, key="k-2"), TIMEOUTS, FakeClock()).check()
        assert not wrong_key.ok
        assert "key" in wrong_key.found
        assert "k-2" not in wrong_key.found
    nobody = await make(replace(at, ca_file=None), TIMEOUTS, FakeClock()).check()
    assert not nobody.ok
    assert "reached" in nobody.found
