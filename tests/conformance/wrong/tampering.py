"""What a fault is made of: tamperings, each of which bends one thing and lets all else pass.

A tampering is data and keeps nothing. What it must remember lies in the `Link` it is asked about
(one connection, or one POSTed command) or in the `Memory` that all links under one path share.
"""

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, ClassVar, Literal
from urllib.parse import parse_qsl, urlencode

import orjson
from websockets.frames import Opcode

from tests.conformance.line import UNNUMBERED, Message

Over = Literal["ws", "sse", "post"]
LATER = -1  # In place of a connection's number: any but the first.


@dataclass
class Request:
    """What a client asks over HTTP, an upgrade included. `path` has no query and no prefix."""

    method: str
    path: str
    query: dict[str, str]
    headers: list[tuple[str, str]]
    body: bytes = b""
    raw_query: str = ""

    def asked_query(self) -> str:
        """The query with its question mark, as it came unless it was changed; empty for none."""
        if self.query == dict(parse_qsl(self.raw_query, keep_blank_values=True)):
            return f"?{self.raw_query}" if self.raw_query else ""
        return f"?{urlencode(self.query)}" if self.query else ""

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass
class Response:
    """What it is answered."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes = b""


@dataclass
class Block:
    """A block of an event stream: its lines but `data`, and the message that is its data."""

    fields: dict[str, str]
    comments: list[str]
    message: Message | None = None


@dataclass(frozen=True, slots=True)
class RawFrame:
    """A WebSocket's frame as it came. `ours`: it is the server's."""

    opcode: int
    fin: bool
    data: bytes
    raw: bytes
    ours: bool


@dataclass(frozen=True, slots=True)
class Audio:
    """A binary frame: a chunk of an answer's audio, and its place there (`protocol.md` 6)."""

    offset: int
    chunk: bytes


class Memory:
    """What the wrong server knows of all that was said under one path: `token` is the first
    user's, `lines` counts the connections, `last` is the newest position that was told.
    """

    def __init__(self, token: str | None) -> None:
        self.token = token
        self.lines = 0
        self.last = {"epoch": 1, "seq": 0}
        self.firsts: dict[tuple[object, str], Any] = {}
        self.counts: Counter[object] = Counter()


class Tampering:
    """Lets everything pass; what a kind of tampering bends it overrides.

    One that is `late` sees events as they are numbered for the client; one that isn't may take
    events away or add some, and no gap shows. A `patient` one doesn't mind a client without a sign
    of life; a `roomy` one keeps all that a client doesn't read.
    """

    late: ClassVar[bool] = False
    patient: ClassVar[bool] = False
    roomy: ClassVar[bool] = False

    def request(self, request: Request, memory: Memory) -> Request | Response:
        """What to ask of the right server, or what to answer without asking it."""
        return request

    def response(self, request: Request, response: Response, memory: Memory) -> Response:
        """What to answer."""
        return response

    def command(self, command: Message, link: "Link") -> list[Message]:
        """What to hand on of a client's message; `link.say` answers it."""
        return [command]

    def message(self, message: Message, link: "Link") -> list[Message]:
        """What to hand on of a server's message."""
        return [message]

    def text(self, message: Message, link: "Link") -> tuple[Opcode, bytes] | None:
        """What goes into a message's frame; null: its JSON."""
        return None

    def audio(self, audio: Audio, link: "Link") -> list[Audio]:
        """What to hand on of a voice answer's binary frame; `link.say` answers it."""
        return [audio]

    def block(self, block: Block, link: "Link") -> Block | None:
        """What to hand on of an event stream's block."""
        return block

    def close(self, code: int, link: "Link") -> int | None:
        """How to end a connection that the right server ends; null: not at all."""
        return code

    def frame(self, frame: RawFrame, link: "Link") -> bool:
        """Whether a frame reaches the other side; a stream's comment counts as a server's ping."""
        return True


@dataclass(frozen=True)
class Fault:
    """A way of being wrong, in words for the table, and what makes it."""

    words: str
    tamperings: tuple[Tampering, ...] = ()


def fault(words: str, *tamperings: Tampering) -> Fault:
    """A fault: what the wrong server does, in words that follow "The server …"."""
    return Fault(words, tamperings)


@dataclass(frozen=True, eq=False)
class Choosy(Tampering):
    """A tampering with the messages of a type (`*` and `?` as in a shell) that have these fields
    (dotted paths; `command`: the type of the command that is answered), or with the `nth` of them
    on a link (of what is POSTed, at all), or only on the `line`th of the memory's connections.
    """

    kind: str
    where: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    nth: int | None = field(default=None, kw_only=True)
    line: int | None = field(default=None, kw_only=True)
    over: Over | None = field(default=None, kw_only=True)

    def chooses(self, message: Message, link: "Link") -> bool:
        if not fnmatchcase(str(message.get("type")), self.kind):
            return False
        if (self.over or link.over) != link.over or not self._on(link.number):
            return False
        if any(_found(message, name, link) != value for name, value in self.where.items()):
            return False
        counts = link.memory.counts if link.over == "post" else link.counts
        counts[self] += 1
        return (self.nth or counts[self]) == counts[self]

    def _on(self, number: int) -> bool:
        return number > 1 if self.line == LATER else (self.line or number) == number


class Link:
    """One connection, or one POSTed command, under a fault."""

    def __init__(self, fault: Fault, memory: Memory, over: Over) -> None:
        self.fault = fault
        self.memory = memory
        self.over = over
        if over != "post":
            memory.lines += 1
        self.number = memory.lines
        self.counts: Counter[object] = Counter()
        self.held: dict[object, list[Message]] = {}
        self.kinds: dict[str, str] = {}
        self.aliases: dict[str, str] = {}
        self.closing: int | None = None
        self._said: list[Message] = []
        self._shift = 0

    def give(self, command: Message) -> tuple[list[Message], list[Message]]:
        """What to tell the right server when a client gives that command, and the client."""
        id = command.get("id")
        if isinstance(id, str):
            self.kinds[id] = str(command.get("type"))
        commands = [command]
        for tampering in self.fault.tamperings:
            commands = [out for each in commands for out in tampering.command(each, self)]
        return commands, self.said()

    def speak(self, audio: Audio) -> tuple[list[Audio], list[Message]]:
        """What to hand on of a client's binary frame, and what to tell the client."""
        frames = [audio]
        for tampering in self.fault.tamperings:
            frames = [out for each in frames for out in tampering.audio(each, self)]
        return frames, self.said()

    def take(self, message: Message) -> list[Message]:
        """What to tell the client when the right server says that."""
        messages = [message]
        for tampering in self.fault.tamperings:
            if not tampering.late:
                messages = [out for each in messages for out in tampering.message(each, self)]
        messages = self._numbered(message, messages)
        for tampering in self.fault.tamperings:
            if tampering.late:
                messages = [out for each in messages for out in tampering.message(each, self)]
        for each in messages:
            if isinstance(each.get("seq"), int) and isinstance(each.get("epoch"), int):
                self.memory.last = {"epoch": each["epoch"], "seq": each["seq"]}
        return messages

    def say(self, message: Message) -> None:
        """Tell the client something of one's own, in `command` or `close`."""
        self._said.append(message)

    def said(self) -> list[Message]:
        """What was to be said so."""
        said, self._said = self._said, []
        return said

    def ack(self, re: object) -> Message:
        """An ack that stands for nothing."""
        return {"type": "ack", "re": re, **self.memory.last, "repeated": False}

    def end(self, code: int) -> None:
        """End the connection, once what is being handed on is out."""
        self.closing = code

    def ends(self, code: int) -> int | None:
        """How to end a connection that the right server ends so."""
        shown: int | None = code
        for tampering in self.fault.tamperings:
            shown = shown if shown is None else tampering.close(shown, self)
        return shown

    def passes(self, frame: RawFrame) -> bool:
        """Whether a frame reaches the other side."""
        return all(tampering.frame(frame, self) for tampering in self.fault.tamperings)

    def framed(self, message: Message) -> tuple[Opcode, bytes]:
        """A message's frame: what kind it is, and what it holds."""
        for tampering in self.fault.tamperings:
            made = tampering.text(message, self)
            if made is not None:
                return made
        return Opcode.TEXT, orjson.dumps(message)

    def _numbered(self, original: Message, messages: list[Message]) -> list[Message]:
        count = sum(each.get("type") not in UNNUMBERED for each in messages)
        if original.get("type") in UNNUMBERED:
            seq, self._shift = self.memory.last["seq"] + 1, self._shift + count
        else:
            seq, self._shift = original["seq"] + self._shift, self._shift + count - 1
        seqs = itertools.count(seq)
        return [
            each if each.get("type") in UNNUMBERED else {**each, "seq": next(seqs)}
            for each in messages
        ]


def _found(message: Message, name: str, link: Link) -> Any:
    if name == "command":
        return link.kinds.get(str(message.get("re")))
    return at(message, name)


def at(message: Any, path: str) -> Any:
    """What lies at a dotted path, or null."""
    for step in path.split("."):
        if isinstance(message, list) and step.isdigit() and int(step) < len(message):
            message = message[int(step)]
        elif isinstance(message, dict):
            message = message.get(step)
        else:
            return None
    return message
