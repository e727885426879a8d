"""How an answer was spoken, in words: what was counted, and no judgement of it (docs/delivery.md).
Pure.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from protocol.view import Delivery, Mark
from realtime.reports.words import Words


def spoken(delivery: Delivery, words: Words) -> Iterator[str]:
    """A line for each thing that there is to say."""
    yield words.spoke.format(_clock(delivery.speech_ms), _clock(delivery.duration_ms))
    if delivery.pace > 0:
        pace = (
            words.pace_words if delivery.pace_unit == "words_per_minute" else words.pace_syllables
        )
        yield pace.format(round(delivery.pace))
    if delivery.pauses:
        longest_ms = max(pause.end_ms - pause.start_ms for pause in delivery.pauses)
        yield words.pauses.format(len(delivery.pauses), f"{longest_ms / 1_000:.1f}")
    for told, marks in (
        (words.fillers, delivery.fillers),
        (words.hedges, delivery.hedges),
        (words.repeated, delivery.repeated),
    ):
        if marks:
            yield told.format(len(marks), _counted(marks))


def _clock(ms: int) -> str:
    minutes, seconds = divmod(round(ms / 1_000), 60)
    return f"{minutes}:{seconds:02}"


def _counted(marks: Iterable[Mark]) -> str:
    """Each once, the most frequent first."""
    texts = [mark.text for mark in marks]
    counts = Counter(text.casefold() for text in texts).most_common()
    first = {text.casefold(): text for text in reversed(texts)}
    return ", ".join(
        first[key] if count == 1 else f"{first[key]} ×{count}" for key, count in counts
    )
