"""What goes over the wire, by hand: nothing here mends what is wrong, nor refuses to send it."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


@dataclass(frozen=True)
class Frame:
    """A WebSocket frame that the server sent."""

    opcode: int
    payload: bytes

    @property
    def close_code(self) -> int | None:
        """The code of a close frame; null: it has none."""
        return int.from_bytes(self.payload[:2]) if len(self.payload) >= 2 else None


def frame(opcode: int, payload: bytes, *, final: bool = True) -> bytes:
    """A client's frame (RFC 6455 5.2), masked with zeros."""
    head = bytes((opcode | (0x80 if final else 0),))
    if len(payload) < 126:
        head += bytes((0x80 | len(payload),))
    elif len(payload) < 65_536:
        head += struct.pack(">BH", 0x80 | 126, len(payload))
    else:
        head += struct.pack(">BQ", 0x80 | 127, len(payload))
    return head + bytes(4) + payload


def message(content: str | bytes, pieces: int = 1) -> bytes:
    """A message, in so many fragments with pings between them."""
    opcode, payload = (TEXT, content.encode()) if isinstance(content, str) else (BINARY, content)
    size = max(1, -(-len(payload) // pieces))
    parts = [payload[first : first + size] for first in range(0, len(payload), size)] or [b""]
    last = len(parts) - 1
    return frame(PING, b"between").join(
        frame(opcode if place == 0 else CONTINUATION, part, final=place == last)
        for place, part in enumerate(parts)
    )


def closing(code: int = 1000) -> bytes:
    return frame(CLOSE, code.to_bytes(2))


class BrokenFramingError(Exception):
    """The server sent what is no frame of a server."""


class Frames:
    """The frames in what the server sends, bit by bit."""

    def __init__(self) -> None:
        self._data = b""

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are whole now.

        Raises:
            BrokenFramingError: what came is no frame, or one that is masked or in fragments.
        """
        self._data += data
        while len(self._data) >= 2:
            first, length = self._data[0], self._data[1]
            if first & 0x70 or not first & 0x80 or length & 0x80:
                raise BrokenFramingError(f"a frame begins with {self._data[:2]!r}")
            head = 2
            if length == 126:
                head, length = 4, int.from_bytes(self._data[2:4])
            elif length == 127:
                head, length = 10, int.from_bytes(self._data[2:10])
            if len(self._data) < head or len(self._data) < head + length:
                return
            payload = self._data[head : head + length]
            self._data = self._data[head + length :]
            yield Frame(first & 0x0F, payload)


UPGRADE = {
    "Host": "127.0.0.1",
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol": "viva.v1",
}


def request(method: str, target: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """A request as it stands, whatever is in it."""
    lines = [
        f"{method} {target} HTTP/1.1",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogatepass") + body
