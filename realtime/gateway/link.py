"""One WebSocket connection: a reader, and a writer that follows the log.

The reader takes whatever comes, as fast as it comes; but audio only as fast as it is listened to.
While it waits for that nothing is read, so that TCP slows the sender down.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

from protocol.close_codes import Close
from protocol.codec import decode_client, encode
from protocol.commands import AudioStop, Ping, SessionOpen
from protocol.errors import ProtocolError, malformed
from protocol.messages import Ack, AudioReceived, ConnectionMessage, Error, Pong
from realtime.gateway.follower import Follower, GoneError
from realtime.gateway.limits import Rate, rate_limited

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from realtime.gateway.options import Options
    from realtime.ports import Clock
    from realtime.session.actor import Actor

MINUTE_MS = 60_000
MALFORMED_A_MINUTE = 20
RATE_LIMITED_A_MINUTE = 100
# How much is there of the audio is said at least so often while it arrives, or for so much of it:
# a client sends no more than some seconds of it ahead (`protocol.md` 5: at least once a second).
RECEIVED_EVERY_MS = 500
RECEIVED_EVERY_BYTES = 65_536
# How much audio may lie unheard before no more is read: 11 s at 48 kHz, which is more than a client
# sends ahead, and a fiftieth of the longest answer.
MOST_UNHEARD_BYTES = 1_048_576
# How often it is looked whether less does, and how many times. Audio is listened to some 600 times
# faster than it is spoken; where that stands still, reading goes on after 5 s, well within a
# heartbeat, and frame by frame from then on.
LOOK_EVERY_S = 0.01
LOOKS = 500


class Link(Follower):
    """A WebSocket, from the accepted upgrade to its end."""

    __slots__ = (
        *("_commands", "_finished", "_gone", "_limited", "_malformed", "_observer"),
        *("_stuck_at", "_told"),
    )

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, clock: Clock, options: Options
    ) -> None:
        super().__init__(scope, receive, send, clock, options)
        self._observer = False
        self._finished = False
        self._gone: asyncio.Future[None] | None = None
        self._commands = Rate(options.limits.commands_per_second, 1_000)
        self._limited = Rate(RATE_LIMITED_A_MINUTE, MINUTE_MS)
        self._malformed = Rate(MALFORMED_A_MINUTE - 1, MINUTE_MS)
        self._told: tuple[int, int, int] = (0, 0, 0)
        # How much was unheard when waiting for less of it came to nothing.
        self._stuck_at: float = math.inf

    async def gone(self, *, within_s: float) -> None:
        """Wait until this connection has ended; after `within_s` end it by force."""
        if self._finished:
            return
        if self._gone is None:
            self._gone = asyncio.get_running_loop().create_future()
        try:
            await asyncio.wait_for(asyncio.shield(self._gone), within_s)
        except TimeoutError:
            self._abort()

    def finish(self) -> None:
        """The connection is over: let nothing of it linger."""
        self._finished = True
        if self._gone is not None and not self._gone.done():
            self._gone.set_result(None)
        super().finish()

    # --- opening --------------------------------------------------------------------------------

    async def receive(self) -> str | bytes:
        """The next frame.

        Raises:
            GoneError: the peer has gone.
        """
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise GoneError
        text: str | None = message.get("text")
        return text if text is not None else bytes(message["bytes"])

    async def first(self, *, within_s: float) -> str | bytes:
        """The first frame, unless the connection is dropped before.

        Raises:
            GoneError: the peer has gone.
            ProtocolError: `draining`.
            TimeoutError: nothing came.
        """
        self._news = asyncio.get_running_loop().create_future()
        receiving = asyncio.create_task(self.receive())
        try:
            await asyncio.wait(
                (receiving, self._news), timeout=within_s, return_when=asyncio.FIRST_COMPLETED
            )
            if receiving.done():
                return receiving.result()
            if self.dropped:
                raise ProtocolError("draining", "This node goes away; try again.")
            raise TimeoutError
        finally:
            receiving.cancel()
            self._news = None

    async def refuse(self, error: ProtocolError, code: Close) -> None:
        """Say why this connection can't be, and close it."""
        await self.write_frame(encode(_error(error)))
        await self.close(code)

    def begin(self, actor: Actor, opening: SessionOpen) -> None:
        """Answer the opening; from here on the log is followed."""
        self._observer = opening.role == "observer"
        self.open(actor, opening.resume, opening.id)

    def ask_for_audio(self) -> None:
        """Ask for what is missing of an answer that was stopped, unless that was told."""
        gap = None if self.actor is None else self.actor.hearing.gap()
        if gap is not None:
            self._answer(_error(gap))

    # --- reading --------------------------------------------------------------------------------

    async def _read(self) -> None:
        try:
            while True:
                frame = await self.receive()
                self._take(frame)
                if isinstance(frame, bytes):
                    await self._heard()
        except GoneError:
            pass

    async def _heard(self) -> None:
        """Wait while too much audio is unheard. An answer that ends, is cancelled or lost leaves
        nothing unheard; a connection that closes waits for nothing.
        """
        for _ in range(LOOKS if self._unheard < self._stuck_at else 1):
            if self._unheard <= MOST_UNHEARD_BYTES:
                self._stuck_at = math.inf
                return
            if self.dropped or (self._transport is not None and self._transport.is_closing()):
                return
            await self._clock.sleep(LOOK_EVERY_S)
        self._stuck_at = self._unheard

    @property
    def _unheard(self) -> int:
        return 0 if self.actor is None else self.actor.hearing.unheard

    def _take(self, frame: str | bytes) -> None:
        try:
            if isinstance(frame, bytes):
                self._listen(frame)
            else:
                self._obey(frame)
        except ProtocolError as error:
            self._answer(_error(error))
            if error.code == "malformed" and self._malformed.wait_ms(self._clock.now()):
                self.drop(Close.MALFORMED)

    def _obey(self, frame: str) -> None:
        message = decode_client(frame)
        if isinstance(message, SessionOpen):
            self.drop(Close.MALFORMED)
            raise malformed("The session is open already.", "type", re=message.id)
        answered = None if isinstance(message, Ping) else message.id
        now = self._clock.now()
        wait_ms = self._commands.wait_ms(now)
        if wait_ms:
            if self._limited.wait_ms(now):
                self.drop(Close.TOO_MANY_COMMANDS)
            raise rate_limited(wait_ms, re=answered)
        if isinstance(message, Ping):
            self._answer(Pong(message.nonce))
        elif self._observer:
            raise ProtocolError("forbidden", "An observer only reads.", re=answered)
        elif self.actor is not None:
            stops = isinstance(message, AudioStop)
            self.actor.submit(message, self._stopped if stops else self._reply)

    def _listen(self, frame: bytes) -> None:
        """Take a frame of audio, and say now and then how much is there."""
        if self._observer:
            raise ProtocolError("forbidden", "An observer only reads.")
        if self.actor is None or not self.actor.listen(frame):
            return
        hearing = self.actor.hearing
        if hearing.turn is None:
            return
        now, turn, received = self._clock.now(), hearing.turn, hearing.received
        last_turn, told, at = self._told
        goes_on = turn == last_turn and told <= received < told + RECEIVED_EVERY_BYTES
        # All of it is said in any case.
        if not (goes_on and now < at + RECEIVED_EVERY_MS and hearing.starved):
            self._told = (turn, received, now)
            self._answer(AudioReceived(turn, received))

    def _reply(self, outcome: Ack | ProtocolError) -> None:
        self._answer(_error(outcome) if isinstance(outcome, ProtocolError) else outcome)

    def _stopped(self, outcome: Ack | ProtocolError) -> None:
        """Reply to an `audio.stop`, and ask for what is missing."""
        self._reply(outcome)
        if isinstance(outcome, Ack):
            self.ask_for_audio()

    # --- writing --------------------------------------------------------------------------------

    def _encode(self, message: ConnectionMessage) -> bytes:
        return encode(message)

    async def _write_answer(self, answer: bytes) -> None:
        await self.write_frame(answer)

    async def _write_events(self, epoch: int, frames: list[bytes]) -> None:
        for frame in frames:
            if self._closing is not None:
                break
            await self.write_frame(frame)

    async def write_frame(self, frame: bytes) -> None:
        """Write one text frame, waiting while the peer takes nothing."""
        await self._write_message({"type": "websocket.send", "text": frame.decode()})

    async def close(self, code: Close) -> None:
        """Send the close frame; what follows on the wire is the peer's echo."""
        await self._write_message({"type": "websocket.close", "code": int(code)})


def _error(error: ProtocolError) -> Error:
    return Error(error.re, error.code, error.message, error.kind.retryable, error.details)
