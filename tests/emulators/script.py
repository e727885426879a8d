"""What an emulator is asked, and what it is to answer: plain values, the same for every API."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, cycle, islice, repeat
from typing import Any

from tests.emulators.words import filler, tokens_of

# A piece that is told as a stamp (`Reply.stamps`), in a reply that has other pieces too.
STAMP = "\ue000"


class UnplayableError(ValueError):
    """A request can't be answered as it asks to be, and is refused. The message is a sentence."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the conversation. `role`: `system`, `user` or `assistant`, in every API."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a reply.

    `number` counts them from 1. `structure_name` is null where text is asked for, and
    `schema` is the JSON Schema otherwise (in Gemini's API the name is the schema's `title`, or
    empty). `headers` have their names in lower case. `body` is the request as it came.
    """

    provider: str
    model: str
    messages: tuple[Said, ...]
    structure_name: str | None
    schema: Mapping[str, Any] | None
    stream: bool
    max_tokens: int | None
    headers: Mapping[str, str]
    number: int
    body: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """How a request is answered.

    text: what is said, in tokens of about a word. `pieces` is the same, cut as the chunks shall be.
    tokens: so many, the text over and over or cut short; without a text, words that mean nothing.
    rate: tokens a second; 0: as fast as they are taken.
    first_token_s: from the request to the first token.
    stamps: in place of its text each token is ` NUMBER.SENT`, of a fixed width: the stamp's number
        from 1, and when it was written (`time.monotonic_ns()` in microseconds). Without it only
        the pieces that are `STAMP` are.
    faults: names of `faults.py`, each with its `@` number where it takes one: `cut@5`; several may
        be joined by `+`.
    refuses: parameters of the request that this model doesn't take: it gets a 400 that names the
        first of them, as the API words it.
    input_tokens, cached_tokens, output_tokens: what usage tells; null: counted, roughly.
    thought_tokens: what a model that thinks adds to its output.
    """

    text: str = ""
    pieces: tuple[str, ...] | None = None
    tokens: int | None = None
    rate: float = 0
    first_token_s: float = 0
    stamps: bool = False
    faults: tuple[str, ...] = ()
    refuses: tuple[str, ...] = ()
    input_tokens: int | None = None
    cached_tokens: int | None = None
    output_tokens: int | None = None
    thought_tokens: int = 0

    def spoken(self) -> Iterator[str]:
        """The text, token by token."""
        said = self.pieces if self.pieces is not None else tuple(tokens_of(self.text))
        if self.tokens is None:
            return iter(said)
        return islice(cycle(said) if said else filler(), self.tokens)

    def without_end(self) -> Iterator[str]:
        """The same over and over."""
        said = tuple(self.spoken())
        return chain.from_iterable(repeat(said)) if said else filler()


@dataclass(frozen=True)
class Script:
    """Chooses the reply to each request.

    reply: what is said, and how.
    faults: what goes wrong with the nth request, counted from 1, beside what `reply` has.
    every: a fault, and that each so manyth request has it: `("stall@10", 5)`.
    down: spans of seconds since the emulator began in which it answers nobody: from, until.
    by_hand: whether a model called `play;rate=30;tokens=100` says itself how to reply (`play.py`).
    """

    reply: Callable[[Asked], Reply]
    faults: Mapping[int, str] = field(default_factory=dict)
    every: tuple[str, int] | None = None
    down: tuple[tuple[float, float], ...] = ()
    by_hand: bool = True

    def scheduled(self, number: int) -> tuple[str, ...]:
        """The faults that the `number`th request has by its place."""
        chosen = [self.faults[number]] if number in self.faults else []
        if self.every is not None and number % self.every[1] == 0:
            chosen.append(self.every[0])
        return tuple(chosen)


def saying(text: str) -> Script:
    """The same answer to all, at once."""
    return Script(lambda _: Reply(text))
