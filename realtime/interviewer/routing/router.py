"""Has a request answered by one of several models: whichever can, the preferred one first.

How a request goes:
- *Choice* (`course.py`): of the models that may be asked (the circuit is closed, the caps allow it,
  they haven't failed this request too often) the first in order that can be asked at once, else the
  one that can be asked soonest. Those that failed this request come after those that didn't.
- *Trouble* leads to the next choice, in mid-stream too (`Broken`): never two texts in one. What may
  be a hiccup (no connection, 5xx, cut before any text, a 429 with a short Retry-After) is tried
  once more with the same model, after a short wait by chance. After that a model waits, twice as
  long each time, and is out after `rounds` failures. One that refused the request itself, or
  withheld the reply, would do so again: it is out at once. One that refused the key is left alone
  for minutes.
- *Waiting* is bounded, and said: in the queue, when what was said turns out wrong, before a pause.
  Once a failed model has taken a second or more of the candidate's time in silence, that is said
  too, though the next is asked at once (`failover`, 0). A pause too short to notice isn't.
- *The end* is `NoAnswer`: `spent` if a model could be asked but for the caps; `busy` if a
  provider's limit would take longer than a candidate may be made to wait; else `failing`.

Every request to a model ends in the ledger, however it ended.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from random import Random

import structlog

from realtime.interviewer.estimate import prompt_tokens
from realtime.interviewer.model import ModelError, Trouble, Usage
from realtime.interviewer.request import Answer, Broken, Request, Speaking, Told, Waiting
from realtime.interviewer.routing.breaker import Permit
from realtime.interviewer.routing.budget import Full, Place
from realtime.interviewer.routing.course import Course, Patience, Standing, Terms, Upstream
from realtime.interviewer.routing.exchange import Books, Exchange, Price
from realtime.interviewer.routing.spending import Spending
from realtime.ports import Clock

logger = structlog.get_logger(__name__)

# A key that won't do is somebody's to mend.
UNAUTHORIZED_MS = 300_000
# A longer sleep than this is looked over on the way.
LONGEST_SLEEP_MS = 5_000

# A provider that answers so is at work. (One that rejects a prompt may be, or know no such model:
# that says nothing of what others ask it.)
AT_WORK: frozenset[Trouble] = frozenset(("rate_limited", "filtered"))


class Router:
    """Plays `Models` over `upstreams`, the preferred one first."""

    def __init__(
        self,
        upstreams: Sequence[Upstream],
        spending: Spending,
        price: Price,
        patience: Patience,
        clock: Clock,
        chance: Random,
    ) -> None:
        self._upstreams = tuple(upstreams)
        self._spending = spending
        self._price = price
        self._clock = clock
        self._terms = Terms(patience, clock, chance)
        self._books = Books(clock, price, spending.record)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(upstream.model.name for upstream in self._upstreams)

    async def aclose(self) -> None:
        """Close the models' connections."""
        for upstream in self._upstreams:
            await upstream.model.aclose()

    async def ask(self, request: Request) -> AsyncGenerator[Answer, None]:
        """Have it answered, as `Models` tells.

        Raises:
            NoAnswer: no model answers.
        """
        await self._spending.look_up(request.user_id, request.interview_id)
        course = self._course(request)
        while not course.answered:
            choice = course.choose()
            if choice.pause_ms:
                if waiting := course.to_say(choice.reason, choice.wait_ms):
                    yield waiting
                await self._pause(course, choice.pause_ms)
            elif (place := self._line_up(course, choice.standing)) is not None:
                with place:
                    async with aclosing(self._queue(course, choice.standing, place)) as waitings:
                        async for waiting in waitings:
                            yield waiting
                    async with aclosing(self._attempt(course, choice.standing, place)) as answers:
                        async for answer in answers:
                            yield answer

    def _course(self, request: Request) -> Course:
        def affords(upstream: Upstream) -> bool:
            cost = self._most_cost(upstream, course)
            return self._spending.affords(request.user_id, request.interview_id, cost)

        most = Usage(prompt_tokens(request.prompt), 0, request.prompt.max_tokens)
        course = Course(request, most, self._upstreams, self._terms, affords)
        return course

    def _most_cost(self, upstream: Upstream, course: Course) -> int:
        """What the request may cost at most, micro-USD, as far as prices and tokens are known."""
        return self._price(upstream.model.name, course.most) or 0

    async def _pause(self, course: Course, ms: int) -> None:
        ms = min(ms, LONGEST_SLEEP_MS)
        await self._clock.sleep(ms / 1000)
        course.waited(ms)

    def _line_up(self, course: Course, standing: Standing) -> Place | None:
        try:
            return standing.upstream.budget.line_up(course.request.interview_id, course.tokens)
        except Full:
            return None

    async def _queue(
        self, course: Course, standing: Standing, place: Place
    ) -> AsyncGenerator[Waiting, None]:
        """Wait until the place is granted, or no longer the best one, and say how long.

        It is said from within the queue: whoever comes while it is being said comes later.
        """
        lined_up = course.to_say("failover" if place.granted else "rate_limited", place.wait_ms)
        if lined_up:
            yield lined_up
        while not place.granted:
            since = self._clock.now()
            granted = await place.changed()
            course.waited(max(0, self._clock.now() - since))
            if granted or course.better_than(standing, place.wait_ms):
                return
            if waiting := course.to_say("rate_limited", place.wait_ms):
                yield waiting

    async def _attempt(
        self, course: Course, standing: Standing, place: Place
    ) -> AsyncGenerator[Speaking | str | Broken | Told, None]:
        """Make the request, if it may be made (still)."""
        request, upstream = course.request, standing.upstream
        cost = self._most_cost(upstream, course)
        user, interview = request.user_id, request.interview_id
        if not place.granted or not self._spending.affords(user, interview, cost):
            return
        permit = upstream.breaker.permit()
        if permit is None:
            return
        exchange = Exchange(upstream.model, request, self._books)
        started = self._clock.now()
        place.send()
        with permit, self._spending.held(user, interview, cost):
            try:
                async with aclosing(exchange.run()) as pieces:
                    async for piece in pieces:
                        if type(piece) is Speaking:
                            place.accepted()
                            if not upstream.breaker.closed:
                                _praise(upstream, permit)
                        elif type(piece) is Told:
                            course.answered = True
                            _praise(upstream, permit)
                        yield piece
            except ModelError as error:
                silent_ms = None if exchange.spoke else max(0, self._clock.now() - started)
                course.failed(standing, error, silent_ms)
                _blame(upstream, permit, place, error)
                _logger(upstream).info(
                    "model.failed",
                    interview_id=interview,
                    trouble=error.trouble,
                    reason=str(error),
                )
            finally:
                place.took(exchange.usage.input_tokens + exchange.usage.output_tokens)
        if exchange.spoke and not course.answered:
            yield Broken()


def _praise(upstream: Upstream, permit: Permit) -> None:
    """A model has answered, or begins to."""
    was_closed = upstream.breaker.closed
    permit.succeeded()
    if upstream.breaker.closed and not was_closed:
        _logger(upstream).info("model.back")


def _blame(upstream: Upstream, permit: Permit, place: Place, error: ModelError) -> None:
    """A model has failed."""
    was_closed = upstream.breaker.closed
    if error.trouble == "rate_limited":
        place.refused(error.retry_after_ms)
    if error.trouble in AT_WORK:
        permit.succeeded()
    elif error.trouble == "unauthorized":
        upstream.breaker.trip(UNAUTHORIZED_MS)
    elif error.trouble != "rejected":
        permit.failed()
    if was_closed and not upstream.breaker.closed:
        log = _logger(upstream)
        # A key is somebody's to mend; it is said once, as the circuit stays open meanwhile.
        tell = log.error if error.trouble == "unauthorized" else log.warning
        tell("model.left_alone", trouble=error.trouble, for_ms=upstream.breaker.wait_ms())


def _logger(upstream: Upstream) -> structlog.stdlib.BoundLogger:
    """With the model's name."""
    model = upstream.model
    bound: structlog.stdlib.BoundLogger = logger.bind(provider=model.provider, model=model.name)
    return bound
