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
    FeedbackScored,
    FeedbackStarted,
    GenerationFailed,
    Logged,
    QuestionCompleted,
    QuestionDelta,
    QuestionStarted,
)
from protocol.view import Score
from realtime.interviewer.leading.fair_copy import MOST_CHARS
from realtime.interviewer.leading.reviewing import MOST_OF_QUESTION
from tests.load.chunks import STAMPED_CHARS
from tests.load.models import seek
from tests.load.provider import Turn
from tests.load.reading import Defects
from tests.load.stamps import LONGEST, Replies, StampedReading, StampTally

ROOT = Path(__file__).parents[1]
SMALL = ("--loads", "4", "--seconds", "6", "--seek-from", "0", "--length", "60")

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
    for load in loads:
        turn = Turn(**load["turn"])
        assert turn.told == 60
        sectioned = load["kind"] == "viva"
        assert bool(load["scored"]) == bool(turn.gulped) == bool(turn.marks) == sectioned


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
SESSION = 7
ASKED = (QuestionStarted(1, 1, "main", "design", None), QuestionDelta(1, "1.90"))
PUT = (*ASKED, QuestionCompleted(1, "1.90"))


def fed(*texts: str) -> tuple[Event, ...]:
    """Feedback on the first answer, up to its end."""
    return (FeedbackStarted(1, 0, "model"), *(FeedbackDelta(1, 0, text) for text in texts))


def completed(text: str) -> FeedbackCompleted:
    return FeedbackCompleted(1, 0, "model", text, False)


def read(*events: Event, first: int = 1) -> tuple[Defects, StampTally]:
    """What a client makes of these events, read at 200 µs."""
    defects, tally = Defects(), StampTally()
    reading = StampedReading("iv", SESSION, REPLIES, defects, tally)
    for seq, event in enumerate(events, first):
        reading.take(encode_event(Logged(1, seq, 0, event)), 200)
    return defects, tally


def test_a_whole_turn_has_no_defects() -> None:
    defects, tally = read(
        *PUT,
        *fed("1.100"),
        completed("1.100"),
        QuestionStarted(2, 2, "main", "design", None),
        QuestionDelta(2, "2.150"),
        QuestionCompleted(2, "2.150"),
        FeedbackScored(1, 0, (Score("Intent", 3, 5, ("so",)),), None),
        *fed("1.100", " 2.107"),
        completed("1.100 2.107"),
    )
    assert defects == Defects()
    assert tally == StampTally(5, 5, 1, [110, 100, 50, 100, 93], [0, 0, 0, 0, 6])


def test_frames_of_several_tokens_are_counted_once() -> None:
    defects, tally = read(*fed("1.100 2.101"), first=1)
    assert defects == Defects()
    assert tally == StampTally(tokens=2, frames=1, latencies_us=[100], late_us=[0])


def test_a_naive_servers_reply_is_read_as_well() -> None:
    defects, tally = Defects(), StampTally()
    reading = StampedReading("iv", SESSION, REPLIES, defects, tally)
    for replied in (("1.100 ",), ("1.100 ", "2.111 "), ("1.90 ", "2.91 ", "3.92 ")):
        for text in replied:
            reading.take(b'{"type":"delta","text":"%s"}' % text.encode(), 200)
        reading.take(b'{"type":"done"}', 200)
    assert defects == Defects()
    assert tally.latencies_us == [100, 100, 89, 110, 109, 108]
    assert tally.late_us == [0, 0, 10, 0, 0, 0]


@pytest.mark.parametrize(
    ("events", "first", "words"),
    [
        (fed("1.100 ", "3.100 "), 1, "token 3 after 1"),
        (fed("1.100 ", "1.100 "), 1, "token 1 after 1"),
        (fed("1.100 "), 2, "seq 2 after 0"),
        (fed("so "), 1, "what no provider said: 'so'"),
        (
            (*PUT, *fed("1.100 "), completed("1.101 ")),
            1,
            "feedback.completed of reply 1: the deltas aren't its text",
        ),
        (
            (*PUT, *fed("1.1 2.1 "), completed("1.1 2.1 ")),
            1,
            "feedback.completed of reply 1: 2 tokens, not 1",
        ),
        (
            (*PUT, *fed("1.1 "), completed("1.1 "), *ASKED),
            1,
            "token 1 after 1",
        ),
        ((FeedbackScored(1, 0, None, "Why."),), 1, "no scores: Why."),
        ((GenerationFailed(1, "feedback", 0, "x", "Y.", False, True),), 1, "generation.failed: x"),
    ],
)
def test_what_is_wrong_is_noticed(events: tuple[Event, ...], first: int, words: str) -> None:
    defects, _ = read(*events, first=first)
    assert defects.first[0] == f"iv: {words}"


@pytest.mark.parametrize("length", [2, 30, LONGEST])
def test_a_turns_text_fits_into_its_sections(length: int) -> None:
    replies = Replies(length, 30)
    assert sum(replies.sections(SESSION, 2)) == length
    turns = [replies.sections(session, 1) for session in range(100)]
    assert all(0 < sum(each) <= length and min(each) > 0 for each in turns)
    feedback, question = replies.sections(SESSION, 2)
    assert feedback * STAMPED_CHARS <= MOST_CHARS
    assert question * STAMPED_CHARS <= MOST_OF_QUESTION
