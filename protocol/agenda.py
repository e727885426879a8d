"""Which works should be under way: a pure function of the state.

The state machine gives no orders. `wanted` says which works should be under way, and the actor
starts those that aren't and cancels those that shouldn't be. So a pause, a cancellation, a retry, a
failover and a restart after a crash are one mechanism: the state changes, and the difference is
made up.
"""

from collections.abc import Iterator

from protocol.draft import State
from protocol.effects import Work
from protocol.view import Phase, Turn

IN_PROGRESS: frozenset[Phase] = frozenset(
    {"asking", "answering", "listening", "transcribing", "reviewing", "evaluating"}
)


def wanted(state: State) -> tuple[Work, ...]:
    """The works that should be under way, each once, those that are open first."""
    view = state.view
    interview = view.interview
    works = [Work(stream.what, stream.turn, stream.lane) for stream in view.streaming]
    works += (Work("scores", turn, lane) for turn, lane in sorted(state.awaiting))
    current = interview.current
    if interview.phase in ("listening", "transcribing") and current is not None:
        works.append(Work("transcript", current.turn))
    if not interview.paused:
        works += _new(state)
    return tuple(dict.fromkeys(works))


def _new(state: State) -> Iterator[Work]:
    """What nothing but a pause would hold back."""
    interview = state.view.interview
    held = interview.failed is not None and not state.retrying
    if interview.phase == "reporting" and not held:
        yield Work("report", None)
    if interview.phase not in IN_PROGRESS:
        return
    if state.hinting and interview.current is not None:
        yield Work("hint", interview.current.turn)
    yield from reviews(state)
    if not held and asks_next(state):
        yield Work("question", next_turn(state))


def reviews(state: State) -> Iterator[Work]:
    """The feedback of each lane and the rival's answers that are still to be given."""
    config = state.view.interview.config
    for turn in state.view.interview.turns:
        if turn.answer is None:
            continue
        if config.feedback == "each":
            given = {feedback.lane for feedback in turn.feedback}
            for lane in range(config.lanes):
                work = Work("feedback", turn.turn, lane)
                if lane not in given and work not in state.given_up:
                    yield work
        rival = Work("rival", turn.turn)
        if (
            config.rival is not None
            and turn.kind == "main"
            and turn.rival is None
            and rival not in state.given_up
        ):
            yield rival


def asks_next(state: State) -> bool:
    """Whether the next question is due (or streaming): all that goes before it has been said."""
    return state.view.interview.phase in ("asking", "evaluating") and may_ask(state) and said(state)


def said(state: State) -> bool:
    """Whether lane 0's feedback and the rival's answer on the newest turn are done."""
    current = state.view.interview.current
    newest = None if current is None else current.turn
    return not any(
        work.turn == newest and (work.lane == 0 or work.what == "rival") for work in reviews(state)
    )


def may_ask(state: State) -> bool:
    """Whether any question, main or follow-up, is left to ask."""
    return not state.exhausted and (may_ask_main(state) or may_follow_up(state))


def may_ask_main(state: State) -> bool:
    return asked(state) < state.view.interview.config.main_questions


def asked(state: State) -> int:
    """How many main questions were asked, the one that has just failed or is streaming left out."""
    return sum(turn.kind == "main" for turn in _put(state))


def may_follow_up(state: State) -> bool:
    """Whether the newest answer may be followed up: it was given, and the limit isn't reached."""
    put = _put(state)
    if not put or put[-1].answer is None:
        return False
    main = put[-1].main_turn
    follow_ups = sum(turn.parent_turn == main for turn in put)
    return follow_ups < state.view.interview.config.follow_ups


def next_turn(state: State) -> int:
    """The number of the turn that the next (or the streaming, or the failed) question opens."""
    return len(_put(state)) + 1


def _put(state: State) -> tuple[Turn, ...]:
    """The turns whose question stands."""
    turns = state.view.interview.turns
    if turns and turns[-1].question is None and not turns[-1].has_outcome:
        return turns[:-1]
    return turns
