"""The progress over two interviews: nothing before, then from the first screen to a report."""

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.candidate import Candidate, Size, candidate
from tests.browser.signing import token
from tests.browser.words import Language
from tests.realtime.viva import Serving

pytestmark = pytest.mark.anyio

FITS = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"


async def _take(visitor: Candidate, answer: str) -> str:
    """An interview of one question, from the first screen to its report; its id."""
    await visitor.set_up(questions=1, follow_ups=0)
    await visitor.begin()
    await visitor.answer(answer)
    await visitor.button(visitor.words.download).wait_for()
    return visitor.interview_id


def _scores(items: list[dict[str, Any]], interview: str) -> dict[str, str]:
    """An interview's scores as the page writes them, by competency."""
    return {
        each["competency"]: f"{round(each['score'], 1):g} / {each['max']}"
        for each in items
        if each["interview"] == interview
    }


async def _row(visitor: Candidate, place: int) -> dict[str, str]:
    """What stands in that row of the table, by competency."""
    heads = await visitor.page.get_by_role("columnheader").all_text_contents()
    cells = visitor.page.locator("tbody tr").nth(place).locator("td [aria-hidden]")
    return dict(zip(heads[1:], await cells.all_text_contents(), strict=True))


@pytest.mark.parametrize(("language", "size"), [("en", "desktop"), ("ko", "phone")])
async def test_the_progress_leads_from_interview_to_interview(
    chromium: Browser, guarded: Serving, language: Language, size: Size
) -> None:
    user = f"progress-{language}"
    async with (
        candidate(chromium, guarded.url, language, size) as visitor,
        guarded.client() as http,
    ):
        words, page = visitor.words, visitor.page
        await visitor.bring(token(user))
        await visitor.button(words.start).wait_for()
        visitor.complaints.clear()  # of the request that asked whether one has to sign in
        await page.evaluate("location.hash = '#/progress'")
        await page.get_by_text(words.nothing_yet).wait_for()
        await page.go_back()
        made = []
        for answer in (words.thin_answer, words.good_answer):
            await visitor.button(words.start).wait_for()
            made.append(await _take(visitor, answer))
            await page.evaluate("location.hash = '#/'")
        link = page.get_by_role("link", name=words.see_progress, exact=True)
        await link.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name=words.progress, exact=True)).to_be_focused()

        bearer = {"Authorization": f"Bearer {token(user)}"}
        items = (await http.get("/v1/progress", headers=bearer)).json()["items"]
        assert {each["interview"] for each in items} <= set(made)
        newest, oldest = _scores(items, made[1]), _scores(items, made[0])
        assert newest
        charts = page.get_by_role("figure")
        await expect(charts).to_have_count(len({*newest, *oldest}))
        await expect(charts.first.locator("circle")).to_have_count(1 + bool(oldest))
        shown = await _row(visitor, 0)
        assert {name: score for name, score in shown.items() if name in newest} == newest
        await visitor.look("progress", whole=True)
        assert await page.evaluate(FITS)

        # By the keyboard alone: into the table, along it, and to the newest report.
        await page.get_by_role("region", name=words.by_interview).focus()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await visitor.report.wait_for()
        assert visitor.interview_id == made[1]
        assert not visitor.complaints
