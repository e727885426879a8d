"""Recordings of answers over HTTP: `POST /v1/interviews/{id}/turns/{turn}/audio` (`protocol.md` 2).

A recording is a command, named by its `Idempotency-Key`: begun and stopped in one step, heard from
then on, and acked when its transcript is stored. Where the server died in between, the same request
brings the audio again.
"""

import asyncio
import hashlib
from dataclasses import dataclass, replace

import anyio.to_thread
import orjson
from starlette.requests import Request
from starlette.routing import Route

from protocol.close_codes import Close
from protocol.codec import encode
from protocol.commands import AudioRecord
from protocol.errors import ProtocolError, malformed
from protocol.messages import Ack, Limits
from realtime.gateway.address import origin_allowed
from realtime.gateway.admission import actor_of
from realtime.gateway.auth import Authenticator
from realtime.gateway.commands import obeyed
from realtime.gateway.form import FileTooLarge
from realtime.gateway.health import Health
from realtime.gateway.problems import Json
from realtime.gateway.requests import (
    IDEMPOTENCY_KEY,
    announces_more,
    idempotency_key,
    route,
    user_of,
)
from realtime.gateway.room import Held, Room, Space
from realtime.gateway.turns import busy
from realtime.gateway.underway import UnderWay, Work, while_connected
from realtime.gateway.upload import Pace, receive
from realtime.ports import RECORDING_RATE, Decoder
from realtime.session.actor import Actor
from realtime.session.directory import Directory
from realtime.session.refusals import perhaps_not_stored

# How many of the largest recordings are held at once, and how many may be one user's. One counts as
# what was sent until it is decoded, and then as its sound.
LARGEST_HELD = 4
LARGEST_HELD_OF_A_USER = 1
BODIES_OF_A_USER = 8
PACE = Pace(least_bytes=8_192, within_s=5.0)


@dataclass(slots=True)
class _Sound:
    """What a recording sounds like, until whoever hears it has it; and its name, a digest."""

    name: str
    pcm: bytes


@dataclass(frozen=True, slots=True)
class Hearable:
    """Who makes samples of recordings, and what is taken. A body has `within_s` seconds to arrive;
    then its transcript has `heard_within_s`. `decoder` is null where there is no voice.
    """

    decoder: Decoder | None
    limits: Limits
    allowed_origins: frozenset[str] = frozenset()
    pace: Pace = PACE
    within_s: float = 180.0
    heard_within_s: float = 300.0
    answered_within_s: float = 30.0


class RecordingsApi:
    """The route that takes them."""

    def __init__(
        self, directory: Directory, authenticator: Authenticator, health: Health, hearable: Hearable
    ) -> None:
        self._directory = directory
        self._authenticator = authenticator
        self._health = health
        self._hearable = hearable
        limits = hearable.limits
        largest = max(limits.max_audio_bytes, 2 * RECORDING_RATE * limits.max_answer_ms // 1_000)
        space = Space(LARGEST_HELD * largest, LARGEST_HELD_OF_A_USER * largest, BODIES_OF_A_USER)
        self._room = Room(space)
        self._underway = UnderWay()

    def routes(self) -> list[Route]:
        return [route("/v1/interviews/{id}/turns/{turn:turn}/audio", POST=self.record)]

    async def record(self, request: Request) -> Json:
        # A browser asks no leave first (CORS) for a body that says it is plain text.
        if not origin_allowed(request, self._hearable.allowed_origins):
            raise ProtocolError("forbidden", "Pages of this origin may not send recordings here.")
        user_id = await user_of(request, self._authenticator)
        command = _command(request)
        self._health.admit()
        decoder = self._hearable.decoder
        if decoder is None:
            # It is refused as any voice answer is, and isn't read.
            actor = await actor_of(self._directory, user_id, request.path_params["id"])
            return _told(await obeyed(actor, command, self._hearable.answered_within_s))
        with self._underway.work() as work, self._room.body(user_id) as held:
            body = await self._received(request, held)
            with while_connected(request):
                sound = await _decoded(decoder, user_id, body, held)
                command = replace(command, recording=sound.name, bytes=len(sound.pcm))
                return _told(await self._taken(request, user_id, sound, command, work))
        raise perhaps_not_stored()

    async def drain(self) -> None:
        """Have recordings end, because this server goes away: nothing of one is lost that wasn't
        acked, as it is sent again.
        """
        await self._underway.drain()

    async def _received(self, request: Request, held: Held) -> bytearray:
        """A request's body.

        Raises:
            ProtocolError: `too_large`; `malformed`: it doesn't arrive; `overloaded`.
        """
        most = self._hearable.limits.max_audio_bytes
        too_large = ProtocolError(
            "too_large", f"A recording has at most {most} bytes.", details={"limit": most}
        )
        if announces_more(request, most):
            raise too_large
        body = bytearray()
        try:
            async with asyncio.timeout(self._hearable.within_s):
                await receive(request, self._hearable.pace, held, most, body.extend)
        except TimeoutError:
            raise malformed("The body didn't arrive in time.") from None
        except FileTooLarge:
            raise too_large from None
        return body

    async def _taken(
        self, request: Request, user_id: str, sound: _Sound, command: AudioRecord, work: Work
    ) -> Ack:
        """The ack of a recording, once it is heard."""
        actor = await actor_of(self._directory, user_id, request.path_params["id"])
        work.begun = True
        ack = await obeyed(actor, command, self._hearable.answered_within_s)
        awaited = actor.hearing.awaits(sound.name)
        actor.hearing.give(sound.name, sound.pcm)
        sound.pcm = b""
        await self._heard(actor, sound.name)
        interview = actor.snapshot().interview
        if (awaited or not ack.repeated) and interview.turns[command.turn - 1].transcript is None:
            raise ProtocolError(
                "wrong_phase",
                "The recording was dropped: it couldn't be heard, or was cancelled.",
                details={"phase": interview.phase, "paused": interview.paused},
            )
        return replace(ack, epoch=actor.log.epoch, seq=actor.log.head)

    async def _heard(self, actor: Actor, name: str) -> None:
        """Wait until that recording is the answer no more.

        Raises:
            ProtocolError: `overloaded`: it takes too long; `storage_unavailable`: the actor stopped
                before, and the next one needs the audio again.
        """
        watcher = _Watcher()
        actor.attach(watcher, candidate=False)
        try:
            async with asyncio.timeout(self._hearable.heard_within_s):
                while actor.hearing.awaits(name) and not actor.retired:
                    await watcher.news()
        except TimeoutError:
            raise busy() from None
        finally:
            actor.detach(watcher)
        if actor.hearing.awaits(name):
            raise perhaps_not_stored()


async def _decoded(decoder: Decoder, user_id: str, body: bytearray, held: Held) -> _Sound:
    """The sound of a recording, which is held in its place from then on.

    Raises:
        ProtocolError: as `Decoder.decode`; `overloaded`: there is no room for it.
    """
    recording = bytes(body)
    body.clear()
    name = await anyio.to_thread.run_sync(_digest, recording)
    pcm = await decoder.decode(user_id, recording)
    del recording
    held.let_go()
    held.more(len(pcm))
    return _Sound(name, pcm)


def _digest(recording: bytes) -> str:
    return hashlib.sha256(recording).hexdigest()


class _Watcher:
    """Looks on at an interview."""

    def __init__(self) -> None:
        self._news = asyncio.Event()

    def wake(self) -> None:
        self._news.set()

    def drop(self, code: Close) -> None:
        self._news.set()

    async def news(self) -> None:
        await self._news.wait()
        self._news.clear()


def _command(request: Request) -> AudioRecord:
    """What a request asks for, but for the recording.

    Raises:
        ProtocolError: `malformed`.
    """
    key = idempotency_key(request)
    if key is None:
        raise malformed(
            "Idempotency-Key: a recording is a command, and needs an id.", IDEMPOTENCY_KEY
        )
    review = request.query_params.get("review", "false")
    if review not in ("true", "false"):
        raise malformed("review: true or false is expected.", "review")
    return AudioRecord(key, request.path_params["turn"], "", RECORDING_RATE, 0, review == "true")


def _told(ack: Ack) -> Json:
    return Json(orjson.Fragment(encode(ack)))
