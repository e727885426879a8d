"""One request's way through the models: which is asked next, what a failure changes, how long it
may still wait, and what is said of that. No I/O: `router.py` does what is decided here.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from protocol.view import WaitingReason
from realtime.interviewer.model import LanguageModel, ModelError, Trouble, Usage
from realtime.interviewer.request import NoAnswer, Refusal, Request, Waiting
from realtime.interviewer.routing.backoff import Backoff
from realtime.interviewer.routing.breaker import Breaker
from realtime.interviewer.routing.budget import Budget
from realtime.ports import Clock

# A preferred model that can be asked within so long isn't passed over, unless it was left alone.
NEAR_MS = 1_500
# The wait before a hiccup is tried again, and the first before a model that failed is asked anew.
HICCUP_MS = 250
FIRST_PAUSE_MS = 1_000
LONGEST_PAUSE_MS = 8_000
MOST_REFUSALS = 3
# Against a budget a request counts with its prompt and so much of the most it may bring, until it
# is known what it took.
REPLY_PART = 0.5
# Nobody notices a shorter pause. Time that was lost without a word is noticed from here on.
SAY_PAUSE_MS = 250
SAY_LOST_MS = 1_000
# What is said once isn't said again unless it has changed by so much, nor too often.
SAY_CHANGE_MS = 3_000
MOST_SAID = 10

HICCUPS: frozenset[Trouble] = frozenset(("unavailable", "cut"))
FINAL: frozenset[Trouble] = frozenset(("rejected", "filtered"))


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a request may wait in all, in queues and pauses (a model's own time apart), and how
    often each model may fail it, at least once.

    Where somebody else can speak instead a candidate waits for seconds, else for minutes.
    """

    wait_ms: int
    rounds: int


WITH_LAST_RESORT = Patience(wait_ms=15_000, rounds=1)
WITHOUT_LAST_RESORT = Patience(wait_ms=180_000, rounds=5)


@dataclass(frozen=True, slots=True)
class Upstream:
    """A model, the budget of its provider (which several models may share), and its breaker."""

    model: LanguageModel
    budget: Budget
    breaker: Breaker


@dataclass(slots=True)
class Standing:
    """What a model has done with one request so far."""

    upstream: Upstream
    failures: int = 0
    refusals: int = 0
    hiccups: int = 0
    out: bool = False
    not_before: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """Whom to ask: after a pause, and then perhaps a time in the queue."""

    standing: Standing
    pause_ms: int
    queue_ms: int
    near: bool

    @property
    def wait_ms(self) -> int:
        return max(self.pause_ms, self.queue_ms)

    @property
    def reason(self) -> WaitingReason:
        """What the longer of the two is for."""
        return "rate_limited" if self.queue_ms > self.pause_ms else "failover"


class Terms:
    """What holds for all requests of a router."""

    def __init__(self, patience: Patience, clock: Clock, chance: Random) -> None:
        self.patience = patience
        self.clock = clock
        self.hiccups = Backoff(chance, first_ms=HICCUP_MS, most_ms=HICCUP_MS)
        self.pauses = Backoff(
            chance, first_ms=FIRST_PAUSE_MS, most_ms=LONGEST_PAUSE_MS, least_part=0.5
        )


# Whether the caps leave room for the request to be made to this model.
Affords = Callable[[Upstream], bool]


class Course:
    """The way of a `request` that takes `most` at most."""

    def __init__(
        self,
        request: Request,
        most: Usage,
        upstreams: Sequence[Upstream],
        terms: Terms,
        affords: Affords,
    ) -> None:
        self.request = request
        self.most = most
        self.tokens = most.input_tokens + int(most.output_tokens * REPLY_PART)
        self.answered = False
        self._terms = terms
        self._affords = affords
        self._standings = tuple(Standing(upstream) for upstream in upstreams)
        self._waited_ms = 0
        self._lost_ms = 0
        self._last_trouble: Trouble | None = None
        self._said: Waiting | None = None
        self._said_until = 0
        self._times_said = 0

    def choose(self) -> Choice:
        """Whom to ask next.

        Raises:
            NoAnswer: nobody, or not as soon as a candidate may be made to wait for.
        """
        options = list(self._options())
        if not options:
            raise self._nobody()
        left_ms = self.left_ms
        soon = [option for option in options if option.wait_ms <= left_ms]
        if not soon:
            queued = any(option.queue_ms > left_ms for option in options)
            raise NoAnswer(
                "busy" if queued else "failing",
                f"{min(option.wait_ms for option in options)} ms to wait, {left_ms} left",
            )
        near = (option for option in soon if option.near)
        return next(near, None) or min(soon, key=lambda option: option.wait_ms)

    def better_than(self, standing: Standing, wait_ms: int) -> bool:
        """Whether waiting so long for this model has become a mistake."""
        if wait_ms > self.left_ms:
            return True
        others = (option for option in self._options() if option.standing is not standing)
        return any(option.wait_ms + NEAR_MS < wait_ms for option in others)

    @property
    def left_ms(self) -> int:
        """How long it may wait yet."""
        return self._terms.patience.wait_ms - self._waited_ms

    def waited(self, ms: int) -> None:
        self._waited_ms += ms

    def failed(self, standing: Standing, error: ModelError, silent_ms: int | None) -> None:
        """A model failed the request, after so long without a word; null: it had begun to speak."""
        self._last_trouble = error.trouble
        self._lost_ms = silent_ms or 0
        now = self._terms.clock.now()
        if silent_ms is not None and _is_hiccup(error) and standing.hiccups == 0:
            standing.hiccups = 1
            standing.not_before = now + self._terms.hiccups.ms(1)
        elif error.trouble == "rate_limited":
            standing.refusals += 1
            standing.out = standing.refusals >= MOST_REFUSALS
        else:
            standing.failures += 1
            standing.out = (
                error.trouble in FINAL or standing.failures >= self._terms.patience.rounds
            )
            standing.not_before = now + self._terms.pauses.ms(standing.failures)

    def to_say(self, reason: WaitingReason, wait_ms: int) -> Waiting | None:
        """What is said before a wait; null: nothing, it is too short or was said already."""
        lost_ms, self._lost_ms = self._lost_ms, 0
        if wait_ms < SAY_PAUSE_MS and lost_ms < SAY_LOST_MS:
            return None
        until = self._terms.clock.now() + wait_ms
        known = (
            self._said is not None
            and self._said.reason == reason
            and abs(until - self._said_until) < SAY_CHANGE_MS
        )
        if known or self._times_said >= MOST_SAID:
            return None
        self._times_said += 1
        self._said, self._said_until = Waiting(reason, wait_ms), until
        return self._said

    def _options(self) -> Iterator[Choice]:
        """Who may be asked, and when: those that failed least first, then as preferred."""
        interview_id, now = self.request.interview_id, self._terms.clock.now()
        for standing in sorted(self._standings, key=lambda each: each.failures + each.refusals):
            upstream = standing.upstream
            if standing.out or not self._affords(upstream):
                continue
            queue_ms = upstream.budget.wait_ms(interview_id, self.tokens)
            if queue_ms is not None:
                alone_ms = upstream.breaker.wait_ms()
                # Never long, though the clock be set back.
                rest_ms = min(standing.not_before - now, LONGEST_PAUSE_MS)
                pause_ms = max(alone_ms, rest_ms, 0)
                near = alone_ms == 0 and max(pause_ms, queue_ms) <= NEAR_MS
                yield Choice(standing, pause_ms, queue_ms, near)

    def _nobody(self) -> NoAnswer:
        """Why there is nobody to ask."""
        left = [standing.upstream for standing in self._standings if not standing.out]
        if any(self._affords(upstream) for upstream in left):
            return NoAnswer("busy", "all queues are full")
        if left:
            return NoAnswer("spent", "the caps leave no room for another request")
        refusal: Refusal = "busy" if self._last_trouble == "rate_limited" else "failing"
        return NoAnswer(refusal, f"every model failed, the last one: {self._last_trouble}")


def _is_hiccup(error: ModelError) -> bool:
    """Whether the same model may well answer if it is asked once more at once."""
    if error.trouble == "rate_limited":
        return error.retry_after_ms is not None and error.retry_after_ms <= NEAR_MS
    return error.trouble in HICCUPS
