"""How an answer was spoken: pace, fillers, pauses, hedges, repeated words.

It describes and doesn't judge. docs/delivery.md tells each measure for people, with what is usual;
thresholds whose source isn't named are our choice.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from protocol.view import Delivery, Language, Mark, PaceUnit, Span, Word
from realtime.speech.phrases import Found, Lexicon, Said, lexicon
from realtime.speech.reading import syllables
from realtime.speech.spelling import tail

# A pause is a silence within the speech from here on: the *long* pauses of Campione and Véronis
# 2002 ("A large-scale multilingual study of silent pause duration", Speech Prosody; 6,000 pauses in
# five languages), which they found in spontaneous speech alone. Shorter ones belong to any speech.
PAUSE_MS = 1_000

# The longest phrase whose repetition counts, in words.
_LONGEST_REPEATED = 4
_STOPS = ".?!"

_MINUTE_MS = 60_000


def delivery(
    words: Sequence[Word], speech: Iterable[Span], duration_ms: int, language: Language
) -> Delivery:
    """How an answer of `duration_ms` was delivered.

    Pace is counted over the time in which somebody speaks, so that thinking doesn't slow it: words
    a minute in English, syllables a minute in Korean, where a word may be one syllable or ten.
    Fillers count into it. 0 where nobody spoke.

    Args:
        words: the transcript's, in order, with times in the answer's audio.
        speech: where somebody speaks in it. Without any, where the words are.
    """
    said = Said.of(words)
    known = lexicon(language)
    spans = _merged(speech, duration_ms) or _merged(
        (Span(word.start_ms, word.end_ms) for word in words), duration_ms
    )
    speech_ms = sum(span.end_ms - span.start_ms for span in spans)
    fillers = known.fillers.find(said)
    pace, unit = _pace(words, speech_ms, language)
    return Delivery(
        duration_ms=duration_ms,
        speech_ms=speech_ms,
        pace=pace,
        pace_unit=unit,
        fillers=tuple(map(said.mark, fillers)),
        pauses=tuple(_pauses(spans)),
        hedges=tuple(map(said.mark, known.hedges.find(said))),
        repeated=tuple(_repeated(said, fillers, known)),
    )


def _pace(words: Sequence[Word], speech_ms: int, language: Language) -> tuple[float, PaceUnit]:
    """60,000 × count / speech_ms, to a tenth."""
    unit: PaceUnit
    if language == "ko":
        unit, count = "syllables_per_minute", sum(syllables(word.text) for word in words)
    else:
        unit, count = "words_per_minute", len(words)
    return round(_MINUTE_MS * count / speech_ms, 1) if speech_ms else 0.0, unit


def _merged(spans: Iterable[Span], duration_ms: int) -> list[Span]:
    """In order, within the answer, none touching another."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda each: each.start_ms):
        start_ms, end_ms = max(span.start_ms, 0), min(span.end_ms, duration_ms)
        if end_ms <= start_ms:
            continue
        if merged and start_ms <= merged[-1].end_ms:
            merged[-1] = Span(merged[-1].start_ms, max(end_ms, merged[-1].end_ms))
        else:
            merged.append(Span(start_ms, end_ms))
    return merged


def _pauses(spans: Sequence[Span]) -> Iterator[Span]:
    for before, after in pairwise(spans):
        if after.start_ms - before.end_ms >= PAUSE_MS:
            yield Span(before.end_ms, after.start_ms)


def _repeated(said: Said, fillers: Iterable[Found], known: Lexicon) -> Iterator[Mark]:
    """Words said again at once, "the the", fillers between them aside: the repetitions of Shriberg
    1994 ("Preliminaries to a theory of speech disfluencies", Berkeley) and of Clark and Wasow 1998
    ("Repeating words in spontaneous speech", Cognitive Psychology 37). A mark for each run, at its
    beginning. What is doubled on purpose isn't one; nor are numbers, nor a sentence said twice.
    """
    within = {at for found in fillers for at in range(found.begin, found.end)}
    rest = Said.of([word for at, word in enumerate(said.words) if at not in within])
    at = 0
    while at < len(rest.words):
        length, times = _run(rest, at)
        phrase = rest.bare[at : at + length]
        if times > 1 and not known.doubled.issuperset(phrase) and not _has_digit(phrase):
            yield rest.mark(Found(at, at + length))
        at += length * times


def _run(said: Said, at: int) -> tuple[int, int]:
    """The shortest phrase from `at` on that is repeated within a sentence: its words, and how often
    it is said.
    """
    for length in range(1, _LONGEST_REPEATED + 1):
        times = 1
        while _again(said, at + length * times, length):
            times += 1
        if times > 1:
            return length, times
    return 1, 1


def _again(said: Said, at: int, length: int) -> bool:
    """Whether the `length` words from `at` on repeat as many before them."""
    before = at - length
    if said.bare[before:at] != said.bare[at : at + length]:
        return False
    return not any(mark in _STOPS for word in said.words[before:at] for mark in tail(word.text))


def _has_digit(phrase: Iterable[str]) -> bool:
    return any(sign.isdigit() for word in phrase for sign in word)
