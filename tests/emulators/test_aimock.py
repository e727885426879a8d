"""aimock answers the providers' own SDKs, and its chaos is seen."""

from collections.abc import Awaitable, Callable

import httpx
import openai
import pytest
from google import genai
from google.genai import types
from openai import AsyncOpenAI

from tests.emulators.aimock import AimockError, Fixture, Manner, aimock
from tests.emulators.hearing import GOOGLES_OWN, LONG_S

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings(GOOGLES_OWN)]

TEXT = "Tell me about 한국어 now, please."
FIXTURES = [Fixture("A hint.", user="hint"), Fixture("Welcome.", system="kind"), Fixture(TEXT)]


async def ask_openai(url: str, prompt: str) -> str:
    async with AsyncOpenAI(api_key="any", base_url=f"{url}/v1", max_retries=0) as client:
        stream = await client.chat.completions.create(
            model="gpt", messages=[{"role": "user", "content": prompt}], stream=True
        )
        async with stream:
            pieces = [each.choices[0].delta.content or "" async for each in stream if each.choices]
    assert len(pieces) > 2
    return "".join(pieces)


async def ask_gemini(url: str, prompt: str) -> str:
    options = types.HttpOptions(base_url=url, api_version="v1beta")
    client = genai.Client(api_key="any", http_options=options)
    stream = await client.aio.models.generate_content_stream(model="gemini", contents=prompt)
    pieces = [each.text or "" async for each in stream]
    await client.aio.aclose()
    client.close()
    assert len(pieces) > 1
    return "".join(pieces)


@pytest.mark.parametrize("ask", [ask_openai, ask_gemini])
async def test_the_sdks_hear_its_fixtures(ask: Callable[[str, str], Awaitable[str]]) -> None:
    async with aimock(FIXTURES, Manner(chunk_chars=5)) as url:
        assert await ask(url, "Give a hint.") == "A hint."
        assert await ask(url, "Ask me.") == TEXT


async def test_the_system_message_may_choose() -> None:
    body = {
        "model": "gpt",
        "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}],
    }
    async with (
        aimock(FIXTURES) as url,
        httpx.AsyncClient(base_url=url, timeout=LONG_S) as client,
    ):
        response = await client.post("/v1/chat/completions", json=body)
    assert response.json()["choices"][0]["message"]["content"] == "Welcome."


@pytest.mark.parametrize(
    ("manner", "error"),
    [
        (Manner(drop=1), openai.InternalServerError),
        (Manner(rate_limit=1), openai.RateLimitError),
        (Manner(disconnect=1), openai.APIConnectionError),
    ],
)
async def test_its_chaos_is_seen(manner: Manner, error: type[Exception]) -> None:
    async with aimock(FIXTURES, manner) as url:
        with pytest.raises(error):
            await ask_openai(url, "Ask me.")


@pytest.mark.parametrize("ask", [ask_openai, ask_gemini])
async def test_its_answer_has_the_key_of_the_form(
    ask: Callable[[str, str], Awaitable[str]],
) -> None:
    form = "Like @@k7q3mx in the middle, or\n@@other hint\nWrite it in this form:\n@@k7q3mx hint\n"
    async with aimock([Fixture("@@{key} hint\nThink.", user="form")], Manner(chunk_chars=5)) as url:
        assert await ask(url, form) == "@@k7q3mx hint\nThink."


async def test_it_says_why_it_doesnt_start() -> None:
    with pytest.raises(AimockError, match="chunk"):
        async with aimock(FIXTURES, Manner(chunk_chars=-1)):
            pass
