"""A hundred thousand steps of random interviews, whole (`tests.simulation.whole`), and wrong
servers that have to be found out. `make simulate` plays as many as one likes.
"""

import os
import re
import subprocess
import sys

import pytest

from tests.simulation.whole.__main__ import attempt, main
from tests.simulation.whole.mutants import ACTORS, HEARINGS, LOGS, WORKS, AcksEarly, Part, infected
from tests.simulation.whole.play import play
from tests.simulation.whole.world import Broken, Figures

STEPS_IN_A_TEST = 10_000
TESTS = 10
WORLDS_APART = 1_000
# Within so many worlds a wrong server is found out.
WORLDS_FOR_A_MUTANT = 200


@pytest.mark.parametrize("first", range(0, TESTS * WORLDS_APART, WORLDS_APART))
def test_worlds(first: int) -> None:
    total = Figures()
    while total.steps < STEPS_IN_A_TEST:
        total.add(play(first + total.worlds).figures)
    # What was never tried has not been shown.
    assert total.events > STEPS_IN_A_TEST // 10
    assert min(total.acks, total.resumed, total.wakings) > STEPS_IN_A_TEST // 100


@pytest.mark.parametrize("wrong", [*ACTORS, *LOGS, *HEARINGS, *WORKS])
def test_a_wrong_server_is_found_out(wrong: type[Part]) -> None:
    with pytest.raises(Broken):
        for seed in range(WORLDS_FOR_A_MUTANT):
            play(seed, directory=infected(wrong))


def test_what_fails_tells_its_story() -> None:
    failure = attempt(0, infected(AcksEarly)).failure
    assert failure is not None
    assert "FAILED: " in failure
    assert "is acknowledged and not stored" in failure


def test_a_seed_plays_the_same_world_again(capsys: pytest.CaptureFixture[str]) -> None:
    """Here, and in a process whose hashes and addresses are others."""
    outcome = play(7)
    assert play(7) == outcome
    command = [sys.executable, "-m", "tests.simulation.whole", "--seed", "7"]
    other = subprocess.run(
        command,
        env={**os.environ, "PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert outcome.hash in other.stdout
    assert main(["--seed", "7", "--tell"]) == 0
    assert outcome.hash in capsys.readouterr().out


def test_worlds_can_be_played_by_name_on_all_cores(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "7", "--count", "41", "--jobs", "2"]) == 0
    assert re.search(r"worlds=41, .*, 0 failed", capsys.readouterr().out)
