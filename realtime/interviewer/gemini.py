"""Google's Gemini models, through the Gemini API (`streamGenerateContent`).

What is asked once goes through the SDK, with its retries; the stream of a reply, which comes to
every candidate token by token, is read by `upstream/`, at a fraction of the SDK's cost
(docs/decisions.md).
"""

import re
from itertools import groupby
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import msgspec
from google import genai
from google.genai import errors, types

from realtime.interviewer.model import Message, ModelError, Prompt, StopReason, Usage
from realtime.interviewer.upstream.client import Checkup, Endpoint, ModelClient, Timeouts
from realtime.interviewer.upstream.failures import broken_off
from realtime.interviewer.upstream.parameters import Parameter, Parameters, left_out
from realtime.interviewer.upstream.reply import Characters, Chunks, Reader, counted
from realtime.ports import Clock

BASE_URL = "https://generativelanguage.googleapis.com"

_PROVIDER = "gemini"
_API_VERSION = "v1beta"
_VERSIONED = re.compile(r"(.*)/(v\d\w*)", re.ASCII)
_FILTERED = (
    *("SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII"),
    *("IMAGE_SAFETY", "MODEL_ARMOR", "ESCALATION", "PUP_LIMITED_DISABLED"),
)
_REASONS: dict[str, StopReason] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "CONTINUATION": "length",
    **dict.fromkeys(_FILTERED, "filtered"),
}
_UNSPECIFIED = "FINISH_REASON_UNSPECIFIED"
_CHECK_WITHIN_MS = 10_000
_CHECK_ATTEMPTS = 3


class GeminiModel(ModelClient):
    """Plays `LanguageModel`."""

    def __init__(self, endpoint: Endpoint, timeouts: Timeouts, clock: Clock) -> None:
        super().__init__(GenerateContent(endpoint), endpoint, timeouts, clock)

    async def check(self) -> Checkup:
        """Ask for the model: whether the key is taken, and the model there."""
        where = urlsplit(self._endpoint.base_url).netloc
        try:
            await self._model()
        except errors.APIError as error:
            # A wrong key is a 400 here, as is a wrong request; this one can't be wrong otherwise.
            said = {
                400: "the key isn't valid",
                401: "the key isn't valid",
                403: "the key may not be used for this",
                404: f"the key is valid, but there is no model {self.name}",
            }
            return Checkup(False, f"{where}: {said.get(error.code, f'it answered {error.code}')}")
        except (httpx.HTTPError, OSError):
            return Checkup(False, f"{where} can't be reached")
        except (AttributeError, TypeError, ValueError):  # A page, or another API's answer.
            return Checkup(False, f"{where} doesn't answer as this API does; is the address right?")
        return Checkup(True, f"{self.name} at {where}")

    async def _model(self) -> types.Model:
        endpoint = self._endpoint
        base_url, version = _base_and_version(endpoint.base_url)
        async with httpx.AsyncClient(
            verify=endpoint.tls(), proxy=endpoint.proxy, trust_env=False
        ) as connections:
            options = types.HttpOptions(
                base_url=base_url,
                api_version=version,
                timeout=_CHECK_WITHIN_MS,
                retry_options=types.HttpRetryOptions(attempts=_CHECK_ATTEMPTS, max_delay=2.0),
                httpx_async_client=connections,
            )
            async with genai.Client(
                vertexai=False, api_key=endpoint.key or "none", http_options=options
            ).aio as client:
                return await client.models.get(model=self.name)


# --- What is sent


def _max_tokens(prompt: Prompt) -> dict[str, Any]:
    return {"maxOutputTokens": prompt.max_tokens}


def _temperature(prompt: Prompt) -> dict[str, Any]:
    return {"temperature": prompt.temperature}


def _minimal_thinking(prompt: Prompt) -> dict[str, Any]:
    """A candidate waits for the first word, and thoughts use up the tokens. (Gemini 3 and later)"""
    return {"thinkingConfig": {"thinkingLevel": "minimal"}}


def _no_thinking(prompt: Prompt) -> dict[str, Any]:
    """(Gemini 2.5)"""
    return {"thinkingConfig": {"thinkingBudget": 0}}


def _parameters() -> Parameters:
    return Parameters(
        {
            "limit": Parameter(("maxoutputtokens",), (_max_tokens,)),
            "temperature": Parameter(("temperature",), (_temperature, left_out)),
            "thinking": Parameter(("thinking",), (_minimal_thinking, _no_thinking, left_out)),
        }
    )


class GenerateContent:
    """Plays `Dialect`."""

    provider = _PROVIDER

    def __init__(self, endpoint: Endpoint) -> None:
        base_url, version = _base_and_version(endpoint.base_url)
        name = endpoint.model if "/" in endpoint.model else f"models/{endpoint.model}"
        self.url = f"{base_url}/{version}/{quote(name)}:streamGenerateContent?alt=sse"
        self.headers = {"x-goog-api-key": endpoint.key} if endpoint.key else {}
        self.parameters = _parameters()

    def body(self, prompt: Prompt, parameters: Parameters) -> dict[str, Any]:
        system, contents = _split(prompt.messages)
        body: dict[str, Any] = {
            "contents": contents,
            "generationConfig": parameters.fields(prompt),
        }
        return {"systemInstruction": {"parts": system}, **body} if system else body

    def reader(self) -> Reader:
        return _Reader()


def _base_and_version(base_url: str) -> tuple[str, str]:
    """People give the base with the version of the API or without."""
    trimmed = base_url.rstrip("/")
    found = _VERSIONED.fullmatch(trimmed)
    return (found[1], found[2]) if found else (trimmed, _API_VERSION)


def _split(
    messages: tuple[Message, ...],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """System messages at the beginning are the instruction. A later one stands where it is, as the
    user's: moved to the front, it would cost the cached beginning.
    """
    first = next((i for i, each in enumerate(messages) if each.role != "system"), len(messages))
    # There must be contents; what is last is then the question.
    first = min(first, max(len(messages) - 1, 0))
    system = [{"text": each.text} for each in messages[:first]]
    turns = groupby(messages[first:], lambda each: each.role == "assistant")
    contents = [
        {"role": "model" if is_model else "user", "parts": [{"text": each.text} for each in said]}
        for is_model, said in turns
    ]
    return system, contents


# --- What comes back: of each chunk, only the fields that are used


class _Part(msgspec.Struct, gc=False):
    text: str | None = None
    thought: bool | None = None


class _Content(msgspec.Struct, gc=False):
    parts: list[_Part] | None = None


class _Candidate(msgspec.Struct, gc=False, rename="camel"):
    content: _Content | None = None
    finish_reason: str | None = None


class _Feedback(msgspec.Struct, gc=False, rename="camel"):
    block_reason: str | None = None


class _Usage(msgspec.Struct, gc=False, rename="camel"):
    prompt_token_count: Any = None
    cached_content_token_count: Any = None
    candidates_token_count: Any = None
    thoughts_token_count: Any = None


class _Chunk(msgspec.Struct, gc=False, rename="camel"):
    candidates: list[_Candidate] | None = None
    prompt_feedback: _Feedback | None = None
    usage_metadata: _Usage | None = None
    error: Any = None


_CHUNKS = Chunks(_PROVIDER, _Chunk)


class _Reader:
    """Plays `Reader`."""

    def __init__(self) -> None:
        self.reason: StopReason | None = None
        self._usage: _Usage | None = None
        self._characters = Characters(_PROVIDER)

    @property
    def usage(self) -> Usage | None:
        return None if self._usage is None else _counted(self._usage)

    def read(self, event: bytes) -> str:
        chunk, halves = _CHUNKS.decode(event)
        if chunk.error is not None:
            raise broken_off(_PROVIDER, chunk.error)
        if chunk.usage_metadata is not None:
            self._usage = chunk.usage_metadata  # Of the reply so far: the last one counts.
        if chunk.prompt_feedback is not None and chunk.prompt_feedback.block_reason:
            self.reason = "filtered"
        if not chunk.candidates:
            return ""
        candidate = chunk.candidates[0]
        if candidate.finish_reason:
            self._stop(candidate.finish_reason)
        text = _said(candidate.content)
        return self._characters.clean(text, halves=halves) if text else ""

    def _stop(self, said: str) -> None:
        if said == _UNSPECIFIED or self.reason is not None:
            return
        if said not in _REASONS:  # OTHER, MALFORMED_RESPONSE …: what there is isn't whole.
            raise ModelError("cut", f"{_PROVIDER} broke off a reply")
        self.reason = _REASONS[said]

    def end(self) -> None:
        self._characters.end()


def _said(content: _Content | None) -> str:
    """The text of all parts; what the model only thought is left out."""
    if content is None or not content.parts:
        return ""
    parts = content.parts
    if len(parts) == 1:
        return "" if parts[0].thought else parts[0].text or ""
    return "".join([part.text for part in parts if part.text and not part.thought])


def _counted(usage: _Usage) -> Usage | None:
    return counted(
        usage.prompt_token_count,
        usage.cached_content_token_count,
        usage.candidates_token_count,
        usage.thoughts_token_count,
    )
