"""Whole interviews on a real server, a real socket and each provider's wire format."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import orjson
import pytest
from msgspec import to_builtins
from sqlalchemy.engine import URL

from protocol.client.interview_client import InterviewClient
from protocol.codec import interview_json
from protocol.commands import AnswerSubmit, HintRequest, InterviewStart
from protocol.effects import Work, WorkKind
from protocol.events import GenerationFailed, Logged, Notice
from protocol.view import Config, Interview, Language
from realtime.app import house
from realtime.interviewer.model import Message, Prompt, Structure
from realtime.interviewer.offline.text import language_of
from realtime.interviewer.request import Request
from realtime.model_settings import Provider
from realtime.settings import Settings
from tests.emulators.emulator import Emulator, emulate
from tests.emulators.emulator import Settings as EmulatorSettings
from tests.emulators.script import Asked, Reply, Script
from tests.realtime.interviewer.contract import GOOD, POOR
from tests.realtime.interviewer.leading.answering import sensible
from tests.realtime.serving import NamedByToken, Running, new_user, serving

pytestmark = pytest.mark.anyio

LANGUAGES: tuple[Language, ...] = get_args(Language)
PROVIDERS: tuple[Provider, ...] = get_args(Provider)
KEY = "sk-0123456789"
MODELS: Mapping[Provider, str] = {"openai": "gpt-able", "gemini": "gemini-able"}

each_language = pytest.mark.parametrize("language", LANGUAGES)
each_provider = pytest.mark.parametrize("provider", PROVIDERS)

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


@asynccontextmanager
async def server(
    url: URL, folder: Path, emulators: Mapping[Provider, Emulator]
) -> AsyncIterator[Running]:
    """A server whose models are emulated, the first one preferred."""
    own: dict[str, Any] = {}
    for provider, emulator in emulators.items():
        own[f"{provider}_api_key"] = KEY
        own[f"{provider}_model"] = MODELS[provider]
        own[f"{provider}_base_url"] = emulator.url + ("/v1" if provider == "openai" else "")
    settings = Settings(data_dir=folder, pace=0, interviewers=tuple(emulators), **own)
    async with house(settings, url.render_as_string(hide_password=False)) as parts:
        parts = replace(parts, authenticator=NamedByToken())
        async with serving(parts, settings) as running:
            yield running


class Candidate:
    """Takes an interview to its report, a hint on the way. What they saw is as it was stored."""

    def __init__(self, running: Running, config: Config) -> None:
        self._running = running
        self._config = config
        self.user = new_user()
        self.notices: list[Notice] = []
        self.failures: list[GenerationFailed] = []
        self.interview: Interview

    async def take(self) -> None:
        async with self._running.client(self.user) as http:
            made = await http.post("/v1/interviews", json=to_builtins(self._config))
            address = f"/v1/interviews/{made.json()['id']}"
            async with InterviewClient(
                self._running.url, made.json()["id"], get_token=self._token
            ) as client:
                await self._talk(client)
            stored = (await http.get(address)).json()
        view = client.view
        assert view.interview.phase == "finished"
        seen = orjson.dumps(interview_json(view.interview, view.epoch, view.seq))
        assert stored == orjson.loads(seen)
        self.interview = view.interview

    async def _token(self) -> str:
        return self.user

    async def _talk(self, client: InterviewClient) -> None:
        await client.submit(InterviewStart("start"))
        answered = 0
        async for update in client:
            if isinstance(update, Logged):
                self._note(update)
            turn = client.view.interview.current
            if client.view.interview.phase != "answering" or turn is None or turn.turn <= answered:
                continue
            if turn.turn == 1:
                await client.submit(HintRequest("hint", 1))
            texts = GOOD if turn.turn % 2 else POOR
            text = texts[self._config.language]
            await client.submit(AnswerSubmit(f"a{turn.turn}", turn.turn, text))
            answered = turn.turn

    def _note(self, logged: Logged) -> None:
        if isinstance(logged.event, Notice):
            self.notices.append(logged.event)
        if isinstance(logged.event, GenerationFailed):
            self.failures.append(logged.event)


def config_in(language: Language) -> Config:
    return Config(role="backend", language=language, questions=2, follow_ups=1)


async def took(running: Running, config: Config) -> Candidate:
    candidate = Candidate(running, config)
    async with asyncio.timeout(60):
        await candidate.take()
    return candidate


def models_of(candidate: Candidate) -> set[str]:
    return {given.model for turn in candidate.interview.turns for given in turn.feedback}


@each_language
@each_provider
async def test_a_whole_interview_reaches_its_report(
    provider: Provider, language: Language, migrated_url: URL, tmp_path: Path
) -> None:
    async with (
        emulate(provider, Script(able), EmulatorSettings(key=KEY)) as emulator,
        server(migrated_url, tmp_path, {provider: emulator}) as running,
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
        server(migrated_url, tmp_path, {provider: first, other: second}) as running,
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
        server(migrated_url, tmp_path, {"openai": emulator}) as running,
    ):
        emulator.down = True
        candidate = await took(running, replace(config_in(language), questions=1, follow_ups=0))
        assert models_of(candidate) == {"offline"}
    assert [notice.code for notice in candidate.notices] == ["interviewer_offline"]
    assert language_of(candidate.notices[0].message) == language
    assert candidate.interview.report is not None
