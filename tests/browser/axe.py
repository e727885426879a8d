"""What axe-core finds on a page, on light paper and on dark: nothing."""

from pathlib import Path

from playwright.async_api import Page

AXE = Path(__file__).parents[2] / "web_demo/node_modules/axe-core/axe.min.js"
FOUND = """async () => (await axe.run()).violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`))"""
# A colour on its way to another is neither of them.
AT_ONCE = "* { transition: none !important; animation: none !important }"


async def is_accessible(page: Page) -> None:
    """The page's policy has to let a test's script in. It is left on light paper."""
    if await page.evaluate("() => typeof axe") == "undefined":
        await page.evaluate(AXE.read_text())
        await page.add_style_tag(content=AT_ONCE)
    for paper in ("dark", "light"):
        await page.emulate_media(color_scheme=paper)
        found = await page.evaluate(FOUND)
        assert not found, f"on {paper} paper: {found}"
