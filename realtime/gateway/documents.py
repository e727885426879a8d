"""Documents over HTTP (`protocol.md` 9): handed in, listed, told of, deleted. The file itself is
never given out again.
"""

from dataclasses import dataclass

from anyio import move_on_after
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from protocol.documents import Document
from protocol.errors import ProtocolError
from realtime.documents.intake import DocumentIntake
from realtime.documents.ports import Documents
from realtime.gateway.address import origin_allowed
from realtime.gateway.auth import Authenticator
from realtime.gateway.health import Health
from realtime.gateway.problems import Json
from realtime.gateway.requests import Intake, limit, route, user_of
from realtime.gateway.room import Room, Space
from realtime.gateway.turns import Bounds, Turns, busy
from realtime.gateway.underway import UnderWay, Work, while_connected
from realtime.gateway.upload import Pace, check_announced, most_bytes, upload_of

# Turns are at what comes after the body was received; those who wait hold theirs.
UPLOADS = Bounds(at_once=8, of_a_user=3, waiting=64, waiting_of_a_user=12, within_s=20.0)
# How many of the largest bodies are held at once, and how many may be one user's.
LARGEST_HELD = 8
LARGEST_HELD_OF_A_USER = 2
PACE = Pace(least_bytes=8_192, within_s=5.0)


@dataclass(frozen=True, slots=True)
class Taking:
    """What is taken, from whose pages, and how much at once. `intake` is about receiving a body;
    its `max_bytes` are a file's. What comes after that takes `within_s` seconds at most, but for
    storing; the page's own patience (`send.ts`) is longer.
    """

    intake: Intake
    allowed_origins: frozenset[str] = frozenset()
    uploads: Bounds = UPLOADS
    pace: Pace = PACE
    within_s: float = 60.0


class DocumentsApi:
    """The routes under `/v1/documents`."""

    def __init__(
        self,
        documents: Documents,
        intake: DocumentIntake,
        authenticator: Authenticator,
        health: Health,
        taking: Taking,
    ) -> None:
        self._documents = documents
        self._intake = intake
        self._authenticator = authenticator
        self._health = health
        self._taking = taking
        most, bounds = most_bytes(taking.intake), taking.uploads
        # Of one user as many as may have or await a turn, so that the others' time isn't wasted.
        bodies = bounds.of_a_user + bounds.waiting_of_a_user
        self._room = Room(Space(LARGEST_HELD * most, LARGEST_HELD_OF_A_USER * most, bodies))
        self._turns = Turns(bounds)
        self._underway = UnderWay()

    def routes(self) -> list[Route]:
        return [
            route("/v1/documents", GET=self.page, POST=self.upload),
            route("/v1/documents/{id}", GET=self.read, DELETE=self.delete),
        ]

    async def upload(self, request: Request) -> Json:
        # For a form, unlike JSON, a browser doesn't ask for leave first (CORS).
        if not origin_allowed(request, self._taking.allowed_origins):
            raise ProtocolError("forbidden", "Pages of this origin may not send documents here.")
        user_id = await user_of(request, self._authenticator)
        check_announced(request, self._taking.intake)
        self._health.admit()
        with self._underway.work() as work:
            made = await self._take(request, user_id, work)
        # Relative to where it was POSTed, so that it holds behind any proxy.
        return Json(made, 201, {"Location": f"documents/{made.id}"})

    async def _take(self, request: Request, user_id: str, work: Work) -> Document:
        taking = self._taking
        with self._room.body(user_id) as held:
            since = await self._intake.admit(user_id)
            upload = await upload_of(request, taking.intake, taking.pace, held)
            with while_connected(request), move_on_after(taking.within_s):
                async with self._turns.turn(user_id):
                    work.begun = True
                    return await self._intake.take(user_id, upload, since)
        raise busy()

    async def drain(self) -> None:
        """Have uploads end, because this server goes away: those that have their turn are taken,
        as long as this is awaited; the others are answered `draining`.
        """
        await self._underway.drain()

    async def page(self, request: Request) -> Json:
        user_id = await user_of(request, self._authenticator)
        items, cursor = await self._documents.page(
            user_id, limit=limit(request), cursor=request.query_params.get("cursor")
        )
        return Json({"items": items, "next_cursor": cursor})

    async def read(self, request: Request) -> Json:
        user_id = await user_of(request, self._authenticator)
        found = await self._documents.load(user_id, request.path_params["id"])
        if found is None:
            raise _no_such_document()
        return Json(found)

    async def delete(self, request: Request) -> Response:
        user_id = await user_of(request, self._authenticator)
        if not await self._documents.delete(user_id, request.path_params["id"]):
            raise _no_such_document()
        return Response(status_code=204)


def _no_such_document() -> ProtocolError:
    return ProtocolError("not_found", "There is no such document.")
