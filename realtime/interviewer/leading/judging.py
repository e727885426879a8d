"""Scores: what a model says of an answer, held against the answer's own words.

A score stands on words that are in the answer; one for which none are found is marked, and counts
in no result. Nothing is put in the place of what can't be read: after one repair such an answer
stays unscored, with a reason.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from protocol.view import Score
from realtime.interviewer.leading.criteria import Criterion
from realtime.interviewer.leading.evidence import Evidence
from realtime.interviewer.leading.fair_copy import Form
from realtime.interviewer.leading.plain import plain
from realtime.interviewer.leading.prompting import Wording
from realtime.interviewer.leading.reply import Section
from realtime.interviewer.leading.scene import ID, NUMBER
from realtime.interviewer.rubric import MAX_SCORE

_MOST_QUOTES = 2
# In characters.
_LONGEST_QUOTE = 300
_LONGEST_REASON = 400
_MOST_OF_SCORE = 1_000
# In tokens of the reply.
A_SCORE = 160

SCORES = {"score": (ID, NUMBER), "unscored": ()}
MOST_CHARS = {"score": _MOST_OF_SCORE, "unscored": _LONGEST_REASON}
FORM = Form(
    {**SCORES, "end": ()},
    needed=frozenset(SCORES),
    bare=True,
    raw=frozenset({"score"}),
    most_chars=MOST_CHARS,
)

_WHOLE = re.compile(r"[(\[]?(\d)(?:\.0)?(?:/5)?[)\]]?점?")
# What stands around a passage on its line: a bullet, quotation marks.
_BULLET = re.compile(r"^\s*(?:[-*•·]|\d{1,2}[.)])\s+")


class Unreadable(ValueError):
    """These are no scores. The message says why, to the model and in logs."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The scores of an answer; without any, the reason why it can't be judged."""

    scores: tuple[Score, ...]
    reason: str | None = None


def judgeable(answer: str) -> bool:
    """Whether there is anything in an answer that could be judged."""
    return any(map(str.isalnum, answer))


def judgement(
    sections: Sequence[Section], criteria: Sequence[Criterion], evidence: Evidence
) -> Judgement:
    """What a reply's sections say of an answer, of each criterion the first.

    Raises:
        Unreadable: a criterion has no score from 0 to 5, and there is no reason either.
    """
    given: dict[str, tuple[int, str]] = {}
    for section in sections:
        if section.mark.name == "score" and len(section.mark.words) == 2:
            name, number = section.mark.words
            figure = _WHOLE.fullmatch(number)
            if figure is not None and int(figure[1]) <= MAX_SCORE:
                given.setdefault(name.casefold(), (int(figure[1]), section.text))
    missing = [each.id for each in criteria if each.id not in given]
    if not missing:
        return Judgement(tuple(_score(each, *given[each.id], evidence) for each in criteria))
    for section in sections:
        if section.mark.name == "unscored" and not given and section.text.strip():
            return Judgement((), section.text.strip()[:_LONGEST_REASON])
    raise Unreadable(f"no score from 0 to {MAX_SCORE} for {', '.join(missing)}")


def score_marks(criteria: Sequence[Criterion], words: Wording, key: str) -> str:
    """The scores' place in the form of a reply."""
    passages = words.asking.passages
    return "\n".join(f"@@{key} score {each.id} N\n{passages}" for each in criteria)


def _score(criterion: Criterion, score: int, text: str, evidence: Evidence) -> Score:
    quotes = tuple(dict.fromkeys(_quotes(text, evidence)))[:_MOST_QUOTES] if score else ()
    return Score(criterion.name, score, MAX_SCORE, quotes, supported=bool(quotes) or not score)


def _quotes(text: str, evidence: Evidence) -> Iterator[str]:
    """The passages of the answer that a section quotes, a line each."""
    for line in text.splitlines():
        quote = _BULLET.sub("", line).strip()
        found = evidence.find(quote) or evidence.find(plain(quote))
        if found:
            yield _shortened(found)


def _shortened(quote: str) -> str:
    if len(quote) <= _LONGEST_QUOTE:
        return quote
    start = quote[:_LONGEST_QUOTE]
    return start.rpartition(" ")[0].strip() or start
