"""A recording that is POSTed to a server that dies before it says so, by somebody who listens to an
event stream.
"""

import asyncio
from contextlib import suppress
from random import Random

import httpx

from tests.faults.speaking import AGAIN_S, ANSWERS, Interview, Stage
from tests.faults.voice_node import halt
from tests.faults.witness import Violation
from tests.speech.voice import wav

KEY = "recording-1"


async def killed_before_the_ack(stage: Stage, chance: Random) -> None:
    """POSTed, killed, POSTed again with the same key, and once more: it counts once."""
    spoken = chance.choice(ANSWERS)
    recording = wav(spoken.samples, spoken.rate)
    async with stage.interview(spoken) as interview:
        told: list[str] = []
        following = asyncio.create_task(_follow(interview, told))
        try:
            halt(await stage.node.workers())
            first = asyncio.create_task(_post(interview, recording))
            await stage.phase(interview.id, "transcribing")
            await stage.node.kill()
            with suppress(httpx.TransportError):
                raise Violation(f"it was answered {await first}")
            await stage.node.start()
            again = await stage.ask("POST", f"{interview.path}/turns/1/audio", recording, KEY)
            if (again.status_code, again.json()["repeated"]) != (200, True):
                raise Violation(f"sent again it was answered {again.text}")
            await interview.compare()
            once_more = await stage.ask("POST", f"{interview.path}/turns/1/audio", recording, KEY)
            if (once_more.status_code, once_more.json()["repeated"]) != (200, True):
                raise Violation(f"sent once more it was answered {once_more.text}")
            async with asyncio.timeout(30):
                await following
        finally:
            following.cancel()
            await asyncio.wait([following])
    if (accepted := told.count("answer.accepted")) > 1:
        raise Violation(f"it was accepted {accepted} times")


async def _post(interview: Interview, recording: bytes) -> str:
    path = f"{interview.path}/turns/1/audio"
    headers = {"Idempotency-Key": KEY, "Content-Type": "audio/wav"}
    answer = await interview.stage.http.post(path, content=recording, headers=headers)
    return answer.text


async def _follow(interview: Interview, told: list[str]) -> None:
    """Read the event stream to its end, as `EventSource` does; `told`: the types of its events."""
    position: dict[str, str] = {}
    while True:
        try:
            async with interview.stage.http.stream(
                "GET", f"{interview.path}/events", headers=position
            ) as stream:
                if stream.status_code == 204:
                    return
                async for line in stream.aiter_lines():
                    field, _, value = line.partition(": ")
                    if field == "id":
                        position = {"Last-Event-ID": value}
                    elif field == "event":
                        told.append(value)
        except (httpx.TransportError, AttributeError):
            pass
        await asyncio.sleep(AGAIN_S)
