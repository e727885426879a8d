"""What is said in an interview, as whoever listens heard it; and a listener that trusts nobody.

The reference client drops a connection on which an event is missing, and gets it on the next: it
would cover a gap up. So somebody reads the frames beside it, and takes none amiss.
"""

import asyncio
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage
from websockets.typing import Subprotocol

from protocol.close_codes import Close
from protocol.codec import ServerMessage, decode_server, encode
from protocol.commands import Position, SessionOpen
from protocol.events import Logged, ReportCompleted
from protocol.messages import SessionOpened

AGAIN_S = 0.1


class Violation(Exception):
    """The server has broken its promise."""


@dataclass(slots=True)
class Record:
    """What stands in the log of an interview: the same for everybody who reads it."""

    interview_id: str
    said: dict[tuple[int, int], Logged] = field(default_factory=dict)

    def hear(self, logged: Logged) -> None:
        """Somebody has read this event."""
        before = self.said.setdefault((logged.epoch, logged.seq), logged)
        if before != logged:
            raise Violation(f"{self.interview_id}: {before} was read, and then {logged}")


class Witness:
    """Reads one interview from its beginning to its end, over connections of its own."""

    def __init__(self, url: str, record: Record) -> None:
        place = f"{url.replace('http', 'ws', 1)}/v1/interviews/{record.interview_id}/ws"
        self._place = place
        self._record = record
        self._position: Position | None = None
        self._over = False

    async def listen(self) -> None:
        """Until the interview's end, through as many connections as it takes."""
        while True:
            try:
                socket = await connect(
                    self._place,
                    subprotocols=[Subprotocol("viva.v1")],
                    compression=None,
                    proxy=None,
                )
            except (OSError, ConnectionClosed, InvalidHandshake, InvalidMessage):
                await asyncio.sleep(AGAIN_S)
                continue
            try:
                await self._read(socket)
            finally:
                await socket.close()
            if socket.close_code == Close.DONE:
                if not self._over:
                    raise self._violation("closed as done before its report was complete")
                return
            await asyncio.sleep(AGAIN_S)

    async def _read(self, socket: ClientConnection) -> None:
        opening = SessionOpen("w", role="observer", resume=self._position)
        opened = False
        try:
            await socket.send(encode(opening).decode())
            while True:
                message = decode_server(await socket.recv())
                if isinstance(message, SessionOpened):
                    opened = True
                    self._open(message)
                elif opened:
                    self._take(message)
        except ConnectionClosed:
            return

    def _open(self, message: SessionOpened) -> None:
        before = self._position
        if message.resumed:
            if before is None or message.epoch != before.epoch or message.seq < before.seq:
                raise self._violation(f"resumed at {message.epoch}:{message.seq} after {before}")
            return
        snapshot = message.snapshot
        if snapshot is None or (snapshot.epoch, snapshot.seq) != (message.epoch, message.seq):
            raise self._violation("opened anew, with no snapshot of this place in the log")
        if before is not None and message.epoch < before.epoch:
            raise self._violation(f"epoch {message.epoch} came after {before.epoch}")
        self._position = Position(message.epoch, message.seq)
        self._over = snapshot.interview.phase == "finished"

    def _take(self, message: ServerMessage) -> None:
        if not isinstance(message, Logged):
            return
        before = self._position
        if before is None or (message.epoch, message.seq) != (before.epoch, before.seq + 1):
            raise self._violation(f"{message.epoch}:{message.seq} followed {before}")
        if self._over:
            raise self._violation(f"{message.event.TYPE} came after the end")
        self._record.hear(message)
        self._position = Position(message.epoch, message.seq)
        self._over = isinstance(message.event, ReportCompleted)

    def _violation(self, what: str) -> Violation:
        return Violation(f"{self._record.interview_id}: {what}")
