"""Bytes to messages and back: validation happens here, once, at the edge (`protocol.md` 2, 4, 7).

orjson parses and writes, msgspec checks what was parsed against the message's dataclass. Errors
name the field. Unknown fields are dropped on both sides; an unknown event type becomes `Unknown`,
so that a client's position moves.
"""

import hashlib
import json
import re
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import msgspec
import orjson

from protocol.commands import COMMANDS, ID_PATTERN, Asked, Command, Ping, SessionOpen
from protocol.errors import ProtocolError, malformed
from protocol.events import EVENTS, Event, Logged
from protocol.messages import (
    Ack,
    AudioReceived,
    ConnectionMessage,
    Error,
    Pong,
    ServerDraining,
    SessionOpened,
    Snapshot,
)
from protocol.view import TEXT_PATTERN, Config, Interview, View

T = TypeVar("T")

ClientMessage = SessionOpen | Ping | Command

_CLIENT: dict[str, type[ClientMessage]] = {
    SessionOpen.TYPE: SessionOpen,
    Ping.TYPE: Ping,
    **COMMANDS,
}
_CONNECTION: dict[str, type[ConnectionMessage]] = {
    kind.TYPE: kind for kind in (Ack, AudioReceived, Error, Pong, ServerDraining, SessionOpened)
}
# Before the audio of a binary frame: its place, big endian (`protocol.md` 6).
OFFSET_BYTES = 8
_ID = re.compile(ID_PATTERN)
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_PATH = re.compile(r" - at `\$\.?([^`]*)`$")
_MISSING = re.compile(r"^Object missing required field `([^`]+)`")
# What a pattern means, for people; msgspec quotes the pattern.
_WORDS = {
    repr(TEXT_PATTERN): "must not be blank, nor contain U+0000",
    repr(ID_PATTERN): "1 to 64 characters of A-Z a-z 0-9 . _ - are expected",
}


@dataclass(frozen=True, slots=True)
class Unknown:
    """A message that this version doesn't know; `seq` where it is an event."""

    type: str
    epoch: int | None = None
    seq: int | None = None


ServerMessage = Logged | ConnectionMessage | Unknown


# --- a client's messages -----------------------------------------------------------------------


def decode_client(frame: str | bytes) -> ClientMessage:
    """The message in a client's text frame or POSTed body.

    Raises:
        ProtocolError: `malformed` or `unknown_type`, with `re` where the id is valid.
    """
    raw = parse_object(frame)
    answered = valid_id(raw.get("id"))
    kind = raw.get("type")
    if not isinstance(kind, str):
        raise malformed("A message needs a `type`.", "type", re=answered)
    cls = _CLIENT.get(kind)
    if cls is None:
        raise ProtocolError("unknown_type", f"Unknown command {kind[:64]!r}.", re=answered)
    message: ClientMessage = convert(raw, cls, re=answered)
    return message


def decode_config(body: bytes) -> Config:
    """The body of `POST /interviews`.

    Raises:
        ProtocolError: `malformed`.
    """
    config = convert(parse_object(body), Config)
    if config.models is not None and len(set(config.models)) < len(config.models):
        raise malformed("models: each may be named once.", "models")
    return config


def parse_object(frame: str | bytes) -> dict[str, Any]:
    """The JSON object in `frame`.

    Raises:
        ProtocolError: `malformed`, for what is no JSON or no object.
    """
    try:
        raw = orjson.loads(frame)
    except orjson.JSONDecodeError:
        raise _unreadable(frame) from None
    if not isinstance(raw, dict):
        raise malformed("A JSON object is expected.")
    return raw


def _unreadable(frame: str | bytes) -> ProtocolError:
    """Why orjson doesn't take `frame`. A lone surrogate, as a browser sends it of half an emoji, is
    JSON to other readers: so its sender can be told which message and which field it was.
    """
    try:
        raw = json.loads(frame)
    except (ValueError, RecursionError):
        raw = None
    if not isinstance(raw, dict):
        return malformed("This is not JSON.")
    answered = valid_id(raw.get("id"))
    for name, value in raw.items():
        if isinstance(value, str) and _SURROGATE.search(value) and not _SURROGATE.search(name):
            return malformed(f"{name[:64]}: a lone surrogate is no text.", name[:64], re=answered)
    return malformed("This is not JSON.", re=answered)


def convert(raw: dict[str, Any], cls: type[T], *, re: str | None = None) -> T:
    """`raw` as a `cls`.

    Raises:
        ProtocolError: `malformed`, with the field's path in its details.
    """
    try:
        return msgspec.convert(raw, cls, strict=True)
    except msgspec.ValidationError as error:
        message = str(error)
        path = _path(message)
        reason = _WORDS.get(message.partition("matching regex ")[2].split(" - at ")[0])
        reason = reason or _PATH.sub("", message)
        raise malformed(f"{path or 'The message'}: {reason}.", path, re=re) from None


def _path(message: str) -> str | None:
    found = _PATH.search(message)
    parts = [found.group(1).replace("[...]", "")] if found and found.group(1) else []
    missing = _MISSING.match(message)
    if missing:
        parts.append(missing.group(1))
    return ".".join(parts) or None


def valid_id(value: object) -> str | None:
    """`value` if it is a command id, else null."""
    if isinstance(value, str) and len(value) <= 64 and _ID.match(value):
        return value
    return None


def split_frame(frame: bytes) -> tuple[int, bytes]:
    """The place of a binary frame's audio, in bytes from the answer's first, and the audio.

    Raises:
        ProtocolError: `audio_format`: it has no place.
    """
    if len(frame) < OFFSET_BYTES:
        raise ProtocolError("audio_format", "An audio frame begins with an offset of 8 bytes.")
    return int.from_bytes(frame[:OFFSET_BYTES], "big"), frame[OFFSET_BYTES:]


def digest(command: Asked) -> bytes:
    """16 bytes that tell a repeated command from another that reuses its id (`protocol.md` 4)."""
    return fingerprint([command.TYPE, command])


def fingerprint(value: Any) -> bytes:
    """16 bytes that differ where the JSON of `value` does."""
    return hashlib.blake2b(orjson.dumps(value), digest_size=16).digest()


# --- a server's messages -----------------------------------------------------------------------


def encode_event(logged: Logged) -> bytes:
    """The frame (and the event stream's `data`) of an event."""
    event = logged.event
    wire: dict[str, Any] = {
        "type": event.TYPE,
        "epoch": logged.epoch,
        "seq": logged.seq,
        "at": logged.at,
    }
    for name, attribute in _NAMES[type(event)]:
        wire[name] = getattr(event, attribute)
    # A copy: orjson leaves its result in a block of 4 KiB, and the log keeps hundreds of these.
    return bytes(memoryview(orjson.dumps(wire)))


def encode(message: ConnectionMessage | ClientMessage) -> bytes:
    """The frame of any message that isn't an event."""
    wire: dict[str, Any] = {"type": message.TYPE}
    for name, attribute in _NAMES[type(message)]:
        value = getattr(message, attribute)
        if value is not None or name not in _OMITTED:
            wire[name] = value
    if isinstance(message, SessionOpened):
        if message.snapshot is None:
            wire.pop("snapshot")
        else:
            wire["snapshot"] = snapshot_json(message.snapshot)
        if message.audio is None:
            wire.pop("audio")
    return orjson.dumps(wire)


def interview_json(interview: Interview, epoch: int, seq: int) -> dict[str, Any]:
    """The interview as `protocol.md` 9 has it."""
    wire = {name: getattr(interview, name) for name, _ in _INTERVIEW_NAMES}
    return {"id": wire.pop("id"), "epoch": epoch, "seq": seq, **wire}


def snapshot_json(snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot: the interview, and what is streaming into it."""
    return {
        **interview_json(snapshot.interview, snapshot.epoch, snapshot.seq),
        "streaming": [
            {"what": stream.what, "turn": stream.turn, "lane": stream.lane, "text": stream.text}
            for stream in snapshot.streaming
        ],
        "speaking": snapshot.speaking,
    }


def decode_server(frame: str | bytes) -> ServerMessage:
    """The message in a server's frame.

    Raises:
        ProtocolError: `malformed`: the server breaks the contract.
    """
    raw = parse_object(frame)
    kind = raw.get("type")
    if not isinstance(kind, str):
        raise malformed("A message needs a `type`.", "type")
    event = EVENTS.get(kind)
    if event is not None:
        return _decode_event(raw, event)
    connection = _CONNECTION.get(kind)
    if connection is None:
        return convert(raw, Unknown)
    snapshot = raw.get("snapshot")
    if connection is SessionOpened and isinstance(snapshot, dict):
        raw = {**raw, "snapshot": _unflatten(snapshot)}
    return convert(raw, connection)


def _decode_event(raw: dict[str, Any], cls: type[Event]) -> Logged:
    place = convert(raw, _Place)
    values = {attribute: raw[name] for name, attribute in _NAMES[cls] if name in raw}
    return Logged(place.epoch, place.seq, place.at, convert(values, cls))


def _unflatten(raw: dict[str, Any]) -> dict[str, Any]:
    keys = ("epoch", "seq", "streaming", "speaking")
    return {"interview": raw, **{key: raw[key] for key in keys if key in raw}}


def view_of(snapshot: Snapshot) -> View:
    """The view that a client begins with."""
    return View(
        snapshot.interview, snapshot.epoch, snapshot.seq, snapshot.streaming, snapshot.speaking
    )


def snapshot_of(view: View, remaining_ms: int | None) -> Snapshot:
    """What a server sends of its view; `remaining_ms` as of now."""
    interview = replace(view.interview, remaining_ms=remaining_ms)
    return Snapshot(interview, view.epoch, view.seq, view.streaming, view.speaking)


@dataclass(frozen=True, slots=True)
class _Place:
    epoch: int
    seq: int
    at: int


def _names(cls: type[Any]) -> tuple[tuple[str, str], ...]:
    """(wire name, attribute) of each field: a keyword's attribute ends in `_`."""
    return tuple((item.name.rstrip("_"), item.name) for item in fields(cls))


_NAMES: dict[type[Any], tuple[tuple[str, str], ...]] = {
    cls: _names(cls) for cls in (*EVENTS.values(), *_CONNECTION.values(), *_CLIENT.values())
}
_INTERVIEW_NAMES = _names(Interview)
# What a message leaves out rather than sending null.
_OMITTED = frozenset({"token", "ticket", "resume", "nonce"})
