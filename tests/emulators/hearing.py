"""What the providers' own SDKs make of an emulator's replies."""

from collections.abc import Awaitable
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from typing import Protocol

from google import genai
from google.genai import types
from openai import AsyncOpenAI

from tests.emulators.emulator import Emulator
from tests.emulators.faults import Api

PROMPT = "Ask me something."
# google-genai inherits from a class of aiohttp's that it shouldn't.
GOOGLES_OWN = "ignore:Inheritance class AiohttpClientSession:DeprecationWarning"
SHORT_S = 0.5  # For what never comes.
MIDDLE_S = 5.0  # For what comes, and then never goes on.
LONG_S = 60.0  # For what does, on a busy machine.
MOST_EVENTS = 60  # An endless reply is left after so many.


@dataclass
class Heard:
    """A reply as a client has it. `error`: what the SDK raised, and the status if it has one."""

    text: str = ""
    finish: str | None = None
    tokens: int | None = None
    error: tuple[str, int | None] | None = None


async def hear_openai(
    emulator: Emulator, model: str, stream: bool, within_s: float = LONG_S
) -> Heard:
    heard = Heard()
    client = AsyncOpenAI(api_key="any", base_url=emulator.url, max_retries=0, timeout=within_s)
    async with client:
        try:
            if stream:
                await _stream_openai(client, model, heard)
            else:
                await _ask_openai(client, model, heard)
        except Exception as error:
            heard.error = (type(error).__name__, getattr(error, "status_code", None))
    return heard


async def _ask_openai(client: AsyncOpenAI, model: str, heard: Heard) -> None:
    reply = await client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": PROMPT}]
    )
    heard.text = reply.choices[0].message.content or ""
    heard.finish = reply.choices[0].finish_reason
    heard.tokens = reply.usage.completion_tokens if reply.usage else None


async def _stream_openai(client: AsyncOpenAI, model: str, heard: Heard) -> None:
    stream = await client.chat.completions.create(
        model=model,
        messages=[{"role": "user", "content": PROMPT}],
        stream=True,
        stream_options={"include_usage": True},
    )
    events = 0
    async with stream:
        async for chunk in stream:
            for choice in chunk.choices:
                heard.text += choice.delta.content or ""
                heard.finish = choice.finish_reason or heard.finish
            if chunk.usage:
                heard.tokens = chunk.usage.completion_tokens
            events += 1
            if events == MOST_EVENTS:
                return


def gemini_client(emulator: Emulator, within_s: float = LONG_S) -> genai.Client:
    options = types.HttpOptions(base_url=emulator.url, timeout=round(within_s * 1000))
    return genai.Client(api_key="any", http_options=options)


async def hear_gemini(
    emulator: Emulator, model: str, stream: bool, within_s: float = LONG_S
) -> Heard:
    heard = Heard()
    async with AsyncExitStack() as stack:
        client = gemini_client(emulator, within_s)
        stack.callback(client.close)
        stack.push_async_callback(client.aio.aclose)
        try:
            if stream:
                await _stream_gemini(client, model, heard)
            else:
                told = await client.aio.models.generate_content(model=model, contents=PROMPT)
                _take_gemini(told, heard)
        except Exception as error:
            heard.error = (type(error).__name__, getattr(error, "code", None))
    return heard


async def _stream_gemini(client: genai.Client, model: str, heard: Heard) -> None:
    stream = await client.aio.models.generate_content_stream(model=model, contents=PROMPT)
    events = 0
    async with aclosing(stream):  # type: ignore[type-var]  # It is a generator.
        async for told in stream:
            _take_gemini(told, heard)
            events += 1
            if events == MOST_EVENTS:
                return


def _take_gemini(told: types.GenerateContentResponse, heard: Heard) -> None:
    heard.text += told.text or ""
    for candidate in told.candidates or []:
        if candidate.finish_reason:
            heard.finish = candidate.finish_reason.value
    if told.prompt_feedback and told.prompt_feedback.block_reason:
        heard.finish = told.prompt_feedback.block_reason.value
    heard.tokens = told.usage_metadata.candidates_token_count if told.usage_metadata else None


class Hear(Protocol):
    def __call__(
        self, emulator: Emulator, model: str, stream: bool, within_s: float = LONG_S, /
    ) -> Awaitable[Heard]: ...


HEAR: dict[Api, Hear] = {"openai": hear_openai, "gemini": hear_gemini}
