"""A check that can't fail isn't one: every case passes against a right server, and fails against
one that is wrong in just the way that the case is there to catch.
"""

import pytest

from tests.conformance.catalogue import catalogue
from tests.conformance.run import Outcome
from tests.conformance.wrong.faults import FAULTS
from tests.conformance.wrong.play import Both, play_all

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.timeout(900),
    # A case that is cut off for its time leaves whatever it was opening to be collected.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

PARALLEL = 48
# A stream that is too quick to be cut short, or a server to be met, is no server's fault: it shows
# nothing of a right one, nor of a wrong one.
TOO_QUICK = (
    "the stream was whole before it could be cut short",
    "the question was whole before it could be cut short",
    "the feedback was whole before it could be cut short",
    "a hint ends before it can be cancelled",
    "the feedback ends before the pause can come",
    "it was gone before it could refuse anything",
)
# What a case may be skipped for.
KNOWN = (
    *TOO_QUICK,
    "the server is known not to have it (--without)",
    "it takes more than a minute (--patient)",
    "its shortest time limit is over 30 s",
)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """The event loop that the client is made for: asyncio's own."""
    return "asyncio"


@pytest.fixture(scope="module")
async def played(anyio_backend: str) -> list[Both]:
    """Every case over one of its transports, which are taken in turn."""
    cases = enumerate(catalogue().values())
    pairs = [(case, case.over[number % len(case.over)]) for number, case in cases]
    return await play_all(pairs, parallel=PARALLEL)


def said(outcome: Outcome) -> str:
    return f"{outcome.name} {outcome.verdict}: {outcome.why}"


async def test_every_case_has_a_fault_and_every_fault_a_case() -> None:
    cases = catalogue()
    without = [id for id in cases if id not in FAULTS]
    assert not without, "these cases have no fault"
    assert not FAULTS.keys() - cases.keys(), "these faults have no case"


async def test_a_right_server_passes(played: list[Both]) -> None:
    failed = [both.right for both in played if both.right.verdict == "failed"]
    assert not failed, "\n".join(map(said, failed))


async def test_nothing_is_skipped_for_another_reason_than_those_known(played: list[Both]) -> None:
    skipped = [both.right for both in played if both.right.verdict == "skipped"]
    unforeseen = [said(each) for each in skipped if each.why not in KNOWN]
    assert not unforeseen, "\n".join(unforeseen)


async def test_each_fault_is_caught_by_its_case(played: list[Both]) -> None:
    missed = [
        f"{said(both.wrong)} — the server {FAULTS[both.wrong.case.id].words}"
        for both in played
        if both.right.verdict == "passed" and both.wrong is not None
        if not both.caught and both.wrong.why not in TOO_QUICK
    ]
    assert not missed, "\n".join(missed)
