"""One spoken answer's text, put together from its segments.

Segments begin in the order of time; several may be under way, and their final passes may come in
any order. The text is all their words, joined by single spaces. What changes of it is told as
`protocol.effects.Heard`: the least that has to be replaced, and how much won't change again
(`protocol.md` 5, `transcript.partial`).

Rules that hold here:
- A segment's words are stable only as long as all segments before it are finished.
- Telling a change costs what it replaces, not the length of the answer.
- No text is longer than `MAX_ANSWER_CHARS`: it ends with the last word that fits.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from protocol.effects import Heard, Work
from protocol.view import Language, Transcript, Word
from realtime.speech.agreement import Agreement
from realtime.speech.sifting import confidence
from realtime.speech.spelling import body

# `protocol.md` 3, `limits.max_answer_chars`.
MAX_ANSWER_CHARS = 10_000


@dataclass(slots=True)
class _Segment:
    """`told`: its part of the text, as it was told, with the space before it. `full`: the text was
    cut in it, or before it.
    """

    agreement: Agreement = field(default_factory=Agreement)
    final: tuple[Word, ...] | None = None
    told: str = ""
    full: bool = False

    @property
    def words(self) -> tuple[Word, ...]:
        return self.agreement.words if self.final is None else self.final


class Transcription:
    """What was heard of an answer so far."""

    def __init__(self, work: Work, language: Language) -> None:
        self._work = work
        self._language = language
        self._segments: list[_Segment] = []
        # Where each segment's part of the told text begins, and how long that text is.
        self._starts: list[int] = []
        self._length = 0
        self._stable = 0
        # The first segment that isn't finished, and the first that has something new.
        self._unfinished = 0
        self._changed = 0
        self._given_up = False

    def begin(self) -> int:
        """A segment begins, after all others; its number, from 0."""
        self._segments.append(_Segment())
        self._starts.append(self._length)
        return len(self._segments) - 1

    def partial(self, segment: int, words: Sequence[Word], audio_ms: int) -> None:
        """A pass over a segment that isn't over, up to `audio_ms`; it is passed over if it comes
        too late.
        """
        found = self._segments[segment]
        if found.final is None:
            found.agreement.heard(words, audio_ms)
            self._changed = min(self._changed, segment)

    def finish(self, segment: int, words: Sequence[Word]) -> None:
        """The final pass over a segment. What was stable in it stays.

        Raises:
            ValueError: it was finished before.
        """
        self._end(segment, self._segments[segment].agreement.final(words))

    def give_up(self, segment: int) -> None:
        """A segment's final pass can't be had: what its other passes heard is kept, and the
        transcript needs a review.

        Raises:
            ValueError: it was finished before.
        """
        self._end(segment, self._segments[segment].agreement.words)
        self._given_up = True

    def _end(self, segment: int, words: tuple[Word, ...]) -> None:
        found = self._segments[segment]
        if found.final is not None:
            raise ValueError(f"segment {segment} is finished")
        found.final = words
        self._changed = min(self._changed, segment)
        while self._unfinished < len(self._segments):
            if self._segments[self._unfinished].final is None:
                break
            self._unfinished += 1

    def heard(self) -> Heard | None:
        """What has changed in the text since the last time, if anything has."""
        first = self._changed
        self._changed = len(self._segments)
        at = self._starts[first] if first < len(self._segments) else self._length
        old, new = self._retell(first)
        stable = self._stable_chars()
        if old == new and stable == self._stable:
            return None
        same = _common(old, new)
        self._stable = stable
        return Heard(self._work, at + same, new[same:], stable)

    def _retell(self, first: int) -> tuple[str, str]:
        """The text from a segment on, as it was told and as it is told now."""
        changed = self._segments[first:]
        old = "".join(segment.told for segment in changed)
        at = self._starts[first] if changed else self._length
        full = first > 0 and self._segments[first - 1].full
        for number, segment in enumerate(changed, start=first):
            self._starts[number] = at
            fitting = () if full else tuple(_fitting(segment.words, at))
            full = segment.full = full or len(fitting) < len(segment.words)
            segment.told = "".join(f" {word.text}" for word in fitting)
            if at == 0:
                segment.told = segment.told[1:]
            at += len(segment.told)
        self._length = at
        return old, "".join(segment.told for segment in changed)

    def _stable_chars(self) -> int:
        """All of the finished segments before the first unfinished one, and what is stable in
        that.
        """
        if self._unfinished == len(self._segments):
            return self._length
        start = self._starts[self._unfinished]
        chars = self._segments[self._unfinished].agreement.stable_chars
        return min(start + chars + (chars > 0 and start > 0), self._length)

    def tail(self, chars: int = 200) -> str:
        """The last of the text as it was told, `chars` code points or a few more."""
        parts: list[str] = []
        for segment in reversed(self._segments):
            if chars <= 0:
                break
            parts.append(segment.told)
            chars -= len(segment.told)
        return "".join(reversed(parts)).strip()

    @property
    def text(self) -> str:
        """All of the text as it was told."""
        return "".join(segment.told for segment in self._segments)

    def cut(self, at_ms: int) -> None:
        """Drop what begins there or later: it was heard of audio that doesn't count. All begun
        segments are finished.
        """
        for segment in self._segments:
            kept = (word for word in segment.words if word.start_ms < at_ms)
            segment.final = tuple(kept)

    def words(self, duration_ms: int) -> tuple[Word, ...]:
        """The words of the text: in order, within an answer of `duration_ms`, none beginning
        before the last one ended.
        """
        return tuple(_in_order(self._all_words()[0], duration_ms))

    def transcript(self, duration_ms: int, review_below: float) -> Transcript:
        """The whole transcript. It needs a review where there is no text, where its confidence is
        below `review_below`, where it was cut, or where a segment was given up.

        Raises:
            ValueError: a segment isn't finished.
        """
        if self._unfinished < len(self._segments):
            raise ValueError(f"segment {self._unfinished} isn't finished")
        words, whole = self._all_words()
        sure = confidence(words)
        return Transcript(
            text=" ".join(word.text for word in words),
            language=self._language,
            confidence=sure,
            duration_ms=duration_ms,
            needs_review=not words or sure < review_below or not whole or self._given_up,
        )

    def _all_words(self) -> tuple[list[Word], bool]:
        """The words that fit into the text, and whether those are all."""
        words = [word for segment in self._segments for word in segment.words]
        fitting = list(_fitting(words, 0))
        return fitting, len(fitting) == len(words)


def _fitting(words: Sequence[Word], at: int) -> Iterator[Word]:
    """Those for which there is room in a text that has `at` code points. The last may lose its
    marks: whether a word that is stable fits mustn't hang on them.
    """
    for word in words:
        at += at > 0
        room = MAX_ANSWER_CHARS - at
        at += len(word.text)
        if len(word.text) <= room:
            yield word
            continue
        if len(body(word.text)) <= room:
            yield replace(word, text=body(word.text))
        return


def _in_order(words: Sequence[Word], duration_ms: int) -> Iterator[Word]:
    over_ms = 0
    for word in words:
        start_ms = min(max(word.start_ms, over_ms), duration_ms)
        over_ms = min(max(word.end_ms, start_ms), duration_ms)
        yield replace(word, start_ms=start_ms, end_ms=over_ms)


def _common(first: str, second: str) -> int:
    """How many code points both begin with."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(first), len(second)))
