"""Tamperings with commands, and with their outcomes."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from tests.conformance.line import Message
from tests.conformance.wrong.messages import changed
from tests.conformance.wrong.tampering import Choosy, Link


@dataclass(frozen=True, eq=False)
class Swallow(Choosy):
    """Take a command, and do and say nothing."""

    def command(self, command: Message, link: Link) -> list[Message]:
        return [] if self.chooses(command, link) else [command]


@dataclass(frozen=True, eq=False)
class Pretend(Choosy):
    """Acknowledge a command, and do nothing; or `say` that of it, with these fields of its own."""

    say: Mapping[str, Any] | None = None
    copy: tuple[str, ...] = ()

    def command(self, command: Message, link: Link) -> list[Message]:
        if not self.chooses(command, link):
            return [command]
        if self.say is None:
            link.say(link.ack(command.get("id")))
        else:
            link.say({**self.say, **{name: command.get(name) for name in self.copy}})
        return []


@dataclass(frozen=True, eq=False)
class Refuse(Choosy):
    """Refuse a command, do nothing, and close where a code for that is given. An opening over an
    event stream is refused by `exchanges.Unasked`.
    """

    code: str
    details: Mapping[str, Any] = field(default_factory=dict)
    code_of_close: int | None = None

    def command(self, command: Message, link: Link) -> list[Message]:
        if not self.chooses(command, link):
            return [command]
        link.say(error(self.code, command.get("id"), self.details))
        if self.code_of_close is not None:
            link.end(self.code_of_close)
        return []


@dataclass(frozen=True, eq=False)
class Rewrite(Choosy):
    """Take a command for another: with these values, by dotted path."""

    to: Mapping[str, Any]

    def command(self, command: Message, link: Link) -> list[Message]:
        if not self.chooses(command, link):
            return [command]
        made = copy.deepcopy(command)
        for path, value in self.to.items():
            changed(made, path, value)
        return [made]


@dataclass(frozen=True, eq=False)
class Afresh(Choosy):
    """Forget which ids were used: each command is a new one."""

    def command(self, command: Message, link: Link) -> list[Message]:
        id = command.get("id")
        if not isinstance(id, str) or not self.chooses(command, link):
            return [command]
        link.memory.counts[self] += 1
        alias = f"afresh-{link.memory.counts[self]}"
        link.aliases[alias] = id
        link.kinds[alias] = link.kinds[id]
        return [{**command, "id": alias}]

    def message(self, message: Message, link: Link) -> list[Message]:
        re = message.get("re")
        if isinstance(re, str) and re in link.aliases:
            return [{**message, "re": link.aliases[re]}]
        return [message]


@dataclass(frozen=True, eq=False)
class OpensUnasked(Choosy):
    """Take a first message that is no opening for one with an opening before it."""

    def command(self, command: Message, link: Link) -> list[Message]:
        link.counts["first", self] += 1
        if link.counts["first", self] > 1 or command.get("type") == "session.open":
            return [command]
        return [{"type": "session.open", "id": "unasked", "token": link.memory.token}, command]


@dataclass(frozen=True, eq=False)
class Outcome(Choosy):
    """Tell another outcome of a command than it had: of `kind` (a command's type), where it was
    refused with `code` (or `ack`: it wasn't; null: whatever it was), say `to` (an error's code, or
    `ack`).
    """

    code: str | None
    to: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def message(self, message: Message, link: Link) -> list[Message]:
        told = message.get("code") if message.get("type") == "error" else message.get("type")
        if told is None or self.code not in (None, told) or message["type"] not in ("ack", "error"):
            return [message]
        command = link.kinds.get(str(message.get("re")), "")
        if not fnmatchcase(command, self.kind):
            return [message]
        if not self.chooses({**message, "type": command}, link):
            return [message]
        if self.to == "ack":
            return [link.ack(message.get("re"))]
        return [error(self.to, message.get("re"), self.details)]


def error(code: str, re: object, details: Mapping[str, Any] | None = None) -> Message:
    """An error as the page has it."""
    return {
        "type": "error",
        "re": re,
        "code": code,
        "message": "This can't be done now.",
        "retryable": False,
        "details": dict(details or {}),
    }
