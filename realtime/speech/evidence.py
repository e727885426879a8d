"""How much speaks for speech in a stretch of an answer, by the voice detector. Pure.

The evidence is Σ (probability - 0.5) × 32 ms, over the windows that are likelier speech than not:
milliseconds of certain speech, half of them. The detector takes plucked notes and the like for
speech too, but briefly, and is unsure of it. Of 111 such stretches in which the model for tests
heard words none had more than 63, and of 210 spoken sentences with noise and without none less than
376; the shortest words alone ("네", "no") have 150 in the median.

So where there is little evidence, what is recognised counts only if the recognizer is sure of it.
It takes both, as with Whisper's own two thresholds for silence: clear speech is kept whatever the
recognizer makes of it, and a word that it is sure of however short it is.
"""

from collections import deque
from collections.abc import Iterable

from realtime.speech.clip import Recognized
from realtime.speech.segments import MAX_SEGMENT_MS, WINDOW_MS, Window

LITTLE_MS = 80
# Where music was heard as words it was -0.73 at best.
SURE_LOG_PROBABILITY = -0.7

_LIKELY = 0.5
# A segment, the pause that closes it, and what is heard in one step; and half as much again.
_KEPT_WINDOWS = (MAX_SEGMENT_MS + 4_000) * 3 // 2 // WINDOW_MS


class Evidence:
    """Of one answer's newest windows: as many as a segment can have."""

    def __init__(self) -> None:
        self._newest = deque[float](maxlen=_KEPT_WINDOWS)
        self._count = 0

    def feed(self, windows: Iterable[Window]) -> None:
        """The windows that follow."""
        for window in windows:
            self._newest.append(max(0.0, window.probability - _LIKELY) * WINDOW_MS)
            self._count += 1

    def within_ms(self, start_ms: int, end_ms: int) -> float:
        """How much there is between two places of the answer's audio."""
        first = self._count - len(self._newest)
        start, end = start_ms // WINDOW_MS - first, -(-end_ms // WINDOW_MS) - first
        return sum(list(self._newest)[max(0, start) : max(0, end)])


def credible(recognized: Recognized, evidence_ms: float) -> Recognized:
    """What counts of what was recognised where there is that much evidence of speech."""
    if evidence_ms >= LITTLE_MS:
        return recognized
    return Recognized(
        tuple(
            segment
            for segment in recognized.segments
            if segment.mean_log_probability >= SURE_LOG_PROBABILITY
        )
    )
