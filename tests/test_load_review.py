"""The measurement of the waits around feedback runs to its end, and fails where an interview does.
No figure is asserted.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.load.review import Waits

ROOT = Path(__file__).parents[1]


def review(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-m", "tests.load.review", *arguments)
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=150)


# An interview has four answers, of which the last has no question behind it.
@pytest.mark.parametrize(
    ("api", "samples", "counts"),
    [("openai", "4", ["8)", "6)", "8)"]), ("gemini", "1", ["4)", "3)", "4)"])],
)
def test_each_wait_is_told(api: str, samples: str, counts: list[str]) -> None:
    quick = ("--first-token-s", "0", "--rate", "1000")
    ended = review("--api", api, "--samples", samples, *quick)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    told = [line.rpartition("(")[2] for line in ended.stdout.splitlines()[1:]]
    assert told == counts


def test_the_waits_are_those_of_each_turn() -> None:
    waits = Waits()
    waits.add(
        {
            **{("ack", "answer-1"): 10, ("feedback.delta", 1): 30, ("feedback.completed", 1): 100},
            **{("question.delta", 2): 107, ("feedback.scored", 1): 190, ("ack", "answer-2"): 300},
            **{("feedback.delta", 2): 350, ("feedback.completed", 2): 400},
            **{("feedback.scored", 2): 401},
        },
        turns=2,
    )
    assert waits == Waits(feedback=[20, 50], question=[7], scores=[90, 1])
