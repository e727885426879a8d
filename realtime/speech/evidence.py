"""How much speaks for speech in a stretch of an answer, by the voice detector. Pure.

The evidence is Σ (probability - 0.5) × 32 ms over the windows in which somebody speaks, as the
segmenter has it: half of the milliseconds of certain speech. The detector takes plucked notes and
the like for speech too, but briefly, and is unsure of it. Of 306 such places in music and tones
none had more than 70; of 324 short words alone ("네", "no", "go"), with noise and without, 98 % had
more than 80; of 210 sentences none had less than 376.

So where there is little evidence, what is recognised counts only if the recognizer is sure of it.
It takes both, as with Whisper's own two thresholds for silence: clear speech is kept whatever the
recognizer makes of it, and so is a word that it is sure of, however short it is.
"""

from array import array
from collections.abc import Iterable

from protocol.view import Span
from realtime.speech.clip import Recognized
from realtime.speech.segments import MAX_SEGMENT_MS, WINDOW_MS, Window

LITTLE_MS = 80
# Our choice: tokens of a probability of 0.74 in the mean. Where music was heard as words it was
# 0.61 at best.
SURE_LOG_PROBABILITY = -0.3

_EVEN = 0.5
# A segment, the pause that closes it, and what is heard in one step; and half as much again.
_KEPT_WINDOWS = (MAX_SEGMENT_MS + 4_000) * 3 // 2 // WINDOW_MS


class Evidence:
    """Of one answer's newest windows: as many as a segment can have, or more."""

    def __init__(self) -> None:
        self._newest = array("f")
        self._dropped = 0

    def feed(self, windows: Iterable[Window]) -> None:
        """The windows that follow."""
        self._newest.extend((each.probability - _EVEN) * WINDOW_MS for each in windows)
        if len(self._newest) > 2 * _KEPT_WINDOWS:
            surplus = len(self._newest) - _KEPT_WINDOWS
            del self._newest[:surplus]
            self._dropped += surplus

    def within_ms(self, speech: Iterable[Span]) -> float:
        """How much there is in these stretches of the answer's audio."""
        return sum(self._sum(each.start_ms, each.end_ms) for each in speech)

    def _sum(self, start_ms: int, end_ms: int) -> float:
        start, end = start_ms // WINDOW_MS, -(-end_ms // WINDOW_MS)
        return sum(self._newest[max(0, start - self._dropped) : max(0, end - self._dropped)])


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
