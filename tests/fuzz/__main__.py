"""`python -m tests.fuzz [--count N] [--seed S] [--only codec|gateway]`: tries N wrong inputs.

Four of five go to the codec, one to the gateway. The exit status is 1 if one of them failed; it is
shown cut down, with the command that tries it again.
"""

import argparse
import sys
from time import monotonic

import uvloop

from tests.fuzz import codec, gateway

SHOWN_EVERY_S = 5.0


class Progress:
    """Tells every few seconds how far it has come, and about how long it will still take."""

    def __init__(self, part: str, count: int) -> None:
        self._part = part
        self._count = count
        self._began = self._told = monotonic()
        self.done = 0

    def __call__(self, more: int) -> None:
        self.done += more
        now = monotonic()
        if now - self._told >= SHOWN_EVERY_S:
            self._told = now
            left_s = (now - self._began) * max(0, self._count - self.done) / self.done
            print(
                f"{self._part}: {self.done:,} of {self._count:,}, {left_s:.0f} s left", flush=True
            )

    def __str__(self) -> str:
        return f"{self._part}: {self.done:,} inputs in {monotonic() - self._began:.1f} s"


def parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000, help="how many inputs in all")
    parser.add_argument("--seed", type=int, default=0, help="what all is chosen by (default 0)")
    parser.add_argument("--only", choices=("codec", "gateway"), help="all of them for one part")
    parser.add_argument("--first", type=int, default=0, help="the number of the first input")
    parser.add_argument("--attacks", type=int, help="so many attacks on the gateway, not --count")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    options = parsed(arguments)
    of_gateway = {"codec": 0, "gateway": options.count}.get(options.only, options.count // 5)
    of_codec = 0 if options.only == "gateway" else options.count - of_gateway
    failures: list[codec.Failure | gateway.Failure | None] = []
    if of_codec:
        progress = Progress("codec", of_codec)
        numbers = range(options.first, options.first + of_codec)
        failures.append(codec.run(options.seed, numbers, progress))
        print(progress)
    if of_gateway:
        progress = Progress("gateway", of_gateway)
        made = gateway.run(
            options.seed, options.first, of_gateway, progress, attacks=options.attacks
        )
        failures.append(uvloop.run(made))
        print(progress)
    found = [failure for failure in failures if failure is not None]
    print("\n".join(map(str, found)) or "nothing failed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
