"""The report as the page that a browser gets: it can be read by anybody, and nothing in it runs."""

import httpx
import pytest
from playwright.async_api import Browser, Page

from tests.browser.axe import is_accessible
from tests.browser.candidate import SCREENSHOTS
from tests.realtime.viva import Serving

pytestmark = pytest.mark.anyio

HOSTILE = (
    "<script>document.title = 'run'</script><img src=/healthz onerror=\"document.title = 'run'\">"
    "<a href=\"javascript:document.title = 'run'\">here</a><style>main { display: none }</style> "
    + "w"
    * 300
)
SIZES = {"desktop": 1_200, "phone": 360}


async def _reported(http: httpx.AsyncClient, language: str) -> str:
    """Where the report is of an interview whose candidate is after the server."""
    config = {"role": HOSTILE[:200], "language": language, "questions": 1, "follow_ups": 0}
    config["level"] = "</title><script>"
    made = await http.post("/v1/interviews", json=config)
    path = f"/v1/interviews/{made.raise_for_status().json()['id']}"
    await _command(http, path, type="interview.start", id="s")
    await _follow(http, path, "question.completed")
    await _command(http, path, type="answer.submit", id="a", turn=1, text=HOSTILE)
    await _follow(http, path, "report.completed")
    return f"{path}/report"


async def _command(http: httpx.AsyncClient, path: str, **command: object) -> None:
    (await http.post(f"{path}/commands", json=command)).raise_for_status()


async def _follow(http: httpx.AsyncClient, path: str, until: str) -> None:
    headers = {"Last-Event-ID": "1:0"}
    async with http.stream("GET", f"{path}/events", headers=headers) as stream:
        async for line in stream.aiter_lines():
            if line == f"event: {until}":
                return
    raise AssertionError(f"no {until} came")


def _listening(page: Page) -> list[str]:
    """What the browser complains of, and what it asks the server for."""
    heard: list[str] = []
    page.on("console", lambda said: heard.append(said.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("dialog", lambda dialog: heard.append(dialog.message))
    page.on("request", lambda request: heard.append(request.url))
    return heard


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en", "ko"])
async def test_the_report_is_a_page_in_which_nothing_runs(
    chromium: Browser, server: Serving, language: str, size: str
) -> None:
    async with server.client() as http:
        url = server.url + await _reported(http, language)
    context = await chromium.new_context(viewport={"width": SIZES[size], "height": 900})
    try:
        page = await context.new_page()
        heard = _listening(page)
        await page.goto(url)
        assert await page.locator("html").get_attribute("lang") == language
        assert (await page.title()).endswith(HOSTILE[:200].strip())
        assert HOSTILE in await page.locator("main").inner_text()
        assert await page.locator("main a, main img, main script, main style").count() == 0
        assert await page.locator("main").is_visible()
        # Its own style is let in: it is the one that the policy names.
        assert (
            await page.locator("main").evaluate("(it) => getComputedStyle(it).maxWidth") != "none"
        )
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width == SIZES[size]
        path = SCREENSHOTS / f"report-page-{language}-{size}.png"
        await page.screenshot(path=path, full_page=True)
        assert heard == [url]
    finally:
        await context.close()


@pytest.mark.parametrize("language", ["en", "ko"])
async def test_the_page_is_accessible(chromium: Browser, server: Serving, language: str) -> None:
    async with server.client() as http:
        path = await _reported(http, language)
        told = (await http.get(path, headers={"Accept": "text/html"})).text
    # As it is kept: without the server's headers, which let no test's script in either.
    context = await chromium.new_context(bypass_csp=True)
    try:
        page = await context.new_page()
        await page.set_content(told)
        await is_accessible(page)
    finally:
        await context.close()
