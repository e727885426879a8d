"""What a request brings, and how it is refused when that won't do."""

import json
from typing import Any

import httpx
import pytest

from tests.realtime.gateway.test_http import SHORT, problem
from tests.realtime.serving import Running

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("key", ["", "x" * 65, "a b", "a/b", "né".encode().decode("latin-1")])
async def test_a_key_is_as_a_command_id(server: Running, key: str) -> None:
    async with server.client() as client:
        headers = {"Idempotency-Key": key.encode("latin-1")}
        response = await client.post("/v1/interviews", json=SHORT, headers=headers)  # type: ignore[arg-type]
        assert problem(response, 400, "malformed")["details"] == {"field": "Idempotency-Key"}


async def test_what_is_no_json_is_malformed(server: Running) -> None:
    async with server.client() as client:
        json_said = {"Content-Type": "application/json; charset=utf-8"}
        for body in (b"{", b"[]", b"\xff"):
            response = await client.post("/v1/interviews", content=body, headers=json_said)
            problem(response, 400, "malformed")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", None])
async def test_only_json_is_taken(server: Running, content_type: str | None) -> None:
    async with server.client() as client:
        headers = {} if content_type is None else {"Content-Type": content_type}
        response = await client.post(
            "/v1/interviews", content=json.dumps(SHORT).encode(), headers=headers
        )
        problem(response, 415, "unsupported_media")


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_has_a_limit(server: Running, announced: bool) -> None:
    async def pieces() -> Any:
        for _ in range(5):
            yield b" " * 65_536

    async with server.client() as client:
        content = b" " * 262_145 if announced else pieces()
        headers = {"Content-Type": "application/json"}
        response = await client.post("/v1/interviews", content=content, headers=headers)
        assert problem(response, 413, "too_large")["details"] == {"limit": 262_144}


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "٣"}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"limit": ""}, "limit"),
        ({"limit": "9" * 5_000}, "limit"),
        ({"cursor": "nonsense"}, "cursor"),
    ],
)
async def test_a_wrong_page_is_refused(server: Running, params: dict[str, str], field: str) -> None:
    async with server.client() as client:
        response = await client.get("/v1/interviews", params=params)
        assert problem(response, 400, "malformed")["details"] == {"field": field}


async def test_without_a_token_the_client_is_asked_for_one(server: Running) -> None:
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        for headers in ({}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer"}):
            for response in (
                await client.get("/v1/interviews", headers=headers),
                await client.post("/v1/interviews", json=SHORT, headers=headers),
                await client.get("/v1/interviews/x", headers=headers),
                await client.delete("/v1/interviews/x", headers=headers),
            ):
                problem(response, 401, "unauthenticated")
                assert response.headers["www-authenticate"] == "Bearer"
