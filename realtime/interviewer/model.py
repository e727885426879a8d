"""What an interviewer needs of a language model: messages in; text out, piece by piece.

A provider's module (`openai.py`, `gemini.py`) plays this role, and knows nothing of interviews;
whoever asks (`leading/`) knows nothing of providers; `routing/` stands between them.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Literal, Protocol

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is asked.

    `messages` begins with what stays the same from request to request, so that providers' prompt
    caches hit. At most `max_tokens` come back.
    """

    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float = 0.7


@dataclass(frozen=True, slots=True)
class Usage:
    """What a request took, as the provider counts. `cached_tokens` are part of `input_tokens`;
    `output_tokens` include what a model thought and didn't say.
    """

    input_tokens: int
    cached_tokens: int
    output_tokens: int


StopReason = Literal["stop", "length", "filtered"]


@dataclass(frozen=True, slots=True)
class Stopped:
    """The end of a reply. `usage` is null if the provider didn't tell."""

    reason: StopReason
    usage: Usage | None


class LanguageModel(Protocol):
    """One model of one provider."""

    @property
    def provider(self) -> str:
        """`openai` or `gemini`."""
        ...

    @property
    def name(self) -> str:
        """The model's name, as the provider has it, and as candidates are told."""
        ...

    def stream(self, prompt: Prompt) -> AsyncGenerator[str | Stopped, None]:
        """Ask, and yield the reply: text of at least one character each, in the end one `Stopped`.

        Text holds neither U+0000 nor lone surrogates. Closing the generator, or cancelling whoever
        waits for it, closes the upstream connection before that returns.

        Raises:
            ModelError: there is no reply, or no more of it.
        """
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


# `rate_limited`: 429. `unavailable`: 5xx, or no connection. `slow`: no first token in time, or no
# next one. `cut`: the reply broke off. `garbled`: it can't be read. `empty`: it ended without text.
# `filtered`: the provider withheld it. `rejected`: the request itself (400, 404, …) won't do.
# `unauthorized`: 401, 403: the key won't do.
Trouble = Literal[
    "rate_limited",
    "unavailable",
    "slow",
    "cut",
    "garbled",
    "empty",
    "filtered",
    "rejected",
    "unauthorized",
]


class ModelError(Exception):
    """A model gave no reply, or broke it off. The message is for logs: it holds no key and no text
    of an interview. `retry_after_ms`: when the provider wants to be asked again, if it said so.
    """

    def __init__(
        self, trouble: Trouble, message: str, *, retry_after_ms: int | None = None
    ) -> None:
        super().__init__(message)
        self.trouble = trouble
        self.retry_after_ms = retry_after_ms
