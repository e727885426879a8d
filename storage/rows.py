"""Between an interview's state and the rows that keep it. No I/O.

What is kept is what was committed (`protocol.md` 1, the promise): no open streams, no failures and
waits, no question whose text isn't complete. A column has the name of the field that it holds, so
that a row is read by one validating conversion, which names the place of what it refuses.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from protocol.agenda import IN_PROGRESS
from protocol.draft import State, Voice
from protocol.view import Delivery, Interview, Turn, View, Word
from storage.records import Commit, CorruptRecord

Row = Mapping[Any, Any]
Values = dict[str, Any]

_CHANGING = (
    "phase",
    "paused",
    "started_at",
    "finished_at",
    "finish_reason",
    "remaining_ms",
    "report",
)
_OF_THE_STATE = ("deadline_at", "hinting", "voice", "time_up", "delivery")
# The columns of an interview that a commit writes.
WRITTEN = (*_CHANGING, "seq", *_OF_THE_STATE, "ended_by_server")
_TURN = (
    "turn",
    "number",
    "kind",
    "topic",
    "parent_turn",
    "question",
    "hints",
    "transcript",
    "answer",
    "source",
    "delivery",
    "skipped",
    "rival",
)
_FEEDBACK = ("lane", "model", "text", "scores", "cancelled")


@dataclass(frozen=True, slots=True)
class Changes:
    """What a commit writes: the interview's changing columns, whole rows of turns and feedback, and
    the words of transcripts, null where a transcript was dropped.
    """

    interview: Values
    turns: list[Values]
    feedback: list[Values]
    words: list[Values]


def changes(commit: Commit) -> Changes:
    """What differs between the two states. But for a cancelled transcript, nothing kept is ever
    taken away again.
    """
    before, after = commit.before, commit.after
    interview = after.view.interview
    former = {turn.turn: turn for turn in before.view.interview.turns if _is_kept(turn)}
    rescored = {turn for turn, _ in before.awaiting ^ after.awaiting}
    written = Changes(_interview(after, commit.seq), [], [], [])
    for turn in filter(_is_kept, interview.turns):
        was = former.get(turn.turn)
        if was is turn and turn.turn not in rescored:
            continue
        if was is None or _values(was, _TURN) != _values(turn, _TURN):
            written.turns.append({"interview_id": interview.id, **_values(turn, _TURN)})
        if turn.transcript != (was and was.transcript):
            words = None if turn.transcript is None else after.words
            written.words.append({"interview_id": interview.id, "turn": turn.turn, "words": words})
        old = {} if was is None else _feedback(was, before)
        written.feedback.extend(
            {"interview_id": interview.id, **row}
            for lane, row in _feedback(turn, after).items()
            if old.get(lane) != row
        )
    return written


def _interview(state: State, seq: int) -> Values:
    return {
        **_values(state.view.interview, _CHANGING),
        "seq": seq,
        **_values(state, _OF_THE_STATE),
        "ended_by_server": sorted(state.ended_by_server),
    }


def new_interview(interview: Interview, user_id: str, key: str | None) -> Values:
    """The row of an interview that was never woken; `key`: what the user's request was named."""
    return {
        "id": interview.id,
        "user_id": user_id,
        "idempotency_key": key,
        "config": interview.config,
        "created_at": interview.created_at,
        "epoch": 1,
        "term": 0,
        "owner": None,
        **_interview(State(View(interview, epoch=1)), 0),
    }


def states(interviews: Iterable[Row], turns: Iterable[Row], feedback: Iterable[Row]) -> list[State]:
    """The states of the interviews, in their order, from their rows and those of their turns and
    feedback, which are in the order of turns and lanes.

    Raises:
        CorruptRecord: a row holds what it can't.
    """
    given: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in feedback:
        given[row["interview_id"], row["turn"]].append(row)
    put: dict[str, list[Values]] = defaultdict(list)
    for row in turns:
        put[row["interview_id"]].append(
            {**row, "feedback": given[row["interview_id"], row["turn"]]}
        )
    return [_state(row, put[row["id"]]) for row in interviews]


def words_of(interview_id: str, stored: object) -> tuple[Word, ...]:
    """The words of a transcript of that interview, as they are stored.

    Raises:
        CorruptRecord: they are no words.
    """
    try:
        return msgspec.convert(stored, tuple[Word, ...])
    except msgspec.ValidationError as error:
        raise CorruptRecord(f"words of interview {interview_id}: {error}") from error


def _state(row: Row, turns: list[Values]) -> State:
    try:
        interview = msgspec.convert({**row, "turns": turns}, Interview)
        voice = msgspec.convert(row["voice"], Voice | None)
        delivery = msgspec.convert(row["delivery"], Delivery | None)
    except msgspec.ValidationError as error:
        raise CorruptRecord(f"interview {row['id']}: {error}") from error
    in_progress = interview.phase in IN_PROGRESS
    return State(
        view=View(interview, epoch=row["epoch"], seq=row["seq"]),
        deadline_at=row["deadline_at"],
        hinting=row["hinting"],
        awaiting=frozenset(
            (given["turn"], given["lane"])
            for turn in turns
            for given in turn["feedback"]
            if in_progress and not given["scored"]
        ),
        time_up=row["time_up"],
        voice=voice,
        delivery=delivery,
        ended_by_server=frozenset(row["ended_by_server"]),
    )


def _is_kept(turn: Turn) -> bool:
    """Whether it is stored: its question is complete, or it has an outcome without (a finish came
    before the question).
    """
    return turn.question is not None or turn.has_outcome


def _feedback(turn: Turn, state: State) -> dict[int, Values]:
    """A turn's feedback rows by lane."""
    return {
        item.lane: {
            "turn": turn.turn,
            **_values(item, _FEEDBACK),
            "scored": (turn.turn, item.lane) not in state.awaiting,
        }
        for item in turn.feedback
    }


def _values(thing: object, names: tuple[str, ...]) -> Values:
    return {name: getattr(thing, name) for name in names}
