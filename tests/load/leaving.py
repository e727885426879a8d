"""How soon a provider's connection is closed when its reply isn't wanted any more:
`python -m tests.load.leaving`. Exit status 1 if one wasn't.

From a candidate's command, in the middle of streamed feedback, to the provider's seeing its
connection closed, through all of `viva serve`. Beside it, what a candidate's leaving alone does
(the socket is closed, nothing is said): the turn goes on to where the candidate is waited for, and
no further, so that whoever comes back finds it. How many requests that takes is told.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count, islice
from typing import get_args

import httpx
import uvloop
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.emulators.emulator import Emulator, Seen, emulate
from tests.emulators.faults import Api
from tests.emulators.forms import MARK
from tests.emulators.interviewing import interviewing
from tests.emulators.script import Asked, Reply, Script
from tests.emulators.words import filler
from tests.load.bearing import Times
from tests.load.provider import name_of, session_of
from tests.load.served import viva_settings
from tests.realtime import viva
from tests.realtime.serving import Conversation

RATE = 30.0
LONG = 600
SHORT = 30
HEARD = 3
CLOSED_WITHIN_S = 10.0
LEAVERS = 10  # or as many as there are samples, if those are fewer
LEFT_WITHIN_S = 30.0

Command = Callable[["Session"], Awaitable[object]]


class Talk:
    """What the provider says: whatever is asked for at once, or feedback of so many tokens at
    `RATE`.
    """

    def __init__(self) -> None:
        self.tokens = 0

    def __call__(self, asked: Asked) -> Reply:
        marks = MARK.findall(asked.messages[-1].text)
        if not (self.tokens and any(name == "feedback" for _, name, _ in marks)):
            return interviewing(asked)
        mark = f"@@{marks[-1][0]} feedback\n"
        return Reply(pieces=(mark, *islice(filler(), self.tokens)), rate=RATE)


@dataclass(frozen=True)
class Session:
    """An interview in which feedback is being streamed, by `reply`."""

    number: int
    id: str
    reply: Seen
    socket: Conversation
    client: httpx.AsyncClient

    async def cancel(self) -> None:
        await self.socket.send(type="generation.cancel", id="cancel", turn=1, what="feedback")

    async def finish(self) -> None:
        await self.socket.send(type="interview.finish", id="finish")

    async def delete(self) -> None:
        (await self.client.delete(f"/v1/interviews/{self.id}")).raise_for_status()

    async def phase(self) -> str:
        phase: str = (await self.client.get(f"/v1/interviews/{self.id}")).json()["phase"]
        return phase


COMMANDS: dict[str, Command] = {
    "generation.cancel": Session.cancel,
    "interview.finish": Session.finish,
    "DELETE": Session.delete,
}


class House:
    """The server, and the provider that it asks."""

    def __init__(self, url: str, client: httpx.AsyncClient, emulator: Emulator, talk: Talk) -> None:
        self._url = url
        self._client = client
        self._talk = talk
        self._numbers = count()
        self.emulator = emulator

    async def session(self, tokens: int) -> Session:
        """A new one, in the middle of feedback of so many tokens."""
        number = next(self._numbers)
        body = {"role": name_of(number), "questions": 2, "follow_ups": 0}
        made = await self._client.post("/v1/interviews", json=body)
        interview: str = made.raise_for_status().json()["id"]
        address = f"{self._url.replace('http', 'ws')}/v1/interviews/{interview}/ws"
        socket = Conversation(
            await connect(address, subprotocols=[Subprotocol("viva.v1")], proxy=None)
        )
        await socket.send(type="session.open", id="open")
        await socket.send(type="interview.start", id="start")
        self._talk.tokens = 0
        await socket.until("question.completed")
        self._talk.tokens = tokens
        await socket.send(type="answer.submit", id="answer", turn=1, text="I measured it first.")
        for _ in range(HEARD):
            await socket.until("feedback.delta")
        self._talk.tokens = 0
        return Session(number, interview, self._requests(number)[-1], socket, self._client)

    def _requests(self, number: int) -> list[Seen]:
        return [seen for seen in self.emulator.requests if session_of(seen.asked) == number]

    async def closed_us(self, command: Command) -> int | None:
        """How long after `command` a reply's connection was closed; null: it wasn't."""
        session = await self.session(LONG)
        began_s = time.monotonic()
        await command(session)
        try:
            async with asyncio.timeout(CLOSED_WITHIN_S):
                await session.reply.over.wait()
        except TimeoutError:
            return None
        finally:
            await session.socket.connection.close()
        if session.reply.how != "closed by client" or session.reply.ended_s is None:
            return None
        return round((session.reply.ended_s - began_s) * 1e6)

    async def left(self) -> Session:
        """One whose candidate has gone, and that waits for the next answer."""
        session = await self.session(SHORT)
        await session.socket.connection.close()
        async with asyncio.timeout(LEFT_WITHIN_S):
            while True:
                if await session.phase() == "answering":
                    return session
                await asyncio.sleep(0.1)

    def followed(self, session: Session) -> int:
        """How many requests came after its reply."""
        requests = self._requests(session.number)
        return len(requests) - requests.index(session.reply) - 1


async def measure(api: Api, samples: int) -> bool:
    """Whether every connection was closed."""
    talk = Talk()
    with tempfile.TemporaryDirectory(prefix="viva-") as folder:
        async with emulate(api, Script(talk, by_hand=False)) as emulator:
            settings = viva_settings(api, emulator.url) | {"VIVA_DATA_DIR": folder}
            async with viva.serving(settings=settings) as serving, serving.client() as client:
                place = House(serving.url, client, emulator, talk)
                print(f"{samples} replies over {api}'s format; ms: p50, p95, p99, most", flush=True)
                found = [await _told(place, name, samples) for name in COMMANDS]
                left = [await place.left() for _ in range(min(samples, LEAVERS))]
                followed = sorted(map(place.followed, left))
    ended = sum(session.reply.how == "done" for session in left)
    print(
        f"  the socket closed alone: {ended} of {len(left)} replies were read to their end; "
        f"{followed[0]} to {followed[-1]} requests followed each, then none"
    )
    return all(found)


async def _told(place: House, name: str, samples: int) -> bool:
    took = [await place.closed_us(COMMANDS[name]) for _ in range(samples)]
    closed = [each for each in took if each is not None]
    missing = f"   {samples - len(closed)} WERE NOT CLOSED" if len(closed) < samples else ""
    print(f"  {name:18}{Times.of(closed)}{missing}", flush=True)
    return not missing


def main() -> int:
    """Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.leaving")
    parser.add_argument("--api", choices=get_args(Api), default="openai")
    parser.add_argument("--samples", type=int, default=100)
    given = parser.parse_args()
    return 0 if uvloop.run(measure(given.api, given.samples)) else 1


if __name__ == "__main__":
    sys.exit(main())
