"""A page that gets no WebSocket through to its server."""

import pytest
from playwright.async_api import Browser

from tests.browser.candidate import candidate
from tests.browser.places import without_websocket
from tests.realtime.viva import Serving

pytestmark = pytest.mark.anyio


async def test_an_interview_is_taken_to_its_report_over_the_event_stream_and_posted_commands(
    chromium: Browser, server: Serving
) -> None:
    async with (
        without_websocket(int(server.port)) as url,
        candidate(chromium, url) as visitor,
        server.client() as http,
    ):
        words = visitor.words
        opened = visitor.wire.next("session.opened")
        await visitor.set_up(questions=1, follow_ups=0)
        # Only what a WebSocket opens with has an id to answer (`protocol.md` 2).
        assert (await opened)["re"] is None
        await visitor.begin()
        await visitor.hint(1)
        submitted = visitor.wire.next("answer.submit")
        await visitor.answer(words.good_answer)
        assert (await submitted)["text"] == words.good_answer
        await visitor.button(words.download).wait_for()

        interview = (await http.get(f"/v1/interviews/{visitor.interview_id}")).json()
        assert interview["phase"] == "finished"
        assert [turn["answer"] for turn in interview["turns"]] == [words.good_answer]
        # The browser has this to say, and nothing else.
        assert visitor.complaints
        assert all("WebSocket connection" in said for said in visitor.complaints)
