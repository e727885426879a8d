"""The HTTP side of `viva.v1` (`protocol.md` 9), as far as an interview goes; its report has a file
of its own (`report.py`).
"""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from protocol.close_codes import Close
from protocol.codec import decode_config
from protocol.errors import ProtocolError, malformed
from protocol.messages import Capabilities, Limits
from protocol.view import Config
from realtime.gateway.auth import Authenticator
from realtime.gateway.health import Health
from realtime.gateway.problems import Json
from realtime.gateway.requests import Intake, idempotency_key, json_body, limit, route, user_of
from realtime.gateway.sight import Sight, no_such_interview
from realtime.ports import Clock, Interviews
from realtime.session.directory import Directory

# What the contract has and this version hasn't.
_NOT_BUILT = ("rival", "models")


@dataclass(frozen=True, slots=True)
class About:
    """What this server tells of itself, and what it takes. `rubric` is whatever JSON describes it,
    by language; `intake` is of a new interview.
    """

    capabilities: Capabilities
    limits: Limits
    rubric: object
    intake: Intake


class HttpApi:
    """The routes under `/v1`."""

    def __init__(
        self,
        directory: Directory,
        interviews: Interviews,
        authenticator: Authenticator,
        clock: Clock,
        health: Health,
        about: About,
    ) -> None:
        self._directory = directory
        self._interviews = interviews
        self._sight = Sight(directory, interviews, clock)
        self._authenticator = authenticator
        self._clock = clock
        self._health = health
        self._about = about

    def routes(self) -> list[Route]:
        one = "/v1/interviews/{id}"
        return [
            route("/v1/interviews", GET=self.page, POST=self.create),
            route(one, GET=self.read, DELETE=self.delete),
            route(one + "/turns/{turn:turn}/words", GET=self.words),
            route("/v1/capabilities", GET=self.capabilities),
            route("/v1/rubric", GET=self.rubric),
        ]

    async def create(self, request: Request) -> Json:
        user_id = await user_of(request, self._authenticator)
        self._health.admit()
        key = idempotency_key(request)
        config = decode_config(await json_body(request, self._about.intake))
        _refuse_what_is_not_built(config)
        made = await self._interviews.create(user_id, config, now=self._clock.now(), key=key)
        # With a key that was seen before, it may be under way.
        found = await self._sight.find(user_id, made.id)
        # Relative to where it was POSTed, so that it holds behind any proxy.
        return Json(found.json(), 201, {"Location": f"interviews/{made.id}"})

    async def page(self, request: Request) -> Json:
        user_id = await user_of(request, self._authenticator)
        items, cursor = await self._interviews.page(
            user_id, limit=limit(request), cursor=request.query_params.get("cursor")
        )
        found = [
            self._sight.awake(user_id, item.state.view.interview.id) or self._sight.stored(item)
            for item in items
        ]
        return Json({"items": [item.json() for item in found], "next_cursor": cursor})

    async def read(self, request: Request) -> Json:
        user_id = await user_of(request, self._authenticator)
        return Json((await self._sight.find(user_id, request.path_params["id"])).json())

    async def delete(self, request: Request) -> Response:
        user_id = await user_of(request, self._authenticator)
        interview_id = request.path_params["id"]
        # Its clients are told only once it is so. What its actor would commit until then is fenced,
        # and if it is being woken, that is waited for.
        if not await self._interviews.delete(user_id, interview_id):
            raise no_such_interview()
        await self._directory.close(user_id, interview_id, Close.NOT_FOUND)
        return Response(status_code=204)

    async def words(self, request: Request) -> Json:
        user_id = await user_of(request, self._authenticator)
        interview_id = request.path_params["id"]
        await self._sight.find(user_id, interview_id)
        words = await self._interviews.words(user_id, interview_id, request.path_params["turn"])
        if words is None:
            raise ProtocolError("not_found", "Only a spoken answer has words.")
        return Json(words)

    async def capabilities(self, request: Request) -> Json:
        about = self._about
        told = {name: getattr(about.capabilities, name) for name in Capabilities.__slots__}
        return Json({**told, "limits": about.limits})

    async def rubric(self, request: Request) -> Json:
        return Json(self._about.rubric)


def _refuse_what_is_not_built(config: Config) -> None:
    for name in _NOT_BUILT:
        if getattr(config, name) is not None:
            raise malformed(f"{name}: not possible in this version.", name)
