"""The event stream: `GET /v1/interviews/{id}/events` (`protocol.md` 2, 3), as Server-Sent Events.

Rules of this file:
- It tells what a WebSocket tells, in the same bytes of JSON, and takes nothing: commands are POSTed
  (commands.py).
- Errors are answered before the stream begins; once it has begun it can only end, and the client
  opens again where it was.
- Plain ASGI: a send to a peer that has gone vanishes without a word, so its leaving is listened
  for; and one that takes nothing is cut, as a WebSocket's is (follower.py).
"""

import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from protocol.close_codes import Close
from protocol.codec import encode
from protocol.commands import Position
from protocol.errors import ProtocolError, malformed
from protocol.messages import ConnectionMessage, SessionOpened
from realtime.gateway.admission import actor_of
from realtime.gateway.auth import Authenticator, Caller
from realtime.gateway.connections import Connections
from realtime.gateway.follower import Follower
from realtime.gateway.options import Options
from realtime.gateway.requests import caller_of
from realtime.gateway.tickets import Tickets
from realtime.ports import Clock
from realtime.session.directory import Directory

HEADERS = {
    "Content-Type": "text/event-stream",
    # Also says to proxies that they must not compress it, for which they would have to collect it.
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",
    "X-Content-Type-Options": "nosniff",
    # The stream's end is the connection's, so that one whose end isn't taken can be cut.
    "Connection": "close",
}
COMMENT = b":\n\n"

_POSITION = re.compile(r"([0-9]{1,16}):([0-9]{1,16})", re.ASCII)
_MOST = 2**53 - 1


class EventStreams:
    """An ASGI application for one route, whose path parameter is `id`."""

    def __init__(
        self,
        directory: Directory,
        authenticator: Authenticator,
        tickets: Tickets,
        clock: Clock,
        options: Options,
        connections: Connections,
    ) -> None:
        self._directory = directory
        self._authenticator = authenticator
        self._tickets = tickets
        self._clock = clock
        self._options = options
        self._connections = connections

    def routes(self) -> list[Route]:
        return [Route("/v1/interviews/{id}/events", self, methods=["GET"])]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        stream = EventStream(scope, receive, send, self._clock, self._options)
        try:
            self._connections.enter(stream, scope)
            response = await self._serve(stream, Request(scope))
        finally:
            self._connections.leave(stream)
        if response is not None:
            await response(scope, receive, send)

    async def _serve(self, stream: "EventStream", request: Request) -> Response | None:
        """Let `stream` follow its interview to the end; or the response, where there is no stream.

        Raises:
            ProtocolError: it may not, or can't now.
        """
        caller = await self._caller(request)
        resume = position_of(request)
        actor = await actor_of(self._directory, caller.user_id, request.path_params["id"])
        if stream.dropped:
            raise ProtocolError("draining", "This node goes away; try again.")
        if actor.ended and resume == Position(actor.log.epoch, actor.log.head):
            # Tells an EventSource not to come back (WHATWG HTML 9.2.3).
            return Response(status_code=204)
        if request.method == "HEAD":
            return Response(headers=HEADERS)
        self._connections.sign_in(stream, caller.counted_as)
        stream.expires_at = caller.expires_at
        actor.attach(stream, candidate=False)
        try:
            stream.open(actor, resume, None)
            await stream.begin()
            await stream.run()
        finally:
            actor.detach(stream)
            stream.finish()
        return None

    async def _caller(self, request: Request) -> Caller:
        ticket = request.query_params.get("ticket")
        if ticket is not None:
            return self._tickets.read(ticket, request.path_params["id"])
        return await caller_of(request, self._authenticator)


class EventStream(Follower):
    """One event stream, from its request to its end."""

    __slots__ = ("_comment_at",)

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, clock: Clock, options: Options
    ) -> None:
        super().__init__(scope, receive, send, clock, options)
        self._comment_at: int | None = None

    async def begin(self) -> None:
        """Say that this will be a stream."""
        self._comment_at = self._clock.now() + self._comment_every_ms
        headers = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
        await self._write_message(
            {"type": "http.response.start", "status": 200, "headers": headers}
        )

    def look(self, now: int) -> None:
        """See that it is alive, and let the peer see it too."""
        super().look(now)
        if self._comment_at is not None and now >= self._comment_at:
            self._comment_at += self._comment_every_ms
            if not self._answers:
                self._answers.append(COMMENT)
                self.wake()

    @property
    def _comment_every_ms(self) -> int:
        return round(self._options.comment_every_s * 1_000)

    async def _read(self) -> None:
        """Nothing is expected of the peer but that it leaves."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def _encode(self, message: ConnectionMessage) -> bytes:
        data = encode(message)
        if not isinstance(message, SessionOpened):
            return block(b"", data)
        # With a snapshot the client is at its position; without one, where it said it was.
        place = b"id: %d:%d\n" % (message.epoch, message.seq) if message.snapshot else b""
        return block(b"retry: %d\n%s" % (self._options.retry_ms, place), data)

    async def _write_answer(self, answer: bytes) -> None:
        await self._write_body(answer)

    async def _write_events(self, epoch: int, frames: list[bytes]) -> None:
        first = self._position - len(frames) + 1
        await self._write_body(
            b"".join(
                block(b"id: %d:%d\n" % (epoch, seq), frame)
                for seq, frame in enumerate(frames, first)
            )
        )

    async def close(self, code: Close) -> None:
        """End the stream; what `code` says a client learns when it opens again."""
        await self._write_message({"type": "http.response.body", "body": b""})

    async def _write_body(self, body: bytes) -> None:
        await self._write_message({"type": "http.response.body", "body": body, "more_body": True})


def block(place: bytes, data: bytes) -> bytes:
    """A block of the stream. `data` is our own JSON: one line, which begins with its type."""
    return b"%sevent: %s\ndata: %s\n\n" % (place, data.split(b'"', 4)[3], data)


def position_of(request: Request) -> Position | None:
    """Where the client wants to go on: `Last-Event-ID`, else `?last_event_id=`; null: nowhere.

    Raises:
        ProtocolError: `malformed`.
    """
    header, query = request.headers.get("last-event-id"), request.query_params.get("last_event_id")
    name, given = ("Last-Event-ID", header) if header else ("last_event_id", query)
    if not given:
        return None
    found = _POSITION.fullmatch(given)
    position = Position(int(found[1]), int(found[2])) if found else None
    if position is None or max(position.epoch, position.seq) > _MOST:
        raise malformed(f"{name}: <epoch>:<seq> is expected.", name)
    return position
