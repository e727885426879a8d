"""Tamperings with the end of a connection, and with its signs of life."""

from dataclasses import dataclass, field

from tests.conformance.line import Message
from tests.conformance.wrong.tampering import Block, Choosy, Link, RawFrame, Tampering


@dataclass(frozen=True, eq=False)
class CloseAs(Tampering):
    """Close with another code, where it was `was` or whatever it was."""

    code: int
    was: int | None = None

    def close(self, code: int, link: Link) -> int | None:
        return self.code if self.was in (None, code) else code


@dataclass(frozen=True, eq=False)
class StayOpen(Tampering):
    """Leave a connection open that had to be closed with `was`, or however. 0: an event stream's
    end.
    """

    was: int | None = None

    def close(self, code: int, link: Link) -> int | None:
        return None if self.was in (None, code) else code


@dataclass(frozen=True, eq=False)
class LastWords(Tampering):
    """Say one more event before a connection is closed with `was`."""

    was: int
    message_: Message

    def close(self, code: int, link: Link) -> int | None:
        if code == self.was:
            last = link.memory.last
            place = {"epoch": last["epoch"], "seq": last["seq"] + 1, "at": 1_700_000_000_000}
            link.say({**self.message_, **place})
        return code


@dataclass(frozen=True, eq=False)
class CloseOn(Choosy):
    """Close behind (or `instead` of) a message."""

    code: int = 1000
    instead: bool = field(default=False, kw_only=True)

    def message(self, message: Message, link: Link) -> list[Message]:
        if not self.chooses(message, link):
            return [message]
        link.end(self.code)
        return [] if self.instead else [message]


@dataclass(frozen=True, eq=False)
class CloseAt(Choosy):
    """Close when a command comes, and don't carry it out."""

    code: int = 1000

    def command(self, command: Message, link: Link) -> list[Message]:
        if not self.chooses(command, link):
            return [command]
        link.end(self.code)
        return []


@dataclass(frozen=True, eq=False)
class Mute(Tampering):
    """Let no frame of that kind through to the client (`ours`), or from it. An event stream's
    comments count as pings.
    """

    opcode: int
    ours: bool = True

    def frame(self, frame: RawFrame, link: Link) -> bool:
        return frame.opcode != self.opcode or frame.ours != self.ours


@dataclass(frozen=True, eq=False)
class CloseAtFrame(Tampering):
    """Close when the client sends a frame of that kind, or only when it is (or isn't) `fin`."""

    opcode: int
    code: int
    fin: bool | None = None

    def frame(self, frame: RawFrame, link: Link) -> bool:
        chosen = frame.opcode == self.opcode and not frame.ours
        if not chosen or self.fin not in (None, frame.fin):
            return True
        link.end(self.code)
        return False


class Patient(Tampering):
    """Never miss a sign of life."""

    patient = True


@dataclass(frozen=True, eq=False)
class Lines(Tampering):
    """Change an event stream's lines: each named field gets that value, or none if it is null."""

    to: dict[str, str | None]
    kind: str | None = None

    def block(self, block: Block, link: Link) -> Block | None:
        if self.kind is not None and self.kind != (block.message or {}).get("type"):
            return block
        for name, value in self.to.items():
            if name not in block.fields and value is None:
                continue
            if value is None:
                del block.fields[name]
            elif name in block.fields or self.kind is not None:
                block.fields[name] = value
        return block


class Roomy(Patient):
    """Keep all that a client doesn't read, and never miss a sign of life."""

    roomy = True
