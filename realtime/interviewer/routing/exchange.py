"""One request to one model: its text as it comes, and its line in the books however it ends."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

import structlog

from realtime.interviewer.estimate import prompt_tokens, tokens
from realtime.interviewer.model import LanguageModel, ModelError, Stopped, Trouble, Usage
from realtime.interviewer.request import Request, Speaking, Told
from realtime.ports import Clock, Outcome, RequestRecord

logger = structlog.get_logger(__name__)

# What a model's tokens cost, in micro-USD; null: its price isn't known.
Price = Callable[[str, Usage], int | None]

# A provider that answers so counts no tokens.
NOTHING_TAKEN: frozenset[Trouble] = frozenset(
    ("rate_limited", "unavailable", "rejected", "unauthorized")
)
# A provider that counts more for one request has miscounted.
MOST_TOKENS = 100_000_000


@dataclass(frozen=True, slots=True)
class Books:
    """What a request's record is made with."""

    clock: Clock
    price: Price
    record: Callable[[RequestRecord], None]


class Exchange:
    """A request to `model`. After its end, `usage` is what it took, as far as is known."""

    def __init__(self, model: LanguageModel, request: Request, books: Books) -> None:
        self._model = model
        self._request = request
        self._books = books
        self._said: list[str] = []
        self._first_token_ms: int | None = None
        self.usage = Usage(0, 0, 0)

    @property
    def spoke(self) -> bool:
        """Whether any text came."""
        return bool(self._said)

    async def run(self) -> AsyncGenerator[Speaking | str | Told, None]:
        """Make the request: `Speaking`, text, `Told`.

        Raises:
            ModelError: there is no reply, or no more of it.
        """
        started = self._books.clock.now()
        outcome: Outcome = "cancelled"
        stopped: Stopped | None = None
        try:
            async with aclosing(self._model.stream(self._request.prompt)) as pieces:
                # To its very end, so that the model can keep the connection for the next request.
                async for piece in pieces:
                    if isinstance(piece, Stopped):
                        stopped, outcome = piece, piece.reason
                    else:
                        self._said.append(piece)
                        if len(self._said) == 1:
                            self._first_token_ms = self._since(started)
                            yield Speaking(self._model.name)
                        yield piece
            told = self._end(stopped)
        except ModelError as error:
            outcome = error.trouble
            raise
        except Exception as error:
            # A defect in a provider's module is to cost a failover, not an interview.
            outcome = "garbled"
            logger.exception("model.defect", provider=self._model.provider)
            raise ModelError("garbled", f"a defect: {type(error).__name__}") from error
        finally:
            self._enter(started, outcome, stopped.usage if stopped else None)
        yield told

    def _end(self, stopped: Stopped | None) -> Told:
        if stopped is None:
            raise ModelError("cut", "the reply had no end")
        if not self._said:
            trouble: Trouble = "filtered" if stopped.reason == "filtered" else "empty"
            raise ModelError(trouble, "the reply had no text")
        return Told(stopped.reason)

    def _enter(self, started: int, outcome: Outcome, told: Usage | None) -> None:
        """Put it into the books, as the provider `told`, or as is estimated if that can't be."""
        if told is not None and not self._credible(told):
            logger.warning("model.miscounted", provider=self._model.provider)
            told = None
        self.usage = told or self._estimate(outcome)
        request, now = self._request, self._books.clock.now()
        self._books.record(
            RequestRecord(
                user_id=request.user_id,
                interview_id=request.interview_id,
                turn=request.turn,
                what=request.what,
                lane=request.lane,
                provider=self._model.provider,
                model=self._model.name,
                outcome=outcome,
                input_tokens=self.usage.input_tokens,
                cached_tokens=self.usage.cached_tokens,
                output_tokens=self.usage.output_tokens,
                estimated=told is None,
                cost_micro_usd=self._books.price(self._model.name, self.usage),
                first_token_ms=self._first_token_ms,
                duration_ms=self._since(started),
                at=now,
            )
        )

    def _since(self, started: int) -> int:
        """At least 0, though the clock be set back."""
        return max(0, self._books.clock.now() - started)

    def _credible(self, usage: Usage) -> bool:
        counts = (usage.input_tokens, usage.cached_tokens, usage.output_tokens)
        if not all(0 <= count <= MOST_TOKENS for count in counts):
            return False
        return usage.output_tokens > 0 or not self._said

    def _estimate(self, outcome: Outcome) -> Usage:
        if outcome in NOTHING_TAKEN:
            return Usage(0, 0, 0)
        return Usage(prompt_tokens(self._request.prompt), 0, tokens("".join(self._said)))
