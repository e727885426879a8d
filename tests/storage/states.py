"""Interviews in any state, and what storage is to keep of them.

The states obey what the protocol says of one at a time (a finished interview has its report,
cancelled feedback awaits no scores …), and nothing of how an interview would get there.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar, get_args

from hypothesis import strategies as st

from protocol.agenda import IN_PROGRESS
from protocol.draft import State, Voice
from protocol.effects import Work
from protocol.view import (
    TEXT_PATTERN,
    Comparison,
    Competency,
    CompetencyResult,
    Config,
    Delivery,
    Failure,
    Feedback,
    FinishReason,
    Hint,
    Interview,
    LaneScore,
    Mark,
    Phase,
    Quote,
    Report,
    Score,
    Span,
    Stream,
    Transcript,
    Turn,
    TurnComparison,
    TurnReport,
    View,
    Waiting,
    Word,
)
from tests.storage.made import CREATED_AT

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

T = TypeVar("T")


def kept(state: State, *, epoch: int, seq: int) -> State:
    """What is left of a state after it went through storage."""
    interview = state.view.interview
    turns = tuple(
        turn for turn in interview.turns if turn.question is not None or turn.answer or turn.skipped
    )
    lasting = replace(interview, turns=turns, failed=None, waiting=())
    return replace(
        state,
        view=View(lasting, epoch=epoch, seq=seq),
        given_up=frozenset(),
        retrying=False,
        exhausted=False,
        words=(),  # to be had by themselves
    )


# --- pieces --------------------------------------------------------------------------------------

_characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
_text = st.text(_characters, max_size=20)
_name = st.text(_characters, min_size=1, max_size=20).filter(re.compile(TEXT_PATTERN).match)
_count = st.integers(0, 1_000)
_ms = st.integers(0, 2**53)
_number = st.floats(allow_nan=False, allow_infinity=False)
_turn_number = st.integers(1, 80)


def _few(items: SearchStrategy[T]) -> SearchStrategy[tuple[T, ...]]:
    return st.lists(items, max_size=3).map(tuple)


def _some(items: SearchStrategy[T]) -> SearchStrategy[tuple[T, ...]]:
    return st.lists(items, min_size=1, max_size=3).map(tuple)


configs: SearchStrategy[Config] = st.builds(
    Config,
    role=_name,
    level=st.none() | _name,
    questions=st.integers(1, 20),
    follow_ups=st.integers(0, 3),
    time_limit_s=st.none() | st.integers(60, 86_400),
    job_description=st.none() | _name,
    document_ids=st.none() | _few(st.from_regex(r"[A-Za-z0-9_-]{16}", fullmatch=True)),
    question_list=st.none() | _some(_name),
    competencies=st.none() | _some(st.builds(Competency, _name, _name)),
    models=st.none() | _some(_name),
)
_mark = st.builds(Mark, _text, _ms)
_delivery = st.builds(
    Delivery,
    duration_ms=_ms,
    speech_ms=_ms,
    pace=_number,
    fillers=_few(_mark),
    pauses=_few(st.builds(Span, _ms, _ms)),
    hedges=_few(_mark),
    repeated=_few(_mark),
)
spoken: SearchStrategy[tuple[Word, ...]] = _few(st.builds(Word, _text, _ms, _ms, _number))
_transcript = st.builds(Transcript, text=_text, confidence=_number, duration_ms=_ms)
_scores = _few(st.builds(Score, _text, _count, _count, _few(_text)))
_competency = st.builds(
    CompetencyResult,
    _text,
    st.none() | _number,
    _count,
    _few(st.builds(Quote, _turn_number, _text)),
)
_comparison = st.builds(
    Comparison,
    candidate=st.none() | _number,
    rival=st.none() | _number,
    turns=_few(
        st.builds(TurnComparison, _turn_number, st.none() | _number, st.none() | _number, _text)
    ),
    lessons=_few(_text),
)
_report: SearchStrategy[Report] = st.builds(
    Report,
    text=_text,
    score=st.none() | _number,
    max=_count,
    competencies=_few(_competency),
    strengths=_few(_text),
    improvements=_few(_text),
    turns=_few(st.builds(TurnReport, _turn_number, _text, st.none() | _text)),
    unscored=_few(_turn_number),
    comparison=st.none() | _comparison,
    lanes=_few(st.builds(LaneScore, st.integers(0, 3), _text, st.none() | _number)),
)


@st.composite
def _turns(draw: DrawFn, turn: int) -> Turn:
    """A turn of that number with an outcome or none yet."""
    follows = draw(st.booleans()) and turn > 1
    parent = draw(st.integers(1, turn - 1)) if follows else None
    outcome = draw(st.sampled_from(["answered", "skipped", "open"]))
    answered = outcome == "answered"
    return Turn(
        turn=turn,
        number=draw(st.integers(1, turn)),
        kind="follow_up" if follows else "main",
        topic=draw(_text),
        parent_turn=parent,
        question=draw(st.none() | _text) if outcome == "skipped" else draw(_text),
        hints=draw(_few(st.builds(Hint, _text))),
        transcript=draw(st.none() | _transcript),
        answer=draw(_text) if answered else None,
        source=draw(st.sampled_from(["text", "voice"])) if answered else None,
        delivery=draw(st.none() | _delivery) if answered else None,
        skipped=outcome == "skipped",
        feedback=draw(_feedback()) if answered else (),
        rival=draw(st.none() | _text) if answered else None,
    )


@st.composite
def _feedback(draw: DrawFn) -> tuple[Feedback, ...]:
    lanes = sorted(draw(st.sets(st.integers(0, 3), max_size=3)))
    return tuple(
        Feedback(lane, draw(_text), draw(_text), draw(st.none() | _scores), draw(st.booleans()))
        for lane in lanes
    )


# --- states --------------------------------------------------------------------------------------


@st.composite
def states(draw: DrawFn) -> State:
    """Any state, with much in it that isn't kept."""
    count = draw(st.integers(0, 3))
    turns = tuple(draw(_turns(number)) for number in range(1, count + 1))
    if draw(st.booleans()):
        turns += (Turn(count + 1, 1, "main", draw(_text), None),)
    phase = draw(st.sampled_from(get_args(Phase)))
    finished = draw(st.booleans())
    voice = draw(_voice(phase))
    interview = Interview(
        id="",
        phase=phase,
        paused=draw(st.booleans()),
        created_at=CREATED_AT,
        started_at=draw(st.none() | _ms),
        finished_at=draw(_ms) if finished else None,
        finish_reason=draw(st.sampled_from(get_args(FinishReason))) if finished else None,
        remaining_ms=draw(st.none() | _ms),
        config=Config(role="engineer"),
        turns=turns,
        failed=draw(st.none() | st.builds(Failure)),
        waiting=draw(_few(st.builds(Waiting))),
        report=draw(_report if phase == "finished" else st.none() | _report),
    )
    return State(
        view=View(
            interview,
            epoch=draw(_count),
            seq=draw(_count),
            streaming=draw(_few(st.builds(Stream))),
            speaking=draw(st.booleans()),
            partial=draw(_text),
        ),
        deadline_at=draw(st.none() | _ms),
        awaiting=draw(_awaiting(interview)),
        given_up=draw(st.frozensets(st.builds(Work, st.just("rival"), _turn_number), max_size=2)),
        hinting=draw(st.booleans()),
        retrying=draw(st.booleans()),
        exhausted=draw(st.booleans()),
        time_up=voice is not None and draw(st.booleans()),
        voice=voice,
        delivery=draw(st.none() | _delivery) if phase == "reviewing" else None,
        words=draw(spoken),
        ended_by_server=draw(st.frozensets(_turn_number, max_size=3)),
    )


@st.composite
def _voice(draw: DrawFn, phase: Phase) -> Voice | None:
    """The answer that is being spoken in that phase, if any."""
    if phase not in ("listening", "transcribing"):
        return None
    return Voice(
        id=draw(st.text(min_size=1, max_size=8)),
        turn=draw(_turn_number),
        sample_rate=draw(st.integers(8_000, 48_000)),
        silence_ms=draw(st.none() | st.integers(300, 10_000)),
        review=draw(st.booleans()),
        bytes=draw(_ms) if phase == "transcribing" else None,
        recording=draw(st.none() | st.from_regex(r"[0-9a-f]{64}", fullmatch=True)),
    )


@st.composite
def _awaiting(draw: DrawFn, interview: Interview) -> frozenset[tuple[int, int]]:
    if interview.phase not in IN_PROGRESS:
        return frozenset()
    may_be_awaited = [
        (turn.turn, given.lane)
        for turn in interview.turns
        for given in turn.feedback
        if not given.cancelled and given.scores is None
    ]
    return draw(st.frozensets(st.sampled_from(may_be_awaited))) if may_be_awaited else frozenset()


@st.composite
def steps(draw: DrawFn) -> tuple[State, State]:
    """Two states; the later has all turns and feedback of the former, changed or not."""
    former, later = draw(states()), draw(states())
    turns = list(former.view.interview.turns)
    if turns and turns[-1].question is None and not turns[-1].skipped:
        turns.pop()
    for place, turn in enumerate(turns):
        others = later.view.interview.turns[place : place + 1]
        if draw(st.booleans()) and others:
            turns[place] = replace(
                others[0],
                question=others[0].question if others[0].skipped else draw(_text),
                feedback=_united(turn.feedback, others[0].feedback),
            )
    turns += later.view.interview.turns[len(turns) :]
    interview = replace(later.view.interview, turns=tuple(turns))
    awaiting = draw(_awaiting(interview))
    return former, replace(later, view=replace(later.view, interview=interview), awaiting=awaiting)


def _united(former: tuple[Feedback, ...], later: tuple[Feedback, ...]) -> tuple[Feedback, ...]:
    lanes = {given.lane: given for given in (*former, *later)}
    return tuple(lanes[lane] for lane in sorted(lanes))
