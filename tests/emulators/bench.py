"""`python -m tests.emulators.bench`: what a chunk costs an emulator, in CPU time of its process.

Beside it, in the same run and at the same pace: the same bytes written by a bare protocol with a
timer a stream. Those who read are a process of their own. Streams that end late had their tokens
written several at once, which costs less: a figure without lateness is the one to believe.
"""

import argparse
import asyncio
import ssl
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import cast
from urllib.parse import urlsplit

import orjson
import uvloop
from rich.console import Console
from rich.table import Table

from tests.emulators.emulator import APIS, Emulator, Settings, emulate
from tests.emulators.faults import Api
from tests.emulators.performance import escaped
from tests.emulators.script import Asked, Reply, Script
from tests.emulators.wire import chunk

WORD = " answer"
PATHS: dict[Api, str] = {
    "openai": "/v1/chat/completions",
    "gemini": "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
}
BODIES: dict[Api, dict[str, object]] = {
    "openai": {
        "model": "gpt-5-mini",
        "stream": True,
        "stream_options": {"include_usage": True},
        "messages": [{"role": "user", "content": "Ask."}],
    },
    "gemini": {"contents": [{"role": "user", "parts": [{"text": "Ask."}]}]},
}


@dataclass(frozen=True)
class Load:
    streams: int
    rate: float
    seconds: float

    @property
    def tokens(self) -> int:
        """Of each stream."""
        return int(self.rate * self.seconds)


# --- Those who read, in a process of their own


class Reader(asyncio.Protocol):
    """Asks, and takes all until the other side closes."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self.over = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.Transport", transport).write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        self.over.set_result(None)


def request(api: Api) -> bytes:
    body = orjson.dumps(BODIES[api])
    head = f"POST {PATHS[api]} HTTP/1.1\r\nhost: emulator\r\nconnection: close\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def _same(reader: Reader) -> Reader:
    return reader


async def read(api: Api, url: str, streams: int, trust: Path | None) -> None:
    loop = asyncio.get_running_loop()
    place = urlsplit(url)
    context = ssl.create_default_context(cafile=trust) if trust else None
    readers = [Reader(request(api)) for _ in range(streams)]
    for each in readers:
        await loop.create_connection(
            partial(_same, each), place.hostname or "", place.port or 0, ssl=context
        )
    for each in readers:
        await each.over


async def read_apart(api: Api, url: str, streams: int, trust: Path | None) -> float:
    """Have it read by another process; how much CPU time this one took meanwhile, in seconds."""
    before = time.process_time()
    flags = ["--trust", str(trust)] if trust else []
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.emulators.bench"),
        *("--read", url, "--api", api, "--streams", str(streams), *flags),
    )
    if await process.wait():
        raise SystemExit("The readers failed.")
    return time.process_time() - before


# --- What is measured


class Bare(asyncio.Protocol):
    """Writes the same bytes so many times, then closes."""

    def __init__(self, data: bytes, load: Load) -> None:
        self._loop = asyncio.get_running_loop()
        self._data = data
        self._left = load.tokens
        self._period_s = 1 / load.rate

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._due = self._loop.time()
        self._tick()

    def _tick(self) -> None:
        self._transport.write(self._data)
        self._left -= 1
        self._due += self._period_s
        if self._left:
            self._loop.call_at(self._due, self._tick)
        else:
            self._transport.close()


@asynccontextmanager
async def bare(data: bytes, load: Load) -> AsyncGenerator[str, None]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Bare(data, load), "127.0.0.1", 0, backlog=4096)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def chunk_of(api: Api) -> bytes:
    """A chunk as this emulator writes it."""
    asked = Asked(api, "gpt-5-mini", (), None, None, True, None, {}, 1, BODIES[api])
    voice = APIS[api].voice(asked, Reply(input_tokens=1000), True)
    return chunk(b"data: " + voice.text(escaped(WORD)) + voice.newline * 2)


async def measure(load: Load, table: Table) -> None:
    reply = Reply(WORD, tokens=load.tokens, rate=load.rate)
    apis: tuple[Api, ...] = ("openai", "gemini")
    for api in apis:
        data = chunk_of(api)
        async with bare(data, load) as url:
            used_s = await read_apart(api, url, load.streams, None)
        table.add_row(f"{api}: bare", *figures(data, used_s, load), "")
        for tls in (False, True):
            script = Script(lambda _: reply)
            async with emulate(api, script, Settings(tls=tls)) as emulator:
                used_s = await read_apart(api, emulator.url, load.streams, emulator.certificate)
            late_ms = lateness_ms(emulator, load)
            name = f"{api}: emulator{', TLS' * tls}"
            table.add_row(name, *figures(data, used_s, load), f"{late_ms:,.0f}")


def figures(data: bytes, used_s: float, load: Load) -> tuple[str, str, str]:
    cost_us = used_s * 1e6 / (load.tokens * load.streams)
    return str(len(data)), f"{cost_us:.1f}", f"{1e6 / cost_us / load.rate:,.0f}"


def lateness_ms(emulator: Emulator, load: Load) -> float:
    """By how much the middle one of the streams ended late."""
    due_s = (load.tokens - 1) / load.rate
    took_s = [seen.ended_s - seen.began_s for seen in emulator.requests if seen.ended_s]
    return (median(took_s) - due_s) * 1000


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.emulators.bench", None, __doc__)
    parser.add_argument("--streams", type=int, default=300, help="at once (%(default)s)")
    parser.add_argument("--rate", type=float, default=30, help="tokens a second (%(default)s)")
    parser.add_argument("--seconds", type=float, default=5, help="of each stream (%(default)s)")
    reading = parser.add_argument_group("what the readers are told")
    reading.add_argument("--read", metavar="URL")
    reading.add_argument("--api", choices=tuple(PATHS))
    reading.add_argument("--trust", type=Path)
    asked = parser.parse_args()
    if asked.read:
        uvloop.run(read(asked.api, asked.read, asked.streams, asked.trust))
        return
    load = Load(asked.streams, asked.rate, asked.seconds)
    table = Table(
        *(
            "what writes",
            "bytes a chunk",
            "CPU µs a chunk",
            f"streams a core at {load.rate:g}/s",
            "ms late",
        ),
        title=f"{load.streams} streams, {load.rate:g} tokens/s each, {load.seconds:g} s",
    )
    uvloop.run(measure(load, table))
    Console().print(table)


if __name__ == "__main__":
    main()
