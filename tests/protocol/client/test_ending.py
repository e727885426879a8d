"""The client that an application uses, where commands are unanswered at the interview's end. What
becomes of them is in the cases (`ending.json`).
"""

import asyncio

import pytest

from protocol.client.interview_client import InterviewClient
from protocol.commands import InterviewStart
from tests.protocol.client.scripted import AT_ONCE, WITHIN_S, Answer, http_server

pytestmark = pytest.mark.anyio

START = InterviewStart("a")


async def test_what_is_unanswered_at_the_end_is_acked_after_it() -> None:
    arrived, over = asyncio.Event(), asyncio.Event()

    async def stream(answer: Answer) -> None:
        await answer.stream()
        await answer.event({"type": "session.opened", "re": None, "snapshot": {}})
        await arrived.wait()

    async def end(answer: Answer) -> None:
        await answer.respond(204)
        over.set()

    async def unanswered(answer: Answer) -> None:
        arrived.set()
        await over.wait()

    async def again(answer: Answer) -> None:
        assert answer.request.command == {"type": "interview.start", "id": "a"}
        ack = {"type": "ack", "re": "a", "epoch": 2, "seq": 9, "repeated": True}
        await answer.respond(200, ack)

    server = http_server(events=[stream, end], commands=[unanswered, again])
    async with server as url, InterviewClient(url, "i1", around=AT_ONCE) as client:
        submitted = asyncio.create_task(client.submit(START))
        async with asyncio.timeout(WITHIN_S):
            assert [update async for update in client] != []
        assert (await submitted).repeated
