"""`python -m tests.simulation [--seed N] [--count N]`: plays interviews N, N + 1, …"""

import argparse
import sys
import traceback
from time import monotonic

from tests.simulation.simulation import Figures, simulate

# Enough to see what is wrong.
MOST_FAILURES = 5


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="the first interview (default 0)")
    parser.add_argument("--count", type=int, default=1, help="how many interviews (default 1)")
    options = parser.parse_args(arguments)
    total = Figures()
    failed: list[int] = []
    began = monotonic()
    for seed in range(options.seed, options.seed + options.count):
        try:
            total.add(simulate(seed))
        except Exception:
            traceback.print_exc()
            print(f"interview {seed} failed: python -m tests.simulation --seed {seed}")
            failed.append(seed)
            if len(failed) == MOST_FAILURES:
                break
    print(f"{total}, {len(failed)} failed, {monotonic() - began:.1f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
