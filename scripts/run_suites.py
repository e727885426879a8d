"""Runs the test suites, two at a time, and tells at the end how long each took.

`python -m scripts.run_suites [SUITE…]`; without a name, all of them. What a suite prints is shown
when it has ended, so that no two are mixed; a single one is shown as it runs. A suite that fails
doesn't keep the others from running. The exit status is 0 when every suite passed.
"""

import re
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice

PYTEST = (sys.executable, "-m", "pytest", "--no-header")
PYTHON_SUITES = (
    *("protocol", "simulation", "storage", "emulators", "realtime"),
    *("faults", "fuzz", "conformance", "browser"),
)
# The largest folder, in parts.
INTERVIEWER = ("tests/realtime/interviewer", "tests/realtime/evaluation")
SPEECH = ("tests/realtime/speech",)

# The longest first, so that none is left alone at the end.
COMMANDS: dict[str, tuple[str, ...]] = {
    "browser": (*PYTEST, "tests/browser"),
    "interviewer": (*PYTEST, *INTERVIEWER),
    "realtime": (*PYTEST, "tests/realtime", *(f"--ignore={path}" for path in INTERVIEWER + SPEECH)),
    "speech": (*PYTEST, *SPEECH),
    "faults": (*PYTEST, "tests/faults"),
    # Whatever lies in tests/ outside the folders of the other suites: none can be forgotten.
    "frame": (*PYTEST, "tests", *(f"--ignore=tests/{name}" for name in PYTHON_SUITES)),
    "conformance": (*PYTEST, "tests/conformance"),
    "storage": (*PYTEST, "tests/storage"),
    "protocol": (*PYTEST, "tests/protocol"),
    "simulation": (*PYTEST, "tests/simulation"),
    "emulators": (*PYTEST, "tests/emulators"),
    "web": ("npm", "--prefix", "web_demo", "--silent", "test"),
    "fuzz": (*PYTEST, "tests/fuzz"),
}

# Tests wait about as often as they compute.
AT_ONCE = 2

# How pytest and vitest sum up, in their last lines.
PYTEST_SUMMARY = re.compile(
    r"^(?:=+ )?((?:(?:\d+ \w+(?:, )?)+|no tests ran) in [\d.]+s.*?)(?: =+)?$"
)
VITEST_SUMMARY = re.compile(r"^ +Tests +(\d+ .*|no tests)$")
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Outcome:
    """How one suite went."""

    suite: str
    seconds: float
    passed: bool
    summary: str


def closing_line(line: str) -> str | None:
    """What a line says in sum, if it is the one with which pytest or vitest close."""
    plain = COLOURS.sub("", line).rstrip()
    match = PYTEST_SUMMARY.match(plain) or VITEST_SUMMARY.match(plain)
    return match[1] if match else None


def run(suite: str, show: Callable[[str], None]) -> Outcome:
    """Runs one suite, showing each line of its output as it comes."""
    began = time.monotonic()
    summary = ""
    try:
        process = subprocess.Popen(
            COMMANDS[suite],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        return Outcome(suite, 0, False, str(error))
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            show(line)
            summary = closing_line(line) or summary
    return Outcome(suite, time.monotonic() - began, process.returncode == 0, summary)


def run_all(suites: list[str]) -> list[Outcome]:
    """Runs them, and shows the output of each when it has ended. Ctrl-C ends those that run, and
    no others begin: this thread, which is the one that hears of it, has each of them begin.
    """
    outputs = {suite: list[str]() for suite in suites}
    ended = dict[str, Outcome]()
    waiting = iter(suites)

    def begin(most: int) -> set[Future[Outcome]]:
        begun = set[Future[Outcome]]()
        for suite in islice(waiting, most):
            print(f"{suite} begins", flush=True)
            begun.add(pool.submit(run, suite, outputs[suite].append))
        return begun

    with ThreadPoolExecutor(AT_ONCE) as pool:
        running = begin(AT_ONCE)
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            running |= begin(len(done))
            for outcome in (each.result() for each in done):
                ended[outcome.suite] = outcome
                print(f"\n--- {outcome.suite}\n{''.join(outputs.pop(outcome.suite))}", flush=True)
    return [ended[suite] for suite in suites]


def run_one(suite: str) -> Outcome:
    """Runs it, and shows its output as it comes."""
    print(f"--- {suite}", flush=True)
    return run(suite, lambda line: print(line, end="", flush=True))


def table(outcomes: list[Outcome], seconds: float) -> str:
    """The closing table: a line a suite, with its own closing line, and how long all took."""
    lines = [f"{'suite':<12}{'seconds':>8}  {'':6}  closing line"]
    for outcome in outcomes:
        verdict = "passed" if outcome.passed else "FAILED"
        lines.append(
            f"{outcome.suite:<12}{outcome.seconds:>8.1f}  {verdict}  {outcome.summary}".rstrip()
        )
    lines.append(f"{'all':<12}{seconds:>8.1f}")
    return "\n".join(lines)


def main(names: list[str]) -> int:
    """Runs the named suites, or all of them; returns the exit status."""
    if unknown := [name for name in names if name not in COMMANDS]:
        print(f"No such suite: {', '.join(unknown)}. There are {', '.join(COMMANDS)}.")
        return 2
    began = time.monotonic()
    suites = list(dict.fromkeys(names)) or list(COMMANDS)
    outcomes = run_all(suites) if len(suites) > 1 else [run_one(suites[0])]
    print(f"\n{table(outcomes, time.monotonic() - began)}")
    return 0 if all(outcome.passed for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
