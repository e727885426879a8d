"""When silence ends an answer: by examples, and within its bounds whatever the speaker does."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.speech.completeness import Completeness
from realtime.speech.endpointing import MAX_SILENCE_MS, MIN_SILENCE_MS, Endpointer
from realtime.speech.segments import Closed, Paused, Resumed, SpeechBegan, SpeechEnded
from tests.load.endpointing import adapted, random_answer

ROOT = Path(__file__).parents[3]
SILENCE_MS = 1_000
MEANINGS: tuple[Completeness | None, ...] = (*get_args(Completeness), None)

Pause = tuple[int, Completeness | None]
pauses_in_an_answer = st.lists(
    st.tuples(st.integers(224, 30_000), st.sampled_from(MEANINGS)), max_size=30
)


def after(pauses: Sequence[Pause], silence_ms: int = SILENCE_MS) -> Endpointer:
    """A speaker who paused so, each time after a second of speech, and is silent now."""
    endpointer = Endpointer(silence_ms)
    at_ms = 0
    endpointer.take(SpeechBegan(at_ms))
    for pause_ms, meaning in pauses:
        endpointer.take(SpeechEnded(at_ms + 1_000))
        at_ms += 1_000 + pause_ms
        endpointer.take(SpeechBegan(at_ms), meaning)
    endpointer.take(SpeechEnded(at_ms + 1_000))
    return endpointer


def test_nothing_ends_before_there_was_speech() -> None:
    endpointer = Endpointer(SILENCE_MS)
    assert [endpointer.end_ms(meaning) for meaning in MEANINGS] == [None] * len(MEANINGS)


def test_nothing_ends_while_somebody_speaks() -> None:
    endpointer = Endpointer(SILENCE_MS)
    endpointer.take(SpeechBegan(500))
    assert endpointer.end_ms("finished") is None
    endpointer.take(SpeechEnded(2_000))
    endpointer.take(SpeechBegan(2_400), "finished")
    assert endpointer.end_ms("finished") is None


@pytest.mark.parametrize(
    ("meaning", "end_ms"),
    [
        ("finished", 2_750),
        ("unknown", 3_000),
        ("unfinished", 4_000),
        ("filler", 4_500),
        (None, 4_000),
    ],
)
def test_what_was_said_counts(meaning: Completeness | None, end_ms: int) -> None:
    endpointer = Endpointer(SILENCE_MS)
    endpointer.take(SpeechBegan(0))
    endpointer.take(SpeechEnded(2_000))
    assert endpointer.end_ms(meaning) == end_ms


def test_the_end_is_the_same_whenever_it_is_asked() -> None:
    endpointer = after([(600, "unfinished"), (800, "finished")])
    early = endpointer.end_ms("finished")
    assert endpointer.end_ms(None) != early
    for event in (Paused(0, 5_000), Closed(0, 5_000), Resumed(6_000)):
        endpointer.take(event)
    assert endpointer.end_ms("finished") == early


def test_speech_takes_the_end_back() -> None:
    endpointer = after([])
    assert endpointer.end_ms("finished") == 1_750
    endpointer.take(SpeechBegan(1_700), "finished")
    assert endpointer.end_ms("finished") is None
    endpointer.take(SpeechEnded(3_000))
    end_ms = endpointer.end_ms("finished")
    assert end_ms is not None
    assert end_ms > 3_750


def test_a_speaker_who_thinks_long_is_given_more() -> None:
    thresholds = [after([(1_500, "unknown")] * n).threshold_ms("unknown") for n in range(4)]
    assert thresholds == sorted(set(thresholds))
    assert thresholds[0] == SILENCE_MS
    assert thresholds[-1] > 1_500


def test_a_speaker_who_pauses_briefly_is_given_less_but_slowly() -> None:
    after_one, after_many = (
        after([(300, "finished")] * n).threshold_ms("finished") for n in (1, 20)
    )
    assert 700 < after_one < 750
    assert 500 <= after_many < after_one


def test_a_long_pause_in_a_clause_teaches_less_than_one_after_a_sentence() -> None:
    in_a_clause, after_a_sentence = (
        after([(1_500, meaning)]).threshold_ms("finished") for meaning in ("unfinished", "finished")
    )
    assert in_a_clause < after_a_sentence


@given(st.integers(MIN_SILENCE_MS, MAX_SILENCE_MS), pauses_in_an_answer)
def test_never_sooner_than_half_never_later_than_three_times(
    silence_ms: int, pauses: list[Pause]
) -> None:
    endpointer = after(pauses, silence_ms)
    thresholds = [endpointer.threshold_ms(meaning) for meaning in MEANINGS]
    assert min(thresholds) >= silence_ms // 2
    assert max(thresholds) <= silence_ms * 3


@given(pauses_in_an_answer)
def test_the_more_is_open_the_longer(pauses: list[Pause]) -> None:
    endpointer = after(pauses)
    thresholds = [
        endpointer.threshold_ms(meaning)
        for meaning in ("finished", "unknown", "unfinished", "filler")
    ]
    assert thresholds == sorted(thresholds)
    assert endpointer.threshold_ms(None) == endpointer.threshold_ms("unfinished")


@pytest.mark.parametrize("silence_ms", [MIN_SILENCE_MS - 1, MAX_SILENCE_MS + 1])
def test_other_silences_are_refused(silence_ms: int) -> None:
    with pytest.raises(ValueError, match=str(silence_ms)):
        Endpointer(silence_ms)


# --- Through the segmenter, window by window


@pytest.mark.parametrize("silence_ms", [MIN_SILENCE_MS, SILENCE_MS, MAX_SILENCE_MS])
def test_random_answers_end_in_silence_of_at_least_a_half(silence_ms: int) -> None:
    for seed in range(50):
        answer = random_answer("ko", Random(seed))
        ended_ms = adapted(answer, silence_ms)
        speech_end_ms = 0
        for piece in answer.pieces:
            speech_end_ms += piece.speech_ms
            if piece is answer.pieces[-1] or ended_ms <= speech_end_ms + piece.pause_ms:
                break
            speech_end_ms += piece.pause_ms
        assert ended_ms - speech_end_ms >= silence_ms // 2


def test_the_comparison_runs() -> None:
    command = (sys.executable, "-m", "tests.load.endpointing", "20")
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    names = [line.split("  ")[0] for line in ended.stdout.splitlines()[3:]]
    assert names[:3] == ["fixed 0.5 s", "fixed 1 s", "fixed 2 s"]
    assert all(name.startswith("silence_ms") for name in names[3:])
