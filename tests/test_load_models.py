"""The measurement of whole servers sees what is lost, and finds what it seeks. No figure is
asserted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from protocol.codec import encode_event
from protocol.events import (
    Event,
    FeedbackCompleted,
    FeedbackDelta,
    FeedbackStarted,
    GenerationFailed,
    Logged,
)
from tests.load.models import seek
from tests.load.reading import Defects
from tests.load.stamps import Replies, StampedReading, StampTally

ROOT = Path(__file__).parents[1]
SMALL = ("--loads", "4", "--seconds", "1", "--seek-from", "0", "--length", "30")

alone = pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="the server wants its own core")


def run(*arguments: str) -> None:
    command = (sys.executable, "-m", *arguments)
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=150)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@alone
@pytest.mark.parametrize("given", [("openai", "viva,naive"), ("gemini", "viva")])
def test_nothing_is_lost(given: tuple[str, str], tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    of_all = ("--api", given[0], "--servers", given[1], "--json", str(figures))
    run("tests.load.models", *SMALL, *of_all)
    loads = json.loads(figures.read_bytes())["loads"]
    assert {load["kind"] for load in loads} == set(given[1].split(","))
    assert all(load["tokens"] and not load["defects"] for load in loads)


@pytest.mark.parametrize("api", ["openai", "gemini"])
def test_what_is_not_wanted_is_closed_upstream(api: str) -> None:
    run("tests.load.leaving", "--api", api, "--samples", "2")


# --- what is sought ------------------------------------------------------------------------------


@pytest.mark.anyio
@pytest.mark.parametrize("start", [20, 100, 400])
@pytest.mark.parametrize("most", [70, 130, 1_000])
async def test_the_most_that_is_borne_is_found(most: int, start: int) -> None:
    tried = []

    async def bears(count: int) -> bool:
        tried.append(count)
        return count <= most

    found = await seek(bears, start)
    assert most * 0.94 <= found <= most
    assert len(tried) == len(set(tried)) <= 14


@pytest.mark.anyio
async def test_a_server_that_bears_nothing_is_given_up() -> None:
    async def bears(count: int) -> bool:
        return False

    assert await seek(bears, 100) == 0


# --- what a client notices -----------------------------------------------------------------------

REPLIES = Replies(length=3, rate=1_000_000)
STARTED = FeedbackStarted(1, 0, "model")


def delta(text: str) -> FeedbackDelta:
    return FeedbackDelta(1, 0, text)


def completed(text: str) -> FeedbackCompleted:
    return FeedbackCompleted(1, 0, "model", text, False)


def read(*events: Event, first: int = 1) -> tuple[Defects, StampTally]:
    """What a client makes of these events, read at 200 µs."""
    defects, tally = Defects(), StampTally()
    reading = StampedReading("iv", 7, REPLIES, defects, tally)
    for seq, event in enumerate(events, first):
        reading.take(encode_event(Logged(1, seq, 0, event)), 200)
    return defects, tally


def test_a_whole_reply_has_no_defects() -> None:
    whole = (STARTED, delta("1.100"), delta(" 2.101 3.105"), completed("1.100 2.101 3.105"))
    defects, tally = read(*whole)
    assert defects == Defects()
    assert tally == StampTally(tokens=3, frames=2, latencies_us=[100, 99], late_us=[0, 0])


def test_a_naive_servers_reply_is_read_as_well() -> None:
    defects, tally = Defects(), StampTally()
    reading = StampedReading("iv", 7, REPLIES, defects, tally)
    for text in ("1.100 ", "2.111 ", "3.102 "):
        reading.take(b'{"type":"delta","text":"%s"}' % text.encode(), 200)
    reading.take(b'{"type":"done"}', 200)
    assert defects == Defects()
    assert tally == StampTally(tokens=3, frames=3, latencies_us=[100, 89, 98], late_us=[0, 10, 0])


@pytest.mark.parametrize(
    ("events", "first", "words"),
    [
        ((STARTED, delta("1.100 "), delta("3.100 ")), 1, "token 3 after 1"),
        ((STARTED, delta("1.100 "), delta("1.100 ")), 1, "token 1 after 1"),
        ((STARTED, delta("1.100 ")), 2, "seq 2 after 0"),
        ((delta("1.100 "), completed("1.101 ")), 1, "the deltas of reply 0 aren't its text"),
        ((delta("1.1 2.1 "), completed("1.1 2.1 ")), 1, "reply 0 has 2 tokens, not one of {1, 3}"),
        ((GenerationFailed(1, "feedback", 0, "x", "Y.", False, True),), 1, "generation.failed: x"),
    ],
)
def test_what_is_wrong_is_noticed(events: tuple[Event, ...], first: int, words: str) -> None:
    defects, _ = read(*events, first=first)
    assert defects.first[0] == f"iv: {words}"
