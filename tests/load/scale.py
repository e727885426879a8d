"""One process with 1,000 connected and idle, and 200 that stream 30 tokens a second each:
`python -m tests.load.scale`. Exit status 1 if anything was lost, came twice or out of order.

The server is all of Viva in this process, over an embedded PostgreSQL (a process of its own, whose
work isn't counted), but for the interviewer: that paces numbered tokens, which cost next to
nothing to make (`tests/load/paced.py`). The clients are another process; one of each interview.
Idle is who has been asked a question, and thinks. A streaming interview is a whole one: questions
and feedback of 4 seconds each, answers sent over the wire, every step stored.

Beside the server's figures, in the same run: with the same beat and connections, nothing said
(which is taken off); and as many frames of the same size, written to bare sockets by no protocol
at all (the floor). Latency: from the making of a frame's oldest token to its coming at the client.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import orjson
import uvloop

from protocol.view import Config as InterviewConfig
from realtime.app import House, house, place
from realtime.gateway.auth import LOCAL_USER
from realtime.settings import Settings
from realtime.telemetry.logs import configure
from tests.load.beat import Beat
from tests.load.crowd import Crowd, Transport, crowd
from tests.load.memory import settled
from tests.load.paced import PacedInterviewer, raw_frame, raw_server
from tests.load.reading import FEW
from tests.realtime.serving import serving

STREAM_S = 4
MOST_SECONDS = 120  # an interview of 20 questions streams for longer than that
QUIET_S = 10.0
WARM = 50
PARTS = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "longest": 1.0}

Listeners = Collection[Callable[[], None]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be measured. `leaves_out`: as `PacedInterviewer` has it."""

    idle: int
    streaming: int
    rate: float
    seconds: float
    transport: Transport
    leaves_out: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured. `defects`: all that went wrong; `such_as`: the first few, in words.

    `pace`: the tokens made, of those that the beat would have let go (a stream's end and an answer
    take time). A cost is the server's CPU time a token, the idle loop off. `late_ms`: what the
    machine lets the loop wait, with nothing said.
    """

    defects: int
    such_as: list[str]
    tokens: int
    pace: float
    frames_a_token: float
    idle_kib: float
    streaming_kib: float
    idle_cores: float
    floor_us: float
    token_us: float
    late_ms: dict[str, float]
    latency_ms: dict[str, float]


@dataclass(frozen=True, slots=True)
class Streamed:
    """What the window of streaming brought; `report` is the clients' of it."""

    tokens: int
    cores: float
    resident_kib: float
    report: dict[str, Any]


async def measure(plan: Plan) -> Result:
    """Set all of it up, one thing after the other, and measure."""
    async with _real_house() as parts:
        warm, idle, streaming = [
            [await _interview(parts) for _ in range(count)]
            for count in (WARM, plan.idle, plan.streaming)
        ]
        chance = Random(1)
        length = max(2, round(plan.rate * STREAM_S))
        interviewer = PacedInterviewer(streaming, length, chance, plan.leaves_out)
        beat = Beat(plan.rate, chance)
        quiet_s = min(plan.seconds, QUIET_S)
        async with (
            serving(replace(parts, interviewer=interviewer)) as running,
            _crowd(running.url) as clients,
        ):
            await clients.open(warm, transport=plan.transport)  # caches, pools, code
            await clients.settled(WARM)
            await clients.close()
            before = settled()
            await clients.open(idle, transport=plan.transport)
            await clients.settled(plan.idle)
            connected = settled()
            idle_cores = await _cores(beat, [lambda: None] * plan.streaming, quiet_s)
            late_ms = _quantiles(beat.late_us)
            floor_cores = await _floor(beat, clients, plan.streaming, quiet_s)
            streamed = await _stream(plan, beat, interviewer, clients)
            lost = await _lost(interviewer, clients)
    tokens = streamed.tokens
    beats = plan.streaming * plan.rate
    return Result(
        defects=lost[0],
        such_as=lost[1],
        tokens=tokens,
        pace=tokens / (beats * plan.seconds),
        frames_a_token=streamed.report["frames"] / max(1, streamed.report["tokens"]),
        idle_kib=(connected - before) / plan.idle,
        streaming_kib=(streamed.resident_kib - connected) / plan.streaming,
        idle_cores=idle_cores,
        floor_us=(floor_cores - idle_cores) / beats * 1e6,
        token_us=(streamed.cores - idle_cores) * plan.seconds / max(1, tokens) * 1e6,
        late_ms=late_ms,
        latency_ms=_quantiles(streamed.report["latencies_us"]),
    )


# --- what is measured ----------------------------------------------------------------------------


async def _cores(beat: Beat, listeners: Listeners, seconds: float) -> float:
    """How many cores this process takes while it beats so long for `listeners`."""
    began, cpu = time.perf_counter(), time.process_time()
    await beat.run(listeners, seconds)
    return (time.process_time() - cpu) / (time.perf_counter() - began)


async def _floor(beat: Beat, clients: Crowd, count: int, seconds: float) -> float:
    """The cores that it takes to write the frames alone."""
    frame = raw_frame()
    async with raw_server() as (port, transports):
        await clients.open_raw(port, count)
        await _until(lambda: len(transports) == count)
        listeners = [partial(transport.write, frame) for transport in transports]
        return await _cores(beat, listeners, seconds)


async def _stream(
    plan: Plan, beat: Beat, interviewer: PacedInterviewer, clients: Crowd
) -> Streamed:
    """Let all that stream begin, measure for a while, and let them come to their end."""
    streams = interviewer.conversations.values()
    beating = asyncio.create_task(beat.run([stream.beat for stream in streams], 0))
    try:
        await clients.open(list(interviewer.conversations), transport=plan.transport, counted=True)
        await _until(lambda: all(stream.made for stream in streams))
        await clients.reset()
        made, began, cpu = interviewer.made, time.perf_counter(), time.process_time()
        await asyncio.sleep(plan.seconds)
        cores = (time.process_time() - cpu) / (time.perf_counter() - began)
        tokens = interviewer.made - made
        resident_kib = settled()
        report = await clients.report()
        await clients.stop_answering()
        interviewer.ending = True
        with suppress(TimeoutError):  # What is missing is told below.
            await clients.settled(plan.idle + plan.streaming)
    finally:
        beating.cancel()
    return Streamed(tokens, cores, resident_kib, report)


async def _lost(interviewer: PacedInterviewer, clients: Crowd) -> tuple[int, list[str]]:
    """What the clients found wrong, and what has never reached them: how much, and some of it."""
    report = await clients.report()
    missing = {
        name: stream.made - report["last"][name]
        for name, stream in interviewer.conversations.items()
        if stream.made != report["last"][name]
    }
    words = [f"{name}: the last {count} tokens never came" for name, count in missing.items()]
    found = report["defects"]
    return found["count"] + len(words), [*found["first"], *words][:FEW]


async def _until(condition: Callable[[], bool]) -> None:
    """Look again and again.

    Raises:
        TimeoutError: it takes too long.
    """
    async with asyncio.timeout(30):
        while True:
            if condition():
                return
            await asyncio.sleep(0.05)


def _quantiles(times_us: list[int]) -> dict[str, float]:
    """In milliseconds."""
    ordered = sorted(times_us) or [0]
    last = len(ordered) - 1
    return {name: ordered[round(last * part)] / 1_000 for name, part in PARTS.items()}


# --- what it is measured on ----------------------------------------------------------------------


@asynccontextmanager
async def _real_house() -> AsyncIterator[House]:
    """Viva's own parts, over a new database."""
    with tempfile.TemporaryDirectory(prefix="viva-") as folder:
        settings = Settings(data_dir=Path(folder))
        async with place(settings) as chosen, house(settings, chosen.url) as parts:
            yield parts


async def _interview(parts: House) -> str:
    config = InterviewConfig(role="backend", questions=20, follow_ups=0)
    made = await parts.storage.create(LOCAL_USER, config, now=parts.clock.now(), key=None)
    return made.id


def _crowd(url: str) -> AbstractAsyncContextManager[Crowd]:
    where = urlsplit(url)
    return crowd(where.hostname or "", where.port or 0)


# --- what is told --------------------------------------------------------------------------------


def told(plan: Plan, result: Result) -> str:
    ratio = result.token_us / result.floor_us
    lines = [
        f"{plan.idle} idle, {plan.streaming} that stream {plan.rate:g} tokens/s each, "
        f"{plan.seconds:g} s, over {plan.transport}; CPU us a token, idle loop off",
        f"  {result.floor_us:6.1f}          frames written to bare sockets",
        f"  {result.token_us:6.1f}  {ratio:4.2f} x  through all of the server, commits and answers "
        "included",
        f"  {result.tokens} tokens ({result.pace:.0%} of the beat), "
        f"{result.frames_a_token:.3f} frames a token",
        f"  {_times(result.latency_ms)} from log to client",
        f"  {_times(result.late_ms)} that this machine is late by, with nothing said",
        f"  {result.idle_kib:.1f} KiB one that is idle, {result.streaming_kib:.1f} KiB one that "
        f"streams; {result.idle_cores:.3f} cores with nothing said",
        f"  {result.defects or 'nothing'} lost, twice, or out of order",
        *(f"    {defect}" for defect in result.such_as),
    ]
    return "\n".join(lines)


def _times(times_ms: dict[str, float]) -> str:
    return ", ".join(f"{name} {time_ms:.2f}" for name, time_ms in times_ms.items()) + " ms"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load.scale")
    parser.add_argument("--idle", type=int, default=1_000)
    parser.add_argument("--streaming", type=int, default=200)
    parser.add_argument("--rate", type=float, default=30.0, help="tokens a second each")
    parser.add_argument("--seconds", type=float, default=20.0, help=f"at most {MOST_SECONDS}")
    parser.add_argument("--transport", choices=("ws", "sse"), default="ws")
    parser.add_argument("--leave-out", type=int, help="a token of each stream, to see it missed")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    given = parser.parse_args()
    if not (given.idle >= 1 and given.streaming >= 1 and given.rate > 0):
        parser.error("--idle, --streaming and --rate are to be positive")
    if not 0 < given.seconds <= MOST_SECONDS:
        parser.error(f"--seconds is to be over 0, and at most {MOST_SECONDS}")
    return given


def main() -> int:
    """Returns the exit status."""
    given = _arguments()
    configure("error", as_json=False)
    plan = Plan(
        given.idle, given.streaming, given.rate, given.seconds, given.transport, given.leave_out
    )
    result = uvloop.run(measure(plan))
    print(told(plan, result))
    if given.json is not None:
        given.json.write_bytes(orjson.dumps({**asdict(plan), **asdict(result)}))
    return 1 if result.defects else 0


if __name__ == "__main__":
    sys.exit(main())
