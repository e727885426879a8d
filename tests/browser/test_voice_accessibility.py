"""What axe-core finds on the page while somebody speaks, and before and after: nothing."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.axe import is_accessible
from tests.browser.candidate import Size
from tests.browser.speaking import hearing, speaker
from tests.browser.words import Language
from tests.realtime.viva import Serving

pytestmark = pytest.mark.anyio

SCREENS: list[tuple[Language, Size]] = [("en", "desktop"), ("ko", "phone")]


@pytest.fixture(scope="module")
async def ear(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Serving]:
    async with hearing(tmp_path_factory.mktemp("ear")) as server:
        yield server


@pytest.mark.parametrize(("language", "size"), SCREENS)
async def test_speaking_is_accessible(
    chromium: Browser, ear: Serving, tmp_path: Path, language: Language, size: Size
) -> None:
    async with speaker(chromium, ear.url, tmp_path, language, size, bypass_csp=True) as visitor:
        said, words = visitor.said, visitor.words
        await visitor.button(words.start).wait_for()
        await visitor.choose(said.reads_first)
        await visitor.page.get_by_text(words.more_options).click()
        await is_accessible(visitor.page)
        await visitor.page.get_by_text(words.more_options).click()
        await visitor.set_up(questions=1, follow_ups=0)

        speech = visitor.mouth.will_say(*said.answers[0])
        await visitor.button(said.check).click()
        await visitor.page.get_by_text(said.hear, exact=True).wait_for()
        await is_accessible(visitor.page)
        await visitor.begin()

        await visitor.begin_to_speak()
        await expect(visitor.sure).to_have_text(speech.text)
        await is_accessible(visitor.page)
        await visitor.button(said.type_instead).click()
        await visitor.page.get_by_role("dialog").wait_for()
        await is_accessible(visitor.page)
        await visitor.look("voice-type-instead")
        await visitor.page.keyboard.press("Escape")
        await visitor.stop()
        await visitor.page.get_by_text(said.review).wait_for()
        await is_accessible(visitor.page)

        # Said anew, and left in the middle of it.
        await visitor.button(said.again).click()
        await expect(visitor.status).to_have_text(said.recording)
        await visitor.speak(speech)
        await visitor.page.reload()
        await visitor.kept_s()
        await is_accessible(visitor.page)


@pytest.mark.parametrize(("language", "size"), SCREENS)
async def test_a_microphone_that_is_not_allowed_is_told_accessibly(
    chromium: Browser, ear: Serving, tmp_path: Path, language: Language, size: Size
) -> None:
    async with speaker(chromium, ear.url, tmp_path, language, size, bypass_csp=True) as visitor:
        await visitor.forbid()
        await visitor.set_up(questions=1, follow_ups=0)
        await visitor.button(visitor.said.check).click()
        await visitor.page.get_by_role("alert").filter(has_text=visitor.said.denied).wait_for()
        await is_accessible(visitor.page)
        await visitor.begin()
        await visitor.button(visitor.said.answer).click()
        await visitor.page.get_by_role("alert").filter(has_text=visitor.said.denied).wait_for()
        await is_accessible(visitor.page)
        await visitor.look("voice-denied")
