"""A server that wants to know who is there: signing in at the page, again, and out."""

import httpx
import pytest
from playwright.async_api import Browser, expect

from tests.browser.candidate import Candidate, Size, candidate
from tests.browser.signing import SETTINGS, token
from tests.browser.words import Language
from tests.realtime.viva import Serving, viva

pytestmark = pytest.mark.anyio

KEPT = "() => [sessionStorage, localStorage].map((kept) => JSON.stringify(kept))"
# What there is to press or to write in that lies below a notice.
COVERED = """() => {
    const notice = document.querySelector("[data-notice]").getBoundingClientRect();
    return [...document.querySelectorAll("main :is(button, textarea)")]
        .filter((each) => each.getBoundingClientRect().bottom > notice.top)
        .map((each) => each.outerHTML);
}"""
# How many lines the page's own name takes.
NAME_LINES = "() => document.querySelector('header a span').getClientRects().length"
FITS = "() => document.documentElement.scrollWidth <= innerWidth"


def _bearer(user: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(user)}"}


async def _interview(http: httpx.AsyncClient, visitor: Candidate, user: str) -> httpx.Response:
    return await http.get(f"/v1/interviews/{visitor.interview_id}", headers=_bearer(user))


def _complains_of_tokens_alone(visitor: Candidate) -> bool:
    """The browser's console has a line for each token that is refused."""
    return all("401 (Unauthorized)" in complaint for complaint in visitor.complaints)


@pytest.mark.parametrize(("language", "size"), [("en", "desktop"), ("ko", "phone")])
async def test_an_interview_is_taken_by_a_user_who_signs_in(
    chromium: Browser, guarded: Serving, language: Language, size: Size
) -> None:
    # Longer than there is room for on a phone.
    user = f"mina-{language}@a-company-with-a-long-name.example.org"
    async with (
        candidate(chromium, guarded.url, language, size) as visitor,
        guarded.client() as http,
    ):
        words, page = visitor.words, visitor.page
        await page.get_by_role("heading", name=words.sign_in, exact=True).wait_for()
        await expect(visitor.token_field).to_be_focused()
        alert = page.get_by_role("alert")
        await visitor.bring("not.a.token")
        await expect(alert).to_contain_text(words.bad_token)
        await visitor.bring(token(user, lasts_s=-1))
        await expect(alert).to_contain_text(words.old_token)
        await expect(alert).to_contain_text("unauthenticated")
        await visitor.look("sign-in")

        # As the page says how to get one.
        told = await viva("token", "--sub", user, settings=SETTINGS)
        good = told.out.strip()
        await visitor.bring(good)
        await expect(page.get_by_role("banner")).to_contain_text(user)
        await expect(visitor.button(words.sign_out)).to_be_in_viewport(ratio=1)
        assert await page.evaluate(NAME_LINES) == 1
        assert await page.evaluate(FITS)
        await visitor.set_up(questions=1, follow_ups=0)
        await visitor.begin()
        await visitor.answer(words.good_answer)
        await visitor.button(words.download).wait_for()

        interview = await _interview(http, visitor, user)
        assert [turn["answer"] for turn in interview.json()["turns"]] == [words.good_answer]
        assert (await _interview(http, visitor, "juno")).status_code == 404
        path = f"/v1/interviews/{visitor.interview_id}/report"
        document = await http.get(path, headers={"Accept": "text/markdown"} | _bearer(user))
        _, downloaded = await visitor.download()
        assert downloaded == document.text

        of_tab, of_browser = await page.evaluate(KEPT)
        assert good in of_tab
        assert good not in of_browser
        assert not [address for address in visitor.wire.addresses if good in address]
        await visitor.button(words.sign_out).click()
        await expect(visitor.token_field).to_be_focused()
        of_tab, of_browser = await page.evaluate(KEPT)
        assert good not in of_tab + of_browser
        assert _complains_of_tokens_alone(visitor)


async def test_a_token_that_runs_out_in_mid_interview_is_renewed_where_one_is(
    chromium: Browser, guarded: Serving
) -> None:
    async with candidate(chromium, guarded.url) as visitor, guarded.client() as http:
        words = visitor.words
        await visitor.bring(token("nari"))
        await visitor.set_up(questions=1, follow_ups=0)
        await visitor.begin()
        await visitor.write("It began with")
        await visitor.come_back_with(token("nari", lasts_s=12))
        await expect(visitor.field).to_be_focused()
        await expect(visitor.field).to_have_value("It began with")

        # Whoever is writing is not interrupted, and loses no key.
        await visitor.button(words.check_token).wait_for()
        await visitor.page.keyboard.press("End")
        await visitor.page.keyboard.type(" a late")
        await expect(visitor.field).to_have_value("It began with a late")
        await expect(visitor.dialog).not_to_be_attached()

        # The draft stands where it stood, below what asks for a new token.
        await visitor.button(words.check_token).click()
        await visitor.dialog.wait_for()
        await visitor.look("sign-in-again-interview")
        await expect(visitor.page.locator("textarea")).to_have_value("It began with a late")
        reopened = visitor.wire.next("session.opened")
        await visitor.bring(token("nari"))
        assert (await reopened)["resumed"]
        await visitor.dialog.wait_for(state="detached")
        await expect(visitor.field).to_be_focused()
        await expect(visitor.field).to_have_value("It began with a late")

        await visitor.page.keyboard.press("End")
        await visitor.page.keyboard.type(" report.")
        await visitor.field.press("Control+Enter")
        await visitor.button(words.download).wait_for()
        interview = await _interview(http, visitor, "nari")
        assert [turn["answer"] for turn in interview.json()["turns"]] == [
            "It began with a late report."
        ]
        assert _complains_of_tokens_alone(visitor)


@pytest.mark.parametrize(("language", "size"), [("en", "desktop"), ("ko", "phone")])
async def test_a_sign_in_that_is_put_off_is_at_hand_and_in_nobodys_way(
    chromium: Browser, guarded: Serving, language: Language, size: Size
) -> None:
    async with candidate(chromium, guarded.url, language, size) as visitor:
        words, page = visitor.words, visitor.page
        await visitor.bring(token("haru"))
        await visitor.set_up(questions=1, follow_ups=0)
        await visitor.begin()
        await visitor.write("It began with a report that was late, week after week. " * 4)
        await visitor.come_back_with(token("haru", lasts_s=12))
        await expect(visitor.field).to_be_focused()
        await visitor.button(words.check_token).click()
        await visitor.dialog.wait_for()
        await visitor.button(words.later).click()
        await visitor.dialog.wait_for(state="detached")
        await expect(visitor.field).to_be_focused()
        await visitor.look("sign-in-later")
        assert await page.evaluate(COVERED) == []

        await visitor.button(words.check_token).click()
        await visitor.bring(token("haru"))
        await visitor.dialog.wait_for(state="detached")
        await expect(visitor.field).to_be_focused()
        assert _complains_of_tokens_alone(visitor)


async def test_a_report_is_downloaded_with_a_token_that_has_run_out_meanwhile(
    chromium: Browser, guarded: Serving
) -> None:
    async with candidate(chromium, guarded.url) as visitor:
        words, page = visitor.words, visitor.page
        await visitor.bring(token("sol"))
        await visitor.set_up(questions=1, follow_ups=0)
        await visitor.begin()
        await visitor.skip()
        await visitor.button(words.download).wait_for()
        address = page.url
        # With the report open, no connection is: only the next request tells.
        await page.goto(guarded.url)
        await visitor.come_back_with(token("sol", lasts_s=-1))
        await visitor.dialog.wait_for()
        await visitor.bring(token("sol"))
        await page.get_by_role("link", name="Data analyst").wait_for()
        await page.goto(address)
        _, report = await visitor.download()
        assert report
        assert _complains_of_tokens_alone(visitor)
