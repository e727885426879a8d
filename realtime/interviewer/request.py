"""What is asked of several models at once, and how the answer comes: the role that `routing/`
plays for whoever leads an interview (`leading/`).
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Literal, Protocol

from protocol.view import WaitingReason
from realtime.interviewer.model import Prompt, StopReason
from realtime.ports import Purpose


@dataclass(frozen=True, slots=True)
class Request:
    """A prompt, and whom and what it is for. `interview_id` may name a document instead, which is
    read before there is an interview. `turn`: null for what is of no turn.
    """

    user_id: str
    interview_id: str
    what: Purpose
    turn: int | None
    prompt: Prompt
    lane: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """No model can be asked yet; in about `retry_after_ms` one can. 0: one is asked now, after
    another has kept the candidate waiting in vain.
    """

    reason: WaitingReason
    retry_after_ms: int


@dataclass(frozen=True, slots=True)
class Speaking:
    """The text of this model follows at once: its first piece is there."""

    model: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The text since `Speaking` is void; `Speaking` comes again, or the end as an error."""


@dataclass(frozen=True, slots=True)
class Told:
    """The reply is whole. `length`: it was cut at `max_tokens`."""

    reason: StopReason


Answer = Waiting | Speaking | str | Broken | Told

# `failing`: none of the models gave an answer. `spent`: the interview, or its user, has cost as
# much as may be. `busy`: all have more to do than a candidate should wait for.
Refusal = Literal["failing", "spent", "busy"]


class NoAnswer(Exception):
    """No model answers this request. The message is for logs."""

    def __init__(self, refusal: Refusal, message: str) -> None:
        super().__init__(message)
        self.refusal = refusal


class Models(Protocol):
    """The models that are to be had, the preferred one first."""

    @property
    def names(self) -> tuple[str, ...]: ...

    def ask(self, request: Request) -> AsyncGenerator[Answer, None]:
        """Have it answered: any number of `Waiting`; `Speaking`, text, and in the end `Told`; in
        between `Broken`, after which it begins again. Closing the generator closes what is
        upstream, and leaves the queue.

        Raises:
            NoAnswer: no model answers. What was said of it is void.
        """
        ...
