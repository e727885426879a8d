"""Whether this server is alive, and whether it wants work: for load balancers and supervisors."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.routing import Route

from protocol.errors import ProtocolError
from realtime.gateway.problems import Json
from realtime.ports import StorageUnavailable


class Health:
    """`ping` asks storage for an answer, and raises `StorageUnavailable` if none comes in time."""

    def __init__(self, ping: Callable[[], Awaitable[None]]) -> None:
        self._ping = ping
        self.draining = False

    def routes(self) -> list[Route]:
        return [Route("/healthz", self.alive), Route("/readyz", self.ready)]

    async def alive(self, request: Request) -> Json:
        """The process answers."""
        return Json({"status": "alive"})

    async def ready(self, request: Request) -> Json:
        """The database answers too, and this server isn't going away."""
        if self.draining:
            return Json({"status": "not ready", "reason": "the server is draining"}, 503)
        try:
            await self._ping()
        except StorageUnavailable:
            return Json({"status": "not ready", "reason": "the database doesn't answer"}, 503)
        return Json({"status": "ready"})

    def admit(self) -> None:
        """Take new work, if this server does.

        Raises:
            ProtocolError: `draining`.
        """
        if self.draining:
            raise ProtocolError("draining", "This server goes away; try again.")
