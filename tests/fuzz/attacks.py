"""What is tried on the gateway, made of the seed and a number; how it goes is `assault.py`'s.

An attack names no interview: `{id}` stands for whichever the house puts in its place, and
`{token}` and `{ticket}` for what lets one in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal
from urllib.parse import quote

import orjson

from tests.fuzz.codec import CLIENT_SEEDS, CONFIG_SEEDS
from tests.fuzz.mutation import INTERESTING, Mutator, random_of
from tests.fuzz.wire import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    UPGRADE,
    closing,
    frame,
    message,
    request,
)

Kind = Literal["opening", "messages", "frames", "request", "upgrade", "bytes"]

MOST_MESSAGES = 24
PLACES = 8
_PATHS = (
    *("/v1/interviews", "/v1/interviews/{id}", "/v1/interviews/{id}/events"),
    *("/v1/interviews/{id}/commands", "/v1/interviews/{id}/tickets"),
    *("/v1/interviews/{id}/report", "/v1/interviews/{id}/turns/1/words"),
    *("/v1/interviews/{id}/ws", "/v1/capabilities", "/v1/rubric", "/v1/openapi.json"),
    *("/v1/schema", "/healthz", "/readyz", "/", "/assets/index-3fa9.js", "/metrics"),
)
# Where a body is looked at, and what is sent there when all is well.
_BODIES: dict[str, list[bytes]] = {
    "/v1/interviews": CONFIG_SEEDS,
    "/v1/interviews/{id}/commands": CLIENT_SEEDS,
    "/v1/interviews/{id}/tickets": [b"{}", b'{"expires_in_s":600}'],
}
_ODD_PARTS = (
    *("", "%00", "%ff", "..", "%2e%2e%2f", "{id}%00", "{id}/", "%ED%A0%80", "é", "x" * 300),
    *("0", "-1", "9" * 40, "{id}?", "{id}%3F", "'--", "*", "%", "\U0001f600", "{id}%20"),
)
_HEADERS: dict[str, tuple[str, ...]] = {
    "Authorization": ("Bearer {token}", "Bearer", "Basic eDp5", "bearer {token}x", "Bearer a.b.c"),
    "Last-Event-ID": ("1:0", "1:3", "0:0", "99:1", "1:999", "1", ":", "1:-1", "9007199254740993:1"),
    "Idempotency-Key": ("key-1", "", "a b", "x" * 65, "é"),
    "Origin": ("http://127.0.0.1", "null", "https://elsewhere.example", "*", ""),
    "Accept": ("application/json", "text/markdown", "*/*;q=0", "text/*;q=x", "image/png", ","),
    "Content-Type": ("application/json", "text/plain", "application/json; charset=x", ""),
    "If-None-Match": ("*", '"x"', "W/", '"'),
    "Access-Control-Request-Method": ("POST", "PATCH", ""),
    "Access-Control-Request-Headers": ("authorization", "x", ""),
    "Accept-Encoding": ("gzip", "identity;q=0", "\0"),
    "Content-Encoding": ("gzip",),
    "Expect": ("100-continue",),
    "Range": ("bytes=0-1", "bytes=-"),
    "X-Forwarded-For": ("::1", "1.2.3.4, x"),
}
_QUERIES: dict[str, tuple[str, ...]] = {
    "last_event_id": ("1:0", "1:2", "x", "", "1:9007199254740992"),
    "ticket": ("{ticket}", "{ticket}x", "", "%ff", "é", "gAAAA"),
    "limit": ("1", "100", "0", "101", "-1", "x", "١", "9" * 5_000, "1e1"),
    "cursor": ("", "x", "%00", "9" * 100),
}
_METHODS = ("GET", "GET", "POST", "POST", "DELETE", "HEAD", "OPTIONS", "PUT", "PATCH", "TRACE")


@dataclass(frozen=True)
class Attack:
    """One thing to try. `inputs` is how many it counts for.

    `parts`: the messages of one connection, or the bytes to write. `pieces`: in how many fragments
    each message goes. `place`: which interview it is about. `opened`: whether the session is
    opened before.
    """

    kind: Kind
    parts: tuple[str | bytes, ...]
    place: int = 0
    pieces: int = 1
    opened: bool = True
    role: str = "candidate"
    head: bool = field(default=False)

    @property
    def inputs(self) -> int:
        return len(self.parts)


def attack_of(seed: int, number: int) -> Attack:
    """Attack `number` of a run."""
    random = random_of(seed, "gateway", number)
    make = random.choices(_MAKERS, _WEIGHTS)[0]
    attack: Attack = make(random, random.randrange(PLACES))
    return attack


# --- WebSocket -----------------------------------------------------------------------------------

_OPENINGS = [
    orjson.dumps({"type": "session.open", "id": "o1", "token": "{token}"}),
    orjson.dumps({"type": "session.open", "id": "o1", "ticket": "{ticket}", "role": "observer"}),
    orjson.dumps(
        {
            "type": "session.open",
            "id": "o1",
            "token": "{token}",
            "role": "candidate",
            "resume": {"epoch": 1, "seq": 3},
        }
    ),
]
_COMMANDS = [each for each in CLIENT_SEEDS if b"session.open" not in each]
_AUDIO = [bytes(8) + bytes(640), bytes(8), b"\0", bytes(7), b"\xff" * 8 + bytes(3)]


def _messages(random: Random, place: int) -> Attack:
    """An opened session, on which wrong messages are sent among right ones."""
    mutator = Mutator(random, _COMMANDS)
    parts = tuple(_message(random, mutator) for _ in range(random.randint(1, MOST_MESSAGES)))
    role = "candidate" if random.random() < 0.7 else "observer"
    return Attack("messages", parts, place, random.choice((1, 1, 1, 2, 3)), role=role)


def _message(random: Random, mutator: Mutator) -> str | bytes:
    kind = random.random()
    if kind < 0.1:
        audio = random.choice(_AUDIO)
        return audio if random.random() < 0.5 else mutator.damage(audio)
    if kind < 0.3:
        # As it should be, but for its id: so that the interview goes on under the rest.
        raw: dict[str, Any] = orjson.loads(mutator.whole())
        return orjson.dumps({**raw, "id": f"c{random.randrange(10**9)}"}).decode()
    if kind < 0.302:
        return "x" * random.choice((65_536, 65_537, 70_000))
    # What is no text would be a broken frame: `_frames` sends such.
    return mutator.any().decode("utf-8", "replace")


def _opening(random: Random, place: int) -> Attack:
    """A wrong first message."""
    mutator = Mutator(random, _OPENINGS)
    first: str | bytes = mutator.any().decode("utf-8", "replace")
    if random.random() < 0.05:
        first = mutator.any()
    return Attack("opening", (first,), place, random.choice((1, 1, 2)), opened=False)


def _frames(random: Random, place: int) -> Attack:
    """Frames that are none: wrong opcodes, lengths, fragments, bytes that are no text."""
    mutator = Mutator(random, _COMMANDS)
    data = b"".join(_frame(random, mutator) for _ in range(random.randint(1, 3)))
    if random.random() < 0.7:
        data = Mutator(random, [data, message("{}"), closing()]).damage(data)
    return Attack("frames", (data,), place, opened=random.random() < 0.5)


def _frame(random: Random, mutator: Mutator) -> bytes:
    opcode = random.choice((TEXT, TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG, 3, 7, 11, 15))
    payload = mutator.any()
    if opcode == CLOSE and random.random() < 0.7:
        code = random.choice((0, 999, 1000, 1004, 1005, 1006, 1011, 2999, 3000, 4400, 5000, 65_535))
        payload = code.to_bytes(2) + random.choice((b"", b"bye", b"\xff", b"x" * 123, b"x" * 124))
    return frame(opcode, payload, final=random.random() < 0.8)


def _upgrade(random: Random, place: int) -> Attack:
    """A wrong handshake."""
    headers = dict(UPGRADE)
    for _ in range(random.choice((1, 1, 2))):
        name = random.choice(list(headers))
        changed = Mutator(random, [headers[name].encode()]).damage(headers[name].encode())
        headers[name] = _one_line(changed)
    if random.random() < 0.3:
        headers["Origin"] = random.choice(_HEADERS["Origin"])
    if random.random() < 0.2:
        headers.pop(random.choice(list(headers)))
    path = "/v1/interviews/{id}/ws"
    if random.random() < 0.2:
        path = path.replace("{id}", random.choice(_ODD_PARTS))
    return Attack("upgrade", (request("GET", _path(path), headers),), place)


# --- HTTP ----------------------------------------------------------------------------------------


def _request(random: Random, place: int) -> Attack:
    """A request that is one, of wrong parts."""
    method = random.choice(_METHODS)
    path = random.choice(list(_BODIES) if method == "POST" else _PATHS)
    body = b""
    headers = {"Host": "127.0.0.1", "Connection": "close"}
    if random.random() < 0.85:
        headers["Authorization"] = "Bearer {token}"
    if method in ("POST", "PUT", "PATCH"):
        seeds = _BODIES.get(path, CLIENT_SEEDS)
        mutator = Mutator(random, seeds)
        body = mutator.whole() if random.random() < 0.2 else mutator.any()
        if random.random() < 0.01:
            body = body.ljust(random.choice((65_537, 262_145)))
        headers |= {"Content-Type": "application/json"}
    for _ in range(random.choice((0, 0, 1, 1, 2))):
        name = random.choice(list(_HEADERS))
        headers[name] = _damaged(random, random.choice(_HEADERS[name]))
    if random.random() < 0.15:
        path = path.replace("{id}", random.choice(_ODD_PARTS))
    path = _path(path) + _query(random)
    headers["Content-Length"] = str(len(body))
    return Attack("request", (request(method, path, headers, body),), place, head=method == "HEAD")


def _query(random: Random) -> str:
    if random.random() < 0.6:
        return ""
    names = random.sample(list(_QUERIES), random.choice((1, 1, 2)))
    parts = [f"{name}={_path(random.choice(_QUERIES[name]))}" for name in names]
    return "?" + "&".join(parts) + random.choice(("", "", "&", "&&=", "#x"))


def _damaged(random: Random, value: str) -> str:
    if random.random() < 0.6:
        return value
    return _one_line(Mutator(random, [value.encode()]).damage(value.encode()))


def _one_line(value: bytes) -> str:
    """A header's value: anything but the end of its line."""
    return value[:9_000].decode("utf-8", "replace").replace("\r", "").replace("\n", "")


def _path(path: str) -> str:
    return quote(path, safe="/{}%?&=*'-.:~$")


def _bytes(random: Random, place: int) -> Attack:
    """A request that is none."""
    seeds = [
        request(
            "POST",
            "/v1/interviews/{id}/commands",
            {
                "Host": "127.0.0.1",
                "Authorization": "Bearer {token}",
                "Content-Type": "application/json",
                "Content-Length": "44",
            },
            random.choice(CLIENT_SEEDS),
        ),
        request(
            "POST",
            "/v1/interviews",
            {"Host": "127.0.0.1", "Transfer-Encoding": "chunked"},
            b'5\r\n{"a":\r\n2\r\n1}\r\n0\r\n\r\n',
        ),
        request("GET", "/v1/interviews/{id}/events", {"Authorization": "Bearer {token}"}),
        request("GET", "/v1/interviews/{id}/ws", UPGRADE),
        random.choice(INTERESTING),
    ]
    mutator = Mutator(random, seeds)
    return Attack("bytes", (mutator.damage(mutator.whole()),), place)


_MAKERS = (_messages, _opening, _frames, _upgrade, _request, _bytes)
# The first counts for many inputs, each other for one.
_WEIGHTS: Sequence[int] = (30, 15, 15, 8, 24, 8)
