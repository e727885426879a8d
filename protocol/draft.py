"""What an interview is between two inputs, and the scratch pad on which the next state is written.

A `State` is the view that clients hold and the few things that they don't: all of it frozen, so
that a step whose commit fails is undone by forgetting it.
"""

from dataclasses import dataclass

from protocol.effects import Work
from protocol.events import EPHEMERAL, Event
from protocol.fold import apply
from protocol.view import Delivery, View, Word


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice answer from `audio.start` on, until its transcript is there, as it was begun.

    `id`: of the command that opened it. `bytes`: its whole length, null until it was stopped.
    `recording`: the SHA-256 of a recording that was handed in whole; null: its audio is streamed.
    """

    id: str
    turn: int
    sample_rate: int
    silence_ms: int | None
    review: bool
    bytes: int | None = None
    recording: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """An interview, whole.

    `deadline_at`: when its time is up (Unix ms; null without a limit, before the start and while
    paused). `awaiting`: (turn, lane) of the feedbacks that are given and not yet scored.
    `given_up`: feedback and rivals that failed for good. `hinting`: a hint was asked for and isn't
    complete. `retrying`: a failed question or report is to be tried again. `exhausted`: the
    interviewer has nothing more to ask. `time_up`: the time ran out while an answer was being
    spoken. `voice`: the answer that is being spoken, or transcribed. `delivery`: how the one was
    spoken that is being reviewed; `words`: those of the newest transcript. `ended_by_server`: turns
    whose spoken answer the server ended by itself.
    """

    view: View
    deadline_at: int | None = None
    awaiting: frozenset[tuple[int, int]] = frozenset()
    given_up: frozenset[Work] = frozenset()
    hinting: bool = False
    retrying: bool = False
    exhausted: bool = False
    time_up: bool = False
    voice: Voice | None = None
    delivery: Delivery | None = None
    words: tuple[Word, ...] = ()
    ended_by_server: frozenset[int] = frozenset()

    def seen(self, view: View) -> "State":
        """This state with another view: `dataclasses.replace`, at a third of the cost a token."""
        return State(
            view,
            self.deadline_at,
            self.awaiting,
            self.given_up,
            self.hinting,
            self.retrying,
            self.exhausted,
            self.time_up,
            self.voice,
            self.delivery,
            self.words,
            self.ended_by_server,
        )


@dataclass(frozen=True, slots=True)
class Step:
    """The state after an input, and the events that tell of it, in order, said `at` (Unix ms)."""

    state: State
    events: tuple[Event, ...] = ()
    at: int = 0

    @property
    def durable(self) -> bool:
        """Whether it must be committed before any of it is said."""
        return any(type(event) not in EPHEMERAL for event in self.events)


class Draft:
    """Collects the events of one step, and keeps the view in step with them.

    What clients don't see is changed by setting `state`.
    """

    def __init__(self, state: State, now: int) -> None:
        self.state = state
        self.now = now
        self._events: list[Event] = []

    def emit(self, event: Event) -> None:
        """Say `event`, after all said before."""
        self._events.append(event)
        self.state = self.state.seen(apply(self.state.view, event, self.now))

    def step(self) -> Step:
        return Step(self.state, tuple(self._events), self.now)
