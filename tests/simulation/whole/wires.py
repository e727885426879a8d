"""Wires between a terminal and a node, with ASGI at the node's end.

Rules of this file:
- A wire keeps the order of what goes through it, as TCP does; what goes over different wires
  overtakes. Each piece takes its own time, and a slow reader makes the node wait.
- A wire that is cut loses what is under way, and each end learns of it at a time of its own, or
  (the terminal's) never.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from protocol.client.event_stream import EventStream
from protocol.client.line import CUT
from tests.simulation.whole.loop import OUTSIDE, VirtualLoop

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from random import Random

    from starlette.types import Message

    from tests.simulation.whole.watch import Ear

# How long a pong may be missing before a node knows that its peer has gone (two heartbeats).
HEARTBEATS_S = 40.0
# How long a node waits for the peer's side of a closing handshake.
CLOSE_WITHIN_S = 10.0
# Pieces that lie between a node and a reader that takes none.
WINDOW = 16


@dataclass(slots=True)
class Pace:
    """How long each piece takes (seconds, at most), and what happens to POSTs and WebSockets."""

    most_s: float = 0.01
    post_lost: float = 0.0
    post_repeated: float = 0.0
    websockets_blocked: bool = False


class Peer(Protocol):
    """The terminal's end of a wire."""

    def received(self, wire: Wire, text: str) -> None: ...

    def heard(self, wire: Wire) -> None: ...

    def closed(self, wire: Wire, code: int) -> None: ...

    def refused(self, wire: Wire, status: int, body: bytes) -> None: ...


class Wire:
    """One request, from the terminal's side and the node's. `over`: what it is."""

    def __init__(self, loop: VirtualLoop, chance: Random, pace: Pace, ear: Ear) -> None:
        self.ear = ear
        self.stalled_until = 0.0
        self.over = False  # The application has ended.
        self.lost = False  # What is under way doesn't arrive.
        self.left = False  # The terminal listens no more.
        self.gone = False  # The node has been told so.
        self._loop = loop
        self._chance = chance
        self._pace = pace
        self._inbox: deque[Message] = deque()
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None
        self._in_flight = 0
        self._up_at = 0.0
        self._down_at = 0.0

    # --- the node's end (ASGI) ------------------------------------------------------------------

    async def receive(self) -> Message:
        while not self._inbox:
            if self.gone:
                return {"type": self.farewell}
            self._reader = self._loop.create_future()
            await self._reader
        return self._inbox.popleft()

    async def send(self, message: Message) -> None:
        if self.gone:
            self.vanished()
            return
        self.tap(message)
        while self._in_flight >= WINDOW and not self.gone:
            self._writer = self._loop.create_future()
            await self._writer
        self._in_flight += 1
        self._down_at = max(self._down_at + 1e-6, self.stalled_until, self._arrival())
        self._at(self._down_at, lambda: self._arrive(message))

    def abort(self) -> None:
        """The node cuts it: what lay between is lost."""
        self.cut(0.0, self._chance.uniform(0, self._pace.most_s))

    def is_closing(self) -> bool:
        """Whether the node has seen it end."""
        return self.gone

    @property
    def attended(self) -> bool:
        """Whether the node is there and nothing keeps it from answering what has come."""
        blocked = self._writer is not None and not self._writer.done()
        return not (self.over or self.gone or blocked)

    farewell = "http.disconnect"

    def vanished(self) -> None:
        """What is sent to a peer that has gone vanishes without a word."""

    def tap(self, message: Message) -> None:
        """The node says `message`."""

    # --- the terminal's end ---------------------------------------------------------------------

    def put(self, message: Message) -> None:
        """Send `message` on its way to the node."""
        self._up_at = max(self._up_at + 1e-6, self._arrival())
        self._at(self._up_at, lambda: self._take(message))

    def leave(self) -> None:
        """Listen no more, and let the node know when all that was sent has arrived."""
        self.left = True
        self._up_at = max(self._up_at + 1e-6, self._arrival())
        self._at(self._up_at, self.hang_up)

    def delivered(self, message: Message) -> None:
        """`message` has come from the node."""

    def ended(self) -> None:
        """The wire is cut, as the terminal sees it."""

    # --- in between -----------------------------------------------------------------------------

    def cut(self, node_after_s: float, terminal_after_s: float | None) -> None:
        """Lose all that is under way; each end learns of it in its own time, or never (null)."""
        self.lost = True
        self._at(self._loop.time() + node_after_s, self.hang_up)
        if terminal_after_s is not None:
            self._at(self._loop.time() + terminal_after_s, self._end)

    def hang_up(self) -> None:
        """The node learns that nobody is there any more."""
        self.gone = True
        self._wake()

    def finish(self) -> None:
        """The application has ended: whatever it has left open is closed."""
        self.over = True
        self._down_at = max(self._down_at + 1e-6, self._arrival())
        self._at(self._down_at, self._end)

    def _take(self, message: Message) -> None:
        if not (self.lost or self.gone or self.over):
            self._inbox.append(message)
            self.ear.reaches(message)
            self._wake()

    def _arrive(self, message: Message) -> None:
        self._in_flight -= 1
        self._wake()
        if not (self.lost or self.left):
            self.delivered(message)

    def _end(self) -> None:
        if not self.left:
            self.left = True
            self.ended()

    def _wake(self) -> None:
        for waiting in (self._reader, self._writer):
            if waiting is not None and not waiting.done():
                waiting.set_result(None)

    def _arrival(self) -> float:
        return self._loop.time() + self._chance.uniform(0, self._pace.most_s)

    def _at(self, when: float, callback: Callable[[], None]) -> None:
        self._loop.call_at(when, callback, context=OUTSIDE)


class Socket(Wire):
    """A WebSocket."""

    farewell = "websocket.disconnect"

    def __init__(self, loop: VirtualLoop, chance: Random, pace: Pace, ear: Ear, peer: Peer) -> None:
        super().__init__(loop, chance, pace, ear)
        self._peer = peer
        self._inbox.append({"type": "websocket.connect"})

    @property
    def attended(self) -> bool:
        return super().attended and self.ear.open is True

    def say(self, frame: str | bytes) -> None:
        """The terminal sends a frame."""
        kind = "text" if isinstance(frame, str) else "bytes"
        self.put({"type": "websocket.receive", kind: frame})

    def vanished(self) -> None:
        raise OSError("the peer has gone")

    def tap(self, message: Message) -> None:
        if message["type"] == "websocket.send":
            self.ear.says(message["text"])
        elif message["type"] == "websocket.close":
            self.ear.closes(message["code"])
            self._at(self._loop.time() + CLOSE_WITHIN_S, self.hang_up)

    def delivered(self, message: Message) -> None:
        if message["type"] == "websocket.send":
            self._peer.received(self, message["text"])
        elif message["type"] == "websocket.close":
            self.left = True
            self.put({"type": "websocket.disconnect"})
            self._peer.closed(self, message["code"])

    def ended(self) -> None:
        self._peer.closed(self, CUT)


class Answered(Wire):
    """An HTTP exchange: the answer's head, then its body in pieces."""

    def __init__(self, loop: VirtualLoop, chance: Random, pace: Pace, ear: Ear) -> None:
        super().__init__(loop, chance, pace, ear)
        self.status = 0
        self.body = b""

    def delivered(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        self.took(message.get("body", b""))
        if not message.get("more_body", False):
            self.left = True
            self.hang_up()
            self.whole()

    def took(self, body: bytes) -> None:
        """A piece of the body has come."""
        self.body += body

    def whole(self) -> None:
        """The answer has come to its end."""


class Stream(Answered):
    """An event stream, or whatever is answered instead."""

    def __init__(self, loop: VirtualLoop, chance: Random, pace: Pace, ear: Ear, peer: Peer) -> None:
        super().__init__(loop, chance, pace, ear)
        self._peer = peer
        self._events = EventStream()
        self._said = EventStream()

    def tap(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status_said = message["status"]
        elif self.status_said == 200:
            for text in self._said.feed(message.get("body", b"")):
                self.ear.says(text)

    def took(self, body: bytes) -> None:
        if self.status != 200:
            super().took(body)
            return
        self._peer.heard(self)
        for text in self._events.feed(body):
            if not self.left:
                self._peer.received(self, text)

    def whole(self) -> None:
        if self.status == 200:
            self._peer.closed(self, CUT)
        else:
            self._peer.refused(self, self.status, self.body)

    def ended(self) -> None:
        self._peer.closed(self, CUT)


class Request(Answered):
    """A POST. `answered` is called once: with the status and the body, or 0 if there are none."""

    def __init__(
        self,
        loop: VirtualLoop,
        chance: Random,
        pace: Pace,
        ear: Ear,
        answered: Callable[[int, bytes], None],
    ) -> None:
        super().__init__(loop, chance, pace, ear)
        self._answered = answered
        self._body_said = b""

    def tap(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status_said = message["status"]
        else:
            self._body_said += message.get("body", b"")
            if not message.get("more_body", False):
                self.ear.answers(self._status_said, self._body_said)

    def whole(self) -> None:
        self._answered(self.status, self.body)

    def ended(self) -> None:
        self._answered(0, b"")
