"""A candidate at the page: what one can see and do there."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import anyio
from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from tests.browser.wire import Wire
from tests.browser.words import WORDS, Language

Size = Literal["desktop", "phone"]

VIEWPORTS: dict[Size, ViewportSize] = {
    "desktop": {"width": 1280, "height": 850},
    "phone": {"width": 390, "height": 844},
}
LOCALES: dict[Language, str] = {"en": "en-GB", "ko": "ko-KR"}
SCREENSHOTS = Path(__file__).parent / "screenshots"
PATIENCE_MS = 30_000

# The buttons and links that don't fit into what they stand in.
STICKING_OUT = """() => [...document.querySelectorAll("main :is(button, a)")]
    .filter((each) => getComputedStyle(each).position === "static")
    .filter((each) => each.getBoundingClientRect().right >
        each.parentElement.getBoundingClientRect().right + 1)
    .map((each) => each.outerHTML)"""

expect.set_options(timeout=PATIENCE_MS)


async def has_texts(shown: Locator, texts: Sequence[str]) -> None:
    """They come to be as many, and are these to the letter."""
    await expect(shown).to_have_count(len(texts))
    assert await shown.all_text_contents() == list(texts)


class Candidate:
    """`complaints`: what the browser's console has to complain of."""

    def __init__(self, page: Page, language: Language, size: Size) -> None:
        self.page = page
        self.words = WORDS[language]
        self.wire = Wire()
        self.complaints: list[str] = []
        self._name = f"{language}-{size}"
        page.on("console", lambda said: self._hear(said.type, said.text))
        page.on("pageerror", lambda error: self._hear("error", str(error)))

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    @property
    def interview_id(self) -> str:
        return self.page.url.rpartition("/")[2]

    @property
    def field(self) -> Locator:
        return self.page.get_by_role("textbox", name=self.words.your_answer)

    @property
    def report(self) -> Locator:
        return self.page.get_by_role("heading", name=self.words.report, exact=True)

    @property
    def token_field(self) -> Locator:
        return self.page.get_by_label(self.words.token, exact=True)

    @property
    def dialog(self) -> Locator:
        """What asks for a new token when the old one has run out."""
        return self.page.get_by_role("dialog", name=self.words.sign_in_again)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def turn(self, turn: int) -> Locator:
        return self.page.locator(f"#turn-{turn}")

    def question(self, turn: int) -> Locator:
        return self.page.locator(f'[data-question="{turn}"]')

    def part(self, turn: int, name: str) -> Locator:
        """A labelled piece of a turn: the answer, the feedback, a hint."""
        return self.turn(turn).get_by_role("group", name=name, exact=True)

    async def look(self, screen: str, *, whole: bool = False) -> None:
        """Keep a picture of the screen (or of the whole page), for people to look at."""
        sticking_out = await self.page.evaluate(STICKING_OUT)
        assert not sticking_out
        path = SCREENSHOTS / f"{self._name}-{screen}.png"
        await self.page.screenshot(path=path, animations="disabled", full_page=whole)

    async def bring(self, token: str) -> None:
        """Paste a token, and have it looked at."""
        await self.token_field.fill(token)
        await self.token_field.press("Enter")

    async def come_back_with(self, token: str) -> None:
        """Reload the page, as if it had been left with that token."""
        await self.page.evaluate("(token) => sessionStorage.setItem('viva.token', token)", token)
        await self.page.reload()

    async def set_up(
        self, questions: int, follow_ups: int, choices: Sequence[str] | None = None
    ) -> None:
        """Choose an interview, and open it. `choices`: the usual ones, unless told."""
        words, page = self.words, self.page
        for choice in words.choices if choices is None else choices:
            # The radio button itself lies hidden in its label.
            await page.locator("label", has_text=choice).first.click()
            await expect(page.get_by_role("radio", name=choice)).to_be_checked()
        await page.get_by_label(words.questions, exact=True).fill(str(questions))
        await page.get_by_text(words.more_options).click()
        await page.locator("label", has_text=str(follow_ups)).first.click()
        await self.look("setup", whole=True)
        await self.button(words.start).click()
        await self.button(words.begin).wait_for()

    async def begin(self) -> None:
        await self.button(self.words.begin).click()
        await self.question(1).wait_for()

    async def hint(self, turn: int) -> None:
        """Ask for a hint, and read it to its end."""
        await expect(self.button(self.words.hint)).to_be_enabled()
        await self.button(self.words.hint).click()
        hint = self.part(turn, self.words.hint_label).locator('[data-streaming="false"]')
        await expect(hint).not_to_be_empty()

    async def write(self, answer: str) -> None:
        """Write an answer, and wait until it can be sent."""
        await self.field.fill(answer)
        await expect(self.button(self.words.submit)).to_be_enabled()

    async def answer(self, answer: str) -> None:
        """Write an answer and send it, all by the keyboard."""
        await self.write(answer)
        await self.field.press("Control+Enter")

    async def skip(self) -> None:
        await expect(self.button(self.words.skip)).to_be_enabled()
        await self.button(self.words.skip).click()

    async def download(self) -> tuple[str, str]:
        """Take the report along as a file: its name, and what is in it."""
        async with self.page.expect_download() as downloading:
            await self.button(self.words.download).click()
        download = await downloading.value
        return download.suggested_filename, await anyio.Path(await download.path()).read_text()

    async def is_asked(self, turn: int) -> bool:
        """Wait for that question, or for the report in its stead."""
        await self.question(turn).or_(self.report).wait_for()
        return await self.question(turn).is_visible()


@asynccontextmanager
async def candidate(
    chromium: Browser,
    url: str,
    language: Language = "en",
    size: Size = "desktop",
    *,
    bypass_csp: bool = False,
) -> AsyncIterator[Candidate]:
    """Open the page at `url`, in a browser that keeps nothing of earlier visits.

    `bypass_csp`: whether a test may bring a script of its own into the page.
    """
    context = await chromium.new_context(
        locale=LOCALES[language],
        viewport=VIEWPORTS[size],
        is_mobile=size == "phone",
        has_touch=size == "phone",
        bypass_csp=bypass_csp,
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    try:
        page = await context.new_page()
        visitor = Candidate(page, language, size)
        await visitor.wire.listen(page)
        await page.goto(url)
        yield visitor
    finally:
        await context.close()
