"""A reply as it comes in: bytes of a provider's response in, text out, and at the end why it ended.

Pure. A dialect's `Reader` knows what an event means; here is what holds for all of them: text that
can be stored and sent (no U+0000, no half of a character), a bound on an endless reply, and what
counts as an end.
"""

import json
from typing import Generic, Protocol, TypeVar

import msgspec

from realtime.interviewer.model import ModelError, Stopped, StopReason, Usage
from realtime.interviewer.upstream.events import EventStream, EventTooLong
from realtime.interviewer.upstream.failures import no_stream

# A token is about 4 characters of English and 1 to 2 of Korean; JSON's white space and rulers run
# to a few dozen. A reply above this many for each token asked for isn't one that ends by itself.
MAX_CHARS_PER_TOKEN = 16

# Above any model's window: a number beyond it is no count, and would spoil every sum it got into.
_MAX_TOKENS = 100_000_000

T = TypeVar("T")


class Reader(Protocol):
    """One reply in one dialect."""

    @property
    def reason(self) -> StopReason | None:
        """Why it ended, once that was said."""
        ...

    @property
    def usage(self) -> Usage | None: ...

    def read(self, event: bytes) -> str:
        """The text of an event, perhaps none.

        Raises:
            ModelError: the event is an error, or can't be read.
        """
        ...

    def end(self) -> None:
        """The stream has ended.

        Raises:
            ModelError: within a character.
        """
        ...


class Reply:
    """`reason` and `usage` are known as soon as the provider has told; `is_endless`: it has told
    nothing and won't stop.
    """

    def __init__(self, provider: str, reader: Reader, max_tokens: int) -> None:
        self._provider = provider
        self._reader = reader
        self._events = EventStream()
        self._room = max_tokens * MAX_CHARS_PER_TOKEN
        self._has_text = False
        self.is_endless = False

    @property
    def reason(self) -> StopReason | None:
        return self._reader.reason

    def feed(self, chunk: bytes) -> str:
        """The text of what `chunk` completes: all of it at once, perhaps none.

        Raises:
            ModelError: it is an error, or can't be read.
        """
        try:
            events = self._events.feed(chunk)
        except EventTooLong as error:
            raise ModelError("garbled", f"{self._provider}: {error}") from error
        read = self._reader.read
        text = read(events[0]) if len(events) == 1 else "".join([read(each) for each in events])
        if text:
            self._has_text = True
            self._room -= len(text)
            self.is_endless = self._room < 0
        return text

    def stopped(self) -> Stopped:
        """What the end of the response means.

        Raises:
            ModelError: it is no end of a reply, or there was no text.
        """
        self._reader.end()
        reason = "length" if self.is_endless else self._reader.reason
        if reason is None and self._events.stray:
            raise no_stream(self._provider, self._events.stray)
        if reason is None:
            raise ModelError("cut", f"{self._provider}: the reply ended without a reason to stop")
        if not self._has_text and reason == "filtered":
            raise ModelError("filtered", f"{self._provider} withheld the reply")
        if not self._has_text:
            raise ModelError("empty", f"{self._provider}: no text, and stopped ({reason})")
        return Stopped(reason, self._reader.usage)


class Chunks(Generic[T]):
    """Decodes events to a dialect's `kind` of chunk."""

    def __init__(self, provider: str, kind: type[T]) -> None:
        self._provider = provider
        self._kind = kind
        self._decoder = msgspec.json.Decoder(kind)

    def decode(self, event: bytes) -> tuple[T, bool]:
        """The chunk, and whether its text may hold halves of characters.

        Raises:
            ModelError: it is none.
        """
        try:
            return self._decoder.decode(event), False
        except msgspec.ValidationError as error:
            raise _garbled(self._provider, error) from error
        except msgspec.DecodeError:
            return self._leniently(event), True
        except (ValueError, RecursionError) as error:  # It isn't UTF-8, or too deep.
            raise _garbled(self._provider, error) from error

    def _leniently(self, event: bytes) -> T:
        """Half of a surrogate pair, escaped (`\\ud83d`), is JSON to the standard library alone."""
        try:
            return msgspec.convert(json.loads(event), self._kind)
        except (ValueError, RecursionError) as error:
            raise _garbled(self._provider, error) from error


class Characters:
    """Makes a reply's text fit to be kept: no U+0000, and none but whole characters."""

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._half = ""

    def clean(self, text: str, *, halves: bool) -> str:
        """Without U+0000; a surrogate pair that was split over two chunks is joined. `halves`:
        there may be half of one.

        Raises:
            ModelError: half a character has lost the other half.
        """
        if halves or self._half:
            text = self._joined(self._half + text)
        return text.replace("\0", "") if "\0" in text else text

    def end(self) -> None:
        """No more text comes.

        Raises:
            ModelError: within a character.
        """
        if self._half:
            raise _garbled(self._provider, ValueError("half a character"))

    def _joined(self, text: str) -> str:
        ends_in_half = "\ud800" <= text[-1:] <= "\udbff"
        self._half = text[-1] if ends_in_half else ""
        whole = text[:-1] if ends_in_half else text
        try:
            return whole.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError as error:
            raise _garbled(self._provider, error) from error


def counted(input_tokens: object, cached_tokens: object, *output_tokens: object) -> Usage | None:
    """What a provider says it counted, where null is none; null if that can't be believed.
    `output_tokens` are added up.
    """
    told = [0 if n is None else n for n in (input_tokens, cached_tokens, *output_tokens)]
    counts = [n for n in told if type(n) is int and 0 <= n <= _MAX_TOKENS]  # True isn't one.
    return Usage(counts[0], counts[1], sum(counts[2:])) if len(counts) == len(told) else None


def _garbled(provider: str, error: Exception) -> ModelError:
    # The error's own words may quote the text.
    what = type(error).__name__
    return ModelError("garbled", f"{provider} sent an event that can't be read ({what})")
