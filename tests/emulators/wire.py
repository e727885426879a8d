"""HTTP/1.1 for emulators: a connection reads requests with httptools and plays acts (`voice.py`).

No tasks, and few timers (`pacing.py`), so that one core feeds a thousand streams. Who comes late
makes up for it: the pace is that of the clock. What the reader doesn't take isn't produced.
"""

import asyncio
import socket
import struct
from collections.abc import Iterator
from http import HTTPStatus
from typing import Literal, Protocol, cast
from urllib.parse import parse_qsl, unquote

import httptools

from tests.emulators.pacing import Pacer
from tests.emulators.voice import Act, Cue, Half, Head, HttpRequest, Page, Pause

MAX_BODY_BYTES = 16 * 1024 * 1024
MAX_HEAD_BYTES = 64 * 1024
ACTS_A_TICK = 64
RESET = struct.pack("ii", 1, 0)  # SO_LINGER of no seconds: closing resets.

# How a response ended: as it should, cut by the script, by the client, with the emulator.
How = Literal["done", "cut", "closed by client", "stopped"]


class Show(Protocol):
    """One response: what is played, and who is told how it went."""

    @property
    def acts(self) -> Iterator[Act]: ...

    @property
    def period_s(self) -> float:
        """Between two tokens."""
        ...

    def wrote(self, byte_count: int) -> None: ...

    def ended(self, how: How) -> None:
        """Called once."""
        ...


class House(Protocol):
    """Whoever has the connections."""

    def connected(self, connection: "Connection") -> bool:
        """Whether it may stay."""
        ...

    def lost(self, connection: "Connection") -> None: ...

    def show(self, request: HttpRequest) -> Show: ...


class Connection(asyncio.Protocol):
    def __init__(self, house: House, pacer: Pacer) -> None:
        self._house = house
        self._pacer = pacer
        self._transport: asyncio.Transport
        self._parser = httptools.HttpRequestParser(self)
        self._url = b""
        self._headers: dict[str, str] = {}
        self._head_bytes = 0
        self._body = bytearray()
        self._show: Show | None = None
        self._due = 0.0
        self._slot: int | None = None
        self._paused = False
        self._chunked = False
        self._keep_alive = True

    # --- What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if not self._house.connected(self):
            self.reset()

    def connection_lost(self, exc: Exception | None) -> None:
        self._over("closed by client")
        self._house.lost(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._transport.close()

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        if self._slot is None:
            self._tick()

    # --- What httptools calls

    def on_message_begin(self) -> None:
        self._url = b""
        self._headers = {}
        self._head_bytes = 0
        self._body.clear()

    def on_url(self, url: bytes) -> None:
        self._url += url
        self._bound(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._bound(len(name) + len(value))
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def _bound(self, byte_count: int) -> None:
        self._head_bytes += byte_count
        if self._head_bytes > MAX_HEAD_BYTES:
            self.reset()

    def on_headers_complete(self) -> None:
        if self._headers.get("expect", "").lower() == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        if len(self._body) + len(body) > MAX_BODY_BYTES:
            self.reset()
        else:
            self._body += body

    def on_message_complete(self) -> None:
        if self._show is not None:  # Pipelining isn't spoken.
            self.reset()
            return
        url = httptools.parse_url(self._url)
        query = dict(parse_qsl((url.query or b"").decode("latin-1")))
        request = HttpRequest(
            self._parser.get_method().decode(),
            unquote(url.path.decode("latin-1")),
            query,
            self._headers,
            bytes(self._body),
        )
        self._keep_alive = self._parser.should_keep_alive()
        self._show = self._house.show(request)
        self._due = self._pacer.now_s()
        self._tick()

    # --- The play

    def stop(self) -> None:
        """Close, whatever is being said."""
        self._over("stopped")
        self._transport.abort()

    def reset(self) -> None:
        """Cut the connection off, whatever is being said."""
        self._over("cut")
        plain = self._transport.get_extra_info("socket")
        if plain is not None:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self._transport.abort()

    def _over(self, how: How) -> None:
        self._slot = None
        show, self._show = self._show, None
        if show is not None:
            show.ended(how)

    def wake(self, slot: int) -> None:
        if slot == self._slot:
            self._slot = None
            self._tick()

    def _tick(self) -> None:
        """Play until it is time to wait, and write all of that at once."""
        show = self._show
        if show is None or self._paused:
            return
        written: list[bytes] = []
        for act in show.acts:
            if type(act) is bytes:
                written.append(chunk(act))
                if len(written) < ACTS_A_TICK:
                    continue
            elif act is Cue.BEAT:
                self._due += show.period_s
                if self._due <= self._pacer.now_s():
                    continue
            elif isinstance(act, Pause):
                self._due += act.seconds
            elif isinstance(act, Head | Page):
                self._chunked = isinstance(act, Head)
                written.append(head(act) if isinstance(act, Head) else page(act))
                continue
            else:
                self._misplay(act, written, show)
                return
            self._write(written, show)
            self._slot = self._pacer.at(self._due, self)
            return
        self._end(written, show)

    def _write(self, written: list[bytes], show: Show) -> None:
        if written:
            data = b"".join(written)
            show.wrote(len(data))
            self._transport.write(data)

    def _end(self, written: list[bytes], show: Show) -> None:
        if self._chunked:
            written.append(b"0\r\n\r\n")
            self._chunked = False
        self._write(written, show)
        self._over("done")
        if not self._keep_alive:
            self._transport.close()

    def _misplay(self, act: Act, written: list[bytes], show: Show) -> None:
        """What doesn't end as it should. At a stall nothing is left to wait for but the client."""
        if isinstance(act, Half):
            whole = chunk(act.of)
            written.append(whole[: len(whole) // 2])
        self._write(written, show)
        if act is Cue.STALL:
            return
        if act is Cue.RESET:
            self.reset()
        else:
            self._over("cut")
            self._transport.close()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def head(of: Head) -> bytes:
    return _head(200, (*of.headers, ("transfer-encoding", "chunked")))


def page(of: Page) -> bytes:
    fields = (("content-type", of.media_type), ("content-length", str(len(of.body))), *of.headers)
    return _head(of.status, fields) + of.body


def _head(status: int, fields: tuple[tuple[str, str], ...]) -> bytes:
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{k}: {v}" for k, v in fields)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
