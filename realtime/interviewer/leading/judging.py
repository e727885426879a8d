"""Scores: what a model says of an answer, held against the answer's own words.

A score above 0 stands on words that are in the answer, or it isn't told. Nothing is put in the
place of one that doesn't: an answer of which nothing can be told stays unscored, with a reason.
"""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated, Any

from msgspec import Meta

from protocol.effects import Delayed, Output, Scored
from protocol.view import Score
from realtime.interviewer.leading.criteria import Criterion
from realtime.interviewer.leading.evidence import Evidence
from realtime.interviewer.leading.plain import plain
from realtime.interviewer.leading.replies import (
    A_NUMBER,
    A_TEXT,
    Read,
    Unusable,
    a_list,
    an_object,
    decode,
    structured,
)
from realtime.interviewer.leading.scene import Reply, Scene
from realtime.interviewer.model import Structure
from realtime.interviewer.request import Waiting
from realtime.interviewer.rubric import MAX_SCORE

_MOST_QUOTES = 2
# In characters.
_LONGEST_QUOTE = 300
_LONGEST_REASON = 400
# In tokens of the reply.
_A_REASON = 200
A_SCORE = 250


@dataclass(frozen=True, slots=True)
class ScoreSaid:
    """A score as a model gives it."""

    competency: str
    score: Annotated[int, Meta(ge=0, le=MAX_SCORE)]
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _ScoresSaid:
    scores: tuple[ScoreSaid, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Judgement:
    scores: tuple[Score, ...]
    reason: str


def scores_schema(criteria: Sequence[Criterion]) -> dict[str, Any]:
    """The schema of a list of scores."""
    return a_list(
        an_object(
            {
                "competency": {"type": "string", "enum": [each.id for each in criteria]},
                "score": A_NUMBER,
                "evidence": a_list(A_TEXT),
            }
        )
    )


def judgeable(answer: str) -> bool:
    """Whether there is anything in an answer that could be judged."""
    return any(map(str.isalnum, answer))


async def score(scene: Scene) -> AsyncGenerator[Output, None]:
    """Score an answered turn.

    Raises:
        NoAnswer: no model answers.
    """
    work, unscored = scene.work, scene.words.unscored
    answer = scene.turn.answer or ""
    if not judgeable(answer):
        yield Scored(work, None, unscored.empty)
        return
    criteria = scene.criteria
    evidence = Evidence(answer)
    schema = an_object({"reason": A_TEXT, "scores": scores_schema(criteria)})
    reply = Reply(_A_REASON + A_SCORE * len(criteria), 0.0, Structure("scores", schema))
    turns = scene.before(scene.turn.turn + 1)
    task = scene.prompts.task("scores")
    judgement = _Judgement((), unscored.unreadable)
    try:
        async with aclosing(
            structured(scene, turns, task, reply, lambda text: _read(text, criteria, evidence))
        ) as answers:
            async for each in answers:
                if isinstance(each, Waiting):
                    yield Delayed(work, each.reason, each.retry_after_ms)
                else:
                    judgement = each.value
    except Unusable:
        pass  # Said in the log, and to the candidate as the reason.
    if judgement.scores:
        yield Scored(work, judgement.scores)
    else:
        yield Scored(work, None, judgement.reason or unscored.unbacked)


def _read(text: str, criteria: Sequence[Criterion], evidence: Evidence) -> Read[_Judgement]:
    said = decode(text, _ScoresSaid)
    if said.scores:
        backed = backed_scores(said.scores, criteria, evidence)
        return Read(_Judgement(backed.value, ""), backed.doubt)
    reason = plain(said.reason)[:_LONGEST_REASON]
    if not reason:
        raise Unusable("neither `scores` nor a `reason`")
    return Read(_Judgement((), reason))


def backed_scores(
    said: Iterable[ScoreSaid], criteria: Sequence[Criterion], evidence: Evidence
) -> Read[tuple[Score, ...]]:
    """The scores that stand on words of the answer, in the order of the criteria."""
    by_id: dict[str, ScoreSaid] = {}
    for each in said:
        by_id.setdefault(each.competency, each)
    scores: list[Score] = []
    missing: list[str] = []
    unbacked: list[str] = []
    for criterion in criteria:
        given = by_id.get(criterion.id)
        if given is None:
            missing.append(criterion.id)
            continue
        quotes = _quotes(given, evidence) if given.score else ()
        if given.score and not quotes:
            unbacked.append(criterion.id)
        else:
            scores.append(Score(criterion.name, given.score, MAX_SCORE, quotes))
    doubts = []
    if missing:
        doubts.append(f"no score for {', '.join(missing)}")
    if unbacked:
        doubts.append(f"the evidence for {', '.join(unbacked)} does not stand in the answer")
    return Read(tuple(scores), "; ".join(doubts) or None)


def _quotes(said: ScoreSaid, evidence: Evidence) -> tuple[str, ...]:
    found = (evidence.find(quote) for quote in said.evidence)
    return tuple(dict.fromkeys(_shortened(each) for each in found if each))[:_MOST_QUOTES]


def _shortened(quote: str) -> str:
    if len(quote) <= _LONGEST_QUOTE:
        return quote
    start = quote[:_LONGEST_QUOTE]
    return start.rpartition(" ")[0].strip() or start
