"""The parts, wired together: how an application comes to its end."""

import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.realtime.fakes import ScriptedInterviewer, interview
from tests.realtime.memory import MemoryStorage
from tests.realtime.serving import Conversation, house, serving

pytestmark = pytest.mark.anyio


async def test_draining_sends_clients_elsewhere_and_keeps_what_was_said() -> None:
    storage = MemoryStorage(interview())
    parts = house(storage, interviewer=ScriptedInterviewer(words=("Why?",)))
    async with serving(parts) as running:
        conversation = await running.open(storage.user_id, "iv")
        await conversation.send(type="interview.start", id="start")
        await conversation.until("question.completed")
        await conversation.send(type="answer.submit", id="a", turn=1, text="Because.")
        await conversation.until("ack")
        await running.application.drain()
        await conversation.until("server.draining")
        assert await conversation.close_code() == 4100
        assert storage.states["iv"].view.interview.turns[0].answer == "Because."
        assert "a" in storage.receipts["iv"]
        await running.application.drain()  # a second time there is nothing to do


async def test_who_comes_while_it_drains_is_sent_elsewhere_too() -> None:
    storage = MemoryStorage(interview())
    async with serving(house(storage)) as running:
        await running.application.drain()
        url = f"{running.url.replace('http', 'ws')}/v1/interviews/iv/ws"
        connection = await connect(url, subprotocols=[Subprotocol("viva.v1")], proxy=None)
        conversation = Conversation(connection)
        await conversation.send(type="session.open", id="o", token=storage.user_id)
        assert (await conversation.until("error"))["code"] == "draining"
        assert await conversation.close_code() == 4100
