"""Tamperings with the binary frames of a voice answer."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.conformance.line import Message
from tests.conformance.wrong.commands import error
from tests.conformance.wrong.tampering import Audio, Link, Tampering


@dataclass(frozen=True, eq=False)
class Hear(Tampering):
    """Take each chunk (or the `nth` on a connection) for another one; an empty one isn't heard."""

    chunk: Callable[[bytes], bytes]
    nth: int | None = field(default=None, kw_only=True)

    def audio(self, audio: Audio, link: Link) -> list[Audio]:
        link.counts[self] += 1
        if (self.nth or link.counts[self]) != link.counts[self]:
            return [audio]
        chunk = self.chunk(audio.chunk)
        return [Audio(audio.offset, chunk)] if chunk else []


class Append(Tampering):
    """Take every chunk for what follows the one before, whatever its offset says."""

    def audio(self, audio: Audio, link: Link) -> list[Audio]:
        offset = link.counts[self]
        link.counts[self] += len(audio.chunk)
        return [Audio(offset, audio.chunk)]


@dataclass(frozen=True, eq=False)
class Complain(Tampering):
    """Answer frames that come after an event of that type with an error."""

    after: str
    code: str

    def message(self, message: Message, link: Link) -> list[Message]:
        link.counts[self] += message.get("type") == self.after
        return [message]

    def audio(self, audio: Audio, link: Link) -> list[Audio]:
        if link.counts[self]:
            link.say(error(self.code, None))
        return [audio]


def nothing(chunk: bytes) -> bytes:
    """Instead of a chunk."""
    return b""


def filled_up(chunk: bytes) -> bytes:
    """A chunk with half a sample more, if half of one is missing."""
    return chunk + bytes(len(chunk) % 2)
