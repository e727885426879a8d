"""What an answer lacks, and in which order that matters.

The order is an interviewer's: without an action there is nothing to speak about, without a result
it had no point, without figures one can't tell how much it was. What was asked for once in a main
question is not asked for again, even if it didn't come.
"""

from collections.abc import Iterator, Mapping
from typing import Literal, get_args

from realtime.interviewer.offline.analysis import Analysis, Standing
from realtime.interviewer.offline.lexicon import Aspect, Form

# What keeps an answer from being judged at all, or from being judged in the interview's language.
Obstacle = Literal["empty", "unknown", "unclear", "foreign"]
Gap = Literal[
    "detail",
    "relevance",
    "real",
    "action",
    "result",
    "own",
    "numbers",
    "situation",
    "task",
    "reason",
    "example",
    "plan",
    "check",
]
# What a good answer may still be asked.
Deepening = Literal[
    "point",
    "resume",
    "hindsight",
    "alternative",
    "hardest",
    "transfer",
    "obstacle",
    "only_one",
    "objection",
    "turned",
]
Lack = Obstacle | Gap
Probe = Lack | Deepening

OBSTACLES: tuple[Obstacle, ...] = get_args(Obstacle)
GAPS: tuple[Gap, ...] = get_args(Gap)
LACKS: tuple[Lack, ...] = (*OBSTACLES, *GAPS)
PROBES: tuple[Probe, ...] = (*LACKS, *get_args(Deepening))

DEEPENING: Mapping[Form, tuple[Deepening, ...]] = {
    "experience": ("point", "hindsight", "alternative", "hardest", "transfer"),
    "case": ("obstacle", "only_one", "alternative"),
    "view": ("point", "objection", "turned"),
}

# The aspects of which an answer to a probe should show at least one.
WANTED: Mapping[Probe, tuple[Aspect, ...]] = {
    "empty": ("action", "situation", "result"),
    "unknown": ("plan", "action", "example", "situation"),
    "unclear": ("action", "situation", "plan"),
    "foreign": ("action", "situation", "result"),
    "detail": ("action", "result", "plan", "reason"),
    "relevance": (),
    "real": ("action", "situation", "result"),
    "action": ("action",),
    "result": ("result", "numbers"),
    "own": ("own",),
    "numbers": ("numbers",),
    "situation": ("situation",),
    "task": ("task",),
    "reason": ("reason",),
    "example": ("example", "situation", "action"),
    "plan": ("plan", "order", "action"),
    "check": ("check", "numbers"),
    "point": (),
    "resume": ("action", "result", "numbers", "reason", "situation"),
    "hindsight": ("learning", "plan", "reason"),
    "alternative": ("reason", "plan", "action"),
    "hardest": ("action", "situation"),
    "transfer": ("plan", "reason", "learning"),
    "obstacle": ("plan", "check", "action"),
    "only_one": ("reason", "plan"),
    "objection": ("reason", "example"),
    "turned": ("learning", "example", "situation"),
}

# More 'we' than this for each 'I' hides the speaker.
_WE_PER_I = 3
# Below this an answer can be beside the point without showing it.
_JUDGED_FOR_RELEVANCE_S = 15


def lacks(
    analysis: Analysis, form: Form, known: frozenset[Aspect] = frozenset(), *, beside: bool = False
) -> tuple[Lack, ...]:
    """What the answer lacks, the most important first.

    `known`: aspects that earlier answers to the same main question have shown. `beside`: it shares
    no word with the question and what a good answer to it contains.
    """
    obstacle = _OBSTACLE.get(analysis.standing)
    gaps = _gaps(analysis, form, known, beside=beside) if analysis.judgeable else ()
    return tuple(dict.fromkeys((*filter(None, (obstacle,)), *gaps)))


_OBSTACLE: Mapping[Standing, Obstacle] = {
    "empty": "empty",
    "unknown": "unknown",
    "unclear": "unclear",
    "foreign": "foreign",
}


def _gaps(
    analysis: Analysis, form: Form, known: frozenset[Aspect], *, beside: bool
) -> Iterator[Gap]:
    if beside and analysis.seconds >= _JUDGED_FOR_RELEVANCE_S:
        yield "relevance"
    # A bare beginning; an answer that is short and says what matters is no worse for it.
    if analysis.standing == "brief" and not _substantial(analysis):
        yield "detail"
    match form:
        case "experience":
            yield from _experience(analysis, known)
        case "case":
            yield from _missing(analysis, known, ("plan", "action"), "plan")
            yield from _missing(analysis, known, ("reason",), "reason")
            yield from _missing(analysis, known, ("check",), "check")
        case "view":
            yield from _missing(analysis, known, ("reason",), "reason")
            yield from _missing(analysis, known, ("example", "action"), "example")


def _experience(analysis: Analysis, known: frozenset[Aspect]) -> Iterator[Gap]:
    acted = analysis.has("action") or "action" in known
    if not acted:
        yield "real" if analysis.has("plan") else "action"
    yield from _missing(analysis, known, ("result",), "result")
    if hides_speaker(analysis) and "own" not in known:
        yield "own"
    if analysis.has("result") or "result" in known:
        yield from _missing(analysis, known, ("numbers",), "numbers")
    yield from _missing(analysis, known, ("situation",), "situation")
    told: tuple[Aspect, ...] = ("situation", "action", "result", "numbers")
    if not all(analysis.has(aspect) or aspect in known for aspect in told):
        # With all of these the task goes without saying.
        yield from _missing(analysis, known, ("task", "reason"), "task")
    yield from _missing(analysis, known, ("reason",), "reason")


def _missing(
    analysis: Analysis, known: frozenset[Aspect], aspects: tuple[Aspect, ...], gap: Gap
) -> Iterator[Gap]:
    if not any(analysis.has(aspect) or aspect in known for aspect in aspects):
        yield gap


def _substantial(analysis: Analysis) -> bool:
    return analysis.has("action") and analysis.has("result") and analysis.has("numbers")


def hides_speaker(analysis: Analysis) -> bool:
    """Whether the answer speaks of a group in which the speaker can't be seen."""
    own, team = len(analysis.found["own"]), len(analysis.found["team"])
    return team > 0 and (own == 0 or team >= _WE_PER_I * own)
