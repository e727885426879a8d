"""The WebSocket gateway: `GET /v1/interviews/{id}/ws` (`protocol.md` 2, 3, 4, 8).

Rules of this file:
- A connection is two tasks: one reads (link.py), one writes (follower.py).
- Every wait is bounded: for the first message, for a peer that takes nothing (its transport is
  aborted: closing would wait for its buffer for ever), for the end of the connection that is taken
  over.
- Nothing here touches the interview but through its actor's mailbox.
"""

from starlette.responses import PlainTextResponse
from starlette.routing import WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from protocol.close_codes import Close
from protocol.codec import decode_client
from protocol.commands import SessionOpen
from protocol.errors import ProtocolError, malformed
from protocol.messages import PROTOCOL
from realtime.gateway.address import origin_allowed
from realtime.gateway.admission import actor_of
from realtime.gateway.auth import Authenticator, Caller
from realtime.gateway.connections import Connections
from realtime.gateway.follower import GoneError
from realtime.gateway.link import Link
from realtime.gateway.options import Options
from realtime.gateway.problems import Problem
from realtime.gateway.tickets import Tickets
from realtime.ports import Clock
from realtime.session.directory import Directory


class WebSocketGateway:
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

    def routes(self) -> list[WebSocketRoute]:
        return [WebSocketRoute("/v1/interviews/{id}/ws", self)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not await self._accept(WebSocket(scope, receive, send)):
            return
        link = Link(scope, receive, send, self._clock, self._options)
        try:
            await self._serve(link, scope)
        except (GoneError, OSError):
            pass  # Nobody is left to be told.
        finally:
            self._connections.leave(link)
            link.finish()

    async def _accept(self, socket: WebSocket) -> bool:
        """Upgrade, or say why not."""
        refusal = None
        if not origin_allowed(socket, self._options.allowed_origins):
            refusal = PlainTextResponse("Origin not allowed.\n", 403)
        elif PROTOCOL not in socket.scope["subprotocols"]:
            refusal = PlainTextResponse(f"The subprotocol {PROTOCOL} is required.\n", 400)
        if refusal is not None:
            await socket.send_denial_response(refusal)
            return False
        await socket.accept(subprotocol=PROTOCOL)
        return True

    async def _serve(self, link: Link, scope: Scope) -> None:
        try:
            self._connections.enter(link, scope)
            opening = await self._first_message(link)
            if opening is None:
                await link.close(Close.NOT_OPENED)
            else:
                await self._follow(link, opening, scope["path_params"]["id"])
        except ProtocolError as error:
            await link.refuse(error, _REFUSALS.get(error.code, Close.INTERNAL))

    async def _first_message(self, link: Link) -> SessionOpen | None:
        """The opening; null: none came in time.

        Raises:
            ProtocolError: it was something else.
        """
        try:
            frame = await link.first(within_s=self._options.open_within_s)
        except TimeoutError:
            return None
        if isinstance(frame, bytes):
            raise malformed("The first message is a `session.open`.", "type")
        message = decode_client(frame)
        if not isinstance(message, SessionOpen):
            raise malformed("The first message is a `session.open`.", "type")
        return message

    async def _follow(self, link: Link, opening: SessionOpen, interview_id: str) -> None:
        """Let `link` follow its interview to the end.

        Raises:
            ProtocolError: it may not, or can't now.
        """
        try:
            caller = await self._caller(opening, interview_id)
            actor = await actor_of(self._directory, caller.user_id, interview_id)
            before = actor.attach(link, candidate=opening.role == "candidate")
            try:
                if isinstance(before, Link):
                    before.drop(Close.TAKEN_OVER)
                    await before.gone(within_s=self._options.close_within_s)
                # Only now, so that the one whose place it takes isn't counted against it.
                self._connections.sign_in(link, caller.counted_as)
                link.expires_at = caller.expires_at
                link.begin(actor, opening)
                await link.run()
            finally:
                actor.detach(link)
        except ProtocolError as error:
            error.re = opening.id
            raise

    async def _caller(self, opening: SessionOpen, interview_id: str) -> Caller:
        if opening.ticket is None:
            return await self._authenticator.caller(opening.token)
        caller = self._tickets.read(opening.ticket, interview_id)
        if opening.role != "observer":
            raise ProtocolError("forbidden", "A ticket is for observers.")
        return caller


_REFUSALS = {
    "malformed": Close.MALFORMED,
    "unknown_type": Close.MALFORMED,
    "too_large": Close.MALFORMED,
    "unauthenticated": Close.UNAUTHENTICATED,
    "forbidden": Close.FORBIDDEN,
    "not_found": Close.NOT_FOUND,
    "storage_unavailable": Close.OVERLOADED,
    "overloaded": Close.OVERLOADED,
    "draining": Close.DRAINING,
}


async def nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    """The answer to whoever wants to open a socket where none is."""
    refusal = Problem(ProtocolError("not_found", "There is nothing here."))
    await WebSocket(scope, receive, send).send_denial_response(refusal)
