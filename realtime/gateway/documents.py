"""Documents over HTTP (`protocol.md` 9): handed in, listed, told of, deleted. What is told is never
the file, nor its text.
"""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from protocol.errors import ProtocolError
from realtime.documents.intake import DocumentIntake
from realtime.documents.ports import Documents
from realtime.gateway.address import origin_allowed
from realtime.gateway.auth import Authenticator
from realtime.gateway.health import Health
from realtime.gateway.problems import Json
from realtime.gateway.requests import Intake, limit, route, user_of
from realtime.gateway.turns import Bounds, Turns
from realtime.gateway.upload import upload_of

# Each holds its file in memory, some two times over; those that wait hold nothing.
UPLOADS = Bounds(at_once=8, of_a_user=3, waiting=64, within_s=20.0)


@dataclass(frozen=True, slots=True)
class Taking:
    """What is taken, from whose pages, and how much at once. `intake.max_bytes` is a file's."""

    intake: Intake
    allowed_origins: frozenset[str] = frozenset()
    uploads: Bounds = UPLOADS


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
        self._turns = Turns(taking.uploads)

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
        self._health.admit()
        async with self._turns.turn(user_id):
            upload = await upload_of(request, self._taking.intake)
            made = await self._intake.take(user_id, upload)
        # Relative to where it was POSTed, so that it holds behind any proxy.
        return Json(made, 201, {"Location": f"documents/{made.id}"})

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
