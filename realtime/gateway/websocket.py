"""The WebSocket gateway: `GET /v1/interviews/{id}/ws` (`protocol.md` 2, 3, 4, 8).

Rules of this file: - A connection is two tasks: one reads and always drains, one writes. The writer
is a cursor on the log; the only
  queue it has holds answers to this connection's own messages, and is bounded.
- Every wait is bounded: for the first message, for a peer that takes nothing (its transport is
aborted: closing
  would wait for its buffer for ever), for the end of the connection that is taken over.
- Nothing here touches the interview but through its actor's mailbox.
"""

import asyncio

from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from protocol.close_codes import Close
from protocol.codec import decode_client
from protocol.commands import SessionOpen
from protocol.errors import ProtocolError, malformed
from protocol.messages import PROTOCOL
from realtime.gateway.auth import Authenticator
from realtime.gateway.link import GoneError, Link
from realtime.gateway.options import Options
from realtime.ports import Clock, StorageUnavailable
from realtime.session.actor import Actor
from realtime.session.directory import Directory


class WebSocketGateway:
    """An ASGI application for one route, whose path parameter is `id`."""

    def __init__(
        self, directory: Directory, authenticator: Authenticator, clock: Clock, options: Options
    ) -> None:
        self._directory = directory
        self._authenticator = authenticator
        self._clock = clock
        self._options = options
        self.links: set[Link] = set()
        self._sweeping = False

    def __len__(self) -> int:
        return len(self.links)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not await self._accept(WebSocket(scope, receive, send)):
            return
        transport = scope.get("extensions", {}).get("viva.transport")
        link = Link(receive, send, transport, self._clock, self._options)
        self.links.add(link)
        self._sweep()
        try:
            await self._serve(link, scope["path_params"]["id"])
        except (GoneError, OSError):
            pass  # Nobody is left to be told.
        finally:
            self.links.discard(link)
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

    def drain(self) -> None:
        """Send every client elsewhere (`server.draining`, 4100)."""
        for link in tuple(self.links):
            link.drop(Close.DRAINING)

    # --- opening --------------------------------------------------------------------------------

    async def _serve(self, link: Link, interview_id: str) -> None:
        try:
            opening = await self._first_message(link)
            actor = await self._open(opening, interview_id)
        except ProtocolError as error:
            await link.refuse(error, _REFUSALS.get(error.code, Close.INTERNAL))
            return
        except TimeoutError:
            await link.close(Close.NOT_OPENED)
            return
        await self._run(link, actor, opening)

    async def _first_message(self, link: Link) -> SessionOpen:
        async with asyncio.timeout(self._options.open_within_s):
            frame = await link.receive()
        if isinstance(frame, bytes):
            raise malformed("The first message is a `session.open`.", "type")
        message = decode_client(frame, self._options.limits)
        if not isinstance(message, SessionOpen):
            raise malformed("The first message is a `session.open`.", "type")
        return message

    async def _open(self, opening: SessionOpen, interview_id: str) -> Actor:
        try:
            if opening.ticket is not None:
                raise ProtocolError("unauthenticated", "This ticket is not valid.")
            user_id = self._authenticator.user(opening.token)
            actor = await self._directory.open(user_id, interview_id)
        except StorageUnavailable:
            raise ProtocolError(
                "storage_unavailable", "Storage doesn't answer; try again.", re=opening.id
            ) from None
        except ProtocolError as error:
            error.re = opening.id
            raise
        if actor is None:
            raise ProtocolError("not_found", "There is no such interview.", re=opening.id)
        return actor

    async def _run(self, link: Link, actor: Actor, opening: SessionOpen) -> None:
        before = actor.attach(link, candidate=opening.role == "candidate")
        try:
            if isinstance(before, Link):
                before.drop(Close.TAKEN_OVER)
                await before.gone(within_s=self._options.close_within_s)
            link.begin(actor, opening)
            await link.run()
        finally:
            actor.detach(link)

    # --- those that take nothing ----------------------------------------------------------------

    def _sweep(self) -> None:
        """Look at all links once a second, as long as there are any."""
        if self.links and not self._sweeping:
            self._sweeping = True
            self._clock.call_later(1.0, self._swept)

    def _swept(self) -> None:
        self._sweeping = False
        now = self._clock.now()
        for link in tuple(self.links):
            link.abort_if_stalled(now)
        self._sweep()


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


def origin_allowed(socket: WebSocket, allowed: frozenset[str]) -> bool:
    """Whether the page that opens this socket may: none named, its own server's, or one on the
    list.

    Browsers always name one (RFC 6455 10.2).
    """
    origin = socket.headers.get("origin")
    if origin is None or origin in allowed or "*" in allowed:
        return True
    host = socket.headers.get("host", "")
    return origin.partition("://")[2].lower() == host.lower()
