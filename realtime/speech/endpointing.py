"""When the server ends a spoken answer itself: after how much silence (protocol.md 6).

Pure, and in the answer's own time: the end is a place in the audio, where the last speech ended and
so much silence after it, whenever that is found out. Until somebody acts on it, speech that follows
takes it back.

People think while they answer, so that one silence doesn't fit all:
- *What was said* counts. After the end of a sentence less silence is enough; in a clause, and more
  so after a filler, more is given. (Pipecat has a model put one of three such marks before its
  reply, and waits 5 or 10 s on the two incomplete ones; here it is rules, within the pause.)
  Words not known yet are taken for unfinished: to be cut off is worse than to wait.
- *The speaker* counts. His pauses that he himself ended with speech tell how long he thinks, each
  beside what its words let expect. Patience follows them, quickly up and slowly down. (LiveKit's
  dynamic endpointing keeps a moving average of such pauses, slow in both directions.)
- Never less than half of `silence_ms`, never more than three times as much.
"""

from realtime.speech.completeness import Completeness
from realtime.speech.segments import SpeechBegan, SpeechEnded, SpeechEvent

# `silence_ms` as `audio.start` takes it (protocol.md 4).
MIN_SILENCE_MS = 300
MAX_SILENCE_MS = 10_000

# What ends an answer, in parts of `silence_ms`.
LEAST = 0.5
MOST = 3.0

# Silence given after such words, in parts of the patience with this speaker.
SHARE: dict[Completeness | None, float] = {
    "finished": 0.75,
    "unknown": 1.0,
    "unfinished": 2.0,
    "filler": 2.5,
    None: 2.0,
}

# Patience is `silence_ms` at first. It moves towards so many times a pause, by such a part of the
# way, and stays within such parts of `silence_ms`.
ROOM = 1.5
UP = 0.5
DOWN = 0.1
LEAST_PATIENCE = 0.75
MOST_PATIENCE = 2.0


class Endpointer:
    """One answer's end by silence.

    Raises:
        ValueError: `silence_ms` is outside 300 to 10,000.
    """

    def __init__(self, silence_ms: int) -> None:
        if not MIN_SILENCE_MS <= silence_ms <= MAX_SILENCE_MS:
            raise ValueError(
                f"silence_ms of {silence_ms} is outside {MIN_SILENCE_MS} to {MAX_SILENCE_MS}"
            )
        self._silence_ms = silence_ms
        self._patience_ms = float(silence_ms)
        self._speech_end_ms: int | None = None
        self._speaking = False

    def take(self, event: SpeechEvent, completeness: Completeness | None = None) -> None:
        """What the `Segmenter` told. `completeness`: with `SpeechBegan`, how the words ended before
        the pause that is over now; None if they aren't known yet.
        """
        match event:
            case SpeechBegan(at_ms):
                if self._speech_end_ms is not None:
                    self._learn(at_ms - self._speech_end_ms, completeness)
                self._speaking = True
            case SpeechEnded(at_ms):
                self._speaking = False
                self._speech_end_ms = at_ms
            case _:
                pass

    def threshold_ms(self, completeness: Completeness | None) -> int:
        """How much silence ends the answer after words that end so; None: not known yet."""
        wanted_ms = SHARE[completeness] * self._patience_ms
        least_ms, most_ms = LEAST * self._silence_ms, MOST * self._silence_ms
        return round(min(max(wanted_ms, least_ms), most_ms))

    def end_ms(self, completeness: Completeness | None) -> int | None:
        """Where the answer ends if nothing more is said: it has ended once `Segmenter.decided_ms`
        reaches that. None while somebody speaks, and before anybody has.
        """
        if self._speaking or self._speech_end_ms is None:
            return None
        return self._speech_end_ms + self.threshold_ms(completeness)

    def _learn(self, pause_ms: int, completeness: Completeness | None) -> None:
        """A pause is measured beside what was expected after such words: who waits long after a
        finished sentence teaches more patience than who does after "and".
        """
        towards_ms = ROOM * pause_ms / SHARE[completeness]
        way_ms = towards_ms - self._patience_ms
        moved_ms = self._patience_ms + (UP if way_ms > 0 else DOWN) * way_ms
        least_ms, most_ms = LEAST_PATIENCE * self._silence_ms, MOST_PATIENCE * self._silence_ms
        self._patience_ms = min(max(moved_ms, least_ms), most_ms)
