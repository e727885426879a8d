"""A network that breaks, a page that is reloaded and a server that is killed, all in the middle of
a spoken answer: it costs time and nothing else (`protocol.md` 6).
"""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, Error, expect

from tests.browser.speaking import BYTES_A_SECOND, Speaker, Speech, cable, hearing, speaker
from tests.ports import free_port
from tests.realtime.viva import Serving

pytestmark = pytest.mark.anyio

# Within it, something breaks.
PAUSE_MS = 3_000
# The same where it has to have broken before the second sentence, on however busy a machine.
LONG_PAUSE_MS = 8_000


async def _is_half_said(visitor: Speaker, pause_ms: int = PAUSE_MS) -> Speech:
    """The first of two sentences is heard, and the second is still to come. What it is in all."""
    await visitor.set_up(questions=1, follow_ups=0)
    await visitor.begin()
    first, second = visitor.said.answers[0]
    speech = visitor.mouth.will_say(first, second, pause_ms=pause_ms)
    await visitor.begin_to_speak()
    await expect(visitor.sure).to_contain_text(first.rstrip("."))
    return speech


async def _goes_on(visitor: Speaker, kept_s: int) -> str:
    """Says more to an answer that waits. What that is."""
    more = visitor.mouth.will_say(visitor.said.answers[1][0])
    await visitor.button(visitor.said.go_on).click()
    await expect(visitor.status).to_have_text(visitor.said.recording)
    await visitor.speak(more, after_s=kept_s)
    return more.text


async def _is_answered(visitor: Speaker, server: Serving, text: str) -> None:
    await visitor.button(visitor.words.download).wait_for()
    async with server.client() as http:
        (turn,) = (await http.get(f"/v1/interviews/{visitor.interview_id}")).json()["turns"]
    assert turn["answer"] == turn["transcript"]["text"] == text
    assert turn["source"] == "voice"


async def test_what_is_said_while_the_network_is_away_is_heard_afterwards(
    chromium: Browser, tmp_path: Path
) -> None:
    async with (
        hearing(tmp_path / "data") as server,
        cable(server) as between,
        speaker(chromium, between.url, tmp_path) as visitor,
    ):
        speech = await _is_half_said(visitor, LONG_PAUSE_MS)
        between.cut()
        await expect(visitor.status).to_have_text(visitor.said.away)
        await visitor.speak(speech)
        between.mend()
        await visitor.come_online()
        await expect(visitor.status).to_have_text(visitor.said.recording)
        assert 0 < visitor.wire.found[0] < (speech.lasts_s - 1) * BYTES_A_SECOND
        await visitor.stop()
        await _is_answered(visitor, server, speech.text)


async def test_after_a_reload_the_answer_goes_on(chromium: Browser, tmp_path: Path) -> None:
    async with (
        hearing(tmp_path / "data") as server,
        speaker(chromium, server.url, tmp_path) as visitor,
    ):
        speech = await _is_half_said(visitor)
        await visitor.speak(speech)
        await visitor.page.reload()
        kept_s = await visitor.kept_s()
        assert kept_s >= speech.lasts_s - 1
        await visitor.look("voice-waiting")
        more = await _goes_on(visitor, kept_s)
        await visitor.stop()
        await _is_answered(visitor, server, f"{speech.text} {more}")
        assert not visitor.complaints


async def test_taken_to_another_tab_and_back_the_answer_goes_on(
    chromium: Browser, tmp_path: Path
) -> None:
    async with (
        hearing(tmp_path / "data") as server,
        speaker(chromium, server.url, tmp_path) as visitor,
    ):
        speech = await _is_half_said(visitor)
        await visitor.speak(speech)
        other = await visitor.page.context.new_page()
        await other.goto(visitor.page.url)
        await other.get_by_role("button", name=visitor.said.go_on, exact=True).wait_for()
        await visitor.page.bring_to_front()
        await visitor.button(visitor.said.take_back).click()
        more = await _goes_on(visitor, await visitor.kept_s())
        await visitor.stop()
        await _is_answered(visitor, server, f"{speech.text} {more}")


async def test_killed_in_the_middle_the_server_hears_it_all_again(
    chromium: Browser, tmp_path: Path
) -> None:
    port = str(free_port())
    async with AsyncExitStack() as visit:
        async with hearing(tmp_path / "data", port) as server:
            visitor = await visit.enter_async_context(speaker(chromium, server.url, tmp_path))
            speech = await _is_half_said(visitor)
        await expect(visitor.status).to_have_text(visitor.said.away)
        await visitor.speak(speech)
        await visitor.stop()
        async with hearing(tmp_path / "data", port) as server:
            await visitor.come_online()
            await _is_answered(visitor, server, speech.text)
        assert visitor.wire.found[0] == 0


async def test_killed_and_the_page_reloaded_the_browser_alone_has_kept_it(
    chromium: Browser, tmp_path: Path
) -> None:
    port = str(free_port())
    async with AsyncExitStack() as visit:
        async with hearing(tmp_path / "data", port) as server:
            visitor = await visit.enter_async_context(speaker(chromium, server.url, tmp_path))
            speech = await _is_half_said(visitor)
        await visitor.speak(speech)
        with pytest.raises(Error):
            await visitor.page.reload()
        async with hearing(tmp_path / "data", port) as server:
            await visitor.page.reload()
            more = await _goes_on(visitor, await visitor.kept_s())
            await visitor.stop()
            await _is_answered(visitor, server, f"{speech.text} {more}")
        assert visitor.wire.found[0] == 0
