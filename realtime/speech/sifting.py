"""Of what a recogniser wrote, that which somebody said.

Whisper writes something wherever it is asked: on silence the ends of videos, on noise a loop, and
it says so itself by figures that are worth little each. So there are several gates, and what is
dropped needs evidence: somebody who ends an answer with "Thank you." keeps it.

Pure; the same for partial passes and final ones.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from protocol.view import Span, Word
from realtime.speech.cleaning import clean
from realtime.speech.clip import ClipSegment, Recognized
from realtime.speech.phantoms import Likeness, phantoms
from realtime.speech.reading import syllables
from realtime.speech.spelling import bare, ends_sentence

# OpenAI's Whisper takes a segment for silence where both are crossed, and a text for a loop over
# the third (`no_speech_threshold`, `logprob_threshold`, `compression_ratio_threshold` of its
# transcribe.py).
NO_SPEECH = 0.6
DOUBTED_LOG_PROBABILITY = -1.0
COMPRESSION_RATIO = 2.4

# Our choice: tokens of a probability of 0.14 in the mean are guesses, whatever else is told.
GUESSED_LOG_PROBABILITY = -2.0
# Our choice: below it a phrase that is known from silence is taken for one.
DOUBTED_PROBABILITY = 0.5

# Our choice: so sure a recogniser may have its doubts about the segment.
SURE_PROBABILITY = 0.8

# Nobody speaks faster, in syllables a second. The quickest of seven languages is spoken at 7.84 in
# the mean (Japanese; Pellegrino, Coupé and Marsico 2011, Language 87(3)); half as much again is our
# choice. Some syllables are free, as the detector may hear a word late.
FASTEST = 12
FREE_SYLLABLES = 4
# A phrase has little speech under it where a syllable has less than this; and so much around it
# counts, as the places of words are rough, at a clip's beginning above all. Our choices: somewhat
# less than the fastest need, and half of a sentence's gap.
LITTLE_MS_A_SYLLABLE = 60
ROUGHLY_MS = 250
# A silence that ends a sentence where no mark does. Our choice: phantoms come after a silence.
SENTENCE_GAP_MS = 500

# Said so often over, without anything between, it is a loop; and so are such segments.
_LOOP = 3
_LONGEST_LOOPED = 12
_LONGEST_STUTTER = 4
_STUTTER = 6


@dataclass(frozen=True, slots=True)
class _Sentence:
    words: tuple[Word, ...]
    segment: ClipSegment

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


def sift(recognized: Recognized, at_ms: int, speech: Sequence[Span]) -> tuple[Word, ...]:
    """The words that were said in a clip, with their times in the answer's audio.

    Args:
        at_ms: where the clip begins in the answer's audio.
        speech: where in the answer's audio somebody speaks during the clip.
    """
    segments = [
        (segment, words)
        for segment in recognized.segments
        if _may_be_speech(segment) and (words := _words(segment, at_ms))
    ]
    sentences = [
        sentence
        for segment, words in _without_echoes(segments)
        for sentence in _sentences(words, segment)
    ]
    kept = _without_phantoms(_speakable(sentences, speech), speech)
    return tuple(word for sentence in kept for word in sentence.words)


def confidence(words: Iterable[Word]) -> float:
    """How sure the recogniser is of a text, from 0 to 1: Σ length × probability / Σ length, the
    length being a word's letters. So it is the share of the letters that are expected to be right,
    if the probabilities are. 0 without words. (Of such measures: Jiang 2005, "Confidence measures
    for speech recognition: A survey", Speech Communication 45(4).)
    """
    sure = total = 0.0
    for word in words:
        length = len(bare(word.text))
        total += length
        sure += length * word.probability
    return min(max(sure / total, 0.0), 1.0) if total else 0.0


def _may_be_speech(segment: ClipSegment) -> bool:
    if segment.mean_log_probability < GUESSED_LOG_PROBABILITY:
        return False
    silent = segment.no_speech > NO_SPEECH
    return not (silent and segment.mean_log_probability < DOUBTED_LOG_PROBABILITY)


# --- loops ----------------------------------------------------------------------------------------


def _words(segment: ClipSegment, at_ms: int) -> list[Word]:
    """A segment's words; of what it says over and over just the first time, or nothing where it
    still repeats itself then.
    """
    words = clean(segment.words, at_ms, phantoms())
    if segment.compression_ratio <= COMPRESSION_RATIO:
        return words
    words = [word for word in _unlooped(words) if not _stutters(bare(word.text))]
    return words if _ratio(words) <= COMPRESSION_RATIO else []


def _unlooped(words: Sequence[Word]) -> Iterable[Word]:
    spoken = [bare(word.text) for word in words]
    at = 0
    while at < len(words):
        length, times = _loop(spoken, at)
        yield from words[at : at + length]
        at += length * times


def _loop(spoken: Sequence[str], at: int) -> tuple[int, int]:
    """The shortest phrase from `at` on that is said often in a row: its words, and how often."""
    for length in range(1, _LONGEST_LOOPED + 1):
        phrase = spoken[at : at + length]
        times = 1
        while spoken[at + length * times : at + length * (times + 1)] == phrase:
            times += 1
        if times >= _LOOP:
            return length, times
    return 1, 1


def _stutters(word: str) -> bool:
    """Whether a word is some letters over and over: 하하하하하하."""
    return any(
        len(word) >= size * _STUTTER and word == (word[:size] * len(word))[: len(word)]
        for size in range(1, _LONGEST_STUTTER + 1)
    )


def _ratio(words: Iterable[Word]) -> float:
    """As Whisper computes it: the text's bytes by those of its zlib."""
    text = " ".join(word.text for word in words).encode()
    return len(text) / len(zlib.compress(text))


def _without_echoes(
    segments: Sequence[tuple[ClipSegment, list[Word]]],
) -> Iterable[tuple[ClipSegment, list[Word]]]:
    """The same segment over and over is a loop too: just the first is kept."""
    for _, alike in groupby(segments, key=lambda each: [bare(word.text) for word in each[1]]):
        run = list(alike)
        yield from run[:1] if len(run) >= _LOOP else run


# --- sentences ------------------------------------------------------------------------------------


def _sentences(words: Sequence[Word], segment: ClipSegment) -> Iterable[_Sentence]:
    begin = 0
    for at, (word, following) in enumerate(pairwise(words), start=1):
        gap_ms = following.start_ms - word.end_ms
        if ends_sentence(word.text) or gap_ms >= SENTENCE_GAP_MS:
            yield _Sentence(tuple(words[begin:at]), segment)
            begin = at
    yield _Sentence(tuple(words[begin:]), segment)


def _speakable(sentences: Iterable[_Sentence], speech: Sequence[Span]) -> list[_Sentence]:
    """Those that there was time to say: each in its own span, and all of them up to it in the
    clip's speech. What comes after the speech is over is what Whisper went on with.
    """
    speech_ms = sum(span.end_ms - span.start_ms for span in speech)
    kept: list[_Sentence] = []
    said = 0
    for sentence in sentences if speech_ms > 0 else ():
        count = syllables(sentence.text)
        span_ms = sentence.words[-1].end_ms - sentence.words[0].start_ms
        if _too_fast(count, span_ms) or _too_fast(said + count, speech_ms):
            continue
        said += count
        kept.append(sentence)
    return kept


def _too_fast(count: int, within_ms: int) -> bool:
    return count > FASTEST * within_ms / 1_000 + FREE_SYLLABLES


def _without_phantoms(
    sentences: Sequence[_Sentence], speech: Sequence[Span]
) -> Sequence[_Sentence]:
    known = phantoms()
    likeness = [known.likeness(sentence.text) for sentence in sentences]
    kept = [
        (sentence, like)
        for sentence, like in zip(sentences, likeness, strict=True)
        if like is not Likeness.NEVER_SAID
    ]
    # From the end on, so that all there is may go.
    while kept and kept[-1][1] is Likeness.DOUBTFUL:
        before = kept[-2][0].words[-1].end_ms if len(kept) > 1 else 0
        if not _is_doubted(kept[-1][0], before, speech):
            break
        kept.pop()
    return [sentence for sentence, _ in kept]


def _is_doubted(sentence: _Sentence, after_ms: int, speech: Sequence[Span]) -> bool:
    """Whether a sentence that follows what was said until `after_ms` may have been made up."""
    segment, sure = sentence.segment, confidence(sentence.words)
    if segment.no_speech > NO_SPEECH or sure < DOUBTED_PROBABILITY:
        return True
    # Tokens other than the words' weigh in the first.
    if segment.mean_log_probability < DOUBTED_LOG_PROBABILITY and sure < SURE_PROBABILITY:
        return True
    start_ms = max(sentence.words[0].start_ms - ROUGHLY_MS, after_ms)
    end_ms = sentence.words[-1].end_ms + ROUGHLY_MS
    under_ms = sum(
        max(0, min(span.end_ms, end_ms) - max(span.start_ms, start_ms)) for span in speech
    )
    return under_ms < LITTLE_MS_A_SYLLABLE * syllables(sentence.text)
