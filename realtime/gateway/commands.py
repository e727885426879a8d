"""Commands over HTTP: `POST /v1/interviews/{id}/commands` (`protocol.md` 2, 4, 7).

What is answered is what became of the command. It goes its way whether or not the client waits: it
is the actor's from the moment it is submitted.
"""

import asyncio

import orjson
from starlette.requests import Request
from starlette.routing import Route

from protocol.codec import decode_client, encode
from protocol.commands import Asked, AudioStop, Command, Ping, SessionOpen
from protocol.errors import ProtocolError
from protocol.messages import Ack
from realtime.gateway.admission import actor_of
from realtime.gateway.auth import Authenticator
from realtime.gateway.limits import Rates, rate_limited
from realtime.gateway.link import Link
from realtime.gateway.options import Options
from realtime.gateway.problems import Json
from realtime.gateway.requests import (
    Intake,
    json_body,
    route,
    user_of,
)
from realtime.gateway.tickets import Tickets
from realtime.ports import Clock
from realtime.session.actor import Actor
from realtime.session.directory import Directory
from realtime.session.refusals import perhaps_not_stored


class Commands:
    """The route that takes them."""

    def __init__(
        self,
        directory: Directory,
        authenticator: Authenticator,
        tickets: Tickets,
        clock: Clock,
        options: Options,
    ) -> None:
        self._directory = directory
        self._authenticator = authenticator
        self._tickets = tickets
        self._clock = clock
        self._options = options
        self._intake = Intake(options.limits.max_frame_bytes, options.body_within_s)
        self._rates = Rates(options.limits.commands_per_second, 1_000)

    def routes(self) -> list[Route]:
        one = "/v1/interviews/{id}"
        return [
            route(one + "/commands", POST=self.post),
        ]

    async def post(self, request: Request) -> Json:
        interview_id = request.path_params["id"]
        ticket = request.query_params.get("ticket")
        if ticket is None:
            user_id = await user_of(request, self._authenticator)
        else:
            self._tickets.read(ticket, interview_id)
        command = self._decode(await json_body(request, self._intake))
        if ticket is not None:
            raise ProtocolError("forbidden", "A ticket only reads.", re=command.id)
        return await self._answered(user_id, interview_id, command)

    async def _answered(self, user_id: str, interview_id: str, command: Command) -> Json:
        # Of the key only its hash is kept: whoever asks chooses how long a name is.
        wait_ms = self._rates.wait_ms(hash((user_id, interview_id)), self._clock.now())
        if wait_ms:
            raise rate_limited(wait_ms)
        actor = await actor_of(self._directory, user_id, interview_id)
        ack = await obeyed(actor, command, self._options.answered_within_s)
        speaker = actor.audience.candidate
        if isinstance(command, AudioStop) and isinstance(speaker, Link):
            speaker.ask_for_audio()
        return Json(orjson.Fragment(encode(ack)))

    def _decode(self, body: bytes) -> Command:
        message = decode_client(body)
        if isinstance(message, SessionOpen | Ping):
            raise ProtocolError("unknown_type", f"`{message.TYPE}` is for a WebSocket.")
        return message


async def obeyed(actor: Actor, command: Asked, within_s: float) -> Ack:
    """What became of `command`.

    Raises:
        ProtocolError: it was refused; or that isn't known after `within_s` seconds
            (`storage_unavailable`).
    """
    outcome: asyncio.Future[Ack | ProtocolError] = asyncio.get_running_loop().create_future()

    def reply(found: Ack | ProtocolError) -> None:
        if not outcome.done():
            outcome.set_result(found)

    actor.submit(command, reply)
    try:
        async with asyncio.timeout(within_s):
            found = await outcome
    except TimeoutError:
        raise perhaps_not_stored() from None
    if isinstance(found, ProtocolError):
        raise found
    return found
