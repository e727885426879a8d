"""Whether an answer is right, as far as rules can see it: not far.

No rule here knows whether something is true. It sees two things: how many of the points that a good
answer contains, as a bank's question names them, were touched; and whether a sentence contradicts
itself ("fell from 2 s to 5 s"). So only the answer to a bank's main question is scored, and none
gets more than a 3, as "right throughout" can't be seen. Where no point was touched in its own
words, where the answer is beside the question, or the question is of somebody else's making,
nothing is known, and there is no score: an answer that goes its own way may be right all the same.
"""

from collections.abc import Iterator

from realtime.interviewer.offline.marks import Mark
from realtime.interviewer.offline.reading import Reading
from realtime.interviewer.offline.text import lower

_CONTRADICTS_ITSELF = 1
_SOME = 2
_MOST = 3
# Which part of the points is most of them.
_ENOUGH = 2 / 3


def correctness(reading: Reading, *, known: bool) -> Mark | None:
    """The mark, or null where nothing can be told. `known`: the question is of one of our banks."""
    points = reading.question.key_points
    if not known or reading.turn.kind != "main" or "relevance" in reading.lacks:
        return None
    in_words = [said for point in points if (said := reading.saying(point))]
    if not in_words:
        return None
    if contrary := tuple(contradictions(reading)):
        return Mark(_CONTRADICTS_ITSELF, contrary)
    touched = len(points) - len(reading.open_points)
    most = len(in_words) > 1 and touched >= _ENOUGH * len(points)
    return Mark(_MOST if most else _SOME, tuple(dict.fromkeys(said[0] for said in in_words)))


def contradictions(reading: Reading) -> Iterator[str]:
    """The sentences that say "less" of more, or "more" of less, of the same unit."""
    for sentence in reading.analysis.sentences:
        text = lower(sentence)
        for way, pattern in reading.lexicon.figures.items():
            for found in pattern.finditer(text):
                before, after = _figure(found["before"]), _figure(found["after"])
                same = found["unit"] == found["unit_after"]
                if same and (before < after if way == "fell" else before > after):
                    yield sentence


def _figure(text: str) -> float:
    return float(text.replace(",", ""))
