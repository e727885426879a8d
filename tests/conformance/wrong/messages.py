"""Tamperings with what the server says."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import orjson
from websockets.frames import Opcode

from tests.conformance.line import Message
from tests.conformance.wrong.tampering import Choosy, Link, at


@dataclass(frozen=True)
class Of:
    """A value that depends on the one that stands there."""

    change: Callable[[Any], Any]


class _First:
    """The first value that stood there, on whatever connection."""


GONE = object()  # In place of a value: the field is left out.
FIRST = _First()
UPPER = Of(lambda text: text.upper() if isinstance(text, str) else text)
OPPOSITE = Of(lambda flag: not flag)
CUT = Of(lambda whole: whole[:-1] if isinstance(whole, str | list) else whole)
IN_SECONDS = Of(lambda ms: ms // 1000)
TWICE = Of(lambda number: 2 * number)
STRIPPED = Of(lambda text: text.strip())
IN_THE_BMP = Of(lambda text: "".join(each if each < "\U00010000" else "\ufffd" for each in text))


def plus(number: int) -> Of:
    """The number that stands there, and so much more."""
    return Of(lambda old: old + number if isinstance(old, int) else old)


def and_(text: str) -> Of:
    """The text that stands there, with this behind it."""
    return Of(lambda old: f"{old or ''}{text}")


def changed(document: Any, path: str, value: Any) -> None:
    """Put a value (or `Of` the old one, or `GONE`) at a dotted path; `*` is every item of a list.
    Where the path leads nowhere, or to no old value, nothing happens.
    """
    step, _, rest = path.partition(".")
    if isinstance(document, list):
        for index in range(len(document)) if step == "*" else (int(step),):
            if index < len(document):
                _put(document, index, rest, value)
    elif isinstance(document, dict):
        _put(document, step, rest, value)


def _put(container: Any, key: Any, rest: str, value: Any) -> None:
    there = container.get(key) if isinstance(container, dict) else container[key]
    if rest:
        changed(there, rest, value)
    elif value is GONE or isinstance(value, Of):
        if isinstance(container, list) or key in container:
            if isinstance(value, Of):
                container[key] = value.change(there)
            else:
                del container[key]
    else:
        container[key] = value


@dataclass(frozen=True, eq=False)
class Change(Choosy):
    """Put values into messages, by dotted path."""

    late: ClassVar[bool] = True
    to: Mapping[str, Any] = field(default_factory=dict)

    def message(self, message: Message, link: Link) -> list[Message]:
        if not self.chooses(message, link):
            return [message]
        made = copy.deepcopy(message)
        for path, value in self.to.items():
            if value is FIRST:
                value = link.memory.firsts.setdefault((self, path), at(message, path))
            changed(made, path, value)
        return [made]


@dataclass(frozen=True, eq=False)
class Drop(Choosy):
    """Say nothing of it, as if it had never been: later events move up."""

    def message(self, message: Message, link: Link) -> list[Message]:
        return [] if self.chooses(message, link) else [message]


@dataclass(frozen=True, eq=False)
class Lose(Choosy):
    """Say nothing of it, and leave the gap."""

    late: ClassVar[bool] = True

    def message(self, message: Message, link: Link) -> list[Message]:
        return [] if self.chooses(message, link) else [message]


@dataclass(frozen=True, eq=False)
class Repeat(Choosy):
    """Say it twice, an event under two numbers."""

    def message(self, message: Message, link: Link) -> list[Message]:
        return [message, copy.deepcopy(message)] if self.chooses(message, link) else [message]


@dataclass(frozen=True, eq=False)
class Stutter(Choosy):
    """Say it twice, word for word."""

    late: ClassVar[bool] = True

    def message(self, message: Message, link: Link) -> list[Message]:
        return [message, copy.deepcopy(message)] if self.chooses(message, link) else [message]


@dataclass(frozen=True, eq=False)
class Add(Choosy):
    """Say something more, behind a message or `before` it: what is given, with the message's
    position and, unless it is given, its turn.
    """

    more: Mapping[str, Any]
    before: bool = False

    def message(self, message: Message, link: Link) -> list[Message]:
        if not self.chooses(message, link):
            return [message]
        added = {"at": 1_700_000_000_000, **link.memory.last}
        for name in ("epoch", "seq", "at", "turn", "re"):
            if name in message:
                added[name] = message[name]
        added |= self.more
        return [added, message] if self.before else [message, added]


@dataclass(frozen=True, eq=False)
class Hold(Choosy):
    """Say it only after the next message of another type (`until`)."""

    until: str

    def message(self, message: Message, link: Link) -> list[Message]:
        if self.chooses(message, link):
            link.held.setdefault(self, []).append(message)
            return []
        if message.get("type") == self.until:
            return [message, *link.held.pop(self, [])]
        return [message]


@dataclass(frozen=True, eq=False)
class Frame(Choosy):
    """Put something else into a message's frame: what `make` makes of its JSON."""

    make: Callable[[bytes], bytes] = bytes
    opcode: Opcode = Opcode.TEXT

    def text(self, message: Message, link: Link) -> tuple[Opcode, bytes] | None:
        if not self.chooses(message, link):
            return None
        return self.opcode, self.make(orjson.dumps(message))
