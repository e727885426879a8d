"""The smoke at scale sees what is lost: small, with all that it takes, and where a feed is broken
on purpose. No figure is asserted.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from protocol.codec import encode_event
from protocol.events import Event, Logged, QuestionCompleted, QuestionDelta, QuestionStarted
from tests.load.reading import Defects, Reading, Tally

ROOT = Path(__file__).parents[1]
SMALL = ("--idle", "20", "--streaming", "5", "--seconds", "3")


def scale(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-m", "tests.load.scale", *SMALL, *arguments)
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("transport", ["ws", "sse"])
def test_nothing_is_lost(transport: str, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    ended = scale("--transport", transport, "--json", str(figures))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "nothing lost" in ended.stdout
    told = json.loads(figures.read_bytes())
    assert told["tokens"] > 0
    assert told["defects"] == 0


def test_a_token_that_is_left_out_is_missed() -> None:
    ended = scale("--leave-out", "10")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "token 11 after 9" in ended.stdout


# --- what a client notices -----------------------------------------------------------------------

STARTED = QuestionStarted(1, 1, "main", "design", None)
FIRST, SECOND = QuestionDelta(1, "1.100 "), QuestionDelta(1, "2.150 3.160 ")
WHOLE = QuestionCompleted(1, "1.100 2.150 3.160 ")


def read(*events: Event, seqs: tuple[int, ...] = ()) -> tuple[Defects, Tally]:
    """What a client makes of these events, read at 200 µs; numbered from 1 unless told."""
    defects, tally = Defects(), Tally()
    reading = Reading("iv", True, defects, tally)
    for seq, event in zip(seqs or range(1, len(events) + 1), events, strict=True):
        reading.take(encode_event(Logged(1, seq, 0, event)), 200)
    return defects, tally


def test_a_whole_stream_has_no_defects() -> None:
    defects, tally = read(STARTED, FIRST, SECOND, WHOLE)
    assert defects == Defects()
    assert tally == Tally(tokens=3, frames=2, latencies_us=[100, 50])


@pytest.mark.parametrize(
    ("events", "seqs", "words"),
    [
        ((STARTED, FIRST, SECOND), (1, 2, 4), "seq 4 after 2"),
        ((STARTED, FIRST, SECOND), (1, 2, 2), "seq 2 after 2"),
        ((STARTED, SECOND), (), "token 2 after 0"),
        ((STARTED, FIRST, FIRST), (), "token 1 after 1"),
        ((FIRST,), (), "question.delta of no stream, turn 1"),
        ((STARTED, FIRST, WHOLE), (), "the deltas of question.completed, turn 1, aren't its text"),
    ],
)
def test_what_is_wrong_is_noticed(
    events: tuple[Event, ...], seqs: tuple[int, ...], words: str
) -> None:
    defects, _ = read(*events, seqs=seqs)
    assert defects == Defects(1, [f"iv: {words}"])
