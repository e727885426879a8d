"""The report's parts that a model writes: what was good, what to do better, and each turn.

They are asked for in batches of turns, which are shown whole: a long interview's first answers are
long out of sight otherwise. With `feedback: "end"` the same reply scores the answers.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from typing import Any

from protocol.view import Score, Turn
from realtime.interviewer.leading.context import batches
from realtime.interviewer.leading.evidence import Evidence
from realtime.interviewer.leading.judging import A_SCORE, ScoreSaid, backed_scores, scores_schema
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
from realtime.interviewer.request import NoAnswer, Waiting
from realtime.interviewer.tally import fairly_asked

_MOST_OF_EACH = 3
_TURNS_A_BATCH = 8
# In characters.
_LONGEST_LINE = 400
_LONGEST_SUMMARY = 1_200
_LONGEST_ANSWER = 2_000
# In tokens of the reply. Some models write no more than 8,000 at once.
_LINES = 700
_A_TURN = 500
_MOST_OF_TURNS = 6_000


@dataclass(frozen=True, slots=True)
class _TurnSaid:
    turn: int
    summary: str
    better_answer: str
    scores: tuple[ScoreSaid, ...] = ()


@dataclass(frozen=True, slots=True)
class _PartsSaid:
    strengths: tuple[str, ...]
    improvements: tuple[str, ...]
    turns: tuple[_TurnSaid, ...]


@dataclass(frozen=True, slots=True)
class TurnPart:
    """What is said of an answered turn. A text may be empty; `scores` are where none are given."""

    summary: str
    better_answer: str
    scores: tuple[Score, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """What models wrote; a turn of which nothing came is missing."""

    strengths: tuple[str, ...] = ()
    improvements: tuple[str, ...] = ()
    turns: Mapping[int, TurnPart] = field(default_factory=dict)

    @property
    def complete(self) -> frozenset[int]:
        """The turns of which both texts came."""
        told = (turn for turn, part in self.turns.items() if part.summary and part.better_answer)
        return frozenset(told)


async def write_parts(scene: Scene) -> Parts:
    """Have the parts written, as far as they come back fit for use.

    If models cease to answer, what they wrote stands, and the rest is left to be made by rule where
    the offline interviewer may help out, unless it was to hold scores.

    Raises:
        NoAnswer: no model answers, and the rest can't be left out.
    """
    most = max(1, min(_TURNS_A_BATCH, _MOST_OF_TURNS // _a_turn(scene)))
    runs = batches(fairly_asked(scene.interview), scene.words, scene.room(), most)
    written: list[Parts] = []
    try:
        for run in runs:
            if any(turn.answer is not None for turn in run) and (part := await _batch(scene, run)):
                written.append(part)
    except NoAnswer:
        if scene.kit.offline is None or scene.config.feedback == "end":
            raise
    return Parts(
        _mixed(part.strengths for part in written),
        _mixed(part.improvements for part in written),
        dict(chain.from_iterable(part.turns.items() for part in written)),
    )


def _mixed(lists: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The most important of each batch first."""
    ranks = zip_longest(*lists)
    return tuple(line for rank in ranks for line in rank if line)[:_MOST_OF_EACH]


async def _batch(scene: Scene, run: Sequence[Turn]) -> Parts | None:
    answered = {turn.turn: turn for turn in run if turn.answer is not None}
    at_end = scene.config.feedback == "end"
    said = scene.words.parts
    values = {
        "turns": ", ".join(map(str, answered)),
        "summary": said.summary_at_end if at_end else said.summary,
        "scores": said.scores_at_end if at_end else "",
    }
    task = scene.prompts.task("report_parts", values)
    reply = Reply(
        _LINES + _a_turn(scene) * len(answered),
        0.3,
        Structure("report_parts", _schema(scene, at_end=at_end)),
    )
    try:
        async with aclosing(
            structured(scene, run, task, reply, lambda text: _read(text, scene, answered))
        ) as answers:
            async for each in answers:
                if not isinstance(each, Waiting):
                    return each.value
    except Unusable:
        pass  # Said in the log; the report does without.
    return None


def _a_turn(scene: Scene) -> int:
    """What a turn's part takes, in tokens of the reply."""
    at_end = scene.config.feedback == "end"
    return _A_TURN + (A_SCORE * len(scene.criteria) if at_end else 0)


def _schema(scene: Scene, *, at_end: bool) -> dict[str, Any]:
    turn: dict[str, Any] = {"turn": A_NUMBER, "summary": A_TEXT, "better_answer": A_TEXT}
    if at_end:
        turn["scores"] = scores_schema(scene.criteria)
    return an_object(
        {
            "strengths": a_list(A_TEXT),
            "improvements": a_list(A_TEXT),
            "turns": a_list(an_object(turn)),
        }
    )


def _read(text: str, scene: Scene, answered: Mapping[int, Turn]) -> Read[Parts]:
    said = decode(text, _PartsSaid)
    turns: dict[int, TurnPart] = {}
    doubts: list[str] = []
    for each in said.turns:
        if each.turn in answered and each.turn not in turns:
            part = _turn_part(each, scene, answered[each.turn])
            turns[each.turn] = part.value
            if part.doubt is not None:
                doubts.append(f"turn {each.turn}: {part.doubt}")
    if missing := answered.keys() - turns.keys():
        doubts.insert(0, f"nothing of turn {', '.join(map(str, sorted(missing)))}")
    parts = Parts(tuple(_lines(said.strengths)), tuple(_lines(said.improvements)), turns)
    return Read(parts, "; ".join(doubts) or None)


def _turn_part(said: _TurnSaid, scene: Scene, turn: Turn) -> Read[TurnPart]:
    scores: Read[tuple[Score, ...]] = Read(())
    if scene.config.feedback == "end" and said.scores:
        scores = backed_scores(said.scores, scene.criteria, Evidence(turn.answer or ""))
    summary = plain(said.summary)[:_LONGEST_SUMMARY]
    better = plain(said.better_answer)[:_LONGEST_ANSWER]
    doubt = scores.doubt if summary and better else "`summary` or `better_answer` is empty"
    return Read(TurnPart(summary, better, scores.value), doubt)


def _lines(said: Iterable[str]) -> Iterator[str]:
    lines = (plain(line)[:_LONGEST_LINE] for line in said)
    return (line for line in lines if line)
