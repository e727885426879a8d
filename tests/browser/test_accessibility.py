"""What axe-core finds on each screen, on light paper and on dark: nothing."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.axe import is_accessible
from tests.browser.candidate import Size, candidate
from tests.browser.signing import token
from tests.browser.words import Language
from tests.realtime.viva import Serving

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("language", "size"), [("en", "desktop"), ("ko", "phone")])
async def test_every_screen_is_accessible(
    chromium: Browser, server: Serving, language: Language, size: Size
) -> None:
    async with candidate(chromium, server.url, language, size, bypass_csp=True) as visitor:
        words = visitor.words
        await visitor.button(words.start).wait_for()
        await is_accessible(visitor.page)
        await visitor.set_up(questions=2, follow_ups=0)
        await is_accessible(visitor.page)
        await visitor.begin()
        await visitor.hint(1)
        await visitor.write(words.good_answer)
        await is_accessible(visitor.page)
        await visitor.button(words.skip).click()
        await visitor.page.get_by_role("dialog").wait_for()
        await is_accessible(visitor.page)
        await visitor.page.keyboard.press("Escape")
        await visitor.button(words.pause).click()
        await visitor.button(words.resume).first.wait_for()
        await is_accessible(visitor.page)
        await visitor.button(words.resume).first.click()
        await visitor.answer(words.good_answer)
        await visitor.turn(1).get_by_label(words.scores).wait_for()
        await is_accessible(visitor.page)
        await visitor.skip()
        await visitor.button(words.download).wait_for()
        for turn in await visitor.page.locator("summary").all():
            await turn.click()
        await is_accessible(visitor.page)
        await visitor.look("report-open", whole=True)
        await visitor.page.evaluate("location.hash = '#/progress'")
        await visitor.page.get_by_role("table").wait_for()
        await is_accessible(visitor.page)


@pytest.mark.parametrize(("language", "size"), [("en", "desktop"), ("ko", "phone")])
async def test_signing_in_is_accessible(
    chromium: Browser, guarded: Serving, language: Language, size: Size
) -> None:
    async with candidate(chromium, guarded.url, language, size, bypass_csp=True) as visitor:
        words = visitor.words
        await expect(visitor.token_field).to_be_focused()
        await is_accessible(visitor.page)
        await visitor.bring("nonsense")
        await expect(visitor.page.get_by_role("alert")).to_contain_text(words.bad_token)
        await is_accessible(visitor.page)
        await visitor.bring(token("mina"))
        await visitor.button(words.start).wait_for()
        await is_accessible(visitor.page)
        await visitor.come_back_with(token("mina", lasts_s=-1))
        await visitor.dialog.wait_for()
        await expect(visitor.token_field).to_be_focused()
        await is_accessible(visitor.page)
        await visitor.look("sign-in-again")
        await visitor.button(words.later).click()
        await visitor.dialog.wait_for(state="detached")
        await is_accessible(visitor.page)
