"""The WebSocket and the event stream as AsyncAPI 3.0, from the message types.

It is written from the server's side: it *receives* commands and *sends* events.
"""

from typing import Any, get_args

from protocol.commands import Command, Ping, SessionOpen
from protocol.events import Event
from protocol.messages import (
    PROTOCOL,
    Ack,
    AudioReceived,
    ConnectionMessage,
    Error,
    Pong,
    ServerDraining,
    SessionOpened,
)
from protocol.reference.examples import ID, of_messages
from protocol.reference.openapi import moved
from protocol.reference.schemas import RENAMED, Schema, schema

_COMMANDS: tuple[type[Any], ...] = get_args(Command)
_EVENTS: tuple[type[Any], ...] = get_args(Event)
_FROM_CLIENTS: tuple[type[Any], ...] = (SessionOpen, Ping, *_COMMANDS)
_FROM_SERVERS: tuple[type[Any], ...] = (*get_args(ConnectionMessage), *_EVENTS)
_IN_A_STREAM: tuple[type[Any], ...] = (SessionOpened, ServerDraining, *_EVENTS)
_FRAME = "AudioFrame"

_INTERVIEW = {"id": {"description": "The interview's `id`.", "examples": [ID]}}
_ABOUT = (
    "An interview as an event log that clients follow from a position, over a WebSocket or an "
    "event stream, and change with commands. What is asked over HTTP stands in the OpenAPI "
    "document, `/v1/openapi.json`."
)


def asyncapi(prefix: str = "") -> Schema:
    """The document. `prefix` is the path that the server is published under, such as `/viva`."""
    found = schema()
    document: Schema = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Viva",
            "version": PROTOCOL.rpartition(".v")[2],
            "description": _ABOUT,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "socket": _server("wss", prefix, "`ws` where there is no TLS."),
            "stream": _server("https", prefix, "`http` where there is no TLS."),
        },
        "channels": {"socket": _socket(), "stream": _stream()},
        "operations": _operations(),
        "components": {
            "schemas": found.pop("$defs"),
            "messages": _messages(),
            "securitySchemes": _SECURITY,
        },
    }
    tables = {name: table for name, table in found.items() if name.startswith("x-")}
    return moved(document | tables, "#/components/schemas/")


_SECURITY: Schema = {
    "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "ticket": {"type": "httpApiKey", "in": "query", "name": "ticket"},
}


def _server(protocol: str, prefix: str, told: str) -> Schema:
    return {
        "host": "{host}",
        "protocol": protocol,
        "description": told,
        "variables": {"host": {"default": "localhost:8000", "description": "Name and port."}},
        **({"pathname": prefix} if prefix else {}),
    }


def _socket() -> Schema:
    return {
        "address": "/v1/interviews/{id}/ws",
        "description": "Subprotocol `viva.v1`, which has to be named. The first message is "
        "`session.open`; it carries the token, or a ticket. One JSON object a text frame.",
        "servers": [{"$ref": "#/servers/socket"}],
        "parameters": _INTERVIEW,
        "messages": {**_listed((*_FROM_CLIENTS, *_FROM_SERVERS)), _FRAME: _message(_FRAME)},
        "bindings": {
            "ws": {
                "method": "GET",
                "headers": {
                    "type": "object",
                    "properties": {"Sec-WebSocket-Protocol": {"const": PROTOCOL}},
                    "required": ["Sec-WebSocket-Protocol"],
                },
            }
        },
    }


def _stream() -> Schema:
    return {
        "address": "/v1/interviews/{id}/events",
        "description": "Server-Sent Events: `id: <epoch>:<seq>`, `event: <type>`, `data: <the same "
        "JSON>`. `Last-Event-ID` goes on from there; 204 says that nothing more comes.",
        "servers": [{"$ref": "#/servers/stream"}],
        "parameters": _INTERVIEW,
        "messages": _listed(_IN_A_STREAM),
    }


def _operations() -> Schema:
    told = (AudioReceived, ServerDraining, *_EVENTS)
    secured = [{"$ref": f"#/components/securitySchemes/{name}"} for name in _SECURITY]
    return {
        "open": {
            **_said("receive", "socket", (SessionOpen,), "The client's first message."),
            "reply": _reply((SessionOpened, Error)),
        },
        "command": {
            **_said("receive", "socket", _COMMANDS, "Answered by exactly one of the two."),
            "reply": _reply((Ack, Error)),
        },
        "ping": {
            **_said("receive", "socket", (Ping,), "For clients that can't see RFC 6455's."),
            "reply": _reply((Pong,)),
        },
        "speak": {
            "action": "receive",
            "channel": {"$ref": "#/channels/socket"},
            "summary": "A piece of a spoken answer's audio.",
            "messages": [{"$ref": f"#/channels/socket/messages/{_FRAME}"}],
        },
        "tell": _said("send", "socket", told, "The log as it grows, and what concerns one alone."),
        "stream": {
            **_said("send", "stream", _IN_A_STREAM, "The same, as Server-Sent Events."),
            "security": secured,
        },
    }


def _said(action: str, channel: str, kinds: tuple[type[Any], ...], told: str) -> Schema:
    messages = [{"$ref": f"#/channels/{channel}/messages/{_name(kind)}"} for kind in kinds]
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": told,
        "messages": messages,
    }


def _reply(kinds: tuple[type[Any], ...]) -> Schema:
    messages = [{"$ref": f"#/channels/socket/messages/{_name(kind)}"} for kind in kinds]
    return {"channel": {"$ref": "#/channels/socket"}, "messages": messages}


def _messages() -> Schema:
    examples = of_messages()
    found: Schema = {
        _name(kind): {
            "name": kind.TYPE,
            "payload": {"$ref": f"#/$defs/{_name(kind)}"},
            "examples": [{"payload": example} for example in examples[kind.TYPE]],
        }
        for kind in (*_FROM_CLIENTS, *_FROM_SERVERS)
    }
    found[_FRAME] = {
        "name": "a binary frame",
        "contentType": "application/octet-stream",
        "summary": "8 bytes, big-endian: this piece's byte position in the answer's audio; then "
        "mono PCM, signed 16 bit, little endian.",
        "payload": {"type": "string", "format": "binary"},
    }
    return dict(sorted(found.items()))


def _listed(kinds: tuple[type[Any], ...]) -> Schema:
    return {_name(kind): _message(_name(kind)) for kind in kinds}


def _message(name: str) -> Schema:
    return {"$ref": f"#/components/messages/{name}"}


def _name(kind: type[Any]) -> str:
    return RENAMED.get(kind.__name__, kind.__name__)
