"""A page that is reloaded in the middle of a question."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.candidate import candidate
from tests.realtime.viva import serving

pytestmark = pytest.mark.anyio


async def test_a_reload_in_mid_question_loses_nothing(chromium: Browser, tmp_path: Path) -> None:
    # A question takes some ten seconds, far longer than a page to come back.
    slow = ("--data-dir", str(tmp_path), "--pace", "5", "--log-level", "error")
    async with (
        serving(*slow) as server,
        server.client() as http,
        candidate(chromium, server.url) as visitor,
    ):
        await visitor.set_up(questions=1, follow_ups=0)
        await visitor.begin()
        await expect(visitor.question(1)).to_contain_text(" ")
        await visitor.field.fill("It began with")
        opened = visitor.wire.next("session.opened")
        completed = visitor.wire.next("question.completed")
        await visitor.page.reload()

        # It was in the middle of it: the rest comes to the new page.
        snapshot = (await opened)["snapshot"]
        assert snapshot["phase"] == "asking"
        (stream,) = snapshot["streaming"]
        assert stream["text"]
        await expect(visitor.field).to_have_value("It began with")
        whole = (await completed)["text"]
        await expect(visitor.question(1)).to_have_text(whole)
        assert whole.startswith(stream["text"])
        assert len(whole) > len(stream["text"])
        interview = (await http.get(f"/v1/interviews/{visitor.interview_id}")).json()
        assert [turn["question"] for turn in interview["turns"]] == [whole]
        await expect(visitor.button(visitor.words.submit)).to_be_enabled()
        await expect(visitor.field).to_have_value("It began with")
        assert not visitor.complaints
