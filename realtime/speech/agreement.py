"""What is certain in a segment that is still being spoken.

Passes of the recogniser come in, each over the whole segment so far. A word is *stable* once two
passes in a row have it, with all words before it, and the audio went on a while after its end:
LocalAgreement-2 (Macháček, Dabre and Bojar 2023, "Turning Whisper into Real-Time Transcription
System", IJCNLP-AACL demos), with words held back that end where the audio was cut. The rest of the
newest pass is the *tail*.

Rules that hold here: what is stable never changes and never goes, code point by code point
(`protocol.md` 5). The marks behind the last stable word aren't part of it: a comma there may yet be
a full stop. The segment's final text begins with what was stable.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from protocol.view import Word
from realtime.speech.spelling import bare, body, tail

# Whisper is unsure of a word that the audio's end cuts off. On our test model 0.4 s held back
# committed no wrong word of 137.
HOLD_BACK_MS = 400
# Where a pass disagrees with stable words: as many of the last ones are looked for in it (five, as
# Whisper-Streaming does), and so far from where they were said.
_ANCHOR_WORDS = 5
_ANCHOR_WITHIN_MS = 500


class Agreement:
    """One segment's passes. Words as `sifting.sift` gives them."""

    def __init__(self) -> None:
        self._stable: list[Word] = []
        self._tail: Sequence[Word] = ()
        self._audio_ms = -1

    @property
    def words(self) -> tuple[Word, ...]:
        """All that was heard so far."""
        return (*self._stable, *self._tail)

    @property
    def stable_chars(self) -> int:
        """How many code points of the words, joined by single spaces, won't change."""
        return len(body(" ".join(word.text for word in self._stable)))

    def heard(self, words: Sequence[Word], audio_ms: int) -> None:
        """A pass, over the audio up to `audio_ms`. One over less than an earlier one is passed
        over.
        """
        if audio_ms <= self._audio_ms:
            return
        self._audio_ms = audio_ms
        rest = self._continued(words)
        certain_ms = audio_ms - HOLD_BACK_MS
        agreed = takewhile(
            lambda pair: bare(pair[0].text) == bare(pair[1].text) and pair[0].end_ms <= certain_ms,
            zip(rest, self._tail, strict=False),
        )
        count = sum(1 for _ in agreed)
        self._stable += rest[:count]
        self._tail = rest[count:]

    def final(self, words: Sequence[Word]) -> tuple[Word, ...]:
        """The segment's words, of its last pass: what is stable, and what that pass has after it.
        Usually the pass begins with the stable words, and is taken as it is.
        """
        rest = self._continued(words)
        again = words[: len(words) - len(rest)]
        if [bare(word.text) for word in again] == [bare(word.text) for word in self._stable]:
            # Their text stands; when they were said, and how sure that is, the last pass knows: so
            # it doesn't depend on which passes there were.
            said = zip(self._stable, again, strict=True)
            return (*(replace(last, text=first.text) for first, last in said), *rest)
        return (*self._stable, *rest)

    def _continued(self, words: Sequence[Word]) -> Sequence[Word]:
        """What a pass has after the stable words; their last marks become those of the pass."""
        if not self._stable:
            return words
        at = _position(self._stable, words)
        last = self._stable[-1]
        if at and bare(words[at - 1].text) == bare(last.text):
            self._stable[-1] = replace(last, text=body(last.text) + tail(words[at - 1].text))
        elif words[at:]:
            self._stable[-1] = replace(last, text=body(last.text))
        return words[at:]


def _position(stable: Sequence[Word], words: Sequence[Word]) -> int:
    """How many of `words` are `stable`, said again: by the words themselves, else by the last of
    them, else by time.
    """
    wanted = [bare(word.text) for word in stable]
    spoken = [bare(word.text) for word in words]
    if spoken[: len(wanted)] == wanted:
        return len(wanted)
    end_ms = stable[-1].end_ms
    near = [
        at
        for at, word in enumerate(words, start=1)
        if abs(word.end_ms - end_ms) <= _ANCHOR_WITHIN_MS
    ]
    for size in range(min(_ANCHOR_WORDS, len(wanted)), 0, -1):
        found = [at for at in near if spoken[max(0, at - size) : at] == wanted[-size:]]
        if found:
            return min(found, key=lambda at: abs(words[at - 1].end_ms - end_ms))
    return sum(1 for word in words if word.start_ms + word.end_ms <= 2 * end_ms)
