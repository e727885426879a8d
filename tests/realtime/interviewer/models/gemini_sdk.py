"""Gemini's API through the `google-genai` package: plain, and its raw bytes."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, cast

import aiohttp
import httpx
from google import genai
from google.genai import errors, types
from pydantic import ValidationError

from realtime.interviewer.gemini import GenerateContent
from realtime.interviewer.model import ModelError, Prompt, StopReason, Usage
from realtime.interviewer.upstream.client import Endpoint
from realtime.interviewer.upstream.failures import refused
from realtime.interviewer.upstream.reply import Reply
from tests.realtime.interviewer.models.sdk import Heard

REASONS: dict[str, StopReason] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "filtered",
    "PROHIBITED_CONTENT": "filtered",
}


class GeminiSdk:
    """What all its ways share. Plays `Sdk`, but for `pieces`."""

    provider = "gemini"

    def __init__(self, endpoint: Endpoint, transport: str = "aiohttp") -> None:
        self._endpoint = endpoint
        self._dialect = GenerateContent(endpoint)
        self._httpx: httpx.AsyncClient | None = None
        self._aiohttp: aiohttp.ClientSession | None = None
        options = types.HttpOptions(base_url=endpoint.base_url, api_version="v1beta")
        if transport == "httpx":
            self._httpx = httpx.AsyncClient(verify=endpoint.tls(), trust_env=False)
            options.httpx_async_client = self._httpx
        else:
            connector = aiohttp.TCPConnector(ssl=endpoint.tls())
            self._aiohttp = aiohttp.ClientSession(connector=connector)
            options.aiohttp_client = self._aiohttp
            # Else it brings a context of its own to each request.
            options.async_client_args = {"ssl": endpoint.tls()}
        # Tried once: of itself it would wait up to ten seconds and try again.
        options.retry_options = types.HttpRetryOptions(attempts=1)
        self._client = genai.Client(api_key=endpoint.key or "none", http_options=options)

    def meaning(self, error: Exception, *, now_ms: int) -> ModelError | None:
        match error:
            case errors.APIError():
                headers = getattr(error.response, "headers", {})
                body = json.dumps(error.details).encode()
                return refused(self.provider, error.code, headers, body, now_ms)
            case (
                errors.UnknownApiResponseError()
                | json.JSONDecodeError()
                | UnicodeDecodeError()
                | ValidationError()
            ):
                return ModelError("garbled", type(error).__name__)
        return None

    async def aclose(self) -> None:
        if self._httpx is not None:
            await self._httpx.aclose()
        if self._aiohttp is not None:
            await self._aiohttp.close()
        self._client.close()


class Plain(GeminiSdk):
    """`generate_content_stream`, and its objects."""

    async def pieces(self, prompt: Prompt, heard: Heard) -> AsyncGenerator[str, None]:
        chunks = await self._client.aio.models.generate_content_stream(
            model=self._endpoint.model,
            contents=[
                types.Content(
                    role="model" if each.role == "assistant" else "user",
                    parts=[types.Part(text=each.text)],
                )
                for each in prompt.messages
                if each.role != "system"
            ],
            config=self._config(prompt),
        )
        heard.began = True
        # An iterator says its type, a generator is what it is.
        async with aclosing(cast("AsyncGenerator[types.GenerateContentResponse]", chunks)):
            async for chunk in chunks:
                if text := heard_in(chunk, heard):
                    yield text

    def _config(self, prompt: Prompt) -> types.GenerateContentConfig:
        return types.GenerateContentConfig(
            system_instruction=[each.text for each in prompt.messages if each.role == "system"],
            max_output_tokens=prompt.max_tokens,
            temperature=prompt.temperature,
        )


class Raw(GeminiSdk):
    """The SDK's response and its bytes, read by our reader. There is no public way to them."""

    async def pieces(self, prompt: Prompt, heard: Heard) -> AsyncGenerator[str, None]:
        api: Any = self._client._api_client
        reply = Reply(self.provider, self._dialect.reader(), prompt.max_tokens)
        body = self._dialect.body(prompt, self._dialect.parameters)
        path = f"models/{self._endpoint.model}:streamGenerateContent?alt=sse"
        request = api._build_request("post", path, body, None)
        response = (await api._async_request(request, None, stream=True)).response_stream
        heard.began = True
        try:
            async for piece in response.content.iter_any():
                if text := reply.feed(piece):
                    yield text
                heard.reason = reply.reason
        finally:
            response.close()
        stopped = reply.stopped()
        heard.reason, heard.usage = stopped.reason, stopped.usage


def heard_in(chunk: types.GenerateContentResponse, heard: Heard) -> str | None:
    if chunk.usage_metadata is not None:
        heard.usage = counted(chunk.usage_metadata)
    if chunk.prompt_feedback is not None and chunk.prompt_feedback.block_reason:
        heard.reason = "filtered"
    if not chunk.candidates:
        return None
    reason = chunk.candidates[0].finish_reason
    if reason is not None:
        heard.reason = REASONS[reason.value]
    return chunk.text


def counted(usage: types.GenerateContentResponseUsageMetadata) -> Usage:
    said = (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)
    return Usage(usage.prompt_token_count or 0, usage.cached_content_token_count or 0, said)
