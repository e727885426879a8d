"""What 1,000 connections, and 1,000 live interviews, weigh: `python -m tests.load.memory`; with
`stream`, of connections that are event streams.

Resident memory of the server process before and after, divided. A live interview has asked its
first question, word by word; a connection has opened, got its snapshot, and waits.
"""

import asyncio
import gc
import sys

import uvloop

from protocol.commands import InterviewStart
from tests.load.node import Node, node, resident_kib, swarm

COUNT = 1_000


async def main(streams: bool) -> None:
    async with node() as server:
        await warm_up(server, streams)
        before = settled()
        await live(server, COUNT)
        awake = settled()
        print(f"a live interview: {(awake - before) / COUNT:6.1f} KiB  (aim: 40)")
        async with swarm(server.url, COUNT, streams=streams):
            await server.connected(COUNT)
            print(f"a connection:     {(settled() - awake) / COUNT:6.1f} KiB  (aim: 24)")


async def warm_up(server: Node, streams: bool) -> None:
    """Let caches fill first."""
    async with swarm(server.url, 50, one=True, streams=streams):
        await server.connected(50)
    await server.connected(0)


async def live(server: Node, count: int) -> None:
    """`count` interviews that have asked a question."""
    for number in range(count):
        actor = await server.wake(f"iv{number}")
        actor.submit(InterviewStart("c1"), lambda outcome: None)
        while actor.snapshot().interview.phase != "answering":
            # Each read keeps the tail from growing: the worst case, one event a word.
            actor.log.read_through(actor.log.head)
            await asyncio.sleep(0)


def settled() -> float:
    gc.collect()
    return resident_kib()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1:] == ["stream"]))
