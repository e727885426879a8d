"""Ten thousand random interviews; what has to hold is checked as they go.

`make nightly` plays many more.
"""

from collections.abc import Iterable

import pytest

from tests.simulation.__main__ import main
from tests.simulation.simulation import Figures, simulate

IN_A_TEST = 500
EVERY_TIME = range(0, 10_000, IN_A_TEST)


def play(seeds: Iterable[int]) -> Figures:
    total = Figures()
    for seed in seeds:
        try:
            total.add(simulate(seed))
        except Exception as error:
            error.add_note(f"python -m tests.simulation --seed {seed}")
            raise
    return total


@pytest.mark.parametrize("first", EVERY_TIME)
def test_interviews(first: int) -> None:
    total = play(range(first, first + IN_A_TEST))
    assert total.interviews == IN_A_TEST
    # What was never tried has not been shown.
    assert min(total.events, total.acks, total.crashes) > IN_A_TEST


def test_a_seed_plays_the_same_interview_again() -> None:
    assert simulate(7) == simulate(7)


def test_interviews_can_be_played_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "7", "--count", "2"]) == 0
    assert "interviews=2" in capsys.readouterr().out
