"""The report's parts that are written turn by turn: what an answer told, and a better one.

They are asked for in batches of turns, which are shown whole: a long interview's first answers are
long out of sight otherwise. With `feedback: "end"` the same reply scores the answers. A better
answer is built from the candidate's own facts: a figure that stands nowhere in what they said or
handed in becomes a gap.
"""

import re
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import structlog

from protocol.effects import Delayed, Output
from protocol.view import Score, Turn
from realtime.interviewer.leading.context import batches
from realtime.interviewer.leading.evidence import Evidence
from realtime.interviewer.leading.fair_copy import Form
from realtime.interviewer.leading.judging import (
    A_SCORE,
    MOST_CHARS,
    SCORES,
    Unreadable,
    judgeable,
    judgement,
    score_marks,
)
from realtime.interviewer.leading.reply import ATTEMPTS, Section, Unusable, rest
from realtime.interviewer.leading.scene import NUMBER, Order, Scene, Size
from realtime.interviewer.request import NoAnswer
from realtime.interviewer.tally import fairly_asked

logger = structlog.get_logger(__name__)

_TURNS_A_BATCH = 8
# In tokens of the reply. Some models write no more than 8,000 at once.
_A_TURN = 450
_MOST_OF_TURNS = 6_000

FORM = Form(
    {"turn": (NUMBER,), "summary": (), "better": (), **SCORES, "end": ()},
    needed=frozenset({"summary", "better"}),
    raw=frozenset({"score"}),
    most_chars={"summary": 1_200, "better": 2_000, **MOST_CHARS},
)
_DIGITS = re.compile(r"\d+")
# Not what is within a name, such as S3 or HTTP/2, nor what counts what follows in the text.
_FIGURE = re.compile(
    r"(?<![A-Za-z0-9])(?<![A-Za-z][-_/.])(?<![A-Za-z]\d[-.])(?<![A-Za-z]\d\d[-.])"
    r"\d++(?:[.,:/]\d++)*+(?![A-Za-z]*\d|[A-Z]|[-_][A-Za-z])"
    r"(?!\s?(?:가지|번째|단계|째)|\.\s)(?:\s?%)?"
)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3})")
_GAP = re.compile(r"\[[^\]\n]*\]")


@dataclass(frozen=True, slots=True)
class TurnPart:
    """What is said of an answered turn. A text may be empty; `scores` are where some are given."""

    summary: str
    better_answer: str
    scores: tuple[Score, ...]


@dataclass(slots=True)
class Parts:
    """What models wrote, by turn; one of which nothing came is missing."""

    turns: dict[int, TurnPart] = field(default_factory=dict)

    @property
    def complete(self) -> frozenset[int]:
        """The turns of which both texts came."""
        told = (turn for turn, part in self.turns.items() if part.summary and part.better_answer)
        return frozenset(told)


async def write_parts(scene: Scene, parts: Parts) -> AsyncGenerator[Output, None]:
    """Have the `parts` written, as far as they come back fit for use.

    If models cease to answer, what they wrote stands, and the rest is left to be made by rule where
    the offline interviewer may help out, unless it was to hold scores.

    Raises:
        NoAnswer: no model answers, and the rest can't be left out.
    """
    most = max(1, min(_TURNS_A_BATCH, _MOST_OF_TURNS // _a_turn(scene)))
    runs = batches(fairly_asked(scene.interview), scene.frame, scene.room(), most)
    try:
        for run in runs:
            if any(turn.answer is not None for turn in run):
                async with aclosing(_batch(scene, run, parts)) as outputs:
                    async for output in outputs:
                        yield output
    except NoAnswer:
        if scene.kit.offline is None or scene.config.feedback == "end":
            raise


async def _batch(scene: Scene, run: Sequence[Turn], parts: Parts) -> AsyncGenerator[Output, None]:
    """Write of these turns; what lacks is asked for once more."""
    answered = {turn.turn: turn for turn in run if turn.answer is not None}
    complaint: str | None = None
    for _ in range(ATTEMPTS):
        reply = scene.ask(run, _order(scene, answered), attempts=1, complaint=complaint)
        try:
            async with aclosing(rest(reply)) as said:
                async for each in said:
                    if isinstance(each, list):
                        complaint = _read(scene, each, answered, parts)
                    else:
                        yield Delayed(scene.work, each.reason, each.retry_after_ms)
        except Unusable as error:
            complaint = str(error)
        finally:
            await reply.aclose()
        if complaint is None:
            return
        logger.info("parts_in_doubt", interview=scene.interview.id, why=complaint)


def _order(scene: Scene, answered: Iterable[int]) -> Order:
    said, at_end = scene.words.parts, scene.config.feedback == "end"
    numbers = sorted(answered)

    def values(key: str) -> Mapping[str, object]:
        marks = f"{score_marks(scene.criteria, scene.words, key)}\n" if at_end else ""
        return {
            "turns": ", ".join(map(str, numbers)),
            "summary": said.summary_at_end if at_end else said.summary,
            "scores": f"{said.scores_at_end}\n" if at_end else "",
            "score_marks": marks,
        }

    return Order("report_turns", values, FORM, Size(_a_turn(scene) * (len(numbers) + 1), 0.3))


def _a_turn(scene: Scene) -> int:
    """What a turn's part takes, in tokens of the reply."""
    at_end = scene.config.feedback == "end"
    return _A_TURN + (A_SCORE * len(scene.criteria) if at_end else 0)


def _read(
    scene: Scene, sections: Iterable[Section], answered: Mapping[int, Turn], parts: Parts
) -> str | None:
    """Add what the sections say; what lacks is told, for the model."""
    by_turn: dict[int, list[Section]] = {}
    current: list[Section] = []
    for section in sections:
        if section.mark.name == "turn":
            said = _DIGITS.search("".join(section.mark.words))
            current = by_turn.setdefault(0 if said is None else int(said.group()), [])
        else:
            current.append(section)
    doubts: list[str] = []
    for number, turn in answered.items():
        part, doubt = _turn_part(scene, by_turn.get(number, []), turn)
        before = parts.turns.get(number, part)
        parts.turns[number] = TurnPart(
            before.summary or part.summary,
            before.better_answer or part.better_answer,
            before.scores or part.scores,
        )
        if doubt is not None:
            doubts.append(f"turn {number}: {doubt}")
    return "; ".join(doubts) or None


def _turn_part(
    scene: Scene, sections: Sequence[Section], turn: Turn
) -> tuple[TurnPart, str | None]:
    texts: dict[str, str] = {}
    for section in sections:
        texts.setdefault(section.mark.name, section.text.strip())
    summary, better = texts.get("summary", ""), texts.get("better", "")
    doubt = None if summary and better else "`summary` or `better` is missing"
    scores: tuple[Score, ...] = ()
    answer = turn.answer or ""
    if scene.config.feedback == "end" and judgeable(answer):
        evidence = Evidence(answer, scene.frame.asides(answer))
        try:
            scores = judgement(sections, scene.criteria, evidence).scores
        except Unreadable as error:
            doubt = doubt or str(error)
    return TurnPart(summary, _of_own_facts(scene, better), scores), doubt


def _of_own_facts(scene: Scene, better: str) -> str:
    """A better answer without figures that the candidate never gave."""
    known = _figures(scene)
    gap = scene.words.parts.gap

    def figure(found: re.Match[str]) -> str:
        own = _DIGITS.findall(_THOUSANDS.sub("", found.group()))
        return found.group() if known.issuperset(own) else gap

    def checked(text: str) -> str:
        return _FIGURE.sub(figure, text)

    pieces: list[str] = []
    at = 0
    for existing in _GAP.finditer(better):
        pieces += (checked(better[at : existing.start()]), existing.group())
        at = existing.end()
    return "".join([*pieces, checked(better[at:])])


def _figures(scene: Scene) -> frozenset[str]:
    """The figures that stand in what was asked, said and handed in, digit run by digit run."""
    texts = [*scene.briefing.spoken()]
    texts += [f"{turn.question} {turn.answer}" for turn in scene.interview.turns]
    plain = (_THOUSANDS.sub("", text) for text in texts)
    return frozenset(digits for text in plain for digits in _DIGITS.findall(text))
