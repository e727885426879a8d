"""A connection that follows an interview, over whatever transport; its writer is a cursor.

Rules of this file:
- The only queue is of what concerns this connection alone (answers, `session.opened`,
  `server.draining`), and it is bounded. Events wait in the log.
- A follower ends in one way: `drop` notes why, the writer says the last, and closes.
- What a transport does in its own way is abstract here; all else is the same for each of them, so
  that one tells what the other does.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import structlog

from protocol.close_codes import Close
from protocol.messages import ConnectionMessage, ServerDraining, SessionOpened
from realtime.session.log import FellBehindError

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

    from protocol.commands import Position
    from realtime.gateway.options import Options
    from realtime.ports import Clock
    from realtime.session.actor import Actor
    from realtime.session.log import Log

logger = structlog.get_logger(__name__)

# Frames are frozen once they are read from the log; a slow peer should let the others grow.
FRAMES_AT_ONCE = 16
# Answers that a peer has asked for and doesn't take.
MOST_ANSWERS = 1_024


class GoneError(Exception):
    """The peer is no longer there."""


class Follower(ABC):
    """A client's connection, from its beginning to its end. Small: there are thousands.

    `network` and `user`: for whom it is counted, where it is. `expires_at`: when its token or
    ticket counts no more (Unix milliseconds), if that is ever.
    """

    __slots__ = (
        "_answers",
        "_clock",
        "_closing",
        "_news",
        "_options",
        "_position",
        "_receive",
        "_send",
        "_sending_since",
        "_transport",
        "actor",
        "expires_at",
        "network",
        "user",
    )

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, clock: Clock, options: Options
    ) -> None:
        self._receive = receive
        self._send = send
        self._transport: asyncio.Transport | None
        self._transport = scope.get("extensions", {}).get("viva.transport")
        self._clock = clock
        self._options = options
        self.network: str | None = None
        self.user: str | None = None
        self.expires_at: int | None = None
        self.actor: Actor | None = None
        self._position = 0
        self._answers: list[bytes] = []
        self._news: asyncio.Future[None] | None = None
        self._closing: Close | None = None
        self._sending_since: int | None = None

    # --- what the actor and the gateway tell ----------------------------------------------------

    def wake(self) -> None:
        """There is more to write."""
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    def drop(self, code: Close) -> None:
        """Close with `code`, once what was answered has been written."""
        if self._closing is None:
            # Before `session.opened` nothing else is said; the close code tells it as well.
            if code is Close.DRAINING and self.actor is not None:
                self._answer(ServerDraining(self._options.reconnect_within_ms))
            self._closing = code
            self.wake()

    @property
    def dropped(self) -> bool:
        """Whether its end has been decided."""
        return self._closing is not None

    def look(self, now: int) -> None:
        """Called about once a second: let go whose token has run out, and cut a peer that has taken
        nothing for too long (4101 could not reach it either).
        """
        if self.expires_at is not None and now >= self.expires_at:
            self.drop(Close.UNAUTHENTICATED)
        since = self._sending_since
        if since is not None and now - since > self._options.stalled_after_s * 1_000:
            self._abort()

    def finish(self) -> None:
        """The connection is over: let nothing of it linger."""
        if self._transport is not None:
            loop = asyncio.get_running_loop()
            loop.call_later(self._options.close_within_s, self._transport.abort)

    def _abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    # --- its life -------------------------------------------------------------------------------

    def open(self, actor: Actor, resume: Position | None, re: str | None) -> None:
        """Say `session.opened`; from here on the log is followed."""
        self.actor = actor
        log = actor.log
        resumed = resume is not None and log.holds(resume)
        log.read_through(log.head)
        self._position = resume.seq if resume is not None and resumed else log.head
        self._answer(
            SessionOpened(
                re,
                log.epoch,
                log.head,
                resumed,
                self._options.heartbeat_ms,
                self._options.limits,
                self._options.capabilities,
                snapshot=None if resumed else actor.snapshot(),
                audio=actor.hearing.progress(),
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

    @abstractmethod
    async def _read(self) -> None:
        """Take whatever comes; return when the peer, or the writer, has closed."""

    # --- writing --------------------------------------------------------------------------------

    def _answer(self, message: ConnectionMessage) -> None:
        if len(self._answers) >= MOST_ANSWERS:
            self.drop(Close.SLOW_CONSUMER)
            return
        self._answers.append(self._encode(message))
        self.wake()

    async def _write(self) -> None:
        """Write answers and events as they come, and the end."""
        try:
            await self._follow()
        except (GoneError, OSError):
            pass  # The reader sees it too.
        except Exception:
            logger.exception("writer_failed")
            self._abort()

    async def _follow(self) -> None:
        """Answers first, then events, each as soon as it is there; at the end the closing."""
        actor = self.actor
        if actor is None:
            raise AssertionError("open() comes first")
        while True:
            if self._answers:
                await self._write_answer(self._answers.pop(0))
            elif self._closing is not None:
                break
            elif self._position < actor.log.head:
                await self._write_events(actor.log.epoch, self._next_frames(actor.log))
            elif actor.ended:
                self._closing = Close.DONE
            else:
                self._news = asyncio.get_running_loop().create_future()
                await self._news
        await self.close(self._closing)

    def _next_frames(self, log: Log) -> list[bytes]:
        try:
            frames = log.read(self._position, FRAMES_AT_ONCE)
        except FellBehindError:
            self.drop(Close.SLOW_CONSUMER)
            return []
        self._position += len(frames)
        return frames

    @abstractmethod
    def _encode(self, message: ConnectionMessage) -> bytes:
        """What is written of a message that concerns this connection alone."""

    @abstractmethod
    async def _write_answer(self, answer: bytes) -> None:
        """Write what `_encode` made."""

    @abstractmethod
    async def _write_events(self, epoch: int, frames: list[bytes]) -> None:
        """Write the log's next events, which end at the position."""

    @abstractmethod
    async def close(self, code: Close) -> None:
        """Say the end."""

    async def _write_message(self, message: Message) -> None:
        """Hand `message` to the server, waiting while the peer takes nothing."""
        self._sending_since = self._clock.now()
        try:
            await self._send(message)
        except RuntimeError as error:
            # How uvicorn says that the connection was closed under us.
            raise GoneError from error
        finally:
            self._sending_since = None
