"""Tickets (`protocol.md` 2, 9): leave to read one interview for a while, for whoever has it.

A ticket is sealed, signed and encrypted, with a key that all nodes have: any of them reads it, none
has to remember it, and the user's name, which stands in it, shows up in no URL. It can't be taken
back; it ends by itself.
"""

import base64
import hmac
import os
import secrets
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import orjson
from cryptography.fernet import Fernet, InvalidToken
from msgspec import Meta
from starlette.requests import Request
from starlette.routing import Route

from protocol.codec import convert, parse_object
from protocol.errors import ProtocolError
from realtime.gateway.auth import Authenticator, Caller
from realtime.gateway.problems import Json
from realtime.gateway.requests import Intake, caller_of, json_body, route
from realtime.ports import Clock, Interviews

KEY_BYTES = 32
# Keeps what is sealed for tickets apart from all else that the same secret may be used for.
_PURPOSE = b"viva.v1 ticket"


@dataclass(frozen=True, slots=True)
class TicketRequest:
    """The body of `POST /interviews/{id}/tickets`."""

    expires_in_s: Annotated[int, Meta(ge=60, le=86_400)] = 600


@dataclass(frozen=True, slots=True)
class _Content:
    user_id: str
    interview_id: str
    expires_at: int


class Tickets:
    """Makes tickets and reads them. `secret` is long and hard to guess, the same on all nodes."""

    def __init__(self, secret: bytes, clock: Clock) -> None:
        key = hmac.digest(secret, _PURPOSE, "sha256")
        self._seal = Fernet(base64.urlsafe_b64encode(key))
        self._clock = clock

    def issue(self, user_id: str, interview_id: str, expires_in_s: int) -> tuple[str, int]:
        """A ticket for that user's interview, and when it expires (Unix milliseconds)."""
        now = self._clock.now()
        expires_at = now + expires_in_s * 1_000
        content = orjson.dumps(_Content(user_id, interview_id, expires_at))
        ticket = self._seal.encrypt_at_time(content, now // 1_000)
        return ticket.decode().rstrip("="), expires_at

    def read(self, ticket: str, interview_id: str) -> Caller:
        """Whose interview the bearer of `ticket` may read.

        Raises:
            ProtocolError: `unauthenticated`: it isn't for that interview, or not any more.
        """
        try:
            sealed = ticket.encode("ascii") + b"=" * (-len(ticket) % 4)
            content = msgspec.json.decode(self._seal.decrypt(sealed), type=_Content)
        except (InvalidToken, UnicodeEncodeError, msgspec.MsgspecError):
            raise _not_valid() from None
        if content.interview_id != interview_id:
            raise _not_valid()
        if self._clock.now() >= content.expires_at:
            raise ProtocolError("unauthenticated", "The ticket has expired.")
        # Guests don't take their host's places; no user's name has a zero character.
        return Caller(content.user_id, f"\0{interview_id}", content.expires_at)


class TicketOffice:
    """The route that hands them out."""

    def __init__(
        self, interviews: Interviews, authenticator: Authenticator, tickets: Tickets, intake: Intake
    ) -> None:
        self._interviews = interviews
        self._authenticator = authenticator
        self._tickets = tickets
        self._intake = intake

    def routes(self) -> list[Route]:
        return [route("/v1/interviews/{id}/tickets", POST=self.issue)]

    async def issue(self, request: Request) -> Json:
        caller = await caller_of(request, self._authenticator)
        wanted = convert(parse_object(await json_body(request, self._intake)), TicketRequest)
        interview_id = request.path_params["id"]
        if await self._interviews.load(caller.user_id, interview_id) is None:
            raise ProtocolError("not_found", "There is no such interview.")
        ticket, expires_at = self._tickets.issue(caller.user_id, interview_id, wanted.expires_in_s)
        return Json({"ticket": ticket, "expires_at": expires_at})


def kept_secret(path: Path) -> bytes:
    """The secret in that file, which is made if it isn't there; nobody else may read it.

    Raises:
        OSError: it can be neither read nor made.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Whole before it has its name, whoever else is making it and whenever this is cut off.
        with tempfile.NamedTemporaryFile(dir=path.parent) as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            with suppress(FileExistsError):
                os.link(file.name, path)
    return path.read_bytes()


def _not_valid() -> ProtocolError:
    return ProtocolError("unauthenticated", "This ticket is not valid.")
