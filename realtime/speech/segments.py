"""From probabilities of speech to speech: when somebody speaks, and which stretches to transcribe.

Pure: it takes windows of 32 ms in their order, and knows no clock. All places are milliseconds of
the answer's audio, so the same audio gives the same events, however it arrived.

- *Speech* begins with a window of at least 0.5 and goes on while windows have at least 0.35. Those
  are Silero's own thresholds: a word's quieter end must not end it.
- A *pause* begins when 224 ms were silent. The closures within words stay below 200 ms, and from
  250 ms on, silence is counted as a pause of the speaker's (De Jong and Bosker, "Choosing a
  threshold for silent pauses to measure second language fluency", 2013).
- Out of a pause only 96 ms of speech lead. A click or a tap is one or two windows; the shortest
  answers ("네", "no") are four or more.
- A *segment* is a stretch to transcribe: speech, 200 ms before it and 160 ms after it. It is closed
  by a pause: of 992 ms while it is short, of any length once it has 15 s. For Whisper pads all
  audio to 30 s and 5 s cost as much as 25, and words are recognised better with their neighbours;
  but a long one must end, and speech that never pauses is cut at 25 s, at its quietest place.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

WINDOW_MS = 32

ONSET = 0.5
OFFSET = 0.35

PAUSE_WINDOWS = 7
MIN_SPEECH_WINDOWS = 3

LEAD_IN_MS = 200
TAIL_MS = 160

# The pause that closes a segment: `LONGEST` up to so much of it, then ever less, down to any pause.
LONGEST_CLOSING_PAUSE_MS = 992
SHORT_SEGMENT_MS = 3_000
LONG_SEGMENT_MS = 15_000

# Speech without a pause is cut so that no segment exceeds this, in the last so much of it.
MAX_SEGMENT_MS = 25_000
CUT_WITHIN_MS = 10_000

# More than 10 minutes can hold: a stretch and its pause have 320 ms at least.
MAX_STRETCHES = 2_048


class Window(NamedTuple):
    """32 ms of audio: how likely somebody speaks (0 to 1), and its level (dB of full scale)."""

    probability: float
    level_db: float


class Stretch(NamedTuple):
    """From one place in the answer's audio to another."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """Somebody speaks from `at_ms` on; told when he has spoken for 96 ms."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """Nobody speaks from `at_ms` on; told when that lasted for 224 ms, or the answer ended."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class Paused:
    """If nothing more is said, this is the segment to transcribe: begin now, and it is done when it
    is wanted. The segment that `Closed` tells is the last one paused, or else a longer one.
    """

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Resumed:
    """Speech went on in the same segment: what was paused is not the whole of it."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class Closed:
    """A segment to transcribe for good; it overlaps no other."""

    start_ms: int
    end_ms: int


SpeechEvent = SpeechBegan | SpeechEnded | Paused | Resumed | Closed


def closing_pause_ms(segment_ms: int) -> int:
    """How long a pause closes a segment that has `segment_ms` up to the pause."""
    shortest_ms = PAUSE_WINDOWS * WINDOW_MS
    beyond_short = min(max(segment_ms - SHORT_SEGMENT_MS, 0), LONG_SEGMENT_MS - SHORT_SEGMENT_MS)
    less_ms = (LONGEST_CLOSING_PAUSE_MS - shortest_ms) * beyond_short
    return LONGEST_CLOSING_PAUSE_MS - less_ms // (LONG_SEGMENT_MS - SHORT_SEGMENT_MS)


class Segmenter:
    """One answer's speech: its marks, its segments, and where it was."""

    def __init__(self) -> None:
        self._heard_windows = 0
        # Whether the last window was speech; whether somebody speaks, by more than one window.
        self._voiced = False
        self._speaking = False
        # Windows of speech in a row that don't lead out of the pause yet.
        self._burst_windows = 0
        self._stretches: list[Stretch] = []
        self._segment_start_ms: int | None = None
        self._closed_end_ms = 0
        self._levels: deque[float] = deque(maxlen=CUT_WITHIN_MS // WINDOW_MS)

    @property
    def heard_ms(self) -> int:
        """How much audio was taken so far."""
        return self._heard_windows * WINDOW_MS

    @property
    def decided_ms(self) -> int:
        """Up to where it is decided what is speech: not within a burst that may yet become it."""
        return self.heard_ms - self._burst_windows * WINDOW_MS

    @property
    def speaking(self) -> bool:
        """Whether somebody speaks: between `SpeechBegan` and `SpeechEnded`."""
        return self._speaking

    @property
    def segment_start_ms(self) -> int | None:
        """Where the open segment begins: what a partial transcript is made from. None: none is."""
        return self._segment_start_ms

    @property
    def needed_from_ms(self) -> int:
        """Audio before this place is in no segment to come."""
        if self._segment_start_ms is not None:
            return self._segment_start_ms
        return max(self._closed_end_ms, self.decided_ms - LEAD_IN_MS)

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """Where somebody spoke, in order; the last one grows while he speaks."""
        return tuple(self._stretches)

    @property
    def speech_ms(self) -> int:
        """How long somebody spoke."""
        return sum(stretch.end_ms - stretch.start_ms for stretch in self._stretches)

    def feed(self, windows: Iterable[Window]) -> list[SpeechEvent]:
        """What the next windows tell, in order."""
        return [event for window in windows for event in self._next(window)]

    def flush(self, at_ms: int) -> list[SpeechEvent]:
        """The answer ends at `at_ms`, which may lie within the last window: what is open ends
        there. A burst too short to be speech stays none. Nothing may be fed any more then.
        """
        events: list[SpeechEvent] = []
        if self._speaking:
            self._speaking = False
            start_ms, end_ms = self._stretches[-1]
            self._stretches[-1] = Stretch(start_ms, max(start_ms, min(end_ms, at_ms)))
            events.append(SpeechEnded(self._stretches[-1].end_ms))
        if self._segment_start_ms is not None and self._segment_start_ms < at_ms:
            events.append(self._close(min(self._segment_end_ms, at_ms)))
        return events

    @property
    def _last_speech_ms(self) -> int:
        return self._stretches[-1].end_ms if self._stretches else 0

    @property
    def _segment_end_ms(self) -> int:
        return self._last_speech_ms + TAIL_MS

    def _next(self, window: Window) -> list[SpeechEvent]:
        self._heard_windows += 1
        self._levels.append(window.level_db)
        self._voiced = window.probability >= (OFFSET if self._voiced else ONSET)
        if self._speaking:
            return self._more_speech() if self._voiced else self._less_speech()
        self._burst_windows = self._burst_windows + 1 if self._voiced else 0
        if self._burst_windows == MIN_SPEECH_WINDOWS:
            return self._begin()
        return self._more_silence()

    def _begin(self) -> list[SpeechEvent]:
        onset_ms = self.heard_ms - self._burst_windows * WINDOW_MS
        self._speaking = True
        self._burst_windows = 0
        if len(self._stretches) < MAX_STRETCHES:
            self._stretches.append(Stretch(onset_ms, self.heard_ms))
        else:
            self._extend_stretch()
        if self._segment_start_ms is not None:
            return [SpeechBegan(onset_ms), Resumed(onset_ms)]
        self._segment_start_ms = max(self._closed_end_ms, onset_ms - LEAD_IN_MS)
        return [SpeechBegan(onset_ms)]

    def _extend_stretch(self) -> None:
        self._stretches[-1] = Stretch(self._stretches[-1].start_ms, self.heard_ms)

    def _more_speech(self) -> list[SpeechEvent]:
        self._extend_stretch()
        assert self._segment_start_ms is not None
        if self._segment_end_ms - self._segment_start_ms <= MAX_SEGMENT_MS:
            return []
        cut_ms = self._quietest_ms()
        closed = self._close(cut_ms)
        self._segment_start_ms = cut_ms
        return [closed]

    def _less_speech(self) -> list[SpeechEvent]:
        """Within speech; a pause once it has lasted."""
        if self.heard_ms - self._last_speech_ms < PAUSE_WINDOWS * WINDOW_MS:
            return []
        assert self._segment_start_ms is not None
        self._speaking = False
        return [
            SpeechEnded(self._last_speech_ms),
            Paused(self._segment_start_ms, self._segment_end_ms),
            *self._more_silence(),
        ]

    def _more_silence(self) -> list[SpeechEvent]:
        """Within a pause; it closes the segment once it has lasted."""
        if self._segment_start_ms is None:
            return []
        segment_ms = self._last_speech_ms - self._segment_start_ms
        if self.heard_ms - self._last_speech_ms < closing_pause_ms(segment_ms):
            return []
        return [self._close(self._segment_end_ms)]

    def _close(self, end_ms: int) -> Closed:
        assert self._segment_start_ms is not None
        closed = Closed(self._segment_start_ms, end_ms)
        self._segment_start_ms = None
        self._closed_end_ms = end_ms
        return closed

    def _quietest_ms(self) -> int:
        """Where the speech of the last seconds is quietest for three windows: the middle of them,
        the latest such place. What follows has speech enough to be a segment.
        """
        levels = list(self._levels)[:-MIN_SPEECH_WINDOWS]
        quietest = min(range(1, len(levels) - 1), key=lambda i: (sum(levels[i - 1 : i + 2]), -i))
        windows_back = len(self._levels) - quietest
        return self.heard_ms - windows_back * WINDOW_MS + WINDOW_MS // 2
