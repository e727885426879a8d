"""What a streamed token costs the server: `python -m tests.load.delta`.

200 interviews stream 30 tokens a second each to one client each; the process's CPU time is divided
by the tokens. Beside it, in the same run: the same frames, encoded beforehand, written to the same
sockets without actor, log and encoder; and as many turns of the loop with nothing to do.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import uvloop

from protocol.commands import InterviewStart
from protocol.effects import Delta, Work
from realtime.gateway.link import Link
from realtime.session.actor import Actor
from tests.load.node import node, swarm

SESSIONS = 200
RATE = 30
SECONDS = 10
Each = Callable[[Actor], Coroutine[Any, Any, None] | None]


async def main() -> None:
    async with node() as server:
        server.interviewer.hold = asyncio.Event()
        actors = [await server.wake(f"iv{number}") for number in range(SESSIONS)]
        for actor in actors:
            actor.submit(InterviewStart("c1"), lambda outcome: None)
        async with swarm(server.url, SESSIONS):
            await server.connected(SESSIONS)
            links = {link.actor: link for link in server.connections if isinstance(link, Link)}
            frame = actors[0].log.read(0, 1)[0]
            work = Work("question", 1)

            def token(actor: Actor) -> None:
                actor.hear(Delta(work, "architecture "))

            async def raw(actor: Actor) -> None:
                await links[actor].write_frame(frame)

            idle = await measure(actors, lambda actor: None)
            floor = await measure(actors, raw)
            heads = sum(actor.log.head for actor in actors)
            full = await measure(actors, token)
            frames = sum(actor.log.head for actor in actors) - heads
            server.interviewer.hold.set()
    tokens = SESSIONS * RATE * SECONDS
    floor, full = floor - idle, full - idle
    print(f"{SESSIONS} sessions, {RATE} tokens/s each, {SECONDS} s; CPU us a token, idle loop off")
    print(f"  {floor:6.1f}          frames written as they are")
    print(f"  {full:6.1f}  {full / floor:4.2f} x  through actor, log, encoder and socket (aim: 30)")
    print(f"  {frames / tokens:6.3f} frames a token")


async def measure(actors: list[Actor], each: Each) -> float:
    """CPU microseconds for one call of `each`, called for every actor at `RATE`."""
    began = time.process_time()
    start = asyncio.get_running_loop().time()
    for tick in range(RATE * SECONDS):
        for actor in actors:
            pending = each(actor)
            if pending is not None:
                await pending
        due = start + (tick + 1) / RATE
        await asyncio.sleep(due - asyncio.get_running_loop().time())
    return (time.process_time() - began) / (len(actors) * RATE * SECONDS) * 1e6


if __name__ == "__main__":
    uvloop.run(main())
