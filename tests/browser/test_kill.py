"""A server that is killed (SIGKILL) and started again at the same place, while the page is open."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.candidate import Candidate, candidate
from tests.ports import free_port
from tests.realtime.viva import Serving, serving

pytestmark = pytest.mark.anyio

ANSWERS = ("I measured it by myself.", "I asked both teams, and then I decided.")


class House:
    """One server after another, on the same port and over the same data."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = str(data_dir)
        self._port = str(free_port())

    @asynccontextmanager
    async def serving(self, *, pace: str) -> AsyncIterator[Serving]:
        """Serve until the block ends: then it is killed."""
        place = ("--port", self._port, "--data-dir", self._data_dir)
        async with serving(*place, "--pace", pace, "--log-level", "error") as server:
            yield server


async def _is_said_once(visitor: Candidate, turn: int) -> None:
    said = visitor.part(turn, visitor.words.your_answer).get_by_role("paragraph")
    await expect(said).to_have_text([ANSWERS[turn - 1]])


async def test_killed_again_and_again_the_server_loses_nothing_and_the_page_goes_on_by_itself(
    chromium: Browser, tmp_path: Path
) -> None:
    house = House(tmp_path)
    async with AsyncExitStack() as visit:
        # So slowly that it is being asked still, however late it is looked at.
        async with house.serving(pace="2") as server:
            visitor = await visit.enter_async_context(candidate(chromium, server.url))
            await visitor.set_up(questions=2, follow_ups=0)
            await visitor.begin()
            await expect(visitor.question(1)).to_contain_text(" ")
            await expect(visitor.button(visitor.words.hint)).to_be_disabled()
        # Killed while the question streamed in.
        async with house.serving(pace="200") as server, server.client() as http:
            await visitor.write(ANSWERS[0])
            (turn,) = (await http.get(f"/v1/interviews/{visitor.interview_id}")).json()["turns"]
            await expect(visitor.question(1)).to_have_text(turn["question"])
            # A new page: how long one waits to try again grows with each failure that it saw.
            await visitor.page.reload()
            await expect(visitor.button(visitor.words.submit)).to_be_enabled()
            submitted = visitor.wire.next("answer.submit")
            await visitor.field.press("Control+Enter")
            await submitted
        # Killed with the answer under way: nobody knows whether it has arrived.
        async with house.serving(pace="200"):
            assert await visitor.is_asked(2)
            await _is_said_once(visitor, 1)
            await visitor.page.reload()
            acknowledged = visitor.wire.next("ack")
            await visitor.answer(ANSWERS[1])
            await acknowledged
        # Killed with the answer acknowledged.
        async with house.serving(pace="200") as server, server.client() as http:
            await visitor.button(visitor.words.download).wait_for()
            interview = (await http.get(f"/v1/interviews/{visitor.interview_id}")).json()
            assert [turn["answer"] for turn in interview["turns"]] == list(ANSWERS)
            said = visitor.page.locator(f'details [aria-label="{visitor.words.your_answer}"] p')
            await expect(said).to_have_text(ANSWERS)
