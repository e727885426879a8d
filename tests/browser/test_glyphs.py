"""Whether the browser has glyphs for Korean: without them the other tests see boxes and pass."""

import pytest
from playwright.async_api import Browser

from tests.browser.candidate import candidate
from tests.realtime.viva import Serving

pytestmark = pytest.mark.anyio

# No font has a glyph for the last two, the noncharacters at the end of Unicode.
HANGUL = "가면힣뷁"
NOWHERE = "\U0010fffe\U0010ffff"

# Each character, drawn in the page's own font: its pixels.
DRAWN = """(characters) => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 64;
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.font = `48px ${getComputedStyle(document.body).fontFamily}`;
    pen.textBaseline = "top";
    return characters.map((character) => {
        pen.clearRect(0, 0, 64, 64);
        pen.fillText(character, 4, 4);
        return pen.getImageData(0, 0, 64, 64).data.join();
    });
}"""


async def test_korean_is_drawn_with_glyphs(chromium: Browser, server: Serving) -> None:
    async with candidate(chromium, server.url, "ko") as visitor:
        drawn = await visitor.page.evaluate(DRAWN, [*HANGUL, *NOWHERE])
    *hangul, missing, also_missing = drawn
    assert missing == also_missing, "what is missing isn't drawn alike, so this test sees nothing"
    assert missing not in hangul
    assert len(set(hangul)) == len(HANGUL)
