"""What a chunk of a model's reply costs the server's processor: our reader beside the SDKs.

`python -m tests.load.chunks`: every way that keeps the contract of a language model
(`tests/realtime/interviewer/models/ways.py`), plain and over TLS, in one run. The provider is an
emulator in a process of its own; streams run at the pace of speech, not as fast as they can, as it
is the waking up that costs. Measured is the processor time of this process between two moments in
which all streams run, divided by the tokens that came in between: connections and requests are not
in it. A round goes over all ways, so that a slow moment of the machine meets them all.
"""

import asyncio
import multiprocessing
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from statistics import median
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.table import Table

from realtime.clock import SystemClock
from realtime.interviewer.model import LanguageModel, Message, Prompt
from realtime.interviewer.upstream.client import Endpoint, Timeouts
from tests.emulators.emulator import Settings, emulate
from tests.emulators.faults import Api
from tests.emulators.script import Asked, Reply, Script
from tests.realtime.interviewer.models.ways import OURS, WAYS, Way

STAMPED_CHARS = len("00001.0000000000000000 ")
PROMPT = Prompt((Message("system", "You interview."), Message("user", "Ask.")), max_tokens=100_000)
SETTLE_S = 0.5


@dataclass(frozen=True)
class Load:
    streams: int
    rate: float
    seconds: float


@dataclass(frozen=True)
class Place:
    """Where an emulator listens."""

    url: str
    certificate: str | None

    def endpoint(self, api: Api) -> Endpoint:
        url = f"{self.url}/v1" if api == "openai" else self.url
        return Endpoint(url, "m", ca_file=Path(self.certificate) if self.certificate else None)


def main(
    streams: Annotated[int, typer.Option(help="How many replies come in at once.")] = 60,
    rate: Annotated[float, typer.Option(help="Tokens a second of each.")] = 30,
    seconds: Annotated[float, typer.Option(help="How long each measurement takes.")] = 2,
    rounds: Annotated[int, typer.Option(help="How often; the median counts.")] = 3,
) -> None:
    """CPU microseconds a chunk, for every way to read one."""
    load = Load(streams, rate, seconds)
    cases = [(way, tls) for way in WAYS for tls in (False, True)]
    costs: dict[tuple[str, str, bool], list[float]] = {}
    with emulators(rate) as places:
        for _ in range(rounds):
            for way, tls in cases:
                cost = uvloop.run(cost_us(way, places[way.api, tls], load))
                costs.setdefault((way.api, way.name, tls), []).append(cost)
    Console().print(table({key: median(each) for key, each in costs.items()}, load))


def table(costs: dict[tuple[str, str, bool], float], load: Load) -> Table:
    title = f"CPU µs a chunk: {load.streams} streams of {load.rate:g} tokens/s, uvloop"
    made = Table("API", "way", "plain", "× ours", "TLS", "× ours", title=title)
    for way in WAYS:
        cells = []
        for tls in (False, True):
            cost = costs[way.api, way.name, tls]
            cells += [f"{cost:.0f}", f"{cost / costs[way.api, OURS, tls]:.1f}"]
        made.add_row(way.api, way.name, *cells, style="bold" if way.is_ours else None)
    return made


async def cost_us(way: Way, place: Place, load: Load) -> float:
    """Processor time for each token, in microseconds."""
    timeouts = Timeouts(connect_s=10, first_token_s=30, next_token_s=10)
    model = way.make(place.endpoint(way.api), timeouts, SystemClock())
    chance = Random(11)
    async with crowd(model, load.streams, chance) as listeners:
        await asyncio.gather(*(each.begun.wait() for each in listeners))
        await asyncio.sleep(SETTLE_S)
        before = sum(each.tokens for each in listeners)
        began_s = time.process_time()
        await asyncio.sleep(load.seconds)
        spent_s = time.process_time() - began_s
        tokens = sum(each.tokens for each in listeners) - before
    await model.aclose()
    if tokens < 0.9 * load.streams * load.rate * load.seconds:
        raise RuntimeError(f"{way.name}: only {tokens} tokens came; this machine is too busy")
    return spent_s / tokens * 1e6


class Listener:
    """Counts the tokens of one reply."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self._chars = 0
        self.begun = asyncio.Event()

    @property
    def tokens(self) -> int:
        return self._chars // STAMPED_CHARS

    async def listen(self, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        async with aclosing(self._model.stream(PROMPT)) as stream:
            async for piece in stream:
                if isinstance(piece, str):
                    self._chars += len(piece)
                    self.begun.set()


@asynccontextmanager
async def crowd(
    model: LanguageModel, streams: int, chance: Random
) -> AsyncGenerator[list[Listener], None]:
    """That many at once, which don't go in step."""
    listeners = [Listener(model) for _ in range(streams)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each.listen(chance.random())) for each in listeners]
        yield listeners
        for task in tasks:
            task.cancel()


@contextmanager
def emulators(rate: float) -> Iterator[dict[tuple[Api, bool], Place]]:
    """Both providers, plain and over TLS, in a process of their own."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_emulate, args=(there, rate))
    process.start()
    try:
        yield here.recv()
    finally:
        here.send(None)
        process.join()


def _emulate(pipe: Connection, rate: float) -> None:
    uvloop.run(_serve(pipe, rate))


async def _serve(pipe: Connection, rate: float) -> None:
    def reply(asked: Asked) -> Reply:
        return Reply(rate=rate, tokens=100_000, stamps=True)

    script = Script(reply)
    plain, tls = Settings(), Settings(tls=True)
    async with (
        emulate("openai", script, plain) as openai,
        emulate("openai", script, tls) as openai_tls,
        emulate("gemini", script, plain) as gemini,
        emulate("gemini", script, tls) as gemini_tls,
    ):
        places = {
            (api, bool(each.certificate)): Place(
                each.url, str(each.certificate) if each.certificate else None
            )
            for api, each in (
                ("openai", openai),
                ("openai", openai_tls),
                ("gemini", gemini),
                ("gemini", gemini_tls),
            )
        }
        pipe.send(places)
        await asyncio.to_thread(pipe.recv)


if __name__ == "__main__":
    typer.run(main)
