"""The core against scripted servers (`tests/cases/client`), which other clients run as well."""

import pytest

from tests.protocol.client.script import Case, cases, play

CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case) -> None:
    play(case)


def test_names_are_unique() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
