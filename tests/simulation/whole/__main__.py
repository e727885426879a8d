"""`python -m tests.simulation.whole [--seed N] [--count N] [--jobs N] [--tell]`: plays worlds N,
N + 1, … on all cores.
"""

import argparse
import os
import sys
import traceback
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from time import monotonic

from realtime.session.directory import Directory
from tests.simulation.whole.play import play
from tests.simulation.whole.world import Figures

# Enough to see what is wrong.
MOST_FAILURES = 5
AT_ONCE = 20
PROGRESS_EVERY_S = 5.0
# Of a story, its end.
LINES = 80


@dataclass(frozen=True)
class Played:
    """One world; `failure`: the end of its story, if it went wrong."""

    seed: int
    figures: Figures
    hash: str = ""
    failure: str | None = None


def attempt(seed: int, directory: type[Directory] = Directory) -> Played:
    """Play world `seed`, whatever comes of it."""
    try:
        outcome = play(seed, directory=directory)
    except Exception as error:
        story, *_ = error.__notes__
        told = "\n".join([*story.splitlines()[-LINES:], *traceback.format_exception_only(error)])
        return Played(seed, Figures(), failure=told)
    return Played(seed, outcome.figures, outcome.hash)


def played(seeds: range, jobs: int) -> Iterator[Played]:
    """Each of them, in order."""
    if jobs == 1:
        yield from map(attempt, seeds)
        return
    pool = ProcessPoolExecutor(jobs)
    try:
        yield from pool.map(attempt, seeds, chunksize=AT_ONCE)
    finally:
        pool.shutdown(cancel_futures=True)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.whole", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="the first world (default 0)")
    parser.add_argument("--count", type=int, default=1, help="how many worlds (default 1)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes (all cores)")
    parser.add_argument("--tell", action="store_true", help="tell what happens, line by line")
    options = parser.parse_args(arguments)
    if options.tell:
        return _told(options.seed)
    return _counted(range(options.seed, options.seed + options.count), options.jobs)


def _told(seed: int) -> int:
    try:
        outcome = play(seed, tell=print)
    except Exception as error:
        print(*traceback.format_exception_only(type(error), error), sep="\n")
        return 1
    print(f"{outcome.figures}, hash {outcome.hash}")
    return 0


def _counted(seeds: range, jobs: int) -> int:
    total, failed = Figures(), 0
    began = told = monotonic()
    last = ""
    for each in played(seeds, min(jobs, max(1, len(seeds) // AT_ONCE))):
        total.add(each.figures)
        last = each.hash
        if each.failure is not None:
            failed += 1
            print(each.failure)
            print(f"world {each.seed} failed: python -m tests.simulation.whole --seed {each.seed}")
            if failed == MOST_FAILURES:
                break
        if monotonic() - told > PROGRESS_EVERY_S:
            told = monotonic()
            print(f"{total}, {failed} failed, {told - began:.0f} s", file=sys.stderr, flush=True)
    print(f"{total}, {failed} failed, {monotonic() - began:.1f} s, last hash {last}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
