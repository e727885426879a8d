"""Under a path, by other names, and from other origins."""

from collections.abc import AsyncIterator

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from realtime.gateway.auth import LocalUser
from realtime.settings import Settings
from tests.realtime.fakes import interview
from tests.realtime.gateway.test_http import SHORT, problem
from tests.realtime.memory import MemoryStorage
from tests.realtime.serving import ASSET, Running, house, serving

pytestmark = pytest.mark.anyio

PAGES = "https://pages.example"


# --- under a path ------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["/viva", ""])
async def test_the_prefix_may_be_taken_off_by_a_proxy_or_not(prefix: str) -> None:
    storage = MemoryStorage(interview())
    async with serving(house(storage), Settings(root_path="/viva")) as running:
        async with running.client(storage.user_id) as client:
            assert (await client.get(f"{prefix}/")).status_code == 200
            assert (await client.get(f"{prefix}/{ASSET}")).status_code == 200
            assert (await client.get(f"{prefix}/readyz")).status_code == 200
            made = await client.post(f"{prefix}/v1/interviews", json=SHORT)
            # It holds for whoever sees the prefix, and for whoever doesn't.
            there = httpx.URL(f"{running.url}{prefix}/v1/interviews").join(made.headers["location"])
            assert (await client.get(there)).json()["id"] == made.json()["id"]
        url = f"{running.url.replace('http', 'ws')}{prefix}/v1/interviews/iv/ws"
        async with connect(url, subprotocols=[Subprotocol("viva.v1")], proxy=None):
            pass


async def test_the_prefix_alone_leads_to_the_page() -> None:
    async with (
        serving(house(MemoryStorage()), Settings(root_path="/a/viva")) as running,
        running.client() as client,
    ):
        response = await client.get("/a/viva")
        assert response.is_redirect
        there = httpx.URL(f"{running.url}/a/viva").join(response.headers["location"])
        assert there.path == "/a/viva/"
        problem(await client.get("/a/vivarium"), 404, "not_found")


# --- by other names ----------------------------------------------------------------------------


@pytest.fixture
async def unguarded() -> AsyncIterator[Running]:
    """A server where nobody has to sign in."""
    async with serving(house(MemoryStorage(), who=LocalUser())) as running:
        yield running


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example"])
async def test_a_strange_name_is_turned_away(unguarded: Running, host: str) -> None:
    async with unguarded.client() as client:
        for path in ("/", "/v1/interviews", "/v1/capabilities"):
            problem(await client.get(path, headers={"Host": host}), 403, "forbidden")
    url = f"{unguarded.url.replace('http', 'ws')}/v1/interviews/iv/ws"
    with pytest.raises(InvalidStatus) as refused:
        await connect(
            url,
            subprotocols=[Subprotocol("viva.v1")],
            proxy=None,
            additional_headers={"Host": host},
        )
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:80"])
async def test_this_machines_own_names_do(unguarded: Running, host: str) -> None:
    async with unguarded.client() as client:
        assert (await client.get("/readyz", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(("origins", "status"), [({PAGES}, 200), ({"*"}, 200), (set(), 403)])
async def test_the_name_of_an_allowed_origin_does(origins: set[str], status: int) -> None:
    settings = Settings(allowed_origins=frozenset(origins))
    async with (
        serving(house(MemoryStorage(), who=LocalUser()), settings) as running,
        running.client() as client,
    ):
        response = await client.get("/readyz", headers={"Host": "pages.example"})
        assert response.status_code == status


async def test_where_people_sign_in_any_name_does(server: Running) -> None:
    async with server.client() as client:
        response = await client.get("/v1/interviews", headers={"Host": "interviews.example"})
        assert response.status_code == 200


# --- from other origins ------------------------------------------------------------------------


async def test_a_page_of_an_allowed_origin_may_use_it() -> None:
    storage = MemoryStorage(interview())
    settings = Settings(allowed_origins=frozenset({PAGES, "https://b.example"}))
    async with serving(house(storage), settings) as running:
        async with running.client(storage.user_id) as client:
            asked = {
                "Origin": PAGES,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "content-type, idempotency-key, authorization",
            }
            preflight = await client.options("/v1/interviews", headers=asked)
            assert preflight.status_code == 200
            assert preflight.headers["access-control-allow-origin"] == PAGES
            made = await client.post("/v1/interviews", json=SHORT, headers={"Origin": PAGES})
            assert made.headers["access-control-allow-origin"] == PAGES
            assert "Location" in made.headers["access-control-expose-headers"]
            refused = await client.get("/v1/interviews/none", headers={"Origin": PAGES})
            assert refused.headers["access-control-allow-origin"] == PAGES
        url = f"{running.url.replace('http', 'ws')}/v1/interviews/iv/ws"
        async with connect(
            url, subprotocols=[Subprotocol("viva.v1")], proxy=None, origin=Origin(PAGES)
        ):
            pass


async def test_a_page_of_another_origin_may_not(server: Running) -> None:
    async with server.client() as client:
        asked = {"Origin": PAGES, "Access-Control-Request-Method": "POST"}
        assert (await client.options("/v1/interviews", headers=asked)).status_code == 400
        response = await client.get("/v1/capabilities", headers={"Origin": PAGES})
        assert "access-control-allow-origin" not in response.headers
