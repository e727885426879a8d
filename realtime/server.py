"""The server under the application: uvicorn, with what it leaves open closed.

Rules that hold inside:
- A connection that has to go, goes: what doesn't close in time is aborted, so that a peer that
  takes nothing holds up neither itself nor the exit.
- The first SIGTERM or SIGINT drains, bounded in time, and then the server ends with status 0. The
  second ends the process at once.
- A WebSocket without a sign of life for two heartbeats is closed with 4103 (`protocol.md` 8).
- The transport of a connection stands in `scope["extensions"]["viva.transport"]`, so that the
  gateway can abort it.
"""

import asyncio
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from types import FrameType
from typing import Any

import structlog
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.http11 import Request

from protocol.close_codes import MEANINGS, Close

logger = structlog.get_logger(__name__)

TRANSPORT = "viva.transport"
MAX_HEAD_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the server waits for what, in seconds.

    `head`: for a connection's first byte, and then for the head of a request to be whole. `close`:
    for a peer to close after it was told to, or to end a body that is no longer wanted. `drain`:
    for the application to come to its end. `exit`: for connections to end after that.
    """

    head: float = 30.0
    close: float = 10.0
    drain: float = 10.0
    exit: float = 5.0


class Config(uvicorn.Config):
    """uvicorn's configuration, as this server needs it.

    `max_frame_bytes` bounds a WebSocket message. `trusted_proxies`: the addresses and networks
    whose `X-Forwarded-For` says who the client is.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        heartbeat_ms: int,
        max_frame_bytes: int,
        patience: Patience,
        trusted_proxies: Collection[str] = (),
    ) -> None:
        super().__init__(
            app,
            http=HttpProtocol,
            ws=WebSocketProtocol,
            ws_max_size=max_frame_bytes,
            ws_ping_interval=heartbeat_ms / 1_000,
            ws_ping_timeout=heartbeat_ms / 1_000,
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=bool(trusted_proxies),
            forwarded_allow_ips=sorted(trusted_proxies),
            server_header=False,
            # Longer than proxies keep theirs, who else might use one that is just being closed.
            timeout_keep_alive=75,
            timeout_graceful_shutdown=patience.exit,  # type: ignore[arg-type]  # not only whole ones
        )
        self.patience = patience


class HttpProtocol(HttpToolsProtocol):
    """An HTTP connection, which holds nobody up: not by a head that doesn't end, nor by a body that
    goes on when its answer has long been given, nor by requests that wait behind a stream.
    """

    _in_head = True
    _head_bytes = 0
    _deadline: asyncio.TimerHandle | None = None
    _answering: RequestResponseCycle | None = None

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._patience = config.patience

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_within(self._patience.head)

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_nothing()
        answering = self._answering
        if answering is not None and not answering.response_complete:
            # uvicorn tells only the last request, which may be waiting behind this one.
            answering.disconnected = True
            answering.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_bytes += len(data)
            if self._deadline is None:
                self._expect_within(self._patience.head)
        super().data_received(data)
        if self._in_head and self._head_bytes > MAX_HEAD_BYTES:
            self.send_400_response("The head of this request is too large.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]  # TypedDict
        scope["extensions"] = {TRANSPORT: self.transport}

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._expect_nothing()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head = True
        self._head_bytes = 0
        self._expect_nothing()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.response_complete and not self._in_head and not self.transport.is_closing():
            # The rest of the body is dropped. Closing at once would make TCP take back the answer.
            self._expect_within(self._patience.close)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def _expect_within(self, seconds: float) -> None:
        """Cut the connection if what is to come isn't there by then."""
        self._expect_nothing()
        self._deadline = self.loop.call_later(seconds, self._cut)

    def _expect_nothing(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _cut(self) -> None:
        self._deadline = None
        if self._answering is None or self._answering.response_complete:
            self.transport.close()
            self._deadline = self.loop.call_later(self._patience.close, self.transport.abort)


_UNREADABLE = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Content-Length: 40\r\nConnection: close\r\n\r\nThis WebSocket handshake can't be read.\n"
)


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """A WebSocket connection, with the ends that `protocol.md` 8 tells of."""

    _heard = False
    _refused = False

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.close_timeout = config.patience.close

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[TRANSPORT] = self.transport

    def data_received(self, data: bytes) -> None:
        self._heard = True
        if not self._refused:
            super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            self._refuse_handshake()

    def send_receive_event_to_app(self) -> None:
        """A message is whole. Text that isn't UTF-8 is the peer's fault: uvicorn would log it as a
        defect, with a traceback, as often as anybody likes.
        """
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                self.conn.send_close(1007)
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()

    def handle_ping(self) -> None:
        # One may stand behind what was refused, in the same bytes.
        if not self._refused:
            super().handle_ping()

    async def send(self, message: Any) -> None:
        await super().send(message)
        if self.initial_response is not None and self.close_sent:
            # A refusal ends the handshake as well: uvicorn would log each one as a defect.
            self.handshake_complete = True

    def send_keepalive_ping(self) -> None:
        self._heard = False
        super().send_keepalive_ping()

    def keepalive_timeout(self) -> None:
        """No pong came; whatever else has come is a sign of life as well."""
        self.pong_timer = None
        self.pending_ping_payload = None
        if self.close_sent or self.transport.is_closing():
            return
        if self._heard:
            self.schedule_ping()
            return
        self.conn.fail(Close.SILENT, MEANINGS[Close.SILENT].text)
        self._end()
        self.transport.close()

    def handle_parser_exception(self) -> None:
        """The peer has broken the protocol, or a limit.

        It is told so. What it is still sending is read and dropped, because closing with it unread
        would make TCP take back what was told (RFC 6455 7.1.1).
        """
        self._refused = True
        self.stop_keepalive()
        closing = self.conn.close_sent
        code = 1006 if closing is None else closing.code
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code})
        self._end()
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.transport.write_eof()

    def _refuse_handshake(self) -> None:
        """What came can't be read as a handshake (too long a header, a body). uvicorn would leave
        the connection open, without a word and for ever.
        """
        self._refused = self.handshake_initiated = True
        said = b"".join(self.conn.data_to_send())
        self.transport.write(said or _UNREADABLE)
        self._end()
        self.transport.write_eof()

    def _end(self) -> None:
        """Say the last; when the peer's time to close is over, abort."""
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.abort)


class Server(uvicorn.Server):
    """Serves until a signal or `stop`; then `drain` is awaited, and what is left is closed.

    `listening` is called once requests are taken.
    """

    def __init__(
        self, config: Config, drain: Callable[[], Awaitable[None]], listening: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._patience = config.patience
        self._drain = drain
        self._listening = listening
        self._signalled = False
        self._ending: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self._listening()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal came. uvicorn's own way would cut off every client at once (1012), and end with
        the signal's status.
        """
        if self._signalled:
            signal.signal(sig, signal.SIG_DFL)
            os.kill(os.getpid(), sig)
        self._signalled = True
        self._loop.call_soon_threadsafe(self.stop)

    def stop(self) -> None:
        """Drain, then end."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._end())

    async def _end(self) -> None:
        logger.info("draining")
        try:
            async with asyncio.timeout(self._patience.drain):
                await self._drain()
        except TimeoutError:
            logger.warning("drain_took_too_long")
        except Exception:
            logger.exception("drain_failed")
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        for connection in tuple(self.server_state.connections):
            connection.transport.abort()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=self._patience.exit)
        logger.info("stopped")


def listen(host: str, port: int, *, taken_within_s: float = 30.0) -> socket.socket:
    """A socket that is bound, but takes no connection yet; port 0 finds a free one.

    `taken_within_s`: a connection is cut if its peer's machine doesn't acknowledge what was sent
    for so long, be it gone or its window shut (where the system can).

    Raises:
        OSError: the address can't be had.
    """
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            taken_within_ms = round(taken_within_s * 1_000)
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, taken_within_ms)
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener


def url_of(listener: socket.socket) -> str:
    """Where it is reached."""
    host, port, *_ = listener.getsockname()
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
