"""Whether this server is alive, and whether it wants work: for load balancers and supervisors.

The database is asked by one at a time, however many poll, and nobody is kept waiting for it: one
that is stalled would else be asked more and more.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from starlette.requests import Request
from starlette.routing import Route

from protocol.errors import ProtocolError
from realtime.gateway.problems import Json
from realtime.ports import StorageUnavailable

logger = structlog.get_logger(__name__)


class Health:
    """`ping` asks storage for an answer, and raises `StorageUnavailable` if none comes in time.

    Whoever asks whether this server is ready waits for that `within_s` seconds at most.
    """

    def __init__(self, ping: Callable[[], Awaitable[None]], *, within_s: float = 2.0) -> None:
        self._ping = ping
        self._within_s = within_s
        self._asking: asyncio.Task[bool] | None = None
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
        if not await self._storage_answers():
            return Json({"status": "not ready", "reason": "the database doesn't answer"}, 503)
        return Json({"status": "ready"})

    def admit(self) -> None:
        """Take new work, if this server does.

        Raises:
            ProtocolError: `draining`.
        """
        if self.draining:
            raise ProtocolError("draining", "This server goes away; try again.")

    async def _storage_answers(self) -> bool:
        """Whether it does, in time. Whoever asks while another does gets the same answer."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        asking = self._asking
        await asyncio.wait((asking,), timeout=self._within_s)
        return asking.done() and asking.result()

    async def _ask(self) -> bool:
        try:
            await self._ping()
        except StorageUnavailable as error:
            # Not for whoever asks: it may name the database's address.
            logger.warning("not_ready", reason=str(error))
            return False
        return True
