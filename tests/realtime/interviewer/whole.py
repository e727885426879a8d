"""What tests of whole interviews share: a server that models lead, and a candidate on a socket."""

import asyncio
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
from protocol.events import GenerationFailed, Logged, Notice
from protocol.view import Config, Interview, Language
from realtime.app import house
from realtime.model_settings import PROVIDERS, Provider
from realtime.settings import Settings
from tests.realtime.interviewer.contract import GOOD, POOR
from tests.realtime.serving import NamedByToken, Running, new_user, serving

LANGUAGES: tuple[Language, ...] = get_args(Language)
KEY = "sk-0123456789"
MODELS: Mapping[Provider, str] = {"openai": "gpt-able", "gemini": "gemini-able"}

each_language = pytest.mark.parametrize("language", LANGUAGES)
each_provider = pytest.mark.parametrize("provider", PROVIDERS)


@asynccontextmanager
async def server(
    url: URL, folder: Path, providers: Mapping[Provider, str]
) -> AsyncIterator[Running]:
    """A server of models at these addresses, the first one preferred."""
    own: dict[str, Any] = {}
    for provider, address in providers.items():
        own[f"{provider}_api_key"] = KEY
        own[f"{provider}_model"] = MODELS[provider]
        own[f"{provider}_base_url"] = address + ("/v1" if provider == "openai" else "")
    settings = Settings(data_dir=folder, pace=0, interviewers=tuple(providers), **own)
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
        answered, helped = 0, False
        async for update in client:
            if isinstance(update, Logged):
                self._note(update)
            turn = client.view.interview.current
            if client.view.interview.phase != "answering" or turn is None or turn.turn <= answered:
                continue
            if not helped:
                helped = True
                await client.submit(HintRequest("hint", 1))
            if turn.turn == 1 and not any(hint.text for hint in turn.hints):
                continue  # An answer would end it.
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
