"""The page under a path, and on another origin than its server's."""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.candidate import Candidate, candidate
from tests.browser.places import page_of, static, taking_off
from tests.realtime.viva import Serving, serving

pytestmark = pytest.mark.anyio


async def _take_a_short_one(visitor: Candidate) -> None:
    """All that the page asks of its server: over HTTP, over the WebSocket, and the report."""
    await visitor.set_up(questions=1, follow_ups=0)
    await visitor.begin()
    await visitor.skip()
    _, report = await visitor.download()
    assert report
    assert not visitor.complaints


async def test_under_a_path_that_a_proxy_takes_off(chromium: Browser, server: Serving) -> None:
    async with (
        taking_off("/viva", int(server.port)) as url,
        candidate(chromium, url) as visitor,
    ):
        await _take_a_short_one(visitor)


async def test_under_a_path_of_its_own_and_from_another_origin(
    chromium: Browser, tmp_path: Path
) -> None:
    folder = tmp_path / "page"
    folder.mkdir()
    with static(folder) as origin:
        place = ("--data-dir", str(tmp_path / "data"), "--root-path", "/viva")
        speech = ("--pace", "200", "--log-level", "error")
        async with serving(*place, *speech, settings={"VIVA_ALLOWED_ORIGINS": origin}) as server:
            # Without a slash at its end, too, as one types it.
            async with candidate(chromium, f"{server.url}/viva") as visitor:
                await _take_a_short_one(visitor)
            page_of(f"{server.url}/viva/", folder)
            async with candidate(chromium, origin) as visitor:
                await _take_a_short_one(visitor)
