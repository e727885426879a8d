"""What a transcription server answers (OpenAI's `verbose_json`, or only a text), as recognised.
Pure.

Servers tell more or less: OpenAI's words have times but neither punctuation nor spaces, others have
no words, or no more than a text. So the text decides what was said, and of times and certainty
there is what was told. What is missing is filled in: times by the length of the words, certainty by
the segment's mean, or else by `UNTOLD_PROBABILITY`.
"""

import math
import re
import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import fmean

import msgspec

from realtime.speech.clip import ClipSegment, ClipWord, Recognized

# How sure a server is that doesn't say. Our choice: such a text is worth less than one whose words
# are certain, but not so little that each answer has to be looked through.
UNTOLD_PROBABILITY = 0.75

# Nobody says more in 30 s; a model that runs wild writes no more than some 450 tokens.
MOST_CHARS = 20_000
MOST_SEGMENTS = 500
MOST_WORDS = 5_000

_TOKEN = re.compile(r"\s*\S+")
_UNSPOKEN = re.compile(r"[\W_]+")


class NoTranscript(ValueError):
    """That is no transcript. The message says why, without what was said."""


class _SaidWord(msgspec.Struct):
    word: str
    start: float
    end: float
    probability: float | None = None


class _SaidSegment(msgspec.Struct):
    text: str
    start: float = 0.0
    end: float = math.inf
    avg_logprob: float | None = None
    no_speech_prob: float | None = None
    compression_ratio: float | None = None


class _Said(msgspec.Struct):
    text: str
    segments: list[_SaidSegment] | None = None
    words: list[_SaidWord] | None = None


_DECODER = msgspec.json.Decoder(_Said)


def read_answer(body: bytes, duration_ms: int) -> Recognized:
    """What was recognised in a clip of that length.

    Raises:
        NoTranscript: `body` isn't what such a server answers.
    """
    try:
        said = _DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise NoTranscript("it doesn't answer as a transcription server does") from error
    segments, words = said.segments or [], said.words or []
    if len(said.text) > MOST_CHARS or len(segments) > MOST_SEGMENTS or len(words) > MOST_WORDS:
        raise NoTranscript("it answers with more than can be said in a clip")
    if not any(each.text.strip() for each in segments):
        segments = [_SaidSegment(said.text)]
    segments = [each for each in segments if each.text.strip()]
    if sum(len(each.text) for each in segments) > MOST_CHARS:
        raise NoTranscript("it answers with more than can be said in a clip")
    tokens = [_TOKEN.findall(f" {each.text.strip()}") for each in segments]
    told = iter(_told([token for line in tokens for token in line], words))
    made, from_ms = list[ClipSegment](), 0
    for segment, line in zip(segments, tokens, strict=True):
        places = list(_places(segment, line, [next(told) for _ in line], duration_ms))
        placed = list(_in_order(line, places, _mean(segment), from_ms, duration_ms))
        from_ms = placed[-1].end_ms
        made.append(_segment(segment, tuple(placed)))
    return Recognized(tuple(made))


def _told(tokens: Sequence[str], words: Sequence[_SaidWord]) -> list[_SaidWord | None]:
    """What was told of each token: the words' letters are laid beside the text's. Null: nothing, as
    it has no letter; all of them, where the two don't say the same.
    """
    letters = [(letter, word) for word in words for letter in _spoken(word.word)]
    if "".join(letter for letter, _ in letters) != "".join(map(_spoken, tokens)):
        return [None] * len(tokens)
    found, at = list[_SaidWord | None](), 0
    for token in tokens:
        length = len(_spoken(token))
        over = [word for _, word in letters[at : at + length]]
        found.append(_joined(over) if over else None)
        at += length
    return found


def _spoken(text: str) -> str:
    return _UNSPOKEN.sub("", text).casefold()


def _joined(words: Sequence[_SaidWord]) -> _SaidWord:
    """What is told of a token whose letters are these words': each is there for each letter."""
    told = [word.probability for word in words if word.probability is not None]
    probability = fmean(told) if len(told) == len(words) else None
    return _SaidWord("", words[0].start, words[-1].end, probability)


def _places(
    segment: _SaidSegment, tokens: Sequence[str], told: Sequence[_SaidWord | None], duration_ms: int
) -> Iterator[tuple[float, float, float | None]]:
    """Where each token is, in ms, and how sure that is: as told, or by its share of the letters."""
    start_ms = _ms(segment.start, duration_ms)
    left_ms = max(_ms(segment.end, duration_ms) - start_ms, 0.0)
    ends, total = [0], sum(map(len, tokens))
    for token in tokens:
        ends.append(ends[-1] + len(token))
    for word, (before, after) in zip(told, pairwise(ends), strict=True):
        if word is None:
            yield start_ms + left_ms * before / total, start_ms + left_ms * after / total, None
        else:
            yield (
                _ms(word.start, duration_ms),
                _ms(word.end, duration_ms),
                word.probability,
            )


def _ms(seconds: float, duration_ms: int) -> float:
    return min(max(1_000 * seconds, 0.0), float(duration_ms))


def _in_order(
    tokens: Sequence[str],
    places: Sequence[tuple[float, float, float | None]],
    mean: float,
    from_ms: int,
    duration_ms: int,
) -> Iterator[ClipWord]:
    for token, (start_ms, end_ms, probability) in zip(tokens, places, strict=True):
        start = min(max(round(start_ms), from_ms), duration_ms)
        from_ms = min(max(round(end_ms), start), duration_ms)
        sure = mean if probability is None else min(max(probability, 0.0), 1.0)
        yield ClipWord(token, start, from_ms, sure)


def _mean(segment: _SaidSegment) -> float:
    if segment.avg_logprob is None:
        return UNTOLD_PROBABILITY
    return math.exp(min(segment.avg_logprob, 0.0))


def _segment(segment: _SaidSegment, words: tuple[ClipWord, ...]) -> ClipSegment:
    text = "".join(word.text for word in words).strip().encode(errors="replace")
    ratio = segment.compression_ratio
    return ClipSegment(
        words,
        no_speech=min(max(segment.no_speech_prob or 0.0, 0.0), 1.0),
        mean_log_probability=math.log(max(_mean(segment), 1e-9)),
        # As Whisper computes it.
        compression_ratio=len(text) / len(zlib.compress(text)) if ratio is None else ratio,
    )
