"""The microphone before the interview: whether it is heard, and what becomes of it where there is
none, it isn't allowed, or the server has no ear. One can type in any case.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.candidate import Candidate, candidate
from tests.browser.speaking import Speaker, hearing, speaker
from tests.browser.voice_words import VOICE_WORDS
from tests.browser.words import Language
from tests.realtime.viva import Serving, serving

pytestmark = pytest.mark.anyio

# Keeps what stands there from now on: a line may be gone before anybody looks.
KEEP_LINES = """(main) => {
    window.lines = [];
    const keep = new MutationObserver(() => window.lines.push(main.innerText));
    keep.observe(main, { subtree: true, childList: true, characterData: true });
}"""


@pytest.fixture(scope="module")
async def ear(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Serving]:
    async with hearing(tmp_path_factory.mktemp("ear")) as server:
        yield server


async def _types(visitor: Candidate, server: Serving) -> None:
    """Answers in writing, in an interview of one question."""
    await visitor.answer(visitor.words.good_answer)
    await visitor.button(visitor.words.download).wait_for()
    async with server.client() as http:
        (turn,) = (await http.get(f"/v1/interviews/{visitor.interview_id}")).json()["turns"]
    assert (turn["answer"], turn["source"]) == (visitor.words.good_answer, "text")
    assert not visitor.complaints


async def _is_told(visitor: Candidate, trouble: str) -> None:
    await visitor.page.get_by_role("alert").filter(has_text=trouble).wait_for()


async def _is_heard(visitor: Speaker) -> None:
    await visitor.page.get_by_role("status").get_by_text(visitor.said.hear, exact=True).wait_for()


@pytest.mark.parametrize("language", ["en", "ko"])
async def test_a_check_tells_whether_the_microphone_is_heard_and_sends_nothing(
    chromium: Browser, ear: Serving, tmp_path: Path, language: Language
) -> None:
    async with speaker(chromium, ear.url, tmp_path, language) as visitor:
        said = visitor.said
        await visitor.set_up(questions=1, follow_ups=0)
        await visitor.button(said.check).click()
        # Nobody speaks.
        await visitor.page.get_by_text(said.hear_nothing, exact=True).wait_for()
        meter = visitor.page.get_by_role("meter", name=said.level)
        await expect(meter).to_have_attribute("aria-valuenow", "0")
        await visitor.button(said.end_check).click()
        # For longer than it takes to look.
        visitor.mouth.will_say(*said.answers[0] * 6)
        await visitor.button(said.check).click()
        await _is_heard(visitor)
        await expect(meter).not_to_have_attribute("aria-valuenow", "0")
        await visitor.look("voice-check")
        # Another microphone is heard as well, from its own beginning on.
        devices = visitor.page.get_by_label(said.device, exact=True)
        await visitor.page.locator("main").evaluate(KEEP_LINES)
        await devices.select_option(label="Fake Audio Input 2")
        await _is_heard(visitor)
        assert any(said.say in line for line in await visitor.page.evaluate("lines"))
        await visitor.button(said.end_check).click()
        await meter.wait_for(state="detached")
        assert visitor.wire.audio_bytes == 0
        assert not visitor.complaints


async def test_where_the_microphone_is_not_allowed_it_says_so_and_one_can_type(
    chromium: Browser, ear: Serving, tmp_path: Path
) -> None:
    async with speaker(chromium, ear.url, tmp_path) as visitor:
        said = visitor.said
        await visitor.forbid()
        await visitor.set_up(questions=1, follow_ups=0)
        await visitor.button(said.check).click()
        await _is_told(visitor, said.denied)
        await visitor.begin()
        await visitor.button(said.answer).click()
        await _is_told(visitor, said.denied)
        await _types(visitor, ear)


async def test_where_there_is_no_microphone_it_says_so_and_one_can_type(
    chromium: Browser, ear: Serving
) -> None:
    async with candidate(chromium, ear.url) as visitor:
        said = VOICE_WORDS["en"]
        await visitor.set_up(questions=1, follow_ups=0)
        await visitor.begin()
        await visitor.button(said.answer).click()
        await _is_told(visitor, said.missing)
        await _types(visitor, ear)


@pytest.mark.parametrize("language", ["en", "ko"])
async def test_where_the_server_has_no_ear_a_line_says_why_and_one_can_type(
    chromium: Browser, tmp_path: Path, language: Language
) -> None:
    place = ("--data-dir", str(tmp_path), "--pace", "200", "--log-level", "error")
    async with (
        serving(*place, settings={"VIVA_WHISPER_MODEL": "none"}) as server,
        candidate(chromium, server.url, language) as visitor,
        server.client() as http,
    ):
        said = VOICE_WORDS[language]
        why = (await http.get("/v1/capabilities")).json()["voice_unavailable"]
        await visitor.set_up(questions=1, follow_ups=0)
        line = f"{said.unavailable} ({why})"
        await expect(visitor.page.get_by_text(said.unavailable)).to_have_text(line)
        await expect(visitor.button(said.check)).to_have_count(0)
        await visitor.begin()
        await expect(visitor.button(visitor.words.skip)).to_be_enabled()
        await expect(visitor.button(said.answer)).to_have_count(0)
        await _types(visitor, server)
