"""The transports of the server with voice (`protocol.md` 2, 3, 9), as far as cases need them."""

import asyncio
import io
import re
import secrets
import wave
from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from protocol.close_codes import Close
from protocol.codec import decode_client, decode_config, encode, fingerprint, interview_json
from protocol.commands import Ping, Position, SessionOpen
from protocol.draft import State
from protocol.errors import ProtocolError, malformed
from protocol.messages import PROTOCOL, Capabilities, ConnectionMessage, Pong
from protocol.view import Interview, View
from realtime.gateway.problems import HANDLERS, Json
from realtime.gateway.requests import Intake, idempotency_key, json_body, route
from realtime.session.log import FellBehindError
from tests.conformance.wrong.voice.interview import Recording, Room, Surroundings, told
from tests.conformance.wrong.voice.kept import Kept

INTAKE = Intake()
FRAMES_AT_ONCE = 16


class Connection:
    """A cursor on an interview's log, and what is said to it alone."""

    def __init__(self, room: Room, resume: Position | None, re: str | None) -> None:
        self.room = room
        self.closing: Close | None = None
        self.opened = room.opened(resume, re)
        start = resume if resume is not None and self.opened.resumed else self.opened
        self.position = start.seq
        self._answers = [encode(self.opened)]
        self._news = asyncio.Event()
        room.log.subscribe(self._news.set)

    def leave(self) -> None:
        """Follow no more."""
        self.room.log.unsubscribe(self._news.set)
        if self.room.candidate is self:
            self.room.candidate = None

    def say(self, message: ConnectionMessage) -> None:
        """Tell this connection, and no other."""
        self._answers.append(encode(message))
        self._news.set()

    def close(self, code: Close) -> None:
        """Let it end, without another word."""
        self.closing = code
        self._news.set()

    async def frames(self) -> AsyncIterator[tuple[int | None, bytes]]:
        """All that is to be told, an event with its `seq`, to the end, whose code is `closing`."""
        while self.closing is None:
            self._news.clear()
            log = self.room.log
            if self._answers:
                yield None, self._answers.pop(0)
            elif self.position < log.head:
                try:
                    frames = log.read(self.position, FRAMES_AT_ONCE)
                except FellBehindError:
                    self.closing = Close.SLOW_CONSUMER
                    return
                for frame in frames:
                    self.position += 1
                    yield self.position, frame
            elif self.room.ended:
                self.closing = Close.DONE
            else:
                await self._news.wait()


class VoiceServer:
    """All interviews, and the routes to them. Each that was asked for once stays awake."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._rooms: dict[str, Room] = {}

    def app(self) -> Starlette:
        """The application."""
        one = "/v1/interviews/{id}"
        return Starlette(
            routes=[
                route("/readyz", GET=self._ready),
                route("/v1/capabilities", GET=self._capabilities),
                route("/v1/interviews", POST=self._create),
                route(one, GET=self._read),
                route(one + "/turns/{turn:int}/words", GET=self._words),
                route(one + "/turns/{turn:int}/audio", POST=self._record),
                route(one + "/commands", POST=self._command),
                Route(one + "/events", self._events),
                WebSocketRoute(one + "/ws", self._socket),
            ],
            exception_handlers=HANDLERS,
        )

    # --- HTTP -----------------------------------------------------------------------------------

    async def _ready(self, request: Request) -> Json:
        return Json({})

    async def _capabilities(self, request: Request) -> Json:
        around = self._around
        told = {name: getattr(around.capabilities, name) for name in Capabilities.__slots__}
        return Json({**told, "limits": around.limits})

    async def _create(self, request: Request) -> Json:
        config = decode_config(await json_body(request, INTAKE))
        now = self._around.clock.now()
        id = secrets.token_urlsafe(12)
        interview = Interview(id, "created", False, now, None, None, None, None, config)
        room = Room(Kept(State(View(interview, 1))), self._around, anew=False)
        self._rooms[id] = room
        return Json(interview_json(interview, 1, 0), 201, {"Location": f"interviews/{id}"})

    async def _read(self, request: Request) -> Json:
        opened = self._room(request.path_params["id"]).opened(None, None)
        assert opened.snapshot is not None
        return Json(interview_json(opened.snapshot.interview, opened.epoch, opened.seq))

    async def _words(self, request: Request) -> Json:
        words = self._room(request.path_params["id"]).words(request.path_params["turn"])
        if words is None:
            raise ProtocolError("not_found", "Only a spoken answer has words.")
        return Json(words)

    async def _command(self, request: Request) -> Response:
        room = self._room(request.path_params["id"])
        command = decode_client(await json_body(request, INTAKE))
        if isinstance(command, SessionOpen | Ping):
            raise ProtocolError("unknown_type", f"`{command.TYPE}` is for a WebSocket.")
        return Response(encode(room.obey(command)), media_type="application/json")

    async def _record(self, request: Request) -> Response:
        """Takes WAV with 16 bits a sample, mono, and no other container."""
        room = self._room(request.path_params["id"])
        key = idempotency_key(request)
        if key is None:
            raise malformed("Idempotency-Key: a recording needs one.", "Idempotency-Key")
        rate, audio, whole_file = _recorded(await self._recording(request))
        review = request.query_params.get("review") == "true"
        turn = request.path_params["turn"]
        ack = room.record(Recording(key, turn, review, rate, audio, whole_file))
        return Response(encode(ack), media_type="application/json")

    async def _recording(self, request: Request) -> bytes:
        most = self._around.limits.max_audio_bytes
        body = bytearray()
        # What is too much is read to its end, so that its sender can read the answer.
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size <= most:
                body += chunk
        if size > most:
            raise ProtocolError("too_large", f"{most} bytes at most.", details={"limit": most})
        return bytes(body)

    async def _events(self, request: Request) -> Response:
        room = self._room(request.path_params["id"])
        header = request.headers.get("last-event-id", request.query_params.get("last_event_id"))
        found = re.fullmatch(r"(\d{1,16}):(\d{1,16})", header or "", re.ASCII)
        resume = None if found is None else Position(int(found[1]), int(found[2]))
        if room.ended and resume == Position(room.log.epoch, room.log.head):
            return Response(status_code=204)
        return StreamingResponse(_blocks(room, resume), media_type="text/event-stream")

    # --- WebSocket ------------------------------------------------------------------------------

    async def _socket(self, socket: WebSocket) -> None:
        await socket.accept(subprotocol=PROTOCOL)
        try:
            opening = decode_client(await socket.receive_text())
            if not isinstance(opening, SessionOpen):
                raise malformed("The first message is a `session.open`.", "type")
            room = self._room(socket.path_params["id"])
        except (ProtocolError, KeyError):
            await socket.close(Close.MALFORMED)
            return
        except WebSocketDisconnect:
            return
        connection = Connection(room, opening.resume, opening.id)
        if opening.role == "candidate":
            if isinstance(room.candidate, Connection):
                room.candidate.close(Close.TAKEN_OVER)
            room.candidate = connection
        writing = asyncio.create_task(_write(socket, connection))
        try:
            await self._listen(socket, connection)
        finally:
            writing.cancel()
            connection.leave()

    async def _listen(self, socket: WebSocket, connection: Connection) -> None:
        while (message := await socket.receive())["type"] != "websocket.disconnect":
            if connection.closing is not None:
                continue
            try:
                text = message.get("text")
                self._take(message["bytes"] if text is None else text, connection)
            except ProtocolError as error:
                connection.say(told(error))

    def _take(self, frame: str | bytes, connection: Connection) -> None:
        speaks = connection.room.candidate is connection
        if isinstance(frame, bytes):
            if not speaks:
                raise ProtocolError("forbidden", "An observer only reads.")
            connection.room.hear(frame, connection)
            return
        message = decode_client(frame)
        if isinstance(message, SessionOpen):
            connection.close(Close.MALFORMED)
        elif isinstance(message, Ping):
            connection.say(Pong(message.nonce))
        elif not speaks:
            raise ProtocolError("forbidden", "An observer only reads.", re=message.id)
        else:
            connection.say(connection.room.obey(message))

    def _room(self, id: str) -> Room:
        room = self._rooms.get(id)
        if room is None:
            kept = self._around.folder.load(id)
            if kept is None:
                raise ProtocolError("not_found", "There is no such interview.")
            room = self._rooms[id] = Room(kept, self._around, anew=True)
        return room


async def _write(socket: WebSocket, connection: Connection) -> None:
    with suppress(RuntimeError, WebSocketDisconnect):
        async for _, frame in connection.frames():
            await socket.send_text(frame.decode())
        await socket.close(connection.closing or Close.DONE)


async def _blocks(room: Room, resume: Position | None) -> AsyncIterator[bytes]:
    connection = Connection(room, resume, None)
    try:
        voids = connection.opened.snapshot is not None
        place = f"id: {room.log.epoch}:{connection.position}\n" if voids else ""
        head = f"retry: 1000\n{place}".encode()
        async for seq, frame in connection.frames():
            if seq is not None:
                head = f"id: {room.log.epoch}:{seq}\n".encode()
            kind = frame.split(b'"', 4)[3]  # What this server encodes begins with its type.
            yield head + b"event: " + kind + b"\ndata: " + frame + b"\n\n"
    finally:
        connection.leave()


def _recorded(body: bytes) -> tuple[int, bytes, bytes]:
    """The sample rate, the PCM and the digest of a WAV file.

    Raises:
        ProtocolError: `unsupported_media`.
    """
    try:
        with wave.open(io.BytesIO(body)) as file:
            if (file.getnchannels(), file.getsampwidth()) != (1, 2):
                raise wave.Error("mono with 16 bits a sample is expected")
            return file.getframerate(), file.readframes(file.getnframes()), fingerprint(body.hex())
    except (wave.Error, EOFError) as error:
        raise ProtocolError("unsupported_media", f"No WAV that is read here: {error}.") from None
