"""Which transport the next connection takes (`protocol.md` 2): WebSocket, or where that is blocked
the event stream; the position is the same on both.

Two attempts in a row that never opened, or one that something answered which speaks no WebSocket,
and the event stream is next. If the server can't be reached that way either, it wasn't the
transport: the WebSocket is next again. And a while after the event stream has helped, the
WebSocket gets another chance with the next connection.
"""

from protocol.client.data import Transport

STRIKES = 2
BACK_AFTER_MS = 300_000
# A spoken answer can go on over a WebSocket alone.
BACK_AFTER_WHILE_SPEAKING_MS = 30_000


class TransportChoice:
    """`back_at`: when the WebSocket is to be tried again."""

    def __init__(self) -> None:
        self.back_at = 0.0
        self._strikes = 0

    def choose(self, now: float) -> Transport:
        """The transport for an attempt that begins now."""
        if self._strikes >= STRIKES and now < self.back_at:
            return "events"
        # Known to have been blocked: one failure is enough now.
        self._strikes = min(self._strikes, STRIKES - 1)
        return "websocket"

    def opened(self, over: Transport) -> None:
        """The server was heard over that transport, whatever it said."""
        if over == "websocket":
            self._strikes = 0

    def unreached(self, over: Transport, now: float, *, speaking: bool) -> None:
        """An attempt ended without a word from the server."""
        if over == "events":
            self._strikes = STRIKES - 1
        else:
            self._strike(1, now, speaking=speaking)

    def not_spoken(self, now: float, *, speaking: bool) -> None:
        """What answers there speaks no WebSocket."""
        self._strike(STRIKES, now, speaking=speaking)

    def _strike(self, count: int, now: float, *, speaking: bool) -> None:
        self._strikes += count
        self.back_at = now + (BACK_AFTER_WHILE_SPEAKING_MS if speaking else BACK_AFTER_MS)
