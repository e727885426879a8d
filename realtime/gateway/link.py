"""One WebSocket connection: a reader that always drains, and a writer that follows the log."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from protocol.close_codes import Close
from protocol.codec import decode_client, encode
from protocol.commands import Ping, SessionOpen
from protocol.errors import ProtocolError, malformed
from protocol.messages import Ack, ConnectionMessage, Error, Pong, ServerDraining, SessionOpened
from realtime.gateway.limits import Rate
from realtime.session.log import FellBehindError

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Send

    from realtime.gateway.options import Options
    from realtime.ports import Clock
    from realtime.session.actor import Actor
    from realtime.session.log import Log

logger = structlog.get_logger(__name__)

MINUTE_MS = 60_000
MALFORMED_A_MINUTE = 20
RATE_LIMITED_A_MINUTE = 100
# Frames are frozen once they are read from the log; a slow peer should let the others grow.
FRAMES_AT_ONCE = 16
# Answers that a peer has asked for and doesn't take.
MOST_ANSWERS = 1_024


class GoneError(Exception):
    """The peer is no longer there."""


class Link:
    """A client's connection, from the accepted upgrade to its end. Small: there are thousands."""

    __slots__ = (
        "_answers",
        "_clock",
        "_closing",
        "_commands",
        "_finished",
        "_gone",
        "_limited",
        "_malformed",
        "_news",
        "_observer",
        "_options",
        "_position",
        "_receive",
        "_send",
        "_sending_since",
        "_transport",
        "actor",
    )

    def __init__(
        self,
        receive: Receive,
        send: Send,
        transport: asyncio.Transport | None,
        clock: Clock,
        options: Options,
    ) -> None:
        self._receive = receive
        self._send = send
        self._transport = transport
        self._clock = clock
        self._options = options
        self.actor: Actor | None = None
        self._observer = False
        self._position = 0
        self._answers: list[bytes] = []
        self._news: asyncio.Future[None] | None = None
        self._closing: Close | None = None
        self._finished = False
        self._gone: asyncio.Future[None] | None = None
        self._sending_since: int | None = None
        limits = options.limits
        self._commands = Rate(limits.commands_per_second, 1_000)
        self._limited = Rate(RATE_LIMITED_A_MINUTE, MINUTE_MS)
        self._malformed = Rate(MALFORMED_A_MINUTE - 1, MINUTE_MS)

    # --- what the actor and the gateway tell ----------------------------------------------------

    def wake(self) -> None:
        """There is more to write."""
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    def drop(self, code: Close) -> None:
        """Close with `code`, once what was answered has been written."""
        if self._closing is None:
            if code is Close.DRAINING:
                self._answer(ServerDraining(self._options.reconnect_within_ms))
            self._closing = code
            self.wake()

    def abort_if_stalled(self, now: int) -> None:
        """Cut a peer that has taken nothing for too long (4101 could not reach it either)."""
        since = self._sending_since
        if since is not None and now - since > self._options.stalled_after_s * 1_000:
            self._abort()

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
        if self._transport is not None:
            loop = asyncio.get_running_loop()
            loop.call_later(self._options.close_within_s, self._transport.abort)

    def _abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

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

    async def refuse(self, error: ProtocolError, code: Close) -> None:
        """Say why this connection can't be, and close it."""
        await self.write_frame(encode(_error(error)))
        await self.close(code)

    async def close(self, code: Close) -> None:
        """Send the close frame; what follows on the wire is the peer's echo."""
        await self._write_message({"type": "websocket.close", "code": int(code)})

    def begin(self, actor: Actor, opening: SessionOpen) -> None:
        """Say `session.opened`; from here on the log is followed."""
        self.actor = actor
        self._observer = opening.role == "observer"
        log = actor.log
        resume = opening.resume
        resumed = resume is not None and log.holds(resume)
        log.read_through(log.head)
        self._position = resume.seq if resume is not None and resumed else log.head
        self._answer(
            SessionOpened(
                opening.id,
                log.epoch,
                log.head,
                resumed,
                self._options.heartbeat_ms,
                self._options.limits,
                self._options.capabilities,
                snapshot=None if resumed else actor.snapshot(),
            )
        )
        if actor.retired:
            self.drop(Close.REBUILT)

    async def run(self) -> None:
        """Read and write until the end."""
        writer = asyncio.create_task(self._write())
        try:
            await self._read()
        finally:
            writer.cancel()
            await asyncio.wait((writer,))

    # --- reading --------------------------------------------------------------------------------

    async def _read(self) -> None:
        """Take every frame as it comes; returns when the peer, or the writer, has closed."""
        try:
            while True:
                self._take(await self.receive())
        except GoneError:
            pass

    def _take(self, frame: str | bytes) -> None:
        try:
            if isinstance(frame, bytes):
                raise ProtocolError("audio_not_open", "No voice answer is open.")
            self._obey(frame)
        except ProtocolError as error:
            self._answer(_error(error))
            if error.code == "malformed" and self._malformed.wait_ms(self._clock.now()):
                self.drop(Close.MALFORMED)

    def _obey(self, frame: str) -> None:
        message = decode_client(frame, self._options.limits)
        if isinstance(message, SessionOpen):
            self.drop(Close.MALFORMED)
            raise malformed("The session is open already.", "type", re=message.id)
        answered = None if isinstance(message, Ping) else message.id
        now = self._clock.now()
        wait_ms = self._commands.wait_ms(now)
        if wait_ms:
            if self._limited.wait_ms(now):
                self.drop(Close.TOO_MANY_COMMANDS)
            raise ProtocolError(
                "rate_limited",
                "Too many commands; wait a moment.",
                details={"retry_after_ms": wait_ms},
                re=answered,
            )
        if isinstance(message, Ping):
            self._answer(Pong(message.nonce))
        elif self._observer:
            raise ProtocolError("forbidden", "An observer only reads.", re=answered)
        elif self.actor is not None:
            self.actor.submit(message, self._reply)

    def _reply(self, outcome: Ack | ProtocolError) -> None:
        self._answer(_error(outcome) if isinstance(outcome, ProtocolError) else outcome)

    def _answer(self, message: ConnectionMessage) -> None:
        if len(self._answers) >= MOST_ANSWERS:
            self.drop(Close.SLOW_CONSUMER)
            return
        self._answers.append(encode(message))
        self.wake()

    # --- writing --------------------------------------------------------------------------------

    async def _write(self) -> None:
        """Write answers and events as they come, and the close code at the end."""
        try:
            await self._follow()
        except (GoneError, OSError):
            pass  # The reader sees it too.
        except Exception:
            logger.exception("writer_failed")
            self._abort()

    async def _follow(self) -> None:
        """Answers first, then events, each as soon as it is there; at the end the close frame."""
        actor = self.actor
        if actor is None:
            raise AssertionError("begin() comes first")
        while True:
            if self._answers:
                await self.write_frame(self._answers.pop(0))
            elif self._closing is not None:
                break
            elif self._position < actor.log.head:
                await self._write_events(actor.log)
            elif actor.ended:
                self._closing = Close.DONE
            else:
                self._news = asyncio.get_running_loop().create_future()
                await self._news
        await self.close(self._closing)

    async def _write_events(self, log: Log) -> None:
        try:
            frames = log.read(self._position, FRAMES_AT_ONCE)
        except FellBehindError:
            self.drop(Close.SLOW_CONSUMER)
            return
        for frame in frames:
            if self._closing is not None:
                break
            await self.write_frame(frame)
            self._position += 1

    async def write_frame(self, frame: bytes) -> None:
        """Write one text frame, waiting while the peer takes nothing."""
        await self._write_message({"type": "websocket.send", "text": frame.decode()})

    async def _write_message(self, message: Message) -> None:
        self._sending_since = self._clock.now()
        try:
            await self._send(message)
        except RuntimeError as error:
            # How uvicorn says that the connection was closed under us.
            raise GoneError from error
        finally:
            self._sending_since = None


def _error(error: ProtocolError) -> Error:
    return Error(error.re, error.code, error.message, error.kind.retryable, error.details)
