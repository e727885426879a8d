"""The page: what may be kept for how long, what may run in it, and how it does without a build."""

from pathlib import Path

import pytest

from realtime.gateway.page import NOT_BUILT, Page
from tests.realtime.memory import MemoryStorage
from tests.realtime.serving import ASSET, Running, house, serving

pytestmark = pytest.mark.anyio

FOREVER = "public, max-age=31536000, immutable"


async def test_the_index_is_asked_for_anew_each_time(server: Running) -> None:
    async with server.client() as client:
        for path in ("/", "/index.html"):
            response = await client.get(path)
            assert response.status_code == 200
            assert response.headers["content-type"] == "text/html; charset=utf-8"
            assert response.headers["cache-control"] == "no-cache"


async def test_what_has_a_hash_in_its_name_is_kept_for_ever(server: Running) -> None:
    async with server.client() as client:
        response = await client.get(f"/{ASSET}")
        assert response.headers["content-type"] == "text/javascript; charset=utf-8"
        assert response.headers["cache-control"] == FOREVER
        assert response.content == b"export {}\n"
        assert (await client.get("/icon.svg")).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("known", ["{}", "W/{}", '"other", {}', "*"])
async def test_a_page_that_is_known_isnt_sent_again(server: Running, known: str) -> None:
    async with server.client() as client:
        tag = (await client.get("/")).headers["etag"]
        response = await client.get("/", headers={"If-None-Match": known.format(tag)})
        assert (response.status_code, response.content) == (304, b"")
        assert response.headers["etag"] == tag
        assert response.headers["cache-control"] == "no-cache"
        other = await client.get("/", headers={"If-None-Match": '"other"'})
        assert other.status_code == 200


async def test_the_head_alone(server: Running) -> None:
    async with server.client() as client:
        whole, head = await client.get("/"), await client.head("/")
        assert head.content == b""
        for name in ("content-length", "content-type", "etag"):
            assert head.headers[name] == whole.headers[name]


async def test_nothing_inline_or_from_elsewhere_runs_in_it(server: Running) -> None:
    async with server.client() as client:
        headers = (await client.get("/")).headers
        rules = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
        assert rules["default-src"] == "'none'"
        assert rules["script-src"] == rules["style-src"] == "'self'"
        assert rules["frame-ancestors"] == "'self'"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "path",
    ["/assets/none.js", "/assets", "/..%2fpyproject.toml", "/%2e%2e/x", "/assets//index-3fa9.js"],
)
async def test_nothing_but_the_page_is_served(server: Running, path: str) -> None:
    async with server.client() as client:
        assert (await client.get(path)).status_code == 404


def test_files_are_read_from_their_folder(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_bytes(b"<!doctype html>")
    (tmp_path / "assets" / "a.js").write_bytes(b"1")
    assert Page.read(tmp_path).built
    assert not Page.read(tmp_path / "assets").built
    assert not Page.read(tmp_path / "missing").built


async def test_without_a_build_it_says_what_to_do() -> None:
    async with (
        serving(house(MemoryStorage(), page=Page({}))) as running,
        running.client() as client,
    ):
        response = await client.get("/")
        assert (response.status_code, response.text) == (404, NOT_BUILT)
        assert (await client.get("/readyz")).status_code == 200
