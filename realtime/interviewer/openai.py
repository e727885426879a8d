"""OpenAI's models, and those of any server that speaks its Chat Completions API (Ollama, vLLM,
llama.cpp, OpenRouter …).

What is asked once goes through the SDK, with its retries; the stream of a reply, which comes to
every candidate token by token, is read by `upstream/`, at a fraction of the SDK's cost
(docs/decisions.md).
"""

from typing import Any
from urllib.parse import urlsplit

import msgspec
from openai import (
    APIConnectionError,
    APIStatusError,
    AsyncOpenAI,
    DefaultAsyncHttpxClient,
    Omit,
    OpenAIError,
)

from realtime.interviewer.model import ModelError, Prompt, StopReason, Usage
from realtime.interviewer.upstream.client import Checkup, Endpoint, ModelClient, Timeouts
from realtime.interviewer.upstream.failures import broken_off
from realtime.interviewer.upstream.parameters import Parameter, Parameters, left_out
from realtime.interviewer.upstream.reply import Characters, Chunks, Reader, counted
from realtime.ports import Clock

BASE_URL = "https://api.openai.com/v1"

_PROVIDER = "openai"
_OFFICIAL_HOST = "api.openai.com"
_REASONS: dict[str, StopReason] = {"length": "length", "content_filter": "filtered"}
# What there is isn't whole: vLLM, OpenRouter, DeepSeek.
_BROKEN_OFF = frozenset({"abort", "error", "insufficient_system_resource"})
_DONE = b"[DONE]"
_CHECK_WITHIN_S = 10.0
_CHECK_RETRIES = 2
# The SDK reads them from the environment; what is asked once is to be asked as a stream is.
_UNSENT = {"OpenAI-Organization": Omit(), "OpenAI-Project": Omit()}


class OpenAIModel(ModelClient):
    """Plays `LanguageModel`."""

    def __init__(self, endpoint: Endpoint, timeouts: Timeouts, clock: Clock) -> None:
        super().__init__(ChatCompletions(endpoint), endpoint, timeouts, clock)

    async def check(self) -> Checkup:
        """Ask for the list of models: whether the key is taken, and the model there."""
        where = urlsplit(self._endpoint.base_url).netloc
        try:
            names = await self._models()
        except APIStatusError as error:
            said = {401: "the key isn't valid", 403: "the key may not be used for this"}
            why = said.get(error.status_code, f"it answered {error.status_code}")
            return Checkup(False, f"{where}: {why}")
        except APIConnectionError:
            return Checkup(False, f"{where} can't be reached")
        except OpenAIError as error:
            return Checkup(False, f"{where}: {type(error).__name__}")
        except (AttributeError, TypeError, ValueError):  # A page, or another API's answer.
            return Checkup(False, f"{where} doesn't answer as this API does; is the address right?")
        if self.name not in names:
            return Checkup(False, f"{where} can be used, but has no model {self.name}")
        return Checkup(True, f"{self.name} at {where}")

    async def _models(self) -> set[str]:
        endpoint = self._endpoint
        async with AsyncOpenAI(
            api_key=endpoint.key or "none",
            base_url=endpoint.base_url,
            timeout=_CHECK_WITHIN_S,
            max_retries=_CHECK_RETRIES,
            http_client=DefaultAsyncHttpxClient(
                verify=endpoint.tls(), proxy=endpoint.proxy, trust_env=False
            ),
        ) as client:
            return {model.id for model in (await client.models.list(extra_headers=_UNSENT)).data}


# --- What is sent


def _max_completion_tokens(prompt: Prompt) -> dict[str, Any]:
    return {"max_completion_tokens": prompt.max_tokens}


def _max_tokens(prompt: Prompt) -> dict[str, Any]:
    return {"max_tokens": prompt.max_tokens}


def _temperature(prompt: Prompt) -> dict[str, Any]:
    return {"temperature": prompt.temperature}


def _usage(prompt: Prompt) -> dict[str, Any]:
    return {"stream_options": {"include_usage": True}}


def _no_reasoning(prompt: Prompt) -> dict[str, Any]:
    """A candidate waits for the first word, and a model that thinks uses up its tokens silently."""
    return {"reasoning_effort": "none"}


def _minimal_reasoning(prompt: Prompt) -> dict[str, Any]:
    return {"reasoning_effort": "minimal"}


def _parameters(*, official: bool) -> Parameters:
    """OpenAI wants `max_completion_tokens`; elsewhere that is often ignored without a word."""
    limits = (_max_completion_tokens, _max_tokens)
    return Parameters(
        {
            "limit": Parameter(
                ("maxcompletiontokens", "maxtokens"), limits if official else limits[::-1]
            ),
            "temperature": Parameter(("temperature",), (_temperature, left_out)),
            "usage": Parameter(("streamoptions", "includeusage"), (_usage, left_out)),
            "reasoning": Parameter(
                ("reasoningeffort", "reasoning.effort"),
                (_no_reasoning, _minimal_reasoning, left_out),
            ),
        }
    )


class ChatCompletions:
    """Plays `Dialect`."""

    provider = _PROVIDER

    def __init__(self, endpoint: Endpoint) -> None:
        self._model = endpoint.model
        self.url = f"{endpoint.base_url.rstrip('/')}/chat/completions"
        self.headers = {"Authorization": f"Bearer {endpoint.key}"} if endpoint.key else {}
        official = urlsplit(endpoint.base_url).hostname == _OFFICIAL_HOST
        self.parameters = _parameters(official=official)

    def body(self, prompt: Prompt, parameters: Parameters) -> dict[str, Any]:
        return {
            "model": self._model,
            "messages": [{"role": each.role, "content": each.text} for each in prompt.messages],
            "stream": True,
            **parameters.fields(prompt),
        }

    def reader(self) -> Reader:
        return _Reader()


# --- What comes back: of each chunk, only the fields that are used


class _CachedTokens(msgspec.Struct, gc=False):
    cached_tokens: Any = None


class _Usage(msgspec.Struct, gc=False):
    prompt_tokens: Any = None
    completion_tokens: Any = None
    prompt_tokens_details: _CachedTokens | None = None


class _Delta(msgspec.Struct, gc=False):
    content: str | None = None
    refusal: str | None = None


class _Choice(msgspec.Struct, gc=False):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Chunk(msgspec.Struct, gc=False):
    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    error: Any = None


_CHUNKS = Chunks(_PROVIDER, _Chunk)


class _Reader:
    """Plays `Reader`."""

    def __init__(self) -> None:
        self.reason: StopReason | None = None
        self.usage: Usage | None = None
        self._characters = Characters(_PROVIDER)

    def read(self, event: bytes) -> str:
        if event == _DONE:
            self._stop("stop")
            return ""
        chunk, halves = _CHUNKS.decode(event)
        if chunk.error is not None:
            raise broken_off(_PROVIDER, chunk.error)
        if chunk.usage is not None:
            self.usage = _counted(chunk.usage)
        if not chunk.choices:
            return ""
        choice = chunk.choices[0]
        delta = choice.delta
        if delta is not None and delta.refusal:
            self.reason = "filtered"
        if choice.finish_reason:
            self._stop(choice.finish_reason)
        text = delta.content if delta is not None else None
        return self._characters.clean(text, halves=halves) if text else ""

    def _stop(self, said: str) -> None:
        if self.reason is None:
            if said in _BROKEN_OFF:
                raise ModelError("cut", f"{_PROVIDER} broke off a reply")
            self.reason = _REASONS.get(said, "stop")

    def end(self) -> None:
        self._characters.end()


def _counted(usage: _Usage) -> Usage | None:
    details = usage.prompt_tokens_details
    cached = details.cached_tokens if details is not None else None
    return counted(usage.prompt_tokens, cached, usage.completion_tokens)
