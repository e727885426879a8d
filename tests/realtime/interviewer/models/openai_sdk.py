"""OpenAI's API through the `openai` package: plain, through its helper, and its raw bytes."""

import json
from collections.abc import AsyncGenerator
from typing import Any, Literal

from openai import (
    APIConnectionError,
    APIError,
    APIStatusError,
    AsyncOpenAI,
    DefaultAioHttpClient,
    DefaultAsyncHttpxClient,
)
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionChunk
from pydantic import ValidationError

from realtime.interviewer.model import ModelError, Prompt, StopReason, Usage
from realtime.interviewer.openai import ChatCompletions
from realtime.interviewer.upstream.client import Endpoint
from realtime.interviewer.upstream.failures import broken_off, refused
from realtime.interviewer.upstream.reply import Reply
from tests.realtime.interviewer.models.sdk import Heard

Transport = Literal["httpx", "aiohttp"]

REASONS: dict[str, StopReason] = {"length": "length", "content_filter": "filtered"}


class OpenAISdk:
    """What all its ways share. Plays `Sdk`, but for `pieces`."""

    provider = "openai"

    def __init__(self, endpoint: Endpoint, transport: Transport = "httpx") -> None:
        make = DefaultAsyncHttpxClient if transport == "httpx" else DefaultAioHttpClient
        self._dialect = ChatCompletions(endpoint)
        self._client = AsyncOpenAI(
            api_key=endpoint.key or "none",
            base_url=endpoint.base_url,
            max_retries=0,
            http_client=make(verify=endpoint.tls(), trust_env=False),
        )

    def _asked(self, prompt: Prompt) -> dict[str, Any]:
        """Our request as the SDK takes it: without what is its own business."""
        body = self._dialect.body(prompt, self._dialect.parameters)
        return {name: value for name, value in body.items() if name != "stream"}

    def meaning(self, error: Exception, *, now_ms: int) -> ModelError | None:
        match error:
            case APIStatusError(response=told):
                return refused(self.provider, told.status_code, told.headers, told.content, now_ms)
            case APIConnectionError():
                return None
            case APIError():
                return broken_off(self.provider, error.body)
            case json.JSONDecodeError() | UnicodeDecodeError() | ValidationError():
                return ModelError("garbled", type(error).__name__)
        return None

    async def aclose(self) -> None:
        await self._client.close()


class Plain(OpenAISdk):
    """`create(stream=True)`, and its objects."""

    async def pieces(self, prompt: Prompt, heard: Heard) -> AsyncGenerator[str, None]:
        # `create` has an overload for each combination of parameters, none for a dictionary.
        create: Any = self._client.chat.completions.create
        async with await create(**self._asked(prompt), stream=True) as chunks:
            heard.began = True
            async for chunk in chunks:
                if text := heard_in(chunk, heard):
                    yield text


class Helper(OpenAISdk):
    """`.stream()`, which also puts the whole reply together as it comes."""

    async def pieces(self, prompt: Prompt, heard: Heard) -> AsyncGenerator[str, None]:
        stream: Any = self._client.chat.completions.stream
        async with stream(**self._asked(prompt)) as events:
            heard.began = True
            async for event in events:
                if event.type == "chunk" and (text := heard_in(event.chunk, heard)):
                    yield text


class Raw(OpenAISdk):
    """The SDK's response and its bytes, read by our reader."""

    async def pieces(self, prompt: Prompt, heard: Heard) -> AsyncGenerator[str, None]:
        create: Any = self._client.chat.completions.with_streaming_response.create
        reply = Reply(self.provider, self._dialect.reader(), prompt.max_tokens)
        async with create(**self._asked(prompt), stream=True) as response:
            heard.began = True
            async for piece in response.http_response.aiter_raw():
                if text := reply.feed(piece):
                    yield text
                heard.reason = reply.reason
            stopped = reply.stopped()
            heard.reason, heard.usage = stopped.reason, stopped.usage


def heard_in(chunk: ChatCompletionChunk, heard: Heard) -> str | None:
    if chunk.usage is not None:
        heard.usage = counted(chunk.usage)
    if not chunk.choices:
        return None
    choice = chunk.choices[0]
    if choice.delta.refusal:
        heard.reason = "filtered"
    elif choice.finish_reason and heard.reason is None:
        heard.reason = REASONS.get(choice.finish_reason, "stop")
    return choice.delta.content


def counted(usage: CompletionUsage) -> Usage:
    details = usage.prompt_tokens_details
    cached = (details.cached_tokens or 0) if details else 0
    return Usage(usage.prompt_tokens, cached, usage.completion_tokens)
