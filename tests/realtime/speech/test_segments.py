"""When somebody speaks, and what is transcribed: by examples and by thousands of random answers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

import pytest

from realtime.speech.segments import (
    LEAD_IN_MS,
    LONGEST_CLOSING_PAUSE_MS,
    MAX_SEGMENT_MS,
    MAX_STRETCHES,
    MIN_SPEECH_WINDOWS,
    OFFSET,
    ONSET,
    PAUSE_WINDOWS,
    TAIL_MS,
    WINDOW_MS,
    Closed,
    Paused,
    Resumed,
    Segmenter,
    SpeechBegan,
    SpeechEnded,
    SpeechEvent,
    Stretch,
    Window,
    closing_pause_ms,
)

PAUSE_MS = PAUSE_WINDOWS * WINDOW_MS
SPEECH = Window(0.95, -20.0)
SILENCE = Window(0.02, -70.0)


def windows(*spans_ms: int) -> list[Window]:
    """Silence, speech, silence … so long each, in whole windows."""
    return [
        (SILENCE, SPEECH)[i % 2]
        for i, span_ms in enumerate(spans_ms)
        for _ in range(span_ms // WINDOW_MS)
    ]


def heard(*spans_ms: int) -> tuple[Segmenter, list[SpeechEvent]]:
    segmenter = Segmenter()
    return segmenter, segmenter.feed(windows(*spans_ms))


# --- Marks


def test_an_answer_from_its_first_word_to_its_end() -> None:
    segmenter, events = heard(960, 1_600, 1_280)
    assert events == [
        SpeechBegan(960),
        SpeechEnded(2_560),
        Paused(960 - LEAD_IN_MS, 2_560 + TAIL_MS),
        Closed(960 - LEAD_IN_MS, 2_560 + TAIL_MS),
    ]
    assert segmenter.stretches == ((960, 2_560),)
    assert segmenter.speech_ms == 1_600
    assert segmenter.stretches[-1].end_ms == 2_560


def test_speech_is_told_when_it_has_lasted() -> None:
    segmenter = Segmenter()
    assert segmenter.feed([SPEECH] * (MIN_SPEECH_WINDOWS - 1)) == []
    assert (segmenter.speaking, segmenter.decided_ms) == (False, 0)
    assert not segmenter.stretches
    assert segmenter.feed([SPEECH]) == [SpeechBegan(0)]
    assert (segmenter.speaking, segmenter.decided_ms) == (True, segmenter.heard_ms)


def test_a_pause_is_told_when_it_has_lasted() -> None:
    segmenter, _ = heard(0, 640)
    assert segmenter.feed([SILENCE] * (PAUSE_WINDOWS - 1)) == []
    assert segmenter.speaking
    assert segmenter.feed([SILENCE]) == [SpeechEnded(640), Paused(0, 640 + TAIL_MS)]
    assert not segmenter.speaking


def test_a_click_is_no_speech() -> None:
    segmenter, events = heard(960, 64, 960, 64, 960)
    assert events == []
    assert segmenter.flush(segmenter.heard_ms) == []
    assert segmenter.stretches == ()
    assert segmenter.speech_ms == 0


def test_a_closure_within_a_word_is_no_pause() -> None:
    _, events = heard(0, 320, 192, 64, 192, 320)
    assert events == [SpeechBegan(0)]


def test_a_click_in_a_pause_does_not_end_it() -> None:
    segmenter, events = heard(0, 640, 320, 64, 320)
    assert events == [SpeechBegan(0), SpeechEnded(640), Paused(0, 640 + TAIL_MS)]
    assert segmenter.stretches == ((0, 640),)


def test_speech_begins_loud_and_goes_on_quieter() -> None:
    below = Window((ONSET + OFFSET) / 2, -30.0)
    segmenter = Segmenter()
    assert segmenter.feed([below] * 10) == []
    assert segmenter.feed([SPEECH] + [below] * 9) == [SpeechBegan(320)]
    assert segmenter.feed([SILENCE] + [below] * (PAUSE_WINDOWS - 1))[0] == SpeechEnded(640)


# --- Segments


def test_speech_after_a_short_pause_is_the_same_segment() -> None:
    _, events = heard(960, 1_280, 640, 1_280, 320)
    assert events == [
        SpeechBegan(960),
        SpeechEnded(2_240),
        Paused(760, 2_240 + TAIL_MS),
        SpeechBegan(2_880),
        Resumed(2_880),
        SpeechEnded(4_160),
        Paused(760, 4_160 + TAIL_MS),
    ]


@pytest.mark.parametrize(
    ("segment_ms", "pause_ms"),
    [(0, 992), (3_000, 992), (9_000, 608), (15_000, PAUSE_MS), (24_000, PAUSE_MS)],
)
def test_the_longer_a_segment_the_shorter_the_pause_that_closes_it(
    segment_ms: int, pause_ms: int
) -> None:
    assert closing_pause_ms(segment_ms) == pause_ms


@pytest.mark.parametrize("speech_ms", [320, 2_976, 6_400, 9_600, 14_400, 20_000])
def test_a_pause_closes_a_segment_once_it_has_lasted(speech_ms: int) -> None:
    segmenter, events = heard(0, speech_ms)
    needed_ms = closing_pause_ms(speech_ms)
    while not isinstance((events := events + segmenter.feed([SILENCE]))[-1], Closed):
        assert segmenter.heard_ms - speech_ms < LONGEST_CLOSING_PAUSE_MS
    assert 0 <= segmenter.heard_ms - speech_ms - needed_ms < WINDOW_MS
    assert events[-2:] == [Paused(0, speech_ms + TAIL_MS), Closed(0, speech_ms + TAIL_MS)]


def test_a_segment_begins_where_the_last_one_ended_if_that_is_near() -> None:
    _, events = heard(0, 14_976, 256, 320, 992)
    closed = [event for event in events if isinstance(event, Closed)]
    assert closed == [
        Closed(0, 14_976 + TAIL_MS),
        Closed(14_976 + TAIL_MS, 15_552 + TAIL_MS),
    ]


def test_speech_without_a_pause_is_cut_where_it_is_quietest() -> None:
    speech = windows(0, 26_000)
    quiet = 20_000 // WINDOW_MS
    speech[quiet - 1 : quiet + 2] = [Window(0.9, -45.0)] * 3
    segmenter = Segmenter()
    events = segmenter.feed(speech)
    cut_ms = quiet * WINDOW_MS + WINDOW_MS // 2
    assert events == [SpeechBegan(0), Closed(0, cut_ms)]
    assert segmenter.segment_start_ms == cut_ms
    assert segmenter.flush(25_990)[-1] == Closed(cut_ms, 25_990)


def test_speech_that_is_nowhere_quieter_is_cut_late_and_with_speech_left() -> None:
    _, events = heard(0, 60_000)
    cuts_ms = [event.end_ms for event in events if isinstance(event, Closed)]
    reached_ms = 0
    for cut_ms in cuts_ms:
        assert MAX_SEGMENT_MS - 1_000 < cut_ms - reached_ms < MAX_SEGMENT_MS
        reached_ms = cut_ms
    assert len(cuts_ms) == 2


def test_a_cut_leaves_speech_to_the_segment_after_it() -> None:
    longest_ms = MAX_SEGMENT_MS - TAIL_MS
    speech = windows(0, longest_ms)
    segmenter = Segmenter()
    assert segmenter.feed(speech) == [SpeechBegan(0)]
    [closed] = segmenter.feed([Window(0.9, -90.0)])
    assert isinstance(closed, Closed)
    assert segmenter.heard_ms - closed.end_ms >= MIN_SPEECH_WINDOWS * WINDOW_MS


def test_what_a_pause_began_is_what_the_end_wants() -> None:
    segmenter, events = heard(960, 1_280, 320)
    assert events[-1] == Paused(760, 2_400)
    assert segmenter.flush(segmenter.heard_ms) == [Closed(760, 2_400)]


# --- The answer's end


def test_the_end_in_mid_speech_ends_it_there() -> None:
    segmenter, _ = heard(320, 640)
    assert segmenter.flush(950) == [SpeechEnded(950), Closed(120, 950)]
    assert segmenter.stretches == ((320, 950),)


def test_the_end_within_the_last_window_that_was_not_fed() -> None:
    segmenter, _ = heard(320, 640)
    assert segmenter.flush(975) == [SpeechEnded(960), Closed(120, 975)]


def test_the_end_before_what_was_heard() -> None:
    """An answer that was stopped with fewer bytes than had come."""
    segmenter, _ = heard(960, 640)
    assert segmenter.flush(700) == [SpeechEnded(960)]
    assert segmenter.speech_ms == 0


def test_an_answer_without_speech() -> None:
    segmenter, events = heard(10_000)
    assert events == [] == segmenter.flush(10_000)
    assert not segmenter.stretches


def test_places_are_bounded_however_long_the_noise() -> None:
    segmenter, _ = heard(*[320, 96] * (MAX_STRETCHES + 10))
    assert len(segmenter.stretches) == MAX_STRETCHES
    assert segmenter.stretches[-1].end_ms == segmenter.heard_ms


# --- Random answers


@dataclass(frozen=True)
class Answer:
    windows: list[Window]
    at_ms: int


def random_answer(seed: int) -> Answer:
    """Stretches of speech, silence and doubt, from one window to half a minute long."""
    random = Random(seed)
    heard: list[Window] = []
    for _ in range(random.randint(1, 25)):
        centre = random.choice([0.02, 0.02, 0.45, 0.95, 0.95])
        longest_ms = random.choice([64, 64, 300, 300, 300, 1_000, 1_000, 4_000, 30_000])
        for _ in range(random.randint(1, longest_ms // WINDOW_MS)):
            probability = min(1.0, max(0.0, random.gauss(centre, 0.1)))
            heard.append(Window(probability, random.uniform(-70, -10)))
    return Answer(heard, len(heard) * WINDOW_MS - random.randrange(WINDOW_MS))


def in_pieces(items: Sequence[Window], random: Random) -> Iterator[Sequence[Window]]:
    at = 0
    while at < len(items):
        step = random.choice([1, 2, 3, 7, 50])
        yield items[at : at + step]
        at += step


def spoken(heard: Sequence[Window]) -> list[Stretch]:
    """Where there is speech, by its definition: runs of windows, joined over less than a pause;
    out of a pause a run leads that is long enough.
    """
    runs: list[list[int]] = []
    voiced = False
    for i, window in enumerate(heard):
        was, voiced = voiced, window.probability >= (OFFSET if voiced else ONSET)
        if voiced and not was:
            runs.append([i, i])
        if voiced:
            runs[-1][1] = i + 1
    joined: list[list[int]] = []
    for start, end in runs:
        if joined and start - joined[-1][1] < PAUSE_WINDOWS:
            joined[-1][1] = end
        elif end - start >= MIN_SPEECH_WINDOWS:
            joined.append([start, end])
    return [Stretch(start * WINDOW_MS, end * WINDOW_MS) for start, end in joined]


def marks_are_speech(events: Sequence[SpeechEvent], stretches: Sequence[Stretch]) -> None:
    marks = [event for event in events if isinstance(event, SpeechBegan | SpeechEnded)]
    assert marks == [
        mark
        for stretch in stretches
        for mark in (SpeechBegan(stretch.start_ms), SpeechEnded(stretch.end_ms))
    ]


def segments_hold_all_speech(segments: Sequence[Closed], stretches: Sequence[Stretch]) -> None:
    for before, after in pairwise(segments):
        assert before.end_ms <= after.start_ms
    for segment in segments:
        assert 0 < segment.end_ms - segment.start_ms <= MAX_SEGMENT_MS
        assert any(
            stretch.start_ms < segment.end_ms and segment.start_ms < stretch.end_ms
            for stretch in stretches
        )
    for stretch in stretches:
        reached_ms = stretch.start_ms
        for segment in segments:
            if segment.start_ms <= reached_ms:
                reached_ms = max(reached_ms, segment.end_ms)
        assert reached_ms >= stretch.end_ms


def events_are_in_order(events: Sequence[SpeechEvent]) -> None:
    """Paused segments are resumed, or closed as they were paused."""
    paused: Paused | None = None
    for event in events:
        match event:
            case Paused():
                assert paused is None
                paused = event
            case Resumed(at_ms):
                assert paused is not None
                assert at_ms >= paused.end_ms - TAIL_MS + PAUSE_MS
                paused = None
            case Closed(start_ms, end_ms):
                assert paused is None or (start_ms, end_ms) == (paused.start_ms, paused.end_ms)
                paused = None
            case _:
                pass


@pytest.mark.parametrize("block", range(10))
def test_random_answers(block: int) -> None:
    for seed in range(block * 100, (block + 1) * 100):
        answer = random_answer(seed)
        segmenter = Segmenter()
        events = segmenter.feed(answer.windows) + segmenter.flush(answer.at_ms)
        stretches = [
            stretch._replace(end_ms=min(stretch.end_ms, answer.at_ms))
            for stretch in spoken(answer.windows)
        ]
        assert segmenter.stretches == tuple(stretches), seed
        marks_are_speech(events, stretches)
        segments = [event for event in events if isinstance(event, Closed)]
        segments_hold_all_speech(segments, stretches)
        events_are_in_order(events)


@pytest.mark.parametrize("block", range(10))
def test_random_answers_in_pieces(block: int) -> None:
    """The same events in any pieces; nothing is asked for that was said not to be needed."""
    for seed in range(block * 50, (block + 1) * 50):
        answer = random_answer(seed)
        whole = Segmenter()
        expected = whole.feed(answer.windows) + whole.flush(answer.at_ms)
        segmenter = Segmenter()
        events: list[SpeechEvent] = []
        needed_from_ms = 0
        for piece in in_pieces(answer.windows, Random(seed)):
            told = segmenter.feed(piece)
            closed = [event for event in told if isinstance(event, Closed)]
            assert all(event.start_ms >= needed_from_ms for event in closed)
            assert segmenter.needed_from_ms >= needed_from_ms
            needed_from_ms = segmenter.needed_from_ms
            events += told
        assert events + segmenter.flush(answer.at_ms) == expected, seed
