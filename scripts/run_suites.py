"""Runs the test suites one after another, and tells at the end how long each took.

`python -m scripts.run_suites [SUITE…]`; without a name, all of them. A suite that fails doesn't
keep the others from running. The exit status is 0 when every suite passed.
"""

import re
import subprocess
import sys
import time
from dataclasses import dataclass

PYTEST = (sys.executable, "-m", "pytest", "--no-header")
PYTHON_SUITES = (
    *("protocol", "simulation", "storage", "emulators", "realtime"),
    *("faults", "fuzz", "conformance", "browser"),
)

COMMANDS: dict[str, tuple[str, ...]] = {
    "protocol": (*PYTEST, "tests/protocol"),
    "simulation": (*PYTEST, "tests/simulation"),
    "storage": (*PYTEST, "tests/storage"),
    "emulators": (*PYTEST, "tests/emulators"),
    "realtime": (*PYTEST, "tests/realtime"),
    "faults": (*PYTEST, "tests/faults"),
    "fuzz": (*PYTEST, "tests/fuzz"),
    "conformance": (*PYTEST, "tests/conformance"),
    # Whatever lies in tests/ outside the folders of the other suites: none can be forgotten.
    "frame": (*PYTEST, "tests", *(f"--ignore=tests/{name}" for name in PYTHON_SUITES)),
    "web": ("npm", "--prefix", "web_demo", "--silent", "test"),
    "browser": (*PYTEST, "tests/browser"),
}

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


def run(suite: str) -> Outcome:
    """Runs one suite, showing its output as it comes."""
    print(f"\n--- {suite}", flush=True)
    began = time.monotonic()
    summary = ""
    with subprocess.Popen(
        COMMANDS[suite],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            summary = closing_line(line) or summary
    return Outcome(suite, time.monotonic() - began, process.returncode == 0, summary)


def table(outcomes: list[Outcome]) -> str:
    """The closing table: a line a suite, with its own closing line, and the total."""
    lines = [f"{'suite':<10}{'seconds':>8}  {'':6}  closing line"]
    for outcome in outcomes:
        verdict = "passed" if outcome.passed else "FAILED"
        lines.append(
            f"{outcome.suite:<10}{outcome.seconds:>8.1f}  {verdict}  {outcome.summary}".rstrip()
        )
    lines.append(f"{'all':<10}{sum(outcome.seconds for outcome in outcomes):>8.1f}")
    return "\n".join(lines)


def main(names: list[str]) -> int:
    """Runs the named suites, or all of them; returns the exit status."""
    if unknown := [name for name in names if name not in COMMANDS]:
        print(f"No such suite: {', '.join(unknown)}. There are {', '.join(COMMANDS)}.")
        return 2
    outcomes = [run(name) for name in names or COMMANDS]
    print(f"\n{table(outcomes)}")
    return 0 if all(outcome.passed for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
