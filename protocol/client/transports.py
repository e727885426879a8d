"""Which transport the next connection takes (`protocol.md` 2): WebSocket, or where that is blocked
the event stream; the position is the same on both.

Two attempts in a row that never opened, or one that something answered which speaks no WebSocket,
and the event stream is next. If the server can't be reached that way either, it wasn't the
transport: the WebSocket is next again.

The way back: where no WebSocket has ever opened, the first new connection after five minutes tries
one. Where one has opened before in this client's life, so that a server that started anew is the
likelier reason, and where somebody is speaking, which goes on over a WebSocket alone, the event
stream itself is left for a WebSocket 30 s after it opened; where both are so, after 2 s.
"""

from protocol.client.data import Transport

STRIKES = 2
BACK_AFTER_MS = 300_000
SOON_BACK_AFTER_MS = 30_000
SPEAKING_BACK_AFTER_MS = 2_000


class TransportChoice:
    """Told how every attempt fares, it chooses the next one's transport."""

    def __init__(self) -> None:
        self._strikes = 0
        self._back_at = 0.0
        self._websocket_works = False

    def choose(self, now: float) -> Transport:
        """The transport for an attempt that begins now."""
        if self._strikes >= STRIKES and now < self._back_at:
            return "events"
        # Known to have been blocked: one failure is enough now.
        self._strikes = min(self._strikes, STRIKES - 1)
        return "websocket"

    def heard(self, over: Transport) -> None:
        """The server was heard over that transport, whatever it said."""
        if over == "websocket":
            self._strikes = 0
            self._websocket_works = True

    def opened(self, over: Transport, now: float, *, speaking: bool) -> float | None:
        """A session opened over that transport. Returns when to leave it for a WebSocket; null:
        not before it ends by itself.
        """
        self.heard(over)
        if over == "websocket" or not (self._websocket_works or speaking):
            return None
        waits = speaking and self._websocket_works
        leave_at = now + (SPEAKING_BACK_AFTER_MS if waits else SOON_BACK_AFTER_MS)
        # No later for a stream that is cut again and again.
        self._back_at = min(self._back_at, leave_at)
        return leave_at

    def unreached(self, over: Transport, now: float) -> None:
        """An attempt ended without a word from the server."""
        if over == "events":
            self._strikes = STRIKES - 1
        else:
            self._strike(1, now)

    def not_spoken(self, now: float) -> None:
        """What answers there speaks no WebSocket."""
        self._strike(STRIKES, now)

    def _strike(self, count: int, now: float) -> None:
        self._strikes += count
        self._back_at = now + BACK_AFTER_MS
