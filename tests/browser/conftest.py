"""One Chromium for the suite, and the servers for tests that do nothing to theirs."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

from tests.browser.signing import SETTINGS
from tests.realtime.viva import Serving, serving

CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        # Inside a container there is no user namespace for its sandbox.
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Serving]:
    """`viva serve`, whose interviewer speaks quickly."""
    data_dir = str(tmp_path_factory.mktemp("data"))
    async with serving("--data-dir", data_dir, "--pace", "200", "--log-level", "error") as served:
        yield served


@pytest.fixture(scope="session")
async def guarded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Serving]:
    """The same for users who have to sign in."""
    place = ("--data-dir", str(tmp_path_factory.mktemp("guarded")))
    speech = ("--pace", "200", "--log-level", "error")
    async with serving(*place, *speech, settings=SETTINGS) as served:
        yield served
