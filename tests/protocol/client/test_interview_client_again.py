"""The one timer of the client that an application uses: what is to be tried again at once, is."""

import asyncio

import pytest

from protocol.client.interview_client import InterviewClient
from protocol.commands import InterviewStart
from tests.protocol.client.scripted import AT_ONCE, WITHIN_S, Peer, websocket_server

pytestmark = pytest.mark.anyio

COUNT = 20


async def test_many_that_are_refused_for_now_are_sent_again_at_once() -> None:
    async def scene(peer: Peer) -> None:
        await peer.open(snapshot={})
        ids = [(await peer.take())["id"] for _ in range(COUNT)]
        for each in ids:
            await peer.say({"type": "error", "re": each, "code": "internal", "retryable": True})
        again = {(await peer.take())["id"] for _ in range(COUNT)}
        assert again == set(ids)
        for each in ids:
            await peer.say({"type": "ack", "re": each})
        await peer.gone()

    async with (
        websocket_server(scene) as url,
        InterviewClient(url, "i1", around=AT_ONCE) as client,
        asyncio.timeout(WITHIN_S),
    ):
        commands = [InterviewStart(f"c{number}") for number in range(COUNT)]
        acks = await asyncio.gather(*(client.submit(command) for command in commands))
        assert [ack.re for ack in acks] == [command.id for command in commands]
