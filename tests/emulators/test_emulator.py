"""What an emulator keeps to, and what it tells of those who asked."""

import re
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from tests.emulators.emulator import Emulator, Settings, emulate
from tests.emulators.faults import Api
from tests.emulators.hearing import GOOGLES_OWN, HEAR, LONG_S, gemini_client
from tests.emulators.script import STAMP, Reply, Script, UnplayableError, saying

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings(GOOGLES_OWN)]

APIS: tuple[Api, ...] = ("openai", "gemini")
each_api = pytest.mark.parametrize("api", APIS)

SCHEMA = {
    "title": "scores",
    "type": "object",
    "properties": {"score": {"type": "integer"}},
    "required": ["score"],
}


@asynccontextmanager
async def http(emulator: Emulator) -> AsyncGenerator[httpx.AsyncClient, None]:
    trust = (
        ssl.create_default_context(cafile=emulator.certificate) if emulator.certificate else True
    )
    async with httpx.AsyncClient(base_url=emulator.url, verify=trust, timeout=LONG_S) as client:
        yield client


def call(api: Api, model: str = "any", **fields: Any) -> tuple[str, dict[str, Any]]:
    """The path and the body of a request that isn't streamed."""
    if api == "openai":
        messages = [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": [{"type": "text", "text": "Ask."}]},
            {"role": "assistant", "content": "Why?"},
        ]
        return "/v1/chat/completions", {"model": model, "messages": messages, **fields}
    return f"/v1beta/models/{model}:generateContent", {
        "systemInstruction": {"parts": [{"text": "Be kind."}]},
        "contents": [
            {"role": "user", "parts": [{"text": "As"}, {"text": "k."}]},
            {"role": "model", "parts": [{"text": "Why?"}]},
        ],
        **fields,
    }


async def post(client: httpx.AsyncClient, api: Api, model: str = "any") -> httpx.Response:
    path, body = call(api, model)
    return await client.post(path, json=body)


def text_of(api: Api, response: httpx.Response) -> str:
    if api == "openai":
        return str(response.json()["choices"][0]["message"]["content"])
    return str(response.json()["candidates"][0]["content"]["parts"][0]["text"])


# --- What is asked


@each_api
async def test_what_was_asked_is_told(api: Api) -> None:
    wanted: dict[str, Any] = {"generationConfig": {"maxOutputTokens": 9, "responseSchema": SCHEMA}}
    if api == "openai":
        form = {"type": "json_schema", "json_schema": {"name": "scores", "schema": SCHEMA}}
        wanted = {"max_completion_tokens": 9, "response_format": form}
    async with emulate(api, saying("{}")) as emulator, http(emulator) as client:
        path, body = call(api, **wanted)
        await client.post(path, json=body, headers={"X-Trace": "abc"})
        asked = emulator.requests[0].asked
    assert [(said.role, said.text) for said in asked.messages] == [
        ("system", "Be kind."),
        ("user", "Ask."),
        ("assistant", "Why?"),
    ]
    assert (asked.provider, asked.model, asked.number) == (api, "any", 1)
    assert (asked.structure_name, asked.schema) == ("scores", SCHEMA)
    assert (asked.max_tokens, asked.stream) == (9, False)
    assert asked.headers["x-trace"] == "abc"
    assert asked.body == body


@each_api
@pytest.mark.parametrize("prefix", ["", "/v1", "/v1beta"])
async def test_a_base_url_may_have_the_version_or_not(api: Api, prefix: str) -> None:
    if (api, prefix) == ("openai", "/v1beta"):
        return
    async with emulate(api, saying("Hello")) as emulator, http(emulator) as client:
        path, body = call(api)
        path = path.removeprefix("/v1beta").removeprefix("/v1")
        response = await client.post(prefix + path, json=body)
    assert text_of(api, response) == "Hello"


@each_api
@pytest.mark.parametrize("body", [b"{", b"[]", b'{"messages": 3, "contents": 3}', b"{}"])
async def test_what_cant_be_read_is_refused(api: Api, body: bytes) -> None:
    async with emulate(api, saying("Hello")) as emulator, http(emulator) as client:
        response = await client.post(call(api)[0], content=body)
        assert not emulator.requests
    assert response.status_code == 400
    assert response.json()["error"]["message"]


@each_api
async def test_an_unknown_path_is_refused_in_the_apis_words(api: Api) -> None:
    async with emulate(api, saying("Hello")) as emulator, http(emulator) as client:
        response = await client.post("/v1/nothing", json={})
    assert response.status_code == 404
    assert "error" in response.json()


async def test_models_are_listed() -> None:
    async with emulate("openai", saying("")) as emulator, http(emulator) as client:
        listed = (await client.get("/v1/models")).json()["data"]
        one = (await client.get(f"/v1/models/{listed[0]['id']}")).json()
    assert one == listed[0]
    async with emulate("gemini", saying("")) as emulator:
        client_of_theirs = gemini_client(emulator)
        pager = await client_of_theirs.aio.models.list()
        name = pager[0].name
        told = await client_of_theirs.aio.models.get(model=name or "")
        counted = await client_of_theirs.aio.models.count_tokens(model="any", contents="x" * 40)
        await client_of_theirs.aio.aclose()
        client_of_theirs.close()
    assert told.name == name
    assert counted.total_tokens == 10


# --- Keys and refusals


@each_api
async def test_a_key_is_demanded(api: Api) -> None:
    right = {"authorization": "Bearer right", "x-goog-api-key": "right"}
    wrong = {"authorization": "Bearer wrong", "x-goog-api-key": "wrong"}
    path, body = call(api)
    async with emulate(api, saying("Hi"), Settings(key="right")) as emulator:
        async with http(emulator) as client:
            answers = [
                await client.post(path, json=body, headers=headers)
                for headers in (right, wrong, {})
            ]
        assert len(emulator.requests) == 1
    statuses = [answer.status_code for answer in answers]
    assert statuses == ([200, 401, 401] if api == "openai" else [200, 400, 403])
    refused = answers[1].json()["error"]
    if api == "openai":
        assert refused["code"] == "invalid_api_key"
    else:
        assert refused["details"][0]["reason"] == "API_KEY_INVALID"


async def test_when_to_come_again_is_said_in_openais_way() -> None:
    async with emulate("openai", saying("")) as emulator, http(emulator) as client:
        usual = await post(client, "openai", "play;fault=429@1.5")
        bare = await post(client, "openai", "play;fault=429-bare")
        quota = await post(client, "openai", "play;fault=quota")
    assert (usual.headers["retry-after"], usual.headers["retry-after-ms"]) == ("2", "1500")
    assert usual.json()["error"]["code"] == "rate_limit_exceeded"
    assert "retry-after" not in bare.headers
    assert quota.json()["error"]["code"] == "insufficient_quota"


async def test_when_to_come_again_is_said_in_geminis_way() -> None:
    async with emulate("gemini", saying("")) as emulator, http(emulator) as client:
        usual = await post(client, "gemini", "play;fault=429@1.5")
        bare = await post(client, "gemini", "play;fault=429-bare")
    details = usual.json()["error"]["details"]
    assert "retry-after" not in usual.headers
    assert details[-1] == {
        "@type": "type.googleapis.com/google.rpc.RetryInfo",
        "retryDelay": "1.5s",
    }
    assert len(bare.json()["error"]["details"]) == 1
    assert bare.json()["error"]["status"] == "RESOURCE_EXHAUSTED"


@each_api
async def test_retry_after_may_be_a_date(api: Api) -> None:
    async with emulate(api, saying("")) as emulator, http(emulator) as client:
        response = await post(client, api, "play;fault=429-date@3600")
        seconds = await post(client, api, "play;fault=429-header@3600")
    assert parsedate_to_datetime(response.headers["retry-after"]).tzinfo is not None
    assert seconds.headers["retry-after"] == "3600"


@each_api
async def test_a_parameter_may_be_refused(api: Api) -> None:
    parameter = "temperature"
    fields: dict[str, Any] = {"generationConfig": {parameter: 1}}
    path, body = call(
        api, f"play;refuses=x+{parameter}", **({parameter: 1} if api == "openai" else fields)
    )
    async with emulate(api, saying("Hi")) as emulator, http(emulator) as client:
        response = await client.post(path, json=body)
        without = await post(client, api, f"play;refuses=x+{parameter}")
    assert response.status_code == 400
    assert parameter in response.json()["error"]["message"]
    assert without.status_code == 200


# --- Replies


@each_api
@pytest.mark.parametrize("stream", [True, False])
async def test_no_more_than_the_limit_is_said(api: Api, stream: bool) -> None:
    reply = Reply(pieces=("a", "b", "c", "d"))
    async with emulate(api, Script(lambda _: reply)) as emulator, http(emulator) as client:
        fields: dict[str, Any] = {"generationConfig": {"maxOutputTokens": 2}}
        path, body = call(api, **({"max_tokens": 2} if api == "openai" else fields))
        response = await client.post(path, json=body)
    assert text_of(api, response) == "ab"
    assert ("length" if api == "openai" else "MAX_TOKENS") in response.text


@each_api
async def test_stamps_have_a_number_and_a_time(api: Api) -> None:
    async with emulate(api, saying("Hi")) as emulator:
        heard = await HEAR[api](emulator, "play;stamps=1;tokens=4", True)
    assert {len(stamp) for stamp in heard.text.split(" ")} == {22, 0}
    numbers, times = zip(*(stamp.split(".") for stamp in heard.text.split()), strict=True)
    assert [int(number) for number in numbers] == [1, 2, 3, 4]
    assert list(times) == sorted(times)


@each_api
async def test_stamps_may_stand_between_words(api: Api) -> None:
    reply = Reply(pieces=("So:", STAMP, STAMP, " and", STAMP))
    async with emulate(api, Script(lambda _: reply)) as emulator:
        heard = await HEAR[api](emulator, "m", True)
    assert re.fullmatch(r"So: 00001\.\d{16} 00002\.\d{16} and 00003\.\d{16}", heard.text)


@each_api
async def test_the_pace_is_kept(api: Api) -> None:
    async with emulate(api, saying("Hi")) as emulator:
        await HEAR[api](emulator, "play;stamps=1;tokens=5;rate=50;first=0.1", True)
        seen = await emulator.request(1)
    assert seen.ended_s is not None
    assert seen.ended_s - seen.began_s >= 0.1 + 4 / 50


@each_api
async def test_prompts_that_begin_alike_are_cached(api: Api) -> None:
    path, body = call(api)
    system = "Be kind. " * 1000
    if api == "openai":
        body["messages"][0]["content"] = system
    else:
        body["systemInstruction"]["parts"][0]["text"] = system
    async with emulate(api, saying("Hi")) as emulator, http(emulator) as client:
        for _ in range(2):
            response = await client.post(path, json=body)
        cached = [seen.reply.cached_tokens for seen in emulator.requests]
    assert cached == [0, 2176]
    assert "2176" in response.text


@each_api
@pytest.mark.parametrize(
    "model", ["play;speed=3", "play;rate=fast", "play;fault=none", "play;tokens=-1"]
)
async def test_a_name_that_cant_be_played_is_refused(api: Api, model: str) -> None:
    async with emulate(api, saying("Hi")) as emulator, http(emulator) as client:
        response = await post(client, api, model)
    assert response.status_code == 400


# --- Troubles that come and go


@each_api
async def test_the_nth_request_has_its_fault(api: Api) -> None:
    script = Script(lambda _: Reply("Hi"), faults={2: "503"}, every=("429-bare", 3))
    async with emulate(api, script) as emulator, http(emulator) as client:
        statuses = [(await post(client, api)).status_code for _ in range(4)]
        emulator.fault = "500"
        statuses.append((await post(client, api)).status_code)
        assert [seen.status for seen in emulator.requests] == statuses
    assert statuses == [200, 503, 429, 200, 500]


async def test_a_schedule_of_unknown_faults_is_refused() -> None:
    with pytest.raises(UnplayableError, match="no fault 'tired'"):
        async with emulate("openai", Script(lambda _: Reply(""), faults={1: "tired"})):
            pass


@each_api
async def test_down_resets_what_is_open_and_what_comes(api: Api) -> None:
    async with emulate(api, saying("Hi")) as emulator, http(emulator) as client:
        assert (await post(client, api)).status_code == 200
        emulator.down = True
        for _ in range(2):
            with pytest.raises(httpx.TransportError):
                await post(client, api)
        emulator.down = False
        assert (await post(client, api)).status_code == 200


@each_api
async def test_down_from_the_beginning_by_schedule(api: Api) -> None:
    script = Script(lambda _: Reply("Hi"), down=((0, 3600),))
    async with emulate(api, script) as emulator, http(emulator) as client:
        with pytest.raises(httpx.TransportError):
            await post(client, api)
        assert emulator.down


@each_api
async def test_tls(api: Api) -> None:
    async with emulate(api, saying("Hi"), Settings(tls=True)) as emulator:
        async with http(emulator) as client:
            response = await post(client, api)
            with pytest.raises(httpx.TransportError):
                await post(client, api, "play;fault=reset@0")
        assert emulator.url.startswith("https://")
    assert text_of(api, response) == "Hi"


@each_api
async def test_an_end_while_something_is_said(api: Api) -> None:
    async with emulate(api, saying("Hi")) as emulator, http(emulator) as client:
        path, body = call(api, "play;fault=stall@0")
        async with client.stream("POST", path, json=body):
            seen = await emulator.request(1)
            emulator.stop()
            await seen.over.wait()
    assert seen.how == "stopped"
