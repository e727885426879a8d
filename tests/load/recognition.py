"""What recognition costs: `python -m tests.load.recognition`.

How long a pass takes by Whisper's real sizes (weights drawn at random cost the same), by one thread
and by two, by the clock and in processor time (which holds on a busy machine too), and how many
speakers a core bears by the latter. And how late the event loop is while the pool is saturated with
the longest clips there are.
"""

import asyncio
import itertools
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated

import numpy as np
import typer
import uvloop
from rich.console import Console
from rich.table import Table

from realtime.clock import SystemClock
from realtime.speech.clip import SAMPLES_A_MS, Behind, Clip, Samples, Urgency
from realtime.speech.pool import Pool, PoolLimits, worker_command
from realtime.speech.wire import MAX_CLIP_SAMPLES, WhisperOptions
from tests.load.random_whisper import SHAPES, save

# So short that a pass takes 34 tokens: about what is said in 10 s. It is padded to 30 s anyway.
SHORT_MS = 80
# As in `realtime.speech.machine`.
STRETCH_S, FOR_FINALS = 8.0, 0.7
OWNERS = 8
TICK_S = 0.005


@dataclass(frozen=True)
class Cost:
    """Of one worker: seconds by the clock, `_cpu_s` of processor time, and MiB."""

    load_s: float
    pass_s: float
    pass_cpu_s: float
    beam_cpu_s: float
    resident_mib: float
    peak_mib: float


def main(
    passes: Annotated[int, typer.Option(help="How many of each; the median counts.")] = 5,
    seconds: Annotated[float, typer.Option(help="How long the loop is watched.")] = 10,
    sizes: Annotated[str, typer.Option(help="Which.")] = ",".join(SHAPES),
) -> None:
    """Costs by size and threads, and the loop's stalls."""
    names = sizes.split(",")
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            save(SHAPES[name], Path(folder) / name)
        cases = list(itertools.product(names, (1, 2)))
        costs = {
            (name, threads): uvloop.run(cost(Path(folder) / name, threads, passes))
            for name, threads in cases
        }
        Console().print(cost_table(costs))
        idle = uvloop.run(stalls(None, seconds))
        busy = uvloop.run(stalls(Path(folder) / names[0], seconds))
    Console().print(stall_table({"nothing else to do": idle, "the pool saturated": busy}))


async def cost(model: Path, threads: int, passes: int) -> Cost:
    options = WhisperOptions(str(model), threads=threads, beam=5)
    began_s = time.perf_counter()
    async with Pool(worker_command(options), SystemClock(), PoolLimits(workers=1)) as pool:
        await pool.loaded()
        load_s = time.perf_counter() - began_s
        short = noise(SHORT_MS * SAMPLES_A_MS)

        (pid,) = pool.pids

        async def timed(urgency: Urgency) -> tuple[float, float]:
            await pool.recognize(Clip(short, "en", urgency))  # It is warm then.
            taken = [await seconds(pool, Clip(short, "en", urgency)) for _ in range(passes)]
            return median(by_clock for by_clock, _ in taken), median(cpu for _, cpu in taken)

        pass_s, pass_cpu_s = await timed("partial")
        _, beam_cpu_s = await timed("final")
        resident_mib, peak_mib = status_mib(pid, "VmRSS"), status_mib(pid, "VmHWM")
        return Cost(load_s, pass_s, pass_cpu_s, beam_cpu_s, resident_mib, peak_mib)


async def seconds(pool: Pool, clip: Clip) -> tuple[float, float]:
    """By the clock, and of the worker's processor time."""
    (pid,) = pool.pids
    began_s, cpu_s = time.perf_counter(), cpu_seconds(pid)
    await pool.recognize(clip)
    return time.perf_counter() - began_s, cpu_seconds(pid) - cpu_s


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def noise(samples: int) -> Samples:
    return np.random.default_rng(1).normal(0, 1_000, samples).astype(np.int16)


def status_mib(pid: int, name: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1_024


def cost_table(costs: dict[tuple[str, int], Cost]) -> Table:
    table = Table(
        *("model", "threads", "load s", "pass s", "CPU s", "beam 5, CPU s"),
        *("MiB", "peak", "streams a core"),
        title="A pass (34 tokens, int8, with word times)",
    )
    for (name, threads), each in costs.items():
        streams = FOR_FINALS * STRETCH_S / each.pass_cpu_s
        figures = (each.load_s, each.pass_s, each.pass_cpu_s, each.beam_cpu_s)
        sizes = (each.resident_mib, each.peak_mib)
        table.add_row(
            name,
            f"{threads}",
            *(f"{figure:.2f}" for figure in figures),
            *(f"{size:.0f}" for size in sizes),
            f"{streams:.1f}",
        )
    return table


# --- the loop ----------------------------------------------------------------------------------


async def stalls(model: Path | None, seconds: float) -> list[float]:
    """How late a task is that wants to run every 5 ms, each time, in milliseconds."""
    if model is None:
        return await lateness(seconds)
    options = WhisperOptions(str(model))
    async with Pool(worker_command(options), SystemClock(), PoolLimits(workers=2)) as pool:
        await pool.loaded()
        longest = noise(MAX_CLIP_SAMPLES)

        async def speak(owner: str, urgency: Urgency) -> None:
            while True:
                try:
                    await pool.recognize(Clip(longest, "en", urgency, owner))
                except Behind:
                    await asyncio.sleep(0.4)  # When the next partial is due.

        return await beside(
            lambda: lateness(seconds),
            [
                *(speak(f"{number}", "final") for number in range(OWNERS // 2)),
                *(speak(f"{number}", "partial") for number in range(OWNERS)),
            ],
        )


async def beside(
    watch: Callable[[], Awaitable[list[float]]], work: list[Awaitable[None]]
) -> list[float]:
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        return await watch()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def lateness(seconds: float) -> list[float]:
    late_ms = list[float]()
    until_s = time.perf_counter() + seconds
    while (due_s := time.perf_counter() + TICK_S) < until_s:
        await asyncio.sleep(TICK_S)
        late_ms.append(1_000 * (time.perf_counter() - due_s))
    return late_ms


def stall_table(found: dict[str, list[float]]) -> Table:
    table = Table("", "wake-ups", "p50 ms", "p99", "p99.9", "worst", title="How late the loop is")
    for name, late_ms in found.items():
        ordered = sorted(late_ms)
        shares = [ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.99, 0.999, 1.0)]
        table.add_row(name, f"{len(ordered)}", *(f"{each:.2f}" for each in shares))
    return table


if __name__ == "__main__":
    typer.run(main)
