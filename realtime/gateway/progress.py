"""The progress over finished interviews, over HTTP (`protocol.md` 9)."""

from starlette.requests import Request
from starlette.routing import Route

from realtime.gateway.auth import Authenticator
from realtime.gateway.problems import Json
from realtime.gateway.requests import limit, route, user_of
from realtime.ports import Progress


class ProgressApi:
    """The route `/v1/progress`."""

    def __init__(self, progress: Progress, authenticator: Authenticator) -> None:
        self._progress = progress
        self._authenticator = authenticator

    def routes(self) -> list[Route]:
        return [route("/v1/progress", GET=self.page)]

    async def page(self, request: Request) -> Json:
        user_id = await user_of(request, self._authenticator)
        items, cursor = await self._progress.page(
            user_id, limit=limit(request), cursor=request.query_params.get("cursor")
        )
        return Json({"items": items, "next_cursor": cursor})
